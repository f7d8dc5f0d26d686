/**
What the screen shows of a replay, and what keys ask of it. A key is answered at once with where it leads; the frame
follows from the worker.
*/
import type {Assessment} from '../../detect/assessment.ts';
import {type Finding, findingKey} from '../../detect/finding.ts';
import type {BackendSockets} from '../../fold/socket-row.ts';
import type {Gap} from '../../model/gaps.ts';
import type {Model} from '../../model/model.ts';
import {unpackModel} from '../../model/packed-model.ts';
import type {Controls} from '../../ui/state/controls.ts';
import {NEW_PLAYBACK, type Playback} from '../../ui/state/playback.ts';
import {Beginnings} from '../../worker/beginnings.ts';
import type {Marks, PlayerStatus, ReplayOrder} from '../../worker/protocol.ts';
import type {ReplayThread} from '../../worker/replay-client.ts';

export type ReplayScreen = {
	show(model: Model, assessment: Assessment, playback: Playback): void;
	showPlayback(playback: Playback): void;
	showRows(sockets: BackendSockets): void;
};

export type ReplayViewOptions = {
	readonly path: string;
	/** What the header calls it; null: nothing. */
	readonly name: string | null;
	/** IANA name. */
	readonly zone: string;
	readonly banner: string | null;
	readonly speed: number;
	/** Whether the recording is searched for its findings. */
	readonly isSearched: boolean;
	/** Writes a part of the recording; Unix ms. */
	export?(from: number, to: number): Promise<string>;
};

export class ReplayView {
	readonly controls: Controls;
	readonly #thread: ReplayThread;
	readonly #screen: ReplayScreen;
	readonly #options: ReplayViewOptions;
	readonly #findings = new Map<string, Finding>();
	#marks: readonly Finding[] | null = null;
	#gaps: readonly Gap[] = [];
	#clients: Playback['clients'] = null;
	/** Unix ms; null: to its end, or not at all. */
	#searchedUntil: number | null;
	#beginnings = new Beginnings([], 0);
	#shown: {readonly model: Model; readonly assessment: Assessment} | null = null;
	#status: PlayerStatus;
	/** Of the newest order. */
	#number = 0;

	constructor(thread: ReplayThread, screen: ReplayScreen, options: ReplayViewOptions) {
		this.#thread = thread;
		this.#screen = screen;
		this.#options = options;
		const {from, to, note, damage} = thread.about;
		const {speed} = options;
		this.#searchedUntil = options.isSearched ? from : null;
		this.#status = {isPlaying: true, speed, position: from, to, isProvisional: true, note: damage ?? note};
		this.controls = this.#makeControls();
	}

	/** From the last look ≤ a time on. */
	start(from: number): void {
		this.#thread.listen({
			frame: ({model, assessment, rows}, status, obeyed) => {
				this.#take(status, obeyed);
				if (rows !== null) this.#screen.showRows(rows);
				this.#shown = {model: unpackModel(model), assessment};
				this.#show();
			},
			status: (status, obeyed) => {
				this.#take(status, obeyed);
				this.#screen.showPlayback(this.playback());
			},
			rows: (rows) => this.#screen.showRows(rows),
			marks: (marks) => this.#mark(marks),
		});
		this.#order({type: 'seek', time: from}, {position: from});
	}

	playback(): Playback {
		const {isPlaying, ...status} = this.#status;
		const {host, from} = this.#thread.about;
		const {zone, banner, name} = this.#options;
		const marks = {
			marks: this.#marks,
			gaps: this.#gaps,
			clients: this.#clients,
			searchedUntil: this.#searchedUntil,
		};
		const mode = isPlaying ? 'replay' : 'paused';
		return {...NEW_PLAYBACK, ...marks, ...status, mode, intervalMs: null, from, host, name, zone, banner};
	}

	#show(): void {
		if (this.#shown === null) return;
		const {model, assessment} = this.#shown;
		this.#screen.show(model, this.#beginnings.correct(assessment, model.time), this.playback());
	}

	#mark({findings, gaps, until, isComplete, clients}: Marks): void {
		this.#searchedUntil = isComplete ? null : until;
		this.#clients = clients;
		for (const finding of findings) this.#findings.set(findingKey(finding), finding);
		this.#marks = [...this.#findings.values()].sort((a, b) => a.from - b.from);
		this.#gaps = gaps;
		const before = this.#oldest();
		this.#beginnings = new Beginnings(this.#marks, until);
		// what is shown may now be known to have begun earlier
		if (this.#oldest() === before) this.#screen.showPlayback(this.playback());
		else this.#show();
	}

	#oldest(): string | null {
		if (this.#shown === null) return null;
		const {model, assessment} = this.#shown;
		return this.#beginnings
			.correct(assessment, model.time)
			.open.map(({from}) => from)
			.join();
	}

	/** Of a status from before the newest order only what orders do not change holds. */
	#take(status: PlayerStatus, obeyed: number): void {
		const {to, note} = status;
		this.#status = obeyed >= this.#number ? status : {...this.#status, to, note};
	}

	#order(order: ReplayOrder, expected: Partial<PlayerStatus>): void {
		this.#number = this.#thread.send(order);
		this.#status = {...this.#status, ...expected};
		this.#screen.showPlayback(this.playback());
	}

	#makeControls(): Controls {
		return {
			setInterval() {},
			openBackend: (of) => void this.#thread.send({type: 'rows', of}),
			writeRecent: () => Promise.reject(new Error(`this is already a recording: ${this.#options.path}`)),
			...(this.#options.export === undefined ? {} : {export: this.#options.export}),
			seek: (time) => this.#order({type: 'seek', time}, {position: time, isProvisional: true}),
			goLive: () => this.#order({type: 'end'}, {position: this.#status.to, isProvisional: true}),
			step: (direction) => this.#order({type: 'step', direction}, {isPlaying: false}),
			play: () => this.#order({type: 'play'}, {isPlaying: true}),
			pause: () => this.#order({type: 'pause'}, {isPlaying: false}),
			setSpeed: (speed) => this.#order({type: 'speed', speed}, {speed}),
		};
	}
}
