/**
Which retransmissions are lost segments of a connection that works. tcpi_total_retrans counts everything that was sent
again: SYNs of a dial that was slow to succeed, segments of a flow that nobody acknowledges any more (its peer is gone, a
firewall has forgotten it), and segments that were lost on the way while the flow goes on. Only the last are `loss`.

A retransmission counts once something was acknowledged after it: before that the flow may as well be dead.
*/
import type {Row} from '../parse/row.ts';
import {
	ACKED,
	BYTES_RECEIVED,
	type ConnectionTable,
	CREDITED,
	known,
	RETRANSMITS,
	TX_QUEUE,
} from './connection-table.ts';

/** This many segments, full ones on average, are not requests. */
const TRANSFER_SEGMENTS = 64;
const FULL_BYTES = 1_000;
/** Four times the same segment went unacknowledged: bad luck does not do that. */
const DEAD_RETRANSMITS = 3;

/** Whether something was acknowledged since the reading before, in which the connection was there, too. */
export function hasAcknowledged(table: ConnectionTable, slot: number, row: Row): boolean {
	if (row.hasInfo && row.bytesAcked >= 0) return row.bytesAcked % 2 ** 32 !== table.word(slot, ACKED);
	return row.txQueue === 0 || row.txQueue < table.word(slot, TX_QUEUE);
}

/** Data bytes that were sent more than once, over the connection's life; -1: cannot be told. SYNs hold none. */
function resentBytes(row: Row): number {
	// What is on the way may have been sent once: the queue may have been read at another instant than the counters.
	if (row.bytesSent < 0 || row.bytesAcked < 0 || row.unacked > 0) return -1;
	// bytes_acked counts the SYN, and a FIN once it is acknowledged
	return Math.max(0, row.bytesSent - Math.max(0, row.bytesAcked - 1));
}

export type Flow = {
	/** Its tcp_info of the reading before is known. */
	readonly isKnown: boolean;
	/** It opened since the reading before. */
	readonly isNew: boolean;
	readonly hasAcked: boolean;
};

/** Segments of the row's connection that were lost and came through since the reading before; it notes them as told. */
export function lostSegments(table: ConnectionTable, slot: number, row: Row, {isKnown, isNew, hasAcked}: Flow): number {
	const total = Math.max(0, row.totalRetrans);
	const told = isKnown ? Math.max(0, known(table.word(slot, CREDITED))) : 0;
	// What was sent again without any data sent twice were SYNs.
	if (total === 0 || resentBytes(row) === 0) {
		table.setWord(slot, CREDITED, total);
		return 0;
	}
	if (told === 0 && row.unacked > 0) {
		table.setWord(slot, CREDITED, 0);
		return 0;
	}
	// Before its first answer it may not have been accepted: a full accept queue drops what a client takes for established.
	const wasAnswered = isKnown ? table.double(slot, BYTES_RECEIVED) > 0 : row.bytesReceived > 0;
	// A flow that was silent for this long comes back from an outage.
	const wasDead = isKnown && table.byte(slot, RETRANSMITS) >= DEAD_RETRANSMITS;
	const isAcked = isKnown ? hasAcked : row.bytesAcked !== 0 && row.bytesAcked !== 1;
	if (!isAcked && !wasDead) {
		table.setWord(slot, CREDITED, told);
		return 0;
	}
	table.setWord(slot, CREDITED, total);
	if (wasDead || !wasAnswered) return 0;
	if (isKnown) return Math.max(0, total - told);
	// Of a new one, the SYNs cannot be told from the data: no more than the data segments that were sent.
	return isNew ? Math.min(total, Math.max(0, row.dataSegsOut - 1)) : 0;
}

/** Whether the connection carries transfers: they fill the path, and lose segments where they find its limit. */
export function isTransfer(row: Row): boolean {
	return row.dataSegsOut >= TRANSFER_SEGMENTS && row.bytesSent >= row.dataSegsOut * FULL_BYTES;
}
