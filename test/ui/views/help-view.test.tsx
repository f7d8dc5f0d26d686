import assert from 'node:assert/strict';
import {test} from 'node:test';
import {ABOUT_RULES} from '../../../src/detect/index.ts';
import {COMMANDS, type Command, recordOf} from '../../../src/ui/state/commands.ts';
import {COLUMNS} from '../../../src/ui/views/columns.ts';
import {after, draw, press} from '../draw.tsx';
import {press as press2, type} from '../looks.ts';
import {incident} from '../worlds.ts';

const help = after(incident(), press('help'));
const NAMES = Object.keys(COMMANDS) as Command[];
const HELP = NAMES.flatMap((command) => recordOf(command).help ?? []);
const TITLES = COLUMNS.map(({title}) => title);
const STATES = ['✖ down', '▲ degraded', '? unknown', '● ok', '○ idle', '· notice'];

test('every key is in the help, alone or with the one before it', () => {
	for (const [place, command] of NAMES.entries()) {
		const before = NAMES[place - 1];
		const isBefore = before !== undefined && recordOf(before).help !== undefined;
		assert.ok(recordOf(command).help !== undefined || isBefore, command);
	}
});

for (const columns of [80, 100, 140, 300]) {
	test(`help names every key, column, rule and state at ${columns} columns, and cuts nothing`, () => {
		const drawn = draw(help, {columns, rows: 300}).replace(/\n +/g, ' ').replace(/ +/g, ' ');
		const texts = [...HELP, ...TITLES, ...STATES, ...ABOUT_RULES.flatMap(({id, meaning}) => [id, meaning])];
		for (const text of texts) assert.ok(drawn.includes(text), text);
		assert.doesNotMatch(drawn, /…/);
	});
}

test('/ searches the help: entries with all of the words stay, Esc shows all of it again', () => {
	const asked = press2(help, 'filter');
	assert.equal(asked.prompt?.kind, 'help');
	const typed = type(asked, ...'close conn');
	const drawn = draw(typed, {columns: 120, rows: 60});
	assert.match(drawn, /close-wait/);
	assert.doesNotMatch(drawn, /traefik-stopped|PgDn/);
	const kept = type(typed, 'enter');
	assert.equal(kept.prompt, null);
	assert.doesNotMatch(draw(kept, {columns: 120, rows: 60}), /PgDn/);
	const all = press2(kept, 'back');
	assert.equal(all.screen.view, 'help');
	assert.match(draw(all, {columns: 120, rows: 60}), /PgDn/);
	assert.match(draw(type(typed, 'escape'), {columns: 120, rows: 60}), /PgDn/);
	assert.match(draw(type(asked, ...'xyzzy')), /no match for “xyzzy”/);
	assert.equal(press2(kept, 'help').screen.view, 'table');
});

for (const [columns, rows] of [
	[80, 24],
	[40, 12],
] as const) {
	test(`help scrolls to its end at ${columns}×${rows}`, () => {
		const lines = draw(help, {columns, rows: 400}).trimEnd().split('\n');
		const last = lines.findLast((line) => line.includes('unknown; never 0')) ?? '';
		const end = after(incident(), press('help'), press('last', rows - 2, lines.length));
		assert.ok(draw(end, {columns, rows}).includes(last));
		assert.ok(!draw(help, {columns, rows}).includes(last));
	});
}

test('counts of trouble stay on screen above the help', () => {
	assert.match(draw(help).split('\n')[0] ?? '', /^ ✖ 1 down {2}▲ 1 degraded .*● LIVE 1s$/);
});
