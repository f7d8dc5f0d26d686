import {duration} from '../../text/duration.ts';
import {plural} from '../../text/plural.ts';
import {isDialling} from '../evidence-sockets.ts';
import {looks} from '../past.ts';
import type {AboutRule, BackendRule} from '../rule.ts';

export const aboutNoEstablished = {
	id: 'no-established',
	meaning: 'Traefik keeps trying and has no connection; nothing more is known',
	thresholds: {
		for: {value: 5_000, unit: 'ms', about: 'time without an ESTABLISHED connection while Traefik dials'},
	},
	metric: 'established',
	columns: ['EST'],
	sockets: isDialling,
	ownEnd: ['unanswered', 'absent'],
} as const satisfies AboutRule;

/**
A known backend without an ESTABLISHED connection while Traefik keeps trying, and nothing more specific is known. The
article's rule alone is false on idle pools, sparse traffic and removed backends: it needs proof of trying, a dial that
is in SYN_SENT at every look.
*/
export const noEstablished: BackendRule = {
	id: aboutNoEstablished.id,
	scope: 'backend',
	opensAfterMs: 0,
	clearsAfterMs: 2_000,
	yieldsTo: ['crash-loop', 'refused', 'premature-close', 'unreachable', 'hung', 'churn', 'partial'],
	look(backend, {instance, thresholds}) {
		const {clockMs} = instance.snapshot;
		const {track, connections} = backend;
		if (track.lastEstablishedMs === null || connections.established > 0 || connections.synSent === 0) return null;
		const forMs = clockMs - track.lastEstablishedMs;
		if (forMs < thresholds['no-established.for']) return null;
		for (const {facts} of looks(backend, clockMs, thresholds['no-established.for'])) {
			if ((facts?.connections.synSent ?? 0) === 0) return null;
		}
		return {
			severity: 'down',
			message: `no connection for ${duration(forMs)}, ${plural(connections.synSent, 'dial')} under way`,
			hint: 'Traefik dials and gets no connection: check whether the host is up and lets SYNs through',
			beganMs: track.lastEstablishedMs,
			evidence: {synSent: connections.synSent, forMs: Math.round(forMs)},
		};
	},
};
