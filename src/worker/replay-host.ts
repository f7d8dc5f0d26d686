/** The worker's end of a replay: opens the recording, plays it, looks for its marks; posts what is to be drawn. */
import type {MessagePort} from 'node:worker_threads';
import {watchedOf} from '../parse/watched.ts';
import type {OpenOptions} from '../recording/open.ts';
import {openBytes} from '../recording/open.ts';
import {openRecordings} from '../recording/timeline.ts';
import type {Recording} from '../source.ts';
import type {FoldedStretchOptions} from './folded-stretch.ts';
import {FramePort} from './frame-port.ts';
import {MarkScan} from './marks.ts';
import {ReplayPlayer} from './player.ts';
import type {FromReplay, ReplayOptions, ToReplay} from './protocol.ts';

/** What opens sooner than this needs no word. */
const TELL_MS = 200;

export async function runReplay(options: ReplayOptions, port: MessagePort): Promise<void> {
	const host = new ReplayHost(options, port);
	try {
		await host.run();
	} finally {
		port.close(); // nothing else keeps the thread alive
	}
}

class ReplayHost {
	readonly #options: ReplayOptions;
	readonly #port: MessagePort;
	readonly #recordings: Recording[] = [];
	#player: ReplayPlayer | null = null;
	/** Orders that came before the recording was open. */
	#early: ToReplay[] = [];
	/** Resolves with the first seek, or null: there will be none. */
	readonly #start = Promise.withResolvers<number | null>();
	#isInputEnded: boolean;
	#isStopped = false;
	readonly #frames = new FramePort((message) => this.#post(message));

	constructor(options: ReplayOptions, port: MessagePort) {
		this.#options = options;
		this.#port = port;
		this.#isInputEnded = options.spool?.isEnded ?? true;
		port.on('message', (message: ToReplay) => this.#obey(message));
	}

	async run(): Promise<void> {
		const {isMarked, isFollowed, names, thresholds} = this.#options;
		const recording = await this.#open(this.#teller());
		const {host, from, to, first, last, note} = recording;
		this.#post({type: 'opened', about: {host, from, to, first, last, note, damage: recording.damage()}});
		const start = await this.#start.promise;
		if (start === null) return;
		const options: FoldedStretchOptions = {isWatched: watchedOf(this.#options), isFollowed, names, thresholds};
		const player = new ReplayPlayer({
			...this.#options,
			...options,
			recording,
			...this.#frames.audience,
		});
		this.#player = player;
		const scanning = isMarked ? this.#scan(options, player) : null;
		const playing = player.run(start);
		for (const order of this.#early) this.#obey(order);
		await Promise.all([playing, scanning]);
	}

	/** Says how far opening is, a few times a second. */
	#teller(): (share: number) => void {
		let dueMs = performance.now() + TELL_MS;
		return (share) => {
			if (performance.now() < dueMs) return;
			dueMs = performance.now() + TELL_MS;
			this.#post({type: 'opening', share});
		};
	}

	async #open(onProgress?: (share: number) => void): Promise<Recording> {
		const {paths, source, isFollowed, spool, bytes = null} = this.#options;
		const kept = spool === null ? {} : {spool: {path: spool.path, isEnded: () => this.#isInputEnded}};
		const options: OpenOptions = {source, isFollowed, ...kept, ...(onProgress === undefined ? {} : {onProgress})};
		const recording = await (bytes === null
			? openRecordings(paths, options)
			: openBytes(paths[0] ?? '', bytes, options));
		this.#recordings.push(recording);
		return recording;
	}

	async #scan(options: FoldedStretchOptions, player: ReplayPlayer): Promise<void> {
		// its own reader: passes over one recording must not share buffers
		const recording = await this.#open();
		await new MarkScan((marks) => this.#post(marks)).run(recording, options, async () => {
			await player.idle;
			return !this.#isStopped;
		});
	}

	#obey(message: ToReplay): void {
		if (message.type === 'drawn') this.#frames.drawn();
		else if (message.type === 'ended') this.#isInputEnded = true;
		else if (message.type === 'stop') this.#stop();
		else if (this.#player !== null) {
			this.#frames.obeyed = message.number;
			this.#player.obey(message);
		} else if (message.type === 'seek') {
			this.#frames.obeyed = message.number;
			this.#start.resolve(message.time);
		} else this.#early.push(message);
	}

	#stop(): void {
		this.#isStopped = true;
		this.#start.resolve(null);
		this.#frames.drawn();
		this.#player?.close();
		// whoever still reads comes to the end
		for (const recording of this.#recordings) recording.close();
	}

	#post(message: FromReplay): void {
		this.#port.postMessage(message);
	}
}
