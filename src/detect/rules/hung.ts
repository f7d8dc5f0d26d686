import type {BackendModel} from '../../model/model.ts';
import {isStopped} from '../../reading.ts';
import {duration} from '../../text/duration.ts';
import {plural} from '../../text/plural.ts';
import {isUnanswered} from '../evidence-sockets.ts';
import {looks, sumOf, withoutAnswerMs} from '../past.ts';
import {isSilent, requestsOf, yardstickEvidence} from '../requests.ts';
import type {AboutRule, BackendRule, RuleContext, Verdict} from '../rule.ts';
import {hungMultiplexed} from './hung-multiplexed.ts';

export const aboutHung = {
	id: 'hung',
	meaning: 'requests wait and none is answered',
	thresholds: {
		waiting: {value: 3, unit: 'sockets', about: 'requests waiting while none completes'},
		for: {value: 6_000, unit: 'ms', about: 'time in which no request completes (tcp_info)'},
		grownFor: {value: 2_000, unit: 'ms', about: 'the same, judged by congestion windows (text tables, bbr)'},
		textFor: {value: 3_000, unit: 'ms', about: 'time in which no connection moves (text tables)'},
		down: {value: 5_000, unit: 'ms', about: 'time without any progress after which it is down'},
	},
	metric: 'waiting',
	columns: ['WAIT'],
	sockets: isUnanswered,
	ownEnd: ['unanswered', 'absent'],
} as const satisfies AboutRule;

const HINT =
	'its kernel accepts connections and acknowledges requests, its process answers none: it is stopped, deadlocked, or waits for something behind it (a database, a lock); look at its threads and at what it waits for';
/** A debugger or a profiler stops a process for less than this. */
const STOPPED_WAIT_MS = 500;
/** A backend whose past is unknown may serve long polls only. */
const UNKNOWN_PAST_MS = 30_000;
/** A share of the requests was told to hang: that the rest hangs as well takes longer to tell. */
const SHARE_SILENT_MS = 15_000;
/** Never answered connections with a grown window (bbr). */
const GROWN = 5;

/**
Requests wait and none completes. Of a slow backend the answers come after all, one by one; here nothing comes back on
any connection. Long polls are told by the backend's own past.
*/
export const hung: BackendRule = {
	id: aboutHung.id,
	scope: 'backend',
	opensAfterMs: 0,
	clearsAfterMs: 0,
	clearsUnansweredAfterMs: 8_000,
	yieldsTo: ['unreachable', 'stalled'],
	look(backend, context) {
		if (backend.now === null) return null;
		const stopped = byOwnEnd(backend, context);
		if (stopped !== null) return stopped;
		return backend.now.info === null ? byTables(backend, context) : byInfo(backend, context);
	},
};

/** All that listen there are stopped, as seen from their own end, and a request waits: no answer can come. */
function byOwnEnd({now, server}: BackendModel, {instance}: RuleContext): Verdict | null {
	const waits = now?.info?.oldestWaitMs ?? 0;
	if (server === null || !isStopped(server) || waits < STOPPED_WAIT_MS) return null;
	const {clockMs} = instance.snapshot;
	const evidence = {oldestWaitMs: Math.round(waits)};
	return {...verdict(now?.info?.waiting ?? 1, 'request', waits, {clockMs, downMs: 0, evidence}), isCertain: true};
}

function byInfo(backend: BackendModel, context: RuleContext): Verdict | null {
	const requests = requestsOf(backend, context);
	if (requests === null) return null;
	const {thresholds, instance} = context;
	const {clockMs} = instance.snapshot;
	const {waiting, oldestWaitMs, silentMs, yardstick} = requests;
	// Where requests wait on some connections while others are answered, a pause of the latter is not a stop.
	if (isShareTold(context) && silentMs < SHARE_SILENT_MS) return null;
	const isUnknown =
		yardstick === null &&
		!requests.isHidden &&
		silentMs >= (requests.isQueue ? thresholds['hung.for'] : UNKNOWN_PAST_MS) &&
		waiting >= thresholds['hung.waiting'];
	// What had answers, late ones, before it fell silent is the same incident: too much is asked of it.
	const isOverload = context.openOf('overload')?.evidence['answersMs'] !== undefined;
	if (!isUnknown && (isOverload || !isSilent(requests, thresholds))) {
		return hungMultiplexed(backend, {clockMs, silentMs: withoutAnswerMs(backend, clockMs), thresholds});
	}
	return verdict(waiting, 'request', silentMs, {
		clockMs,
		downMs: thresholds['hung.down'],
		evidence: {oldestWaitMs: Math.round(oldestWaitMs), ...yardstickEvidence(requests)},
	});
}

/** Whether requests or dials of which a share hangs are told already. */
export function isShareTold({openOf}: RuleContext): boolean {
	const evidence = openOf('partial')?.evidence;
	return evidence?.['oldestWaitMs'] !== undefined || evidence?.['synSent'] !== undefined;
}

/**
Without tcp_info: dials go on, the connections they make never receive a byte (ato 0), and none of those that ever did
moves any more. Spare connections look the same, but then others move. Where the congestion control lets the window grow
with every acknowledged segment (bbr), a window beyond the initial one says that a request was sent: two looks suffice.
*/
function byTables(backend: BackendModel, {instance, thresholds}: RuleContext): Verdict | null {
	const {now} = backend;
	const {clockMs} = instance.snapshot;
	if (now === null || now.synRetransmitted + now.retransmittingOnce > 0 || backend.track.lastUsedMs === null)
		return null;
	const isGrown =
		now.neverAnsweredGrown >= GROWN && (now.oldestNeverAnsweredGrownMs ?? 0) >= thresholds['hung.grownFor'] * 0.9;
	const spanMs = thresholds[isGrown ? 'hung.grownFor' : 'hung.textFor'];
	const stillMs = motionlessMs(backend, clockMs);
	if (stillMs < spanMs * 0.9) return null;
	const opened = sumOf(backend, clockMs, spanMs + 500, (facts) => facts.openedLive);
	if (opened < thresholds['hung.waiting'] || now.neverAnswered < thresholds['hung.waiting']) return null;
	if ((now.oldestNeverAnsweredMs ?? 0) < spanMs * 0.5) return null;
	const downMs = thresholds['hung.down'];
	const oldestMs = Math.max(spanMs, now.oldestNeverAnsweredMs ?? 0);
	return verdict(now.neverAnswered, 'connection', Math.min(stillMs, oldestMs), {clockMs, downMs, evidence: {opened}});
}

/** For how long no used connection has changed, ms: since the look before the first motionless one. */
function motionlessMs(backend: BackendModel, clockMs: number): number {
	for (const {facts, clockMs: at} of looks(backend, clockMs, Number.POSITIVE_INFINITY)) {
		if (facts === null || facts.moved === null || facts.moved > 0) return clockMs - at;
	}
	return 0;
}

function verdict(
	waiting: number,
	what: string,
	forMs: number,
	{clockMs, downMs, evidence}: {clockMs: number; downMs: number; evidence: Record<string, number>},
): Verdict {
	return {
		severity: forMs >= downMs ? 'down' : 'degraded',
		message: `${plural(waiting, what)} waiting, none answered for ${duration(forMs)}`,
		hint: HINT,
		beganMs: clockMs - forMs,
		evidence: {waiting, silentMs: Math.round(forMs), ...evidence},
	};
}
