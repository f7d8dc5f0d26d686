/** Where a recording has holes. */
import type {Model} from './model.ts';

export type Gap = {readonly from: number; readonly to: number};

/** A gap is wider than this many median intervals, and than this many of those that were aimed at. */
const GAP_INTERVALS = 3;

/**
From the last snapshot that was read before a hole to the first one after it. `times`: Unix ms of each snapshot, negative
where it could not be read. `aims`: ms between snapshots that each one's reader aimed at, 0 where that is unknown; left out:
unknown. A live watch looks more rarely where looks are expensive.
*/
export function gapsOf(times: readonly number[], aims: readonly number[] = []): Gap[] {
	const widest = GAP_INTERVALS * medianInterval(times);
	const gaps: Gap[] = [];
	/** When what is being looked at now was last read; null: not yet. */
	let lastRead: number | null = null;
	let holeSince: number | null = null;
	for (const [at, signed] of times.entries()) {
		const time = Math.abs(signed);
		if (signed < 0) {
			holeSince ??= lastRead ?? time;
			continue;
		}
		if (holeSince !== null) gaps.push({from: holeSince, to: time});
		else if (lastRead !== null && time - lastRead > Math.max(widest, GAP_INTERVALS * (aims[at] ?? 0)))
			gaps.push({from: lastRead, to: time});
		holeSince = null;
		lastRead = time;
	}
	const last = times.at(-1);
	if (holeSince !== null && last !== undefined) gaps.push({from: holeSince, to: Math.abs(last)});
	return gaps;
}

/** ms between looks that was aimed at, of several instances the longest; 0: unknown. */
export function aimOf({instances}: Model): number {
	return instances.reduce((most, {snapshot}) => Math.max(most, snapshot.intervalMs ?? 0), 0);
}

function medianInterval(times: readonly number[]): number {
	const intervals = new Float64Array(Math.max(0, times.length - 1));
	for (let i = 0; i < intervals.length; i++) intervals[i] = Math.abs(times[i + 1] ?? 0) - Math.abs(times[i] ?? 0);
	intervals.sort();
	return intervals[intervals.length >> 1] ?? Number.POSITIVE_INFINITY;
}
