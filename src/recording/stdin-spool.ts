/**
Standard input as a file: a recording is read from more than one place, and more than once. What comes is kept as it is in
a file without a name, which is gone when the program ends, however it ends.
*/
import {fstatSync, mkdtempSync, openSync, rmSync, writeSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {UserError} from '../errors.ts';
import {formOf, HEAD_BYTES} from './form.ts';

export type Spool = {
	/** Can be opened again and again. */
	readonly path: string;
	/** Whether all of standard input is in it. */
	isEnded(): boolean;
	/** Resolves when it is. */
	readonly ended: Promise<void>;
};

/** Longer input is not a recording that somebody piped on purpose. */
const MAX_BYTES = 8 * 1024 ** 3;
let spool: Promise<Spool> | null = null;

/** Resolves when all of standard input is there, or, `isFollowed`, when something is. One spool serves a process. */
export function spoolStdin(isFollowed: boolean): Promise<Spool> {
	spool ??= start(isFollowed);
	return spool;
}

async function start(isFollowed: boolean): Promise<Spool> {
	if (process.stdin.isTTY) {
		throw new UserError('standard input is a terminal', 'pipe a recording in: zcat x.capture.gz | … -');
	}
	if (fstatSync(0).isFile()) return {path: '/dev/fd/0', isEnded: () => true, ended: Promise.resolve()};
	const fd = openUnnamed();
	let isEnded = false;
	let size = 0;
	let head: Buffer | null = Buffer.alloc(0);
	const {promise, resolve, reject} = Promise.withResolvers<void>();
	const refuse = (error: unknown) => {
		reject(error);
		end();
		process.stdin.destroy();
	};
	/** What is not a recording is not kept until it ends, which may be never. */
	const look = (piece: Buffer) => {
		if (head === null) return;
		head = Buffer.concat([head, piece]);
		if (head.length < HEAD_BYTES) return;
		formOf(head.subarray(0, HEAD_BYTES), 'standard input').catch(refuse);
		head = null;
	};
	process.stdin.on('data', (piece: Buffer) => {
		look(piece);
		try {
			for (let done = 0; done < piece.length; ) done += writeSync(fd, piece, done);
			size += piece.length;
			if (size > MAX_BYTES) throw new Error(`it is longer than ${MAX_BYTES / 1024 ** 3} GB`);
			if (isFollowed && size >= HEAD_BYTES) resolve();
		} catch (error) {
			refuse(new UserError(`cannot keep standard input: ${(error as Error).message}`, 'save it to a file'));
		}
	});
	const ended = Promise.withResolvers<void>();
	const end = () => {
		isEnded = true;
		resolve();
		ended.resolve();
	};
	process.stdin.on('end', end).on('error', end);
	// told to stop: what has come until now is all there is
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, end);
	// what follows may be slow to come: a first look is due after a second
	if (isFollowed) process.stdin.once('data', () => setTimeout(resolve, 1000));
	await promise;
	return {path: `/dev/fd/${fd}`, isEnded: () => isEnded, ended: ended.promise};
}

function openUnnamed(): number {
	const folder = mkdtempSync(join(tmpdir(), 'traefik-top-'));
	try {
		return openSync(join(folder, 'stdin'), 'wx+', 0o600);
	} finally {
		rmSync(folder, {recursive: true});
	}
}
