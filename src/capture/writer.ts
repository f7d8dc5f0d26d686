/**
Writes a capture, flushed at every tick: whatever ends the program, the machine or the disk, what was written before the
last tick can be read. What could not be written is cut off again, counted and said; the next tick tries again. When the
file itself is taken away (removed, replaced, truncated, written by others, not synced), that is said and a new file begins.
*/
import {join, parse} from 'node:path';
import {Fold} from '../fold/fold.ts';
import type {Tick} from '../reading.ts';
import {reasonOf} from '../system/cannot-write.ts';
import {CHUNK_HEAD_BYTES, encodeChunkHead, FRAME_END, OPEN_CHUNK} from './chunk.ts';
import {ChunkCompressor} from './chunk-compressor.ts';
import {CaptureEncoder} from './encoder.ts';
import {CaptureFile, FileFault, isFull, type Written} from './file.ts';
import {type BlockSink, recordedBy} from './tee.ts';

export type CaptureWriterOptions = {
	/** Overwrites what is there. Otherwise a capture is continued, and anything else is an error; undefined: no flag would. */
	readonly isForced?: boolean;
	/** The file is never longer: a new one is begun before; the one before is kept beside it as `FILE.1`. */
	readonly maxBytes?: number;
	/** Begins a new file when the first tick in it is so old. */
	readonly maxAgeMs?: number;
	/** Name of the file that is begun at a time, instead of the same one again with the one before as `FILE.1`. */
	readonly pathAt?: (time: number) => string;
	/** Called when the disk is full: whether something was deleted, so that it is worth trying again. */
	readonly makeRoom?: () => boolean;
	/** Writes into a file of its own, where nothing is: of this name or a name near it. */
	readonly isNew?: boolean;
	/** Whether each tick is on the disk before the next one: a conversion can be made again. */
	readonly isSynced?: boolean;
};

/** A chunk is closed after this long, or so much text: what a seek reads at most. */
export const CHUNK_MS = 120_000;
export const CHUNK_TEXT_BYTES = 16 * 1024 * 1024;

/** New files at most; whatever keeps taking them away must not fill a directory. */
const MAX_FAULTS = 20;

type OpenChunk = {readonly compressor: ChunkCompressor; readonly start: number; readonly from: number; to: number};

export class CaptureWriter implements BlockSink {
	/** Ticks that could not be written, and why the last one could not; null: all went well lately. */
	lost = 0;
	problem: string | null = null;
	/** Ticks written. */
	written = 0;
	/** The last tick alone was longer than `maxBytes`. */
	isLimitTooSmall = false;
	/** How often the file was taken away, and the sentence about the last time; null: never. */
	faults = 0;
	fault: string | null = null;
	readonly #options: CaptureWriterOptions;
	readonly #encoder = new CaptureEncoder();
	readonly #fold = new Fold();
	readonly #firstPath: string;
	#file: CaptureFile;
	#chunk: OpenChunk | null = null;
	/** Where the file is whole: what is written after it may fail. */
	#whole = {size: 0, isFrameOpen: false};
	/** A chunk began with a tick that was encoded for the one before. */
	#isStale = false;
	#queue: Promise<void> = Promise.resolve();
	#isClosed = false;

	/** Throws a UserError when the file may not be written, or holds something else. */
	constructor(path: string, options: CaptureWriterOptions = {}) {
		this.#firstPath = path;
		this.#options = options;
		this.#file = this.#openFile(path, options.isNew === true);
	}

	/** The file that is being written. */
	get path(): string {
		return this.#file.path;
	}

	/** It is of no use to go on: each file that is begun is taken away again. */
	get hasGivenUp(): boolean {
		return this.faults >= MAX_FAULTS;
	}

	/** Bytes of a snapshot that the last run left torn, and that were cut off to continue. */
	get cutBytes(): number {
		return this.#file.cutBytes;
	}

	/** The same tick, recorded while it is visited; `finish` when that is done, whether or not it was visited. */
	record(tick: Tick): {readonly tick: Tick; finish(): Promise<void>} {
		return recordedBy([this], tick, this.#encoder);
	}

	begin(time: number): ReturnType<BlockSink['begin']> {
		const isFresh = this.#isStale || this.#needsChunk(time);
		this.#isStale = false;
		return {
			isFresh,
			add: (blocks) => {
				this.#queue = this.#queue.then(() => this.#write(blocks, time, isFresh));
				return this.#queue;
			},
		};
	}

	/** Writes a tick that nobody else visits. */
	async write(tick: Tick): Promise<void> {
		const {tick: copy, finish} = this.record(tick);
		// who runs at the backends is asked for by the fold, which knows them
		if (copy.readings.some(({servers}) => servers != null)) this.#fold.fold(copy);
		await finish();
	}

	/** Ends the last chunk and says in its head where it ends. */
	async close(): Promise<void> {
		if (this.#isClosed) return;
		this.#isClosed = true;
		await this.#queue;
		const fault = this.hasGivenUp ? null : this.#file.fault();
		try {
			if (fault !== null) this.#tell(sentence(fault));
			if (fault?.isLost !== true) {
				this.#endChunk();
				await this.#file.sync();
			}
		} catch (error) {
			this.problem = reasonOf(error);
			if (error instanceof FileFault && fault === null) this.#tell(sentence(error));
		}
		this.#file.close();
	}

	#openFile(path: string, isNew: boolean): CaptureFile {
		const {isForced, maxBytes, maxAgeMs, pathAt} = this.#options;
		const isRotated = pathAt === undefined && (maxBytes !== undefined || maxAgeMs !== undefined);
		return new CaptureFile(path, {isForced, isRotated, isNew});
	}

	#tell(fault: string): void {
		this.faults++;
		this.fault = fault;
	}

	#needsChunk(time: number): boolean {
		const chunk = this.#chunk;
		if (chunk === null || chunk.compressor.textBytes >= CHUNK_TEXT_BYTES) return true;
		return time - chunk.from >= CHUNK_MS || time < chunk.to || this.#isOld(time);
	}

	#isOld(time: number): boolean {
		const {maxAgeMs} = this.#options;
		const {firstTime} = this.#file;
		return maxAgeMs !== undefined && firstTime !== null && time - firstTime >= maxAgeMs;
	}

	async #write(blocks: Buffer, time: number, isFresh: boolean): Promise<void> {
		try {
			const fault = this.hasGivenUp ? null : this.#file.fault();
			if (fault !== null) this.#goOn(fault, time);
			try {
				await this.#putWithRoom(blocks, time, isFresh);
			} catch (error) {
				if (!(error instanceof FileFault)) throw error;
				this.#goOn(error, time);
				await this.#putWithRoom(blocks, time, isFresh);
			}
		} catch (error) {
			this.lost++;
			this.problem = reasonOf(error);
			this.isLimitTooSmall = error instanceof TooLong;
			this.#giveUpChunk();
		}
	}

	/** On a full disk what is oldest goes, while there is something. */
	async #putWithRoom(blocks: Buffer, time: number, isFresh: boolean): Promise<void> {
		for (;;) {
			try {
				await this.#put(blocks, time, isFresh);
				return;
			} catch (error) {
				if (!isFull(error) || this.#options.makeRoom?.() !== true) throw error;
				this.#giveUpChunk();
			}
		}
	}

	async #put(blocks: Buffer, time: number, isFresh: boolean): Promise<void> {
		if (this.hasGivenUp) throw new Error(`no more new files after ${MAX_FAULTS}`);
		this.#keep();
		if (this.#needsChunk(time)) this.#endChunk();
		if (!(await this.#addToChunk(blocks, time))) {
			this.#isStale = !isFresh;
			await this.#beginChunk(blocks, time);
		}
		if (this.#options.isSynced !== false) await this.#file.sync();
		this.written++;
		this.problem = null;
	}

	/** Begins a new file beside the one that was taken away, which is left as it is. */
	#goOn(fault: FileFault, time: number): void {
		const what = sentence(fault);
		if (this.faults === MAX_FAULTS - 1) {
			this.#tell(`${what}; no new file is begun after ${MAX_FAULTS} of them`);
			return;
		}
		let next: CaptureFile;
		try {
			next = this.#openFile(this.#options.pathAt?.(time) ?? nameWithTime(this.#firstPath, time), true);
		} catch (error) {
			throw new Error(`${what}; and no other file: ${error instanceof Error ? error.message : error}`);
		}
		this.#tell(`${what}; going on in ${next.path}`);
		if (!fault.isLost) this.#tryToEnd();
		this.#chunk?.compressor.close();
		this.#chunk = null;
		this.#file.close();
		this.#file = next;
	}

	#tryToEnd(): void {
		try {
			this.#endChunk();
		} catch {
			// readers manage without the end
		}
	}

	#keep(): void {
		const {size, isFrameOpen} = this.#file;
		this.#whole = {size, isFrameOpen};
	}

	/** What was compressed after the lost tick would refer to it: the next tick begins a chunk. */
	#giveUpChunk(): void {
		const chunk = this.#chunk;
		const {size, isFrameOpen} = this.#whole;
		this.#file.cutTo(size, isFrameOpen, chunk === null ? null : writtenOf(chunk, 0));
		chunk?.compressor.close();
		this.#chunk = null;
	}

	/** false: the file would become too long, or there is no chunk. */
	async #addToChunk(blocks: Buffer, time: number): Promise<boolean> {
		const chunk = this.#chunk;
		if (chunk === null) return false;
		const bytes = await chunk.compressor.add(blocks);
		const {maxBytes = Number.POSITIVE_INFINITY} = this.#options;
		if (this.#file.size + bytes.length + FRAME_END.length > maxBytes) {
			this.#endChunk(blocks.length);
			return false;
		}
		this.#file.append(bytes);
		chunk.to = time;
		return true;
	}

	async #beginChunk(blocks: Buffer, time: number): Promise<void> {
		let file = this.#file;
		const compressor = new ChunkCompressor(blocks.length);
		try {
			const bytes = await compressor.add(blocks);
			const {maxBytes = Number.POSITIVE_INFINITY} = this.#options;
			const needed = CHUNK_HEAD_BYTES + bytes.length + FRAME_END.length;
			if (needed > maxBytes) throw new TooLong(needed, maxBytes);
			if (this.#isOld(time) || (file.size > 0 && file.size + file.endBytes + needed > maxBytes)) {
				this.#rotate(time);
				file = this.#file;
			} else file.endFrame();
			this.#keep();
			const start = file.size;
			file.append(encodeChunkHead(OPEN_CHUNK));
			file.append(bytes);
			file.isFrameOpen = true;
			file.firstTime = Math.min(file.firstTime ?? time, time);
			this.#chunk = {compressor, start, from: time, to: time};
		} catch (error) {
			compressor.close();
			throw error;
		}
	}

	#rotate(time: number): void {
		const {pathAt} = this.#options;
		if (pathAt === undefined) {
			this.#file.rotate();
			return;
		}
		const next = this.#openFile(pathAt(time), true);
		this.#file.endFrame();
		this.#file.close();
		this.#file = next;
	}

	/** What is flushed needs three bytes more to be a frame, less what did not come into the file. */
	#endChunk(leftOutBytes = 0): void {
		const chunk = this.#chunk;
		if (chunk === null) return;
		this.#file.endFrame();
		this.#file.fillHead(writtenOf(chunk, leftOutBytes));
		this.#keep();
		chunk.compressor.close();
		this.#chunk = null;
	}
}

function sentence({message, isLost}: FileFault): string {
	return isLost ? `${message}, and what was recorded in it is lost` : message;
}

/** `lb.capture` at an instant: `lb-20261125T140211Z.capture`. */
export function nameWithTime(path: string, time: number): string {
	const {dir, name, ext} = parse(path);
	return join(dir, `${name}-${new Date(time).toISOString().replace(/[-:]|\..*$/g, '')}Z${ext}`);
}

function writtenOf({start, from, to, compressor}: OpenChunk, leftOutBytes: number): Written {
	return {start, from, to, textKb: Math.ceil((compressor.textBytes - leftOutBytes) / 1024)};
}

class TooLong extends Error {
	constructor(bytes: number, maxBytes: number) {
		super(`a snapshot of ${bytes} bytes does not fit into a --max-size of ${maxBytes}`);
	}
}
