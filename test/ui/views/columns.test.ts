import assert from 'node:assert/strict';
import {test} from 'node:test';
import {placeColumns} from '../../../src/ui/views/column-layout.ts';
import {COLUMNS, hasBars} from '../../../src/ui/views/columns.ts';
import {stepsOf} from '../../../src/ui/views/trend.ts';

const ALL_KNOWN: ReadonlySet<string> = new Set();
const ONE = {backend: 20, name: 5, instance: 0, unknown: ALL_KNOWN};
const ids = (cells: number, wishes = ONE) => placeColumns(cells, wishes).map(({column}) => column.id);

test('columns take the whole width and never more, from 20 to 300', () => {
	for (const wishes of [ONE, {...ONE, backend: 200, name: 180, instance: 40}, {...ONE, backend: 5, instance: 8}]) {
		for (let cells = 20; cells <= 300; cells++) {
			const taken = placeColumns(cells, wishes).reduce(
				(sum, {column, cells}, place) => sum + cells + (place === 0 ? 1 : column.gap),
				0,
			);
			assert.ok(taken <= cells, `${taken} of ${cells}`);
			if (cells >= 36) assert.equal(taken, cells);
		}
	}
});

test('a wider screen shows every column of a narrower one, but the one sparkline that three replace', () => {
	for (const wishes of [ONE, {...ONE, backend: 40, name: 30, instance: 12}]) {
		let before: string[] = [];
		for (let cells = 20; cells <= 300; cells++) {
			const now = ids(cells, wishes);
			const isWide = cells >= 100;
			for (const id of before) assert.ok(now.includes(id) || (isWide && id === 'TREND'), `${id} at ${cells}`);
			before = now;
		}
	}
});

const NARROW = ['STATE', 'BACKEND', 'EST', 'TW', 'CW', 'RESP', 'TREND', 'WHY'];
const widths: readonly (readonly [cells: number, expected: readonly string[]])[] = [
	[36, ['STATE', 'BACKEND', 'EST', 'WHY']],
	[60, ['STATE', 'BACKEND', 'EST', 'CW', 'TREND', 'WHY']],
	[80, NARROW],
	[99, NARROW],
	[100, ['STATE', 'BACKEND', 'EST', 'TW', 'CW', 'RESP', 'WHY']],
	[128, ['STATE', 'BACKEND', 'EST', 'TW', 'CW', 'RESP', 'WAIT', 'NEW/s', 'WHY']],
];
for (const [cells, expected] of widths) {
	test(`${cells} cells show ${expected.join(' ')}`, () => {
		assert.deepEqual(ids(cells), expected);
	});
}

test('from 80 cells on EST, TW and CW are there, from 100 on each with a sparkline, however many Traefiks are seen', () => {
	for (const wishes of [ONE, {...ONE, backend: 60, name: 40}, {...ONE, backend: 60, name: 40, instance: 30}]) {
		for (let cells = 80; cells <= 300; cells++) {
			const placed = placeColumns(cells, wishes);
			for (const id of ['EST', 'TW', 'CW']) {
				const column = placed.find(({column}) => column.id === id);
				assert.ok(column, `${id} at ${cells}`);
				if (cells >= 100) assert.ok(hasBars(column.cells, column.column.numberCells ?? 0), `${id} at ${cells}`);
			}
		}
	}
});

test('from 60 cells on a row has the sparkline of its evidence', () => {
	for (let cells = 60; cells < 100; cells++) assert.ok(ids(cells).includes('TREND'), String(cells));
});

test('the column that the table is sorted by is there at any width', () => {
	for (const {id, value} of COLUMNS) {
		if (value === undefined || id === 'INSTANCE') continue;
		for (let cells = 36; cells <= 300; cells += 4) {
			const placed = placeColumns(cells, ONE, {columns: null, sortedBy: id});
			assert.ok(
				placed.some(({column}) => column.id === id),
				`${id} at ${cells}`,
			);
		}
	}
});

test('chosen columns are shown in their order, and no others', () => {
	const placed = placeColumns(120, ONE, {columns: ['BACKEND', 'CW', 'SYN', 'EST'], sortedBy: 'STATE'});
	assert.deepEqual(
		placed.map(({column}) => column.id),
		['STATE', 'BACKEND', 'CW', 'SYN', 'EST'],
	);
});

test('a column that says nothing of any backend leaves its place to the others', () => {
	const placed = ids(120, {...ONE, unknown: new Set(['RESP', 'WAIT'])});
	assert.deepEqual(placed, ['STATE', 'BACKEND', 'EST', 'TW', 'CW', 'NEW/s', 'WHY']);
});

/** `refused: 107 dials refused in 2 s, no connection left` has 53 cells; below the table it is whole. */
const reasons: readonly (readonly [cells: number, atLeast: number])[] = [
	[80, 11],
	[100, 20],
	[120, 30],
	[160, 36],
];
for (const [cells, atLeast] of reasons) {
	test(`the reason has ${atLeast} cells of ${cells} at least`, () => {
		const why = placeColumns(cells, ONE).find(({column}) => column.id === 'WHY');
		assert.ok((why?.cells ?? 0) >= atLeast, `${why?.cells}`);
	});
}

test('300 cells show everything but the one sparkline that others replace', () => {
	assert.deepEqual(
		ids(300, {...ONE, instance: 10}),
		COLUMNS.map(({id}) => id).filter((id) => id !== 'TREND'),
	);
});

test('a narrow address column leaves its room to the reason', () => {
	const cellsOf = (id: string, wishes: typeof ONE) =>
		placeColumns(100, wishes).find(({column}) => column.id === id)?.cells;
	const long = {...ONE, backend: 30, name: 9};
	assert.equal(cellsOf('BACKEND', long), 9);
	assert.equal(cellsOf('WHY', long), 20 + 18 - 9);
	assert.equal(cellsOf('BACKEND', {...ONE, backend: 30, name: 30}), 18);
});

test('one instance needs no column of instances', () => {
	assert.ok(!ids(300).includes('INSTANCE'));
});

test('a sparkline has bars of whole seconds, none narrower than the time between two readings', () => {
	for (const spanMs of [60_000, 300_000, 900_000]) {
		for (const beatMs of [0, 200, 1000, 2000, 5000, 30_000]) {
			for (let cells = 10; cells <= 70; cells++) {
				const steps = stepsOf(cells, {spanMs, beatMs});
				assert.ok(steps <= cells && Number.isInteger(spanMs / steps / 1000));
				assert.ok(spanMs / steps >= beatMs * 0.95 && steps >= 1, String(cells));
			}
		}
	}
});
