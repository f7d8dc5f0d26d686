/**
The last 15 minutes as a capture in memory, so that an incident that nobody recorded is not lost. It is made of short
chunks, each readable by itself, so that the oldest can be dropped.
*/
import {createWriteStream, fdatasyncSync, rmSync} from 'node:fs';
import {Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {UserError} from '../errors.ts';
import type {Tick} from '../reading.ts';
import {LOOKBACK_MS} from '../snapshot.ts';
import {cannotWrite, reasonOf} from '../system/cannot-write.ts';
import {closeLocked, type LockedFile, makeLocked} from '../system/locked-file.ts';
import {encodeChunkHead, FRAME_END} from './chunk.ts';
import {ChunkCompressor} from './chunk-compressor.ts';
import {CaptureEncoder} from './encoder.ts';
import {type BlockSink, recordedBy} from './tee.ts';

export type RecentOptions = {
	/** Compressed bytes that are kept at most; the oldest go first. */
	readonly maxBytes?: number;
	readonly spanMs?: number;
	/** Bytes of text after which a chunk ends. */
	readonly maxChunkText?: number;
};

/** Unix ms of its first and last reading. */
export type Saved = {readonly path: string; readonly from: number; readonly to: number};

const MAX_BYTES = 32 * 1024 * 1024;
const CHUNK_MS = 60_000;
/** A chunk ends at this share of what may be kept, so that dropping the oldest leaves most. */
const CHUNK_SHARE = 1 / 8;
/**
A chunk is unpacked at once: a reader refuses one of 256 MB, which 100,000 sockets that hardly change fill in half a minute
without taking more than a megabyte. Shorter ones take more room: each begins with all sockets again.
*/
const MAX_CHUNK_TEXT = 64 * 1024 * 1024;
/** Readings wait for each other up to here, since compressing one alone takes longer than all that it is compressed for. */
const MAX_HELD = 10;
const MAX_HELD_BYTES = 256 * 1024;
/** Shorter readings are kept as they are: 15 minutes of them take a megabyte, and finding what changed takes time at each. */
const DELTA_BYTES = 64 * 1024;

type RecentChunk = {
	readonly from: number;
	to: number;
	pieces: Buffer[];
	bytes: number;
	textBytes: number;
	/** Readings that wait to be compressed, and their bytes. */
	held: Buffer[];
	heldBytes: number;
	compressor: ChunkCompressor | null;
	isEnded: boolean;
	hasFailed: boolean;
};

export class RecentCapture implements BlockSink {
	readonly #maxBytes: number;
	readonly #spanMs: number;
	readonly #maxChunkText: number;
	readonly #encoder = new CaptureEncoder();
	/** Oldest first; the last one is being written. */
	#chunks: RecentChunk[] = [];
	#queue: Promise<void> = Promise.resolve();
	#growth = Promise.withResolvers<void>();

	constructor({maxBytes = MAX_BYTES, spanMs = LOOKBACK_MS, maxChunkText = MAX_CHUNK_TEXT}: RecentOptions = {}) {
		this.#maxBytes = maxBytes;
		this.#spanMs = spanMs;
		this.#maxChunkText = maxChunkText;
	}

	/** Compressed bytes in memory. */
	get bytes(): number {
		return this.#chunks.reduce((sum, chunk) => sum + chunk.bytes, 0);
	}

	/** Unix ms of the oldest and the newest reading that can be had; null: none yet. */
	get from(): number | null {
		return this.#whole()[0]?.from ?? null;
	}
	get to(): number | null {
		return this.#whole().at(-1)?.to ?? null;
	}

	/** Resolves with the next reading that can be had, or when it is closed. */
	get growth(): Promise<void> {
		return this.#growth.promise;
	}

	/** A capture of what is kept now, as it would be in a file. */
	async pieces(): Promise<readonly Uint8Array[]> {
		const current = this.#chunks.at(-1);
		if (current !== undefined) this.#queue = this.#queue.then(() => compressHeld(current));
		await this.#queue;
		return this.#whole().flatMap(piecesOf);
	}

	/** The same tick, kept while it is visited; call `finish` before the next one. */
	record(tick: Tick): {readonly tick: Tick; finish(): Promise<void>} {
		return recordedBy([this], tick, this.#encoder);
	}

	begin(time: number): ReturnType<BlockSink['begin']> {
		const {chunk, isFresh} = this.#chunkFor(time);
		return {
			isFresh,
			add: (blocks) => {
				this.#queue = this.#queue.then(() => add(chunk, blocks, time)).then(() => this.#grow());
				return this.#queue;
			},
		};
	}

	/** Writes a new file that every command accepts. Throws a UserError. */
	async save(path: string): Promise<Saved> {
		const pieces = await this.pieces();
		const {from, to} = this;
		if (from === null || to === null) {
			throw new UserError('nothing to write: no reading yet', 'wait for the first reading');
		}
		await write(path, pieces);
		return {path, from, to};
	}

	close(): void {
		for (const chunk of this.#chunks) chunk.compressor?.close();
		this.#chunks = [];
		this.#grow();
	}

	#whole(): RecentChunk[] {
		return this.#chunks.filter(({bytes, hasFailed}) => bytes > 0 && !hasFailed);
	}

	#grow(): void {
		this.#growth.resolve();
		this.#growth = Promise.withResolvers();
	}

	#chunkFor(time: number): {chunk: RecentChunk; isFresh: boolean} {
		this.#dropOld(time);
		const current = this.#chunks.at(-1);
		const isFit =
			current !== undefined &&
			!current.hasFailed &&
			time - current.from < CHUNK_MS &&
			time >= current.to &&
			current.bytes < this.#maxBytes * CHUNK_SHARE &&
			current.textBytes < this.#maxChunkText;
		if (isFit) return {chunk: current, isFresh: false};
		if (current !== undefined) this.#queue = this.#queue.then(() => end(current));
		const compressed = {
			bytes: 0,
			textBytes: 0,
			held: [],
			heldBytes: 0,
			compressor: null,
			isEnded: false,
			hasFailed: false,
		};
		const chunk: RecentChunk = {from: time, to: time, pieces: [], ...compressed};
		this.#chunks.push(chunk);
		return {chunk, isFresh: true};
	}

	#dropOld(time: number): void {
		let {bytes} = this;
		while (this.#chunks.length > 1) {
			const [oldest] = this.#chunks;
			if (oldest === undefined || (bytes <= this.#maxBytes && oldest.to >= time - this.#spanMs)) return;
			bytes -= oldest.bytes;
			this.#chunks.shift();
		}
	}
}

async function add(chunk: RecentChunk, blocks: Buffer, time: number): Promise<void> {
	if (chunk.hasFailed || chunk.isEnded) return;
	// the window fits snapshots as long as the first one
	const isFirst = chunk.compressor === null;
	chunk.held.push(blocks);
	chunk.heldBytes += blocks.length;
	chunk.textBytes += blocks.length;
	chunk.to = time;
	if (isFirst || chunk.held.length >= MAX_HELD || chunk.heldBytes >= MAX_HELD_BYTES) await compressHeld(chunk);
}

async function compressHeld(chunk: RecentChunk): Promise<void> {
	const [first] = chunk.held;
	if (first === undefined || chunk.hasFailed) return;
	try {
		chunk.compressor ??= new ChunkCompressor(first.length, first.length >= DELTA_BYTES);
		push(chunk, await chunk.compressor.add(...chunk.held));
	} catch {
		chunk.hasFailed = true; // out of memory: what follows it goes into a chunk of its own
	}
	chunk.held = [];
	chunk.heldBytes = 0;
}

async function end(chunk: RecentChunk): Promise<void> {
	await compressHeld(chunk);
	if (chunk.compressor === null || chunk.hasFailed) return;
	try {
		push(chunk, await chunk.compressor.end());
		chunk.isEnded = true;
		// small pieces would keep the slabs of Node's that they lie in, many times as long, for a quarter of an hour
		chunk.pieces = [Buffer.concat(chunk.pieces)];
	} catch {
		chunk.hasFailed = true;
	}
	chunk.compressor = null;
}

function push(chunk: RecentChunk, piece: Buffer): void {
	chunk.pieces.push(piece);
	chunk.bytes += piece.length;
}

/** The chunk as it is in a file; one that is still open is ended there. */
function piecesOf({from, to, bytes, textBytes, pieces, isEnded}: RecentChunk): Uint8Array[] {
	const ending = isEnded ? [] : [FRAME_END];
	const frameBytes = bytes + (isEnded ? 0 : FRAME_END.length);
	return [encodeChunkHead({from, to, frameBytes, textKb: Math.ceil(textBytes / 1024)}), ...pieces, ...ending];
}

async function write(path: string, pieces: readonly Uint8Array[]): Promise<void> {
	let file: LockedFile | null = null;
	try {
		file = makeLocked(path, 1);
		await pipeline(Readable.from(pieces), createWriteStream(path, {fd: file.fd, autoClose: false}));
		fdatasyncSync(file.fd);
	} catch (error) {
		if (file !== null) rmSync(path, {force: true});
		throw cannotWrite(path, reasonOf(error));
	} finally {
		if (file !== null) closeLocked(file);
	}
}
