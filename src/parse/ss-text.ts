/**
The output of `ss -tinaOHe` (iproute2, misc/ss.c: tcp_stats_print(), tcp_timer_print()): one socket per line.

    ESTAB 0 246 10.77.0.2:51868 10.77.0.12:8080 timer:(on,208ms,0) uid:65532 ino:476560 sk:ad81 cgroup:/ <-> ts sack
    cubic rto:224 rtt:21.123/0.62 ato:40 … cwnd:10 bytes_sent:14045 … lastsnd:16 … delivery_rate 643555552bps …

State, Recv-Q, Send-Q, local, peer, then words, `key:value` and `key value`. It prints what netlink said, with one twist:
**a value of 0 is left out**, so that in a line with tcp_info what is absent is 0. Left out for other reasons are
ssthresh (from 65,535 on), rtt and minrtt (no sample yet), an rto of exactly 3 s, and what an old kernel does not count
(see setInfo()).
In LISTEN lines Recv-Q and Send-Q are the accept queue and its limit. Times are ms, rates bits/s.
*/
import {clearInfo, type Row, type TableCount, type Visit} from './row.ts';
import {readAddressText} from './ss-address.ts';
import {SLOTS, setColumns, values} from './ss-values.ts';
import {LISTEN} from './tcp-state.ts';

const TAB = 9;
const NEWLINE = 10;
const SPACE = 32;
const COMMA = 44;
const COLON = 58;
const DOT = 46;
const SLASH = 47;

const STATES: Readonly<Record<string, number>> = {
	ESTAB: 1,
	'SYN-SENT': 2,
	'SYN-RECV': 3,
	'FIN-WAIT-1': 4,
	'FIN-WAIT-2': 5,
	'TIME-WAIT': 6,
	UNCONN: 7,
	'CLOSE-WAIT': 8,
	'LAST-ACK': 9,
	LISTEN: 10,
	CLOSING: 11,
};

const TIMERS: Readonly<Record<string, number>> = {on: 1, keepalive: 2, timewait: 3, persist: 4};

const TIMER_KEY = hashOf('timer');

/** Words are told apart by a hash: a string for each of forty words of each line would cost more than all the rest. */
function hashOf(word: string): number {
	let hash = 0;
	for (let i = 0; i < word.length; i++) hash = (Math.imul(hash, 31) + word.charCodeAt(i)) | 0;
	return hash;
}

const slotByHash = new Map(Object.entries(SLOTS).map(([key, slot]) => [hashOf(key), slot]));
const stateByHash = new Map(Object.entries(STATES).map(([name, state]) => [hashOf(name), state]));
const timerByHash = new Map(Object.entries(TIMERS).map(([name, timer]) => [hashOf(name), timer]));
const HEADER = hashOf('State');
const NETID = hashOf('tcp');

/** Where the readers below stopped. Each stops at the end of the line at hand: a line without one is not read. */
let cursor = 0;

/** A line ends at its newline, but for the second line of a socket printed without -O, which begins with a tab. */
function isEnd(bytes: Uint8Array, at: number): boolean {
	return bytes[at] === NEWLINE && bytes[at + 1] !== TAB;
}

/** After the last newline that ends a line: what comes after it is cut off, be it in the second line of a socket. */
function endOfLines(text: Uint8Array): number {
	let at = text.lastIndexOf(NEWLINE);
	while (at >= 0 && !isEnd(text, at)) at = at === 0 ? -1 : text.lastIndexOf(NEWLINE, at - 1);
	return at + 1;
}

function isSpace(byte: number): boolean {
	return byte === SPACE || byte === TAB || byte === NEWLINE || byte === 13;
}

function skipSpaces(bytes: Uint8Array): void {
	while (!isEnd(bytes, cursor) && isSpace(bytes[cursor] as number)) cursor++;
}

/** Hashes the word at the cursor up to a space or one of two delimiters, and stops there. */
function readHash(bytes: Uint8Array, delimiter: number): number {
	let hash = 0;
	let at = cursor;
	for (let byte = bytes[at] as number; !isSpace(byte) && byte !== delimiter; byte = bytes[++at] as number) {
		hash = (Math.imul(hash, 31) + byte) | 0;
	}
	cursor = at;
	return hash;
}

/** The kernel counts in 64 bits. */
const MAX_NUMBER = 2 ** 64;

/** Reads `12`, `0.016`, `1.2e+06` at the cursor and stops after it; -1: no number of the kernel's is there. */
function readNumber(bytes: Uint8Array): number {
	let at = cursor;
	let value = 0;
	let scale = 0;
	let byte = bytes[at] as number;
	for (; (byte >= 48 && byte <= 57) || (byte === DOT && scale === 0); byte = bytes[++at] as number) {
		if (byte === DOT) {
			scale = 1;
			continue;
		}
		value = value * 10 + byte - 48;
		scale *= 10;
	}
	if (at === cursor) return -1;
	if (value > MAX_NUMBER) {
		cursor = at;
		return -1;
	}
	if (byte === 0x65 && bytes[at + 1] === 0x2b) {
		let exponent = 0;
		for (at += 2; (bytes[at] as number) >= 48 && (bytes[at] as number) <= 57; at++) {
			exponent = exponent * 10 + (bytes[at] as number) - 48;
		}
		value *= 10 ** Math.min(exponent, 99);
	}
	cursor = at;
	return value > MAX_NUMBER ? -1 : scale > 1 ? value / scale : value;
}

/** `5484069bps`, in older versions `5.5Mbps`. */
function readRate(bytes: Uint8Array): number {
	const value = readNumber(bytes);
	const unit = 'KMGTP'.indexOf(String.fromCharCode(bytes[cursor] as number));
	return value < 0 || unit < 0 ? value : value * 1000 ** (unit + 1);
}

function readQueue(bytes: Uint8Array): number {
	skipSpaces(bytes);
	const value = readNumber(bytes);
	return isSpace(bytes[cursor] as number) && value <= MAX_QUEUE && Number.isInteger(value) ? value : -1;
}

/** Of 32 bits. */
const MAX_QUEUE = 2 ** 32 - 1;

/** The port of the endpoint just read. */
let port = 0;

/**
Reads an endpoint into `words` and `port`: `10.0.0.7:80`, `[fd00::7]:80`, `*:80` (the unspecified address of a socket
that takes both families), `[fe80::1%eth0]:80`, `127.0.0.53%lo:53`, without brackets in old versions. Returns the
table that its form belongs to, 4 or 6; 0: it is not an endpoint.
*/
function readEndpoint(bytes: Uint8Array, words: Uint32Array): 0 | 4 | 6 {
	skipSpaces(bytes);
	const start = cursor;
	let colon = -1;
	let end = start;
	for (; !isSpace(bytes[end] as number); end++) if (bytes[end] === COLON) colon = end;
	if (colon < 0) return 0;
	cursor = colon + 1;
	port = bytes[cursor] === 0x2a ? 0 : readNumber(bytes);
	if (!(port >= 0 && port <= 65535 && Number.isInteger(port))) return 0;
	cursor = end;
	return readAddressText(bytes, start, colon, words);
}

/** `(keepalive,2min49sec,0)`: the number is idiag_retrans, which counts retransmits or probes, by the timer. */
function readTimer(bytes: Uint8Array, row: Row): void {
	if (bytes[cursor] === 0x28) cursor++;
	row.timer = timerByHash.get(readHash(bytes, COMMA)) ?? 0;
	if (bytes[cursor] === COMMA) cursor++;
	readHash(bytes, COMMA);
	if (bytes[cursor] === COMMA) cursor++;
	const count = Math.max(0, Math.floor(readNumber(bytes)));
	if (row.timer === 1) row.retransmits = count;
	else if (row.timer !== 3) row.probes = count;
}

/** Reads the words after the addresses, up to the end of the line, into `values` and the row's timer. */
function readWordsOfLine(bytes: Uint8Array, row: Row): void {
	values.fill(-1);
	row.timer = 0;
	row.retransmits = 0;
	row.probes = 0;
	row.cgroup = -1;
	for (skipSpaces(bytes); !isEnd(bytes, cursor); skipSpaces(bytes)) {
		const hash = readHash(bytes, COLON);
		const slot = slotByHash.get(hash);
		if (bytes[cursor] === COLON) {
			cursor++;
			if (hash === TIMER_KEY) readTimer(bytes, row);
			else if (slot !== undefined) {
				values[slot] = readNumber(bytes);
				if (bytes[cursor] === SLASH) {
					cursor++;
					values[slot + 1] = readNumber(bytes);
				}
			}
		} else if (slot === SLOTS.delivery_rate) {
			skipSpaces(bytes);
			values[slot] = readRate(bytes);
		}
		while (!isSpace(bytes[cursor] as number)) cursor++;
	}
}

/** Reads the line at the cursor up to its end. False: it is not a socket's. */
function readLine(bytes: Uint8Array, row: Row, state: number): boolean {
	const receiveQueue = readQueue(bytes);
	const sendQueue = readQueue(bytes);
	if (receiveQueue < 0 || sendQueue < 0) return false;
	const local = readEndpoint(bytes, row.local);
	row.localPort = port;
	const remote = readEndpoint(bytes, row.remote);
	row.remotePort = port;
	if (local === 0 || remote === 0) return false;
	row.table = local === 6 || remote === 6 ? 6 : 4;
	row.state = state;
	row.rxQueue = receiveQueue;
	row.txQueue = state === LISTEN ? 0 : sendQueue;
	readWordsOfLine(bytes, row);
	setColumns(row, sendQueue);
	return true;
}

/** Visits each socket. Lines that are none, and the last one if it has no newline, are counted as torn. */
export function parseSsText(given: Uint8Array, length: number, row: Row, visit: Visit): TableCount {
	clearInfo(row);
	row.quick = -1;
	const bytes = given.length === length ? given : given.subarray(0, length);
	const end = endOfLines(bytes);
	let rows = 0;
	let torn = end < length ? 1 : 0;
	for (cursor = 0; cursor < end; cursor++) {
		skipSpaces(bytes);
		if (isEnd(bytes, cursor)) continue;
		let word = readHash(bytes, NEWLINE);
		if (word === NETID) {
			skipSpaces(bytes);
			word = readHash(bytes, NEWLINE);
		}
		const state = stateByHash.get(word);
		if (state !== undefined && readLine(bytes, row, state)) {
			rows++;
			visit(row);
		} else if (word !== HEADER) torn++;
		while (!isEnd(bytes, cursor)) cursor++;
	}
	return {rows, torn};
}
