import type {BackendModel} from '../../model/model.ts';
import {BUCKET_MS, type Metric} from '../../model/track.ts';
import {LOOKBACK_MS} from '../../snapshot.ts';
import {duration} from '../../text/duration.ts';
import type {BackendRule, Context} from '../rule.ts';

/** A trend shorter than this is a mood. */
const SHORTEST_MS = 5 * 60_000;
/** Share of the variance that a straight line must explain. */
const STRAIGHT = 0.8;

type Trend = {readonly perMs: number; readonly value: number; readonly spanMs: number};

/** A slow trend that will cross a limit: sockets that pile up, ports that run out. A notice: nothing is wrong yet. */
export const drift: BackendRule = {
	id: 'drift',
	scope: 'backend',
	opensAfterMs: 30_000,
	clearsAfterMs: 60_000,
	yieldsTo: ['close-wait', 'leak', 'ports', 'hung', 'slow', 'unreachable', 'churn', 'fds'],
	look(backend, context) {
		for (const {metric, limit, what} of limits(context)) {
			const trend = trendOf(backend, metric, context.instance.snapshot.clockMs);
			if (trend === null || trend.perMs <= 0 || trend.value >= limit) continue;
			const leftMs = (limit - trend.value) / trend.perMs;
			if (leftMs > context.thresholds['drift.horizon']) continue;
			return {
				severity: 'notice',
				message: `${what} growing for ${duration(trend.spanMs)}: ${Math.round(trend.value)}, ${limit} in ${duration(leftMs)}`,
				hint: 'nothing is wrong yet: look at what changed when the trend began',
				beganMs: context.instance.snapshot.clockMs - trend.spanMs,
				evidence: {value: Math.round(trend.value), limit, leftMs: Math.round(leftMs)},
			};
		}
		return null;
	},
};

function limits({instance, thresholds}: Context): {metric: Metric; limit: number; what: string}[] {
	const range = instance.snapshot.ports;
	const size = range === null ? null : range.high - range.low + 1;
	return [
		{metric: 'closeWait', limit: 100, what: 'CLOSE_WAIT sockets'},
		...(size === null
			? []
			: [{metric: 'total' as const, limit: Math.round(size * thresholds['ports.share']), what: 'sockets'}]),
	];
}

/** Least squares over the buckets of the last 15 minutes; null: too short, not rising, or not straight. */
function trendOf(backend: BackendModel, metric: Metric, clockMs: number): Trend | null {
	const values = backend.track.past(metric, clockMs, LOOKBACK_MS / BUCKET_MS);
	let n = 0;
	let sx = 0;
	let sy = 0;
	let sxx = 0;
	let sxy = 0;
	let syy = 0;
	let first = -1;
	values.forEach((y, i) => {
		if (y === null) return;
		if (first < 0) first = i;
		n++;
		sx += i;
		sy += y;
		sxx += i * i;
		sxy += i * y;
		syy += y * y;
	});
	const spanMs = first < 0 ? 0 : (values.length - first) * BUCKET_MS;
	if (spanMs < SHORTEST_MS || n * BUCKET_MS < SHORTEST_MS) return null;
	const vx = n * sxx - sx * sx;
	const vy = n * syy - sy * sy;
	const cov = n * sxy - sx * sy;
	if (vx === 0 || vy === 0 || (cov * cov) / (vx * vy) < STRAIGHT) return null;
	const slope = cov / vx;
	const value = (sy - slope * sx) / n + slope * (values.length - 1);
	return {perMs: slope / BUCKET_MS, value, spanMs};
}
