import {plural} from '../../text/plural.ts';
import {isUnanswered} from '../evidence-sockets.ts';
import type {AboutRule, BackendRule} from '../rule.ts';

export const aboutAcceptQueue = {
	id: 'accept-queue',
	meaning: 'the backend leaves new connections unaccepted',
	thresholds: {
		for: {value: 2_000, unit: 'ms', about: 'time for which the backend leaves connections unaccepted'},
	},
	metric: 'waiting',
	columns: ['WAIT'],
	sockets: isUnanswered,
	ownEnd: ['unanswered'],
} as const satisfies AboutRule;

/** Of a queue's limit: fuller than this, the next burst finds no room. */
const FULL_SHARE = 0.5;

/**
Connections wait in the backend's own accept queue (rx_queue of its LISTEN row, visible where it shares the namespace)
and from look to look they do not become fewer: its process has stopped accepting, or accepts too slowly. A running
process empties the queue within microseconds, so a burst shows in one look at most.
*/
export const acceptQueue: BackendRule = {
	id: aboutAcceptQueue.id,
	scope: 'backend',
	opensAfterMs: 'accept-queue.for',
	clearsAfterMs: 2_000,
	yieldsTo: ['hung', 'overload', 'fds', 'unreachable', 'stalled'],
	look({now, track, server}, {instance}) {
		const queued = now?.peerAcceptQueue ?? 0;
		const limit = now?.peerAcceptLimit ?? null;
		const isFull = limit !== null && limit > 0 && queued >= limit;
		const before = track.recent.at(-2)?.facts?.peerAcceptQueue ?? 0;
		if (queued === 0 || (queued < before && !isFull)) return null;
		// A busy server with a process for each request always has some that wait for their turn.
		if (server !== null && limit !== null && queued < FULL_SHARE * limit) return null;
		return {
			severity: 'degraded',
			message: `${plural(queued, 'connection')} not accepted${limit === null ? '' : `, room for ${limit}`}`,
			hint: 'the backend does not accept the connections that its kernel has made: its process is stopped, out of file descriptors or of workers; when the queue is full its kernel drops SYNs',
			beganMs: instance.snapshot.clockMs,
			evidence: {acceptQueue: queued, ...(limit === null ? {} : {limit})},
		};
	},
};
