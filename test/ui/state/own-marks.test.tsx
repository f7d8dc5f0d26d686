import assert from 'node:assert/strict';
import {test} from 'node:test';
import {type Command, recordOf} from '../../../src/ui/state/commands.ts';
import type {Controls} from '../../../src/ui/state/controls.ts';
import {exportedSpan, isNextAwaited, markRequest} from '../../../src/ui/state/requests.ts';
import {INITIAL, type ScreenState} from '../../../src/ui/state/state.ts';
import {axisOf} from '../../../src/ui/state/time-axis.ts';
import {draw} from '../draw.tsx';
import {look, press} from '../looks.ts';
import {findingOf, NOW, playback, world} from '../models.ts';

const refusalOf = (state: ScreenState, command: Command) => recordOf(command).refusal?.(state, '') ?? null;
const at = (seconds: number, established: number, timeWait = 0) =>
	world({
		time: NOW + seconds * 1000,
		backends: [
			{address: '10.0.0.1:80', name: 'api-1', at: () => ({established, timeWait}), responseMs: 20 + established},
		],
	});
const paused = (position: number) => playback({mode: 'paused', position, from: NOW - 900_000, to: NOW + 900_000});
const seek = (request: ReturnType<typeof markRequest>) => {
	const seen: number[] = [];
	request?.({seek: (time: number) => seen.push(time)} as unknown as Controls);
	return seen;
};

test('m sets marks a, b, c; the same instant keeps its letter', () => {
	let state = press(look(INITIAL, at(0, 10), paused(NOW)), 'mark', 'mark');
	state = press(look(state, at(5, 10), paused(NOW + 5000)), 'mark');
	assert.deepEqual(
		state.ownMarks.map(({letter, time}) => [letter, time - NOW]),
		[
			['a', 0],
			['b', 5000],
		],
	);
});

test('the oldest mark goes when there are more than letters', () => {
	let state: ScreenState = INITIAL;
	for (let second = 0; second < 30; second++) state = press(look(state, at(second, 10)), 'mark');
	assert.equal(state.ownMarks.length, 26);
	assert.equal(new Set(state.ownMarks.map(({letter}) => letter)).size, 26);
	assert.equal(state.ownMarks.at(-1)?.time, NOW + 29_000);
});

test("' and a letter lead to its mark, Enter to the newest, another letter nowhere", () => {
	let state = press(look(INITIAL, at(0, 10), paused(NOW)), 'mark');
	state = press(look(state, at(5, 10), paused(NOW + 5000)), 'mark');
	assert.equal(press(state, 'toMark').prompt?.kind, 'mark');
	assert.deepEqual(seek(markRequest(state, 'a')), [NOW]);
	assert.deepEqual(seek(markRequest(state, '')), [NOW + 5000]);
	assert.equal(markRequest(state, 'z'), null);
	assert.match(refusalOf(look(INITIAL, at(0, 10)), 'toMark') ?? '', /no marks yet: m sets one/);
});

test('= adds a column of what has changed since the newest mark, then since the one before, then none', () => {
	let state = press(look(INITIAL, at(0, 10)), 'mark');
	state = press(look(state, at(5, 12)), 'mark');
	state = look(state, at(9, 15, 33));
	const compared = press(state, 'compare');
	const drawn = draw(compared, {columns: 160});
	assert.match(drawn, /SINCE b/);
	assert.match(drawn, /EST \+3 {2}TW \+33 {2}RESP \+3ms/);
	const older = press(compared, 'compare');
	assert.match(draw(older, {columns: 160}), /SINCE a .*\n.*EST \+5 {2}TW \+33 {2}RESP \+5ms/);
	assert.doesNotMatch(draw(press(older, 'compare'), {columns: 160}), /SINCE/);
});

test('a comparison says what falls, what is new, and what stays the same', () => {
	const mark = press(look(INITIAL, at(0, 10)), 'mark');
	assert.match(draw(press(look(mark, at(5, 4)), 'compare'), {columns: 160}), /EST −6 {2}RESP −6ms/);
	assert.match(draw(press(look(mark, at(5, 10)), 'compare'), {columns: 160}), /the same/);
	const other = world({backends: [{address: '10.0.0.2:80'}]});
	assert.match(draw(press(look(mark, other), 'compare'), {columns: 160}), / new /);
});

test('the difference is there at every width from 80 on', () => {
	const state = press(look(press(look(INITIAL, at(0, 10)), 'mark'), at(5, 4)), 'compare');
	for (const columns of [80, 100, 120, 160, 200]) assert.match(draw(state, {columns}), /EST −6/, String(columns));
});

test('e writes what lies between the first and the last mark, else what the axis shows', () => {
	const state = look(INITIAL, at(0, 10), paused(NOW));
	assert.deepEqual(exportedSpan(state), {from: NOW - 900_000, to: NOW + 900_000});
	assert.deepEqual(exportedSpan({...state, axisSpan: 300_000}), axisOf(state.playback, 300_000));
	const one = press(state, 'mark');
	assert.deepEqual(exportedSpan(one), {from: NOW - 900_000, to: NOW + 900_000});
	const two = press(look(one, at(60, 10), paused(NOW + 60_000)), 'mark');
	assert.deepEqual(exportedSpan(two), {from: NOW, to: NOW + 60_000});
	assert.match(refusalOf(look(INITIAL, at(0, 10)), 'export') ?? '', /here w writes the last 15 minutes/);
});

test('] waits while the recording is still searched, and says how far that is', () => {
	const finding = findingOf({rule: 'hung', severity: 'down', message: 'hangs'}, 'lb1/4121', '10.0.0.1:80', NOW);
	const searching = (searchedUntil: number | null, marks = [] as readonly (typeof finding)[]) =>
		look(INITIAL, at(0, 10), {...paused(NOW), searchedUntil, marks});
	const half = searching(NOW);
	assert.equal(isNextAwaited(half), true);
	assert.match(refusalOf(half, 'findingNext') ?? '', /searching .* 50 % of the recording/);
	assert.equal(isNextAwaited(searching(NOW, [{...finding, from: NOW + 9000}])), false);
	assert.equal(refusalOf(searching(NOW, [{...finding, from: NOW + 9000}]), 'findingNext'), null);
	for (const end of [null, NOW + 900_000]) {
		assert.equal(isNextAwaited(searching(end)), false);
		assert.equal(refusalOf(searching(end), 'findingNext'), 'no later finding');
	}
});

test('a new time is never above the rows of an old one', () => {
	const state = look(INITIAL, at(0, 10), {...paused(NOW + 60_000), isProvisional: true});
	const [first = ''] = draw(state, {columns: 120}).split('\n');
	assert.match(first, /2026-11-22 14:02:11 UTC → 14:03:11 …/);
	const there = look(state, at(60, 10), paused(NOW + 60_000));
	assert.match(draw(there, {columns: 120}).split('\n')[0] ?? '', /2026-11-22 14:03:11 UTC {2}‖/);
});

test('beside the difference a narrow table keeps EST, TW, CW and whole addresses', () => {
	const backends = [{address: '10.77.0.12:8080', at: () => ({established: 4})}];
	const state = press(press(look(INITIAL, world({backends})), 'mark'), 'compare');
	for (let columns = 80; columns < 125; columns++) {
		const drawn = draw(state, {columns, rows: 24});
		assert.match(drawn, /BACKEND.* EST.* TW.* CW.*SINCE a/, String(columns));
		assert.match(drawn, /● 10\.77\.0\.12:8080 /, String(columns));
	}
});

test('a comparison says in which state a backend was', () => {
	const address = '10.0.0.1:80';
	const findings = [{rule: 'refused', severity: 'down', message: '29/s'}] as const;
	const mark = press(look(INITIAL, world({backends: [{address}]})), 'mark');
	const failed = press(
		look(mark, world({time: NOW + 5000, backends: [{address, state: 'down', findings}]})),
		'compare',
	);
	assert.match(draw(failed, {columns: 120}), /was ●/);
});
