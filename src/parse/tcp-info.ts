/**
`struct tcp_info` (include/uapi/linux/tcp.h). A kernel's is as long as its kernel made it: fields after its end are
unknown (-1), what a newer one appends is ignored. A listener's has nothing about a connection, TIME_WAIT and SYN_RECV
rows have none.
*/
import {clearInfo, type Row} from './row.ts';
import {LISTEN, SYN_SENT} from './tcp-state.ts';

/** Not imported: V8 folds a constant of the same module only, and this one is asked for each socket. */
const isLittleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

// Offsets in bytes.
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

/** 64 bits in host order; exact below 2^53. */
export function long(words: Uint32Array, at: number): number {
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

/** Fills in what the tcp_info of `length` bytes from `start` on says, where the socket has one (0: none). */
export function setInfo(bytes: Uint8Array, words: Uint32Array, start: number, length: number, row: Row): void {
	info = start;
	infoLength = length;
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
