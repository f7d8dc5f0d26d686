import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Finding} from '../../../src/detect/finding.ts';
import {endedOf, lookOf, looksOf, mixed, refusing, WELL} from '../endings.ts';
import {assessAll, B, course, type LookSpec, OTHER, openedBy, START, span} from '../windows.ts';

const last = (looks: readonly LookSpec[]): readonly Finding[] => assessAll(looks).at(-1)?.open ?? [];
const told = (findings: readonly Finding[]) =>
	findings
		.filter(({severity}) => severity !== 'notice')
		.map(({rule, backend, severity}) => `${backend} ${rule} ${severity}`);

test('refused opens at the first look that shows two refused dials, and dates them', () => {
	const [finding] = openedBy('refused', [...looksOf(3, WELL), ...looksOf(1, refusing(2))]);
	assert.equal(finding?.from, START + 3_000);
	assert.equal(finding?.evidence.began, START + 3_000 - 900);
	assert.equal(finding?.message, '2 dials refused, no connection left');
});

test('refused takes a second for a single refused dial', () => {
	assert.deepEqual(course([...looksOf(3, WELL), ...looksOf(1, refusing(1))]), []);
	assert.deepEqual(course([...looksOf(3, WELL), ...looksOf(1, refusing(1)), ...looksOf(1, refusing(0))]), [
		'refused opened 4',
	]);
});

test('refused names each of several backends that refuse, and nobody else', () => {
	const third = '10.0.0.9:8080';
	const all = {[B]: refusing(5), [OTHER]: refusing(3), [third]: WELL};
	assert.deepEqual(
		told(last([...span(3, lookOf({[B]: WELL, [OTHER]: WELL, [third]: WELL})), ...span(4, lookOf(all))])),
		[`${B} refused down`, `${OTHER} refused down`],
	);
});

test('refused is degraded for its first 3 s while another backend answers: a deployment begins like that', () => {
	const well = span(3, lookOf({[B]: WELL, [OTHER]: WELL}));
	const refusal = lookOf({[B]: refusing(5), [OTHER]: WELL});
	const severities = [1, 2, 3, 4].map((count) => told(last([...well, ...span(count, refusal)])));
	assert.deepEqual(severities, [
		[`${B} refused degraded`],
		[`${B} refused degraded`],
		[`${B} refused degraded`],
		[`${B} refused down`],
	]);
});

test('refused is down at once where the backend was never seen to answer: the outage is older than the watch', () => {
	assert.deepEqual(told(last(span(1, lookOf({[B]: refusing(5), [OTHER]: WELL})))), [`${B} refused down`]);
});

test('refused is down at once where no other backend answers', () => {
	const well = span(3, lookOf({[B]: WELL, [OTHER]: WELL}));
	const both = lookOf({[B]: refusing(5), [OTHER]: refusing(4)});
	assert.deepEqual(told(last([...well, ...span(1, both)])).sort(), [`${B} refused down`, `${OTHER} refused down`]);
});

test('refused names a backend that never had a connection', () => {
	assert.deepEqual(told(last(looksOf(2, refusing(4)))), [`${B} refused down`]);
});

test('refused says whose dials they may be in a namespace in which others dial the backend, too', () => {
	const facts = {...refusing(4), ended: endedOf({refused: 4, isShared: true})};
	assert.match(last(looksOf(2, facts))[0]?.message ?? '', /some of these dials may be theirs/);
});

test('refused is over within 3 s of the first answer, and no longer down meanwhile', () => {
	const looks = [...looksOf(3, WELL), ...looksOf(3, refusing(9)), ...looksOf(4, WELL)];
	assert.deepEqual(course(looks), ['refused opened 3', 'refused closed 8']);
	assert.deepEqual(told(last(looks.slice(0, 7))), [`${B} refused degraded`]);
	assert.match(last(looks.slice(0, 7))[0]?.message ?? '', /^27 dials refused, answers again$/);
});

test('refused gives up when nobody dials any more', () => {
	const looks = [...looksOf(3, WELL), ...looksOf(2, refusing(9)), ...looksOf(25, {ended: endedOf({})})];
	assert.deepEqual(course(looks), ['refused opened 3', 'refused closed 24']);
});

test('refused takes a crash loop for one finding that counts the restarts', () => {
	const loop = Array.from({length: 6}, () => [...looksOf(1, refusing(20)), ...looksOf(2, WELL)]).flat();
	const looks = [...looksOf(3, WELL), ...loop];
	assert.deepEqual(course(looks), ['refused opened 3']);
	const {message, evidence, severity} = last(looks)[0] ?? {};
	assert.equal(severity, 'degraded');
	assert.match(message ?? '', /^restarted 6 times in 18 s, 120 dials refused; answers now$/);
	assert.equal(evidence?.['began'], START + 3_000 - 900);
	assert.deepEqual(course([...looks, ...looksOf(12, WELL)]), ['refused opened 3', 'refused closed 24']);
});

test('refused takes a crash loop for one finding also where looks show each restart whole', () => {
	const restart = {answeredAgoMs: 20, opened: 4, openedLive: 4, established: 4, ended: endedOf({refused: 30}, true)};
	const loop = Array.from({length: 6}, () => [...looksOf(1, restart), ...looksOf(2, WELL)]).flat();
	const looks = [...looksOf(3, WELL), ...looksOf(2, refusing(20)), ...looksOf(1, WELL), ...loop];
	assert.deepEqual(course(looks), ['refused opened 3']);
	assert.match(last(looks)[0]?.message ?? '', /^restarted 7 times in /);
});

test('refused leaves a share that is refused all the time to partial, on the backend', () => {
	const share = mixed({refused: 8});
	const unlucky = {
		...share,
		ended: endedOf({answered: 28, refused: 8, refusedSinceAnswer: 2, oldestSinceAnswerMs: 100}, true),
	};
	const looks = [...span(3, lookOf({[B]: WELL, [OTHER]: WELL}))];
	looks.push(...span(6, (i) => lookOf({[B]: i % 2 === 0 ? share : unlucky, [OTHER]: WELL})));
	const findings = last(looks);
	assert.deepEqual(told(findings), [`${B} partial degraded`]);
	assert.match(findings[0]?.message ?? '', /^40 dials of 190 refused in 5 s while others succeed$/);
	assert.deepEqual(
		course(looks).filter((line) => line.startsWith('refused')),
		[],
	);
});

test('refused dials of which the kernel told are not told of the namespace again', () => {
	const deltas = {activeOpens: 50, attemptFails: 8};
	const share = mixed({refused: 8});
	const looks = (facts: typeof share) => [
		...span(3, lookOf({[B]: WELL, [OTHER]: WELL})),
		...span(6, lookOf({[B]: {...facts, opened: 42, openedLive: 5}, [OTHER]: WELL}, {deltas})),
	];
	assert.deepEqual(told(last(looks(share))), [`${B} partial degraded`]);
	// ICMP refuses a dial, and its notice does not say so: the counters do
	assert.deepEqual(told(last(looks(mixed({unknown: 8})))), ['null partial degraded']);
});

test('partial tells of resets of a share, on the backend, also where others share the namespace', () => {
	const share = mixed({resetBefore: 3, resetAfter: 5});
	const shared = {snapshot: {isShared: true, attribution: 'descriptors'}} as const;
	const looks = [
		...span(3, lookOf({[B]: WELL, [OTHER]: WELL}, shared)),
		...span(5, lookOf({[B]: share, [OTHER]: WELL}, shared)),
	];
	const findings = last(looks);
	assert.deepEqual(told(findings), [`${B} partial degraded`]);
	assert.match(findings[0]?.message ?? '', /^40 connections reset by the backend in 5 s while others work$/);
	assert.equal(findings[0]?.evidence.began, START + 3_000, 'not before the first of them');
});

test('partial keeps silent on a pool that is reset in one go', () => {
	const once = {...WELL, ended: endedOf({resetAfter: 60}, true)};
	assert.deepEqual(course([...looksOf(3, WELL), ...looksOf(1, once), ...looksOf(5, WELL)]), []);
});

test('premature-close is down where nothing else is answered', () => {
	const looks = [...looksOf(3, WELL), ...looksOf(3, {answeredAgoMs: null, ended: endedOf({unanswered: 10})})];
	assert.deepEqual(course(looks), ['premature-close opened 4']);
	const [finding] = last(looks);
	assert.equal(finding?.severity, 'down');
	assert.equal(finding?.message, '30 connections accepted and closed without an answer in 2.9 s, none answered');
});

test('premature-close tells of resets in the place of every answer', () => {
	assert.deepEqual(told(last(looksOf(3, {ended: endedOf({resetBefore: 10})}))), [`${B} premature-close down`]);
});

test('premature-close is degraded for a share', () => {
	const looks = [...looksOf(3, WELL), ...looksOf(6, mixed({unanswered: 12}))];
	const findings = last(looks);
	assert.deepEqual(told(findings), [`${B} premature-close degraded`]);
	assert.match(findings[0]?.message ?? '', /^60 connections of 210 closed without an answer in 5 s, others answered$/);
});

test('premature-close keeps silent on the connections that a process closes as it ends', () => {
	const ended = endedOf({unanswered: 50, oldestFailedMs: 60, newestFailedMs: 60, oldestSinceAnswerMs: 60});
	const looks = [...looksOf(3, WELL), ...looksOf(1, {answeredAgoMs: null, ended}), ...looksOf(2, refusing(30))];
	assert.deepEqual(course(looks), ['refused opened 4']);
});

test('premature-close keeps silent on unused connections and on those that Traefik gave up', () => {
	assert.deepEqual(course(looksOf(8, {...WELL, ended: endedOf({unused: 20, givenUp: 20, aborted: 5})})), []);
});

const closers: [ownClosed: number, said: RegExp][] = [
	[30, /none lasts; Traefik closes them$/],
	[27, /none lasts; Traefik closes them$/],
	[20, /none lasts$/],
	[7, /none lasts; the backend closes them$/],
];
for (const [ownClosed, said] of closers) {
	test(`churn says who closes where Traefik's end was first in ${ownClosed} of 30: ${said.source}`, () => {
		const churning = {...mixed({ownClosed}), openedLive: 1, survivors: 0, established: 1, moved: 0};
		const [finding] = openedBy('churn', looksOf(18, churning));
		assert.match(finding?.message ?? '', said);
		assert.equal(/^Traefik’s end closes first/.test(finding?.hint ?? ''), ownClosed >= 27);
	});
}
