/** What one reading adds up for one backend, row by row; `facts()` closes the reading. */

import {formatEndpoint, isLoopback} from '../parse/address.ts';
import type {Row} from '../parse/row.ts';
import {CLOSE_WAIT, connectionsOf, ESTABLISHED, FIN_WAIT2, newStateCounts, SYN_SENT} from '../parse/tcp-state.ts';
import type {BackendFacts} from '../snapshot.ts';
import {EndedSums} from './ended-sums.ts';
import {LONG_WAIT_MS, responseBucket, responseOf} from './exchange.ts';
import {ExchangeSums} from './exchange-sums.ts';

const INITIAL_WINDOW = 10;
/** More than this in the send queue is a transfer, which loses segments where it finds the path's limit. */
const MOST_UNACKED_BYTES = 64 * 1024;

/** Ages of one row, ms; -1 where there is none. */
export type Ages = {
	inStateMs: number;
	unsentMs: number;
	shutMs: number;
	/** How long ago it was acknowledged anything. */
	ackedMs: number;
	/** A dial whose first SYN turned out to be unanswered since the reading before. */
	hasTimedOut: boolean;
	/** A keep-alive probe has been unanswered for longer than a round trip: since the reading before, or it is not the first. */
	isProbeUnanswered: boolean;
};

/** A dial that was sent again no more often than this is some seconds old at most. */
const YOUNG_DIAL_RETRANSMITS = 2;
/** A send queue longer than this holds a whole segment. */
const WHOLE_SEGMENT_BYTES = 1_000;

export class Endpoint {
	readonly address: string;
	readonly words: Uint32Array;
	readonly port: number;
	readonly index: number;
	/** Its address is one of this namespace: its own end is in the same table. */
	isLocal: boolean;
	/** Not ours alone: another process of the namespace dials it, too. */
	isShared = false;
	/** It was seen to speak without a TLS handshake (exchange.ts). */
	isPlainText = false;
	/** Clock ms of its last row. */
	lastRowMs = 0;
	/** SYN_SENT rows in the reading before, and in the one before that. */
	dialsBefore = 0;
	dialsBeforeThat = 0;
	/** Clock ms after which the newest connection that was used at once was dialled; 0: none was. */
	dialledAfterMs = 0;
	/** Number of the reading that the sums below belong to. */
	reading = 0;

	states = newStateCounts();
	opened = 0;
	openedLive = 0;
	closed = 0;
	survivors = 0;
	synVanished = 0;
	vanished = 0;
	vanishedWaiting = 0;
	/** Pairs of ms and 1: there are few. */
	ends: number[] = [];
	answeredAgoMs = -1;
	answeredNew = 0;
	abandoned = 0;
	oldestAbandonedMs = -1;
	moved = 0;
	closeWaitEmpty = 0;
	closeWaitFinOnly = 0;
	closeWaitData = 0;
	oldestCloseWaitMs = -1;
	oldestSynSentMs = -1;
	finWait2Orphans = 0;
	oldestFinWait2OrphanMs = -1;
	synRetransmitted = 0;
	synRetransmittedYoung = 0;
	dialsTimedOut = 0;
	freshestAckMs = -1;
	stuckWhole = 0;
	youngestStuckMs = -1;
	lossy = 0;
	youngestFinWait2OrphanMs = -1;
	ownCloses = 0;
	connected = 0;
	retransmittingOnce = 0;
	retransmittingTwice = 0;
	keepaliveUnanswered = 0;
	zeroWindow = 0;
	oldestZeroWindowMs = -1;
	unsentSockets = 0;
	oldestUnsentMs = -1;
	neverAnswered = 0;
	oldestNeverAnsweredMs = -1;
	neverAnsweredGrown = 0;
	oldestNeverAnsweredGrownMs = -1;
	usedSockets = 0;
	txQueueBytes = 0;
	rxQueueBytes = 0;

	/** The backend's own end: number of the reading in which it was last seen, and its sums. */
	peerReading = 0;
	peerCloseWait = 0;
	oldestPeerCloseWaitMs = -1;
	peerAcceptQueue: number | null = null;
	peerAcceptLimit: number | null = null;
	/** Of the rows that have a tcp_info. */
	readonly exchanges = new ExchangeSums();
	readonly ended = new EndedSums();

	/** The endpoint that a row of ours dials. */
	constructor(row: Pick<Row, 'remote' | 'remotePort'>, index: number) {
		this.address = formatEndpoint(row.remote, row.remotePort);
		this.words = row.remote.slice();
		this.port = row.remotePort;
		this.index = index;
		this.isLocal = isLoopback(row.remote);
	}

	/** Starts a reading's sums, unless it has. */
	touch(reading: number): void {
		if (this.reading !== reading) this.#begin(reading);
	}

	#begin(reading: number): void {
		const isNext = this.reading === reading - 1;
		this.dialsBeforeThat = isNext ? this.dialsBefore : 0;
		this.dialsBefore = isNext ? (this.states[SYN_SENT] ?? 0) : 0;
		this.reading = reading;
		this.states.fill(0);
		this.opened = this.openedLive = this.closed = this.survivors = this.synVanished = this.moved = 0;
		this.vanished = this.vanishedWaiting = this.abandoned = this.answeredNew = 0;
		this.oldestAbandonedMs = this.answeredAgoMs = -1;
		if (this.ends.length > 0) this.ends = [];
		this.closeWaitEmpty = this.closeWaitFinOnly = this.closeWaitData = 0;
		this.oldestCloseWaitMs = this.oldestSynSentMs = this.oldestFinWait2OrphanMs = -1;
		this.finWait2Orphans = this.synRetransmitted = this.synRetransmittedYoung = 0;
		this.dialsTimedOut = this.stuckWhole = this.lossy = this.ownCloses = this.connected = 0;
		this.freshestAckMs = this.youngestFinWait2OrphanMs = this.youngestStuckMs = -1;
		this.retransmittingOnce = this.retransmittingTwice = this.keepaliveUnanswered = 0;
		this.zeroWindow = this.unsentSockets = this.neverAnswered = this.neverAnsweredGrown = this.usedSockets = 0;
		this.oldestZeroWindowMs = this.oldestUnsentMs = this.oldestNeverAnsweredMs = -1;
		this.oldestNeverAnsweredGrownMs = -1;
		this.txQueueBytes = this.rxQueueBytes = 0;
		this.exchanges.begin();
		this.ended.begin();
	}

	/**
	A row of the backend's own end. It comes before or after ours in the table, so its sums begin on their own. A
	CLOSE_WAIT without an inode is a connection that was never accepted: the accept queue's matter.
	*/
	addPeer(row: Row, ageMs: number, reading: number): void {
		if (this.peerReading !== reading) {
			this.peerReading = reading;
			this.peerCloseWait = 0;
			this.oldestPeerCloseWaitMs = -1;
		}
		this.isLocal = true;
		if (row.state !== CLOSE_WAIT || row.inode === 0) return;
		this.peerCloseWait++;
		this.oldestPeerCloseWaitMs = Math.max(this.oldestPeerCloseWaitMs, ageMs);
	}

	/** The backend's LISTEN row, null: not seen. */
	setAcceptQueue(found: {queue: number; limit: number | null} | null): void {
		this.peerAcceptQueue = found?.queue ?? null;
		this.peerAcceptLimit = found?.limit ?? null;
	}

	add(row: Row, ages: Ages): void {
		const {state} = row;
		this.states[state] = (this.states[state] ?? 0) + 1;
		this.txQueueBytes += row.txQueue;
		this.rxQueueBytes += row.rxQueue;
		if (state === ESTABLISHED) this.#addEstablished(row, ages);
		else if (state === SYN_SENT) {
			if (row.retransmits > 0) {
				this.synRetransmitted++;
				if (row.retransmits <= YOUNG_DIAL_RETRANSMITS) this.synRetransmittedYoung++;
				if (ages.hasTimedOut) this.dialsTimedOut++;
			}
			this.oldestSynSentMs = Math.max(this.oldestSynSentMs, ages.inStateMs);
		} else if (state === CLOSE_WAIT) this.#addCloseWait(row, ages.inStateMs);
		else if (state === FIN_WAIT2) {
			if (row.inode !== 0) return;
			this.finWait2Orphans++;
			this.oldestFinWait2OrphanMs = Math.max(this.oldestFinWait2OrphanMs, ages.inStateMs);
			this.youngestFinWait2OrphanMs = lesser(this.youngestFinWait2OrphanMs, ages.inStateMs);
		}
	}

	#addStuck(row: Row, ages: Ages): void {
		this.retransmittingTwice++;
		if (row.txQueue > WHOLE_SEGMENT_BYTES) this.stuckWhole++;
		this.youngestStuckMs = lesser(this.youngestStuckMs, ages.inStateMs);
	}

	#addCloseWait(row: Row, ageMs: number): void {
		if (row.rxQueue === 0) this.closeWaitEmpty++;
		else if (row.rxQueue === 1) this.closeWaitFinOnly++;
		else this.closeWaitData++;
		this.oldestCloseWaitMs = Math.max(this.oldestCloseWaitMs, ageMs);
	}

	#addEstablished(row: Row, ages: Ages): void {
		this.freshestAckMs = lesser(this.freshestAckMs, ages.ackedMs);
		if (row.timer === 4) {
			this.zeroWindow++;
			this.oldestZeroWindowMs = Math.max(this.oldestZeroWindowMs, ages.shutMs);
		} else if (ages.isProbeUnanswered) this.keepaliveUnanswered++;
		else if (row.timer === 1 && row.retransmits > 0) {
			this.retransmittingOnce++;
			if (row.retransmits > 1) this.#addStuck(row, ages);
			if (row.retransmits <= 2 && row.txQueue <= MOST_UNACKED_BYTES) this.lossy++;
		}
		if (row.txQueue > 0) {
			this.unsentSockets++;
			this.oldestUnsentMs = Math.max(this.oldestUnsentMs, ages.unsentMs);
		}
		if (row.ato !== 0 && row.bytesReceived !== 0) this.usedSockets++;
		else {
			this.neverAnswered++;
			this.oldestNeverAnsweredMs = Math.max(this.oldestNeverAnsweredMs, ages.inStateMs);
			if (row.cwnd > INITIAL_WINDOW) {
				this.neverAnsweredGrown++;
				this.oldestNeverAnsweredGrownMs = Math.max(this.oldestNeverAnsweredGrownMs, ages.inStateMs);
			}
		}
	}

	/** A byte of an answer came this long ago; `isOnNew`: on a connection that came since the reading before. */
	addAnswer(agoMs: number, isOnNew: boolean): void {
		if (this.answeredAgoMs < 0 || agoMs < this.answeredAgoMs) this.answeredAgoMs = agoMs;
		if (isOnNew) this.answeredNew++;
	}

	/** An ESTABLISHED connection that is gone without a row, with a request that waited about this long; -1: none did. */
	addVanished(waitedMs: number): void {
		this.vanished++;
		if (waitedMs < 0) return;
		this.vanishedWaiting++;
		this.ends.push(responseOf(responseBucket(waitedMs)), 1);
	}

	/** A connection that was ESTABLISHED and that we closed, with a request that waited this long; -1: none did. */
	addEnd(waitedMs: number): void {
		if (waitedMs < LONG_WAIT_MS) return;
		this.abandoned++;
		this.oldestAbandonedMs = Math.max(this.oldestAbandonedMs, waitedMs);
	}

	/** A connection that no look saw: it came and went between two of them. */
	addUnseen(): void {
		this.opened++;
		this.closed++;
	}

	/** `hasEndings`: the kernel told of connections that ended. */
	facts(isFirst: boolean, hasEndings: boolean): BackendFacts {
		const connections = connectionsOf(this.states);
		const hasPeer = this.peerReading === this.reading;
		return {
			address: this.address,
			connections,
			vanished: isFirst ? null : this.vanished,
			vanishedWaiting: isFirst ? null : this.vanishedWaiting,
			ends: this.ends,
			answeredAgoMs: known(this.answeredAgoMs),
			answeredNew: isFirst ? null : this.answeredNew,
			abandoned: isFirst ? null : this.abandoned,
			oldestAbandonedMs: known(this.oldestAbandonedMs),
			opened: isFirst ? null : this.opened,
			closed: isFirst ? null : this.closed,
			openedLive: isFirst ? null : this.openedLive,
			survivors: isFirst ? null : this.survivors,
			synVanished: isFirst ? null : this.synVanished,
			moved: isFirst ? null : this.moved,
			oldestCloseWaitMs: known(this.oldestCloseWaitMs),
			closeWaitEmpty: this.closeWaitEmpty,
			closeWaitFinOnly: this.closeWaitFinOnly,
			closeWaitData: this.closeWaitData,
			peerAcceptQueue: this.peerAcceptQueue,
			peerAcceptLimit: this.peerAcceptLimit,
			peerCloseWait: hasPeer ? this.peerCloseWait : null,
			oldestPeerCloseWaitMs: hasPeer ? known(this.oldestPeerCloseWaitMs) : null,
			oldestSynSentMs: known(this.oldestSynSentMs),
			finWait2Orphans: this.finWait2Orphans,
			oldestFinWait2OrphanMs: known(this.oldestFinWait2OrphanMs),
			synRetransmitted: this.synRetransmitted,
			synRetransmittedYoung: this.synRetransmittedYoung,
			dialsTimedOut: isFirst ? null : this.dialsTimedOut,
			freshestAckMs: known(this.freshestAckMs),
			stuckWhole: this.stuckWhole,
			youngestStuckMs: known(this.youngestStuckMs),
			lossy: this.lossy,
			youngestFinWait2OrphanMs: known(this.youngestFinWait2OrphanMs),
			ownCloses: isFirst ? null : this.ownCloses,
			connected: isFirst ? null : this.connected,
			retransmittingOnce: this.retransmittingOnce,
			retransmittingTwice: this.retransmittingTwice,
			keepaliveUnanswered: this.keepaliveUnanswered,
			zeroWindow: this.zeroWindow,
			oldestZeroWindowMs: known(this.oldestZeroWindowMs),
			unsentSockets: this.unsentSockets,
			oldestUnsentMs: known(this.oldestUnsentMs),
			neverAnswered: this.neverAnswered,
			oldestNeverAnsweredMs: known(this.oldestNeverAnsweredMs),
			neverAnsweredGrown: this.neverAnsweredGrown,
			oldestNeverAnsweredGrownMs: known(this.oldestNeverAnsweredGrownMs),
			used: this.usedSockets,
			txQueueBytes: this.txQueueBytes,
			rxQueueBytes: this.rxQueueBytes,
			info: this.exchanges.facts(),
			ended: hasEndings ? this.ended.facts(this.isShared) : null,
			localPorts: this.states.reduce((sum, count) => sum + count, 0),
		};
	}
}

/** The lesser of two of which -1 is unknown. */
function lesser(a: number, b: number): number {
	if (a < 0 || b < 0) return Math.max(a, b);
	return Math.min(a, b);
}

function known(value: number): number | null {
	return value < 0 ? null : value;
}
