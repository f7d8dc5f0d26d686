/** Where things are in a capture: its chunks when it is compressed, its ticks by halves when it is plain text. */
import {zstdDecompressSync} from 'node:zlib';
import {markBytes} from '../system/byte-order-mark.ts';
import {
	type ByteSource,
	blockAt,
	CHUNK_HEAD_BYTES,
	CHUNK_SIGNATURE,
	type ChunkHead,
	decodeChunkHead,
	FRAME_END,
	findChunkHead,
	frameHeaderBytes,
	walkFrame,
} from './chunk.ts';
import {isDelta} from './delta.ts';
import {decodeHead, HEAD_START, type Head, VERSION} from './head.ts';

export type IndexedChunk = {
	/** Of its head. */
	readonly start: number;
	readonly head: ChunkHead;
	readonly frameStart: number;
	/** After its last whole block. */
	readonly frameEnd: number;
	readonly isWhole: boolean;
	/** Where the next chunk would be. */
	readonly next: number;
};

/**
The chunks of a capture that `record` wrote, by their heads; none: it is compressed otherwise, or not at all. `onSkipped` is
told where bytes are that belong to no chunk.
*/
export function* chunksOf(source: ByteSource, onSkipped: (at: number) => void = () => {}): Generator<IndexedChunk> {
	let start: number | null = 0;
	if (decodeChunkHead(source.read(0, CHUNK_HEAD_BYTES)) === null) return;
	while (start !== null && start < source.size()) {
		const head = decodeChunkHead(source.read(start, CHUNK_HEAD_BYTES));
		if (head === null) return;
		const chunk = chunkAt(source, start, head);
		yield chunk;
		start = chunk.next;
		if (start < source.size() && !hasHead(source, start)) {
			onSkipped(start);
			start = findChunkHead(source, start);
		}
	}
}

function hasHead(source: ByteSource, offset: number): boolean {
	return decodeChunkHead(source.read(offset, CHUNK_HEAD_BYTES)) !== null;
}

function chunkAt(source: ByteSource, start: number, head: ChunkHead): IndexedChunk {
	const frameStart = start + CHUNK_HEAD_BYTES;
	const told = frameStart + head.frameBytes;
	if (head.frameBytes > 0 && told <= source.size()) {
		return {start, head, frameStart, frameEnd: told, isWhole: true, next: told};
	}
	const frame = walkFrame(source, frameStart);
	const open: ChunkHead = {...head, frameBytes: 0};
	if (frame === null) {
		return {start, head: open, frameStart, frameEnd: frameStart, isWhole: false, next: frameStart};
	}
	return {start, head: open, frameStart, frameEnd: frame.end, isWhole: frame.isWhole, next: frame.end};
}

/** Time of a chunk's first tick, from its head or else from its first block; null: neither says it. */
export function firstTimeOf(source: ByteSource, chunk: IndexedChunk): number | null {
	return chunk.head.from > 0 ? chunk.head.from : (firstHeadOf(source, chunk)?.tickTime ?? null);
}

/** The first line of a chunk's text; null: it is damaged, or torn before its end. */
export function firstHeadOf(source: ByteSource, {frameStart}: Pick<IndexedChunk, 'frameStart'>): Head | null {
	const headBytes = frameHeaderBytes(source.read(frameStart, 18));
	const block = headBytes <= 0 ? null : blockAt(source, frameStart + headBytes);
	if (block === null) return null;
	const frame = source.read(frameStart, headBytes + block.bytes);
	try {
		const text = zstdDecompressSync(block.isLast ? frame : Buffer.concat([frame, FRAME_END]));
		const start = isDelta(text) ? text.indexOf(10) + 1 : 0;
		const newline = text.indexOf(10, start);
		return decodeHead(text.toString('latin1', start, newline === -1 ? text.length : newline));
	} catch {
		return null; // damaged
	}
}

/** Where the head of the last chunk is looked for, bytes from the end: a chunk of two minutes is mostly shorter. */
const TAILS = [1 << 18, 1 << 22];

/**
The last chunk's head, found from the end of the file; null: the file does not end with a closed chunk of at most 4 MB, and
its chunks have to be walked.
*/
export function lastHeadOf(source: ByteSource): ChunkHead | null {
	const size = source.size();
	for (const tail of TAILS) {
		const offset = Math.max(0, size - tail);
		const bytes = source.read(offset, size - offset);
		let at = bytes.lastIndexOf(CHUNK_SIGNATURE, bytes.length, 'latin1');
		for (; at >= 8; at = bytes.lastIndexOf(CHUNK_SIGNATURE, at - 1, 'latin1')) {
			const head = decodeChunkHead(bytes.subarray(at - 8, at - 8 + CHUNK_HEAD_BYTES));
			// packed bytes may look like a head, but none that ends with the file
			if (head !== null && offset + at - 8 + CHUNK_HEAD_BYTES + head.frameBytes === size) {
				return head.frameBytes === 0 ? null : head;
			}
		}
	}
	return null;
}

const PROBE = 1 << 16;
/** A block is longer than a probe: look on for its end. */
const MAX_PROBES = 4096;

type TickHead = {readonly offset: number; readonly time: number};

/** Where the last tick at or before `time` begins in plain text, be it whole or torn; null: all are later. */
export function headInText(source: ByteSource, time: number): TickHead | null {
	let low = 0;
	let high = source.size();
	let best: TickHead | null = null;
	while (low < high) {
		const middle = Math.floor((low + high) / 2);
		const found = nextHead(source, middle, high);
		if (found === null || found.time > time) high = middle;
		else {
			best = found;
			low = found.offset + 1;
		}
	}
	return best;
}

/** Whether each chunk begins at or after the end of the one before; within one, times ascend (CaptureWriter). */
export function areChunksAscending(source: ByteSource): boolean {
	let last = Number.NEGATIVE_INFINITY;
	for (const chunk of chunksOf(source)) {
		const from = firstTimeOf(source, chunk);
		if (from === null) continue;
		if (from < last) return false;
		last = chunk.head.frameBytes === 0 ? from : chunk.head.to;
		if (last < from) return false;
	}
	return true;
}

const SCAN = 1 << 20;
/** Text up to this long is looked through; of a longer one this many places. */
const MAX_SCANNED = 64 * SCAN;
const SAMPLES = 1000;

/** Whether the times of the ticks in plain text ascend; of a long one, as far as samples tell. */
export function areHeadsAscending(source: ByteSource): boolean {
	const size = source.size();
	let last = Number.NEGATIVE_INFINITY;
	const times = size <= MAX_SCANNED ? allTimes(source, size) : sampledTimes(source, size);
	for (const time of times) {
		if (time < last) return false;
		last = time;
	}
	return true;
}

function* allTimes(source: ByteSource, size: number): Generator<number> {
	for (let at = 0; at < size; at += SCAN) {
		// a head begins after a newline, which may be the last byte before
		const start = Math.max(0, at - 1);
		const bytes = source.read(start, SCAN + 1024);
		for (let found = headIn(bytes, 0, start); found !== -1; found = headIn(bytes, found + 1, start)) {
			if (start + found >= at + SCAN) break;
			const head = start + found >= at ? headAt(bytes, found) : null;
			if (head !== null && head.part <= 1) yield head.tickTime;
		}
	}
}

function* sampledTimes(source: ByteSource, size: number): Generator<number> {
	for (let i = 0; i < SAMPLES; i++) {
		const head = nextHead(source, Math.floor((size / SAMPLES) * i), size);
		if (head !== null) yield head.time;
	}
}

function headAt(bytes: Buffer, at: number) {
	const newline = bytes.indexOf(10, at);
	return decodeHead(bytes.toString('latin1', at, newline === -1 ? bytes.length : newline));
}

/** The first head of a tick at or after `offset` and before `limit`. */
function nextHead(source: ByteSource, offset: number, limit: number): TickHead | null {
	const start = Math.max(0, offset - 1);
	for (let i = 0, at = start; i < MAX_PROBES && at < limit; i++, at += PROBE) {
		const bytes = source.read(at, PROBE + 1024);
		for (let found = headIn(bytes, 0, at); found !== -1; found = headIn(bytes, found + 1, at)) {
			if (at + found >= limit || found >= PROBE) break;
			const head = headAt(bytes, found);
			if (at + found >= offset && head !== null && head.part <= 1) return {offset: at + found, time: head.tickTime};
		}
	}
	return null;
}

/** Where a head begins a line, from `from` on; `offset` is where the bytes are in the file. */
function headIn(bytes: Buffer, from: number, offset: number): number {
	const start = `${HEAD_START}${VERSION} `;
	const first = offset === 0 && from === 0 ? markBytes(bytes) : 0;
	if (offset === 0 && from === 0 && bytes.toString('latin1', first, first + start.length) === start) return first;
	const at = bytes.indexOf(`\n${start}`, Math.max(0, from - 1), 'latin1');
	return at === -1 ? -1 : at + 1;
}
