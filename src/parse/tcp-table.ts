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
  TIME_WAIT and SYN_RECV rows end with the pointer. A column that a later kernel may add after it is ignored. In a LISTEN row the last column is the length of the Fast Open
  queue, no threshold: the row says -1.
- rto and ato are in clock ticks (USER_HZ, 10 ms): jiffies_to_clock_t().
*/
import {clearInfo, type Row, type TableCount, type Visit} from './row.ts';
import {readTail} from './tcp-table-tail.ts';

const NEWLINE = 10;
const RETURN = 13;
const SPACE = 32;
const COLON = 58;

/** Value of each hex digit, by byte; 0xff marks every other byte. */
const HEX = new Uint8Array(256).fill(0xff);
for (let digit = 0; digit < 16; digit++) {
	HEX[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
}

/**
Value of each pair of hex digits, by both bytes as a little-endian number, which is one load; the others have a bit above
the low byte.
*/
const PAIR = new Uint32Array(0x10000).fill(0x10000);
for (let high = 0; high < 256; high++) {
	for (let low = 0; low < 256; low++) {
		if (HEX[high] !== 0xff && HEX[low] !== 0xff) PAIR[low * 256 + high] = (HEX[high] ?? 0) * 16 + (HEX[low] ?? 0);
	}
}

/** `0000` as a number: most queues and counts are eight of them. */
const ZEROS = 0x30303030;

/** From the state to the space after the least tm->when: what lies further on is looked for. */
const LEAST_BEHIND_STATE = 33;

/** Two hex digits; a number above 0xffff if one of them is none. */
function hex2(view: DataView, at: number): number {
	return PAIR[view.getUint16(at, true)] as number;
}

/** Four hex digits; a number above 0xffff if one of them is none. */
function hex4(view: DataView, at: number): number {
	return (hex2(view, at) << 8) | hex2(view, at + 2);
}

/** Eight hex digits, a word of 32 bits; -1 if one of them is none. */
function hex8(view: DataView, at: number): number {
	if (view.getInt32(at, true) === ZEROS && view.getInt32(at + 4, true) === ZEROS) return 0;
	const high = hex4(view, at);
	const low = hex4(view, at + 4);
	return (high | low) >>> 16 === 0 ? high * 0x1_0000 + low : -1;
}

/** Start of local_address in the line at `at`: after spaces, digits and `: `. -1: this line is not a row. */
function skipNumber(bytes: Uint8Array, at: number): number {
	let byte = bytes[at] as number;
	while (byte === SPACE) byte = bytes[++at] as number;
	const start = at;
	while (byte >= 48 && byte <= 57) byte = bytes[++at] as number;
	return at > start && byte === COLON && bytes[at + 1] === SPACE ? at + 2 : -1;
}

/** Reads an address of one or four words, each printed in the host's byte order. False: not hexadecimal. */
function readAddress(view: DataView, at: number, words: Uint32Array, isIPv6: boolean, isLittleEndian: boolean) {
	let bad = 0;
	for (let i = isIPv6 ? 0 : 3; i < 4; i++, at += 8) {
		const a = hex2(view, at);
		const b = hex2(view, at + 2);
		const c = hex2(view, at + 4);
		const d = hex2(view, at + 6);
		bad |= a | b | c | d;
		words[i] = isLittleEndian ? (d << 24) | (c << 16) | (b << 8) | a : (a << 24) | (b << 16) | (c << 8) | d;
	}
	return bad >>> 8 === 0;
}

/**
Reads the row whose local_address starts at `at`, and returns where its last column ends. -1: a digit or a separator is
not where it must be.
*/
function readRow(view: DataView, bytes: Uint8Array, at: number, row: Row, isLittleEndian: boolean): number {
	const isIPv6 = row.table === 6;
	const width = isIPv6 ? 32 : 8;
	const remote = at + width + 6;
	const state = remote + width + 6;
	if (state + LEAST_BEHIND_STATE > bytes.length) return -1;
	if (!readAddress(view, at, row.local, isIPv6, isLittleEndian)) return -1;
	if (!readAddress(view, remote, row.remote, isIPv6, isLittleEndian)) return -1;
	row.localPort = hex4(view, at + width + 1);
	row.remotePort = hex4(view, remote + width + 1);
	row.state = hex2(view, state);
	row.txQueue = hex8(view, state + 3);
	row.rxQueue = hex8(view, state + 12);
	row.timer = hex2(view, state + 21);
	const when = hex4(view, state + 24) | hex4(view, state + 28);
	const bad = row.localPort | row.remotePort | row.state | row.timer | when | (isState(row.state) ? 0 : -1);
	const separators =
		((bytes[at + width] as number) ^ COLON) |
		((bytes[remote - 1] as number) ^ SPACE) |
		((bytes[remote + width] as number) ^ COLON) |
		((bytes[state - 1] as number) ^ SPACE) |
		((bytes[state + 2] as number) ^ SPACE) |
		((bytes[state + 11] as number) ^ COLON) |
		((bytes[state + 20] as number) ^ SPACE) |
		((bytes[state + 23] as number) ^ COLON);
	if (bad >>> 16 !== 0 || separators !== 0 || row.txQueue < 0 || row.rxQueue < 0) return -1;
	let retransmits = state + 32;
	while (HEX[bytes[retransmits] as number] !== 0xff) retransmits++;
	if (bytes[retransmits] !== SPACE || retransmits + 9 >= bytes.length) return -1;
	row.retransmits = hex8(view, retransmits + 1);
	if (row.retransmits < 0 || bytes[retransmits + 9] !== SPACE) return -1;
	return readTail(bytes, retransmits + 9, row);
}

/** TCP_ESTABLISHED to TCP_NEW_SYN_RECV (include/net/tcp_states.h). */
function isState(state: number): boolean {
	return state >= 1 && state <= 12;
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
Visits each row of one table; `bytes` up to `length` is the whole file. Lines that are not rows, the last one without a
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
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	// Every line below `end` has a newline, at which each of the readers above stops.
	const end = length > 0 ? bytes.lastIndexOf(NEWLINE, length - 1) + 1 : 0;
	let rows = 0;
	let torn = isBlank(bytes, end, length) ? 0 : 1;
	for (let start = 0; start < end; ) {
		const at = skipNumber(bytes, start);
		const behind = at < 0 ? -1 : readRow(view, bytes, at, row, isLittleEndian);
		if (behind >= 0) {
			start = behind;
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
