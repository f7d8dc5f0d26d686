/**
The file of a capture: locked and opened without harm to what is there, written at its end, cut back to where all is whole,
replaced by a new one beside the one before. What others do to it meanwhile (remove, replace, truncate, write) is found
before and after each write.
*/
import {
	fdatasync,
	fstatSync,
	ftruncateSync,
	readSync,
	renameSync,
	rmSync,
	type Stats,
	statSync,
	writeSync,
} from 'node:fs';
import {UserError} from '../errors.ts';
import {cannotWrite, reasonOf} from '../system/cannot-write.ts';
import {partPathOf, putInPlace} from '../system/in-place.ts';
import {closeLocked, type LockedFile, makeLocked, openLocked, refuseOtherWriter} from '../system/locked-file.ts';
import {stripControls} from '../text/strip-controls.ts';
import {fileSource} from './byte-source.ts';
import {CHUNK_HEAD_BYTES, encodeChunkHead, FRAME_END} from './chunk.ts';
import {chunksOf, firstTimeOf, type IndexedChunk} from './index.ts';

/** A chunk's place and what its head will say. */
export type Written = {readonly start: number; readonly from: number; readonly to: number; readonly textKb: number};

type Options = {
	/** undefined: the user cannot force it. */
	readonly isForced: boolean | undefined;
	readonly isRotated: boolean;
	/** Makes a file of this name, or a name near it, where nothing is. */
	readonly isNew: boolean;
};

/** What others did to the file, or the disk: to write on would lose more. Its message is a sentence without its end. */
export class FileFault extends Error {
	/** What was recorded in it is no longer there. */
	readonly isLost: boolean;

	constructor(message: string, {isLost}: {readonly isLost: boolean}) {
		super(message);
		this.isLost = isLost;
	}
}

/** What was written before must still be there after a write. */
const PROOF_BYTES = 16;
/** Errors of fdatasync(2) that say no more than that this file system has no such thing: no reason to stop. */
const NO_SYNC = ['EINVAL', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP'];
/** A file system that finds room for the bytes only now: as if the write had failed. */
const NO_ROOM = ['ENOSPC', 'EDQUOT'];

export class CaptureFile {
	readonly path: string;
	size = 0;
	/** A frame before `size` lacks its end. */
	isFrameOpen = false;
	/** Earliest tick in it; null: it holds none. */
	firstTime: number | null = null;
	/** Bytes that the last run left torn at its end; they were cut off. */
	cutBytes = 0;
	#open: LockedFile;
	/** The file's length as this process left it: `size`, and what could not be cut off. */
	#length = 0;
	#syncFault: FileFault | null = null;
	/** The chunk of the open frame, when its head can be filled in. */
	#unended: Written | null = null;

	/** Throws a UserError when the file may not be written, is being written, or holds something else. */
	constructor(path: string, {isForced, isRotated, isNew}: Options) {
		if (isRotated && isForced !== true) refuseOther(`${path}.1`, isForced);
		this.#open = isNew ? make(path) : openLocked(path);
		this.path = this.#open.path;
		try {
			this.#setSize(fstatSync(this.#fd).size);
			if (!this.#open.isCreated) refuseOtherWriter(path, this.#fd);
			if (isForced === true && this.size > 0) this.#empty();
			if (this.size > 0) this.#continue(isForced);
		} catch (error) {
			closeLocked(this.#open);
			throw error;
		}
	}

	get #fd(): number {
		return this.#open.fd;
	}

	/** What has to be kept for ending the frame that is open. */
	get endBytes(): number {
		return this.isFrameOpen ? FRAME_END.length : 0;
	}

	/** What has happened to the file since the last write; null: nothing. */
	fault(): FileFault | null {
		const {path} = this;
		if (this.#syncFault !== null) return this.#syncFault;
		const {dev, ino, nlink, size} = fstatSync(this.#fd);
		if (size < this.#length) return truncated(path);
		if (size > this.#length) return new FileFault(`another process wrote into ${path}`, {isLost: true});
		const isLost = nlink === 0;
		const there = statOf(path);
		if (there === 'unknown') return null;
		if (there === null) return new FileFault(`${path} was ${isLost ? 'removed' : 'moved away'}`, {isLost});
		return there.dev === dev && there.ino === ino ? null : replaced(path, isLost);
	}

	/** Throws a FileFault where the file was truncated meanwhile. */
	append(bytes: Uint8Array): void {
		const before = this.#lastBytes();
		this.#length = Math.max(this.#length, this.size);
		writeAll(this.#fd, bytes, this.size);
		if (!before.equals(this.#lastBytes())) throw truncated(this.path);
		this.#setSize(this.size + bytes.length);
	}

	/** What is before `size` stands; an open frame there belongs to `chunk`. */
	cutTo(size: number, isFrameOpen: boolean, chunk: Written | null): void {
		this.isFrameOpen = false;
		try {
			ftruncateSync(this.#fd, size);
		} catch {
			this.#length = fstatSync(this.#fd).size;
			return; // the reader skips what is torn
		}
		this.#setSize(size);
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

	/** Begins a new file; what was written so far stays beside it as `FILE.1`. */
	rotate(): void {
		this.endFrame();
		// made and locked under a name of its own first: without room for it, the old one goes on
		const next = makeLocked(partPathOf(this.path));
		try {
			replace(this.path, next.path);
		} catch (error) {
			closeLocked(next);
			rmSync(next.path, {force: true});
			throw error;
		}
		closeLocked(this.#open);
		this.#open = next;
		this.#setSize(0);
		this.firstTime = null;
	}

	/** Rejects with a FileFault when nobody knows any more which of the bytes are on the disk. */
	sync(): Promise<void> {
		return new Promise((resolve, reject) => {
			fdatasync(this.#fd, (error) => {
				const {code = ''} = error ?? {};
				if (error === null || NO_SYNC.includes(code)) resolve();
				else if (isFull(error)) reject(error);
				else {
					this.#syncFault = new FileFault(`${this.path} cannot be synced (${reasonOf(error)})`, {isLost: false});
					reject(this.#syncFault);
				}
			});
		});
	}

	close(): void {
		closeLocked(this.#open);
	}

	#setSize(size: number): void {
		this.size = size;
		this.#length = size;
	}

	#lastBytes(): Buffer {
		const bytes = Buffer.alloc(Math.min(PROOF_BYTES, this.size));
		const read = readSync(this.#fd, bytes, 0, bytes.length, this.size - bytes.length);
		if (read < bytes.length) throw truncated(this.path);
		return bytes;
	}

	#empty(): void {
		ftruncateSync(this.#fd, 0);
		this.#setSize(0);
	}

	/** Goes on after a restart: what the last run left torn is cut off, and its chunk ended. */
	#continue(isForced: boolean | undefined): void {
		const source = fileSource(this.path);
		let last: IndexedChunk | null = null;
		try {
			for (const chunk of chunksOf(source)) {
				if (last === null) this.firstTime = firstTimeOf(source, chunk);
				last = chunk;
			}
		} finally {
			source.close();
		}
		if (last === null) throw notContinued(this.path, isForced);
		const isEmpty = last.frameEnd <= last.frameStart;
		const size = isEmpty ? last.start : last.frameEnd;
		this.isFrameOpen = !isEmpty && !last.isWhole;
		this.cutBytes = isEmpty ? Math.max(0, this.size - last.frameStart) : this.size - size;
		ftruncateSync(this.#fd, size);
		this.#setSize(size);
	}
}

function make(path: string): LockedFile {
	try {
		return makeLocked(path);
	} catch (error) {
		if (error instanceof UserError) throw error;
		const problem = cannotWrite(path, reasonOf(error));
		problem.cause = error;
		throw problem;
	}
}

/** Errors of a disk without room; that of a new file is the cause of what the user is told. */
export function isFull(error: unknown): boolean {
	const {code = '', cause} = error as NodeJS.ErrnoException;
	return NO_ROOM.includes(code) || (cause !== undefined && isFull(cause));
}

function truncated(path: string): FileFault {
	return new FileFault(`${path} was truncated`, {isLost: true});
}

function replaced(path: string, isLost: boolean): FileFault {
	return new FileFault(`${path} was replaced by another file`, {isLost});
}

/** null: nothing is there; `unknown`: it cannot be looked at. */
function statOf(path: string): Stats | null | 'unknown' {
	try {
		return statSync(path);
	} catch (error) {
		const {code = ''} = error as NodeJS.ErrnoException;
		return ['ENOENT', 'ENOTDIR', 'ELOOP', 'ESTALE'].includes(code) ? null : 'unknown';
	}
}

/** Moves `path` to `FILE.1` and the file `next` to its place, if nobody else puts one there meanwhile. */
function replace(path: string, next: string): void {
	renameSync(path, `${path}.1`);
	try {
		putInPlace(next, path);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw replaced(path, false);
		putInPlace(`${path}.1`, path); // goes on in the old one until there is room for another
		throw error;
	}
}

/** Rotating replaces `FILE.1`: what is not a capture was not made by it. */
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
		`${stripControls(path)} exists and is not a capture that can be appended to`,
		isForced === undefined ? 'choose another file' : 'choose another file, or overwrite it with --force',
	);
}

/** A short write is one that is not finished yet; on a full disk the next one says so. */
function writeAll(fd: number, bytes: Uint8Array, position: number): void {
	for (let done = 0; done < bytes.length; ) {
		const count = writeSync(fd, bytes, done, bytes.length - done, position + done);
		if (count === 0) throw new Error('nothing more can be written');
		done += count;
	}
}
