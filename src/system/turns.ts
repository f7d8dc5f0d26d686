/** Lets signals, keys and timers have their turn, however fast something is read. */
import {setImmediate} from 'node:timers/promises';
import {InterruptedError} from '../errors.ts';

/** A person notices twice as much. */
const TURN_MS = 50;

export class Turns {
	readonly #signal: AbortSignal | undefined;
	#dueMs = performance.now() + TURN_MS;

	/**
	`signal`: aborted from now on, it ends whatever takes turns. One that was aborted before has ended what came first: what is
	begun nevertheless (the report on what has come through a pipe) is wanted.
	*/
	constructor(signal?: AbortSignal) {
		this.#signal = signal?.aborted === true ? undefined : signal;
	}

	get isDue(): boolean {
		return performance.now() >= this.#dueMs;
	}

	/** Everybody else's turn, if it is due. Throws an InterruptedError when it was used to say that nobody waits any more. */
	async give(): Promise<void> {
		if (!this.isDue) return;
		await setImmediate();
		if (this.#signal?.aborted === true) throw new InterruptedError();
		this.#dueMs = performance.now() + TURN_MS;
	}
}
