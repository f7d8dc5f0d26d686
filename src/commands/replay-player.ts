/**
Plays a recording: one loop that obeys the newest wish (seek, step, play) and shows what it comes to. The state at an
instant is made of the 15 minutes before it, whichever way one came there; after a jump a first frame of the last three
minutes is shown, marked as provisional, until the rest has been folded.
*/
import {setImmediate, setTimeout as setTimeoutOf} from 'node:timers/promises';
import type {Finding} from '../finding.ts';
import {Fold} from '../fold.ts';
import type {Tick} from '../reading.ts';
import {LOOKBACK_MS} from '../snapshot.ts';
import type {Recording} from '../source/source.ts';
import type {Controls} from '../ui/controls.ts';
import {NEW_PLAYBACK, type Playback} from '../ui/playback.ts';
import type {OpenSockets} from '../ui/sockets.ts';
import {Assessor, type Seen} from './loop.ts';
import type {Settings} from './settings.ts';

export type PlayerOptions = {
	readonly recording: Recording;
	readonly settings: Settings;
	readonly isPausedByFindings: boolean;
	readonly banner: string | null;
	/** Begins anew at its end. */
	readonly isLooping: boolean;
	readonly speed: number;
	/** The recording may grow: at its end more is waited for. */
	readonly isFollowed?: boolean;
	show(seen: Seen, playback: Playback): void;
	showPlayback(playback: Playback): void;
	showRows(sockets: OpenSockets): void;
};

const FIRST_FRAME_MS = 3 * 60_000;
/** Keys get their turn after so long. */
const TURN_MS = 10;
/** However fast it plays, no more frames than this. */
const FRAME_MS = 40;
/** A gap in the recording is not waited for longer. */
const MAX_WAIT_MS = 2000;
const MAX_ROWS = 500;
/** Where a recording grows, keys get their turn after so long without more. */
const GROWTH_MS = 50;

/** One pass over a stretch of the recording. */
type Pass = {
	readonly fold: Fold;
	readonly assessor: Assessor;
	readonly ticks: AsyncIterator<Tick>;
	/** Asked for and not here yet. */
	pending: Promise<IteratorResult<Tick>> | null;
	isEnded: boolean;
};

export class ReplayPlayer {
	readonly controls: Controls;
	readonly #options: PlayerOptions;
	#marks: Pick<Playback, 'marks' | 'gaps'> = {marks: null, gaps: []};
	#pass: Pass | null = null;
	#seen: Seen | null = null;
	#next: Tick | null = null;
	/** Unix ms of the newest look known. */
	#to: number;
	/** What comes next was waited for: it is due at once. */
	#isCaughtUp = false;
	/** Of the looks in memory, ascending: where a step back leads. */
	#times: number[] = [];
	#isPlaying = true;
	#speed: number;
	#isProvisional = false;
	#wish: number | null = null;
	#steps = 0;
	#isClosed = false;
	#turnAt = 0;
	#wake: (() => void) | null = null;
	#open: {readonly instance: string; readonly address: string} | null = null;

	constructor(options: PlayerOptions) {
		this.#options = options;
		this.#speed = options.speed;
		const {recording} = options;
		this.#to = recording.to ?? 0;
		this.controls = {
			setInterval() {},
			openBackend: (backend) => {
				this.#open = backend;
				this.#showRows();
				this.#tellPlayback();
			},
			writeRecent: () => Promise.reject(new Error(`this is a recording already: ${recording.path}`)),
			seek: (time) => this.seek(time),
			goLive: () => this.seek(this.#to),
			step: (direction) => {
				this.#isPlaying = false;
				this.#steps += direction;
				this.#stir();
			},
			play: () => {
				this.#isPlaying = true;
				if (this.#next === null && recording.from !== null && !this.#isGrowing()) this.#wish = recording.from;
				this.#stir();
			},
			pause: () => {
				this.#isPlaying = false;
				this.#stir();
			},
			setSpeed: (speed) => {
				this.#speed = speed;
				this.#stir();
			},
		};
	}

	seek(time: number): void {
		this.#wish = time;
		this.#stir();
	}

	/** Findings and gaps of the whole recording, as far as they are known. */
	mark(findings: readonly Finding[], gaps: Playback['gaps']): void {
		this.#marks = {marks: findings, gaps};
		this.#tellPlayback();
	}

	close(): void {
		this.#isClosed = true;
		this.#stir();
	}

	playback(): Playback {
		const {recording, settings, banner} = this.#options;
		return {
			...NEW_PLAYBACK,
			...this.#marks,
			mode: this.#isPlaying ? 'replay' : 'paused',
			intervalMs: null,
			speed: this.#speed,
			position: this.#seen?.model.time ?? recording.from,
			from: recording.from,
			to: recording.to === null ? null : this.#to,
			host: recording.host,
			zone: settings.zone,
			isProvisional: this.#isProvisional,
			banner,
			note: recording.damage() ?? recording.note,
		};
	}

	/** Plays until closed. */
	async run(from: number): Promise<void> {
		this.#wish = from;
		while (!this.#isClosed) {
			if (this.#wish !== null) await this.#seekTo(this.#wish);
			else if (this.#steps !== 0) await this.#step();
			else if (this.#isPlaying && this.#next !== null) await this.#playOn();
			else if (this.#isPlaying && this.#isGrowing()) await this.#awaitMore();
			else if (this.#isPlaying && this.#options.isLooping) this.#wish = this.#options.recording.from;
			else {
				this.#isPlaying = false;
				this.#tellPlayback();
				await this.#rest(null);
			}
		}
		await this.#leave();
	}

	/** From a first frame to the whole; a newer wish ends it early. */
	async #seekTo(time: number): Promise<void> {
		this.#wish = null;
		this.#steps = 0;
		const {recording} = this.#options;
		const begin = recording.from ?? time;
		for (const span of [FIRST_FRAME_MS, LOOKBACK_MS]) {
			const isWhole = time - span <= begin || span === LOOKBACK_MS;
			if (!(await this.#foldUntil(time, time - span))) return;
			this.#isProvisional = !isWhole;
			this.#show();
			if (isWhole) return;
		}
	}

	/** false: something else is wanted meanwhile. */
	async #foldUntil(time: number, from: number): Promise<boolean> {
		const {recording, settings} = this.#options;
		await this.#leave();
		const pass: Pass = {
			fold: new Fold({isWatched: settings.isWatched}),
			assessor: new Assessor({settings, source: 'recording'}),
			ticks: recording.ticks(from)[Symbol.asyncIterator](),
			pending: null,
			isEnded: false,
		};
		this.#pass = pass;
		this.#times = [];
		this.#next = await this.#following(pass);
		while (this.#next !== null && (this.#next.time <= time || this.#times.length === 0)) {
			await this.#advance(pass, from);
			if (performance.now() > this.#turnAt) {
				await setImmediate();
				this.#turnAt = performance.now() + TURN_MS;
				if (this.#isClosed || this.#wish !== null) return false;
			}
		}
		return true;
	}

	/** One look on. What lies before `after` warms nothing: a recording may begin earlier than it was asked to. */
	async #advance(pass: Pass, after = Number.NEGATIVE_INFINITY): Promise<void> {
		const tick = this.#next;
		if (tick === null) return;
		if (tick.time > after || this.#times.length === 0) {
			this.#seen = pass.assessor.see(pass.fold.fold(tick));
			this.#times.push(tick.time);
			if (this.#times.length > 20_000) this.#times.splice(0, 10_000);
		}
		this.#next = await this.#following(pass);
	}

	async #step(): Promise<void> {
		const direction = Math.sign(this.#steps);
		this.#steps -= direction;
		if (direction > 0) {
			if (this.#isGrowing() && this.#next === null) await this.#awaitMore();
			if (this.#pass !== null && this.#next !== null) await this.#advance(this.#pass);
			this.#show();
		} else {
			const earlier = this.#times.at(-2);
			const before = (this.#times.at(-1) ?? 0) - 1;
			const target = earlier ?? Math.max(before, this.#options.recording.from ?? before);
			const left = this.#steps;
			await this.#seekTo(target);
			this.#steps += left;
		}
	}

	/** Waits until the next look is due, then shows it; of looks that are due together only the last. */
	async #playOn(): Promise<void> {
		const pass = this.#pass;
		const next = this.#next;
		if (pass === null || next === null) return;
		const position = this.#times.at(-1) ?? next.time;
		if (!this.#isCaughtUp) await this.#rest(Math.min(MAX_WAIT_MS, Math.max(0, (next.time - position) / this.#speed)));
		if (this.#hasWish() || !this.#isPlaying) return;
		const frameEnd = Math.max(next.time, position + FRAME_MS * this.#speed);
		while (this.#next !== null && this.#next.time <= frameEnd) {
			await this.#advance(pass);
			if (this.#options.isPausedByFindings && this.#seen?.assessment.opened.some(isAlarm)) {
				this.#isPlaying = false;
				break;
			}
		}
		this.#show();
	}

	/** The next look; null: there is none, or none yet. */
	async #following(pass: Pass): Promise<Tick | null> {
		pass.pending ??= pass.ticks.next();
		const isAtEnd = this.#options.isFollowed === true && (this.#times.at(-1) ?? 0) >= this.#to;
		this.#isCaughtUp = isAtEnd;
		const result = await (isAtEnd ? Promise.race([pass.pending, setTimeoutOf(GROWTH_MS, null)]) : pass.pending);
		if (result === null) return null;
		pass.pending = null;
		pass.isEnded = result.done === true;
		if (result.done === true) return null;
		this.#to = Math.max(this.#to, result.value.time);
		return result.value;
	}

	/** At the end of what there is, and more may come. */
	#isGrowing(): boolean {
		return this.#options.isFollowed === true && this.#next === null && this.#pass?.isEnded === false;
	}

	async #awaitMore(): Promise<void> {
		await this.#rest(GROWTH_MS);
		if (this.#pass !== null && this.#wish === null) this.#next = await this.#following(this.#pass);
	}

	/** Ends a pass. One that waits for more ends when that comes, or with the recording: nobody waits for it. */
	async #leave(): Promise<void> {
		const ended = this.#pass?.ticks.return?.();
		if (this.#pass?.pending == null) await ended;
	}

	#hasWish(): boolean {
		return this.#isClosed || this.#wish !== null || this.#steps !== 0;
	}

	#show(): void {
		if (this.#seen === null) return;
		this.#showRows();
		this.#options.show(this.#seen, this.playback());
	}

	#showRows(): void {
		if (this.#open === null || this.#pass === null) return;
		const {instance, address} = this.#open;
		this.#options.showRows({instance, address, rows: this.#pass.fold.rowsOf(instance, address, MAX_ROWS)});
	}

	#tellPlayback(): void {
		this.#options.showPlayback(this.playback());
	}

	#stir(): void {
		this.#wake?.();
	}

	/** Until stirred, or for so long; a stir that changes nothing is told to the screen all the same. */
	async #rest(ms: number | null): Promise<void> {
		let timer: NodeJS.Timeout | undefined;
		await new Promise<void>((resolve) => {
			this.#wake = () => {
				if (!this.#isClosed && this.#wish === null) this.#tellPlayback();
				resolve();
			};
			if (ms !== null) timer = setTimeout(resolve, ms);
		});
		this.#wake = null;
		clearTimeout(timer);
	}
}

function isAlarm({severity}: {readonly severity: string}): boolean {
	return severity !== 'notice';
}
