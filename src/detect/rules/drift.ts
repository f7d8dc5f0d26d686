import type {Metric} from '../../model/metric.ts';
import type {BackendModel} from '../../model/model.ts';
import {type BackendTrack, BUCKET_MS} from '../../model/track.ts';
import {LOOKBACK_MS} from '../../snapshot.ts';
import {duration} from '../../text/duration.ts';
import type {AboutRule, BackendRule, RuleContext} from '../rule.ts';

export const aboutDrift = {
	id: 'drift',
	meaning: 'a slow trend that will cross a limit if it goes on',
	thresholds: {
		horizon: {value: 1_800_000, unit: 'ms', about: 'time within which a trend would cross a threshold'},
	},
	metric: 'responseMs',
	columns: ['EST'],
} as const satisfies AboutRule;

/** A trend shorter than this is a mood. */
const SHORTEST_MS = 5 * 60_000;
/** Share of the variance that a straight line must explain. */
const STRAIGHT = 0.8;

type Trend = {readonly perMs: number; readonly value: number; readonly spanMs: number};

/** A slow trend that will cross a limit: sockets that pile up, ports that run out. A notice: nothing is wrong yet. */
export const drift: BackendRule = {
	id: aboutDrift.id,
	scope: 'backend',
	opensAfterMs: 30_000,
	clearsAfterMs: 60_000,
	yieldsTo: ['close-wait', 'leak', 'ports', 'hung', 'overload', 'slow', 'unreachable', 'churn', 'fds'],
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

function limits({instance, thresholds}: RuleContext): {metric: Metric; limit: number; what: string}[] {
	const range = instance.snapshot.ports;
	const size = range === null ? null : range.high - range.low + 1;
	return [
		{metric: 'closeWait', limit: 100, what: 'CLOSE_WAIT sockets'},
		...(size === null
			? []
			: [{metric: 'total' as const, limit: Math.round(size * thresholds['ports.share']), what: 'sockets'}]),
	];
}

/** Sums over a metric's buckets, for a straight line through them. */
type Sums = {bucket: number; first: number; n: number; sx: number; sy: number; sxx: number; sxy: number; syy: number};

/** Those of the buckets before the newest, which alone still changes: this is asked at every look. */
const before = new WeakMap<BackendTrack, Map<Metric, Sums>>();

const BUCKETS = LOOKBACK_MS / BUCKET_MS;

function sumsBefore(track: BackendTrack, metric: Metric, clockMs: number): Sums {
	let known = before.get(track);
	if (known === undefined) {
		known = new Map();
		before.set(track, known);
	}
	const bucket = Math.floor(clockMs / BUCKET_MS);
	let sums = known.get(metric);
	if (sums?.bucket === bucket) return sums;
	sums = {bucket, first: -1, n: 0, sx: 0, sy: 0, sxx: 0, sxy: 0, syy: 0};
	const past = track.past(metric, clockMs - BUCKET_MS, BUCKETS - 1);
	for (let i = 0; i < past.length; i++) add(sums, i, past[i] ?? null);
	known.set(metric, sums);
	return sums;
}

function add(sums: Sums, x: number, y: number | null): void {
	if (y === null) return;
	if (sums.first < 0) sums.first = x;
	sums.n++;
	sums.sx += x;
	sums.sy += y;
	sums.sxx += x * x;
	sums.sxy += x * y;
	sums.syy += y * y;
}

/** Least squares over the buckets of the last 15 minutes; null: too short, not rising, or not straight. */
function trendOf(backend: BackendModel, metric: Metric, clockMs: number): Trend | null {
	const sums = {...sumsBefore(backend.track, metric, clockMs)};
	add(sums, BUCKETS - 1, backend.track.past(metric, clockMs, 1)[0] ?? null);
	const {first, n, sx, sy} = sums;
	const spanMs = first < 0 ? 0 : (BUCKETS - first) * BUCKET_MS;
	if (spanMs < SHORTEST_MS || n * BUCKET_MS < SHORTEST_MS) return null;
	const vx = n * sums.sxx - sx * sx;
	const vy = n * sums.syy - sy * sy;
	const cov = n * sums.sxy - sx * sy;
	if (vx === 0 || vy === 0 || (cov * cov) / (vx * vy) < STRAIGHT) return null;
	const slope = cov / vx;
	const value = (sy - slope * sx) / n + slope * (BUCKETS - 1);
	return {perMs: slope / BUCKET_MS, value, spanMs};
}
