/** Opens a recording of any form that product.md names. What it is, is told by looking into it, never by its name. */
import {closeSync, openSync, readSync, statSync} from 'node:fs';
import {UserError} from '../errors.ts';
import {stripControls} from '../text/strip-controls.ts';
import {fileSource} from './byte-source.ts';
import {isCapture, openCapture} from './capture.ts';
import {openDirectory} from './directory.ts';
import {inOrderTaken} from './order.ts';
import type {Recording} from './source.ts';
import {type Spool, spoolStdin} from './stdin-spool.ts';
import {isTextRecording, openTextRecording} from './text-recording.ts';

/** A table's header stands at the beginning, after at most a time line and what a shell printed. */
const HEAD_BYTES = 64 * 1024;

const FORMS = 'a recording is a capture, text saved from /proc/PID/net/tcp, or a directory of snapshots';

export type OpenOptions = {
	/** `text`: leave out what netlink or ss said. */
	readonly source: 'auto' | 'text';
	/** Waits for more at the end of a capture that is still written. */
	readonly isFollowed?: boolean;
	/** Nothing will be added to a file any more: following ends at its end. */
	readonly isEnded?: () => boolean;
	/** What is kept of standard input, where another thread keeps it. */
	readonly spool?: Pick<Spool, 'path' | 'isEnded'>;
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
	if (head.length === 0) throw new UserError(`${name} is empty`, FORMS);
	if (await isCapture(head)) {
		const {isFollowed = false, isEnded = () => false, signal} = options;
		return openCapture(name, fileSource(path), {isTextOnly, isFollowed, isEnded, signal});
	}
	if (isTextRecording(head)) return openTextRecording(path, name, options.signal);
	throw new UserError(`${name} is no recording: ${whatIs(head)}`, FORMS);
}

/** The first bytes of a file, null of a directory. */
function headOf(path: string, name: string): Buffer | null {
	try {
		const stat = statSync(path);
		if (stat.isDirectory()) return null;
		// opening a pipe waits for its writer, and what it says can be read but once
		if (stat.isFIFO()) throw new UserError(`cannot read ${name}: it is a pipe`, 'name it - and feed standard input');
		if (!stat.isFile()) throw new UserError(`cannot read ${name}: it is no regular file`, FORMS);
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

/** What files of other forms begin with: a capture may be under gzip or zstd, other recordings not. */
const PACKED: readonly (readonly [magic: readonly number[], what: string])[] = [
	[[0x1f, 0x8b], 'gzip'],
	[[0x28, 0xb5, 0x2f, 0xfd], 'zstd'],
	[[0xfd, 0x37, 0x7a, 0x58, 0x5a], 'xz'],
	[[0x42, 0x5a, 0x68], 'bzip2'],
	[[0x50, 0x4b, 0x03, 0x04], 'a zip archive'],
];

/** One clause that tells a person which file was given by mistake, and where. */
function whatIs(head: Buffer): string {
	if (head.subarray(257, 262).toString('latin1') === 'ustar') return 'it is a tar archive; unpack it first';
	const packed = PACKED.find(([magic]) => head.subarray(0, magic.length).equals(Buffer.from(magic)));
	if (packed !== undefined) return `it is ${packed[1]}, and no capture is in it as it stands; unpack it first`;
	if (head[0] === 0xff && head[1] === 0xfe) return 'it is UTF-16 text, as PowerShell writes; save it as UTF-8';
	const binary = head.findIndex((byte) => byte < 9 || (byte > 13 && byte < 32 && byte !== 27) || byte === 127);
	if (binary !== -1) return `it is binary from byte ${binary} on`;
	const line = stripControls(head.toString('utf8').split('\n', 1)[0] ?? '').trim();
	return `line 1 reads “${line.length > 60 ? `${line.slice(0, 60)}…` : line}”`;
}
