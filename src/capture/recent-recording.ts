/** What a live watch keeps in memory, as a recording that grows: for the way back in time. */
import type {Tick} from '../reading.ts';
import type {Recording} from '../source.ts';
import {memorySource} from './byte-source.ts';
import {CaptureReader} from './reader.ts';
import type {RecentCapture} from './recent.ts';

export class RecentRecording implements Recording {
	readonly path = 'memory';
	readonly host = null;
	readonly note = null;
	/** A watch goes on, and nobody knows its end. */
	readonly isAscending = true;
	readonly #recent: RecentCapture;
	#isClosed = false;

	constructor(recent: RecentCapture) {
		this.#recent = recent;
	}

	get from(): number | null {
		return this.#recent.from;
	}

	get to(): number | null {
		return this.#recent.to;
	}

	get first(): number | null {
		return this.#recent.from;
	}

	get last(): number | null {
		return this.#recent.to;
	}

	/** After the newest one it waits for more, until it is closed. What is being read stays in memory. */
	async *ticks(from?: number): AsyncGenerator<Tick> {
		let last: number | null = null;
		while (!this.#isClosed) {
			const {growth} = this.#recent;
			for await (const tick of this.#kept(last, from)) {
				last = tick.time;
				yield tick;
				if (this.#isClosed) return;
			}
			await growth;
		}
	}

	/** A generator of its own: while it waits for more, nothing of what was read is held. */
	async *#kept(after: number | null, from: number | undefined): AsyncGenerator<Tick> {
		const reader = new CaptureReader(this.path, memorySource(await this.#recent.pieces()), {isTextOnly: false});
		for await (const tick of reader.ticks(after ?? from)) {
			if (after === null || tick.time > after) yield tick;
		}
	}

	damage(): null {
		return null;
	}

	close(): void {
		this.#isClosed = true;
	}
}
