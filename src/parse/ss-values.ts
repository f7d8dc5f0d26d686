/** What one line of ss says, by key, and what that means for a Row. */
import {clearInfo, type Row} from './row.ts';
import {LISTEN, SYN_SENT} from './tcp-state.ts';

/** The keys that are read; the number after a `/` goes into the slot after its own. */
export const SLOTS = {
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

/** What the line at hand says, by slot; -1: not there. */
export const values = new Float64Array(29);

/** A whole number, as all are but the times. */
function value(slot: number): number {
	return Math.floor(values[slot] as number);
}

/** In a line with tcp_info what is left out is 0. */
function count(slot: number): number {
	return Math.max(0, value(slot));
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

/** Fills the columns of a row whose state, addresses and timer are read from `values`. */
export function setColumns(row: Row, sendQueue: number): void {
	if (value(SLOTS.mss) >= 0 && row.state !== LISTEN) setInfo(row);
	else {
		if (row.hasInfo || row.backlog >= 0) clearInfo(row);
		row.ato = -1;
	}
	row.backlog = row.state === LISTEN ? sendQueue : -1;
	row.uid = count(SLOTS.uid);
	row.inode = count(SLOTS.ino);
	row.cwnd = value(SLOTS.cwnd);
	const rto = value(SLOTS.rto);
	// ss leaves out one of exactly 3 s, which was once the initial one.
	row.rto = rto < 0 ? (row.hasInfo ? 300 : -1) : Math.floor(rto / 10);
	row.ssthresh = value(SLOTS.ssthresh);
}
