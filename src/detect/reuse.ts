import type {BackendModel} from '../model/model.ts';
import {BUCKET_MS} from '../model/track.ts';
import {LOOKBACK_MS} from '../snapshot.ts';

/** The newest past is what is judged. */
const PRESENT_MS = 15_000;

/** Whether, in the last 15 minutes, it once used connections again: more of them moved than were opened. */
export function hasReusedConnections(backend: BackendModel, clockMs: number): boolean {
	const until = clockMs - PRESENT_MS;
	const buckets = LOOKBACK_MS / BUCKET_MS;
	const moved = backend.track.past('moved', until, buckets);
	const opened = backend.track.past('opened', until, buckets);
	return moved.some((value, i) => (value ?? 0) > 0 && (opened[i] ?? Number.POSITIVE_INFINITY) <= 2 * (value ?? 0));
}
