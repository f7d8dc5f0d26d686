/** The live view on a terminal: the worker's looks, the way back through the last 15 minutes, the demo until then. */
import {resolve} from 'node:path';
import {type AssessedLook, Assessor} from '../../detect/assessor.ts';
import type {Finding} from '../../detect/finding.ts';
import type {FindingHook} from '../../sink/finding-hook.ts';
import {MemoryKeeper} from '../../system/memory.ts';
import type {Controls} from '../../ui/state/controls.ts';
import {NEW_PLAYBACK, type Playback} from '../../ui/state/playback.ts';
import {remember} from '../../ui/state/timeline.ts';
import type {Screen} from '../../ui/terminal/screen.ts';
import {createWatcher, type Sight, type Watcher} from '../../worker/client.ts';
import type {Flags} from '../command.ts';
import {HOOK_PATIENCE_MS, hookOf} from '../hook.ts';
import {say} from '../print.ts';
import {exitCodeOf, openScreen} from '../screen/screen.ts';
import {CostMeter} from '../screen/self-cost.ts';
import type {Terminal} from '../screen/terminal.ts';
import type {Settings} from '../settings.ts';
import {Demo} from './demo.ts';
import {KeptTimes} from './kept-times.ts';
import {PastView} from './past-view.ts';

export async function runLiveScreen(
	terminal: Terminal,
	flags: Flags,
	settings: Settings,
	signal: AbortSignal,
): Promise<number> {
	const {procRoot, match, pids, source, via, intervalMs, hasBackoff, backend, ignore, names, thresholds} = settings;
	const hook = hookOf(flags);
	const watcher = createWatcher({
		...{kind: 'live', procRoot, match, pids, source, via, intervalMs, hasBackoff, backend, ignore, names, thresholds},
		record: flags.record ?? null,
	});
	try {
		const view = new LiveView(terminal, settings, watcher, hook);
		signal.addEventListener('abort', () => view.screen.close(), {once: true});
		let failure: unknown = null;
		// A thread that crashed must end the screen: one that is frozen looks alive.
		const watching = view.watch(flags.demoIfNone === true).catch((error: unknown) => {
			failure = error;
			view.screen.close();
		});
		const ending = await view.screen.exit;
		view.close();
		view.sayFiles();
		await Promise.all([watcher.close(), hook?.close(HOOK_PATIENCE_MS)]);
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
	readonly #kept = new KeptTimes();
	readonly #past: PastView;
	readonly #meter = new CostMeter();
	readonly #memory = new MemoryKeeper(performance.now());
	readonly #assessor: Assessor;
	#intervalMs: number;
	#now: AssessedLook | null = null;
	#nowRows: Sight['rows'] = null;
	/** Of this watch, in the order of time. */
	#findings: readonly Finding[] = [];
	#demo: Demo | null = null;
	#said: string | null = null;
	#fault: string | null = null;
	/** Files that keys have made and what happened to them: a narrow screen cuts their names, so they are said once more at the end. */
	readonly #told: string[] = [];
	/** The file that is being recorded. */
	#recordingTo: string | null = null;

	constructor(terminal: Terminal, settings: Settings, watcher: Watcher, hook: FindingHook | null) {
		this.#settings = settings;
		this.#watcher = watcher;
		this.#hook = hook;
		this.#intervalMs = settings.intervalMs;
		this.#assessor = new Assessor({...settings, source: 'live'});
		this.#past = new PastView({
			watcher,
			findings: () => this.#findings,
			show: (model, assessment) => this.screen.show(model, assessment, this.#playback()),
			showRows: (rows) => this.screen.showRows(rows),
			changed: () => this.screen.showPlayback(this.#playback()),
		});
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

	/** When the screen is gone. */
	sayFiles(): void {
		for (const line of this.#told) say(line);
	}

	#see({look, rows, recording, keptFrom}: Sight): void {
		this.#memory.look(performance.now());
		this.#kept.add(look.time, keptFrom);
		this.#now = this.#assessor.see(look);
		this.#nowRows = rows;
		const {assessment} = this.#now;
		this.#findings = remember(this.#findings, assessment);
		this.#hook?.tell(assessment.opened, assessment.closed);
		this.#recordingTo = recording?.path ?? null;
		const problem = recording?.problem ?? null;
		if (problem !== null && problem !== this.#said) this.screen.say(`cannot write ${recording?.path}: ${problem}`);
		this.#said = problem;
		const fault = recording?.fault ?? null;
		if (fault !== null && fault !== this.#fault) {
			this.screen.say(fault);
			this.#told.push(fault);
		}
		this.#fault = fault;
		if (this.#demo !== null) return;
		if (this.#past.isBack) this.screen.showPlayback(this.#playback());
		else this.#showNow();
	}

	#showNow(): void {
		if (this.#nowRows !== null) this.screen.showRows(this.#nowRows);
		if (this.#now !== null) this.screen.show(this.#now.model, this.#now.assessment, this.#playback());
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
			intervalMs: this.#intervalMs,
			position: this.#now?.model.time ?? null,
			from: this.#kept.from,
			to: this.#kept.to,
			zone: this.#settings.zone,
			// of the demo, the screen remembers what it has shown
			marks: this.#demo === null ? this.#findings : null,
			isRecorded: this.#recordingTo !== null,
			self: this.#meter.measure(),
			...this.#past.playback(),
		};
	}

	#goBack(time: number): void {
		const look = this.#kept.at(time);
		if (look !== null) this.#past.goTo(look, this.#kept.to ?? look);
	}

	#goLive(): void {
		this.#past.leave();
		this.#showNow();
	}

	#step(direction: 1 | -1): void {
		const time = this.#kept.neighbour(this.#past.position ?? this.#kept.to ?? 0, direction);
		if (time !== null && time !== this.#kept.to) this.#goBack(time);
		else if (direction > 0) this.#goLive();
	}

	async #writeRecent(): Promise<string> {
		const {path} = await this.#watcher.save(resolve(`traefik-top-${this.#stamp()}.capture`));
		this.#told.push(`written: ${path}`);
		return `written: ${path}`;
	}

	/** Begins to record into a new file, or ends what is recorded, by --record too. Looks on their way say what was before. */
	async #record(): Promise<string> {
		const before = this.#recordingTo;
		const wanted = before === null ? resolve(`traefik-top-${this.#stamp()}-on.capture`) : null;
		const path = await this.#watcher.record(wanted);
		this.#recordingTo = path;
		this.screen.showPlayback(this.#playback());
		if (path !== null) {
			this.#told.push(`recorded: ${path}`);
			return `recording into ${path}; R ends it`;
		}
		return `recorded: ${resolve(before ?? '')}`;
	}

	/** Of the newest look, for a file's name. */
	#stamp(): string {
		return `${new Date(this.#now?.model.time ?? Date.now()).toISOString().replace(/[-:]|\..*$/g, '')}Z`;
	}

	/** Keys reach the demo while it plays; how often to look and what to record are the watch's own all the while. */
	#controls(): Controls {
		const own = this.#ownControls();
		const shown = () => this.#demo?.controls ?? own;
		return {
			setInterval: own.setInterval,
			record: () => this.#record(),
			openBackend: (of) => shown().openBackend(of),
			writeRecent: () => shown().writeRecent(),
			seek: (time) => shown().seek(time),
			goLive: () => shown().goLive(),
			step: (direction) => shown().step(direction),
			play: () => shown().play(),
			pause: () => shown().pause(),
			setSpeed: (speed) => shown().setSpeed(speed),
		};
	}

	#ownControls(): Controls {
		return {
			setInterval: (ms) => {
				this.#intervalMs = ms;
				this.#watcher.send({type: 'interval', intervalMs: ms});
				if (this.#demo === null) this.screen.showPlayback(this.#playback());
			},
			openBackend: (of) => this.#watcher.send({type: 'rows', of}),
			writeRecent: () => this.#writeRecent(),
			seek: (time) => this.#goBack(time),
			goLive: () => this.#goLive(),
			step: (direction) => this.#step(direction),
			play() {},
			pause() {},
			setSpeed() {},
		};
	}
}
