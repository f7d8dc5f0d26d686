import assert from 'node:assert/strict';
import {endianness} from 'node:os';
import test from 'node:test';
import fc from 'fast-check';
import {formatEndpoint} from '../../src/parse/address.ts';
import {type DumpState, dumpRequest, followDump, messagesOf, readSockets} from '../../src/parse/inet-diag.ts';
import {newRow, type Row, type TableCount} from '../../src/parse/row.ts';

const isLittleEndian = endianness() === 'LE';
const SEQUENCE = 77;

type Message = {type?: number; flags?: number; sequence?: number; body: Uint8Array};

/** Netlink messages as the kernel lays them out. */
function messages(...list: Message[]) {
	const lengths = list.map(({body}) => (16 + body.length + 3) & ~3);
	const total = lengths.reduce((sum, length) => sum + length, 0);
	const buffer = new ArrayBuffer((total + 7) & ~7);
	const view = new DataView(buffer);
	let at = 0;
	for (const [index, {type = 20, flags = 2, sequence = SEQUENCE, body}] of list.entries()) {
		view.setUint32(at, 16 + body.length, isLittleEndian);
		view.setUint16(at + 4, type, isLittleEndian);
		view.setUint16(at + 6, flags, isLittleEndian);
		view.setUint32(at + 8, sequence, isLittleEndian);
		new Uint8Array(buffer).set(body, at + 16);
		at += lengths[index] ?? 0;
	}
	return {...messagesOf(buffer), total};
}

/** One struct inet_diag_msg with an INET_DIAG_INFO of `infoLength` bytes, each word of it its own offset. */
function socket(infoLength: number | null, state = 1, family = 2): Uint8Array {
	const info = infoLength === null ? 0 : (4 + infoLength + 3) & ~3;
	const view = new DataView(new ArrayBuffer(72 + info + 12));
	view.setUint8(0, family);
	view.setUint8(1, state);
	view.setUint8(2, 2);
	view.setUint8(3, 6);
	view.setUint16(4, 51868);
	view.setUint16(6, 8080);
	view.setUint32(8, 0x0a4d0002);
	view.setUint32(24, 0x0a4d000c);
	for (const [index, value] of [1_000, 11, 4_000_000_000, 65532, 476560].entries()) {
		view.setUint32(52 + 4 * index, value, isLittleEndian);
	}
	if (infoLength !== null) {
		view.setUint16(72, 4 + infoLength, isLittleEndian);
		view.setUint16(74, 2, isLittleEndian);
		for (let at = 8; at + 4 <= infoLength; at += 4) view.setUint32(76 + at, at, isLittleEndian);
		view.setUint8(76 + 2, 3);
		view.setUint8(76 + 3, 4);
	}
	// INET_DIAG_CGROUP_ID
	view.setUint16(72 + info, 12, isLittleEndian);
	view.setUint16(74 + info, 21, isLittleEndian);
	view.setBigUint64(76 + info, 5_000_000_001n, isLittleEndian);
	return new Uint8Array(view.buffer);
}

function read(...list: Message[]): TableCount & {readonly visited: readonly Row[]} {
	const all = messages(...list);
	const visited: Row[] = [];
	const count = readSockets(all, 0, all.total, SEQUENCE, newRow(), (row) => {
		visited.push({...row, local: row.local.slice(), remote: row.remote.slice()});
	});
	return {...count, visited};
}

function only(body: Uint8Array): Row {
	const {rows, torn, visited} = read({body});
	assert.deepEqual([rows, torn], [1, 0]);
	return visited[0] as Row;
}

/** A 64-bit field at `offset` of our tcp_info: two words, each its own offset. */
const double = (offset: number) => (isLittleEndian ? (offset + 4) * 2 ** 32 + offset : offset * 2 ** 32 + offset + 4);

test('readSockets reads struct inet_diag_msg', () => {
	const row = only(socket(232));
	assert.equal(formatEndpoint(row.local, row.localPort), '10.77.0.2:51868');
	assert.equal(formatEndpoint(row.remote, row.remotePort), '10.77.0.12:8080');
	assert.deepEqual([row.table, row.state, row.timer, row.rxQueue, row.txQueue], [4, 1, 2, 11, 4_000_000_000]);
	assert.deepEqual([row.uid, row.inode, row.cgroup, row.quick], [65532, 476560, 5_000_000_001, -1]);
});

test('readSockets reads each field of tcp_info where this kernel puts it', () => {
	const row = only(socket(232));
	assert.deepEqual([row.hasInfo, row.retransmits, row.probes], [true, 3, 4]);
	assert.deepEqual([row.unacked, row.retrans, row.totalRetrans], [24, 36, 100]);
	assert.deepEqual([row.lastSendMs, row.lastReceiveMs, row.lastAckMs], [44, 52, 56]);
	assert.deepEqual([row.rttUs, row.rttVarUs, row.ssthresh, row.cwnd], [68, 72, 76, 80]);
	assert.deepEqual([row.bytesAcked, row.bytesReceived, row.bytesSent], [double(120), double(128), double(200)]);
	assert.deepEqual([row.segsOut, row.segsIn, row.notSent, row.minRttUs], [136, 140, 144, 148]);
	assert.deepEqual([row.dataSegsIn, row.dataSegsOut, row.delivered], [152, 156, 192]);
	assert.equal(row.deliveryRate, double(160) * 8);
	const limited = [row.busyMs, row.rwndLimitedMs, row.sndbufLimitedMs];
	assert.deepEqual(
		limited,
		[168, 176, 184].map((offset) => Math.floor(double(offset) / 1000)),
	);
});

const ages: [length: number, kernel: string, known: Partial<Row>][] = [
	[104, '2.6 to 3.14', {totalRetrans: 100, bytesAcked: -1, bytesReceived: -1, segsOut: -1, deliveryRate: -1}],
	[136, '4.1', {bytesReceived: double(128), segsOut: -1, segsIn: -1, minRttUs: -1, notSent: -1}],
	[160, '4.6', {dataSegsOut: 156, deliveryRate: -1, busyMs: -1, delivered: -1, bytesSent: -1}],
	[192, '4.10', {sndbufLimitedMs: Math.floor(double(184) / 1000), delivered: -1, bytesSent: -1}],
	[200, '4.18', {delivered: 192, bytesSent: -1}],
	[208, '4.19', {bytesSent: double(200)}],
	[400, 'some years from now', {bytesSent: double(200), delivered: 192, totalRetrans: 100}],
	[205, 'no year', {delivered: 192, bytesSent: -1}],
];
for (const [length, kernel, known] of ages) {
	test(`readSockets takes tcp_info of ${length} bytes for what it holds, as in Linux ${kernel}`, () => {
		const row = only(socket(length));
		assert.deepEqual(Object.fromEntries(Object.keys(known).map((key) => [key, row[key as keyof Row]])), known);
		assert.deepEqual([row.hasInfo, row.inode, row.cgroup], [true, 476560, 5_000_000_001]);
	});
}

test('readSockets gives a row without tcp_info none, also right after one that has it', () => {
	const {visited} = read({body: socket(232)}, {body: socket(null, 6)}, {body: socket(103)});
	for (const row of visited.slice(1)) {
		assert.deepEqual([row.hasInfo, row.bytesSent, row.rttUs, row.cwnd, row.rto], [false, -1, -1, row.cwnd, -1]);
		assert.deepEqual([row.retransmits, row.probes, row.cgroup], [0, 6, 5_000_000_001]);
	}
});

test('readSockets gives a listener its limit, and nothing of a connection', () => {
	const row = only(socket(232, 10));
	assert.deepEqual([row.rxQueue, row.txQueue, row.backlog], [11, 0, 4_000_000_000]);
	assert.deepEqual([row.hasInfo, row.unacked, row.rto, row.ato, row.ssthresh, row.cwnd], [false, -1, -1, -1, -1, 80]);
	assert.equal(only(socket(232, 1)).backlog, -1);
});

test('readSockets has no ages for a dial, and takes NEW_SYN_RECV for SYN_RECV', () => {
	const dial = only(socket(232, 2));
	assert.deepEqual([dial.lastSendMs, dial.lastReceiveMs, dial.lastAckMs, dial.unacked], [-1, -1, -1, 24]);
	assert.equal(only(socket(null, 12)).state, 3);
});

test('readSockets reads the four words of an IPv6 address', () => {
	const body = socket(232, 1, 10);
	body.set([0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7], 8);
	body.set([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 7], 24);
	const row = only(body);
	assert.equal(row.table, 6);
	assert.equal(formatEndpoint(row.local, row.localPort), '[fd00::7]:51868');
	assert.equal(formatEndpoint(row.remote, row.remotePort), '10.0.0.7:8080');
});

test('readSockets skips other messages and those of another dump', () => {
	const done = {type: 3, body: new Uint8Array(4)};
	const {rows, torn} = read(
		{type: 1, body: new Uint8Array(0)},
		{body: socket(232)},
		{sequence: 76, body: socket(232)},
		done,
	);
	assert.deepEqual([rows, torn], [1, 0]);
});

const broken: [why: string, body: Uint8Array][] = [
	['too short for a socket', new Uint8Array(71)],
	['of another family', socket(232, 1, 1)],
	['whose attribute is longer than it', Uint8Array.from(socket(232)).fill(0xff, 72, 74)],
	['whose attribute has no length', Uint8Array.from(socket(232)).fill(0, 72, 74)],
];
for (const [why, body] of broken) {
	test(`readSockets counts a message ${why} as torn, and goes on`, () => {
		const {rows, torn} = read({body}, {body: socket(232)});
		assert.deepEqual([rows, torn], [1, 1]);
	});
}

test('readSockets never throws nor hangs on rubbish', () => {
	fc.assert(
		fc.property(fc.uint8Array({minLength: 0, maxLength: 400}), fc.nat(100), (bytes, length) => {
			const all = messages({body: socket(232)}, {body: socket(40)});
			all.bytes.set(bytes.subarray(0, Math.min(bytes.length, all.bytes.length - length)), length);
			const {rows, torn} = readSockets(all, 0, all.total, SEQUENCE, newRow(), () => {});
			assert.ok(rows + torn <= 40);
		}),
	);
});

const follow = (state: Partial<DumpState>, ...list: Message[]) => {
	const all = messages(...list);
	const after = {isDone: false, errorNumber: 0, isInterrupted: false, ...state};
	followDump(all, 0, all.total, SEQUENCE, after);
	return after;
};
const errno = (value: number) => new Uint8Array(Int32Array.of(value).buffer);

const ends: [what: string, list: Message[], state: DumpState][] = [
	['goes on', [{body: socket(232)}], {isDone: false, errorNumber: 0, isInterrupted: false}],
	['is done', [{body: socket(232)}, {type: 3, body: errno(0)}], {isDone: true, errorNumber: 0, isInterrupted: false}],
	['failed', [{type: 2, body: errno(-2)}], {isDone: true, errorNumber: 2, isInterrupted: false}],
	['ended with an error', [{type: 3, body: errno(-12)}], {isDone: true, errorNumber: 12, isInterrupted: false}],
	['was interrupted', [{flags: 0x12, body: socket(232)}], {isDone: false, errorNumber: 0, isInterrupted: true}],
	['is another', [{type: 3, sequence: 1, body: errno(0)}], {isDone: false, errorNumber: 0, isInterrupted: false}],
];
for (const [what, list, state] of ends) {
	test(`followDump sees that a dump ${what}`, () => {
		assert.deepEqual(follow({}, ...list), state);
	});
}

test('dumpRequest asks for every TCP state of a family, with tcp_info', () => {
	for (const [table, family] of [
		[4, 2],
		[6, 10],
	] as const) {
		const request = dumpRequest(table);
		request.setSequence(9);
		const view = new DataView(request.bytes.buffer);
		assert.equal(view.getUint32(0, isLittleEndian), request.bytes.length);
		assert.equal(view.getUint16(6, isLittleEndian), 0x301);
		assert.equal(view.getUint32(8, isLittleEndian), 9);
		assert.deepEqual([...request.bytes.subarray(16, 20)], [family, 6, 2, 0]);
		assert.equal(view.getUint32(20, isLittleEndian), 0xfff);
	}
});

test('dumpRequest asks for both families in the form that takes no family', () => {
	const request = dumpRequest('both');
	request.setSequence(9);
	const view = new DataView(request.bytes.buffer);
	// struct nlmsghdr and struct inet_diag_req
	assert.equal(request.bytes.length, 16 + 60);
	assert.equal(view.getUint32(0, isLittleEndian), request.bytes.length);
	assert.deepEqual([view.getUint16(4, isLittleEndian), view.getUint16(6, isLittleEndian)], [18, 0x301]);
	assert.equal(view.getUint32(8, isLittleEndian), 9);
	assert.deepEqual([...request.bytes.subarray(16, 20)], [0, 0, 0, 2]);
	assert.equal(view.getUint32(68, isLittleEndian), 0xfff);
	assert.equal(view.getUint32(72, isLittleEndian), 0, 'no bytecode');
});

for (const length of [0xffffffff, 0xfffffffd, 0x80000000, 24]) {
	test(`followDump ends at a message that says it has ${length} bytes`, () => {
		const all = messages({type: 3, body: errno(0)});
		all.words[0] = length;
		const state = {isDone: false, errorNumber: 0, isInterrupted: false};
		followDump(all, 0, all.total, SEQUENCE, state);
		assert.equal(state.isDone, false);
	});
}
