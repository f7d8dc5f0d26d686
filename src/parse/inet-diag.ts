/**
Answers of NETLINK_SOCK_DIAG (include/uapi/linux/inet_diag.h, net/ipv4/inet_diag.c: inet_sk_diag_fill()): netlink
messages, each `struct inet_diag_msg` (72 bytes) and attributes, of which INET_DIAG_INFO is `struct tcp_info`
(tcp-info.ts). Numbers are in host byte order, addresses and ports in network order.

What differs from /proc/net/tcp: quick | pingpong is not there. A SYN_RECV row has uid 0 (there the listener's) and as
retransmits those that were sent (there those that were due). A listener's rto, ato and cwnd: only cwnd.
*/
import {clearInfo, type Row, type TableCount, type Visit} from './row.ts';
import {long, setInfo} from './tcp-info.ts';
import {LISTEN, NEW_SYN_RECV, SYN_RECV} from './tcp-state.ts';

const isLittleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** Netlink messages, four-byte aligned, seen as bytes and as words in host order. */
export type Messages = {readonly bytes: Uint8Array; readonly words: Uint32Array};

export function messagesOf(buffer: ArrayBuffer): Messages {
	return {bytes: new Uint8Array(buffer), words: new Uint32Array(buffer)};
}

// include/uapi/linux/netlink.h, sock_diag.h
const HEADER_BYTES = 16;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const TCPDIAG_GETSOCK = 18;
const SOCK_DIAG_BY_FAMILY = 20;
const NLM_F_REQUEST = 1;
const NLM_F_DUMP = 0x300;
const NLM_F_DUMP_INTR = 0x10;

// struct inet_diag_msg, in words; the message's own header comes before.
const MESSAGE_BYTES = 72;
const INET_DIAG_INFO = 2;
const INET_DIAG_CGROUP_ID = 21;
const IPPROTO_TCP = 6;
const ALL_STATES = 0xfff;
const INET_DIAG_REQ_BYTECODE = 1;
// struct inet_diag_bc_op: what to compare, and how many bytes on it goes if so, and if not
const BYTECODE_SOURCE_PORT_AT_LEAST = 2;
const BYTECODE_SOURCE_PORT_AT_MOST = 3;
const BYTECODE_BYTES = 16;

/** Which sockets a dump is to show. `both` is answered in one walk through the kernel's tables. */
export type DumpOf = 4 | 6 | 'both';

/** Of which sockets; by default all of them, with tcp_info. */
export type DumpFilter = {
	/** Bits by the number of the state. */
	readonly states?: number;
	/** Sockets of this local port only. */
	readonly localPort?: number;
	readonly hasInfo?: boolean;
};

export type DiagRequest = {readonly bytes: Uint8Array; setSequence(sequence: number): void};

/**
A request for every TCP socket; `setSequence` makes it the next one. A family is asked for as SOCK_DIAG_BY_FAMILY (struct
inet_diag_req_v2). Both at once takes TCPDIAG_GETSOCK (struct inet_diag_req), the first form of sock_diag, which every
kernel still answers, for AF_UNSPEC whatever the request says (inet_diag_dump_compat()).
*/
export function dumpRequest(
	of: DumpOf,
	{states = ALL_STATES, localPort, hasInfo = true}: DumpFilter = {},
): DiagRequest {
	const isBoth = of === 'both';
	const length = HEADER_BYTES + (isBoth ? 60 : 56);
	const bytes = new Uint8Array(length + (localPort === undefined ? 0 : 4 + BYTECODE_BYTES));
	const view = new DataView(bytes.buffer);
	view.setUint32(0, bytes.length, isLittleEndian);
	view.setUint16(4, isBoth ? TCPDIAG_GETSOCK : SOCK_DIAG_BY_FAMILY, isLittleEndian);
	view.setUint16(6, NLM_F_REQUEST | NLM_F_DUMP, isLittleEndian);
	const extensions = hasInfo ? 1 << (INET_DIAG_INFO - 1) : 0;
	if (isBoth) {
		// family, lengths of two prefixes, extensions, socket id, states, bytecode
		bytes[19] = extensions;
		view.setUint32(68, states, isLittleEndian);
	} else {
		// family (AF_INET, AF_INET6), protocol, extensions, padding, states, socket id
		bytes[16] = of === 4 ? 2 : 10;
		bytes[17] = IPPROTO_TCP;
		bytes[18] = extensions;
		view.setUint32(20, states, isLittleEndian);
	}
	if (localPort !== undefined) writePortFilter(view, length, localPort);
	return {bytes, setSequence: (sequence) => view.setUint32(8, sequence, isLittleEndian)};
}

/** At least the port and at most the port (inet_diag_bc_run()); whoever jumps beyond the end is left out. */
function writePortFilter(view: DataView, at: number, port: number): void {
	view.setUint16(at, 4 + BYTECODE_BYTES, isLittleEndian);
	view.setUint16(at + 2, INET_DIAG_REQ_BYTECODE, isLittleEndian);
	for (const [place, code] of [BYTECODE_SOURCE_PORT_AT_LEAST, BYTECODE_SOURCE_PORT_AT_MOST].entries()) {
		const operation = at + 4 + place * 8;
		view.setUint8(operation, code);
		view.setUint8(operation + 1, 8);
		view.setUint16(operation + 2, BYTECODE_BYTES - place * 8 + 4, isLittleEndian);
		view.setUint16(operation + 6, port, isLittleEndian);
	}
}

/** Both ends of one connection, addresses as in Row. */
export type Ends = Pick<Row, 'local' | 'localPort' | 'remote' | 'remotePort'>;

/**
A request for the one socket of these ends (inet_diag_find_one_icsk()). Where there is none the kernel answers with what
would receive its segments, a listener, or with ENOENT.
*/
export function socketRequest({local, localPort, remote, remotePort}: Ends): DiagRequest {
	const bytes = new Uint8Array(HEADER_BYTES + 56);
	const view = new DataView(bytes.buffer);
	const isIPv4 = local[0] === 0 && local[1] === 0 && local[2] === 0xffff;
	view.setUint32(0, bytes.length, isLittleEndian);
	view.setUint16(4, SOCK_DIAG_BY_FAMILY, isLittleEndian);
	view.setUint16(6, NLM_F_REQUEST, isLittleEndian);
	bytes[16] = isIPv4 ? 2 : 10;
	bytes[17] = IPPROTO_TCP;
	view.setUint32(20, ALL_STATES, isLittleEndian);
	view.setUint16(24, localPort);
	view.setUint16(26, remotePort);
	for (let word = 0; word < (isIPv4 ? 1 : 4); word++) {
		view.setUint32(28 + 4 * word, local[isIPv4 ? 3 : word] ?? 0);
		view.setUint32(44 + 4 * word, remote[isIPv4 ? 3 : word] ?? 0);
	}
	// any interface; INET_DIAG_NOCOOKIE twice
	view.setUint32(64, 0xffffffff);
	view.setUint32(68, 0xffffffff);
	return {bytes, setSequence: (sequence) => view.setUint32(8, sequence, isLittleEndian)};
}

/** The state of a dump after the messages received so far. */
export type DumpState = {
	isDone: boolean;
	/** Positive errno that the kernel answered with; 0: none. */
	errorNumber: number;
	/** NLM_F_DUMP_INTR: the tables changed in a way that made the dump inconsistent. */
	isInterrupted: boolean;
};

/** The first or the second half of a word in host order. */
export function wordHalf(words: Uint32Array, at: number, isSecond: boolean): number {
	const word = words[at >>> 2] as number;
	return isSecond === isLittleEndian ? word >>> 16 : word & 0xffff;
}

/** Looks through received messages for the end of the dump `sequence`, and for an error. */
export function followDump({words}: Messages, from: number, to: number, sequence: number, state: DumpState): void {
	for (let at = from; at + HEADER_BYTES <= to; ) {
		const length = words[at >>> 2] as number;
		// longer than what came, or than any can be: `at` would go back to where it was
		if (length < HEADER_BYTES || at + length > to) return;
		if (words[(at + 8) >>> 2] === sequence) {
			const type = wordHalf(words, at + 4, false);
			if ((wordHalf(words, at + 4, true) & NLM_F_DUMP_INTR) !== 0) state.isInterrupted = true;
			if (type === NLMSG_DONE || type === NLMSG_ERROR) {
				state.isDone = true;
				// Both carry a negative errno or 0.
				const carried = length >= HEADER_BYTES + 4 ? (words[(at + HEADER_BYTES) >>> 2] as number) | 0 : 0;
				state.errorNumber = Math.abs(carried);
			}
		}
		at += (length + 3) & ~3;
	}
}

/** Visits each socket in `messages` up to `length`, of the dump `sequence`. Messages that do not fit are torn. */
export function readSockets(
	messages: Messages,
	from: number,
	to: number,
	sequence: number,
	row: Row,
	visit: Visit,
): TableCount {
	const {words} = messages;
	clearInfo(row);
	row.quick = -1;
	let rows = 0;
	let torn = 0;
	for (let at = from; at < to; ) {
		const length = at + HEADER_BYTES <= to ? (words[at >>> 2] as number) : 0;
		if (length < HEADER_BYTES || at + length > to) {
			torn++;
			break;
		}
		const type = wordHalf(words, at + 4, false);
		const isSocket = type === TCPDIAG_GETSOCK || type === SOCK_DIAG_BY_FAMILY;
		if (isSocket && words[(at + 8) >>> 2] === sequence) {
			if (length >= HEADER_BYTES + MESSAGE_BYTES && readSocket(messages, at + HEADER_BYTES, at + length, row)) {
				rows++;
				visit(row);
			} else torn++;
		}
		at += (length + 3) & ~3;
	}
	return {rows, torn};
}

/** A word in network order. */
function networkWord(words: Uint32Array, at: number): number {
	const word = words[at >>> 2] as number;
	if (!isLittleEndian) return word;
	return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}

function readAddress(words: Uint32Array, at: number, isIPv6: boolean, address: Uint32Array): void {
	if (isIPv6) {
		for (let i = 0; i < 4; i++) address[i] = networkWord(words, at + 4 * i);
		return;
	}
	address[0] = 0;
	address[1] = 0;
	address[2] = 0xffff;
	address[3] = networkWord(words, at);
}

/** Reads one struct inet_diag_msg and its attributes into `row`. False: it is of no family of ours, or an attribute is broken. */
export function readSocket({bytes, words}: Messages, at: number, end: number, row: Row): boolean {
	const family = bytes[at] as number;
	if (family !== 2 && family !== 10) return false;
	const isIPv6 = family === 10;
	const state = bytes[at + 1] as number;
	row.table = isIPv6 ? 6 : 4;
	row.state = state === NEW_SYN_RECV ? SYN_RECV : state;
	row.timer = bytes[at + 2] as number;
	row.localPort = ((bytes[at + 4] as number) << 8) | (bytes[at + 5] as number);
	row.remotePort = ((bytes[at + 6] as number) << 8) | (bytes[at + 7] as number);
	readAddress(words, at + 8, isIPv6, row.local);
	readAddress(words, at + 24, isIPv6, row.remote);
	row.rxQueue = words[(at + 56) >>> 2] as number;
	const writeQueue = words[(at + 60) >>> 2] as number;
	row.uid = words[(at + 64) >>> 2] as number;
	row.inode = words[(at + 68) >>> 2] as number;
	// tcp_diag_get_info(): of a listener, the limit of its accept queue.
	const isListener = row.state === LISTEN;
	row.txQueue = isListener ? 0 : writeQueue;
	row.cgroup = -1;
	let info = 0;
	let infoLength = 0;
	for (let attribute = at + MESSAGE_BYTES; attribute + 4 <= end; ) {
		const length = wordHalf(words, attribute, false);
		if (length < 4 || attribute + length > end) return false;
		const type = wordHalf(words, attribute, true);
		if (type === INET_DIAG_INFO) {
			info = attribute + 4;
			infoLength = length - 4;
		} else if (type === INET_DIAG_CGROUP_ID && length >= 12) row.cgroup = long(words, attribute + 4);
		attribute += (length + 3) & ~3;
	}
	// idiag_retrans counts retransmits or, with the timers of keep-alive and zero window, probes.
	const count = bytes[at + 3] as number;
	row.retransmits = row.timer === 1 ? count : 0;
	row.probes = row.timer === 2 || row.timer === 4 ? count : 0;
	setInfo(bytes, words, info, infoLength, row);
	row.backlog = isListener ? writeQueue : -1;
	return true;
}
