/**
Plays a recording: one loop that obeys the newest wish (seek, step, play) and shows what it comes to. The state at an
instant is made of the 15 minutes before it, whichever way one came there; after a jump a first frame of the last three
minutes is shown, marked as provisional, until the rest has been folded.
*/
import type {Seen} from '../detect/assessor.ts';
import {GROWTH_MS, type Pass} from './folded-stretch.ts';
import type {BackendRows, OpenBackend, ReplayOptions, ReplayOrder, Standing} from './protocol.ts';
import {Place, type PlaceOptions} from './seek.ts';

export type PlayerOptions = PlaceOptions &
	Pick<ReplayOptions, 'isPausedByFindings' | 'isLooping' | 'speed'> & {
		/** Resolves when the next one may come; what is shown holds until then. */
		show(seen: Seen, standing: Standing, rows: BackendRows | null): Promise<void>;
		/** Between frames: something was obeyed. */
		tell(standing: Standing): void;
		showRows(rows: BackendRows): void;
	};

/** However fast it plays, no more frames than this. */
const FRAME_MS = 40;
/** A gap in the recording is not waited for longer. */
const MAX_WAIT_MS = 2000;

export class ReplayPlayer {
	readonly #options: PlayerOptions;
	readonly #place: Place;
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
		this.#place = new Place(options, () => !this.#isClosed && this.#wish === null);
	}

	obey(order: ReplayOrder): void {
		switch (order.type) {
			case 'seek':
				this.#seek(order.time);
				break;
			case 'end':
				this.#seek(this.#options.recording.isAscending ? this.#place.newest : (this.#options.recording.last ?? 0));
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
				if (order.of !== null && this.#place.pass !== null) this.#options.showRows(this.#place.pass.rowsOf(order.of));
		}
		this.#options.tell(this.standing());
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

	standing(): Standing {
		const {recording} = this.#options;
		return {
			isPlaying: this.#isPlaying,
			speed: this.#speed,
			position: this.#target ?? this.#place.pass?.position ?? recording.from,
			to: recording.to === null ? null : this.#place.newest,
			isProvisional: this.#place.isProvisional || this.#target !== null,
			note: recording.damage() ?? recording.note,
		};
	}

	/** Plays until closed. */
	async run(from: number): Promise<void> {
		this.#seek(from);
		while (!this.#isClosed) {
			const pass = this.#place.pass;
			if (this.#wish !== null) await this.#seekTo(this.#wish);
			else if (this.#steps !== 0) await this.#step();
			else if (this.#isPlaying && pass !== null && pass.next !== null) await this.#playOn(pass);
			else if (this.#isPlaying && pass?.isGrowing === true) await this.#awaitMore(pass);
			else if (this.#isPlaying && this.#options.isLooping) this.#seek(this.#options.recording.from ?? 0);
			else {
				this.#isPlaying = false;
				this.#options.tell(this.standing());
				await this.#rest(null);
			}
		}
		await this.#place.pass?.leave();
	}

	#seek(time: number): void {
		const {from} = this.#options.recording;
		this.#wish = time;
		this.#target = Math.max(from ?? time, Math.min(time, this.#place.newest));
	}

	#play(): void {
		const {from} = this.#options.recording;
		this.#isPlaying = true;
		const isAtEnd = this.#place.pass !== null && this.#place.pass.next === null && !this.#place.pass.isGrowing;
		if (isAtEnd && from !== null && this.#wish === null) this.#seek(from);
	}

	/** From a first frame to the whole; a newer wish ends it early. */
	async #seekTo(time: number): Promise<void> {
		this.#wish = null;
		this.#steps = 0;
		this.#busy ??= Promise.withResolvers();
		await this.#place.reach(time, async (isSettled) => {
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
		const pass = this.#place.pass;
		if (pass === null) return;
		if (steps > 0) {
			this.#steps--;
			if (pass.isGrowing) await this.#awaitMore(pass);
			await pass.advance();
			await this.#show();
			return;
		}
		const {from} = this.#options.recording;
		const before = (pass.position ?? 0) - 1;
		// several at once: each would be folded for nothing
		const target = pass.times.at(steps - 1) ?? pass.times.at(0) ?? before;
		const isKnown = target < (pass.position ?? 0);
		this.#target = isKnown ? target : Math.max(before, from ?? before);
		await this.#seekTo(this.#target);
	}

	/** Waits until the next look is due, then shows it; of looks that are due together only the last. */
	async #playOn(pass: Pass): Promise<void> {
		const due = pass.next?.time ?? 0;
		const position = pass.position ?? due;
		const waitMs = pass.isCaughtUp ? 0 : Math.min(MAX_WAIT_MS, (due - position) / this.#speed);
		const leftMs = this.#shownAt + waitMs - performance.now();
		if (leftMs > 0) {
			await this.#rest(leftMs);
			return;
		}
		const frameEnd = Math.max(due, position + FRAME_MS * this.#speed);
		while (pass.next !== null && pass.next.time <= frameEnd) {
			await pass.advance();
			if (this.#options.isPausedByFindings && pass.hasOpenedAlarm) {
				this.#isPlaying = false;
				break;
			}
		}
		await this.#show();
	}

	async #awaitMore(pass: Pass): Promise<void> {
		await this.#rest(GROWTH_MS);
		if (this.#wish === null) await pass.fetch();
	}

	async #show(): Promise<void> {
		const pass = this.#place.pass;
		if (pass === null || pass.seen === null) return;
		this.#shownAt = performance.now();
		await this.#options.show(pass.seen, this.standing(), this.#open === null ? null : pass.rowsOf(this.#open));
	}

	/** Until stirred, or for so long. */
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
