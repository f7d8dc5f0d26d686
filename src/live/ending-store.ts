/** Endings as they were received, kept for the next reading: about 200 bytes each. */
import {ENDING_NUMBERS, type Ending, newEnding, type VisitEnding} from '../parse/ending.ts';

/** Words of both addresses, the table, both ports, then the numbers. */
const NUMBERS_AT = 11;
const STRIDE = NUMBERS_AT + ENDING_NUMBERS.length;

/** This many are kept (a second of a flood); the rest is counted. */
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

	readonly add: VisitEnding = (row: Ending): void => {
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
		// written out: by name in a loop it takes ten times as long
		values[at + 11] = row.agoMs;
		values[at + 12] = row.rxQueue;
		values[at + 13] = row.txQueue;
		values[at + 14] = row.retransmits;
		values[at + 15] = row.probes;
		values[at + 16] = row.bytesSent;
		values[at + 17] = row.bytesAcked;
		values[at + 18] = row.bytesReceived;
		values[at + 19] = row.segsOut;
		values[at + 20] = row.segsIn;
		values[at + 21] = row.dataSegsOut;
		values[at + 22] = row.dataSegsIn;
		values[at + 23] = row.totalRetrans;
		values[at + 24] = row.lastSendMs;
		values[at + 25] = row.lastReceiveMs;
	};

	/** In the order in which they came. */
	visit(visit: VisitEnding): void {
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
			row.agoMs = values[at + 11] as number;
			row.rxQueue = values[at + 12] as number;
			row.txQueue = values[at + 13] as number;
			row.retransmits = values[at + 14] as number;
			row.probes = values[at + 15] as number;
			row.bytesSent = values[at + 16] as number;
			row.bytesAcked = values[at + 17] as number;
			row.bytesReceived = values[at + 18] as number;
			row.segsOut = values[at + 19] as number;
			row.segsIn = values[at + 20] as number;
			row.dataSegsOut = values[at + 21] as number;
			row.dataSegsIn = values[at + 22] as number;
			row.totalRetrans = values[at + 23] as number;
			row.lastSendMs = values[at + 24] as number;
			row.lastReceiveMs = values[at + 25] as number;
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
