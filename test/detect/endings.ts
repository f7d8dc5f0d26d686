/** Facts of connections that ended, for looks made by hand (windows.ts). */
import {ENDED, type EndedKind} from '../../src/parse/ending.ts';
import type {EndedFacts} from '../../src/snapshot.ts';
import {B, type Facts, type LookSpec, span} from './windows.ts';

const NONE = Object.fromEntries(Object.keys(ENDED).map((kind) => [kind, 0])) as Record<EndedKind, number>;

/** This many of each kind; all failures of a look that tells of no answer came after the last one. */
export function endedOf(said: Partial<EndedFacts>, hasAnswer = false): EndedFacts {
	const {refused = 0, unanswered = 0, resetBefore = 0} = said;
	const failed = refused + unanswered + resetBefore;
	const total = Object.keys(NONE).reduce((sum, kind) => sum + (said[kind as EndedKind] ?? 0), 0);
	return {
		...{...NONE, total, ownClosed: 0, isShared: false},
		...{oldestFailedMs: failed > 0 ? 900 : null, newestFailedMs: failed > 0 ? 50 : null},
		refusedSinceAnswer: hasAnswer ? 0 : refused,
		cutSinceAnswer: hasAnswer ? 0 : unanswered + resetBefore,
		oldestSinceAnswerMs: failed > 0 && !hasAnswer ? 900 : null,
		...said,
	};
}

/** A look in which the kernel told of what ended on each backend. */
export function lookOf(backends: Readonly<Record<string, Facts>>, more: Partial<LookSpec> = {}): LookSpec {
	const {snapshot, ...rest} = more;
	return {backends, ...rest, snapshot: {endings: {lost: 0, anonymous: 0, foreign: 0}, ...snapshot}};
}

/** A healthy backend with a pool: nothing ends. */
export const WELL: Facts = {established: 5, answeredAgoMs: 20, ended: endedOf({})};

/** Nothing but refused dials. */
export const refusing = (refused: number): Facts => ({answeredAgoMs: null, ended: endedOf({refused})});

/** Answers, on connections that end, and beside them some that fail. */
export const mixed = (said: Partial<EndedFacts>): Facts => ({
	...{answeredAgoMs: 20, opened: 30, closed: 30},
	ended: endedOf({answered: 30, ...said}, true),
});

export const looksOf = (count: number, facts: Facts): LookSpec[] => span(count, lookOf({[B]: facts}));
