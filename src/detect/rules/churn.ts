import type {BackendModel} from '../../model/model.ts';
import {BUCKET_MS} from '../../model/track.ts';
import {LOOKBACK_MS} from '../../snapshot.ts';
import {rate} from '../../text/count.ts';
import {looks} from '../past.ts';
import type {BackendRule, Context} from '../rule.ts';

const SPAN_MS = 2_900;
const PRESENT_MS = 15_000;

/**
No connection survives from one look to the next while new ones are opened all the time: each request pays for a
handshake. It is an alarm only when the backend did otherwise before; one that always closed is only a notice.
*/
export const churn: BackendRule = {
	id: 'churn',
	scope: 'backend',
	opensAfterMs: 0,
	clearsAfterMs: 3_000,
	yieldsTo: ['refused', 'unreachable', 'hung'],
	look(backend, context) {
		const {clockMs} = context.instance.snapshot;
		const perSecond = openedUnsurvived(backend, context);
		if (perSecond === null || perSecond < context.thresholds['churn.perSecond']) return null;
		const isNew = hasKeptConnections(backend, clockMs) || context.open?.severity === 'degraded';
		return {
			severity: isNew ? 'degraded' : 'notice',
			message: `${rate(perSecond)} connections a second, none lasts`,
			hint: 'the backend (or a proxy before it) closes every connection: look for “Connection: close”, HTTP/1.0, a keep-alive limit, or a crash after each request',
			beganMs: clockMs - SPAN_MS,
			evidence: {perSecond: Math.round(perSecond * 10) / 10},
		};
	},
};

/**
Connections opened a second over the last looks, none of which had a survivor; null: some survived. Most live and die
between two looks and leave no row: those of the namespace that nobody has a row for count as this backend's if it is the
only one that turns its connections over.
*/
function openedUnsurvived(backend: BackendModel, {instance, dials}: Context): number | null {
	const {clockMs} = instance.snapshot;
	let opened = 0;
	let spanMs = 0;
	for (const {facts, snapshot} of looks(backend, clockMs, SPAN_MS)) {
		if (facts === null || snapshot.sincePreviousMs === null || (facts.survivors ?? 1) > 0) return null;
		opened += facts.opened ?? 0;
		spanMs += snapshot.sincePreviousMs;
	}
	if (spanMs < SPAN_MS * 0.8 || opened === 0) return null;
	const isOnly = instance.backends.every((other) => other === backend || (other.now?.survivors ?? 1) > 0);
	const unseen =
		isOnly && !dials.isShared ? ((dials.unseen ?? 0) * 1_000) / (instance.snapshot.sincePreviousMs ?? 1_000) : 0;
	return (opened * 1_000) / spanMs + unseen;
}

/** Whether, in the last 15 minutes, it once kept connections: established ones while few were opened. */
function hasKeptConnections(backend: BackendModel, clockMs: number): boolean {
	const until = clockMs - PRESENT_MS;
	const buckets = LOOKBACK_MS / BUCKET_MS;
	const established = backend.track.past('established', until, buckets);
	const opened = backend.track.past('opened', until, buckets);
	return established.some(
		(value, i) => (value ?? 0) > 0 && (opened[i] ?? Number.POSITIVE_INFINITY) <= 2 * (value ?? 0),
	);
}
