/**
The kernel's notice of a TCP socket that ended: a NETLINK_SOCK_DIAG socket bound to the groups of destroyed sockets receives
one message for each (net/core/sock_diag.c: sock_diag_broadcast_destroy(), since Linux 4.2), `struct inet_diag_msg` with
the protocol and tcp_info, as of its last moment. State is CLOSE, inode and uid are 0. A socket that goes into TIME_WAIT
sends its message then, and none when TIME_WAIT ends.

How it ended is in the counts. A FIN counts as one byte on either side, and so does the SYN:

	bytes_acked     the SYN, the data, our FIN, as far as they were acknowledged; 0: nobody ever answered the SYN
	bytes_received  the data and the other end's FIN
	segs_in         an RST counts
*/
import {type Messages, readSocket, wordHalf} from './inet-diag.ts';
import {newRow, type Row, type TableCount} from './row.ts';

const HEADER_BYTES = 16;
const MESSAGE_BYTES = 72;
const SOCK_DIAG_BY_FAMILY = 20;
const INET_DIAG_PROTOCOL = 10;
const IPPROTO_TCP = 6;

/**
A connection that ended: its Row as of its last moment, in which `lastSendMs` and `lastReceiveMs` are ages at the end, and
how long before the reading it was at most: between two looks of the source for such notices it is not known when.
*/
export type Ending = Row & {agoMs: number};
/** Called once per ending; must copy what it keeps. */
export type VisitEnding = (ending: Ending) => void;

/** The numbers that an ending is made of; the rest of its row is unknown. The order is the capture format's. */
export const ENDING_NUMBERS = [
	'agoMs',
	'rxQueue',
	'txQueue',
	'retransmits',
	'probes',
	'bytesSent',
	'bytesAcked',
	'bytesReceived',
	'segsOut',
	'segsIn',
	'dataSegsOut',
	'dataSegsIn',
	'totalRetrans',
	'lastSendMs',
	'lastReceiveMs',
] as const satisfies readonly (keyof Ending)[];

/** One of which nothing is known yet. */
export function newEnding(): Ending {
	return {...newRow(), agoMs: 0, state: 7, hasInfo: true, retransmits: -1, probes: -1, txQueue: -1, rxQueue: -1};
}

/** Visits each ending in the received messages of [from, to). Messages of another kind are passed over. */
export function readEndings(messages: Messages, from: number, to: number, row: Ending, visit: VisitEnding): TableCount {
	const {words} = messages;
	let rows = 0;
	let torn = 0;
	for (let at = from; at < to; ) {
		const length = at + HEADER_BYTES <= to ? (words[at >>> 2] as number) : 0;
		if (length < HEADER_BYTES || at + length > to) {
			torn++;
			break;
		}
		// The kernel's own: neither asked for (sequence) nor from another process (port).
		const isNotice = wordHalf(words, at + 4, false) === SOCK_DIAG_BY_FAMILY && isUnasked(words, at);
		if (isNotice) {
			const end = at + length;
			if (length < HEADER_BYTES + MESSAGE_BYTES || !readSocket(messages, at + HEADER_BYTES, end, row)) torn++;
			else if (isTcp(messages, at + HEADER_BYTES + MESSAGE_BYTES, end)) {
				forgetNever(row);
				rows++;
				visit(row);
			}
		}
		at += (length + 3) & ~3;
	}
	return {rows, torn};
}

function isUnasked(words: Uint32Array, at: number): boolean {
	return words[(at + 8) >>> 2] === 0 && words[(at + 12) >>> 2] === 0;
}

/** Attributes were checked by readSocket. */
function isTcp({bytes, words}: Messages, from: number, end: number): boolean {
	for (let at = from; at + 4 <= end; ) {
		if (wordHalf(words, at, true) === INET_DIAG_PROTOCOL) return bytes[at + 4] === IPPROTO_TCP;
		at += (wordHalf(words, at, false) + 3) & ~3;
	}
	return true;
}

/** Ages of what never happened count from the machine's boot, shifted: any number at all. */
function forgetNever(row: Row): void {
	if (hasSent(row) === false) row.lastSendMs = -1;
	if (!hasReceivedData(row)) row.lastReceiveMs = -1;
}

/** Of one that was read as text, where a value of 0 is left out. */
export function setEndingOfText(ending: Ending, agoMs: number): void {
	ending.agoMs = agoMs;
	forgetNever(ending);
}

/** Whether a byte of data was sent; null: an old kernel does not say. */
function hasSent(row: Row): boolean | null {
	if (row.bytesSent >= 0) return row.bytesSent > 0;
	return row.dataSegsOut >= 0 ? row.dataSegsOut > 0 : null;
}

function hasReceivedData(row: Row): boolean {
	return row.dataSegsIn >= 0 ? row.dataSegsIn > 0 : row.bytesReceived > 1;
}

/** How a connection ended. */
export const ENDED = {
	/** Bytes of an answer came, and it was closed, whoever closed first. */
	answered: 0,
	/** The other end accepted it, took a request, and closed without one byte of an answer. */
	unanswered: 1,
	/** The dial was answered with RST. */
	refused: 2,
	/** The dial, or later what was sent, was never answered. */
	timedOut: 3,
	/** Reset by the other end before an answer, or … */
	resetBefore: 4,
	/** … after one. */
	resetAfter: 5,
	/** Our end closed before a byte of an answer came. */
	givenUp: 6,
	/** Closed without a request. */
	unused: 7,
	/** Our end reset it. */
	aborted: 8,
	unknown: 9,
} as const;

export type EndedKind = keyof typeof ENDED;

/** The other end was asked, and there was no answer: refused, closed or reset instead. */
export function hasFailed(kind: number): boolean {
	return kind === ENDED.refused || kind === ENDED.unanswered || kind === ENDED.resetBefore;
}

/** Not of a connection: a listener, or a socket that was never connected. */
export function isNoConnection(row: Row): boolean {
	return row.remotePort === 0 && row.txQueue === 0;
}

/** tcp_disconnect() and LINGER 0 leave no remote address: an end of ours that reset, of whichever connection. */
export function isAnonymous(row: Row): boolean {
	return row.remotePort === 0 && row.txQueue !== 0;
}

/** Unanswered probes, or retransmissions, after which it was the kernel that gave up and not the other end that reset. */
const GIVEN_UP_AFTER = 3;

/** How a connection of ours ended: one of ENDED. */
export function endedHow(row: Row): number {
	if (isAnonymous(row)) return ENDED.aborted;
	if (row.bytesAcked < 0 || row.bytesReceived < 0) return ENDED.unknown;
	if (row.bytesAcked === 0) return dialEnded(row);
	const sent = hasSent(row);
	if (sent === null) return row.bytesReceived > 1 ? ENDED.answered : ENDED.unknown;
	// without a count of the bytes sent, one cannot tell a FIN from the last byte
	const hasOurFin = row.bytesSent < 0 || row.bytesAcked > row.bytesSent + 1;
	// closing with data unread sends an RST
	if (row.rxQueue > 1 && !hasOurFin) return ENDED.aborted;
	if (!hasOurFin && Math.max(row.retransmits, row.probes) >= GIVEN_UP_AFTER) return ENDED.timedOut;
	if (hasReceivedData(row)) return hasOurFin ? ENDED.answered : ENDED.resetAfter;
	const hasTheirFin = row.bytesReceived > 0;
	if (!sent) return hasOurFin || hasTheirFin ? ENDED.unused : ENDED.resetBefore;
	if (!hasOurFin) return ENDED.resetBefore;
	// a FIN that was read came before we closed
	return hasTheirFin && row.rxQueue === 0 ? ENDED.unanswered : ENDED.givenUp;
}

/** Of one whose SYN nobody acknowledged. */
function dialEnded(row: Row): number {
	if (row.bytesReceived > 0 || row.dataSegsIn > 0) return ENDED.unknown;
	if (row.segsIn > 0) return ENDED.refused;
	return row.totalRetrans > 0 ? ENDED.timedOut : ENDED.unknown;
}

/** Whether our end closed before it had read the other end's FIN, if one came. Where it did first, TIME_WAIT remains. */
export function hasUnreadFin(row: Row): boolean {
	return row.rxQueue > 0 || row.bytesReceived === 0;
}
