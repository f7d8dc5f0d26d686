import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Playback} from '../../../src/ui/state/playback.ts';
import {INITIAL, type ScreenState} from '../../../src/ui/state/state.ts';
import {draw} from '../draw.tsx';
import {look, press} from '../looks.ts';
import {findingOf, NOW, playback} from '../models.ts';
import {incident} from '../worlds.ts';

const FROM = NOW - 3_600_000;
const down = findingOf({rule: 'refused', severity: 'down', message: '29/s'}, 'lb1/4121', '10.0.3.12:8080', NOW);
const slow = {...down, rule: 'slow', severity: 'degraded'} as const;
const marks = [
	{...slow, backend: '10.0.3.13:8080', from: FROM + 60_000, to: null},
	{...down, from: FROM + 1_800_000, to: FROM + 1_852_000},
	{...slow, backend: '10.0.3.14:8080', from: FROM + 2_000_000, to: FROM + 2_003_000},
	{...slow, backend: '10.0.3.14:8080', rule: 'hung', severity: 'down', from: FROM + 2_003_000, to: FROM + 2_403_000},
] as const;
const clients = Array.from({length: 60}, (_, at): [number, number] => [FROM + at * 60_000, at < 30 ? 100 : 20]);
const replay: Partial<Playback> = {
	...{mode: 'paused', host: 'lb1', from: FROM, to: NOW, position: FROM + 2_700_000},
	...{marks, clients, gaps: [{from: FROM + 600_000, to: FROM + 900_000}]},
};

const at = (part: Partial<Playback> = {}): ScreenState =>
	look(INITIAL, {...incident()}, playback({...replay, ...part}));

/** From their heading to the axis. */
const lanes = (state: ScreenState, columns = 120, rows = 32) => {
	const lines = draw(state, {columns, rows}).split('\n');
	const axis = lines.findLastIndex((text) => / \d+ %/.test(text) && !text.includes('self'));
	return lines.slice(
		lines.findLastIndex((text) => text.startsWith(' ── ')),
		axis + 1,
	);
};

test('each backend in trouble has a lane with how long it lasted, the worst first', () => {
	const [head = '', first = '', second = '', third = ''] = lanes(at());
	assert.match(head, /^ ── 1 h ─+ x \[whole\] 15m 5m 60s {2}m mark {2}e export ─$/);
	assert.match(first, /^ api-4 +.*─▒?█+─.* slow 3 s → hung 6 min/);
	assert.match(second, /^ api-2 +─+ +─+█+─.* refused 52 s/);
	assert.match(third, /^ api-3 .*▒{10}.* slow open/);
});

test('below them are the clients, and the axis with times and the position', () => {
	const lines = lanes(at());
	assert.match(lines.at(-2) ?? '', /^ clients +█+ +█+▂+|^ clients/);
	assert.match(lines.at(-2) ?? '', / up to 100/);
	assert.match(lines.at(-1) ?? '', /╵13:15.*╵13:30.*■.* 75 %/);
});

test('a gap in the recording is a gap in each lane', () => {
	assert.match(lanes(at())[1] ?? '', /─ {4,}─/);
});

test('at 80×24 there are the two worst lanes, under 20 lines the scrubber alone', () => {
	const lines = lanes(at(), 80, 24);
	assert.equal(lines.length, 4);
	assert.match(lines[1] ?? '', /^ api-4/);
	assert.match(lines[2] ?? '', /^ api-2/);
	assert.match(draw(at(), {columns: 80, rows: 19}), /13:02:11 [━─ ✖▲]+■─+ 14:02:11 75 %/);
});

test('x shows a part of the recording, and what is in it alone', () => {
	const zoomed = press(at(), 'axisIn');
	const lines = lanes(zoomed);
	assert.match(lines[0] ?? '', /^ ── 15 min .* x whole \[15m\] 5m 60s/);
	assert.doesNotMatch(lines.join('\n'), /refused/);
	assert.match(lines.join('\n'), /slow open/);
	assert.match(press(zoomed, 'axisOut').axisSpan === null ? 'whole' : '', /whole/);
});

test('dates are there where a recording spans days', () => {
	const lines = lanes(at({from: NOW - 49 * 3_600_000, marks}));
	assert.match(lines[0] ?? '', /Fri 20 → Sun 22, 2 d 1 h/);
	assert.match(lines.at(-1) ?? '', /╵Sat 21.*╵Sun 22/);
});

test('how far the recording has been searched is said until it is all of it', () => {
	const drawn = lanes(at({searchedUntil: FROM + 900_000, marks: []})).join('\n');
	assert.match(drawn, /searched 25 %/);
	assert.doesNotMatch(drawn, /nothing found/);
	const done = lanes(at({searchedUntil: null, marks: []})).join('\n');
	assert.match(done, /nothing found/);
	assert.doesNotMatch(done, /searched/);
});

test('no line of the lanes is wider than the screen', () => {
	for (const columns of [60, 80, 100, 120, 160, 200, 300]) {
		for (const text of lanes(at({searchedUntil: FROM + 900_000}), columns, 45)) {
			assert.ok(text.length <= columns, `${columns}: ${text}`);
		}
	}
});
