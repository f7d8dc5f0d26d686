/** Adds a backend's row to its sums, and remembers what the next reading compares with. The hot path of the fold. */
import type {Row} from '../parse/row.ts';
import {CLOSE_WAIT, ESTABLISHED, SYN_SENT, TIME_WAIT} from '../parse/tcp-state.ts';
import {LOOKBACK_MS} from '../snapshot.ts';
import {
	ACKED,
	BUSY,
	BYTES_RECEIVED,
	BYTES_SENT,
	type ConnectionTable,
	DATA_SEGS_OUT,
	known,
	PROBES,
	RETRANSMITS,
	RX_QUEUE,
	SHUT_SINCE,
	SIGNATURE,
	STATE_SINCE,
	TIMER,
	TX_QUEUE,
	UNSENT_SINCE,
} from './connection-table.ts';
import type {Ages, Endpoint} from './endpoint.ts';
import {
	EXCHANGE_COMPLETED,
	EXCHANGE_IDLE,
	EXCHANGE_STREAMING,
	type Exchange,
	isDownload,
	judgeExchange,
	requestsIn,
	restsInPlainText,
	waitedMs,
} from './exchange.ts';
import {hasAcknowledged, isTransfer, lostSegments} from './lost-segments.ts';

/** The first reading counts the answers of this long before it. */
const FIRST_SPAN_MS = 15_000;
/** An answer that takes more than one segment of any usual size. */
const LARGE_ANSWER_BYTES = 1_500;
/** A connection that is idle for less may be on its way back to the pool: a slow client, a busy Traefik. */
const PASSED_OVER_MS = 2_000;
const SLACK_MS = 100;
/** What a FIN adds to the bytes received. */
const FIN = 1;

/** What became of a connection since the reading before. */
export type Fate = {
	/** It was ESTABLISHED and still is. */
	isSurvivor: boolean;
	/** It was ESTABLISHED and is not. */
	hasEnded: boolean;
	/** It came since, as far as can be known: never in a first reading or after a gap. */
	isNew: boolean;
};

/** What the row's state tells before its tcp_info does. */
type RowAge = {readonly ageMs: number; readonly isNew: boolean; readonly hasAcked: boolean};

export class BackendRows {
	readonly #table: ConnectionTable;
	readonly #ages: Ages = {
		inStateMs: 0,
		unsentMs: -1,
		shutMs: -1,
		ackedMs: -1,
		hasTimedOut: false,
		isProbeUnanswered: false,
	};
	readonly #exchange: Exchange = {
		...{kind: EXCHANGE_IDLE, waitMs: 0, tookMs: 0},
		...{isMultiplexed: false, hasProgressed: false, isGreeted: false, waitedBeforeMs: -1},
	};
	#nowMs = 0;
	/** Clock ms of the reading before, and of the one before that. */
	#beforeMs = 0;
	#beforeThatMs = 0;
	#sinceMs = FIRST_SPAN_MS;
	#isFirst = true;
	#hasInfo = false;

	constructor(table: ConnectionTable) {
		this.#table = table;
	}

	/**
	`sinceMs`: since the reading before, null: there is none; `isFirst`: what is there was not seen to open; `hasInfo`: rows
	have a tcp_info, and one without it changed while the kernel was read: it tells nothing.
	*/
	begin(nowMs: number, sinceMs: number | null, isFirst: boolean, hasInfo: boolean): void {
		this.#hasInfo = hasInfo;
		this.#beforeThatMs = this.#beforeMs;
		this.#beforeMs = this.#nowMs;
		this.#nowMs = nowMs;
		this.#sinceMs = sinceMs ?? FIRST_SPAN_MS;
		this.#isFirst = isFirst;
	}

	/** ms in its state. One look does not know: -1. From the second on, what was there in the first is at least so old. */
	ageOf(slot: number): number {
		return this.#isFirst ? -1 : this.#age(this.#table.double(slot, STATE_SINCE));
	}

	add(endpoint: Endpoint, slot: number, row: Row, {isSurvivor, hasEnded, isNew}: Fate): void {
		const table = this.#table;
		const {words} = table;
		const at = table.wordsOf(slot);
		const ages = this.#ages;
		endpoint.lastRowMs = this.#nowMs;
		ages.inStateMs = this.ageOf(slot);
		ages.unsentMs = ages.shutMs = -1;
		const hasAcked = isSurvivor && hasAcknowledged(table, slot, row);
		ages.ackedMs = row.state === ESTABLISHED ? this.#ackedMs(slot, row, isSurvivor) : -1;
		ages.hasTimedOut =
			row.state === SYN_SENT && row.retransmits > 0 && !this.#isFirst && table.byte(slot, RETRANSMITS) === 0;
		// What was never acknowledged did not reach the backend: it is not the one that gave no answer.
		if (hasEnded && table.byte(slot, RETRANSMITS) < 2) endpoint.addEnd(waitedMs(table, slot, this.#nowMs));
		ages.isProbeUnanswered =
			row.timer === 2 && row.probes > 0 && (row.probes > 1 || (isSurvivor && table.byte(slot, PROBES) > 0));
		if (row.state === ESTABLISHED) {
			const signature = signatureOf(row);
			if (isSurvivor) {
				endpoint.survivors++;
				const hasMoved = signature !== words[at + SIGNATURE] && row.ato !== 0;
				if (hasMoved && row.retransmits === 0 && row.probes === 0 && (row.hasInfo || !this.#hasInfo)) {
					endpoint.moved++;
					if (!row.hasInfo) endpoint.addAnswer(0, false);
				}
			} else if (isNew && !row.hasInfo && !this.#hasInfo && row.ato !== 0) endpoint.addAnswer(0, true);
			words[at + SIGNATURE] = signature;
		} else if (isNew && row.state === TIME_WAIT) endpoint.addAnswer(0, true);
		table.setByte(slot, TIMER, row.timer);
		if (row.hasInfo && row.state === ESTABLISHED) {
			this.#addInfo(endpoint, slot, row, {ageMs: ages.inStateMs, isNew, hasAcked});
		} else if (row.hasInfo && row.state === CLOSE_WAIT && row.bytesReceived > FIN) {
			endpoint.addAnswer(row.lastReceiveMs, isNew);
		}
		// After all that compares with what it keeps.
		const isBusy = (row.txQueue | row.rxQueue | row.retransmits | row.probes) !== 0;
		if (isBusy || table.byte(slot, BUSY) !== 0) this.#addBusy(slot, row, isBusy, hasAcked);
		endpoint.add(row, ages);
	}

	/** The queues and counters of a row that has some, or had: most have none, and their second line stays untouched. */
	#addBusy(slot: number, row: Row, isBusy: boolean, hasAcked: boolean): void {
		const table = this.#table;
		const {words} = table;
		const at = table.wordsOf(slot);
		if (row.state === ESTABLISHED) {
			this.#ages.unsentMs = this.#since(table.doublesOf(slot) + UNSENT_SINCE, row.txQueue > 0, hasAcked);
			this.#ages.shutMs = this.#since(table.doublesOf(slot) + SHUT_SINCE, row.timer === 4, hasAcked);
		}
		words[at + TX_QUEUE] = row.txQueue;
		words[at + RX_QUEUE] = row.rxQueue;
		table.setByte(slot, RETRANSMITS, row.retransmits);
		table.setByte(slot, PROBES, row.probes);
		table.setByte(slot, BUSY, isBusy ? 1 : 0);
	}

	#addInfo(endpoint: Endpoint, slot: number, row: Row, {ageMs, isNew, hasAcked}: RowAge): void {
		const {exchanges} = endpoint;
		const {words, doubles} = this.#table;
		const at = this.#table.wordsOf(slot);
		const sentBefore = doubles[this.#table.doublesOf(slot) + BYTES_SENT] as number;
		const isKnown = sentBefore >= 0 && row.bytesSent >= sentBefore;
		const segmentsBefore = isKnown ? known(words[at + DATA_SEGS_OUT] as number) : 0;
		const receivedBefore = isKnown ? (doubles[this.#table.doublesOf(slot) + BYTES_RECEIVED] as number) : 0;
		const segments = row.dataSegsOut < 0 ? -1 : row.dataSegsOut - Math.max(0, segmentsBefore);
		const received = row.bytesReceived - receivedBefore;
		const lost = lostSegments(this.#table, slot, row, {isKnown, isNew: !this.#isFirst, hasAcked});
		if (isKnown || !this.#isFirst) {
			if (!isTransfer(row)) exchanges.addFlow(segments, lost);
			exchanges.sentBytes += row.bytesSent - (isKnown ? sentBefore : 0);
		}
		words[at + DATA_SEGS_OUT] = row.dataSegsOut;
		words[at + ACKED] = row.bytesAcked;
		if (!endpoint.isPlainText && restsInPlainText(row)) endpoint.isPlainText = true;
		const exchange = this.#exchange;
		const mayGreet = !this.#isFirst && !endpoint.isPlainText;
		judgeExchange(this.#table, slot, row, this.#nowMs, isKnown, mayGreet, this.#sinceMs, exchange);
		if (row.bytesReceived > 0 && !exchange.isGreeted) endpoint.addAnswer(row.lastReceiveMs, isNew);
		if (exchange.kind === EXCHANGE_COMPLETED && isDownload(received, segments, exchange.tookMs)) {
			exchange.kind = EXCHANGE_STREAMING;
		}
		const hasAsked = row.bytesSent > (isKnown ? sentBefore : 0);
		const asked = !hasAsked ? 0 : isKnown ? requestsIn(segments, row.bytesSent - sentBefore) : 1;
		exchanges.add(row, exchange, {ageMs, asked, sinceMs: this.#sinceMs});
		if (isKnown && received >= Math.max(1, asked) * LARGE_ANSWER_BYTES) exchanges.largeAnswers++;
		if (exchange.kind === EXCHANGE_IDLE) this.#addIdle(endpoint, row);
		else this.#noteDial(endpoint, slot, row);
	}

	/**
	Go dials only when no connection is idle in its pool: one that has lain idle since before a newer one was dialled is not
	in the pool. Its answer is not complete, whatever the counters say.
	*/
	#addIdle({exchanges, dialledAfterMs}: Endpoint, row: Row): void {
		const idleMs = row.lastReceiveMs;
		if (row.bytesReceived === 0 || row.rxQueue > 0 || row.inode === 0 || idleMs < PASSED_OVER_MS) return;
		if (this.#nowMs - idleMs < dialledAfterMs - SLACK_MS) exchanges.addPassedOver(idleMs);
	}

	/** A connection that was new in the reading before, not a dial that took its time, and is used. */
	#noteDial(endpoint: Endpoint, slot: number, row: Row): void {
		if (row.bytesReceived === 0 || endpoint.dialsBeforeThat > 0 || this.#beforeThatMs === 0) return;
		if (this.#table.double(slot, STATE_SINCE) !== this.#beforeMs) return;
		endpoint.dialledAfterMs = Math.max(endpoint.dialledAfterMs, this.#beforeThatMs);
	}

	/** How long ago the other end acknowledged anything, ms, as far as is known; -1: not known to have. */
	#ackedMs(slot: number, row: Row, isSurvivor: boolean): number {
		if (row.hasInfo && row.lastAckMs >= 0) return row.lastAckMs;
		const queuedBefore = this.#table.byte(slot, BUSY) === 0 ? 0 : this.#table.word(slot, TX_QUEUE);
		// A handshake that ended since the reading before, or queued data that were taken.
		const isProof = isSurvivor ? row.txQueue < queuedBefore : !this.#isFirst;
		return isProof ? this.#sinceMs : -1;
	}

	/** ms since when `holds` has held without `isBroken`, kept in the table's double `at`; -1 when it does not. */
	#since(at: number, holds: boolean, isBroken: boolean): number {
		const {doubles} = this.#table;
		if (!holds) {
			doubles[at] = 0;
			return -1;
		}
		if (doubles[at] === 0 || isBroken) doubles[at] = this.#nowMs;
		return this.#age(doubles[at] as number);
	}

	#age(since: number): number {
		return Math.min(LOOKBACK_MS, this.#nowMs - since);
	}
}

/** Hash of the columns that change when data moves in either direction; none of them ticks by itself. */
function signatureOf(row: Row): number {
	let hash = Math.imul(row.txQueue ^ (row.rxQueue << 8), 0x9e3779b1) ^ row.timer;
	hash = Math.imul(hash ^ row.ato, 0x85ebca6b) ^ row.quick;
	hash = Math.imul(hash ^ row.cwnd, 0xc2b2ae35) ^ row.rto;
	hash = Math.imul(hash ^ row.ssthresh ^ Math.max(0, row.bytesReceived), 0x27d4eb2f);
	return hash >>> 0;
}
