/**
Writes a capture, flushed at every tick: whatever ends the program, the machine or the disk, what was written before the
last tick can be read. What could not be written is cut off again, counted and said; the next tick tries anew.
*/
import {closeSync, constants, fdatasync, fstatSync, ftruncateSync, openSync, renameSync, writeSync} from 'node:fs';
import {UserError} from '../errors.ts';
import type {Tick} from '../reading.ts';
import {fileSource} from '../source/byte-source.ts';
import {CHUNK_HEAD_BYTES, encodeChunkHead, FRAME_END, OPEN_CHUNK} from '../source/capture-chunk.ts';
import {CaptureEncoder, recorded} from '../source/capture-encoder.ts';
import {type Chunk, chunksOf} from '../source/capture-index.ts';
import {stripControls} from '../text/strip-controls.ts';
import {ChunkCompressor} from './chunk-compressor.ts';

export type CaptureWriterOptions = {
	/** Overwrites what is there. Otherwise a capture is continued, and anything else is an error. */
	readonly isForced?: boolean;
	/** Begins a new file at this size; the one before is kept beside it as `FILE.1`. */
	readonly maxBytes?: number;
	/** Begins a new file when the first tick in it is so old. */
	readonly maxAgeMs?: number;
};

/** A chunk is closed after so long, or so much text: what a seek reads at most. */
export const CHUNK_MS = 120_000;
export const CHUNK_TEXT_BYTES = 16 * 1024 * 1024;

type OpenChunk = {readonly compressor: ChunkCompressor; readonly start: number; readonly from: number; to: number};

export class CaptureWriter {
	/** Ticks that could not be written, and why the last one could not; null: all went well lately. */
	lost = 0;
	problem: string | null = null;
	/** Ticks written. */
	written = 0;
	readonly path: string;
	readonly #options: CaptureWriterOptions;
	readonly #encoder = new CaptureEncoder();
	#fd: number;
	#size: number;
	#chunk: OpenChunk | null = null;
	/** A frame before `#size` lacks its end. */
	#isFrameOpen = false;
	#firstTime: number | null = null;
	/** A chunk began with a tick that was encoded for the one before. */
	#isStale = false;
	#queue: Promise<void> = Promise.resolve();
	#isClosed = false;

	/** Throws a UserError when the file may not be written, or holds something else. */
	constructor(path: string, options: CaptureWriterOptions = {}) {
		this.path = path;
		this.#options = options;
		this.#fd = open(path, options.isForced === true);
		this.#size = fstatSync(this.#fd).size;
		if (this.#size > 0) this.#continue();
	}

	/** The same tick, recorded while it is visited; `finish` when that is done, whether or not it was visited. */
	record(tick: Tick): {readonly tick: Tick; finish(): Promise<void>} {
		const isFresh = this.#isStale || this.#needsChunk(tick.time);
		if (isFresh) this.#encoder.startChunk();
		this.#isStale = false;
		const recording = recorded(tick, this.#encoder);
		return {
			tick: recording.tick,
			finish: () => {
				const blocks = Buffer.from(recording.finish());
				this.#queue = this.#queue.then(() => this.#write(blocks, tick.time, isFresh));
				return this.#queue;
			},
		};
	}

	/** Writes a tick that nobody else visits. */
	async write(tick: Tick): Promise<void> {
		await this.record(tick).finish();
	}

	/** Ends the last chunk and says in its head where it ends. */
	async close(): Promise<void> {
		if (this.#isClosed) return;
		this.#isClosed = true;
		await this.#queue;
		try {
			await this.#closeChunk();
		} catch (error) {
			this.problem = reasonOf(error);
		}
		closeSync(this.#fd);
	}

	#needsChunk(time: number): boolean {
		const chunk = this.#chunk;
		if (chunk === null || chunk.compressor.textBytes >= CHUNK_TEXT_BYTES) return true;
		return time - chunk.from >= CHUNK_MS || time < chunk.to;
	}

	async #write(blocks: Buffer, time: number, isFresh: boolean): Promise<void> {
		let before = this.#size;
		let wasOpen = this.#isFrameOpen;
		try {
			if (this.#needsChunk(time)) await this.#closeChunk();
			if (this.#chunk === null) {
				this.#rotate(time);
				before = this.#size;
				wasOpen = this.#isFrameOpen;
				this.#isStale = !isFresh;
				this.#beginChunk(blocks.length, time);
			}
			const chunk = this.#chunk as OpenChunk | null;
			if (chunk === null) return;
			this.#append(await chunk.compressor.add(blocks));
			this.#isFrameOpen = true;
			chunk.to = time;
			this.written++;
			this.problem = null;
			await this.#sync();
		} catch (error) {
			this.lost++;
			this.problem = reasonOf(error);
			this.#giveUpChunk(before, wasOpen);
		}
	}

	/** What was compressed after the lost tick would refer to it: the next tick begins a chunk. */
	#giveUpChunk(size: number, isFrameOpen: boolean): void {
		this.#chunk?.compressor.close();
		this.#chunk = null;
		this.#isFrameOpen = isFrameOpen;
		try {
			ftruncateSync(this.#fd, size);
			this.#size = size;
		} catch {
			// the reader skips what is torn
		}
	}

	#beginChunk(bytes: number, time: number): void {
		if (this.#isFrameOpen) this.#append(FRAME_END);
		this.#isFrameOpen = false;
		const start = this.#size;
		this.#append(encodeChunkHead(OPEN_CHUNK));
		this.#chunk = {compressor: new ChunkCompressor(bytes), start, from: time, to: time};
		this.#firstTime ??= time;
	}

	async #closeChunk(): Promise<void> {
		const chunk = this.#chunk;
		if (chunk === null) return;
		this.#chunk = null;
		const textKb = Math.ceil(chunk.compressor.textBytes / 1024);
		this.#append(await chunk.compressor.end());
		this.#isFrameOpen = false;
		const frameBytes = this.#size - chunk.start - CHUNK_HEAD_BYTES;
		writeAll(this.#fd, encodeChunkHead({from: chunk.from, to: chunk.to, frameBytes, textKb}), chunk.start);
	}

	#append(bytes: Uint8Array): void {
		writeAll(this.#fd, bytes, this.#size);
		this.#size += bytes.length;
	}

	#sync(): Promise<void> {
		// not every file system can; what it cannot do is no reason to stop
		return new Promise((resolve) => fdatasync(this.#fd, () => resolve()));
	}

	#rotate(time: number): void {
		const {maxBytes, maxAgeMs} = this.#options;
		const isLarge = maxBytes !== undefined && this.#size >= maxBytes;
		const isOld = maxAgeMs !== undefined && this.#firstTime !== null && time - this.#firstTime >= maxAgeMs;
		if (!isLarge && !isOld) return;
		if (this.#isFrameOpen) this.#append(FRAME_END);
		this.#isFrameOpen = false;
		renameSync(this.path, `${this.path}.1`);
		const fd = openSync(this.path, 'wx+', 0o640);
		closeSync(this.#fd);
		this.#fd = fd;
		this.#size = 0;
		this.#firstTime = null;
	}

	/** Goes on after a restart: what the last run left torn is cut off, and its chunk ended. */
	#continue(): void {
		const source = fileSource(this.path);
		let last: Chunk | null = null;
		for (const chunk of chunksOf(source)) {
			if (last === null && chunk.head.from > 0) this.#firstTime = chunk.head.from;
			last = chunk;
		}
		source.close();
		if (last === null) {
			closeSync(this.#fd);
			throw new UserError(
				`${stripControls(this.path)} exists and is no capture that can be continued`,
				'choose another file, or overwrite it with --force',
			);
		}
		const isEmpty = last.frameEnd <= last.frameStart;
		this.#size = isEmpty ? last.start : last.frameEnd;
		this.#isFrameOpen = !isEmpty && !last.isWhole;
		ftruncateSync(this.#fd, this.#size);
	}
}

function open(path: string, isForced: boolean): number {
	try {
		const {O_RDWR, O_CREAT, O_TRUNC} = constants;
		return openSync(path, O_RDWR | O_CREAT | (isForced ? O_TRUNC : 0), 0o640);
	} catch (error) {
		throw new UserError(`cannot write ${stripControls(path)}: ${reasonOf(error)}`, 'choose another file');
	}
}

/** A short write is one that is not finished yet; on a full disk the next one says so. */
function writeAll(fd: number, bytes: Uint8Array, position: number): void {
	for (let done = 0; done < bytes.length; ) {
		const count = writeSync(fd, bytes, done, bytes.length - done, position + done);
		if (count === 0) throw new Error('nothing more can be written');
		done += count;
	}
}

function reasonOf(error: unknown): string {
	const {code, message} = error as NodeJS.ErrnoException;
	const reasons: Record<string, string> = {
		ENOSPC: 'no space left on the disk',
		EDQUOT: 'the disk quota is used up',
		EFBIG: 'the file would be too large',
		EACCES: 'permission denied',
		EROFS: 'the file system is read-only',
		ENOENT: 'no such directory',
		EISDIR: 'it is a directory',
	};
	return (code === undefined ? undefined : reasons[code]) ?? message;
}
