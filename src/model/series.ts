/** A backend's past in as many columns as there are to draw. */
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
	for (const [at, value] of track.recentValues(metric)) {
		const column = columns - 1 - Math.floor((clockMs - at) / step);
		if (column < 0 || column >= columns || value === null) continue;
		const before = values[column] ?? null;
		if (before === null) values[column] = value;
		else if (FLOWS.has(metric)) values[column] = before + value;
		else values[column] = Math.max(before, value);
	}
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
			else for (const [at, value] of values.entries()) sum[at] = added(sum[at] ?? null, value, metric);
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
