/** A value over a time of unknown length in bounded memory: buckets that double in width whenever they run out. */

const BUCKETS = 240;

export class LongSeries {
	readonly #start: number;
	#widthMs = 1000;
	#values = new Float64Array(BUCKETS).fill(Number.NaN);

	/** `start`: Unix ms of the first value that any series beside it may have. */
	constructor(start: number) {
		this.#start = start;
	}

	/** A bucket keeps its largest value. Times before the start are left out. */
	add(time: number, value: number): void {
		if (time < this.#start) return;
		while ((time - this.#start) / this.#widthMs >= BUCKETS) this.#halve();
		const bucket = Math.floor((time - this.#start) / this.#widthMs);
		const before = this.#values[bucket] ?? Number.NaN;
		this.#values[bucket] = Number.isNaN(before) ? value : Math.max(before, value);
	}

	#halve(): void {
		const values = new Float64Array(BUCKETS).fill(Number.NaN);
		for (let i = 0; i < BUCKETS; i++) {
			const value = this.#values[i] ?? Number.NaN;
			const into = values[i >> 1] ?? Number.NaN;
			if (!Number.isNaN(value)) values[i >> 1] = Number.isNaN(into) ? value : Math.max(into, value);
		}
		this.#values = values;
		this.#widthMs *= 2;
	}

	/** From the start to `end` in this many columns; null where nothing was read. */
	columns(end: number, columns: number): (number | null)[] {
		const out = new Array<number | null>(columns).fill(null);
		const span = Math.max(1, end - this.#start);
		for (const [bucket, value] of this.#values.entries()) {
			if (Number.isNaN(value)) continue;
			// A bucket wider than a column fills all that it covers.
			const first = Math.floor(((bucket * this.#widthMs) / span) * columns);
			const last = Math.ceil((((bucket + 1) * this.#widthMs) / span) * columns) - 1;
			for (let column = first; column <= Math.min(last, columns - 1); column++) {
				out[column] = Math.max(out[column] ?? 0, value);
			}
		}
		return out;
	}
}
