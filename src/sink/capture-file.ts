/**
The file of a capture: opened without harm to what is there, written at its end, cut back to where all is whole, begun anew
beside the one before.
*/
import {closeSync, constants, fdatasync, fstatSync, ftruncateSync, openSync, renameSync, writeSync} from 'node:fs';
import {UserError} from '../errors.ts';
import {fileSource} from '../source/byte-source.ts';
import {CHUNK_HEAD_BYTES, encodeChunkHead, FRAME_END} from '../source/capture-chunk.ts';
import {type Chunk, chunksOf, firstTimeOf} from '../source/capture-index.ts';
import {stripControls} from '../text/strip-controls.ts';
import {writerOf} from './other-writer.ts';

/** A chunk's place and what its head will say. */
export type Written = {readonly start: number; readonly from: number; readonly to: number; readonly textKb: number};

/** `isForced` undefined: the user cannot force it. */
type Options = {readonly isForced: boolean | undefined; readonly isRotated: boolean};

const MODE = 0o640;

export class CaptureFile {
	readonly path: string;
	size: number;
	/** A frame before `size` lacks its end. */
	isFrameOpen = false;
	/** Earliest tick in it; null: it holds none. */
	firstTime: number | null = null;
	/** Bytes that the last run left torn at its end; they were cut off. */
	cutBytes = 0;
	#fd: number;
	/** The chunk of the open frame, when its head can be filled in. */
	#unended: Written | null = null;

	/** Throws a UserError when the file may not be written, or holds something else. */
	constructor(path: string, {isForced, isRotated}: Options) {
		this.path = path;
		if (isRotated && isForced !== true) refuseOther(`${path}.1`, isForced);
		this.#fd = open(path);
		try {
			const stat = fstatSync(this.#fd);
			if (!stat.isFile()) throw cannotWrite(path, 'it is no regular file');
			this.size = stat.size;
			if (isForced === true && this.size > 0) this.#empty();
			if (this.size > 0) this.#continue(isForced);
		} catch (error) {
			closeSync(this.#fd);
			throw error;
		}
	}

	/** What has to be kept for ending the frame that is open. */
	get endBytes(): number {
		return this.isFrameOpen ? FRAME_END.length : 0;
	}

	append(bytes: Uint8Array): void {
		writeAll(this.#fd, bytes, this.size);
		this.size += bytes.length;
	}

	/** What is before `size` stands; an open frame there belongs to `chunk`. */
	cutTo(size: number, isFrameOpen: boolean, chunk: Written | null): void {
		this.isFrameOpen = false;
		try {
			ftruncateSync(this.#fd, size);
		} catch {
			return; // the reader skips what is torn
		}
		this.size = size;
		this.isFrameOpen = isFrameOpen;
		if (isFrameOpen && chunk !== null) this.#unended = chunk;
	}

	/** Ends the frame that was left open. */
	endFrame(): void {
		if (!this.isFrameOpen) return;
		this.append(FRAME_END);
		this.isFrameOpen = false;
		if (this.#unended !== null) this.fillHead(this.#unended);
		this.#unended = null;
	}

	/** Says in the head of the chunk that ends here how long it is. */
	fillHead({start, from, to, textKb}: Written): void {
		const frameBytes = this.size - start - CHUNK_HEAD_BYTES;
		writeAll(this.#fd, encodeChunkHead({from, to, frameBytes, textKb}), start);
	}

	/** Begins anew; what was written so far stays beside it as `FILE.1`. */
	rotate(): void {
		this.endFrame();
		renameSync(this.path, `${this.path}.1`);
		let fd: number;
		try {
			fd = openSync(this.path, 'wx+', MODE);
		} catch (error) {
			renameSync(`${this.path}.1`, this.path); // goes on in the old one until there is room for another
			throw error;
		}
		closeSync(this.#fd);
		this.#fd = fd;
		this.size = 0;
		this.firstTime = null;
	}

	sync(): Promise<void> {
		// not every file system can; what it cannot do is no reason to stop
		return new Promise((resolve) => fdatasync(this.#fd, () => resolve()));
	}

	close(): void {
		closeSync(this.#fd);
	}

	#empty(): void {
		this.#refuseSecondWriter();
		ftruncateSync(this.#fd, 0);
		this.size = 0;
	}

	/** Goes on after a restart: what the last run left torn is cut off, and its chunk ended. */
	#continue(isForced: boolean | undefined): void {
		const source = fileSource(this.path);
		let last: Chunk | null = null;
		try {
			for (const chunk of chunksOf(source)) {
				if (last === null) this.firstTime = firstTimeOf(source, chunk);
				last = chunk;
			}
		} finally {
			source.close();
		}
		if (last === null) throw notContinued(this.path, isForced);
		if (!last.isWhole || last.head.frameBytes === 0) this.#refuseSecondWriter();
		const isEmpty = last.frameEnd <= last.frameStart;
		const size = isEmpty ? last.start : last.frameEnd;
		this.isFrameOpen = !isEmpty && !last.isWhole;
		this.cutBytes = isEmpty ? Math.max(0, this.size - last.frameStart) : this.size - size;
		ftruncateSync(this.#fd, size);
		this.size = size;
	}

	/** Two that append to one file write over each other. */
	#refuseSecondWriter(): void {
		const pid = writerOf(this.path, this.#fd);
		if (pid !== null) throw cannotWrite(this.path, `process ${pid} is writing it`);
	}
}

function open(path: string): number {
	try {
		// not waiting: a pipe nobody reads, a device, is refused afterwards
		return openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NONBLOCK, MODE);
	} catch (error) {
		throw cannotWrite(path, reasonOf(error));
	}
}

/** Rotating replaces `FILE.1`: what is no capture was not made by it. */
function refuseOther(path: string, isForced: boolean | undefined): void {
	let source: ReturnType<typeof fileSource>;
	try {
		source = fileSource(path);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
		throw cannotWrite(path, reasonOf(error));
	}
	try {
		if (source.size() > 0 && chunksOf(source).next().done === true) throw notContinued(path, isForced);
	} catch (error) {
		throw error instanceof UserError ? error : cannotWrite(path, reasonOf(error));
	} finally {
		source.close();
	}
}

function notContinued(path: string, isForced: boolean | undefined): UserError {
	return new UserError(
		`${stripControls(path)} exists and is no capture that can be continued`,
		isForced === undefined ? 'choose another file' : 'choose another file, or overwrite it with --force',
	);
}

export function cannotWrite(path: string, reason: string): UserError {
	return new UserError(`cannot write ${stripControls(path)}: ${reason}`, 'choose another file');
}

/** A short write is one that is not finished yet; on a full disk the next one says so. */
function writeAll(fd: number, bytes: Uint8Array, position: number): void {
	for (let done = 0; done < bytes.length; ) {
		const count = writeSync(fd, bytes, done, bytes.length - done, position + done);
		if (count === 0) throw new Error('nothing more can be written');
		done += count;
	}
}

export function reasonOf(error: unknown): string {
	const {code, message} = error as NodeJS.ErrnoException;
	const reasons: Record<string, string> = {
		ENOSPC: 'no space left on the disk',
		EDQUOT: 'the disk quota is used up',
		EFBIG: 'the file would be too large',
		EACCES: 'permission denied',
		EPERM: 'permission denied',
		EROFS: 'the file system is read-only',
		ENOENT: 'no such directory',
		ENOTDIR: 'no such directory',
		EISDIR: 'it is a directory',
		ENXIO: 'it is no regular file',
		ENAMETOOLONG: 'its name is too long',
		ETXTBSY: 'it is a program that runs',
	};
	return (code === undefined ? undefined : reasons[code]) ?? message;
}
