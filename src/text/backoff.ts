/** Why looks are rarer than was asked for. Times are ms. */
import {duration} from './duration.ts';

type Backoff = {readonly intervalMs: number; readonly wantedIntervalMs: number; readonly costMs: number};

/** For the header: `every 4 s: a look costs 390 ms`. */
export function backoffHeading({intervalMs, costMs}: Backoff): string {
	return `every ${duration(intervalMs)}: a look costs ${duration(costMs)}`;
}

/** For a note: `read every 4 s, not every 1 s: a look costs 390 ms of CPU time`. */
export function backoffNote({intervalMs, wantedIntervalMs, costMs}: Backoff): string {
	const [now, wanted] = [duration(intervalMs), duration(wantedIntervalMs)];
	return `read every ${now}, not every ${wanted}: a look costs ${duration(costMs)} of CPU time`;
}
