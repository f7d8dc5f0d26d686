/** The position in a recording, and the way to another one. */
import {LOOKBACK_MS} from '../snapshot.ts';
import type {Recording} from '../source.ts';
import {FoldedStretch, type FoldedStretchOptions} from './folded-stretch.ts';

export type SeekOptions = FoldedStretchOptions & {readonly recording: Recording};

/** A first frame after a jump is made of this much. */
export const FIRST_FRAME_MS = 3 * 60_000;

export class Seek {
	/** null: nowhere yet. */
	stretch: FoldedStretch | null = null;
	/** `stretch` lacks a part of what the state is made of. */
	isProvisional = false;
	readonly #options: SeekOptions;
	readonly #isWanted: () => boolean;
	/** Unix ms of the newest look known before `stretch`. */
	#to = 0;

	/** `isWanted`: false ends a way that nobody goes any more. */
	constructor(options: SeekOptions, isWanted: () => boolean) {
		this.#options = options;
		this.#isWanted = isWanted;
	}

	/** Unix ms of the newest look known. */
	get newest(): number {
		return Math.max(this.#to, this.stretch?.to ?? 0, this.#options.recording.to ?? 0);
	}

	/** To the last look ≤ `time`. `show` is called once or twice: settled or not yet. */
	async reach(time: number, show: (isSettled: boolean) => Promise<void>): Promise<void> {
		const position = this.stretch?.position ?? null;
		const isNear =
			this.#options.recording.isAscending && position !== null && time >= position && time - position <= FIRST_FRAME_MS;
		if (this.stretch !== null && isNear && !this.isProvisional) {
			// what was folded so far is still good
			await this.stretch.reachEnd(this.newest);
			if (await this.stretch.foldUntil(time, this.#isWanted)) await show(true);
			return;
		}
		if (!this.#options.recording.isAscending) {
			if ((await this.#foldFrom(time, time - LOOKBACK_MS)) === null) return;
			this.isProvisional = false;
			await show(true);
			return;
		}
		let end = await this.#foldFrom(time, time - FIRST_FRAME_MS);
		// in a hole: the state is that of the last look before it
		if (end !== null && end <= time - FIRST_FRAME_MS) end = await this.#foldFrom(end, end - FIRST_FRAME_MS);
		if (end === null) return;
		if (end - FIRST_FRAME_MS > (this.#options.recording.from ?? end)) {
			await show(false);
			if ((await this.#foldFrom(end, end - LOOKBACK_MS)) === null) return;
		}
		this.isProvisional = false;
		await show(true);
	}

	/** A new stretch from the last look ≤ `from` up to the last one ≤ `time`, which it returns; null: nobody wants it any more. */
	async #foldFrom(time: number, from: number): Promise<number | null> {
		await this.stretch?.leave();
		this.#to = this.newest;
		const stretch = new FoldedStretch(this.#options.recording, {from, meant: time}, this.#to, this.#options);
		this.stretch = stretch;
		this.isProvisional = true;
		await stretch.fetch();
		return (await stretch.foldUntil(time, this.#isWanted)) ? stretch.position : null;
	}
}
