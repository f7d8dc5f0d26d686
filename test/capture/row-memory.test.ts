/** Tables decoded with the one before at hand: what is visited is what decoding alone gives. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {ByteText} from '../../src/capture/byte-text.ts';
import {encodeRow} from '../../src/capture/row.ts';
import {RowMemory, visitRows} from '../../src/capture/row-memory.ts';
import {newRow, type Row} from '../../src/parse/row.ts';

let seed = 11;
function random(below: number): number {
	seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
	return Math.floor((seed / 2 ** 32) * below);
}

/** Ages are kept as the instants that a line tells. */
type Socket = {readonly row: Row; sentAt: number};

let port = 0;
function socket(time: number): Socket {
	const row = newRow();
	row.local.set([0, 0, 0xffff, 0x0a4d0002]);
	row.remote.set(random(4) === 0 ? [0xfd000000, 0, 0, random(9)] : [0, 0, 0xffff, 0x0a4d0000 + random(9)]);
	Object.assign(row, {
		localPort: 1024 + (port++ % 60_000),
		remotePort: 8080,
		state: 1 + random(12),
		timer: 2,
		inode: port,
	});
	if (random(3) > 0) Object.assign(row, {rto: 20, ato: 4, quick: 20, cwnd: 10});
	if (random(2) > 0) Object.assign(row, {hasInfo: true, bytesSent: 10, lastReceiveMs: random(3) - 1});
	return {row, sentAt: random(4) === 0 ? time + 5000 : time};
}

function tableOf(sockets: readonly Socket[], time: number): Buffer {
	const out = new ByteText();
	for (const {row, sentAt} of sockets) {
		if (row.hasInfo) {
			row.lastSendMs = random(20) === 0 ? -1 : Math.max(0, time - sentAt);
			row.lastReceiveMs = row.lastAckMs = Math.max(-1, row.lastSendMs - 20);
		}
		encodeRow(row, time, out);
	}
	return Buffer.from(out.written);
}

function change(sockets: Socket[], time: number): void {
	const runs = random(4);
	for (let i = 0; i < runs; i++) sockets.splice(random(sockets.length), random(40));
	for (let i = 0; i < runs; i++) {
		sockets.splice(random(sockets.length), 0, ...Array.from({length: random(40)}, () => socket(time)));
	}
	for (const each of sockets) if (random(20) === 0) each.row.quick = random(30);
	if (random(10) === 0) sockets.reverse();
}

test('a table is visited as decoding it alone would, whatever came, went or changed, and whatever a visitor does', () => {
	const memory = new RowMemory();
	const sockets = Array.from({length: 300}, () => socket(1e12));
	for (let look = 0; look < 300; look++) {
		const time = 1e12 + look * 1000;
		change(sockets, time);
		let bytes = tableOf(sockets, time);
		if (random(8) === 0)
			bytes = Buffer.concat([bytes.subarray(0, 1000), Buffer.from('rubbish\n'), bytes.subarray(1000)]);
		if (random(8) === 0) bytes = bytes.subarray(0, -7);
		const whole = Buffer.concat([Buffer.from(':tcp\n'), bytes]);
		const expected: Row[] = [];
		const seen: Row[] = [];
		const counts = {rows: 0, torn: 0};
		const found = {rows: 0, torn: 0};
		const range = [5, whole.length] as const;
		visitRows(whole, range, {table: 4, time}, (row) => expected.push(structuredClone(row)), counts);
		const visit = (row: Row) => {
			seen.push(structuredClone(row));
			row.state = 3;
			if (row.hasInfo) row.lastSendMs = 1;
		};
		memory.visit(whole, range, {table: 4, time}, visit, found);
		assert.deepEqual(seen, expected, `look ${look}`);
		assert.deepEqual(found, counts);
	}
});

test('a visitor that throws leaves nothing behind that the next table would be compared with', () => {
	const memory = new RowMemory();
	const bytes = tableOf([socket(1e12), socket(1e12), socket(1e12)], 1e12);
	const range = [0, bytes.length] as const;
	const table = {table: 4, time: 1e12} as const;
	memory.visit(bytes, range, table, () => {}, {rows: 0, torn: 0});
	assert.throws(() => memory.visit(bytes, range, table, () => assert.fail(), {rows: 0, torn: 0}));
	const ports: number[] = [];
	memory.visit(bytes, range, table, ({localPort}) => ports.push(localPort), {rows: 0, torn: 0});
	assert.equal(new Set(ports).size, 3);
});
