/** What one reading adds up of a backend's requests and answers, from the rows that have a tcp_info. */
import type {Row} from '../parse/row.ts';
import type {ExchangeFacts} from '../snapshot.ts';
import {
	EXCHANGE_COMPLETED,
	EXCHANGE_SPARE,
	EXCHANGE_STREAMING,
	EXCHANGE_WAITING,
	type Exchange,
	LONG_WAIT_MS,
	RESPONSE_BUCKETS,
	responseBucket,
	responseOf,
} from './exchange.ts';

const RTT_SAMPLES = 128;
const YOUNG_FROM_MS = 2_000;
const YOUNG_TO_MS = 12_000;

/** Of the time since the reading before, `sinceMs`. */
type Span = {
	/** ms for which the connection has been ESTABLISHED; -1: unknown. */
	readonly ageMs: number;
	/** Requests that went out on it. */
	readonly asked: number;
	readonly sinceMs: number;
};

export class ExchangeSums {
	sockets = 0;
	waiting = 0;
	oldestWaitMs = -1;
	youngUnanswered = 0;
	youngAnswered = 0;
	spare = 0;
	streaming = 0;
	multiplexed = 0;
	largeAnswers = 0;
	passedOver = 0;
	oldestPassedOverMs = -1;
	multiplexedOwing = 0;
	multiplexedSilentMs = -1;
	completed = 0;
	progressed = 0;
	sentBytes = 0;
	segmentsOut = 0;
	segmentsRetransmitted = 0;
	socketsRetransmitting = 0;
	minRttUs = -1;
	#rttSamples: number[] = [];
	#responses: Int32Array | null = null;
	#answers: Int32Array | null = null;
	#waits: Int32Array | null = null;
	#hidden: Int32Array | null = null;
	#rests: Int32Array | null = null;
	#hasHidden = false;
	#hasRests = false;
	waitingUsedOver2s = 0;
	asked = 0;

	begin(): void {
		this.sockets = this.waiting = this.spare = this.streaming = 0;
		this.multiplexed = this.multiplexedOwing = this.largeAnswers = this.passedOver = 0;
		this.oldestPassedOverMs = -1;
		this.multiplexedSilentMs = -1;
		this.completed = this.progressed = this.sentBytes = 0;
		this.segmentsOut = this.segmentsRetransmitted = this.socketsRetransmitting = 0;
		this.oldestWaitMs = this.minRttUs = -1;
		this.youngUnanswered = this.youngAnswered = 0;
		this.#rttSamples.length = 0;
		this.#responses?.fill(0);
		this.#answers?.fill(0);
		this.#waits?.fill(0);
		this.waitingUsedOver2s = this.asked = 0;
		if (this.#hasHidden) this.#hidden?.fill(0);
		if (this.#hasRests) this.#rests?.fill(0);
		this.#hasHidden = this.#hasRests = false;
	}

	/** Data segments that a connection sent since the reading before, and those of them that were lost (lost-segments.ts). */
	addFlow(segments: number, lost: number): void {
		if (segments > 0) this.segmentsOut += segments;
		this.segmentsRetransmitted += lost;
		if (lost > 0) this.socketsRetransmitting++;
	}

	/** An ESTABLISHED row and what it is about. */
	add(row: Row, exchange: Exchange, {ageMs, asked, sinceMs}: Span): void {
		this.sockets++;
		this.asked += asked;
		if (row.bytesSent > 0 && ageMs >= YOUNG_FROM_MS && ageMs <= YOUNG_TO_MS) {
			if (row.bytesReceived > 0) this.youngAnswered++;
			else this.youngUnanswered++;
		}
		if (exchange.hasProgressed) this.progressed++;
		if (exchange.isMultiplexed) this.#addMultiplexed(row);
		if (exchange.kind === EXCHANGE_WAITING) {
			this.waiting++;
			this.#waits = counted(this.#waits, responseBucket(exchange.waitMs), 1);
			if (exchange.waitMs >= LONG_WAIT_MS && row.bytesReceived > 0) this.waitingUsedOver2s++;
			if (exchange.hasProgressed) this.#addHidden(exchange, asked - 1, sinceMs - exchange.waitMs);
			this.oldestWaitMs = Math.max(this.oldestWaitMs, exchange.waitMs);
		} else if (exchange.kind === EXCHANGE_SPARE) this.spare++;
		else if (exchange.kind === EXCHANGE_STREAMING) this.streaming++;
		else if (exchange.kind === EXCHANGE_COMPLETED) {
			this.completed++;
			const bucket = responseBucket(exchange.tookMs);
			this.#responses = counted(this.#responses, bucket, 1);
			this.#answers = counted(this.#answers, bucket, 1);
			this.#addEarlier(exchange, asked - 1, sinceMs - row.lastSendMs);
			this.#addRest(exchange);
		} else this.#addRest(exchange);
		if (row.rttUs > 0 && this.#rttSamples.length < RTT_SAMPLES) this.#rttSamples.push(row.rttUs);
		if (row.minRttUs > 0 && (this.minRttUs < 0 || row.minRttUs < this.minRttUs)) this.minRttUs = row.minRttUs;
	}

	addPassedOver(idleMs: number): void {
		this.passedOver++;
		this.oldestPassedOverMs = Math.max(this.oldestPassedOverMs, idleMs);
	}

	#addMultiplexed(row: Row): void {
		this.multiplexed++;
		if (row.lastSendMs >= row.lastReceiveMs) return;
		this.multiplexedOwing++;
		const isLeast = this.multiplexedSilentMs < 0 || row.lastReceiveMs < this.multiplexedSilentMs;
		if (isLeast) this.multiplexedSilentMs = row.lastReceiveMs;
	}

	/** Answers before the last one: `asked` requests in `restMs`, and one more that waited in the reading before. */
	#addEarlier({tookMs, waitedBeforeMs}: Exchange, asked: number, restMs: number): void {
		// Where nothing was asked since, the last answer is that of the request that waited.
		if (asked < 0) return;
		const hadWaiting = waitedBeforeMs >= 0;
		const all = asked + (hadWaiting ? 1 : 0);
		if (all === 0) return;
		const mostMs = Math.min(tookMs, Math.max(0, restMs) / all);
		if (asked > 0) this.#answers = counted(this.#answers, responseBucket(mostMs), asked);
		if (hadWaiting) this.#answers = counted(this.#answers, responseBucket(waitedBeforeMs + mostMs), 1);
	}

	/** The same before a request that waits. */
	#addHidden({waitedBeforeMs}: Exchange, asked: number, restMs: number): void {
		const hadWaiting = waitedBeforeMs >= 0;
		const all = Math.max(0, asked) + (hadWaiting ? 1 : 0);
		if (all === 0) return;
		const mostMs = Math.max(0, restMs) / all;
		this.#hasHidden = true;
		if (asked > 0) this.#hidden = counted(this.#hidden, responseBucket(mostMs), asked);
		if (hadWaiting) this.#hidden = counted(this.#hidden, responseBucket(waitedBeforeMs + mostMs), 1);
	}

	#addRest({tookMs, isGreeted}: Exchange): void {
		if (isGreeted) return;
		this.#hasRests = true;
		this.#rests = counted(this.#rests, responseBucket(tookMs), 1);
	}

	/** The last exchange of a connection that ended, which no look has counted; `tookMs` -1: it is not known how long it took. */
	addEnded(tookMs: number): void {
		this.progressed++;
		if (tookMs < 0) return;
		this.completed++;
		const bucket = responseBucket(tookMs);
		this.#responses = counted(this.#responses, bucket, 1);
		this.#answers = counted(this.#answers, bucket, 1);
	}

	/** null: neither a row nor the end of a connection had a tcp_info. */
	facts(): ExchangeFacts | null {
		if (this.sockets === 0 && this.progressed === 0) return null;
		const rtts = this.#rttSamples.sort((a, b) => a - b);
		return {
			sockets: this.sockets,
			waiting: this.waiting,
			waitingUsedOver2s: this.waitingUsedOver2s,
			oldestWaitMs: this.oldestWaitMs < 0 ? null : this.oldestWaitMs,
			spare: this.spare,
			streaming: this.streaming,
			multiplexed: this.multiplexed,
			largeAnswers: this.largeAnswers,
			passedOver: this.passedOver,
			oldestPassedOverMs: this.oldestPassedOverMs < 0 ? null : this.oldestPassedOverMs,
			multiplexedOwing: this.multiplexedOwing,
			multiplexedSilentMs: this.multiplexedSilentMs < 0 ? null : this.multiplexedSilentMs,
			completed: this.completed,
			responses: this.completed > 0 ? sparse(this.#responses) : [],
			answers: this.completed > 0 ? sparse(this.#answers) : [],
			hidden: this.#hasHidden ? sparse(this.#hidden) : [],
			rests: this.#hasRests ? sparse(this.#rests) : [],
			asked: this.asked,
			waits: this.waiting > 0 ? sparse(this.#waits) : [],
			youngUnanswered: this.youngUnanswered,
			youngAnswered: this.youngAnswered,
			sentBytes: this.sentBytes,
			progressed: this.progressed,
			segmentsOut: this.segmentsOut,
			segmentsRetransmitted: this.segmentsRetransmitted,
			socketsRetransmitting: this.socketsRetransmitting,
			rttUs: rtts[rtts.length >> 1] ?? null,
			minRttUs: this.minRttUs < 0 ? null : this.minRttUs,
		};
	}
}

/** Most backends need none: a histogram is made when there is something to count. */
function counted(histogram: Int32Array | null, bucket: number, times: number): Int32Array {
	const counts = histogram ?? new Int32Array(RESPONSE_BUCKETS);
	counts[bucket] = (counts[bucket] ?? 0) + times;
	return counts;
}

/** Pairs of a bucket's ms and its count. */
function sparse(histogram: Int32Array | null): number[] {
	const pairs: number[] = [];
	histogram?.forEach((count, bucket) => {
		if (count > 0) pairs.push(responseOf(bucket), count);
	});
	return pairs;
}
