/**
A clock that never goes back, from whatever times a recording or a live source holds: monotonic ms where both readings
have them, else the difference of wall times, else (a wall clock that jumped back) one usual interval.
*/
import type {Reading} from '../reading.ts';

const MEDIAN_OF = 15;
const DEFAULT_INTERVAL_MS = 1_000;
/** More than this many usual intervals between two readings are a gap (product.md). */
const GAP_INTERVALS = 3;

export class Clock {
	/** Starts at the first reading's wall time, so that clocks of several instances compare. */
	nowMs = 0;
	/** Since the reading before; null: the first. */
	sinceMs: number | null = null;
	isAfterGap = false;
	#time = 0;
	#monotonicMs: number | null = null;
	#steps: number[] = [];
	#hasStarted = false;

	advance(reading: Pick<Reading, 'time' | 'monotonicMs' | 'intervalMs'>): void {
		if (!this.#hasStarted) {
			this.#hasStarted = true;
			this.nowMs = reading.time;
		} else {
			const step = this.#step(reading);
			const usual = this.usualMs() ?? reading.intervalMs ?? DEFAULT_INTERVAL_MS;
			this.sinceMs = step;
			this.nowMs += step;
			this.isAfterGap = step > GAP_INTERVALS * Math.max(usual, reading.intervalMs ?? 0);
			if (step > 0) this.#steps.push(step);
			if (this.#steps.length > MEDIAN_OF) this.#steps.shift();
		}
		this.#time = reading.time;
		this.#monotonicMs = reading.monotonicMs;
	}

	/** The median of the last steps, ms; null until there are three. */
	usualMs(): number | null {
		if (this.#steps.length < 3) return null;
		return this.#steps.toSorted((a, b) => a - b)[this.#steps.length >> 1] ?? null;
	}

	#step(reading: Pick<Reading, 'time' | 'monotonicMs' | 'intervalMs'>): number {
		if (reading.monotonicMs !== null && this.#monotonicMs !== null && reading.monotonicMs >= this.#monotonicMs) {
			return reading.monotonicMs - this.#monotonicMs;
		}
		const step = reading.time - this.#time;
		return step >= 0 ? step : (this.usualMs() ?? reading.intervalMs ?? DEFAULT_INTERVAL_MS);
	}
}
