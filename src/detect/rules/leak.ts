import {duration} from '../../text/duration.ts';
import {plural} from '../../text/plural.ts';
import {isClosing} from '../evidence-sockets.ts';
import {sumOf} from '../past.ts';
import type {AboutRule, BackendRule} from '../rule.ts';

export const aboutLeak = {
	id: 'leak',
	meaning: 'Traefik closed connections that the backend never closes',
	thresholds: {
		age: {value: 5_000, unit: 'ms', about: 'age of an ownerless FIN_WAIT2 socket'},
		sockets: {value: 3, unit: 'sockets', about: 'ownerless FIN_WAIT2 sockets'},
		many: {value: 10, unit: 'sockets', about: 'this many ownerless FIN_WAIT2 sockets count at 0.4 of that age'},
	},
	metric: 'finWait2',
	columns: ['FW'],
	sockets: isClosing,
	ownEnd: ['unclosed'],
} as const satisfies AboutRule;

/** Many need not be so old. */
const MANY_AGE = 0.4;
/** So long a row stays (tcp_fin_timeout). */
const STAYS_MS = 60_000;
/** A row stays for 60 s: that new ones come tells that it goes on. */
const FRESH_MS = 10_000;
/** … or for this many times as long as lies between two of them. */
const FRESH_SPACES = 2;

/**
A FIN_WAIT2 row without an owner: Traefik closed, the backend acknowledged and never closed its own end. The kernel
gives up after tcp_fin_timeout (60 s); a healthy backend answers the FIN within a round trip. With an owner it is a
legitimate half-close.
*/
export const leak: BackendRule = {
	id: aboutLeak.id,
	scope: 'backend',
	opensAfterMs: 1_000,
	clearsAfterMs: 3_000,
	yieldsTo: ['hung', 'overload', 'unreachable', 'fds', 'accept-queue', 'slow', 'partial', 'close-wait'],
	look(backend, {instance, thresholds}) {
		const {now} = backend;
		const oldest = now?.oldestFinWait2OrphanMs ?? null;
		if (now === null || oldest === null) return null;
		// Requests that were given up after a wait leave the same rows: what they tell is that nobody answered.
		const givenUp = sumOf(backend, instance.snapshot.clockMs, STAYS_MS, ({abandoned}) => abandoned);
		const left = now.finWait2Orphans - givenUp;
		const isMany = left >= thresholds['leak.many'] && oldest >= thresholds['leak.age'] * MANY_AGE;
		const isOld = left >= thresholds['leak.sockets'] && oldest >= thresholds['leak.age'];
		if (!isMany && !isOld) return null;
		const youngest = now.youngestFinWait2OrphanMs ?? 0;
		const spaceMs = (oldest - youngest) / Math.max(1, now.finWait2Orphans - 1);
		if (youngest > Math.max(FRESH_MS, FRESH_SPACES * spaceMs)) return null;
		return {
			severity: 'degraded',
			message: `${plural(now.finWait2Orphans, 'connection')} that the backend never closed, oldest ${duration(oldest)}`,
			hint: 'Traefik closed, the backend has not: the application behind this address does not close its sockets; look for CLOSE_WAIT and descriptors there',
			beganMs: instance.snapshot.clockMs - oldest,
			evidence: {finWait2: now.finWait2Orphans, oldestMs: Math.round(oldest)},
		};
	},
};
