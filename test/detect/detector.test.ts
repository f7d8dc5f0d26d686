import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {State} from '../../src/detect/finding.ts';
import {LOOKBACK_MS} from '../../src/snapshot.ts';
import {assessAll, B, course, type Facts, type LookSpec, OTHER, openedBy, START, span, spanOf} from './windows.ts';

const FINE: Facts = {established: 5};
/** Holds for `leak`, which opens after 1 s and closes after 3 s. */
const LEAKING: Facts = {established: 5, finWait2: 12, finWait2Orphans: 12, oldestFinWait2OrphanMs: 9_000};
const QUEUED = {acceptQueue: 3, backends: {[B]: FINE}};

test('the detector opens a finding after its condition has held for as long as the rule asks', () => {
	assert.deepEqual(course([...spanOf(3, FINE), ...spanOf(3, LEAKING)]), ['leak opened 4']);
	assert.deepEqual(course([...span(2, {}), ...span(3, QUEUED)]), ['traefik-stopped opened 4']);
});

test('the detector does not open on a condition that held for a shorter time', () => {
	assert.deepEqual(course([...spanOf(3, FINE), ...spanOf(1, LEAKING), ...spanOf(3, FINE)]), []);
	assert.deepEqual(course([...span(2, {}), ...span(2, QUEUED), ...span(3, {})]), []);
});

test('the detector starts counting again when the condition was clear between', () => {
	const flicker = [...span(2, QUEUED), ...span(1, {}), ...span(2, QUEUED), ...span(1, {})];
	assert.deepEqual(course([...span(2, {}), ...flicker]), []);
});

test('the detector takes nine tenths of the time for all of it, because timers jitter', () => {
	const at = (seconds: number[]) => seconds.map((second) => ({...QUEUED, at: second}));
	assert.deepEqual(course([{at: 0}, ...at([1, 2, 2.8])]), ['traefik-stopped opened 2.8']);
	assert.deepEqual(course([{at: 0}, ...at([1, 2, 2.79])]), []);
});

test('the detector closes a finding after its condition has been clear for as long as the rule asks', () => {
	const looks = [...spanOf(2, LEAKING), ...spanOf(6, FINE)];
	assert.deepEqual(course(looks), ['leak opened 1', 'leak closed 4']);
});

test('the detector keeps a finding open through a lapse that is shorter', () => {
	const looks = [...spanOf(3, LEAKING), ...spanOf(2, FINE), ...spanOf(3, LEAKING)];
	assert.deepEqual(course(looks), ['leak opened 1']);
});

test('the detector opens on certain evidence at once', () => {
	const dialling: Facts = {synSent: 5, synRetransmitted: 2, oldestSynSentMs: 3_000};
	assert.deepEqual(course([...spanOf(3, FINE), ...spanOf(1, dialling)]), ['unreachable opened 3']);
	assert.deepEqual(course([...spanOf(3, FINE), ...spanOf(1, {...dialling, synRetransmitted: 1})]), []);
});

test('the detector keeps a general rule silent, and closes its finding, while a more specific one is open', () => {
	const stopped: Facts = {...LEAKING, keepaliveUnanswered: 3, moved: 0};
	assert.deepEqual(course([...spanOf(4, LEAKING), ...spanOf(3, stopped)]), [
		'leak opened 1',
		'leak closed 5',
		'unreachable opened 5',
	]);
});

test('the detector starts again after a gap with what had not opened', () => {
	const before = [{at: 0}, {...QUEUED, at: 1}, {...QUEUED, at: 2}];
	const after = [30, 31, 32].map((at) => ({...QUEUED, at}));
	assert.deepEqual(course([...before, ...after]), ['traefik-stopped opened 32']);
});

test('the detector keeps what had opened over a gap that it holds after', () => {
	const looks = [0, 1, 2, 3, 30, 31].map((at) => ({...QUEUED, at}));
	assert.deepEqual(course(looks), ['traefik-stopped opened 2']);
});

test('findings neither open nor close while nothing can be read', () => {
	const unread = {snapshot: {problem: 'permission denied'}};
	const looks = [...spanOf(2, LEAKING), ...span(10, unread), {snapshot: {isAfterGap: true}, backends: {[B]: LEAKING}}];
	assert.deepEqual(course(looks), ['leak opened 1', 'blind opened 5', 'blind closed 12']);
});

test('the detector closes the findings of an instance that is gone', () => {
	const looks = [...spanOf(3, LEAKING), ...span(2, {instances: []})];
	assert.deepEqual(course(looks), ['leak opened 1', 'leak closed 3']);
});

test('the detector closes the findings of a backend that left the table', () => {
	const stuck: Facts = {...FINE, closeWait: 3, oldestCloseWaitMs: 70_000};
	const looks = [...spanOf(2, stuck), {at: 2 + LOOKBACK_MS / 1_000}];
	assert.deepEqual(course(looks), ['close-wait opened 0', 'close-wait closed 902']);
});

test('the detector says in evidence when the condition began, in `from` when it could first be seen, in `to` when it ended', () => {
	const assessments = assessAll([...spanOf(3, FINE), ...spanOf(3, LEAKING), ...spanOf(4, FINE)]);
	const closed = assessments.flatMap((assessment) => assessment.closed);
	assert.equal(closed.length, 1);
	assert.equal(closed[0]?.from, START + 4_000);
	assert.equal(closed[0]?.to, START + 8_000);
	assert.equal(closed[0]?.evidence.began, START + 4_000 - 9_000);
});

test('the detector takes the first look at which it held for the beginning of a condition without an age', () => {
	const [finding] = openedBy('traefik-stopped', [...span(2, {}), ...span(4, QUEUED)]);
	assert.equal(finding?.from, START + 4_000);
	assert.equal(finding?.evidence.began, START + 2_000);
});

test('an open finding has the current text', () => {
	const assessments = assessAll(spanOf(4, (i) => ({...LEAKING, finWait2Orphans: 12 + i})));
	const messages = assessments.map(({open}) => open[0]?.message);
	assert.match(messages[1] ?? '', /^13 connections/);
	assert.match(messages[3] ?? '', /^15 connections/);
	assert.equal(assessments[3]?.open[0]?.from, START + 1_000);
});

test('a finding keeps the peak of each number of its evidence', () => {
	const counts = [12, 12, 15, 40, 13];
	const assessments = assessAll(spanOf(5, (i) => ({...LEAKING, finWait2Orphans: counts[i] ?? 0})));
	assert.deepEqual(
		assessments.map(({open}) => open[0]?.peak ?? null),
		[null, null, null, null, {finWait2: 40}],
	);
	assert.equal(assessments.at(-1)?.open[0]?.evidence['finWait2'], 13);
});

test('the detector keeps a finding open for longer where no answer came since, and not down where one did', () => {
	const healthy = spanOf(25, {established: 5, info: {}});
	const still = {completed: 0, responses: [], progressed: 0, sentBytes: 0};
	const hung = spanOf(7, (i) => ({
		established: 5,
		info: {...still, waiting: 4, waits: [1_000 * (i + 1), 4], oldestWaitMs: 1_000 * (i + 1)},
	}));
	const closed = (looks: LookSpec[]) =>
		course([...healthy, ...hung, ...looks]).filter((line) => line.includes('closed'));
	assert.deepEqual(closed(spanOf(3, {established: 5, info: {}})), ['overload closed 30', 'hung closed 32']);
	assert.deepEqual(closed(spanOf(9, {established: 5, info: still})), ['overload closed 30', 'hung closed 39']);
});

const states: [why: string, backends: Record<string, Facts>, own: State, state: State][] = [
	['no backend was seen yet', {}, 'idle', 'idle'],
	['all backends are well', {[B]: FINE, [OTHER]: FINE}, 'ok', 'ok'],
	['one is degraded', {[B]: LEAKING, [OTHER]: FINE}, 'degraded', 'degraded'],
	['one is down', {[B]: {...FINE, keepaliveUnanswered: 1, moved: 0}, [OTHER]: LEAKING}, 'down', 'down'],
	['one has a notice', {[B]: {established: 5, timeWait: 60}, [OTHER]: FINE}, 'ok', 'ok'],
];
for (const [why, backends, own, state] of states) {
	test(`the detector says ${state} of an instance where ${why}`, () => {
		const assessment = assessAll(span(15, {backends})).at(-1);
		assert.equal(assessment?.state, state);
		assert.equal(assessment?.instances.get('lb1/361')?.state, own);
	});
}

test('the detector says ok of an instance all of whose backends are idle, idle of each', () => {
	const assessment = assessAll([...spanOf(2, FINE), ...span(2, {})]).at(-1);
	assert.equal(assessment?.state, 'ok');
	assert.equal(assessment?.instances.get('lb1/361')?.backends.get(B)?.state, 'idle');
	assert.deepEqual(assessment?.counts, {down: 0, degraded: 0, unknown: 0, ok: 0, idle: 1});
});

test('a backend that was dialled between two looks is not idle', () => {
	const assessment = assessAll([...spanOf(2, FINE), ...spanOf(1, {opened: 1, closed: 1})]).at(-1);
	assert.equal(assessment?.instances.get('lb1/361')?.backends.get(B)?.state, 'ok');
});

test('the detector says unknown of what cannot be read, and ok again at the first look that can', () => {
	const unread = {snapshot: {problem: 'permission denied'}};
	const assessments = assessAll([...spanOf(2, FINE), ...span(2, unread), ...spanOf(1, FINE)]);
	assert.deepEqual(
		assessments.map(({state}) => state),
		['ok', 'ok', 'unknown', 'unknown', 'ok'],
	);
	assert.equal(assessments[2]?.instances.get('lb1/361')?.backends.get(B)?.state, 'unknown');
	assert.equal(assessments[2]?.counts.unknown, 1);
});

test('the detector says unknown where no Traefik is seen', () => {
	assert.equal(assessAll([{instances: []}])[0]?.state, 'unknown');
});

test('the detector says since when a state has lasted, of a backend and of its instance', () => {
	const assessment = assessAll([...spanOf(5, FINE), ...spanOf(5, LEAKING)]).at(-1);
	const verdict = assessment?.instances.get('lb1/361');
	assert.equal(verdict?.backends.get(B)?.since, START + 6_000);
	assert.equal(verdict?.since, START + 6_000);
});

test('`since` stays the same while a state lasts, however the clocks drift apart', () => {
	const drifting = span(8, (i) => ({at: i, backends: {[B]: FINE}, snapshot: {clockMs: START + i * 1_000.25}}));
	const since = assessAll(drifting).map(({instances}) => instances.get('lb1/361')?.backends.get(B)?.since);
	assert.deepEqual(new Set(since), new Set([START]));
});

test('the detector remembers since when for 15 minutes at most', () => {
	const verdict = assessAll(span(20, (i) => ({at: i * 60, backends: {[B]: FINE}})))
		.at(-1)
		?.instances.get('lb1/361');
	assert.equal(verdict?.backends.get(B)?.since, START + 19 * 60_000 - LOOKBACK_MS);
});

test('the detector names the worst finding, down before degraded, the older of equals, never a notice', () => {
	const looks = (facts: Facts) => span(15, {backends: {[B]: facts, [OTHER]: {established: 5, timeWait: 60}}});
	assert.equal(assessAll(looks(FINE)).at(-1)?.worst, null);
	assert.equal(assessAll(looks(LEAKING)).at(-1)?.worst?.rule, 'leak');
	const both = assessAll([
		...looks(LEAKING),
		{acceptQueue: 60, backends: {[B]: LEAKING}},
		{...QUEUED, acceptQueue: 70},
	]);
	assert.equal(both.at(-1)?.worst?.rule, 'traefik-stopped');
	assert.deepEqual(
		both
			.at(-1)
			?.open.map(({rule}) => rule)
			.slice(0, 2),
		['traefik-stopped', 'leak'],
	);
});

test('the detector puts each finding into the verdict of its backend, an instance’s own beside them', () => {
	const assessment = assessAll(span(4, {acceptQueue: 3, backends: {[B]: LEAKING, [OTHER]: FINE}})).at(-1);
	const verdict = assessment?.instances.get('lb1/361');
	assert.deepEqual(
		verdict?.findings.map(({rule, backend}) => [rule, backend]),
		[['traefik-stopped', null]],
	);
	assert.deepEqual(
		verdict?.backends.get(B)?.findings.map(({rule, backend}) => [rule, backend]),
		[['leak', B]],
	);
	assert.deepEqual(verdict?.backends.get(OTHER)?.findings, []);
});
