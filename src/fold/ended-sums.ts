/** What one reading adds up of a backend's connections that ended. */
import {ENDED, type EndedKind, hasFailed} from '../parse/ending.ts';
import type {EndedFacts} from '../snapshot.ts';

const KINDS = Object.keys(ENDED) as EndedKind[];

export class EndedSums {
	total = 0;
	#counts = new Int32Array(KINDS.length);
	#ownClosed = 0;
	/** Of those that failed, ms before the reading; -1: none did. */
	#oldestFailedMs = -1;
	#newestFailedMs = -1;

	#refusedSinceAnswer = 0;
	#cutSinceAnswer = 0;
	#oldestSinceAnswerMs = -1;
	/** ms before the reading at which a row says that the newest answer came; -1: none does. */
	#rowAnswerMs = -1;

	begin(): void {
		if (this.total === 0) return;
		this.total = this.#ownClosed = 0;
		this.#oldestFailedMs = this.#newestFailedMs = -1;
		this.#counts.fill(0);
		this.addAnswer();
	}

	/** The ending that was added last tells of an answer that no look has counted. */
	addAnswer(): void {
		this.#refusedSinceAnswer = this.#cutSinceAnswer = 0;
		this.#oldestSinceAnswerMs = -1;
	}

	/**
	Endings in their order. `kind`: one of ENDED; `isOwnClosed`: our end closed first; `agoMs`: before the reading, at most;
	`answeredAgoMs`: at which the newest answer is known to have come, -1: none is.
	*/
	add(kind: number, isOwnClosed: boolean, agoMs: number, answeredAgoMs: number): void {
		if (this.total === 0) this.#rowAnswerMs = answeredAgoMs;
		this.total++;
		this.#counts[kind] = (this.#counts[kind] ?? 0) + 1;
		if (isOwnClosed) this.#ownClosed++;
		if (!hasFailed(kind)) return;
		if (this.#oldestFailedMs < 0) this.#oldestFailedMs = agoMs;
		this.#newestFailedMs = agoMs;
		if (this.#rowAnswerMs >= 0 && agoMs >= this.#rowAnswerMs) return;
		if (kind === ENDED.refused) this.#refusedSinceAnswer++;
		else this.#cutSinceAnswer++;
		if (this.#oldestSinceAnswerMs < 0) this.#oldestSinceAnswerMs = agoMs;
	}

	facts(isShared: boolean): EndedFacts {
		const counts = {} as Record<EndedKind, number>;
		for (const kind of KINDS) counts[kind] = this.#counts[ENDED[kind]] ?? 0;
		return {
			...counts,
			total: this.total,
			ownClosed: this.#ownClosed,
			oldestFailedMs: known(this.#oldestFailedMs),
			newestFailedMs: known(this.#newestFailedMs),
			refusedSinceAnswer: this.#refusedSinceAnswer,
			cutSinceAnswer: this.#cutSinceAnswer,
			oldestSinceAnswerMs: known(this.#oldestSinceAnswerMs),
			isShared,
		};
	}
}

function known(ms: number): number | null {
	return ms < 0 ? null : ms;
}
