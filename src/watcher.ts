/** The main thread's end of the parser worker. */
import {Worker} from 'node:worker_threads';
import type {Look} from './snapshot.ts';
import {
	type BackendRows,
	type FromWorker,
	type KnownNames,
	type ToWorker,
	unpackLook,
	type WorkerOptions,
} from './worker-protocol.ts';

/** One look, and the rows of the backend that is open on screen, if one is. */
export type Sight = {readonly look: Look; readonly rows: BackendRows | null};

export type Watcher = {
	/**
	Looks as they come; ends after `close()`. Throws what crashed the worker: a screen must never stand still and look
	alive. To be iterated once.
	*/
	readonly sights: AsyncIterable<Sight>;
	send(message: ToWorker): void;
	/** Stops the worker; resolves when its thread has ended. */
	close(): Promise<void>;
};

/** Looks that nobody took yet are kept up to here, then the oldest are dropped: a blocked screen must not grow. */
const MAX_WAITING = 1_000;
/** A worker that does not stop by itself (a read that hangs) is ended after so long. */
const STOP_MS = 2_000;

/** Bundled, both files stand in dist/. */
const WORKER = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);

export function createWatcher(options: WorkerOptions, file: URL = WORKER): Watcher {
	const worker = new Worker(file, {workerData: options, name: 'traefik-top parser'});
	const queue = new Queue<Sight>(MAX_WAITING);
	const known: KnownNames = new Map();
	let isClosing = false;

	worker.on('message', (message: FromWorker) => {
		queue.push({look: unpackLook(message, known), rows: message.rows});
	});
	worker.on('error', (error) => queue.end(error instanceof Error ? error : new Error(String(error))));
	worker.on('messageerror', (error) => queue.end(error));
	const exit = new Promise<void>((resolve) => {
		worker.once('exit', (code) => {
			queue.end(isClosing ? null : new Error(`the parser worker ended by itself (exit code ${code})`));
			resolve();
		});
	});

	return {
		sights: queue,
		send: (message) => worker.postMessage(message),
		async close() {
			isClosing = true;
			worker.postMessage({type: 'stop'} satisfies ToWorker);
			const timer = setTimeout(() => worker.terminate(), STOP_MS);
			await exit;
			clearTimeout(timer);
		},
	};
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
