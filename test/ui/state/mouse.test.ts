import assert from 'node:assert/strict';
import {test} from 'node:test';
import {layoutOf} from '../../../src/ui/state/layout.ts';
import {type MouseEvent, MouseFilter, targetAt} from '../../../src/ui/state/mouse.ts';
import {reduce} from '../../../src/ui/state/reduce.ts';
import {INITIAL, type ScreenState} from '../../../src/ui/state/state.ts';
import {draw} from '../draw.tsx';
import {look, press} from '../looks.ts';
import {NOW, playback} from '../models.ts';
import {incident} from '../worlds.ts';

test('reports of a press and of the wheel are read, those of a release and of other buttons are dropped', () => {
	const input = 'j\u001b[<0;12;5M\u001b[<0;12;5mk\u001b[<64;1;1M\u001b[<65;3;4M\u001b[<2;9;9M\u001b[<20;7;8M\u001b[A[';
	const seen: MouseEvent[] = [];
	const filter = new MouseFilter((event) => seen.push(event));
	assert.equal(filter.typed(input), 'jk\u001b[A[');
	assert.deepEqual(seen, [
		{kind: 'click', column: 11, row: 4},
		{kind: 'wheelUp', column: 0, row: 0},
		{kind: 'wheelDown', column: 2, row: 3},
		{kind: 'click', column: 6, row: 7},
	]);
});

test('a report that comes in pieces is one report, and an escape alone is a key', () => {
	const report = '\u001b[<0;12;5M';
	for (let at = 3; at < report.length; at++) {
		const seen: MouseEvent[] = [];
		const filter = new MouseFilter((event) => seen.push(event));
		assert.equal(filter.typed(report.slice(0, at)) + filter.typed(`${report.slice(at)}q`), 'q');
		assert.deepEqual(seen, [{kind: 'click', column: 11, row: 4}]);
	}
	assert.equal(new MouseFilter(() => {}).typed('\u001b'), '\u001b');
});

const SIZE = {columns: 120, rows: 32};
const click = (column: number, row: number): MouseEvent => ({kind: 'click', column, row});

function clicked(state: ScreenState, column: number, row: number): ScreenState {
	const target = targetAt(state, layoutOf(state, SIZE, false), SIZE.columns, click(column, row));
	assert.ok(target);
	return reduce(state, {type: 'click', target});
}

test('a click on a row selects it, a second one opens it', () => {
	const state = look(INITIAL, incident());
	const lines = draw(state, SIZE).split('\n');
	const row = lines.findIndex((text) => text.includes('api-4'));
	const selected = clicked(state, 20, row);
	assert.equal(selected.selection, 'lb1/4121 10.0.3.14:8080');
	assert.deepEqual(clicked(selected, 20, row).screen, {view: 'backend', key: 'lb1/4121 10.0.3.14:8080', top: 0});
});

test('a click on a heading sorts by it, a second one reverses', () => {
	const onHeading = (state: ScreenState) => {
		const lines = draw(state, SIZE).split('\n');
		const row = lines.findIndex((text) => / EST 60s.* TW 60s/.test(text));
		return clicked(state, (lines[row] ?? '').indexOf('RESP') + 1, row);
	};
	const sorted = onHeading(look(INITIAL, incident()));
	assert.deepEqual([sorted.sortedBy, sorted.isReversed], ['RESP', false]);
	assert.equal(onHeading(sorted).isReversed, true);
});

test('a click on a lane, on the axis and on the scrubber is an instant of the recording', () => {
	const from = NOW - 100_000;
	const replay = playback({mode: 'paused', from, to: NOW, position: from + 50_000});
	const state = look(INITIAL, incident(), replay);
	for (const rows of [32, 18]) {
		const lines = draw(state, {...SIZE, rows}).split('\n');
		const row = lines.findIndex((text) => text.includes('■'));
		const column = (lines[row] ?? '').indexOf('■');
		const target = targetAt(state, layoutOf(state, {...SIZE, rows}, false), SIZE.columns, click(column, row));
		assert.ok(target?.kind === 'time' && Math.abs(target.time - (from + 50_000)) < 2000, JSON.stringify(target));
	}
});

test('a click on nothing does nothing, and below the last row there is none', () => {
	const state = look(INITIAL, incident());
	const layout = layoutOf(state, SIZE, false);
	assert.equal(targetAt(state, layout, 120, click(5, 0)), null);
	assert.equal(targetAt(state, layout, 120, click(5, 25)), null);
});

test('M turns the mouse on and off', () => {
	const state = look(INITIAL, incident());
	assert.deepEqual(
		[state.hasMouse, press(state, 'mouse').hasMouse, press(state, 'mouse', 'mouse').hasMouse],
		[false, true, false],
	);
});
