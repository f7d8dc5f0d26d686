import assert from 'node:assert/strict';
import {test} from 'node:test';
import {COLUMN_IDS} from '../../../src/config.ts';
import {reduce} from '../../../src/ui/state/reduce.ts';
import type {ScreenState} from '../../../src/ui/state/state.ts';
import {fromSettings, toSettings} from '../../../src/ui/state/table-settings.ts';
import {shownColumns} from '../../../src/ui/views/column-chooser.ts';
import {COLUMNS} from '../../../src/ui/views/columns.ts';
import {after, draw} from '../draw.tsx';
import {incident} from '../worlds.ts';

/** Keys on a screen of 110 columns. */
function choose(
	state: ScreenState,
	...commands: readonly ('columns' | 'down' | 'pause' | 'sortNext' | 'sortPrevious' | 'automatic' | 'back')[]
) {
	return commands.reduce(
		(state, command) =>
			reduce(state, {type: 'command', command, extent: {page: 10, count: 13, columns: shownColumns(state, 110)}}),
		state,
	);
}

const ids = (state: ScreenState) => shownColumns(state, 110);

test('every column has a name in the config', () => {
	assert.deepEqual(
		COLUMNS.map(({id}) => id),
		[...COLUMN_IDS],
	);
});

test('Space hides a column and shows it again, last', () => {
	const hidden = choose(after(incident()), 'columns', 'down', 'pause');
	assert.deepEqual(ids(hidden), ['STATE', 'BACKEND', 'TW', 'CW', 'RESP', 'WAIT', 'WHY']);
	assert.match(draw(hidden, {columns: 110}), /^ \[ \] EST {7}ESTABLISHED/m);
	const again = choose({...hidden, screen: {view: 'columns', place: 7}}, 'pause');
	assert.equal(again.isFrozen, false);
	assert.deepEqual(ids(again), ['STATE', 'BACKEND', 'TW', 'CW', 'RESP', 'WAIT', 'WHY', 'EST']);
});

test('> and < move a column, and the cursor with it', () => {
	const moved = choose(after(incident()), 'columns', 'down', 'sortNext');
	assert.deepEqual(ids(moved).slice(0, 4), ['STATE', 'BACKEND', 'TW', 'EST']);
	assert.deepEqual(moved.screen, {view: 'columns', place: 2});
	assert.deepEqual(ids(choose(moved, 'sortPrevious')).slice(0, 4), ['STATE', 'BACKEND', 'EST', 'TW']);
});

test('STATE and BACKEND cannot be hidden, a leads back to columns by width, Esc to the table', () => {
	const first = choose(after(incident()), 'columns', 'pause');
	assert.equal(first.columns, null);
	assert.equal(choose(first, 'down', 'pause', 'automatic').columns, null);
	assert.equal(choose(first, 'back').screen.view, 'table');
});

test('table settings in the config are read back as written', () => {
	const settings = {columns: ['BACKEND', 'CW'], sort: '-CW', zoom: '5m', group: 'name'};
	assert.deepEqual(toSettings(fromSettings(settings, 60_000)), settings);
	assert.deepEqual(toSettings(fromSettings({}, 900_000)), {columns: null, sort: 'STATE', zoom: '15m', group: 'none'});
});
