/**
Requests and answers as tcp_info shows them. On a connection that carries one request at a time, the last byte sent is
the end of a request and the last byte received the end of its answer, so with ages in ms (tcpi_last_data_sent,
tcpi_last_data_recv; 4 ms steps at HZ=250):

	sent after received: a request waits for its answer, since last_data_sent ago
	received after sent: the last exchange took last_data_sent − last_data_recv

The first answer on a new connection may be none: a TLS server sends its session tickets a round trip after the request
went out. Bytes that came so soon are not counted, and those that follow without another request are the answer. No
handshake pauses after a single segment, so a connection that does, and its backend, speak plain text (restsInPlainText):
there the first bytes are an answer, however soon they came.

Where a connection shows that it is not like that (it is sent to again while nothing came back, or it goes on receiving
without having been asked: uploads, upgrades, event streams), it is `streaming` until it behaves for a while. Where it
carries many requests at a time (HTTP/2, gRPC), neither age belongs to any one of them: it is `multiplexed` for good. What
it does gives it away. A request that Traefik forwards in HTTP/1.1 takes some 200 bytes of headers at least, and a segment;
in HTTP/2 most headers are one byte each, as they were sent before. And while an answer is due, nothing more is sent on an
HTTP/1.1 connection but the rest of the request.
*/
import type {Row} from '../parse/row.ts';
import {
	BYTES_RECEIVED,
	BYTES_SENT,
	CONDUCT,
	type ConnectionTable,
	DATA_SEGS_OUT,
	known,
	SEND_AT,
	TOTAL_RETRANS,
} from './connection-table.ts';

/** Readings in a row for which a connection must behave before it counts again. */
const PROBATION = 3;

/** A request that waits for this long waits long. */
export const LONG_WAIT_MS = 2_000;

/** A request is out; `waitMs` says since when. */
export const EXCHANGE_WAITING = 1;
/** An exchange ended since the reading before; `tookMs` says what it took. */
export const EXCHANGE_COMPLETED = 2;
/** Nothing new: idle after an exchange that was counted. */
export const EXCHANGE_IDLE = 3;
/** Never a byte sent. */
export const EXCHANGE_SPARE = 4;
/** Not request and answer. */
export const EXCHANGE_STREAMING = 5;

export type Exchange = {
	kind: number;
	waitMs: number;
	tookMs: number;
	/** It carries many requests at a time. */
	isMultiplexed: boolean;
	/** Bytes came since the reading before. */
	hasProgressed: boolean;
	/** All that was received is a TLS server's greeting: no answer yet. */
	isGreeted: boolean;
	/** ms that the request waiting in the reading before had waited then; -1: none waited. */
	waitedBeforeMs: number;
};

/**
Judges one ESTABLISHED row with tcp_info against what the table remembers of it, and remembers it. `isKnown`: the slot
held this connection's tcp_info in the reading before, `sinceMs` ago; `isNew`: the connection opened since then, on a
backend that may greet.
*/
export function judgeExchange(
	table: ConnectionTable,
	slot: number,
	row: Row,
	clockMs: number,
	isKnown: boolean,
	isNew: boolean,
	sinceMs: number,
	out: Exchange,
): void {
	const {doubles, bytes} = table;
	const at = table.doublesOf(slot);
	const conduct = isKnown ? (bytes[table.bytesOf(slot) + CONDUCT] as number) : 0;
	const sentBefore = isKnown ? (doubles[at + BYTES_SENT] as number) : 0;
	const receivedBefore = isKnown ? (doubles[at + BYTES_RECEIVED] as number) : 0;
	const hasSent = row.bytesSent > sentBefore;
	const hasReceived = row.bytesReceived > receivedBefore;
	// A retransmission moves last_data_sent and bytes_sent, but asks nothing new.
	const hasRetransmitted = isKnown && row.totalRetrans > known(table.word(slot, TOTAL_RETRANS));
	const wasWaiting = (conduct & WAITING) !== 0;
	const isResent = hasRetransmitted && !hasReceived && wasWaiting;
	const sendAt = isKnown && (!hasSent || isResent) ? (doubles[at + SEND_AT] as number) : clockMs - row.lastSendMs;
	const isWaiting = row.bytesSent > 0 && (row.bytesReceived === 0 || row.lastSendMs < row.lastReceiveMs);
	const wasGreeted = (conduct & GREETED) !== 0;
	const isGreeted = !isKnown && isNew && hasReceived && !isWaiting && mayGreet(row);
	let probation = (conduct >>> 2) & PROBATION;
	const isAskedAgain = hasSent && !hasReceived && wasWaiting && !hasRetransmitted;
	const goesOn = hasReceived && !hasSent && isKnown && !wasWaiting && !wasGreeted && receivedBefore > 0;
	out.isMultiplexed =
		(conduct & MULTIPLEXED) !== 0 ||
		isFrames(row) ||
		(isAskedAgain && probation === PROBATION && isConversation(row, REPEATED_ANSWER_SHARE));
	if (isAskedAgain || goesOn) probation = PROBATION;
	else if (probation > 0 && (hasSent || hasReceived || isWaiting)) probation--;

	out.hasProgressed = hasReceived && !isGreeted && (isKnown || row.lastReceiveMs <= sinceMs);
	out.waitMs = isWaiting ? Math.max(0, clockMs - sendAt) : 0;
	out.tookMs = Math.max(0, row.lastSendMs - row.lastReceiveMs);
	if (row.bytesSent === 0) out.kind = row.bytesReceived > 0 ? EXCHANGE_STREAMING : EXCHANGE_SPARE;
	else if (probation > 0 || out.isMultiplexed) out.kind = EXCHANGE_STREAMING;
	else if (isWaiting) out.kind = EXCHANGE_WAITING;
	else out.kind = out.hasProgressed ? EXCHANGE_COMPLETED : EXCHANGE_IDLE;

	out.waitedBeforeMs = wasWaiting ? Math.max(0, clockMs - sinceMs - (doubles[at + SEND_AT] as number)) : -1;

	doubles[at + BYTES_SENT] = row.bytesSent;
	doubles[at + BYTES_RECEIVED] = row.bytesReceived;
	table.setWord(slot, TOTAL_RETRANS, row.totalRetrans);
	doubles[at + SEND_AT] = sendAt;
	const staysGreeted = isGreeted || (wasGreeted && !hasSent && !hasReceived);
	out.isGreeted = staysGreeted;
	table.setByte(
		slot,
		CONDUCT,
		(out.isMultiplexed ? MULTIPLEXED : 0) | (probation << 2) | (staysGreeted ? GREETED : 0) | (isWaiting ? WAITING : 0),
	);
}

/** No exchange since the last look, or none at all. */
export const NO_EXCHANGE = -2;

/**
How long the last exchange of a connection that ended took, ms; -1: it is not known; NO_EXCHANGE: a look has counted it, or
there was none. `slot` -1: no look ever saw the connection.
*/
export function lastExchange(table: ConnectionTable, slot: number, ending: Row): number {
	const isKnown = slot >= 0 && table.double(slot, BYTES_SENT) >= 0;
	const receivedBefore = isKnown ? table.double(slot, BYTES_RECEIVED) : 0;
	// a FIN counts as a byte
	const received = ending.bytesReceived - 1 - receivedBefore;
	if (ending.lastReceiveMs < 0 || received <= 0) return NO_EXCHANGE;
	const conduct = isKnown ? table.byte(slot, CONDUCT) : 0;
	if (conduct >>> 2 > 0) return -1;
	const tookMs = ending.lastSendMs - ending.lastReceiveMs;
	// sent after the last byte came: a TLS alert, or a request that stays unanswered
	if (ending.lastSendMs < 0 || tookMs < 0) return -1;
	const segmentsBefore = isKnown ? Math.max(0, known(table.word(slot, DATA_SEGS_OUT))) : 0;
	const segments = ending.dataSegsOut < 0 ? -1 : ending.dataSegsOut - segmentsBefore;
	// it went on receiving without having been asked
	if (receivedBefore > 0 && segments === 0 && (conduct & (WAITING | GREETED)) === 0) return -1;
	return isDownload(received, segments, tookMs) ? -1 : tookMs;
}

/** Of an answer this long the time that it took is mostly the time of its bytes, if they came so fast. */
const DOWNLOAD_BYTES = 512 * 1024;
const DOWNLOAD_BYTES_PER_MS = 1_000;

/**
Whether the bytes `received` since the reading before are of a long answer, whose last byte says nothing of how long the
backend took to answer. `segments`: sent in that time, at least one for each request; below 0: unknown.
*/
export function isDownload(received: number, segments: number, tookMs: number): boolean {
	if (segments < 0 || received < DOWNLOAD_BYTES * Math.max(1, segments)) return false;
	return received >= tookMs * DOWNLOAD_BYTES_PER_MS;
}

/** A request that fits into one segment is one; those of an upload are fuller than this on average. */
const REQUEST_BYTES = 1_000;

/** How many requests `segments` data segments with `bytes` were: one where they may be the pieces of one. */
export function requestsIn(segments: number, bytes: number): number {
	return bytes > segments * REQUEST_BYTES ? 1 : Math.max(1, segments);
}

const WAITING = 1;
const GREETED = 2;
const MULTIPLEXED = 16;

/** Sent in segments of fewer bytes on average than any HTTP/1.1 request of Traefik's has. */
const FRAME_BYTES = 128;
const FRAMES = 5;
/** Answers come in a quarter as many segments at least: otherwise it is a stream to the backend. */
const ANSWER_SHARE = 1 / 4;
const REPEATED_ANSWER_SHARE = 1 / 3;

function isFrames(row: Row): boolean {
	if (row.dataSegsOut < FRAMES || row.bytesSent >= row.dataSegsOut * FRAME_BYTES) return false;
	return isConversation(row, ANSWER_SHARE);
}

function isConversation(row: Row, share: number): boolean {
	return row.bytesReceived > 0 && row.dataSegsIn >= row.dataSegsOut * share;
}

/** Resolution of the ages. */
const GREETING_MS = 4;
/** Of min_rtt, so that a smoothed delay of the network fits in. */
const GREETING_RTTS = 2;

/** A handshake takes at least two segments, and its last bytes come a round trip after the request. */
function mayGreet(row: Row): boolean {
	if (row.dataSegsOut === 1) return false;
	const tookMs = row.lastSendMs - row.lastReceiveMs;
	return tookMs <= Math.max(GREETING_MS, (GREETING_RTTS * Math.max(0, row.minRttUs)) / 1_000);
}

/** Far longer than a client takes to go on with a handshake. */
const REST_MS = 200;

/** One segment was sent, it was answered, and nothing followed for a while: in a handshake the client goes on at once. */
export function restsInPlainText(row: Row): boolean {
	return row.dataSegsOut === 1 && row.bytesReceived > 0 && row.lastReceiveMs >= REST_MS && row.lastSendMs >= REST_MS;
}

const FINE_MS = 4;
const FINE_BUCKETS = 16;
/** Where the rounding of the fine buckets ends. */
const COARSE_FROM_MS = FINE_MS * (FINE_BUCKETS - 0.5);
const PER_DOUBLING = 8;
/** Buckets of a response-time histogram: 4 ms wide below 62 ms, then eight to a doubling (±4.4 %) beyond 20 minutes. */
export const RESPONSE_BUCKETS = FINE_BUCKETS + PER_DOUBLING * 15;

export function responseBucket(ms: number): number {
	if (ms < COARSE_FROM_MS) return Math.round(ms / FINE_MS);
	const coarse = Math.floor(PER_DOUBLING * Math.log2(ms / COARSE_FROM_MS));
	return Math.min(RESPONSE_BUCKETS - 1, FINE_BUCKETS + coarse);
}

/** The time that stands for a bucket, ms: its middle (geometric above 62 ms). */
export function responseOf(bucket: number): number {
	if (bucket < FINE_BUCKETS) return bucket * FINE_MS;
	return Math.round(COARSE_FROM_MS * 2 ** ((bucket - FINE_BUCKETS + 0.5) / PER_DOUBLING));
}

/** How long a connection's request had waited when it was last seen, ms at `clockMs`; -1: none did. */
export function waitedMs(table: ConnectionTable, slot: number, clockMs: number): number {
	const isSimple = table.byte(slot, CONDUCT) === WAITING && table.double(slot, BYTES_SENT) > 0;
	return isSimple ? clockMs - table.double(slot, SEND_AT) : -1;
}
