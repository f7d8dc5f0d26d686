/** Opens a recording of any form that product.md names. What it is, is told by looking into it, never by its name. */
import {closeSync, openSync, readSync, statSync} from 'node:fs';
import {fileSource, memorySource, observed} from '../capture/byte-source.ts';
import {openCapture} from '../capture/open.ts';
import {UserError} from '../errors.ts';
import {openDirectory} from '../saved/directory.ts';
import {openTextRecording} from '../saved/text-recording.ts';
import type {Recording} from '../source.ts';
import {stripControls} from '../text/strip-controls.ts';
import {FORMS, formOf, HEAD_BYTES} from './form.ts';
import {inOrderTaken} from './order.ts';
import {type Spool, spoolStdin} from './stdin-spool.ts';

export type OpenOptions = {
	/** `text`: leave out what netlink or ss said. */
	readonly source: 'auto' | 'text';
	/** Waits for more at the end of a capture that is still written. */
	readonly isFollowed?: boolean;
	/** Nothing will be added to a file any more: following ends at its end. */
	readonly isEnded?: () => boolean;
	/** What is kept of standard input, where another thread keeps it. */
	readonly spool?: Pick<Spool, 'path' | 'isEnded'>;
	/** Hears while it is opened how much of it has been looked at, from 0 to 1. */
	readonly onProgress?: (share: number) => void;
	/** Aborted, it ends opening and reading with an InterruptedError. */
	readonly signal?: AbortSignal;
};

/** Throws a UserError when the path cannot be read or holds no recording. `-` is standard input. */
export async function openRecording(path: string, options: OpenOptions): Promise<Recording> {
	if (path === '-') {
		const spool = options.spool ?? (await spoolStdin(options.isFollowed === true));
		return openFile(spool.path, 'standard input', {...options, isEnded: spool.isEnded});
	}
	return openFile(path, stripControls(path), options);
}

/** A capture in memory, under a name. */
export function openBytes(name: string, bytes: Uint8Array, {source, signal}: OpenOptions): Promise<Recording> {
	return openCapture(name, memorySource([bytes]), {isTextOnly: source === 'text', isFollowed: false, signal});
}

async function openFile(path: string, name: string, options: OpenOptions): Promise<Recording> {
	const recording = await openForm(path, name, options);
	// of one that grows nobody knows the end
	if (recording.isAscending || options.isFollowed === true) return recording;
	try {
		return await inOrderTaken(recording, options.signal);
	} catch (error) {
		recording.close();
		throw error;
	}
}

async function openForm(path: string, name: string, options: OpenOptions): Promise<Recording> {
	const isTextOnly = options.source === 'text';
	const head = headOf(path, name);
	if (head === null) return openDirectory(path, {isTextOnly});
	const {isFollowed = false, isEnded = () => false, signal, onProgress} = options;
	if ((await formOf(head, name)) === 'text') return openTextRecording(path, name, {signal, onProgress});
	if (onProgress === undefined) return openCapture(name, fileSource(path), {isTextOnly, isFollowed, isEnded, signal});
	let isOpen = false;
	const source = observed(fileSource(path), (share) => {
		if (!isOpen) onProgress(share);
	});
	const recording = await openCapture(name, source, {isTextOnly, isFollowed, isEnded, signal});
	isOpen = true;
	return recording;
}

/** The first bytes of a file, null of a directory. */
function headOf(path: string, name: string): Buffer | null {
	try {
		const stat = statSync(path);
		if (stat.isDirectory()) return null;
		// opening a pipe waits for its writer, and what it says can be read but once
		if (stat.isFIFO())
			throw new UserError(
				`cannot read ${name}: it is a pipe`,
				'name the recording - and redirect the pipe to standard input',
			);
		if (!stat.isFile()) throw new UserError(`cannot read ${name}: it is not a regular file`, FORMS);
		const fd = openSync(path, 'r');
		try {
			const head = Buffer.allocUnsafe(HEAD_BYTES);
			return head.subarray(0, readSync(fd, head, 0, HEAD_BYTES, 0));
		} finally {
			closeSync(fd);
		}
	} catch (error) {
		if (error instanceof UserError) throw error;
		throw new UserError(`cannot read ${name}: ${reasonOf(error)}`, FORMS);
	}
}

function reasonOf(error: unknown): string {
	const code = (error as NodeJS.ErrnoException).code;
	if (code === 'ENOENT') return 'no such file or directory';
	if (code === 'EACCES') return 'permission denied';
	return code ?? String(error);
}
