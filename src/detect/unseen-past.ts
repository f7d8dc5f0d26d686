/**
The past of a backend of which no row was ever seen while it was well: where each connection is closed after its answer, and
answers are fast, hardly any lives long enough to be in a table that is read once a second. Its dials are counted, though.
*/
import type {BackendModel, InstanceModel} from '../model/model.ts';
import {RECENT_MS} from '../model/track.ts';
import {looks, sumOf} from './past.ts';
import {unseenDials} from './unseen-dials.ts';

/** Asked for where something has waited for this long. */
const LONG_MS = 2_000;
const ENOUGH_LOOKS = 5;
const ENOUGH_DIALS = 10;
/** Its dials are among those that left no row before if that number fell by so large a share of those that leave one now. */
const FELL_SHARE = 0.5;
/** … and by this many standard deviations. */
const DEVIATIONS = 2;

type Dialled = {readonly unseen: number; readonly looks: number; readonly spanMs: number; readonly longestMs: number};

/**
The longest time between two looks from before its rows were there, if its connections came and went between two looks
then: as many dials fewer leave no row since as it has rows now. null: not so.
*/
export function unseenLivesMs(backend: BackendModel, instance: InstanceModel): number | null {
	const {clockMs, isShared} = instance.snapshot;
	const waitMs = backend.now?.info?.oldestWaitMs ?? 0;
	if (isShared || waitMs < LONG_MS) return null;
	// Since then it has had rows at every look: those waits, and some before them that were answered meanwhile.
	let onsetMs = clockMs - waitMs;
	for (const {facts, clockMs: at, snapshot} of looks(backend, clockMs, RECENT_MS)) {
		if ((facts?.connections.established ?? 0) === 0) break;
		onsetMs = Math.min(onsetMs, at - (snapshot.sincePreviousMs ?? 0));
	}
	const sinceMs = clockMs - onsetMs;
	for (const {facts} of looks(backend, onsetMs, RECENT_MS)) if ((facts?.survivors ?? 0) > 0) return null;
	const before = dialled(instance, Number.NEGATIVE_INFINITY, onsetMs);
	if (before.looks < ENOUGH_LOOKS || before.unseen < ENOUGH_DIALS || before.spanMs === 0) return null;
	// In the look of the onset there are both.
	const after = dialled(instance, onsetMs + before.longestMs, clockMs);
	if (after.spanMs === 0) return null;
	const opened = sumOf(backend, clockMs, sinceMs - before.longestMs, (facts) => facts.opened);
	const expected = (before.unseen * after.spanMs) / before.spanMs;
	const fell = expected - after.unseen;
	const deviation = Math.sqrt(expected + (expected * after.spanMs) / before.spanMs);
	return opened > 0 && fell >= FELL_SHARE * opened && fell >= DEVIATIONS * deviation ? before.longestMs : null;
}

function dialled({track}: InstanceModel, fromMs: number, toMs: number): Dialled {
	let [unseen, looks, spanMs, longestMs] = [0, 0, 0, 0];
	for (const snapshot of track.recent) {
		const {clockMs, sincePreviousMs, problem} = snapshot;
		if (problem !== null || sincePreviousMs === null || clockMs <= fromMs || clockMs > toMs) continue;
		unseen += unseenDials(snapshot);
		looks++;
		spanMs += sincePreviousMs;
		longestMs = Math.max(longestMs, sincePreviousMs);
	}
	return {unseen, looks, spanMs, longestMs};
}
