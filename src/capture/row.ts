/**
The canonical row of a capture, both ways. One line per socket, fields with one space between, numbers in decimal, `-` where
the value is unknown:

    local remote state tx rx timer retransmits probes uid inode [rto ato quick cwnd ssthresh [backlog]] [| info]

- `local` and `remote`: address and port in hex, network order, whatever the host's byte order: `0A4D0002:E7BC`. An IPv4
  address has 8 digits, also where it was mapped into `tcp6`; an IPv6 address 32.
- The five fields of a whole socket are left out together where all are unknown (TIME_WAIT, SYN_RECV). After them a listener
  has its `backlog`, how many may wait in its accept queue, where that is known; sockets with `info` have it there.
- `info` is tcp_info (include/uapi/linux/tcp.h), written so that a quiet socket's line stays the same:
  `sent acked recv lastSend lastReceive lastAck rtt rttvar segsOut segsIn dataSegsOut dataSegsIn delivered rate minRtt busy
  unacked retrans totalRetrans rwndLimited sndbufLimited notSent backlog cgroup`.
  `lastSend` is the Unix ms of the last data sent (in the reading's clock: its time less the age), `lastReceive` and `lastAck`
  are ms after `lastSend`; `acked` is how far it lags behind `sent` (-1: all of it, and the SYN).
A reader ignores fields after the last one that it knows.

A connection that ended (parse/ending.ts) has a line of its own kind: both addresses, then ENDING_NUMBERS, `acked` as above,
`ago` in ms before the reading, and `lastSend`, `lastReceive` as the ages in ms that they were at the end:

    local remote ago rx tx retransmits probes sent acked received segsOut segsIn dataSegsOut dataSegsIn totalRetrans lastSend lastReceive
*/
import {ENDING_NUMBERS, type Ending} from '../parse/ending.ts';
import type {Row} from '../parse/row.ts';
import {clearInfo} from '../parse/row.ts';
import type {ByteText} from './byte-text.ts';

const SPACE = 32;
const NEWLINE = 10;
const DASH = 45;
const COLON = 58;
const BAR = 124;
const MAPPED = 0xffff;

/** Writes one line. `time` is the reading's. */
export function encodeRow(row: Row, time: number, out: ByteText): void {
	address(out, row.local, row.localPort);
	out.byte(SPACE);
	address(out, row.remote, row.remotePort);
	field(out, row.state);
	field(out, row.txQueue);
	field(out, row.rxQueue);
	field(out, row.timer);
	field(out, row.retransmits);
	field(out, row.probes);
	field(out, row.uid);
	field(out, row.inode);
	const hasBacklog = !row.hasInfo && row.backlog >= 0;
	if (hasBacklog || row.rto !== -1 || row.ato !== -1 || row.quick !== -1 || row.cwnd !== -1 || row.ssthresh !== -1) {
		field(out, row.rto);
		field(out, row.ato);
		field(out, row.quick);
		field(out, row.cwnd);
		field(out, row.ssthresh);
		if (hasBacklog) field(out, row.backlog);
	}
	if (row.hasInfo) info(out, row, time);
	out.byte(NEWLINE);
}

function info(out: ByteText, row: Row, time: number): void {
	out.byte(SPACE);
	out.byte(BAR);
	field(out, row.bytesSent);
	relative(out, row.bytesAcked, Math.max(0, row.bytesSent), -1);
	field(out, row.bytesReceived);
	relative(out, row.lastSendMs, time, -1);
	const lastSend = Math.max(0, row.lastSendMs);
	relative(out, row.lastReceiveMs, lastSend, -1);
	relative(out, row.lastAckMs, lastSend, -1);
	field(out, row.rttUs);
	field(out, row.rttVarUs);
	field(out, row.segsOut);
	field(out, row.segsIn);
	field(out, row.dataSegsOut);
	field(out, row.dataSegsIn);
	field(out, row.delivered);
	field(out, row.deliveryRate);
	field(out, row.minRttUs);
	field(out, row.busyMs);
	field(out, row.unacked);
	field(out, row.retrans);
	field(out, row.totalRetrans);
	field(out, row.rwndLimitedMs);
	field(out, row.sndbufLimitedMs);
	field(out, row.notSent);
	field(out, row.backlog);
	field(out, row.cgroup);
}

/** Writes the line of a connection that ended. */
export function encodeEnding(row: Ending, out: ByteText): void {
	address(out, row.local, row.localPort);
	out.byte(SPACE);
	address(out, row.remote, row.remotePort);
	for (const name of ENDING_NUMBERS) {
		if (name === 'bytesAcked') relative(out, row.bytesAcked, Math.max(0, row.bytesSent), -1);
		else field(out, row[name]);
	}
	out.byte(NEWLINE);
}

/** Reads such a line in [start, end), without its newline; false: it is torn. */
export function decodeEnding(bytes: Uint8Array, start: number, end: number, row: Ending): boolean {
	cursor = start;
	limit = end;
	isGood = true;
	readAddress(bytes, row.local);
	row.localPort = readHex(bytes, 4);
	cursor++;
	readAddress(bytes, row.remote);
	row.remotePort = readHex(bytes, 4);
	row.table = row.local[2] === MAPPED && row.local[0] === 0 && row.local[1] === 0 ? 4 : 6;
	for (const name of ENDING_NUMBERS) {
		if (name === 'bytesAcked') row.bytesAcked = behind(bytes, Math.max(0, row.bytesSent));
		else row[name] = next(bytes);
	}
	return isGood;
}

function address(out: ByteText, words: Uint32Array, port: number): void {
	const isV4 = words[0] === 0 && words[1] === 0 && words[2] === MAPPED;
	for (let i = isV4 ? 3 : 0; i < 4; i++) out.hex(words[i] ?? 0, 8);
	out.byte(COLON);
	out.hex(port, 4);
}

function field(out: ByteText, value: number): void {
	out.byte(SPACE);
	if (value === -1) out.byte(DASH);
	else out.number(value);
}

/** `base - value`, or `-` where the value is unknown. */
function relative(out: ByteText, value: number, base: number, unknown: number): void {
	out.byte(SPACE);
	if (value === unknown) out.byte(DASH);
	else out.number(base - value);
}

const HEX = new Int8Array(256).fill(-1);
for (let digit = 0; digit < 16; digit++) {
	HEX[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
	HEX[digit.toString(16).charCodeAt(0)] = digit;
}

/** Where the next field begins, and whether everything before it could be read. */
let cursor = 0;
let limit = 0;
let isGood = true;

/** Reads the line in [start, end), without its newline, into `row`; false: it is torn. */
export function decodeRow(bytes: Uint8Array, start: number, end: number, time: number, row: Row): boolean {
	cursor = start;
	limit = end;
	isGood = true;
	readAddress(bytes, row.local);
	row.localPort = readHex(bytes, 4);
	cursor++;
	readAddress(bytes, row.remote);
	row.remotePort = readHex(bytes, 4);
	row.state = next(bytes);
	row.txQueue = next(bytes);
	row.rxQueue = next(bytes);
	row.timer = next(bytes);
	row.retransmits = next(bytes);
	row.probes = next(bytes);
	row.uid = next(bytes);
	row.inode = next(bytes);
	const isWhole = isGood && cursor < limit && bytes[cursor + 1] !== BAR;
	row.rto = isWhole ? next(bytes) : -1;
	row.ato = isWhole ? next(bytes) : -1;
	row.quick = isWhole ? next(bytes) : -1;
	row.cwnd = isWhole ? next(bytes) : -1;
	row.ssthresh = isWhole ? next(bytes) : -1;
	if (isGood && cursor < limit && bytes[cursor + 1] === BAR) {
		cursor += 2;
		readInfo(bytes, time, row);
	} else {
		clearInfo(row);
		if (isGood && isWhole && cursor < limit) row.backlog = next(bytes);
	}
	return isGood && row.state > 0 && row.state <= 12;
}

function readInfo(bytes: Uint8Array, time: number, row: Row): void {
	row.hasInfo = true;
	row.bytesSent = next(bytes);
	row.bytesAcked = behind(bytes, Math.max(0, row.bytesSent));
	row.bytesReceived = next(bytes);
	row.lastSendMs = behind(bytes, time);
	const lastSend = Math.max(0, row.lastSendMs);
	row.lastReceiveMs = behind(bytes, lastSend);
	row.lastAckMs = behind(bytes, lastSend);
	row.rttUs = next(bytes);
	row.rttVarUs = next(bytes);
	row.segsOut = next(bytes);
	row.segsIn = next(bytes);
	row.dataSegsOut = next(bytes);
	row.dataSegsIn = next(bytes);
	row.delivered = next(bytes);
	row.deliveryRate = next(bytes);
	row.minRttUs = next(bytes);
	row.busyMs = next(bytes);
	row.unacked = next(bytes);
	row.retrans = next(bytes);
	row.totalRetrans = next(bytes);
	row.rwndLimitedMs = next(bytes);
	row.sndbufLimitedMs = next(bytes);
	row.notSent = next(bytes);
	row.backlog = next(bytes);
	row.cgroup = next(bytes);
}

function behind(bytes: Uint8Array, base: number): number {
	const isUnknown = bytes[cursor + 1] === DASH && (cursor + 2 >= limit || bytes[cursor + 2] === SPACE);
	const value = next(bytes);
	return isUnknown ? -1 : base - value;
}

/** The number after one space; `-` alone is -1. */
function next(bytes: Uint8Array): number {
	if (cursor >= limit || bytes[cursor] !== SPACE) {
		isGood = false;
		return -1;
	}
	const start = ++cursor;
	const isNegative = bytes[cursor] === DASH;
	if (isNegative) cursor++;
	let value = 0;
	let at = cursor;
	for (; at < limit; at++) {
		const digit = (bytes[at] ?? 0) - 48;
		if (digit < 0 || digit > 9) break;
		value = value * 10 + digit;
	}
	const digits = at - cursor;
	cursor = at;
	if (at < limit && bytes[at] !== SPACE) return slowNumber(bytes, start);
	if (digits === 0) {
		if (!isNegative) isGood = false;
		return -1;
	}
	return isNegative ? -value : value;
}

/** A fraction or an exponent, which no kernel prints but the format allows. */
function slowNumber(bytes: Uint8Array, start: number): number {
	let end = start;
	while (end < limit && bytes[end] !== SPACE) end++;
	cursor = end;
	const text = String.fromCharCode(...bytes.subarray(start, Math.min(end, start + 32)));
	const value = /^-?\d/.test(text) ? Number(text) : Number.NaN;
	if (!Number.isFinite(value)) isGood = false;
	return value;
}

function readAddress(bytes: Uint8Array, words: Uint32Array): void {
	if (bytes[cursor + 8] === COLON) {
		words[0] = 0;
		words[1] = 0;
		words[2] = MAPPED;
	} else for (let i = 0; i < 3; i++) words[i] = readHex(bytes, 8);
	words[3] = readHex(bytes, 8);
	if (bytes[cursor] !== COLON) isGood = false;
	cursor++;
}

function readHex(bytes: Uint8Array, digits: number): number {
	let value = 0;
	const end = cursor + digits;
	if (end > limit) isGood = false;
	for (; cursor < end; cursor++) {
		const digit = HEX[bytes[cursor] ?? 0] ?? -1;
		if (digit < 0) isGood = false;
		value = value * 16 + digit;
	}
	return value;
}
