import type {BackendFacts} from '../../snapshot.ts';
import {duration} from '../../text/duration.ts';
import {plural} from '../../text/plural.ts';
import type {BackendRule} from '../rule.ts';

/**
CLOSE_WAIT: the other end has closed, this one has not. Towards a backend that is Traefik's debt, or its client's: what
waits in rx_queue tells which.
*/
export const closeWait: BackendRule = {
	id: 'close-wait',
	scope: 'backend',
	opensAfterMs: 0,
	clearsAfterMs: 2_000,
	yieldsTo: [],
	look({now}, {instance, thresholds}) {
		const oldest = now?.oldestCloseWaitMs ?? null;
		if (now === null || oldest === null || oldest < thresholds['close-wait.age']) return null;
		const {closeWait: sockets} = now.connections;
		if (sockets < thresholds['close-wait.sockets']) return null;
		const isStopped = instance.listeners.some((listener) => listener.acceptQueue > 0);
		return {
			severity: 'degraded',
			message: `${plural(sockets, 'socket')}, oldest ${duration(oldest)}`,
			hint: debtor(now, isStopped),
			beganMs: instance.snapshot.clockMs - oldest,
			evidence: {
				closeWait: sockets,
				oldestMs: Math.round(oldest),
				unread: now.closeWaitData,
				finOnly: now.closeWaitFinOnly,
				empty: now.closeWaitEmpty,
			},
		};
	},
};

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
