/**
When to look at once. A backend that begins to refuse, or to close without an answer, is worth a look before the next beat,
and a second one just after it: only a look in which nothing was answered shows that it is not a share that fails. While it
goes on nothing new happens, and the beats are enough.
*/
import {type Ending, endedHow, hasFailed} from '../parse/ending.ts';
import type {IsBackend} from '../source.ts';

/** Looks of any kind are so far apart, at least: five a second. */
const APART_MS = 200;
/** Looks after the first failure. */
const LOOKS = 3;
/** A remote whose connections have not failed for this long begins to, when one does. */
const QUIET_MS = 15_000;
/** Remotes that are remembered. */
const MAX_REMOTES = 4_096;

export class Onset {
	#isBackend: IsBackend = () => false;
	/** By remote: when a connection failed last. */
	readonly #failing = new Map<string, number>();
	/** Looks that are still to be taken. */
	#looks = 0;

	setBackends(isBackend: IsBackend): void {
		this.#isBackend = isBackend;
	}

	/** An ending that has just been told of. */
	notice(ending: Ending, nowMs: number): void {
		if (!hasFailed(endedHow(ending)) || !this.#isBackend(ending.remote, ending.remotePort)) return;
		const key = `${ending.remote.join(' ')} ${ending.remotePort}`;
		const before = this.#failing.get(key) ?? Number.NEGATIVE_INFINITY;
		this.#failing.delete(key);
		this.#failing.set(key, nowMs);
		const [oldest] = this.#failing.keys();
		if (this.#failing.size > MAX_REMOTES && oldest !== undefined) this.#failing.delete(oldest);
		if (nowMs - before >= QUIET_MS) this.#looks = LOOKS;
	}

	/** Whether to look now; `lookedMs`: when the last look was taken. */
	isDue(nowMs: number, lookedMs: number): boolean {
		if (this.#looks === 0 || nowMs - lookedMs < APART_MS) return false;
		this.#looks--;
		return true;
	}
}
