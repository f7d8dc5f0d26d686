/** When the looks were that the worker still keeps: where a step leads is known before it has been gone. */
export class KeptTimes {
	/** Unix ms, in the order of the looks. */
	readonly #times: number[] = [];

	/** `keptFrom`: Unix ms of the oldest reading that is kept; null: none is. */
	add(time: number, keptFrom: number | null): void {
		const dropped = this.#times.findIndex((each) => each >= (keptFrom ?? time));
		this.#times.splice(0, dropped < 0 ? this.#times.length : dropped);
		this.#times.push(time);
	}

	/** Unix ms of the oldest and the newest; null: none yet. */
	get from(): number | null {
		return this.#times[0] ?? null;
	}
	get to(): number | null {
		return this.#times.at(-1) ?? null;
	}

	/** The last one ≤ a time, else the oldest; null: there is none. */
	at(time: number): number | null {
		return this.#times[Math.max(0, this.#place(time))] ?? null;
	}

	/** The one this many places after the last one ≤ a time; null: none. */
	neighbour(time: number, by: 1 | -1): number | null {
		return this.#times[this.#place(time) + by] ?? null;
	}

	#place(time: number): number {
		return this.#times.findLastIndex((each) => each <= time);
	}
}
