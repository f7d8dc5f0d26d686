import assert from 'node:assert/strict';
import {test} from 'node:test';
import {RowStore} from '../../src/live/row-store.ts';
import {newRow, type Row, type TableCount, type Visit} from '../../src/parse/row.ts';

const COUNT: TableCount = {rows: 600, torn: 2};

/** Rows of which no two fields hold the same value, through one object, as every source gives them. */
function tables(times: {read: number}, count = COUNT) {
	const row = newRow();
	return (visit: Visit): TableCount => {
		times.read++;
		for (let i = 0; i < count.rows; i++) {
			Object.keys(row).forEach((name, place) => {
				if (typeof row[name as keyof Row] === 'number') Object.assign(row, {[name]: i * 100 + place - 1});
			});
			row.local.fill(i + 1);
			row.remote.fill(0xffff_ffff - i);
			row.hasInfo = i % 2 === 0;
			visit(row);
		}
		return count;
	};
}

function seenBy(visiting: (visit: Visit) => TableCount): Row[] {
	const rows: Row[] = [];
	visiting((row) => rows.push({...row, local: row.local.slice(), remote: row.remote.slice()}));
	return rows;
}

test('the row store gives the second visitor every field of every row, without reading again', () => {
	const times = {read: 0};
	const store = new RowStore();
	const first = seenBy((visit) => store.fill(tables(times), visit));
	const second = seenBy((visit) => store.visit(newRow(), visit));
	assert.equal(first.length, 600);
	assert.deepEqual(second, first);
	assert.equal(times.read, 1);
});

test('the row store keeps the count of rows and torn lines', () => {
	const store = new RowStore();
	store.fill(tables({read: 0}), () => {});
	const {rows, torn} = store.visit(newRow(), () => {});
	assert.deepEqual({rows, torn}, COUNT);
});

test('the row store does not pass part of a table for the whole', () => {
	const store = new RowStore();
	store.fill(tables({read: 0}, {rows: 3, torn: 0, problem: 'interrupted'}), () => {});
	assert.equal(store.isWhole, false);
});

test('the row store is empty after clear', () => {
	const store = new RowStore();
	store.fill(tables({read: 0}), () => {});
	store.clear();
	assert.equal(store.isWhole, false);
});
