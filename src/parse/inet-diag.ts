/**
Answers of NETLINK_SOCK_DIAG (include/uapi/linux/inet_diag.h, net/ipv4/inet_diag.c: inet_sk_diag_fill()): netlink
messages, each `struct inet_diag_msg` (72 bytes) and attributes, of which INET_DIAG_INFO is `struct tcp_info`
(include/uapi/linux/tcp.h). Numbers are in host byte order, addresses and ports in network order.

A kernel's tcp_info is as long as that kernel is old: fields behind its end are unknown (-1), what a newer one appends
is ignored. A listener's has nothing about a connection, TIME_WAIT and SYN_RECV rows have none.

What differs from /proc/net/tcp: quick | pingpong is not there. A SYN_RECV row has uid 0 (there the listener's) and as
retransmits those that were sent (there those that were due). A listener's rto, ato and cwnd: only cwnd.
*/
import {clearInfo, type Row, type TableCount, type Visit} from './row.ts';
import {LISTEN, NEW_SYN_RECV, SYN_RECV, SYN_SENT} from './tcp-state.ts';

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

// struct tcp_info, in bytes.
const RETRANSMITS = 2;
const PROBES = 3;
const RTO = 8;
const ATO = 12;
const UNACKED = 24;
const RETRANS = 36;
const LAST_DATA_SENT = 44;
const LAST_DATA_RECV = 52;
const LAST_ACK_RECV = 56;
const RTT = 68;
const RTTVAR = 72;
const SND_SSTHRESH = 76;
const SND_CWND = 80;
const TOTAL_RETRANS = 100;
/** The first tcp_info that inet_diag gave (Linux 2.6). */
const LEAST_INFO = 104;
const BYTES_ACKED = 120;
const BYTES_RECEIVED = 128;
const SEGS_OUT = 136;
const SEGS_IN = 140;
const NOTSENT_BYTES = 144;
const MIN_RTT = 148;
const DATA_SEGS_IN = 152;
const DATA_SEGS_OUT = 156;
const DELIVERY_RATE = 160;
const BUSY_TIME = 168;
const RWND_LIMITED = 176;
const SNDBUF_LIMITED = 184;
const DELIVERED = 192;
const BYTES_SENT = 200;

/** TCP_INFINITE_SSTHRESH (include/net/tcp.h): /proc prints it as -1. */
const NO_SSTHRESH = 0x7fffffff;

/** A request for every TCP socket of one family; `setSequence` makes it the next one. */
export function dumpRequest(table: 4 | 6): {readonly bytes: Uint8Array; setSequence(sequence: number): void} {
	const bytes = new Uint8Array(HEADER_BYTES + 56);
	const view = new DataView(bytes.buffer);
	view.setUint32(0, bytes.length, isLittleEndian);
	view.setUint16(4, SOCK_DIAG_BY_FAMILY, isLittleEndian);
	view.setUint16(6, NLM_F_REQUEST | NLM_F_DUMP, isLittleEndian);
	// struct inet_diag_req_v2: family (AF_INET, AF_INET6), protocol, extensions, padding, states, socket id.
	bytes[16] = table === 4 ? 2 : 10;
	bytes[17] = IPPROTO_TCP;
	bytes[18] = 1 << (INET_DIAG_INFO - 1);
	view.setUint32(20, ALL_STATES, isLittleEndian);
	return {bytes, setSequence: (sequence) => view.setUint32(8, sequence, isLittleEndian)};
}

/** How a dump stands after the messages received so far. */
export type DumpState = {
	isDone: boolean;
	/** Positive errno that the kernel answered with; 0: none. */
	errorNumber: number;
	/** NLM_F_DUMP_INTR: the tables changed in a way that made the dump inconsistent. */
	isInterrupted: boolean;
};

function half(words: Uint32Array, at: number, isSecond: boolean): number {
	const word = words[at >>> 2] as number;
	return isSecond === isLittleEndian ? word >>> 16 : word & 0xffff;
}

/** Looks through received messages for the end of the dump `sequence`, and for an error. */
export function followDump({words}: Messages, from: number, to: number, sequence: number, state: DumpState): void {
	for (let at = from; at + HEADER_BYTES <= to; ) {
		const length = words[at >>> 2] as number;
		if (length < HEADER_BYTES) return;
		if (words[(at + 8) >>> 2] === sequence) {
			const type = half(words, at + 4, false);
			if ((half(words, at + 4, true) & NLM_F_DUMP_INTR) !== 0) state.isInterrupted = true;
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
		if (half(words, at + 4, false) === SOCK_DIAG_BY_FAMILY && words[(at + 8) >>> 2] === sequence) {
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

/** Reads one struct inet_diag_msg and its attributes. False: it is of no family of ours, or an attribute is broken. */
function readSocket({bytes, words}: Messages, at: number, end: number, row: Row): boolean {
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
	info = infoLength = 0;
	for (let attribute = at + MESSAGE_BYTES; attribute + 4 <= end; ) {
		const length = half(words, attribute, false);
		if (length < 4 || attribute + length > end) return false;
		const type = half(words, attribute, true);
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
	setInfo(bytes, words, row);
	row.backlog = isListener ? writeQueue : -1;
	return true;
}

function long(words: Uint32Array, at: number): number {
	const first = words[at >>> 2] as number;
	const second = words[(at + 4) >>> 2] as number;
	return isLittleEndian ? second * 0x1_0000_0000 + first : first * 0x1_0000_0000 + second;
}

/** Clock ticks of 10 ms, as in /proc, from µs; below one it must not become 0, which means that there is none. */
function ticks(microseconds: number): number {
	return microseconds > 0 && microseconds < 10_000 ? 1 : Math.floor(microseconds / 10_000);
}

/** Where the tcp_info at hand begins, in bytes, and how long it is: no closure per socket. */
let info = 0;
let infoLength = 0;

function word(words: Uint32Array, offset: number): number {
	return offset + 4 <= infoLength ? (words[(info + offset) >>> 2] as number) : -1;
}

function double(words: Uint32Array, offset: number): number {
	return offset + 8 <= infoLength ? long(words, info + offset) : -1;
}

/** Most sockets were never limited: no division for them. */
function wholeMs(microseconds: number): number {
	return microseconds === 0 ? 0 : Math.floor(microseconds / 1000);
}

function milliseconds(words: Uint32Array, offset: number): number {
	return offset + 8 <= infoLength ? wholeMs(long(words, info + offset)) : -1;
}

/** Fills in what tcp_info says, where the socket has one. */
function setInfo(bytes: Uint8Array, words: Uint32Array, row: Row): void {
	if (infoLength < LEAST_INFO || row.state === LISTEN) {
		const cgroup = row.cgroup;
		if (row.hasInfo) clearInfo(row);
		row.cgroup = cgroup;
		row.rto = row.ato = row.ssthresh = -1;
		row.cwnd = word(words, SND_CWND);
		return;
	}
	row.hasInfo = true;
	// All of what follows is within LEAST_INFO.
	const at = info >>> 2;
	row.retransmits = bytes[info + RETRANSMITS] as number;
	row.probes = bytes[info + PROBES] as number;
	row.rto = Math.floor((words[at + (RTO >>> 2)] as number) / 10_000);
	row.ato = ticks(words[at + (ATO >>> 2)] as number);
	row.cwnd = words[at + (SND_CWND >>> 2)] as number;
	const ssthresh = words[at + (SND_SSTHRESH >>> 2)] as number;
	row.ssthresh = ssthresh >= NO_SSTHRESH ? -1 : ssthresh;
	row.unacked = words[at + (UNACKED >>> 2)] as number;
	row.retrans = words[at + (RETRANS >>> 2)] as number;
	row.totalRetrans = words[at + (TOTAL_RETRANS >>> 2)] as number;
	// lsndtime and its like are set when the connection is made: before that the ages count from the machine's boot.
	const isDialling = row.state === SYN_SENT;
	row.lastSendMs = isDialling ? -1 : (words[at + (LAST_DATA_SENT >>> 2)] as number);
	row.lastReceiveMs = isDialling ? -1 : (words[at + (LAST_DATA_RECV >>> 2)] as number);
	row.lastAckMs = isDialling ? -1 : (words[at + (LAST_ACK_RECV >>> 2)] as number);
	// 0: no sample yet, the variance is the initial guess.
	const rtt = words[at + (RTT >>> 2)] as number;
	row.rttUs = rtt === 0 ? -1 : rtt;
	row.rttVarUs = rtt === 0 ? -1 : (words[at + (RTTVAR >>> 2)] as number);
	setLaterInfo(words, row);
}

/** What kernels have added: bytes and segments (4.1–4.6), rate and times (4.9, 4.10), delivered, sent (4.18, 4.19). */
function setLaterInfo(words: Uint32Array, row: Row): void {
	if (infoLength < BYTES_SENT + 8) {
		setEarlierInfo(words, row);
		return;
	}
	const at = info >>> 2;
	row.bytesAcked = long(words, info + BYTES_ACKED);
	row.bytesReceived = long(words, info + BYTES_RECEIVED);
	row.segsOut = words[at + (SEGS_OUT >>> 2)] as number;
	row.segsIn = words[at + (SEGS_IN >>> 2)] as number;
	row.notSent = words[at + (NOTSENT_BYTES >>> 2)] as number;
	const minRtt = words[at + (MIN_RTT >>> 2)] as number;
	row.minRttUs = minRtt === 0xffffffff ? -1 : minRtt;
	row.dataSegsIn = words[at + (DATA_SEGS_IN >>> 2)] as number;
	row.dataSegsOut = words[at + (DATA_SEGS_OUT >>> 2)] as number;
	row.deliveryRate = 8 * long(words, info + DELIVERY_RATE);
	row.busyMs = wholeMs(long(words, info + BUSY_TIME));
	row.rwndLimitedMs = wholeMs(long(words, info + RWND_LIMITED));
	row.sndbufLimitedMs = wholeMs(long(words, info + SNDBUF_LIMITED));
	row.delivered = words[at + (DELIVERED >>> 2)] as number;
	row.bytesSent = long(words, info + BYTES_SENT);
}

/** The same from a kernel before 4.19: what it does not have is unknown. */
function setEarlierInfo(words: Uint32Array, row: Row): void {
	row.bytesAcked = double(words, BYTES_ACKED);
	row.bytesReceived = double(words, BYTES_RECEIVED);
	row.segsOut = word(words, SEGS_OUT);
	row.segsIn = word(words, SEGS_IN);
	row.notSent = word(words, NOTSENT_BYTES);
	const minRtt = word(words, MIN_RTT);
	row.minRttUs = minRtt === 0xffffffff ? -1 : minRtt;
	row.dataSegsIn = word(words, DATA_SEGS_IN);
	row.dataSegsOut = word(words, DATA_SEGS_OUT);
	const rate = double(words, DELIVERY_RATE);
	row.deliveryRate = rate < 0 ? -1 : rate * 8;
	row.busyMs = milliseconds(words, BUSY_TIME);
	row.rwndLimitedMs = milliseconds(words, RWND_LIMITED);
	row.sndbufLimitedMs = milliseconds(words, SNDBUF_LIMITED);
	row.delivered = word(words, DELIVERED);
	row.bytesSent = double(words, BYTES_SENT);
}
