import {CLOSE_WAIT} from '../../parse/tcp-state.ts';
import type {BackendFacts} from '../../snapshot.ts';
import {duration} from '../../text/duration.ts';
import {plural} from '../../text/plural.ts';
import type {AboutRule, BackendRule, Verdict} from '../rule.ts';
import type {Thresholds} from '../thresholds.ts';

export const aboutCloseWait = {
	id: 'close-wait',
	meaning: 'the other end closed a connection and this end has kept it open for too long',
	thresholds: {
		age: {value: 60_000, unit: 'ms', about: 'age of a CLOSE_WAIT socket that counts as not closed'},
		sockets: {value: 1, unit: 'sockets', about: 'CLOSE_WAIT sockets, the oldest of them at that age'},
	},
	metric: 'closeWait',
	columns: ['CW'],
	sockets: ({state}) => state === CLOSE_WAIT,
	ownEnd: ['unclosed'],
} as const satisfies AboutRule;

/**
CLOSE_WAIT: the other end has closed, this one has not. Towards a backend that is Traefik's debt, or its client's: what
waits in rx_queue tells which. On the backend's own end, where it can be seen, it is the application that leaks.
*/
export const closeWait: BackendRule = {
	id: aboutCloseWait.id,
	scope: 'backend',
	opensAfterMs: 0,
	clearsAfterMs: 2_000,
	yieldsTo: [],
	look({now}, {instance, thresholds}) {
		if (now === null) return null;
		const {clockMs} = instance.snapshot;
		const isStopped = instance.listeners.some((listener) => listener.acceptQueue > 0);
		return traefiksEnd(now, {clockMs, isStopped, thresholds}) ?? backendsEnd(now, {clockMs, thresholds});
	},
};

function traefiksEnd(
	now: BackendFacts,
	{clockMs, isStopped, thresholds}: {clockMs: number; isStopped: boolean; thresholds: Thresholds},
): Verdict | null {
	const oldest = now.oldestCloseWaitMs;
	const {closeWait: sockets} = now.connections;
	if (oldest === null || oldest < thresholds['close-wait.age']) return null;
	if (sockets < thresholds['close-wait.sockets']) return null;
	return {
		severity: 'degraded',
		message: `${plural(sockets, 'socket')}, oldest ${duration(oldest)}`,
		hint: debtor(now, isStopped),
		beganMs: clockMs - oldest,
		evidence: {
			closeWait: sockets,
			oldestMs: Math.round(oldest),
			unread: now.closeWaitData,
			finOnly: now.closeWaitFinOnly,
			empty: now.closeWaitEmpty,
		},
	};
}

/** The same on the other end of the connections: Traefik (or another client) closed, the application has not. */
function backendsEnd(
	now: BackendFacts,
	{clockMs, thresholds}: {clockMs: number; thresholds: Thresholds},
): Verdict | null {
	const {peerCloseWait: sockets, oldestPeerCloseWaitMs: oldest} = now;
	if (sockets === null || oldest === null || oldest < thresholds['close-wait.age']) return null;
	if (sockets < thresholds['close-wait.sockets']) return null;
	return {
		severity: 'degraded',
		message: `${plural(sockets, 'socket')} on the backend’s own end, oldest ${duration(oldest)}`,
		hint: 'its client closed, the backend has not: the application leaks its sockets; look for responses, streams or pools there that are never closed, and at its descriptors',
		beganMs: clockMs - oldest,
		evidence: {peerCloseWait: sockets, oldestMs: Math.round(oldest)},
	};
}

/** Who owes the close. */
function debtor(now: BackendFacts, isStopped: boolean): string {
	if (isStopped) return 'the backend closed, Traefik has not: Traefik accepts nobody either, look at Traefik';
	if (now.closeWaitData >= Math.max(now.closeWaitEmpty, now.closeWaitFinOnly)) {
		return 'the backend answered and closed, Traefik has not read it all: its clients read slowly; look at who they are';
	}
	if (now.closeWaitEmpty >= now.closeWaitFinOnly) {
		return 'the backend closed, Traefik waits for its client to close: half-closed upgrades (WebSocket); look at clients that never close';
	}
	return 'the backend closed, Traefik has not read it: Traefik owes the close; look at its load and its goroutines';
}
