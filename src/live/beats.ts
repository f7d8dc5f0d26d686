/**
A steady beat. Beats lie on a grid, so they do not drift by what the work between them takes; those that were missed
(a slow read, a suspended process) are skipped, never made up for.
*/
export class Beats {
	readonly #now: () => number;
	#intervalMs: number;
	/** The grid: beat n is due at `#startMs + n * #intervalMs`. Beat 0 is the first and is taken at once. */
	#startMs: number;
	#beat = 0;
	#isStopped = false;
	#waiting: {readonly timer: NodeJS.Timeout; readonly resolve: (isBeat: boolean) => void} | null = null;

	/** `now`: a clock that never goes back, ms. */
	constructor(intervalMs: number, now: () => number) {
		this.#intervalMs = intervalMs;
		this.#now = now;
		this.#startMs = now();
	}

	get intervalMs(): number {
		return this.#intervalMs;
	}

	/** Sleeps until the next beat: true; false: stopped. One waiter at a time. */
	next(): Promise<boolean> {
		if (this.#isStopped) return Promise.resolve(false);
		this.#beat = nextBeat(this.#startMs, this.#intervalMs, this.#beat, this.#now());
		return new Promise((resolve) => this.#sleep(resolve));
	}

	/** Ends a sleep before its beat, which is still to come. */
	wake(): void {
		const waiting = this.#waiting;
		if (waiting === null) return;
		clearTimeout(waiting.timer);
		this.#waiting = null;
		this.#beat--;
		waiting.resolve(true);
	}

	/** From the last beat on, also for who sleeps already. */
	setInterval(intervalMs: number): void {
		const waiting = this.#waiting;
		const lastBeat = waiting === null ? this.#beat : this.#beat - 1;
		this.#startMs = this.#startMs + lastBeat * this.#intervalMs;
		this.#intervalMs = intervalMs;
		this.#beat = 0;
		if (waiting === null) return;
		clearTimeout(waiting.timer);
		this.#beat = Math.max(1, Math.ceil((this.#now() - this.#startMs) / intervalMs));
		this.#sleep(waiting.resolve);
	}

	stop(): void {
		this.#isStopped = true;
		const waiting = this.#waiting;
		if (waiting === null) return;
		clearTimeout(waiting.timer);
		this.#waiting = null;
		waiting.resolve(false);
	}

	#sleep(resolve: (isBeat: boolean) => void): void {
		const dueMs = this.#startMs + this.#beat * this.#intervalMs;
		const timer = setTimeout(
			() => {
				this.#waiting = null;
				resolve(true);
			},
			Math.max(0, dueMs - this.#now()),
		);
		this.#waiting = {timer, resolve};
	}
}

/** The number of the first beat after `nowMs`, and after `beat` even if a timer fired early. */
export function nextBeat(startMs: number, intervalMs: number, beat: number, nowMs: number): number {
	return Math.max(beat + 1, Math.floor((nowMs - startMs) / intervalMs) + 1);
}
