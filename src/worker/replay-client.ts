/** The main thread's end of a replay that runs in the parser worker. */
import {Worker} from 'node:worker_threads';
import {InterruptedError} from '../errors.ts';
import {spoolStdin} from '../recording/stdin-spool.ts';
import {PARSER_WORKER} from '../system/installation.ts';
import {revive, STOP_MS} from './client.ts';
import type {
	About,
	FromReplay,
	Marks,
	PlayerStatus,
	ReplayFrame,
	ReplayOptions,
	ReplayOrder,
	ToReplay,
} from './protocol.ts';

export type ReplayListener = {
	/** `status` holds up to order number `obeyed`. A frame is to be drawn before it returns. */
	frame(frame: ReplayFrame, status: PlayerStatus, obeyed: number): void;
	status(status: PlayerStatus, obeyed: number): void;
	rows(rows: NonNullable<ReplayFrame['rows']>): void;
	marks(marks: Marks): void;
};

export type ReplayThread = {
	readonly about: About;
	/** Called with what comes from now on. */
	listen(listener: ReplayListener): void;
	/** The order's number: ascending. */
	send(order: ReplayOrder): number;
	/** Resolves after `close()`; rejects with what crashed the thread. */
	readonly ended: Promise<void>;
	close(): Promise<void>;
};

type Opening = {
	/** Hears how far it is, from 0 to 1. */
	readonly onProgress?: (share: number) => void;
	/** Aborted, it ends opening with an InterruptedError. */
	readonly signal?: AbortSignal;
};

/** Opens a recording on a thread of its own. Rejects with a UserError when it is none. */
export async function startReplay(
	options: Omit<ReplayOptions, 'kind' | 'spool'>,
	{onProgress, signal}: Opening = {},
	file: URL = PARSER_WORKER,
): Promise<ReplayThread> {
	// a thread cannot read standard input by itself
	const spool = options.paths[0] === '-' ? await spoolStdin(options.isFollowed) : null;
	const kept = spool === null ? null : {path: spool.path, isEnded: spool.isEnded()};
	const workerData: ReplayOptions = {...options, kind: 'replay', spool: kept};
	const worker = new Worker(file, {workerData, name: 'traefik-top parser'});
	const post = (message: ToReplay) => worker.postMessage(message);
	const opened = Promise.withResolvers<About>();
	const ended = Promise.withResolvers<void>();
	let isClosing = false;
	let listener: ReplayListener | null = null;
	worker.on('message', (message: FromReplay) => {
		if (message.type === 'opened') opened.resolve(message.about);
		else if (message.type === 'opening') onProgress?.(message.share);
		else if (listener !== null) tell(listener, message);
		// keys and the frame itself come first
		if (message.type === 'frame') setImmediate(() => post({type: 'drawn'}));
	});
	const fail = (error: Error) => {
		opened.reject(error);
		ended.reject(error);
	};
	worker.on('error', (error) => fail(revive(error)));
	worker.on('messageerror', fail);
	worker.once('exit', (code) => {
		if (isClosing) ended.resolve();
		else fail(new Error(`the parser worker ended by itself (exit code ${code})`));
	});
	// whoever opens is told by `opened`
	ended.promise.catch(() => {});
	void spool?.ended.then(() => post({type: 'ended'}));
	const interrupt = () => {
		opened.reject(new InterruptedError());
		void worker.terminate();
	};
	// an earlier signal has ended standard input: what has come of it is wanted
	signal?.addEventListener('abort', interrupt, {once: true});
	const about = await opened.promise.finally(() => signal?.removeEventListener('abort', interrupt));
	let number = 0;
	return {
		about,
		listen: (to) => {
			listener = to;
		},
		send: (order) => {
			post({...order, number: ++number});
			return number;
		},
		ended: ended.promise,
		async close() {
			isClosing = true;
			post({type: 'stop'});
			const timer = setTimeout(() => worker.terminate(), STOP_MS);
			await ended.promise.catch(() => {}).finally(() => clearTimeout(timer));
		},
	};
}

function tell(listener: ReplayListener, message: Exclude<FromReplay, {type: 'opened' | 'opening'}>): void {
	if (message.type === 'frame') listener.frame(message, message.status, message.obeyed);
	else if (message.type === 'status') listener.status(message.status, message.obeyed);
	else if (message.type === 'rows') listener.rows(message.rows);
	else listener.marks(message);
}
