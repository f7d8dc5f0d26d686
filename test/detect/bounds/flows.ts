/** Thresholds of rules that look at what comes and goes over several looks. */
import type {ThresholdKey} from '../../../src/detect/thresholds.ts';
import {endedOf, lookOf, looksOf, refusing, WELL} from '../endings.ts';
import {B, type Facts, type LookSpec, OTHER, span, spanOf} from '../windows.ts';
import type {Bound} from './bound.ts';

/** Twenty looks at which all is well, then requests that were given up. */
function givenUp(abandoned: number, oldestAbandonedMs: number): LookSpec[] {
	return [
		...spanOf(20, {established: 5, info: {}}),
		...spanOf(1, {established: 5, abandoned, oldestAbandonedMs, info: {}}),
		...spanOf(1, {established: 5, info: {}}),
	];
}

/** CLOSE_WAIT growing on a line; 31 s before the end it is `leftMs` from its limit of 100. */
function growing(leftMs: number): LookSpec[] {
	const perSecond = 60_000 / (leftMs - 31_000);
	return span(80, (i) => ({
		at: i * 5,
		backends: {[B]: {established: 5, closeWait: 40 + perSecond * (i - 79) * 5}},
		snapshot: {isAfterGap: false},
	}));
}

export const FLOW_BOUNDS = {
	'refused.dials': {
		looks: (dials) => [
			...spanOf(3, {established: 5}),
			{backends: {[B]: {vanished: 5, closed: 5}}, deltas: {activeOpens: dials, attemptFails: dials}},
			...span(2, {deltas: {activeOpens: 0, attemptFails: 0}}),
		],
		step: 1,
	},
	'premature-close.connections': {
		looks: (unanswered) => [
			...looksOf(1, {ended: endedOf({unanswered: unanswered - 1})}),
			...looksOf(1, {ended: endedOf({unanswered: 1})}),
			...looksOf(2, {ended: endedOf({})}),
		],
		step: 1,
	},
	'churn.perSecond': {looks: (opened) => spanOf(16, {established: 1, survivors: 0, moved: 0, opened}), step: 1},
	'loss.share': {
		looks: (share) =>
			spanOf(6, {
				established: 5,
				info: {segmentsOut: 20 / share, segmentsRetransmitted: 20, socketsRetransmitting: 2},
			}),
		step: 0.001,
	},
	'loss.segments': {
		looks: (segments) =>
			spanOf(8, (i) => {
				const again = 8 - i <= segments ? 1 : 0;
				return {established: 5, info: {segmentsRetransmitted: again, socketsRetransmitting: again}};
			}),
		step: 1,
	},
	'partial.perSecond': {
		looks: (refused) =>
			span(6, {
				backends: {[B]: {established: 5, opened: 5, openedLive: 5}},
				deltas: {activeOpens: 5 + refused, attemptFails: refused},
			}),
		step: 0.1,
	},
	'partial.refusedFor': {
		looks: (ms) =>
			[0, 1, 2, 2 + (ms * 0.9) / 1_000].map((at) => ({
				at,
				backends: {[B]: {established: 5, opened: 5, openedLive: 5}},
				deltas: {activeOpens: at < 2 ? 5 : 25, attemptFails: at < 2 ? 0 : 20},
			})),
		step: 10,
	},
	'partial.abandoned': {looks: (requests) => givenUp(requests, 5_000), step: 1},
	'partial.abandonedAge': {looks: (ms) => givenUp(4, ms), step: 1},
	'pool.perSecond': {
		looks: (opened) => spanOf(18, {established: 2, survivors: 2, opened, timeWait: 60 * opened}),
		step: 1,
	},
	'refused.down': {
		looks: (ms) => {
			const serving = (facts: Facts) => lookOf({[B]: facts, [OTHER]: WELL});
			const first = {
				...refusing(5),
				ended: endedOf({refused: 5, oldestFailedMs: ms - 1_000, oldestSinceAnswerMs: ms - 1_000}),
			};
			return [...span(3, serving(WELL)), serving(first), serving(refusing(5))];
		},
		step: 1,
		severity: 'down',
	},
	'drift.horizon': {looks: growing, step: 60_000, sense: 'under'},
} as const satisfies Partial<Record<ThresholdKey, Bound>>;
