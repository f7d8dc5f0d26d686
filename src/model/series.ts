/** A backend's past in as many columns as there are to draw. */

import {LOOKBACK_MS} from '../snapshot.ts';
import {FLOWS, type Metric} from './metric.ts';
import {type BackendTrack, BUCKET_MS, RECENT_MS} from './track.ts';

/**
A metric in `columns` equal steps over the last `spanMs` before `clockMs`, oldest first, null where nothing was read:
what a sparkline or a graph draws.
*/
export function series(
	track: BackendTrack,
	metric: Metric,
	clockMs: number,
	spanMs: number,
	columns: number,
): (number | null)[] {
	const step = spanMs / columns;
	if (spanMs > RECENT_MS) {
		const past = track.past(metric, clockMs, Math.round(spanMs / BUCKET_MS));
		return resample(past, columns, FLOWS.has(metric));
	}
	const values = new Array<number | null>(columns).fill(null);
	const isFlow = FLOWS.has(metric);
	track.visitRecent(metric, clockMs - spanMs, (at, value) => {
		const column = columns - 1 - Math.floor((clockMs - at) / step);
		if (column < 0 || column >= columns) return;
		const before = values[column] ?? null;
		if (before === null) values[column] = value;
		else values[column] = isFlow ? before + value : Math.max(before, value);
	});
	return values;
}

/** The same, summed over metrics and backends; for times, which have no sum, the largest. null where none is known. */
export function metricSum(
	tracks: readonly BackendTrack[],
	metrics: readonly Metric[],
	clockMs: number,
	spanMs: number,
	columns: number,
): (number | null)[] {
	let sum: (number | null)[] | null = null;
	for (const track of tracks) {
		for (const metric of metrics) {
			const values = series(track, metric, clockMs, spanMs, columns);
			if (sum === null) sum = values;
			else for (let at = 0; at < columns; at++) sum[at] = added(sum[at] ?? null, values[at] ?? null, metric);
		}
	}
	return sum ?? new Array<number | null>(columns).fill(null);
}

function added(sum: number | null, value: number | null, metric: Metric): number | null {
	if (sum === null || value === null) return sum ?? value;
	return metric === 'responseMs' ? Math.max(sum, value) : sum + value;
}

function resample(values: readonly (number | null)[], columns: number, isFlow: boolean): (number | null)[] {
	const out = new Array<number | null>(columns).fill(null);
	const ratio = values.length / columns;
	for (let column = 0; column < columns; column++) {
		const from = Math.floor(column * ratio);
		const to = Math.max(from + 1, Math.floor((column + 1) * ratio));
		for (let i = from; i < to && i < values.length; i++) {
			const value = values[i] ?? null;
			const before = out[column] ?? null;
			if (value === null) continue;
			if (before === null) out[column] = value;
			else out[column] = isFlow ? before + value : Math.max(before, value);
		}
	}
	return out;
}

/** A hole is wider than this many readings usually lie apart, as a recording's gaps are (gaps.ts). */
const HOLE_BEATS = 3;
/** A response time holds for as long as the window it is the median of. */
const RESPONSE_HOLDS_MS = 15_000;

/**
A metric in steps of `stepMs`, oldest first, the newest one holding `clockMs`: what a graph with one cell a step draws. Where
readings lie further apart than steps, one holds until the next; null is a hole in the readings. Flows are per second.
`columns` steps must lie within what is kept as fine as they are (fineSpanMs).
*/
export function steps(
	track: BackendTrack,
	metric: Metric,
	clockMs: number,
	stepMs: number,
	columns: number,
): (number | null)[] {
	const end = (Math.floor(clockMs / stepMs) + 1) * stepMs - 1;
	const isFlow = FLOWS.has(metric);
	const values = series(track, metric, end, stepMs * columns, columns);
	const holdsMs = metric === 'responseMs' ? RESPONSE_HOLDS_MS : HOLE_BEATS * track.beatMs();
	const longest = Math.max(1, Math.ceil(holdsMs / stepMs));
	const out = new Array<number | null>(columns).fill(null);
	for (let at = 0; at < columns; ) {
		let next = at + 1;
		while (next < columns && values[next] === null) next++;
		const value = values[at] ?? null;
		const isHole = next - at > longest;
		const filled = isHole ? at + 1 : next;
		if (value !== null) out.fill(isFlow ? value / ((filled - at) * (stepMs / 1000)) : value, at, filled);
		at = next;
	}
	return out;
}

/** Steps shorter than a bucket lie within this, others within LOOKBACK_MS. */
export function fineSpanMs(stepMs: number): number {
	return stepMs < BUCKET_MS ? RECENT_MS : LOOKBACK_MS;
}
