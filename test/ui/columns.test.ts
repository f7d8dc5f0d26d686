import assert from 'node:assert/strict';
import {test} from 'node:test';
import {placeColumns} from '../../src/ui/column-layout.ts';
import {COLUMNS, sparkSteps} from '../../src/ui/columns.ts';

const ONE = {backend: 20, name: 5, instance: 0};
const ids = (cells: number, wishes = ONE) => placeColumns(cells, wishes).map(({column}) => column.id);

test('columns never take more than the width, from 20 to 300', () => {
	for (const wishes of [ONE, {backend: 200, name: 180, instance: 40}, {backend: 5, name: 5, instance: 8}]) {
		for (let cells = 20; cells <= 300; cells++) {
			const taken = placeColumns(cells, wishes).reduce(
				(sum, {column, cells}, place) => sum + cells + (place === 0 ? 1 : column.gap),
				0,
			);
			assert.ok(taken <= cells, `${taken} > ${cells}`);
		}
	}
});

test('a wider screen shows every column of a narrower one', () => {
	for (const wishes of [ONE, {backend: 40, name: 30, instance: 12}]) {
		let before: string[] = [];
		for (let cells = 20; cells <= 300; cells++) {
			const now = ids(cells, wishes);
			for (const id of before) assert.ok(now.includes(id), `${id} at ${cells}`);
			before = now;
		}
	}
});

const widths: readonly (readonly [cells: number, expected: readonly string[]])[] = [
	[36, ['STATE', 'BACKEND', 'WHY']],
	[60, ['STATE', 'BACKEND', 'EST', 'CW', 'WHY']],
	[80, ['STATE', 'BACKEND', 'EST', 'CW', 'RESP', 'WHY']],
	[100, ['STATE', 'BACKEND', 'EST', 'CW', 'RESP', 'WHY']],
	[128, ['STATE', 'BACKEND', 'EST', 'SYN', 'CW', 'RESP', 'WAIT', 'EST~', 'WHY']],
];
for (const [cells, expected] of widths) {
	test(`${cells} cells show ${expected.join(' ')}`, () => {
		assert.deepEqual(ids(cells), expected);
	});
}

/** `refused: 107 dials refused in 2 s, no connection left` has 53 cells, `hung: 347 connections waiting, …` 50. */
const reasons: readonly (readonly [cells: number, atLeast: number])[] = [
	[80, 30],
	[100, 48],
	[120, 50],
	[140, 50],
];
for (const [cells, atLeast] of reasons) {
	test(`the reason has ${atLeast} cells of ${cells} at least`, () => {
		const why = placeColumns(cells, ONE).find(({column}) => column.id === 'WHY');
		assert.ok((why?.cells ?? 0) >= atLeast, `${why?.cells}`);
	});
}

test('300 cells show everything', () => {
	assert.deepEqual(
		ids(300, {backend: 20, name: 5, instance: 10}),
		COLUMNS.map(({id}) => id),
	);
});

test('what addresses leave that do not fit goes to the reason', () => {
	const cellsOf = (id: string, wishes: typeof ONE) =>
		placeColumns(100, wishes).find(({column}) => column.id === id)?.cells;
	const long = {backend: 30, name: 9, instance: 0};
	assert.equal(cellsOf('BACKEND', long), 9);
	assert.equal(cellsOf('WHY', long), (cellsOf('WHY', ONE) ?? 0) + 20 - 9);
	assert.equal(cellsOf('BACKEND', {backend: 30, name: 30, instance: 0}), 22);
});

test('one instance needs no column of instances', () => {
	assert.ok(!ids(300).includes('INSTANCE'));
});

test('a sparkline has bars of whole seconds, at least two of them', () => {
	for (let cells = 10; cells <= 60; cells++) {
		const steps = sparkSteps(cells);
		assert.ok(steps <= cells && Number.isInteger(60 / steps) && 60 / steps >= 2, String(cells));
	}
});
