import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {State} from '../../src/detect/finding.ts';
import {assessAll, B, type Facts, type LookSpec, OTHER, SILENT, span, spanOf} from './windows.ts';

const STILL = {...SILENT, sentBytes: 0};
/** This many requests that have waited this long, none of them answered since. */
const waits = (count: number, oldestMs: number, more: Facts['info'] = {}): Facts => ({
	established: count,
	answeredAgoMs: null,
	info: {...STILL, waiting: count, waits: [oldestMs, count], oldestWaitMs: oldestMs, ...more},
});
const gone = (deltas: LookSpec['deltas']): LookSpec => ({
	backends: {[B]: {}},
	deltas: {activeOpens: 9, attemptFails: 0, ...deltas},
});
const kept = spanOf(6, {established: 5, info: {}});
const fall: LookSpec = {backends: {[B]: {vanished: 5, closed: 5}}, deltas: {activeOpens: 9, attemptFails: 0}};
const text = (facts: Facts): Facts => ({
	established: 40,
	used: 4,
	moved: 0,
	openedLive: 9,
	neverAnswered: 36,
	...facts,
});

const doubts: [what: string, looks: LookSpec[], state: State, caveat: RegExp | null][] = [
	['requests that wait, in one look', spanOf(1, waits(3, 10_000)), 'unknown', /^no past yet, 3 wait, oldest 10 s$/],
	['a single request that is all there is', spanOf(1, waits(1, 10_000)), 'unknown', /^no past yet, 1 wait/],
	['requests that wait for a moment', spanOf(1, waits(3, 1_900)), 'ok', /slow not judged yet/],
	[
		'two of several that wait, while others are answered',
		spanOf(1, {established: 9, info: {waiting: 3, waits: [20, 1, 4_000, 2], oldestWaitMs: 4_000}}),
		'ok',
		/not judged/,
	],
	[
		'long polls, as the connections at rest show',
		spanOf(1, waits(3, 10_000, {rests: [14_000, 2]})),
		'ok',
		/not judged/,
	],
	[
		'answers that take long beside those of others',
		span(1, {
			backends: {
				[B]: {established: 9, opened: null, info: {responses: [3_000, 5]}},
				[OTHER]: {established: 5, opened: null, info: {}},
			},
		}),
		'unknown',
		/answers take 3 s, other backends 20 ms/,
	],
	[
		'the same of one that is asked for other things, as their rates show',
		span(6, {
			backends: {[B]: {established: 9, info: {responses: [3_000, 5], asked: 3}}, [OTHER]: {established: 5, info: {}}},
		}),
		'ok',
		/not judged/,
	],
	['text tables of which little was ever answered', spanOf(2, text({})), 'unknown', /36 connections without an answer/],
	['text tables in which something moves', spanOf(2, text({moved: 1})), 'ok', null],
	['one look at such text tables', spanOf(1, text({moved: null})), 'unknown', /36 connections/],
	['one look at some spare connections', spanOf(1, text({moved: null, used: 20, neverAnswered: 36})), 'ok', null],
	[
		'a sign that is not there for long enough',
		spanOf(1, {established: 5, finWait2Orphans: 4}),
		'unknown',
		/4 connections that it has not closed/,
	],
	[
		'a rule that holds and has not opened',
		[{backends: {[B]: {established: 5}}}, {acceptQueue: 3, backends: {[B]: {established: 5}}}],
		'ok',
		null,
	],
	[
		'requests that wait after a minute of watching',
		[...spanOf(61, {established: 5, info: {}}), ...spanOf(1, waits(1, 9_000))],
		'ok',
		null,
	],
	[
		'connections that come and go since it lost those that it kept',
		[...kept, fall, ...[1, 2, 3].map(() => gone({}))],
		'unknown',
		/36 connections came and went in 3 s, none seen to be answered/,
	],
	['nothing of the kind', spanOf(1, {established: 5, info: {}}), 'ok', /^seen for 0 ms; slow not judged yet$/],
	['a past that is known', spanOf(30, {established: 5, info: {}}), 'ok', null],
];
for (const [what, looks, state, caveat] of doubts) {
	test(`the detector calls a backend ${state} on ${what}`, () => {
		const verdict = assessAll(looks).at(-1)?.instances.get('lb1/361')?.backends.get(B);
		assert.equal(verdict?.state, state, `${verdict?.caveat}`);
		if (caveat === null) assert.equal(verdict?.caveat ?? null, null);
		else assert.match(verdict?.caveat ?? '', caveat);
	});
}

const own: [what: string, looks: LookSpec[], state: State, caveat: RegExp | null][] = [
	[
		'a dial refused in a young watch',
		[{}, {deltas: {activeOpens: 1, attemptFails: 1}}],
		'unknown',
		/^no past yet, 1 dial refused$/,
	],
	[
		'two dials refused in a namespace that others share',
		[{}, {deltas: {activeOpens: 2, attemptFails: 2}, snapshot: {isShared: true}}],
		'idle',
		null,
	],
	[
		'one refused at a time when the watch is older',
		[...span(15, {}), {deltas: {activeOpens: 1, attemptFails: 1}}],
		'idle',
		null,
	],
	[
		'clients that were not accepted in the newest look',
		[{backends: {[B]: {established: 5}}}, {acceptQueue: 3, backends: {[B]: {established: 5}}}],
		'unknown',
		/^traefik-stopped: 3 clients not accepted/,
	],
	[
		'sockets of which none is owned',
		[{snapshot: {rows: 12, listeners: [], attribution: 'descriptors'}}],
		'unknown',
		/^12 sockets here, none of them Traefik’s/,
	],
	['no socket at all', [{snapshot: {rows: 0, listeners: [], attribution: 'descriptors'}}], 'idle', null],
	['sockets beside a listener of its own', [{snapshot: {rows: 12, attribution: 'descriptors'}}], 'idle', null],
];
for (const [what, looks, state, caveat] of own) {
	test(`the detector calls an instance ${state} on ${what}`, () => {
		const assessment = assessAll(looks).at(-1);
		const verdict = assessment?.instances.get('lb1/361');
		assert.equal(verdict?.state, state);
		assert.equal(assessment?.state, state);
		if (caveat === null) assert.equal(verdict?.caveat ?? null, null);
		else assert.match(verdict?.caveat ?? '', caveat);
	});
}
