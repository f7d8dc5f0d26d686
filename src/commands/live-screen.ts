/** The live view on a terminal: the worker's looks, the way back through the last 15 minutes, the demo until then. */

import {Assessor, type Seen} from '../detect/assessor.ts';
import type {FindingHook} from '../sink/finding-hook.ts';
import type {Controls} from '../ui/controls.ts';
import {NEW_PLAYBACK, type Playback} from '../ui/playback.ts';
import type {Screen} from '../ui/screen.ts';
import {createWatcher, type Sight, type Watcher} from '../watcher.ts';
import {Demo} from './demo.ts';
import {hookOf} from './hook.ts';
import {KeptLooks} from './kept-looks.ts';
import {CostMeter, exitCodeOf, openScreen} from './screen.ts';
import type {Settings} from './settings.ts';
import type {Flags} from './spec.ts';
import type {Terminal} from './terminal.ts';

export async function runLiveScreen(
	terminal: Terminal,
	flags: Flags,
	settings: Settings,
	signal: AbortSignal,
): Promise<number> {
	const {procRoot, match, pids, source, via, intervalMs, backend, ignore} = settings;
	const hook = hookOf(flags);
	const watcher = createWatcher({
		...{kind: 'live', procRoot, match, pids, source, via, intervalMs, backend, ignore},
		record: flags.record ?? null,
	});
	try {
		const view = new LiveView(terminal, settings, watcher, hook);
		signal.addEventListener('abort', () => view.screen.close(), {once: true});
		let failure: unknown = null;
		// A thread that crashed must end the screen: one that stands still looks alive.
		const watching = view.watch(flags.demoIfNone === true).catch((error: unknown) => {
			failure = error;
			view.screen.close();
		});
		const ending = await view.screen.exit;
		view.close();
		await Promise.all([watcher.close(), hook?.close(2000)]);
		await watching;
		if (failure !== null) throw failure;
		return exitCodeOf(ending);
	} finally {
		await watcher.close();
	}
}

class LiveView {
	readonly screen: Screen;
	readonly #settings: Settings;
	readonly #watcher: Watcher;
	readonly #hook: FindingHook | null;
	readonly #kept = new KeptLooks();
	readonly #meter = new CostMeter();
	readonly #assessor: Assessor;
	#intervalMs: number;
	#now: Seen | null = null;
	/** What is shown instead of now, while the view has gone back. */
	#past: Seen | null = null;
	#demo: Demo | null = null;
	#said: string | null = null;
	/** The file that is being recorded. */
	#recordingTo: string | null = null;

	constructor(terminal: Terminal, settings: Settings, watcher: Watcher, hook: FindingHook | null) {
		this.#settings = settings;
		this.#watcher = watcher;
		this.#hook = hook;
		this.#intervalMs = settings.intervalMs;
		this.#assessor = new Assessor({...settings, source: 'live'});
		this.screen = openScreen(terminal, settings, this.#controls(), this.#playback());
	}

	async watch(isDemoWanted: boolean): Promise<void> {
		for await (const sight of this.#watcher.sights) {
			if (isDemoWanted) await this.#changeDemo(sight);
			this.#see(sight);
		}
	}

	close(): void {
		void this.#demo?.close();
	}

	#see({look, rows, recording}: Sight): void {
		this.#kept.add(look);
		this.#now = this.#assessor.see(look);
		const {model, assessment} = this.#now;
		this.#hook?.tell(assessment.opened, assessment.closed);
		this.#recordingTo = recording?.path ?? null;
		const problem = recording?.problem ?? null;
		if (problem !== null && problem !== this.#said) this.screen.say(`cannot write ${recording?.path}: ${problem}`);
		this.#said = problem;
		if (this.#demo !== null) return;
		if (rows !== null) this.screen.showRows(rows);
		if (this.#past === null) this.screen.show(model, assessment, this.#playback());
		else this.screen.showPlayback(this.#playback());
	}

	/** Old data under a banner while there is nothing else, and never longer. */
	async #changeDemo({look}: Sight): Promise<void> {
		if (look.snapshots.length > 0) {
			void this.#demo?.close();
			this.#demo = null;
			return;
		}
		if (this.#demo !== null || this.#now !== null) return;
		this.#demo = await Demo.open(this.#settings, {
			show: (model, assessment, playback) => {
				if (this.#demo !== null) this.screen.show(model, assessment, {...playback, self: this.#meter.measure()});
			},
			showPlayback: (playback) => {
				if (this.#demo !== null) this.screen.showPlayback({...playback, self: this.#meter.measure()});
			},
			showRows: (rows) => this.screen.showRows(rows),
		});
		void this.#demo?.run().catch((error: unknown) => {
			this.#demo = null;
			this.screen.say(error instanceof Error ? error.message : String(error));
		});
	}

	#playback(): Playback {
		return {
			...NEW_PLAYBACK,
			mode: this.#past === null ? 'live' : 'back',
			intervalMs: this.#intervalMs,
			position: (this.#past ?? this.#now)?.model.time ?? null,
			from: this.#kept.from,
			to: this.#kept.to,
			zone: this.#settings.zone,
			isRecorded: this.#recordingTo !== null,
			self: this.#meter.measure(),
		};
	}

	#goBack(time: number): void {
		const assessor = new Assessor({...this.#settings, source: 'live'});
		for (const look of this.#kept.until(time)) this.#past = assessor.see(look);
		const past = this.#past;
		if (past !== null) this.screen.show(past.model, past.assessment, this.#playback());
	}

	#goLive(): void {
		this.#past = null;
		const now = this.#now;
		if (now !== null) this.screen.show(now.model, now.assessment, this.#playback());
	}

	#step(direction: 1 | -1): void {
		const time = this.#kept.neighbour((this.#past ?? this.#now)?.model.time ?? 0, direction);
		if (time !== null && time !== this.#kept.to) this.#goBack(time);
		else if (direction > 0) this.#goLive();
	}

	async #writeRecent(): Promise<string> {
		const {path} = await this.#watcher.save(`traefik-top-${this.#stamp()}.capture`);
		return `written: ${path}`;
	}

	/** Begins to record into a new file, or ends what is recorded, by --record too. Looks on their way say what was before. */
	async #record(): Promise<string> {
		const before = this.#recordingTo;
		const path = before === null ? `traefik-top-${this.#stamp()}-on.capture` : null;
		await this.#watcher.record(path);
		this.#recordingTo = path;
		this.screen.showPlayback(this.#playback());
		return path === null ? `recorded: ${before}` : `recording into ${path}; R ends it`;
	}

	/** Of the newest look, for a file's name. */
	#stamp(): string {
		return `${new Date(this.#now?.model.time ?? Date.now()).toISOString().replace(/[-:]|\..*$/g, '')}Z`;
	}

	/** Keys reach the demo while it plays. */
	#controls(): Controls {
		const demo = () => this.#demo?.controls ?? null;
		return {
			setInterval: (ms) => {
				this.#intervalMs = ms;
				this.#watcher.send({type: 'interval', intervalMs: ms});
				if (demo() === null) this.screen.showPlayback(this.#playback());
			},
			openBackend: (of) => {
				if (demo() === null) this.#watcher.send({type: 'rows', of});
				else demo()?.openBackend(of);
			},
			writeRecent: () => demo()?.writeRecent() ?? this.#writeRecent(),
			record: () => this.#record(),
			seek: (time) => (demo() === null ? this.#goBack(time) : demo()?.seek(time)),
			goLive: () => (demo() === null ? this.#goLive() : demo()?.goLive()),
			step: (direction) => (demo() === null ? this.#step(direction) : demo()?.step(direction)),
			play: () => demo()?.play(),
			pause: () => demo()?.pause(),
			setSpeed: (speed) => demo()?.setSpeed(speed),
		};
	}
}
