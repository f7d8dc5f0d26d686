import {type Counters, NO_COUNTERS} from '../reading.ts';

/** Counters that went down (a new namespace, a reboot) are unknown, not negative. */
export function counterGrowth(before: Counters, after: Counters): Counters {
	const deltas: Record<string, number | null> = {};
	for (const key of Object.keys(NO_COUNTERS) as (keyof Counters)[]) {
		const from = before[key];
		const to = after[key];
		deltas[key] = from === null || to === null || to < from ? null : to - from;
	}
	return deltas as Counters;
}
