/**
One socket, as any source tells it. A reader fills one Row again and again and hands it to a visitor: copy what must
outlive the visit. A number that the source cannot know is -1.

Addresses are four 32-bit words in network order. An IPv4 address, from `tcp` or mapped in `tcp6`, is always
`[0, 0, 0xffff, a.b.c.d]`, so one remote has one form in either table; the unspecified `[::]` is four zeros.
*/
export type Row = {
	/** 4: of `tcp` (AF_INET); 6: of `tcp6` (AF_INET6). */
	table: 4 | 6;
	readonly local: Uint32Array;
	localPort: number;
	readonly remote: Uint32Array;
	remotePort: number;
	/** See tcp-state.ts. */
	state: number;
	txQueue: number;
	/** Bytes; in a LISTEN row the length of the accept queue in connections. */
	rxQueue: number;
	/** 0 none, 1 retransmit, 2 keepalive (or another of the socket's own timers), 3 TIME_WAIT, 4 zero-window probe. */
	timer: number;
	/** Unanswered retransmissions of the oldest unacknowledged segment (icsk_retransmits). */
	retransmits: number;
	uid: number;
	/** Unanswered keep-alive (timer 2) or zero-window (timer 4) probes: the column headed `timeout` (icsk_probes_out). */
	probes: number;
	/** 0 when no process owns the socket any more. */
	inode: number;
	/** Delayed-ACK estimate in jiffies; 0: not one byte was ever received on this connection. */
	ato: number;
	/** `quick << 1 | pingpong`. */
	quick: number;
	/** Congestion window, segments. */
	cwnd: number;
	/** Retransmission timeout, jiffies. */
	rto: number;
	/** Slow-start threshold; -1 is also the kernel's "none yet". */
	ssthresh: number;
	/** Whether the fields below hold this socket's tcp_info (include/uapi/linux/tcp.h). */
	hasInfo: boolean;
	bytesSent: number;
	bytesAcked: number;
	bytesReceived: number;
	/** Ages in ms at the time of the reading. */
	lastSendMs: number;
	lastReceiveMs: number;
	lastAckMs: number;
	rttUs: number;
	rttVarUs: number;
	minRttUs: number;
	unacked: number;
	/** tcpi_retrans: retransmitted segments in flight now; tcpi_total_retrans: over the connection's life. */
	retrans: number;
	totalRetrans: number;
	segsOut: number;
	segsIn: number;
	dataSegsOut: number;
	dataSegsIn: number;
	delivered: number;
	busyMs: number;
	rwndLimitedMs: number;
	sndbufLimitedMs: number;
	/** Bits/s of tcpi_delivery_rate, bytes/s in the kernel. */
	deliveryRate: number;
	/** Bytes not yet sent of txQueue. */
	notSent: number;
	/** LISTEN: the limit of the accept queue (tcpi_sacked); -1 elsewhere. */
	backlog: number;
	/** cgroup v2 id; -1 unknown. Above 2^53 it is not exact: compare only. */
	cgroup: number;
};

/** Called once per row; must copy what it keeps. */
export type Visit = (row: Row) => void;

/** What a pass over a table found. */
export type TableCount = {
	/** Whole rows that were visited. */
	rows: number;
	/** Lines that were not rows: cut off, or not hexadecimal where it must be. */
	torn: number;
	/** Why the source failed before the table's end, one clause: the rows visited are a part. Else null or left out. */
	problem?: string | null;
	/** Where reading and visiting take turns: ms of the pass that went into reading. */
	readMs?: number;
};

export function newRow(): Row {
	return {
		table: 4,
		local: new Uint32Array(4),
		localPort: 0,
		remote: new Uint32Array(4),
		remotePort: 0,
		state: 0,
		txQueue: 0,
		rxQueue: 0,
		timer: 0,
		retransmits: 0,
		uid: -1,
		probes: 0,
		inode: 0,
		ato: -1,
		quick: -1,
		cwnd: -1,
		rto: -1,
		ssthresh: -1,
		hasInfo: false,
		bytesSent: -1,
		bytesAcked: -1,
		bytesReceived: -1,
		lastSendMs: -1,
		lastReceiveMs: -1,
		lastAckMs: -1,
		rttUs: -1,
		rttVarUs: -1,
		minRttUs: -1,
		unacked: -1,
		retrans: -1,
		totalRetrans: -1,
		segsOut: -1,
		segsIn: -1,
		dataSegsOut: -1,
		dataSegsIn: -1,
		delivered: -1,
		busyMs: -1,
		rwndLimitedMs: -1,
		sndbufLimitedMs: -1,
		deliveryRate: -1,
		notSent: -1,
		backlog: -1,
		cgroup: -1,
	};
}

/** Forgets the tcp_info of the row before, where a source may or may not have it. */
export function clearInfo(row: Row): void {
	row.hasInfo = false;
	row.bytesSent = -1;
	row.bytesAcked = -1;
	row.bytesReceived = -1;
	row.lastSendMs = -1;
	row.lastReceiveMs = -1;
	row.lastAckMs = -1;
	row.rttUs = -1;
	row.rttVarUs = -1;
	row.minRttUs = -1;
	row.unacked = -1;
	row.retrans = -1;
	row.totalRetrans = -1;
	row.segsOut = -1;
	row.segsIn = -1;
	row.dataSegsOut = -1;
	row.dataSegsIn = -1;
	row.delivered = -1;
	row.busyMs = -1;
	row.rwndLimitedMs = -1;
	row.sndbufLimitedMs = -1;
	row.deliveryRate = -1;
	row.notSent = -1;
	row.backlog = -1;
	row.cgroup = -1;
}
