/** The last 15 minutes of a live watch, so that the view can go back in time. Bounded in time and in size. */
import {LOOKBACK_MS, type Look} from '../snapshot.ts';

/** One backend in one look takes about 0.8 kB: 32 MB in all. */
const MAX_FACTS = 40_000;

export class KeptLooks {
	readonly #looks: Look[] = [];
	#facts = 0;

	add(look: Look): void {
		this.#looks.push(look);
		this.#facts += size(look);
		while (this.#looks.length > 1) {
			const oldest = this.#looks[0];
			if (oldest === undefined) break;
			if (oldest.clockMs > look.clockMs - LOOKBACK_MS && this.#facts <= MAX_FACTS) break;
			this.#facts -= size(oldest);
			this.#looks.shift();
		}
	}

	/** Unix ms of the oldest and the newest; null: none yet. */
	get from(): number | null {
		return this.#looks[0]?.time ?? null;
	}
	get to(): number | null {
		return this.#looks.at(-1)?.time ?? null;
	}

	/** All looks ≤ a time, at least the oldest. */
	until(time: number): readonly Look[] {
		let end = this.#looks.findLastIndex((look) => look.time <= time);
		if (end < 0) end = 0;
		return this.#looks.slice(0, end + 1);
	}

	/** The time of the look that stands so many places from the last one ≤ a time; null: there is none. */
	neighbour(time: number, by: 1 | -1): number | null {
		const at = this.#looks.findLastIndex((look) => look.time <= time);
		return this.#looks[at + by]?.time ?? null;
	}
}

function size({snapshots}: Look): number {
	return snapshots.reduce((sum, {backends}) => sum + backends.length + 1, 0);
}
