/** The live side of the parser worker: reads, folds, keeps the last 15 minutes, and records. */
import type {MessagePort} from 'node:worker_threads';
import {CaptureEncoder} from '../capture/encoder.ts';
import {RecentCapture} from '../capture/recent.ts';
import {RecentRecording} from '../capture/recent-recording.ts';
import {recordedBy} from '../capture/tee.ts';
import {CaptureWriter} from '../capture/writer.ts';
import {UserError} from '../errors.ts';
import {Fold} from '../fold/fold.ts';
import type {BackendSockets, OpenBackend} from '../fold/socket-row.ts';
import {anySource} from '../live/any-source.ts';
import {watchedOf} from '../parse/watched.ts';
import type {Source} from '../source.ts';
import {type KnownNames, packLook} from './packed-look.ts';
import {
	type FromLive,
	MAX_ROWS,
	type RecordingStatus,
	type ToLive,
	type WorkerAnswer,
	type WorkerOptions,
	type WorkerRequest,
} from './protocol.ts';
import type {Travel} from './travel.ts';

/** Ticks that may wait for the disk; then reading waits, too. */
const MAX_UNWRITTEN = 10;

export class LiveWorker {
	readonly #port: MessagePort;
	readonly #source: Source;
	readonly #fold: Fold;
	readonly #encoder = new CaptureEncoder();
	readonly #recent = new RecentCapture();
	readonly #options: WorkerOptions;
	/** Loaded when the view first goes back: with it come the model and all rules. */
	#travel: Promise<Travel> | null = null;
	readonly #known: KnownNames = new Map();
	#writer: CaptureWriter | null = null;
	#unwritten = 0;
	/** Resolves when every request so far has been answered. */
	#answered: Promise<unknown> = Promise.resolve();
	#open: OpenBackend | null = null;

	constructor(options: WorkerOptions, port: MessagePort) {
		this.#port = port;
		this.#source = anySource({...options, via: options.via ?? []});
		const isWatched = watchedOf(options);
		this.#fold = new Fold({isWatched});
		this.#source.setBackends?.((remote, port) => this.#fold.isBackend(remote, port));
		this.#options = options;
		if (options.record != null) this.#writer = new CaptureWriter(options.record);
		port.on('message', (message: ToLive) => this.#obey(message));
	}

	async run(): Promise<void> {
		try {
			for await (const tick of this.#source) {
				const sinks = this.#writer === null ? [this.#recent] : [this.#recent, this.#writer];
				const recording = recordedBy(sinks, tick, this.#encoder);
				const look = this.#fold.fold(recording.tick);
				const more = {rows: this.#rows(), recording: this.#recording(), keptFrom: this.#recent.from};
				this.#post(packLook(look, this.#known, more));
				const writing = recording.finish().finally(() => this.#unwritten--);
				if (++this.#unwritten >= MAX_UNWRITTEN) await writing;
			}
			await this.#answered;
			await this.#writer?.close();
		} finally {
			(await this.#travel)?.leave();
			this.#recent.close();
			this.#port.close(); // nothing else keeps the thread alive
		}
	}

	#obey(message: ToLive): void {
		switch (message.type) {
			case 'interval':
				this.#source.setInterval?.(message.intervalMs);
				break;
			case 'rows':
				this.#open = message.of;
				void this.#travel?.then((travel) => travel.openBackend(message.of));
				break;
			case 'seek':
				this.#travel ??= this.#openTravel();
				void this.#travel.then((travel) => travel.obey(message));
				break;
			case 'leave':
			case 'drawn':
				void this.#travel?.then((travel) => travel.obey(message));
				break;
			case 'stop':
				this.#source.stop();
				break;
			default:
				this.#answered = Promise.all([this.#answered, this.#answer(message)]);
		}
	}

	async #openTravel(): Promise<Travel> {
		const {Travel} = await import('./travel.ts');
		const {names, thresholds} = this.#options;
		const travel = new Travel({
			...{isWatched: watchedOf(this.#options), names, thresholds},
			open: () => new RecentRecording(this.#recent),
			post: (message) => this.#post(message),
		});
		travel.openBackend(this.#open);
		return travel;
	}

	async #answer(request: WorkerRequest & {readonly number: number}): Promise<void> {
		const answer = {type: 'answer', number: request.number, problem: null, saved: null, recordedTo: null} as const;
		let given: WorkerAnswer = answer;
		try {
			if (request.type === 'save') given = {...answer, saved: await this.#recent.save(request.path)};
			else given = {...answer, recordedTo: await this.#record(request.path)};
		} catch (error) {
			if (!(error instanceof UserError)) throw error;
			given = {...answer, problem: {message: error.message, hint: error.hint}};
		}
		this.#post(given);
	}

	#post(message: FromLive): void {
		this.#port.postMessage(message);
	}

	async #record(path: string | null): Promise<string | null> {
		const before = this.#writer;
		const writer = path === null ? null : new CaptureWriter(path, {isNew: true});
		this.#writer = writer;
		await before?.close();
		return writer?.path ?? null;
	}

	#recording(): RecordingStatus | null {
		if (this.#writer === null) return null;
		const {path, written, lost, problem, fault} = this.#writer;
		return {path, written, lost, problem, fault};
	}

	#rows(): BackendSockets | null {
		const open = this.#open;
		return open === null ? null : {...open, rows: this.#fold.rowsOf(open.instance, open.address, MAX_ROWS)};
	}
}
