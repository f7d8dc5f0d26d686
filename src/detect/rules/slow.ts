import {responseHistogram} from '../../model/build.ts';
import {merged, quantile} from '../../model/metric.ts';
import {duration} from '../../text/duration.ts';
import {plural} from '../../text/plural.ts';
import {countOf, usualResponseMs} from '../past.ts';
import type {BackendRule} from '../rule.ts';

/** Slow answers of so long count beside what waits now. */
const PRESENT_MS = 2_500;
/** … and of so long where few requests come. */
const SPARSE_MS = 15_000;
const ENOUGH = 5;
/** Usual answers are looked for over the time that half of the waiting have waited, within these bounds. */
const SHORTEST_MS = 1_500;
const LONGEST_MS = 15_000;
/** So many usual answers for each slow one, and it is a mix of requests (long polls among them), not a slow backend. */
const USUAL_SHARE = 0.2;

/**
Answers take a multiple of the backend's own past, and none comes in the usual time any more. A wait counts as an answer
that takes at least so long, so a slow one is seen before it comes. Long polls and a heavy tail differ in that usual
answers still come while they wait.
*/
export const slow: BackendRule = {
	id: 'slow',
	scope: 'backend',
	opensAfterMs: 0,
	clearsAfterMs: 3_000,
	yieldsTo: ['hung', 'unreachable', 'stalled', 'fds'],
	look(backend, {instance, thresholds, open}) {
		const info = backend.now?.info;
		if (!info || (backend.now?.retransmittingOnce ?? 0) > 0) return null;
		const {clockMs} = instance.snapshot;
		const usualMs = open?.evidence['usualMs'] ?? usualResponseMs(backend, clockMs);
		if (usualMs === null) return null;
		const limitMs = Math.max(thresholds['slow.floor'], thresholds['slow.times'] * usualMs);
		const waits = above(info.waits, limitMs);
		// Where few requests come, the present is longer.
		const isSparse = countOf(responseHistogram(backend.track, clockMs - PRESENT_MS)) + countOf(waits) < ENOUGH;
		const presentMs = isSparse ? SPARSE_MS : PRESENT_MS;
		const answers = above(responseHistogram(backend.track, clockMs - presentMs), limitMs);
		const slowCount = countOf(waits) + countOf(answers);
		if (slowCount < thresholds['slow.waiting']) return null;
		const median = quantile(merged([waits, answers]), 0.5) ?? limitMs;
		const spanMs = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, quantile(waits, 0.5) ?? presentMs));
		const recent = responseHistogram(backend.track, clockMs - spanMs);
		const usualCount = countOf(recent) - countOf(recent, limitMs);
		const usualNow = countOf(info.answers) - countOf(info.answers, limitMs);
		if (Math.max(usualCount, usualNow) > USUAL_SHARE * slowCount) return null;
		const waiting = info.waiting > 0 ? `, ${plural(info.waiting, 'request')} waiting` : '';
		return {
			severity: 'degraded',
			message: `answers take ${duration(median)}, usually ${duration(usualMs)}${waiting}`,
			hint: 'its process answers, but late: look at its load, its garbage collector, and what it waits for (database, disk, another service); other backends tell whether it is this one alone',
			beganMs: clockMs - (info.oldestWaitMs ?? 0),
			evidence: {
				medianMs: Math.round(median),
				usualMs: Math.round(usualMs),
				slow: slowCount,
				usual: usualCount,
				waiting: info.waiting,
				oldestWaitMs: Math.round(info.oldestWaitMs ?? 0),
			},
		};
	},
};

/** The part of a sparse histogram at and above `fromMs`. */
function above(histogram: readonly number[], fromMs: number): number[] {
	const part: number[] = [];
	for (let i = 0; i < histogram.length; i += 2) {
		if ((histogram[i] ?? 0) >= fromMs) part.push(histogram[i] ?? 0, histogram[i + 1] ?? 0);
	}
	return part;
}
