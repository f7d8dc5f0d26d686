/**
How often to look where looking is expensive: a look may cost a tenth of the interval. Beyond that the interval grows, to a
multiple of the one that was asked for, and shrinks again when looks have become cheaper.
*/
import type {Backoff} from '../reading.ts';

/** Of the interval, at most. */
const SHARE = 0.1;
/** It shrinks only to an interval of which a look costs no more than this, so that it does not swing to and fro. */
const SHRINK_SHARE = 0.08;
/** Looks whose median decides: three expensive ones (a garbage collection, a cold start) change nothing. */
const MEDIAN_OF = 7;
/** It grows no further than this, or than the interval that was asked for. */
export const LONGEST_MS = 30_000;

export class BackoffPolicy {
	#wantedMs: number;
	#intervalMs: number;
	/** Of the last looks since the interval changed, ms. */
	#costs: number[] = [];
	/** The median by which the interval was last chosen, ms. */
	#costMs = 0;

	constructor(wantedMs: number) {
		this.#wantedMs = wantedMs;
		this.#intervalMs = wantedMs;
	}

	get intervalMs(): number {
		return this.#intervalMs;
	}

	/** null: it looks as often as it was asked to. */
	get backoff(): Backoff | null {
		if (this.#intervalMs <= this.#wantedMs) return null;
		return {intervalMs: this.#intervalMs, wantedIntervalMs: this.#wantedMs, costMs: Math.round(this.#costMs)};
	}

	/** What a look costs stays known: from here on no new measurement is waited for. */
	want(wantedMs: number): void {
		const isBackedOff = this.#intervalMs > this.#wantedMs;
		this.#wantedMs = wantedMs;
		this.#intervalMs = isBackedOff ? this.#fitting(this.#costMs / SHARE) : wantedMs;
		this.#costs = [];
	}

	/** `costMs`: of the look that has just been dealt with. */
	add(costMs: number): void {
		if (!Number.isFinite(costMs)) return;
		this.#costs.push(costMs);
		if (this.#costs.length < MEDIAN_OF) return;
		const median = this.#costs.toSorted((a, b) => a - b)[MEDIAN_OF >> 1] ?? 0;
		this.#costs.shift();
		const longer = this.#fitting(median / SHARE);
		const shorter = this.#fitting(median / SHRINK_SHARE);
		if (longer > this.#intervalMs) this.#change(longer, median);
		else if (shorter < this.#intervalMs) this.#change(shorter, median);
	}

	#change(intervalMs: number, costMs: number): void {
		this.#intervalMs = intervalMs;
		this.#costMs = costMs;
		this.#costs = [];
	}

	/** The shortest interval that is at least this long, within the bounds. */
	#fitting(leastMs: number): number {
		const wanted = this.#wantedMs;
		const most = Math.max(1, Math.floor(LONGEST_MS / wanted));
		return Math.min(most, Math.max(1, Math.ceil(leastMs / wanted))) * wanted;
	}
}
