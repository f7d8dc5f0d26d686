/** The main thread's end of the parser worker. */
import {Worker} from 'node:worker_threads';
import type {Saved} from '../capture/recent.ts';
import {UserError} from '../errors.ts';
import type {BackendSockets} from '../fold/socket-row.ts';
import type {Look} from '../snapshot.ts';
import {PARSER_WORKER} from '../system/installation.ts';
import {type KnownNames, unpackLook} from './packed-look.ts';
import type {
	FromLive,
	FromPlayer,
	Order,
	RecordingStatus,
	ToLive,
	WorkerAnswer,
	WorkerOptions,
	WorkerRequest,
} from './protocol.ts';

/** One look, and the rows of the backend that is open on screen, if one is. */
export type Sight = {
	readonly look: Look;
	readonly rows: BackendSockets | null;
	/** The file that is being recorded. */
	readonly recording: RecordingStatus | null;
	/** Unix ms of the oldest reading that is kept in memory; null: none yet. */
	readonly keptFrom: number | null;
};

export type Watcher = {
	/**
	Looks as they come; ends after `close()`. Throws what crashed the worker: a screen must never freeze and look
	alive. To be iterated once.
	*/
	readonly sights: AsyncIterable<Sight>;
	send(order: Order): void;
	/** Back to the last reading ≤ a time, Unix ms; null: to now. Returns the order's number: ascending. */
	travel(time: number | null): number;
	/** What comes of that: called with each frame and what is told between frames. A frame is to be drawn before it returns. */
	onPast(listener: (said: FromPlayer) => void): void;
	/**
	Records into a new file from now on, and resolves with its name; null: no longer. Where something has the name already,
	one near it is taken. Rejects with a UserError.
	*/
	record(path: string | null): Promise<string | null>;
	/** Writes the last 15 minutes into a new file; rejects with a UserError. */
	save(path: string): Promise<Saved>;
	/** Stops the worker; resolves when its thread has ended. */
	close(): Promise<void>;
};

/** Looks that nobody took yet are kept up to here, then the oldest are dropped: a blocked screen must not grow. */
const MAX_WAITING = 1_000;
/** A worker that does not stop by itself (a read that hangs) is ended after this long. */
export const STOP_MS = 2_000;

export function createWatcher(options: WorkerOptions, file: URL = PARSER_WORKER): Watcher {
	const worker = new Worker(file, {workerData: options, name: 'traefik-top parser'});
	const queue = new Queue<Sight>(MAX_WAITING);
	const known: KnownNames = new Map();
	let isClosing = false;

	const asked = new Map<number, {resolve(answer: WorkerAnswer): void; reject(error: Error): void}>();
	let number = 0;
	let travels = 0;
	let tellPast: (said: FromPlayer) => void = () => {};
	const post = (message: ToLive) => worker.postMessage(message);

	const ask = (request: WorkerRequest) => {
		const answered = new Promise<WorkerAnswer>((resolve, reject) => asked.set(++number, {resolve, reject}));
		post({...request, number});
		return answered;
	};
	const onAnswer = (answer: WorkerAnswer) => {
		const waiting = asked.get(answer.number);
		asked.delete(answer.number);
		if (answer.problem === null) waiting?.resolve(answer);
		else waiting?.reject(new UserError(answer.problem.message, answer.problem.hint));
	};
	worker.on('message', (message: FromLive) => {
		if (message.type === 'answer') onAnswer(message);
		else if (message.type !== 'look') tellPast(message);
		else {
			const {rows, recording, keptFrom} = message;
			queue.push({look: unpackLook(message, known), rows, recording, keptFrom});
		}
		// keys and the frame itself come first
		if (message.type === 'frame') setImmediate(() => post({type: 'drawn'}));
	});
	worker.on('error', (error) => queue.end(revive(error)));
	worker.on('messageerror', (error) => queue.end(error));
	const exit = new Promise<void>((resolve) => {
		worker.once('exit', (code) => {
			queue.end(isClosing ? null : new Error(`the parser worker ended by itself (exit code ${code})`));
			for (const {reject} of asked.values()) reject(new Error('the parser worker has ended'));
			asked.clear();
			resolve();
		});
	});

	return {
		sights: queue,
		send: post,
		travel(time) {
			travels++;
			post(time === null ? {type: 'leave'} : {type: 'seek', time, number: travels});
			return travels;
		},
		onPast: (listener) => {
			tellPast = listener;
		},
		record: async (path) => (await ask({type: 'record', path})).recordedTo,
		async save(path) {
			const {saved} = await ask({type: 'save', path});
			if (saved === null) throw new Error('the parser worker did not say what it saved');
			return saved;
		},
		async close() {
			isClosing = true;
			post({type: 'stop'});
			const timer = setTimeout(() => worker.terminate(), STOP_MS);
			await exit;
			clearTimeout(timer);
		},
	};
}

/** An error loses its class on its way between threads. */
export function revive(error: unknown): Error {
	if (!(error instanceof Error)) return new Error(String(error));
	const isForUser = error.name === 'UserError' && 'hint' in error;
	return isForUser ? new UserError(error.message, String(error.hint)) : error;
}

/** What one side pushes the other takes in order; an end comes after all that was pushed, an error before it. */
class Queue<T> implements AsyncIterable<T> {
	readonly #limit: number;
	readonly #items: T[] = [];
	#end: {readonly error: Error | null} | null = null;
	#wake: (() => void) | null = null;

	constructor(limit: number) {
		this.#limit = limit;
	}

	push(item: T): void {
		this.#items.push(item);
		if (this.#items.length > this.#limit) this.#items.shift();
		this.#wake?.();
	}

	/** The first end counts. */
	end(error: Error | null): void {
		this.#end ??= {error};
		this.#wake?.();
	}

	async *[Symbol.asyncIterator](): AsyncGenerator<T> {
		for (;;) {
			if (this.#end?.error) throw this.#end.error;
			const item = this.#items.shift();
			if (item !== undefined) yield item;
			else if (this.#end !== null) return;
			else {
				await new Promise<void>((resolve) => {
					this.#wake = resolve;
				});
			}
		}
	}
}
