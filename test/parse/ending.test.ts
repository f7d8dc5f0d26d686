import assert from 'node:assert/strict';
import {endianness} from 'node:os';
import test from 'node:test';
import fc from 'fast-check';
import {
	ENDED,
	endedHow,
	hasUnreadFin,
	isAnonymous,
	isNoConnection,
	newEnding,
	readEndings,
} from '../../src/parse/ending.ts';
import {messagesOf} from '../../src/parse/inet-diag.ts';
import type {Row, TableCount} from '../../src/parse/row.ts';

const isLittleEndian = endianness() === 'LE';
const NAMES = new Map<number, string>(Object.entries(ENDED).map(([name, kind]) => [kind, name]));

type Notice = {
	readonly type?: number;
	readonly sequence?: number;
	readonly port?: number;
	readonly family?: number;
	readonly protocol?: number;
	/** Bytes of tcp_info. */
	readonly infoLength?: number;
	readonly lastSend?: number;
	readonly dataSegsOut?: number;
	readonly bytesSent?: number;
	/** Bytes that are missing at the end, with the length in the header as it was. */
	readonly cut?: number;
};

/** A message as Linux sends it when a socket ends. */
function notice(of: Notice = {}): ArrayBuffer {
	const {type = 20, sequence = 0, port = 0, family = 2, protocol = 6, infoLength = 280, cut = 0} = of;
	const total = 16 + 72 + 8 + 4 + infoLength;
	const view = new DataView(new ArrayBuffer((total + 7) & ~7));
	view.setUint32(0, total, isLittleEndian);
	view.setUint16(4, type, isLittleEndian);
	view.setUint32(8, sequence, isLittleEndian);
	view.setUint32(12, port, isLittleEndian);
	view.setUint8(16, family);
	view.setUint8(17, 7);
	view.setUint16(20, 51868);
	view.setUint16(22, 8080);
	view.setUint32(24, 0x0a4d0002);
	view.setUint32(40, 0x0a4d000c);
	view.setUint16(88, 5, isLittleEndian);
	view.setUint16(90, 10, isLittleEndian);
	view.setUint8(92, protocol);
	view.setUint16(96, 4 + infoLength, isLittleEndian);
	view.setUint16(98, 2, isLittleEndian);
	const info = (offset: number, value: number) => {
		if (offset + 4 <= infoLength) view.setUint32(100 + offset, value, isLittleEndian);
	};
	info(44, of.lastSend ?? 72);
	info(52, 20);
	info(120 + (isLittleEndian ? 0 : 4), 102);
	info(128 + (isLittleEndian ? 0 : 4), 201);
	info(140, 5);
	info(152, 1);
	info(156, of.dataSegsOut ?? 1);
	info(200 + (isLittleEndian ? 0 : 4), of.bytesSent ?? 100);
	return view.buffer.slice(0, total - cut);
}

function read(...notices: ArrayBuffer[]): TableCount & {readonly visited: readonly Row[]} {
	const total = notices.reduce((sum, each) => sum + ((each.byteLength + 3) & ~3), 0);
	const buffer = new ArrayBuffer((total + 7) & ~7);
	let at = 0;
	for (const each of notices) {
		new Uint8Array(buffer).set(new Uint8Array(each), at);
		at += (each.byteLength + 3) & ~3;
	}
	const visited: Row[] = [];
	const count = readEndings(messagesOf(buffer), 0, at, newEnding(), (row) => visited.push({...row}));
	return {...count, visited};
}

test('readEndings reads a notice of the kernel', () => {
	const {rows, torn, visited} = read(notice());
	assert.deepEqual([rows, torn], [1, 0]);
	const [row] = visited;
	assert.deepEqual(
		[row?.localPort, row?.remotePort, row?.bytesSent, row?.bytesAcked, row?.bytesReceived],
		[51868, 8080, 100, 102, 201],
	);
	assert.deepEqual([row?.lastSendMs, row?.lastReceiveMs], [72, 20]);
	assert.equal(NAMES.get(endedHow(row as Row)), 'answered');
});

const foreign: [why: string, notice: Notice][] = [
	['the answer to somebody’s question', {sequence: 7}],
	['a message of another process', {port: 4711}],
	['another type of message', {type: 18}],
	['another protocol', {protocol: 132}],
];
for (const [why, of] of foreign) {
	test(`readEndings passes over ${why}, and goes on after it`, () => {
		const {rows, torn, visited} = read(notice(of), notice());
		assert.deepEqual([rows, torn, visited.length], [1, 0, 1]);
	});
}

const broken: [why: string, notice: ArrayBuffer][] = [
	['a message that is cut off', notice({cut: 40})],
	['one shorter than its header', new ArrayBuffer(8)],
	['one of another family', notice({family: 16})],
];
for (const [why, bytes] of broken) {
	test(`readEndings counts ${why} as torn`, () => {
		const {rows, torn} = read(notice(), bytes);
		assert.deepEqual([rows, torn], [1, 1]);
	});
}

const kernels: [infoLength: number, kind: string][] = [
	[104, 'unknown'], // before 4.1: nothing counts the bytes
	[136, 'answered'], // 4.1: bytes received, not sent
	[192, 'answered'],
	[232, 'answered'],
	[248, 'answered'],
	[400, 'answered'], // a kernel to come
];
for (const [infoLength, kind] of kernels) {
	test(`readEndings takes a tcp_info of ${infoLength} bytes`, () => {
		const {visited} = read(notice({infoLength}));
		assert.equal(NAMES.get(endedHow(visited[0] as Row)), kind);
	});
}

test('readEndings knows “never” by the counts, whatever the age says', () => {
	for (const lastSend of [0, 4_294_900_000, 1234]) {
		const {visited} = read(notice({lastSend, dataSegsOut: 0, bytesSent: 0}));
		assert.equal(visited[0]?.lastSendMs, -1);
	}
});

test('readEndings reads any bytes without an error, and invents nothing beyond them', () => {
	fc.assert(
		fc.property(fc.uint8Array({minLength: 0, maxLength: 900}), fc.boolean(), (bytes, isTail) => {
			const start = new Uint8Array(notice());
			const all = new Uint8Array(2048);
			all.set(bytes, 0);
			if (isTail) all.set(start, 0);
			const length = isTail ? start.length + bytes.length : bytes.length;
			if (isTail) all.set(bytes, start.length);
			const {rows, torn} = readEndings(messagesOf(all.buffer), 0, length, newEnding(), () => {});
			assert.ok(rows + torn <= length / 16 + 1);
		}),
	);
});

/** As measured on Linux 6.18; of a request of 100 bytes and an answer of 200. */
const measured: [kind: string, what: string, row: Partial<Row>][] = [
	[
		'answered',
		'closed by the backend',
		{bytesSent: 100, bytesAcked: 102, bytesReceived: 201, segsIn: 5, dataSegsIn: 1},
	],
	[
		'unanswered',
		'closed by the backend without an answer',
		{bytesSent: 100, bytesAcked: 102, bytesReceived: 1, segsIn: 4},
	],
	['givenUp', 'closed by us while we waited', {bytesSent: 100, bytesAcked: 102, bytesReceived: 0, segsIn: 2}],
	['givenUp', 'the same, and the backend closed, too', {bytesSent: 100, bytesAcked: 102, bytesReceived: 1, rxQueue: 1}],
	['refused', 'a dial that met an RST', {bytesSent: 0, bytesAcked: 0, bytesReceived: 0, segsIn: 1, txQueue: 1}],
	[
		'timedOut',
		'a dial that nobody answered',
		{bytesSent: 0, bytesAcked: 0, bytesReceived: 0, segsIn: 0, totalRetrans: 4},
	],
	[
		'unknown',
		'a dial that was given up at once',
		{bytesSent: 0, bytesAcked: 0, bytesReceived: 0, segsIn: 0, totalRetrans: 0},
	],
	[
		'timedOut',
		'a request that was sent again and again',
		{bytesSent: 600, bytesAcked: 1, bytesReceived: 0, retransmits: 15},
	],
	['resetBefore', 'reset instead of an answer', {bytesSent: 100, bytesAcked: 101, bytesReceived: 0, segsIn: 3}],
	[
		'resetBefore',
		'reset before the request was acknowledged',
		{bytesSent: 100, bytesAcked: 1, bytesReceived: 0, segsIn: 2},
	],
	[
		'resetAfter',
		'reset after an answer',
		{bytesSent: 100, bytesAcked: 101, bytesReceived: 200, segsIn: 4, dataSegsIn: 1},
	],
	['unused', 'closed by us without a request', {bytesSent: 0, bytesAcked: 2, bytesReceived: 1, rxQueue: 1, segsIn: 2}],
	['unused', 'closed by the backend without a request', {bytesSent: 0, bytesAcked: 2, bytesReceived: 1, segsIn: 3}],
	[
		'aborted',
		'closed by us with an answer unread',
		{bytesSent: 100, bytesAcked: 101, bytesReceived: 200, dataSegsIn: 1, rxQueue: 100},
	],
];
for (const [kind, what, of] of measured) {
	test(`endedHow calls ${kind}: ${what}`, () => {
		const row = {
			...newEnding(),
			remotePort: 8080,
			rxQueue: 0,
			txQueue: 0,
			retransmits: 0,
			dataSegsIn: 0,
			totalRetrans: 0,
			...of,
		};
		assert.equal(NAMES.get(endedHow(row)), kind);
	});
}

test('endedHow tells an abort without addresses from a socket that was never connected', () => {
	const abort = {...newEnding(), remotePort: 0, txQueue: 65538, bytesAcked: 0, bytesReceived: 0};
	assert.deepEqual([isAnonymous(abort), isNoConnection(abort), endedHow(abort)], [true, false, ENDED.aborted]);
	const listener = {...abort, txQueue: 0};
	assert.deepEqual([isAnonymous(listener), isNoConnection(listener)], [false, true]);
});

test('hasUnreadFin says whether our end closed before it had read the other end’s FIN', () => {
	const row = {...newEnding(), remotePort: 8080, bytesReceived: 201};
	assert.equal(hasUnreadFin({...row, rxQueue: 0}), false);
	assert.equal(hasUnreadFin({...row, rxQueue: 1}), true);
	assert.equal(hasUnreadFin({...row, rxQueue: 0, bytesReceived: 0}), true);
});
