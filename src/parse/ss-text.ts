/**
The output of `ss -tinaOHe` (iproute2, misc/ss.c: tcp_stats_print(), tcp_timer_print()): one socket per line.

    ESTAB 0 246 10.77.0.2:51868 10.77.0.12:8080 timer:(on,208ms,0) uid:65532 ino:476560 sk:ad81 cgroup:/ <-> ts sack
    cubic rto:224 rtt:21.123/0.62 ato:40 … cwnd:10 bytes_sent:14045 … lastsnd:16 … delivery_rate 643555552bps …

State, Recv-Q, Send-Q, local, peer, then words, `key:value` and `key value`. It prints what netlink said, with one twist:
**a value of 0 is left out**, so that in a line with tcp_info what is absent is 0. Left out for other reasons are
ssthresh (from 65,535 on), rtt and minrtt (no sample yet), and what an old kernel does not count (see setInfo()).
In LISTEN lines Recv-Q and Send-Q are the accept queue and its limit. Times are ms, rates bits/s.
*/
import {parseAddress} from './address.ts';
import {clearInfo, type Row, type TableCount, type Visit} from './row.ts';
import {LISTEN, SYN_SENT} from './tcp-state.ts';

const TAB = 9;
const NEWLINE = 10;
const SPACE = 32;
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

/** The keys that are read; the number behind a `/` goes into the slot after its own. */
const SLOTS = {
	uid: 0,
	ino: 1,
	rto: 2,
	rtt: 3, // and 4: rttvar
	ato: 5,
	cwnd: 6,
	ssthresh: 7,
	bytes_sent: 8,
	bytes_acked: 9,
	bytes_received: 10,
	segs_out: 11,
	segs_in: 12,
	data_segs_out: 13,
	data_segs_in: 14,
	lastsnd: 15,
	lastrcv: 16,
	lastack: 17,
	delivery_rate: 18,
	delivered: 19,
	busy: 20,
	rwnd_limited: 21,
	sndbuf_limited: 22,
	unacked: 23,
	retrans: 24, // and 25: over the connection's life
	notsent: 26,
	minrtt: 27,
	mss: 28,
};
const RTTVAR = 4;
const TOTAL_RETRANS = 25;
const TIMER_KEY = hashOf('timer');

/** What the line at hand says, by slot; -1: not there. */
const values = new Float64Array(29);

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

/** Where the readers below stopped. */
let cursor = 0;

/** A line ends at its newline, but for the second line of a socket printed without -O, which begins with a tab. */
function isEnd(bytes: Uint8Array, at: number): boolean {
	return bytes[at] === NEWLINE && bytes[at + 1] !== TAB;
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

/** Reads `12`, `0.016`, `1.2e+06` at the cursor and stops behind it; -1: no digit stands there. */
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
	if (byte === 0x65 && bytes[at + 1] === 0x2b) {
		let exponent = 0;
		for (at += 2; (bytes[at] as number) >= 48 && (bytes[at] as number) <= 57; at++) {
			exponent = exponent * 10 + (bytes[at] as number) - 48;
		}
		value *= 10 ** exponent;
	}
	cursor = at;
	return scale > 1 ? value / scale : value;
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
	return isSpace(bytes[cursor] as number) ? value : -1;
}

/** Reads `a.b.c.d` between two places into a number, -1: it is none. */
function readIPv4(bytes: Uint8Array, start: number, end: number): number {
	let address = 0;
	let part = -1;
	let dots = 0;
	for (let at = start; at < end; at++) {
		const byte = bytes[at] as number;
		if (byte >= 48 && byte <= 57) part = (part < 0 ? 0 : part * 10) + byte - 48;
		else if (byte === DOT && part >= 0) {
			address = address * 256 + part;
			part = -1;
			dots++;
		} else return -1;
		if (part > 255) return -1;
	}
	return dots === 3 && part >= 0 ? address * 256 + part : -1;
}

function isMappedPrefix(bytes: Uint8Array, at: number): boolean {
	return (
		bytes[at] === COLON &&
		bytes[at + 1] === COLON &&
		bytes[at + 2] === 0x66 &&
		bytes[at + 3] === 0x66 &&
		bytes[at + 4] === 0x66 &&
		bytes[at + 5] === 0x66 &&
		bytes[at + 6] === COLON
	);
}

/** The port of the endpoint just read. */
let port = 0;

/**
Reads an endpoint into `words` and `port`: `10.0.0.7:80`, `[fd00::7]:80`, `*:80` (the unspecified address of a socket
that takes both families), `[fe80::1%eth0]:80`, `127.0.0.53%lo:53`, without brackets in old versions. Returns the
table in which its form stands, 4 or 6; 0: it is no endpoint.
*/
function readEndpoint(bytes: Uint8Array, words: Uint32Array): 0 | 4 | 6 {
	skipSpaces(bytes);
	let start = cursor;
	let colon = -1;
	let end = start;
	for (; !isSpace(bytes[end] as number); end++) if (bytes[end] === COLON) colon = end;
	if (colon < 0) return 0;
	cursor = colon + 1;
	port = bytes[cursor] === 0x2a ? 0 : readNumber(bytes);
	if (port < 0 || port > 65535) return 0;
	cursor = end;
	end = colon;
	if (bytes[start] === 0x5b && bytes[end - 1] === 0x5d) {
		start++;
		end--;
	}
	let zone = start;
	while (zone < end && bytes[zone] !== 0x25) zone++;
	return readWords(bytes, start, zone, words);
}

function readWords(bytes: Uint8Array, start: number, end: number, words: Uint32Array): 0 | 4 | 6 {
	if (end === start + 1 && bytes[start] === 0x2a) {
		words.fill(0);
		return 6;
	}
	const isMapped = isMappedPrefix(bytes, start);
	const address = readIPv4(bytes, isMapped ? start + 7 : start, end);
	if (address >= 0) {
		words[0] = 0;
		words[1] = 0;
		words[2] = 0xffff;
		words[3] = address;
		return isMapped ? 6 : 4;
	}
	let text = '';
	for (let at = start; at < end && at < start + 46; at++) text += String.fromCharCode(bytes[at] as number);
	const parsed = text.includes(':') ? parseAddress(text) : null;
	if (parsed === null) return 0;
	words.set(parsed);
	return 6;
}

/** `(keepalive,2min49sec,0)`: the number is idiag_retrans, which counts retransmits or probes, by the timer. */
function readTimer(bytes: Uint8Array, row: Row): void {
	cursor++;
	row.timer = timerByHash.get(readHash(bytes, 0x2c)) ?? 0;
	cursor++;
	readHash(bytes, 0x2c);
	cursor++;
	const count = Math.max(0, readNumber(bytes));
	if (row.timer === 1) row.retransmits = count;
	else if (row.timer !== 3) row.probes = count;
}

/** Reads the words behind the addresses, up to the end of the line, into `values` and the row's timer. */
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

function value(slot: number): number {
	return values[slot] as number;
}

/** In a line with tcp_info what is left out is 0. */
function count(slot: number): number {
	return Math.max(0, values[slot] as number);
}

function microseconds(slot: number): number {
	const given = values[slot] as number;
	return given < 0 ? -1 : Math.round(given * 1000);
}

function setInfo(row: Row): void {
	// lsndtime and its like are set when the connection is made: before that the ages count from the machine's boot.
	const isDialling = row.state === SYN_SENT;
	row.hasInfo = true;
	row.dataSegsOut = count(SLOTS.data_segs_out);
	row.bytesAcked = count(SLOTS.bytes_acked);
	// Kernels before 4.19 and 4.18 do not count these: data went out, so that a left-out value is no 0.
	const sent = value(SLOTS.bytes_sent);
	row.bytesSent = sent < 0 && row.dataSegsOut === 0 ? 0 : sent;
	const delivered = value(SLOTS.delivered);
	row.delivered = delivered < 0 && row.bytesAcked === 0 ? 0 : delivered;
	row.bytesReceived = count(SLOTS.bytes_received);
	row.lastSendMs = isDialling ? -1 : count(SLOTS.lastsnd);
	row.lastReceiveMs = isDialling ? -1 : count(SLOTS.lastrcv);
	row.lastAckMs = isDialling ? -1 : count(SLOTS.lastack);
	row.rttUs = microseconds(SLOTS.rtt);
	row.rttVarUs = microseconds(RTTVAR);
	row.minRttUs = microseconds(SLOTS.minrtt);
	row.unacked = count(SLOTS.unacked);
	row.retrans = count(SLOTS.retrans);
	row.totalRetrans = count(TOTAL_RETRANS);
	row.segsOut = count(SLOTS.segs_out);
	row.segsIn = count(SLOTS.segs_in);
	row.dataSegsIn = count(SLOTS.data_segs_in);
	row.busyMs = count(SLOTS.busy);
	row.rwndLimitedMs = count(SLOTS.rwnd_limited);
	row.sndbufLimitedMs = count(SLOTS.sndbuf_limited);
	row.deliveryRate = count(SLOTS.delivery_rate);
	row.notSent = count(SLOTS.notsent);
	// Clock ticks, as in /proc; below one it must not become 0, which means that there is none.
	const ato = count(SLOTS.ato);
	row.ato = ato > 0 && ato < 10 ? 1 : Math.floor(ato / 10);
}

/** Reads the line at the cursor up to its end. False: it is no socket's. */
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
	if (value(SLOTS.mss) >= 0 && state !== LISTEN) setInfo(row);
	else {
		if (row.hasInfo || row.backlog >= 0) clearInfo(row);
		row.ato = -1;
	}
	row.backlog = state === LISTEN ? sendQueue : -1;
	row.uid = count(SLOTS.uid);
	row.inode = count(SLOTS.ino);
	row.cwnd = value(SLOTS.cwnd);
	row.rto = value(SLOTS.rto) < 0 ? -1 : Math.floor(value(SLOTS.rto) / 10);
	row.ssthresh = value(SLOTS.ssthresh);
	return true;
}

/** Visits each socket. Lines that are none, and the last one if it has no newline, are counted as torn. */
export function parseSsText(bytes: Uint8Array, length: number, row: Row, visit: Visit): TableCount {
	clearInfo(row);
	row.quick = -1;
	const end = length > 0 ? bytes.lastIndexOf(NEWLINE, length - 1) + 1 : 0;
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
