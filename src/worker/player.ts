/**
Plays a recording: one loop that obeys the newest wish (seek, step, play) and shows what it comes to. The state at an
instant is made of the 15 minutes before it, whichever way one came there; after a jump a first frame of the last three
minutes is shown, marked as provisional, until the rest has been folded.
*/
import type {AssessedLook} from '../detect/assessor.ts';
import type {BackendSockets, OpenBackend} from '../fold/socket-row.ts';
import {type FoldedStretch, GROWTH_MS} from './folded-stretch.ts';
import type {PlayerStatus, ReplayOptions, ReplayOrder} from './protocol.ts';
import {Seek, type SeekOptions} from './seek.ts';

export type PlayerOptions = SeekOptions &
	Pick<ReplayOptions, 'isPausedByFindings' | 'isLooping' | 'speed'> & {
		/** Resolves when the next one may come; what is shown holds until then. */
		show(seen: AssessedLook, status: PlayerStatus, rows: BackendSockets | null): Promise<void>;
		/** Between frames: something was obeyed. */
		tell(status: PlayerStatus): void;
		showRows(rows: BackendSockets): void;
	};

/** However fast it plays, no more frames than this. */
const FRAME_MS = 40;
/** A gap in the recording is not waited for longer. */
const MAX_WAIT_MS = 2000;

export class ReplayPlayer {
	readonly #options: PlayerOptions;
	readonly #seek: Seek;
	#isPlaying = true;
	#speed: number;
	/** Where a seek leads that is not settled yet. */
	#target: number | null = null;
	#wish: number | null = null;
	#steps = 0;
	#isClosed = false;
	/** performance.now() of the last frame. */
	#shownAt = 0;
	#wake: (() => void) | null = null;
	#open: OpenBackend | null = null;
	/** Resolves when what is wanted is shown; null: it is. */
	#busy: PromiseWithResolvers<void> | null = Promise.withResolvers<void>();

	constructor(options: PlayerOptions) {
		this.#options = options;
		this.#speed = options.speed;
		this.#seek = new Seek(options, () => !this.#isClosed && this.#wish === null);
	}

	obey(order: ReplayOrder): void {
		switch (order.type) {
			case 'seek':
				this.#goTo(order.time);
				break;
			case 'end':
				this.#goTo(this.#options.recording.isAscending ? this.#seek.newest : (this.#options.recording.last ?? 0));
				break;
			case 'step':
				this.#isPlaying = false;
				this.#steps += order.direction;
				break;
			case 'play':
				this.#play();
				break;
			case 'pause':
				this.#isPlaying = false;
				break;
			case 'speed':
				this.#speed = order.speed;
				break;
			case 'rows':
				this.#open = order.of;
				if (order.of !== null && this.#seek.stretch !== null)
					this.#options.showRows(this.#seek.stretch.rowsOf(order.of));
		}
		this.#options.tell(this.status());
		this.#wake?.();
	}

	close(): void {
		this.#isClosed = true;
		this.#rested();
		this.#wake?.();
	}

	/** Resolves while nobody waits for a frame. */
	get idle(): Promise<void> {
		return this.#busy?.promise ?? Promise.resolve();
	}

	status(): PlayerStatus {
		const {recording} = this.#options;
		return {
			isPlaying: this.#isPlaying,
			speed: this.#speed,
			position: this.#target ?? this.#seek.stretch?.position ?? recording.from,
			to: recording.to === null ? null : this.#seek.newest,
			isProvisional: this.#seek.isProvisional || this.#target !== null,
			note: recording.damage() ?? recording.note,
		};
	}

	/** Plays until closed. */
	async run(from: number): Promise<void> {
		this.#goTo(from);
		while (!this.#isClosed) {
			const stretch = this.#seek.stretch;
			if (this.#wish !== null) await this.#seekTo(this.#wish);
			else if (this.#steps !== 0) await this.#step();
			else if (this.#isPlaying && stretch !== null && stretch.next !== null) await this.#playOn(stretch);
			else if (this.#isPlaying && stretch?.isGrowing === true) await this.#awaitMore(stretch);
			else if (this.#isPlaying && this.#options.isLooping) this.#goTo(this.#options.recording.from ?? 0);
			else {
				this.#isPlaying = false;
				this.#options.tell(this.status());
				await this.#rest(null);
			}
		}
		await this.#seek.stretch?.leave();
	}

	#goTo(time: number): void {
		const {from} = this.#options.recording;
		this.#wish = time;
		this.#target = Math.max(from ?? time, Math.min(time, this.#seek.newest));
	}

	#play(): void {
		const {from} = this.#options.recording;
		this.#isPlaying = true;
		const isAtEnd = this.#seek.stretch !== null && this.#seek.stretch.next === null && !this.#seek.stretch.isGrowing;
		if (isAtEnd && from !== null && this.#wish === null) this.#goTo(from);
	}

	/** From a first frame to the whole; a newer wish ends it early. */
	async #seekTo(time: number): Promise<void> {
		this.#wish = null;
		this.#steps = 0;
		this.#busy ??= Promise.withResolvers();
		await this.#seek.reach(time, async (isSettled) => {
			if (isSettled) this.#target = null;
			await this.#show();
		});
		if (this.#wish !== null) return;
		this.#target = null;
		this.#rested();
	}

	#rested(): void {
		this.#busy?.resolve();
		this.#busy = null;
	}

	async #step(): Promise<void> {
		const steps = this.#steps;
		const stretch = this.#seek.stretch;
		if (stretch === null) return;
		if (steps > 0) {
			this.#steps--;
			if (stretch.isGrowing) await this.#awaitMore(stretch);
			await stretch.advance();
			await this.#show();
			return;
		}
		const {from} = this.#options.recording;
		const before = (stretch.position ?? 0) - 1;
		// several at once: each would be folded for nothing
		const target = stretch.times.at(steps - 1) ?? stretch.times.at(0) ?? before;
		const isKnown = target < (stretch.position ?? 0);
		this.#target = isKnown ? target : Math.max(before, from ?? before);
		await this.#seekTo(this.#target);
	}

	/** Waits until the next look is due, then shows it; of looks that are due together only the last. */
	async #playOn(stretch: FoldedStretch): Promise<void> {
		const due = stretch.next?.time ?? 0;
		const position = stretch.position ?? due;
		const waitMs = stretch.isCaughtUp ? 0 : Math.min(MAX_WAIT_MS, (due - position) / this.#speed);
		const leftMs = this.#shownAt + waitMs - performance.now();
		if (leftMs > 0) {
			await this.#rest(leftMs);
			return;
		}
		const frameEnd = Math.max(due, position + FRAME_MS * this.#speed);
		while (stretch.next !== null && stretch.next.time <= frameEnd) {
			await stretch.advance();
			if (this.#options.isPausedByFindings && stretch.hasOpenedAlarm) {
				this.#isPlaying = false;
				break;
			}
		}
		await this.#show();
	}

	async #awaitMore(stretch: FoldedStretch): Promise<void> {
		await this.#rest(GROWTH_MS);
		if (this.#wish === null) await stretch.fetch();
	}

	async #show(): Promise<void> {
		const stretch = this.#seek.stretch;
		if (stretch === null || stretch.seen === null) return;
		this.#shownAt = performance.now();
		await this.#options.show(stretch.seen, this.status(), this.#open === null ? null : stretch.rowsOf(this.#open));
	}

	/** Until stirred, or for this long. */
	async #rest(ms: number | null): Promise<void> {
		let timer: NodeJS.Timeout | undefined;
		await new Promise<void>((resolve) => {
			this.#wake = resolve;
			if (ms !== null) timer = setTimeout(resolve, ms);
		});
		this.#wake = null;
		clearTimeout(timer);
	}
}
