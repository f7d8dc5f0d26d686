/** Endings as they were received, kept for the next reading: about 200 bytes each. */
import {ENDING_NUMBERS, newEnding} from '../parse/ending.ts';
import type {Row, Visit} from '../parse/row.ts';

/** Words of both addresses, the table, both ports, then the numbers. */
const NUMBERS_AT = 11;
const STRIDE = NUMBERS_AT + ENDING_NUMBERS.length;

/** So many are kept (a second of a flood); the rest is counted. */
export const MAX_ENDINGS = 200_000;

export class EndingStore {
	readonly #most: number;
	readonly #row = newEnding();
	#values = new Float64Array(STRIDE * 64);
	count = 0;
	/** Those for which there was no room. */
	dropped = 0;

	constructor(most = MAX_ENDINGS) {
		this.#most = most;
	}

	readonly add: Visit = (row: Row): void => {
		if (this.count >= this.#most) {
			this.dropped++;
			return;
		}
		const at = this.count++ * STRIDE;
		if (at + STRIDE > this.#values.length) this.#grow();
		const values = this.#values;
		for (let word = 0; word < 4; word++) {
			values[at + word] = row.local[word] as number;
			values[at + 4 + word] = row.remote[word] as number;
		}
		values[at + 8] = row.table;
		values[at + 9] = row.localPort;
		values[at + 10] = row.remotePort;
		for (let i = 0; i < ENDING_NUMBERS.length; i++) {
			values[at + NUMBERS_AT + i] = row[ENDING_NUMBERS[i] as (typeof ENDING_NUMBERS)[number]];
		}
	};

	/** In the order in which they came. */
	visit(visit: Visit): void {
		const values = this.#values;
		const row = this.#row;
		for (let at = 0; at < this.count * STRIDE; at += STRIDE) {
			for (let word = 0; word < 4; word++) {
				row.local[word] = values[at + word] as number;
				row.remote[word] = values[at + 4 + word] as number;
			}
			row.table = values[at + 8] as 4 | 6;
			row.localPort = values[at + 9] as number;
			row.remotePort = values[at + 10] as number;
			for (let i = 0; i < ENDING_NUMBERS.length; i++) {
				row[ENDING_NUMBERS[i] as (typeof ENDING_NUMBERS)[number]] = values[at + NUMBERS_AT + i] as number;
			}
			visit(row);
		}
	}

	clear(): void {
		this.count = this.dropped = 0;
		// a flood is over: its memory is let go
		if (this.#values.length > STRIDE * 16_384) this.#values = new Float64Array(STRIDE * 64);
	}

	#grow(): void {
		const grown = new Float64Array(this.#values.length * 2);
		grown.set(this.#values);
		this.#values = grown;
	}
}
