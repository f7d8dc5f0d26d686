/** One pass over a stretch of a recording: from readings to what each look shows. */
import {setImmediate, setTimeout as setTimeoutOf} from 'node:timers/promises';
import {type AssessedLook, Assessor, type AssessorOptions} from '../detect/assessor.ts';
import {Fold} from '../fold/fold.ts';
import type {IsWatched} from '../fold/placement.ts';
import type {BackendSockets, OpenBackend} from '../fold/socket-row.ts';
import type {Tick} from '../reading.ts';
import type {Recording} from '../source.ts';
import {MAX_ROWS} from './protocol.ts';

export type FoldedStretchOptions = Pick<AssessorOptions, 'names' | 'thresholds'> & {
	readonly isWatched: IsWatched;
	/** Waits for more at the end. */
	readonly isFollowed: boolean;
};

/** Where a recording grows, everything else gets its turn after this long without more. */
export const GROWTH_MS = 50;
/** … and where much is folded. */
export const TURN_MS = 10;
const MAX_TIMES = 20_000;

export class FoldedStretch {
	/** Unix ms of the newest look known. */
	to: number;
	/** The newest look that was folded; null: none yet. */
	seen: AssessedLook | null = null;
	/** What comes next; null: nothing, or nothing yet. */
	next: Tick | null = null;
	/** What comes next was waited for: it is due at once. */
	isCaughtUp = false;
	isEnded = false;
	/** Of the looks folded, ascending: where a step back leads. */
	readonly times: number[] = [];
	readonly #fold: Fold;
	readonly #assessor: Assessor;
	readonly #ticks: AsyncIterator<Tick>;
	readonly #isFollowed: boolean;
	readonly #isAscending: boolean;
	/** Where times do not ascend: the tick that was meant has been folded. */
	#isAtMeant = false;
	/** Asked for and not here yet. */
	#pending: Promise<IteratorResult<Tick>> | null = null;

	/** `meant`: the time of the look it is to lead to; `to`: the newest look known before. */
	constructor(recording: Recording, span: {from: number; meant: number}, to: number, options: FoldedStretchOptions) {
		this.to = to;
		this.#fold = new Fold(options);
		this.#assessor = new Assessor({...options, source: 'recording'});
		this.#isAscending = recording.isAscending;
		this.#ticks = recording.ticks(span.from, span.meant)[Symbol.asyncIterator]();
		this.#isFollowed = options.isFollowed;
	}

	/** Unix ms of the newest look that was folded. */
	get position(): number | null {
		return this.times.at(-1) ?? null;
	}

	/** Something other than a notice opened at the newest look. */
	get hasOpenedAlarm(): boolean {
		return this.seen?.assessment.opened.some(({severity}) => severity !== 'notice') ?? false;
	}

	/** At the end of what there is, and more may come. */
	get isGrowing(): boolean {
		return this.#isFollowed && this.next === null && !this.isEnded;
	}

	/** One look on. */
	async advance(): Promise<void> {
		const tick = this.next;
		if (tick === null) return;
		this.seen = this.#assessor.see(this.#fold.fold(tick));
		this.#isAtMeant ||= tick.isMeant === true;
		this.times.push(tick.time);
		if (this.times.length > MAX_TIMES) this.times.splice(0, MAX_TIMES / 2);
		await this.fetch();
	}

	/** Up to the last look ≤ `time`, but one at least; false: `isWanted` said no meanwhile. */
	async foldUntil(time: number, isWanted: () => boolean): Promise<boolean> {
		let turnAt = performance.now() + TURN_MS;
		while (this.next !== null && this.#isBefore(this.next.time, time)) {
			await this.advance();
			if (performance.now() < turnAt) continue;
			await setImmediate();
			turnAt = performance.now() + TURN_MS;
			if (!isWanted()) return false;
		}
		return true;
	}

	#isBefore(next: number, time: number): boolean {
		if (this.seen === null) return true;
		return this.#isAscending ? next <= time : !this.#isAtMeant;
	}

	/** Looks for what comes next. */
	async fetch(): Promise<void> {
		this.#pending ??= this.#ticks.next();
		this.isCaughtUp = this.#isFollowed && (this.position ?? 0) >= this.to;
		const result = await (this.isCaughtUp
			? Promise.race([this.#pending, setTimeoutOf(GROWTH_MS, null)])
			: this.#pending);
		this.next = null;
		if (result === null) return;
		this.#pending = null;
		this.isEnded = result.done === true;
		if (result.done === true) return;
		this.to = Math.max(this.to, result.value.time);
		this.next = result.value;
	}

	/** Looks for what comes next once more, where it is known by now that more has come. */
	async reachEnd(to: number): Promise<void> {
		this.to = Math.max(this.to, to);
		if (this.isGrowing && (this.position ?? 0) < this.to) await this.fetch();
	}

	rowsOf({instance, address}: OpenBackend): BackendSockets {
		return {instance, address, rows: this.#fold.rowsOf(instance, address, MAX_ROWS)};
	}

	/** One that waits for more ends when that comes, or with the recording: nobody waits for it. */
	async leave(): Promise<void> {
		const ended = this.#ticks.return?.();
		if (this.#pending === null) await ended;
	}
}
