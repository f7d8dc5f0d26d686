/**
/proc/PID/net/tcp and tcp6, as the kernel prints them (net/ipv4/tcp_ipv4.c: tcp4_seq_show, net/ipv6/tcp_ipv6.c:
tcp6_seq_show):

      sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
       0: 02004D0A:CA9C 0C004D0A:1F90 01 00000000:00000000 02:000008F0 00000000     0        0 476560 3 00000000b0 22 4 12 10 -1

- The row number has at least four characters and widens at 10,000; everything from local_address to retrnsmt has a
  fixed width, except `tm->when`, which is at least eight digits; the rest is decimal with spaces between.
- An address is printed word by word in the byte order of the host that printed it, a port in network order.
- IPv4 rows are padded with spaces to 149 characters, IPv6 rows are not.
- After the inode: reference count, pointer, and for whole sockets rto, ato, `quick << 1 | pingpong`, cwnd, ssthresh.
  TIME_WAIT and SYN_RECV rows end with the pointer. A column that a later kernel may add behind is ignored. In a LISTEN row the last column is the length of the Fast Open
  queue, no threshold: the row says -1.
- rto and ato are in clock ticks (USER_HZ, 10 ms): jiffies_to_clock_t().
*/
import {clearInfo, type Row, type TableCount, type Visit} from './row.ts';
import {LISTEN} from './tcp-state.ts';

const NEWLINE = 10;
const RETURN = 13;
const SPACE = 32;
const COLON = 58;

/** Value of each hex digit, by byte; 0xff marks every other byte. */
const HEX = new Uint8Array(256).fill(0xff);
for (let digit = 0; digit < 16; digit++) {
	HEX[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
}

/** Value of each pair of hex digits, by both bytes as a big-endian number; the others have a bit above the low byte. */
const PAIR = new Uint32Array(0x10000).fill(0x10000);
for (let high = 0; high < 256; high++) {
	for (let low = 0; low < 256; low++) {
		if (HEX[high] !== 0xff && HEX[low] !== 0xff) PAIR[high * 256 + low] = (HEX[high] ?? 0) * 16 + (HEX[low] ?? 0);
	}
}

/** Two hex digits; a number above 0xffff if one of them is none. */
function hex2(bytes: Uint8Array, at: number): number {
	return PAIR[((bytes[at] as number) << 8) | (bytes[at + 1] as number)] as number;
}

/** Four hex digits; a number above 0xffff if one of them is none. */
function hex4(bytes: Uint8Array, at: number): number {
	return (hex2(bytes, at) << 8) | hex2(bytes, at + 2);
}

function swap32(word: number): number {
	return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}

/** Where the last readDecimal() stopped. */
let cursor = 0;

/** What readDecimal() returns where the line ends. */
const END = -2;

/** Reads the decimal after the spaces at the cursor. NaN: something else stands there. */
function readDecimal(bytes: Uint8Array): number {
	let at = cursor;
	let byte = bytes[at] as number;
	while (byte === SPACE) byte = bytes[++at] as number;
	if (byte === NEWLINE || byte === RETURN) {
		cursor = at;
		return END;
	}
	const isNegative = byte === 45;
	if (isNegative) byte = bytes[++at] as number;
	const start = at;
	let value = 0;
	while (byte >= 48 && byte <= 57) {
		value = value * 10 + byte - 48;
		byte = bytes[++at] as number;
	}
	cursor = at;
	if (at === start || value > Number.MAX_SAFE_INTEGER || (byte !== SPACE && byte !== NEWLINE && byte !== RETURN))
		return Number.NaN;
	if (!isNegative) return value;
	return value === 0 ? Number.NaN : -value;
}

/** The pointer may be hashed, zeros or `(____ptrval____)`: whatever stands there is skipped. */
function skipField(bytes: Uint8Array): void {
	let at = cursor;
	while (bytes[at] === SPACE) at++;
	let byte = bytes[at] as number;
	while (byte !== SPACE && byte !== NEWLINE) byte = bytes[++at] as number;
	cursor = at;
}

/** Start of local_address in the line at `at`: behind spaces, digits and `: `. -1: this line is no row. */
function skipNumber(bytes: Uint8Array, at: number): number {
	let byte = bytes[at] as number;
	while (byte === SPACE) byte = bytes[++at] as number;
	const start = at;
	while (byte >= 48 && byte <= 57) byte = bytes[++at] as number;
	return at > start && byte === COLON && bytes[at + 1] === SPACE ? at + 2 : -1;
}

/** Reads an address of one or four words and its port into the row's side. False: not hexadecimal. */
function readAddress(bytes: Uint8Array, at: number, words: Uint32Array, isIPv6: boolean, isLittleEndian: boolean) {
	let bad = 0;
	for (let i = isIPv6 ? 0 : 3; i < 4; i++, at += 8) {
		const high = hex4(bytes, at);
		const low = hex4(bytes, at + 4);
		bad |= high | low;
		const word = (high << 16) | low;
		words[i] = isLittleEndian ? swap32(word) : word;
	}
	return bad >>> 16 === 0;
}

/** Reads the columns behind retrnsmt, at the cursor. False: one that every row has is missing or no number. */
function readTail(bytes: Uint8Array, row: Row): boolean {
	row.uid = readDecimal(bytes);
	row.probes = readDecimal(bytes);
	row.inode = readDecimal(bytes);
	if (!(row.uid >= 0 && row.probes >= 0 && row.inode >= 0)) return false;
	skipField(bytes);
	skipField(bytes);
	const rto = readDecimal(bytes);
	if (rto === END) {
		row.rto = row.ato = row.quick = row.cwnd = row.ssthresh = -1;
		return true;
	}
	row.rto = rto;
	row.ato = readDecimal(bytes);
	row.quick = readDecimal(bytes);
	row.cwnd = readDecimal(bytes);
	const ssthresh = readDecimal(bytes);
	row.ssthresh = row.state === LISTEN ? -1 : ssthresh;
	return rto >= 0 && row.ato >= 0 && row.quick >= 0 && row.cwnd >= 0 && ssthresh >= -1;
}

/** Reads the row whose local_address starts at `at`. False: a digit or a separator is not where it must be. */
function readRow(bytes: Uint8Array, at: number, row: Row, isIPv6: boolean, isLittleEndian: boolean): boolean {
	const width = isIPv6 ? 32 : 8;
	if (!readAddress(bytes, at, row.local, isIPv6, isLittleEndian)) return false;
	const remote = at + width + 6;
	if (!readAddress(bytes, remote, row.remote, isIPv6, isLittleEndian)) return false;
	const state = remote + width + 6;
	row.localPort = hex4(bytes, at + width + 1);
	row.remotePort = hex4(bytes, remote + width + 1);
	row.state = hex2(bytes, state);
	const txHigh = hex4(bytes, state + 3);
	const txLow = hex4(bytes, state + 7);
	const rxHigh = hex4(bytes, state + 12);
	const rxLow = hex4(bytes, state + 16);
	row.txQueue = ((txHigh << 16) | txLow) >>> 0;
	row.rxQueue = ((rxHigh << 16) | rxLow) >>> 0;
	row.timer = hex2(bytes, state + 21);
	const bad = row.localPort | row.remotePort | row.state | txHigh | txLow | rxHigh | rxLow | row.timer;
	const separators =
		((bytes[at + width] as number) ^ COLON) |
		((bytes[remote - 1] as number) ^ SPACE) |
		((bytes[remote + width] as number) ^ COLON) |
		((bytes[state - 1] as number) ^ SPACE) |
		((bytes[state + 2] as number) ^ SPACE) |
		((bytes[state + 11] as number) ^ COLON) |
		((bytes[state + 20] as number) ^ SPACE) |
		((bytes[state + 23] as number) ^ COLON);
	const when = hex4(bytes, state + 24) | hex4(bytes, state + 28);
	if ((bad | when) >>> 16 !== 0 || separators !== 0) return false;
	let retransmits = state + 32;
	while (HEX[bytes[retransmits] as number] !== 0xff) retransmits++;
	if (bytes[retransmits] !== SPACE) return false;
	const high = hex4(bytes, retransmits + 1);
	const low = hex4(bytes, retransmits + 5);
	if ((high | low) >>> 16 !== 0 || bytes[retransmits + 9] !== SPACE) return false;
	row.retransmits = ((high << 16) | low) >>> 0;
	cursor = retransmits + 9;
	return readTail(bytes, row);
}

/** `  sl  local_address …`, also in the middle: somebody may have saved several tables into one file. */
function isHeader(bytes: Uint8Array, at: number): boolean {
	while (bytes[at] === SPACE) at++;
	return bytes[at] === 0x73 && bytes[at + 1] === 0x6c && bytes[at + 2] === SPACE;
}

function isBlank(bytes: Uint8Array, at: number, end: number): boolean {
	while (at < end && (bytes[at] === SPACE || bytes[at] === RETURN || bytes[at] === 0)) at++;
	return at === end;
}

/**
Visits each row of one table; `bytes` up to `length` is the whole file. Lines that are no row, the last one without a
newline among them (its last number may be cut), are counted as torn. `isLittleEndian` is the byte order of the host
that printed the table.
*/
export function parseTcpTable(
	bytes: Uint8Array,
	length: number,
	table: 4 | 6,
	isLittleEndian: boolean,
	row: Row,
	visit: Visit,
): TableCount {
	clearInfo(row);
	row.table = table;
	row.local.set([0, 0, 0xffff, 0]);
	row.remote.set([0, 0, 0xffff, 0]);
	const isIPv6 = table === 6;
	// Every line below `end` has a newline, at which each of the readers above stops.
	const end = length > 0 ? bytes.lastIndexOf(NEWLINE, length - 1) + 1 : 0;
	let rows = 0;
	let torn = isBlank(bytes, end, length) ? 0 : 1;
	for (let start = 0; start < end; ) {
		const at = skipNumber(bytes, start);
		if (at >= 0 && readRow(bytes, at, row, isIPv6, isLittleEndian)) {
			start = cursor;
			while (bytes[start] !== NEWLINE) start++;
			start++;
			rows++;
			visit(row);
			continue;
		}
		const newline = bytes.indexOf(NEWLINE, start);
		if (!isHeader(bytes, start) && !isBlank(bytes, start, newline)) torn++;
		start = newline + 1;
	}
	return {rows, torn};
}
