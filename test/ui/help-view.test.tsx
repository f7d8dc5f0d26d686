import assert from 'node:assert/strict';
import {test} from 'node:test';
import {COLUMNS} from '../../src/ui/columns.ts';
import {BINDINGS} from '../../src/ui/keys.ts';
import {after, draw, press} from './draw.tsx';
import {incident} from './worlds.ts';

const help = after(incident(), press('help'));
const LABELS = BINDINGS.flatMap(({help}) => help?.label ?? []);
const MEANINGS = BINDINGS.flatMap(({help}) => help?.meaning ?? []);
const TITLES = [...COLUMNS.map(({title}) => title), 'EST 60s'];
const STATES = ['✖ down', '▲ degraded', '? unknown', '● ok', '○ idle', '· notice'];

test('every key is in the help, alone or with the one before it', () => {
	for (const [place, {help, command}] of BINDINGS.entries()) {
		assert.ok(help !== null || BINDINGS[place - 1]?.help !== null, command);
	}
});

for (const [columns, rows] of [
	[140, 40],
	[300, 100],
] as const) {
	test(`help names every key, column and state at ${columns}×${rows} at once, and cuts nothing`, () => {
		const drawn = draw(help, {columns, rows});
		for (const text of [...LABELS, ...MEANINGS, ...TITLES, ...STATES]) assert.ok(drawn.includes(text), text);
		assert.doesNotMatch(drawn, /…/);
	});
}

for (const [columns, rows] of [
	[80, 24],
	[40, 12],
] as const) {
	test(`help scrolls to its end at ${columns}×${rows}`, () => {
		const lines = draw(help, {columns, rows: 200}).trimEnd().split('\n');
		const last = lines.findLast((line) => line.includes('cannot be known')) ?? '';
		const end = after(incident(), press('help'), press('last', rows - 2, lines.length));
		assert.ok(draw(end, {columns, rows}).includes(last));
		assert.ok(!draw(help, {columns, rows}).includes(last));
	});
}

test('what is wrong stays on screen above the help', () => {
	assert.match(draw(help).split('\n')[0] ?? '', /^ ✖ 1 down {2}▲ 1 degraded .*● LIVE 1s$/);
});
