/** Backends that close each connection after its answer, most of which live between two looks and leave no row. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {assessAll, B, type Facts, type LookSpec, SILENT, span, spanOf} from '../windows.ts';
import {variants} from './variants.ts';

const dialling = (activeOpens: number) => ({activeOpens, attemptFails: 0});
const unseen = (count: number, dials = 36) => span(count, {deltas: dialling(dials)});

/** Requests of one backend wait from now on, `perSecond` more at each look; `more` as the look wants it. */
const piling = (count: number, perSecond: number, dials: number, more: (i: number) => Facts = () => ({})): LookSpec[] =>
	span(count, (i) => ({
		deltas: dialling(dials),
		backends: {
			[B]: {
				established: perSecond * (i + 1),
				survivors: perSecond * i,
				opened: perSecond,
				openedLive: perSecond,
				used: 0,
				moved: 0,
				answeredAgoMs: null,
				...more(i),
				info: {
					...SILENT,
					asked: perSecond,
					waiting: perSecond * (i + 1),
					waits: Array.from({length: i + 1}, (_, k) => [k * 1_000 + 500, perSecond]).flat(),
					oldestWaitMs: i * 1_000 + 500,
				},
			},
		},
	}));
/** What is answered has waited for longer and longer. */
const ended = (i: number): Facts => ({
	vanished: 5,
	vanishedWaiting: 5,
	ends: [i * 1_000 + 500, 5],
	closed: 5,
});

variants('overload', [
	[
		'requests that pile up where connections used to come and go unseen',
		[...unseen(20), ...piling(6, 12, 36, ended)],
		'degraded',
		/usually less than 1 s/,
	],
	['the same while as many dials as before leave no row', [...unseen(20), ...piling(6, 12, 48, ended)], null],
	[
		'the same in a namespace that others dial from',
		[...unseen(20), ...piling(6, 12, 36, ended)].map((look) => ({...look, snapshot: {isShared: true}})),
		null,
	],
	[
		'requests of a half that hangs, the answers of the rest unseen',
		[...unseen(20), ...piling(12, 7, 36)],
		'degraded',
		/none seen to be answered yet/,
	],
]);

variants('hung', [
	['a half that hangs while other dials come and go unseen', [...unseen(20), ...piling(14, 7, 36)], null],
	['the same where no other dial is made', [...unseen(20, 12), ...piling(14, 12, 12)], 'down'],
]);

const good = spanOf(20, {established: 2, info: {asked: 10}});
/** Of the new connections half are never answered; on the old one requests go on, but for a pause. */
const half = (count: number, isPausing: (i: number) => boolean = () => false): LookSpec[] =>
	spanOf(count, (i) => ({
		established: 6,
		answeredAgoMs: isPausing(i) ? null : 20,
		info: {
			...(isPausing(i) ? {...SILENT, answers: []} : {}),
			waiting: 4,
			waits: [1_000 * (i + 1), 4],
			oldestWaitMs: 1_000 * (i + 1),
			youngUnanswered: i > 1 ? 4 : 0,
			youngAnswered: 1,
		},
	}));
const givenUp = spanOf(4, {
	established: 3,
	finWait2: 6,
	finWait2Orphans: 6,
	oldestFinWait2OrphanMs: 8_000,
	abandoned: 2,
	oldestAbandonedMs: 10_000,
	info: {waiting: 3, waits: [4_000, 3], oldestWaitMs: 4_000},
});

variants('partial', [
	[
		'new connections that hang while most requests go out on one that works',
		[...good, ...half(7)],
		'degraded',
		/4 requests waiting, oldest 7 s, while others are answered/,
	],
	['a pause of those that work', [...good, ...half(16, (i) => i > 7 && i < 14)], 'degraded'],
	['waits that are given up and come again', [...good, ...half(8), ...givenUp], 'degraded'],
]);
variants('hung', [['a pause of the part that works', [...good, ...half(16, (i) => i > 7)], null]]);

test('a half that hangs is one finding, without a leak for what was given up', () => {
	const opened = assessAll([...good, ...half(8), ...givenUp, ...givenUp, ...good]).flatMap((each) => each.opened);
	assert.deepEqual(
		opened.map(({rule}) => rule),
		['partial'],
	);
});

const dials: Facts = {
	synSent: 9,
	synRetransmitted: 6,
	dialsTimedOut: 3,
	oldestSynSentMs: 3_000,
	opened: 4,
	connected: 1,
};
test('a full accept queue stays one finding whose text says who waits', () => {
	const looks = [
		...good,
		...spanOf(3, {...dials, established: 4, freshestAckMs: 10}),
		...spanOf(8, {
			...{...dials, established: 8, freshestAckMs: 10},
			info: {waiting: 8, waits: [3_000, 8], oldestWaitMs: 3_000, responses: [3_000, 4], answers: [3_000, 4], asked: 4},
		}),
	];
	const seen = assessAll(looks);
	assert.deepEqual(
		seen.flatMap(({opened}) => opened.map(({rule}) => rule)),
		['partial'],
	);
	assert.match(seen.at(-1)?.open[0]?.message ?? '', /9 dials unanswered, oldest 3 s.*; 8 requests waiting, oldest 3 s/);
});
