import assert from 'node:assert/strict';
import {test} from 'node:test';
import {ConnectionTable} from '../../src/fold/connection-table.ts';
import {Fold} from '../../src/fold/fold.ts';
import {newRow, type Row} from '../../src/parse/row.ts';
import {readingOf, tickOf} from './readings.ts';

const SLOTS = 10_000;

function rowAt(local: number, port: number): Row {
	const row = newRow();
	row.local.set([0, 0, 0xffff, 0x0a000000 + local]);
	row.remote.set([0, 0, 0xffff, 0x0a000007]);
	return Object.assign(row, {localPort: port, remotePort: 8080, state: 1, inode: 1 + port, ato: 10});
}

test('the fold gives the slots of connections that have gone to new ones', () => {
	const table = new ConnectionTable();
	const rows = Array.from({length: SLOTS}, (_, i) => rowAt(0, i));
	for (let reading = 1; reading <= 1_000; reading++) {
		// A tenth of the connections is replaced by others.
		const from = (reading * (SLOTS / 10)) % SLOTS;
		for (let i = 0; i < SLOTS / 10; i++) rows[from + i]?.local.set([reading], 0);
		for (const row of rows) {
			const slot = table.slotOf(row);
			table.seen[slot] = reading;
		}
		for (let slot = 0; slot < table.used; slot++) {
			if (table.seen[slot] !== reading && table.seen[slot] !== 0) table.remove(slot);
		}
		assert.equal(table.size, SLOTS);
	}
	assert(table.used <= SLOTS * 1.1, `${table.used} slots were given out`);
	assert.equal(table.seen.length, 16_384);
});

test('the fold finds each connection again after the table grew, and after others were removed', () => {
	const table = new ConnectionTable();
	const slots = new Map<number, number>();
	for (let port = 0; port < 5_000; port++) {
		const slot = table.slotOf(rowAt(0, port));
		assert.equal(table.isNew, true);
		table.seen[slot] = 1;
		slots.set(port, slot);
	}
	for (let port = 0; port < 5_000; port += 3) table.remove(slots.get(port) ?? 0);
	for (let port = 0; port < 5_000; port++) {
		const slot = table.slotOf(rowAt(0, port));
		assert.equal(table.isNew, port % 3 === 0);
		if (port % 3 !== 0) assert.equal(slot, slots.get(port));
		table.seen[slot] = 1;
	}
});

test('the fold forgets backends that had no connection for 15 minutes', () => {
	const fold = new Fold();
	const minute = (at: number, host: number) =>
		fold.fold(tickOf(readingOf(`40000 > 10.0.${host}.7:8080 EST`, {at: at * 60, intervalMs: 60_000})));
	for (let at = 0; at < 200; at++) minute(at, at);
	assert.deepEqual(fold.rowsOf('lb1/361', '10.0.100.7:8080', 9), []);
	assert.equal(minute(200, 100).snapshots[0]?.backends.length, 2);
});

test('the fold does not grow with readings in which every connection is another', () => {
	const fold = new Fold();
	const kept: number[] = [];
	for (let second = 0; second < 1_000; second++) {
		const rows = Array.from({length: 200}, (_, i) => rowAt(second, 20_000 + i));
		fold.fold(tickOf(readingOf(rows, {at: second})));
		if (second % 500 === 499) kept.push(fold.rowsOf('lb1/361', '10.0.0.7:8080', 1e9).length);
	}
	assert.deepEqual(kept, [200, 200]);
});
