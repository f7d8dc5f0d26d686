import assert from 'node:assert/strict';
import {test} from 'node:test';
import {assessAll, B, type Facts, type LookSpec, OTHER, openedBy, span} from '../windows.ts';
import {variants} from './variants.ts';

const other: Record<string, Facts> = {[OTHER]: {established: 5}};
const quiet = {activeOpens: 0, attemptFails: 0};
const refusing = (dials: number) => ({activeOpens: dials, attemptFails: dials});
const up = (facts: Facts = {established: 3}): LookSpec => ({backends: {...other, [B]: facts}, deltas: quiet});
const back: LookSpec = {
	backends: {...other, [B]: {established: 2, survivors: 0, opened: 2, openedLive: 2, answeredNew: 2, moved: 0}},
	deltas: {activeOpens: 8, attemptFails: 6},
};
const gone: Facts = {vanished: 3, closed: 3};

/** All connections are gone, dials are refused, it is back at the next look and answers for this many more. */
const crash = (lives: number, deltas = refusing(9), facts: Facts = gone): LookSpec[] => [
	{backends: {...other, [B]: facts}, deltas},
	back,
	...span(lives, up({established: 2})),
];
/** The same within one look: new connections are where the old ones were. */
const swift: LookSpec[] = [
	{
		backends: {
			...other,
			[B]: {established: 2, survivors: 0, vanished: 2, closed: 2, opened: 2, openedLive: 2, answeredNew: 2},
		},
		deltas: {activeOpens: 6, attemptFails: 4},
	},
	...span(2, up({established: 2})),
];
const before = span(20, up());
const dead: LookSpec[] = [
	{backends: {...other, [B]: gone}, deltas: refusing(9)},
	...span(6, {backends: other, deltas: refusing(9)}),
];

variants('crash-loop', [
	[
		'a second crash',
		[...before, ...crash(3), ...crash(1)],
		'degraded',
		/lost all connections 2 times in 7 s, 30 dials refused/,
	],
	['crashes shorter than a look', [...before, ...swift, ...swift, ...swift], 'degraded', /3 times/],
	['one restart', [...before, ...crash(8)], null],
	['two restarts, a minute apart', [...before, ...crash(60), ...crash(3)], null],
	['crashes that are over', [...before, ...crash(3), ...crash(3), ...crash(14)], null],
	[
		'a backend that stays away after some crashes',
		[...before, ...crash(3), ...crash(3), ...dead],
		'down',
		/away for 6 s/,
	],
	[
		'a sparse backend that closes idle connections',
		[...before, ...crash(3), ...crash(3)].map((look) => ({...look, deltas: quiet})),
		null,
	],
	[
		'a pool that Traefik closed',
		[...before, ...crash(2, refusing(9), {timeWait: 3}), ...crash(2, refusing(9), {timeWait: 3})],
		null,
	],
	[
		'idle connections that close beside something else that refuses',
		[...before, ...crash(3), ...crash(3)].map((look) => ({...look, deltas: {activeOpens: 12, attemptFails: 9}})),
		null,
	],
	[
		'a share of the dials refused, of a backend that closes each connection',
		[
			...before,
			...span(20, {
				backends: {
					...other,
					[B]: {established: 2, survivors: 0, vanished: 2, closed: 20, opened: 20, openedLive: 2, answeredNew: 9},
				},
				deltas: {activeOpens: 25, attemptFails: 5},
			}),
		],
		null,
	],
]);

test('a crash loop is one finding, and none of its outages is said to be down', () => {
	const looks = [...before, ...crash(3), ...crash(3), ...crash(3), ...crash(3)];
	const opened = assessAll(looks).flatMap((assessment) => assessment.opened);
	assert.deepEqual(
		opened.map(({rule, severity}) => `${rule} ${severity}`),
		['crash-loop degraded'],
	);
});

/** The backend closes its idle connection, is dialled again after a while and answers. */
const sparse: LookSpec[] = [
	{backends: {[B]: {vanished: 1, closed: 1}}, deltas: refusing(4)},
	{backends: {[B]: {established: 1, survivors: 0, opened: 1, openedLive: 1, answeredNew: 1}}, deltas: quiet},
	...span(3, {backends: {[B]: {established: 1}}, deltas: quiet}),
];

test('a sparse backend is not blamed for the refusals of another that has gone', () => {
	const looks = [
		...before,
		{backends: {[OTHER]: {vanished: 5, closed: 5}, [B]: {established: 3}}, deltas: refusing(4)},
		...Array.from({length: 4}, () => sparse).flat(),
	];
	assert.deepEqual(openedBy('crash-loop', looks), []);
});
