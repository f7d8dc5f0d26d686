import {quantile} from '../../model/track.ts';
import {duration} from '../../text/duration.ts';
import {plural} from '../../text/plural.ts';
import {countOf, looks, merged, usualResponseMs} from '../past.ts';
import type {BackendRule} from '../rule.ts';

/** What ended in the last looks and what waits now are judged together: a wait is an answer at least so late. */
const PRESENT_MS = 2_500;
const SPARSE_MS = 15_000;
const ENOUGH = 5;

/**
The median of the present, answers and waits together, is a multiple of the backend's own past. A wait counts as an
answer that takes at least so long, so that a slow answer is seen before it comes.
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
		const usualMs = (open?.evidence['usualMs'] as number | undefined) ?? usualResponseMs(backend, clockMs);
		if (usualMs === null) return null;
		const limitMs = Math.max(thresholds['slow.floor'], thresholds['slow.times'] * usualMs);
		let present = merged([info.waits, ...responses(backend, clockMs, PRESENT_MS)]);
		if (countOf(present) < ENOUGH) present = merged([info.waits, ...responses(backend, clockMs, SPARSE_MS)]);
		const median = quantile(present, 0.5);
		if (median === null || median < limitMs || countOf(present, limitMs) < thresholds['slow.waiting']) return null;
		const waiting = info.waiting > 0 ? `, ${plural(info.waiting, 'request')} waiting` : '';
		return {
			severity: 'degraded',
			message: `answers take ${duration(median)}, usually ${duration(usualMs)}${waiting}`,
			hint: 'its process answers, but late: look at its load, its garbage collector, and what it waits for (database, disk, another service); other backends tell whether it is this one alone',
			beganMs: clockMs - (info.oldestWaitMs ?? 0),
			evidence: {
				medianMs: Math.round(median),
				usualMs: Math.round(usualMs),
				waiting: info.waiting,
				oldestWaitMs: Math.round(info.oldestWaitMs ?? 0),
			},
		};
	},
};

function* responses(
	backend: Parameters<typeof looks>[0],
	clockMs: number,
	spanMs: number,
): Generator<readonly number[]> {
	for (const {facts} of looks(backend, clockMs, spanMs)) yield facts?.info?.responses ?? [];
}
