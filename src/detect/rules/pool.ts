import {TIME_WAIT} from '../../parse/tcp-state.ts';
import {rate} from '../../text/count.ts';
import {looks} from '../past.ts';
import type {AboutRule, BackendRule} from '../rule.ts';

export const aboutPool = {
	id: 'pool',
	meaning: 'connections are closed and dialled again because the keep-alive pool is small',
	thresholds: {
		perSecond: {value: 5, unit: 'perSecond', about: 'connections a second closed by Traefik and dialled again'},
	},
	metric: 'opened',
	columns: ['NEW/s'],
	sockets: ({state}) => state === TIME_WAIT,
} as const satisfies AboutRule;

const SPAN_MS = 10_000;
/** Go keeps two idle connections a host unless told otherwise (http.DefaultMaxIdleConnsPerHost). */
const DEFAULT_POOL = 2;
/** As in `churn`. */
const REUSED_SHARE = 0.1;

/**
The pattern of a keep-alive pool that is too small: Traefik itself closes (TIME_WAIT on its end) about as many
connections as it dials, while few survive. A named serversTransport has Go's default of 2 idle connections a host.
*/
export const pool: BackendRule = {
	id: aboutPool.id,
	scope: 'backend',
	opensAfterMs: 5_000,
	clearsAfterMs: 10_000,
	yieldsTo: ['churn', 'hung', 'unreachable', 'refused'],
	look(backend, {instance, thresholds}) {
		const {clockMs} = instance.snapshot;
		let opened = 0;
		let spanMs = 0;
		let newest: number | null = null;
		let oldest = 0;
		let fewest = Number.POSITIVE_INFINITY;
		let reused = 0;
		for (const {facts, snapshot} of looks(backend, clockMs, SPAN_MS)) {
			if (facts === null || snapshot.sincePreviousMs === null) return null;
			opened += facts.opened ?? 0;
			spanMs += snapshot.sincePreviousMs;
			newest ??= facts.connections.timeWait;
			oldest = facts.connections.timeWait;
			reused += facts.moved ?? 0;
			fewest = Math.min(fewest, facts.survivors ?? Number.POSITIVE_INFINITY);
		}
		if (spanMs < SPAN_MS * 0.8 || newest === null) return null;
		const perSecond = (opened * 1_000) / spanMs;
		if (perSecond < thresholds['pool.perSecond'] || fewest > 2 * DEFAULT_POOL) return null;
		// A pool of any size reuses what it keeps: where nothing is reused there is none (`churn`).
		if (reused <= REUSED_SHARE * opened) return null;
		// In steady state as many expire after 60 s as are closed again: the stock tells the flow.
		const closedPerSecond = Math.max((newest - oldest) / (spanMs / 1_000), newest / 60);
		if (closedPerSecond < perSecond / 2) return null;
		return {
			severity: 'notice',
			message: `${rate(perSecond)} connections a second opened and closed by Traefik, ${fewest} kept`,
			hint: 'the idle pool is too small for the traffic: set maxIdleConnsPerHost of the serversTransport (its default is 2)',
			beganMs: clockMs - spanMs,
			evidence: {perSecond: Math.round(perSecond * 10) / 10, kept: fewest, timeWait: newest},
		};
	},
};
