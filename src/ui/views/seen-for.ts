/** What cannot be judged yet, because too little has been seen. */
import {usualResponseMs} from '../../detect/past.ts';
import {LOOKBACK_MS} from '../../snapshot.ts';
import {duration} from '../../text/duration.ts';
import type {BackendRow} from '../state/rows.ts';

/** ms since a backend was first seen, at most as much as is remembered. */
export function seenMs({backend}: BackendRow, clockMs: number): number {
	return Math.max(0, Math.min(LOOKBACK_MS, clockMs - backend.track.firstSeenMs));
}

/** In its first minutes: for how long it has been seen, and that `slow` needs a past to compare with. */
export function seenFor(row: BackendRow, clockMs: number): string[] {
	const seen = seenMs(row, clockMs);
	const hasTimes = row.backend.waiting !== null && row.instance.snapshot.rowSource !== 'text';
	const isJudged = !hasTimes || usualResponseMs(row.backend, clockMs) !== null;
	return [
		...(seen < LOOKBACK_MS ? [`seen for ${duration(seen - (seen % 1000))}`] : []),
		...(isJudged ? [] : ['slow: not judged yet']),
	];
}
