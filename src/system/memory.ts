/** Memory that a thread has taken and needs no longer, given back to the system now and then. */
import {getHeapStatistics, setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';
import {loadLibc} from './libc.ts';

/** What start and compiling leave is given back once they are over, then what a flood leaves. */
const FIRST_MS = 15_000;
const AGAIN_MS = 60_000;
/** A heap has grown when it takes so many times what was left of it by the last collection, and this much more. */
const GROWN = 1.3;
const GROWN_BYTES = 8 * 1024 * 1024;

/**
For a thread that works a little every second: V8 sees it allocate all the time, and so keeps what its heap once took (60 MB
of 115 after 40 Traefiks had come and gone). And the C library keeps what is freed.
*/
export class MemoryKeeper {
	#dueMs: number;
	#keptBytes = 0;

	/** `nowMs`: on any clock that does not go back. */
	constructor(nowMs: number) {
		this.#dueMs = nowMs + FIRST_MS;
	}

	/** Call it at every look: mostly it does nothing, once a minute it may take 20 ms. */
	look(nowMs: number): void {
		if (nowMs < this.#dueMs) return;
		this.#dueMs = nowMs + AGAIN_MS;
		if (getHeapStatistics().total_heap_size > this.#keptBytes * GROWN + GROWN_BYTES) {
			collector()?.();
			this.#keptBytes = getHeapStatistics().total_heap_size;
		}
		const libc = loadLibc();
		if (!('problem' in libc)) libc.trim();
	}
}

let collect: (() => void) | null | undefined;

/** null: this runtime does not let itself be asked. */
function collector(): (() => void) | null {
	if (collect === undefined) {
		try {
			setFlagsFromString('--expose-gc');
			collect = runInNewContext('gc') as () => void;
		} catch {
			collect = null;
		}
	}
	return collect;
}
