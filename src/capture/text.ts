/**
A capture's text out of its bytes, a piece at a time, also where the bytes are still being written. Node's zstd stops at
the first frame's end, so frames are told apart here; each of their blocks holds at most 128 kB of text, and they go in one
by one: whatever a file claims to hold, no more than that comes out at once.
*/
import {constants, createGunzip, createZstdDecompress} from 'node:zlib';
import {markBytes} from '../system/byte-order-mark.ts';
import {type ByteSource, blockAt, FRAME_END, frameHeaderBytes, isZstd, skippableBytes} from './chunk.ts';
import {DeltaDecoder, isDelta} from './delta.ts';

/** Called at the end of the bytes: true when there may be more by now. */
export type Wait = () => Promise<boolean>;

type OnTorn = (what: string, at: number) => void;

const PIECE = 1 << 20;
/** Compressed bytes at once: gzip makes a thousand times as many of them at worst. */
const GZIP_PIECE = 1 << 14;

export function isCompressed(source: ByteSource): boolean {
	const magic = source.read(0, 4);
	return isZstd(magic) || isGzip(magic) || isUnpacked(source);
}

/** Somebody unpacked it: its text is still to be put together. */
function isUnpacked(source: ByteSource): boolean {
	return isDelta(source.read(0, 64));
}

function isGzip(magic: Buffer): boolean {
	return magic[0] === 0x1f && magic[1] === 0x8b;
}

/** The text from `offset` on, in pieces of about 1 MB at most. */
export async function* textOf(
	source: ByteSource,
	offset: number,
	wait: Wait | null,
	onTorn: OnTorn,
): AsyncGenerator<Buffer> {
	const magic = source.read(0, 4);
	if (isZstd(magic)) yield* unzstd(source, offset, wait, onTorn);
	else if (isGzip(magic)) yield* undone(gunzip(source, wait, onTorn), onTorn);
	else if (isUnpacked(source)) yield* undone(plainText(source, 0, wait), onTorn);
	else yield* plainText(source, offset, wait);
}

/** The text of version 1 that pieces of either version hold. */
async function* undone(pieces: AsyncIterable<Buffer>, onTorn: OnTorn): AsyncGenerator<Buffer> {
	const delta = new DeltaDecoder();
	let bytes = 0;
	for await (const piece of pieces) {
		yield* delta.push(piece);
		if (delta.isDamaged) {
			onTorn('its text is damaged', bytes);
			return;
		}
		bytes += piece.length;
	}
	if (delta.isTorn) onTorn('the last block is torn', bytes);
}

async function* plainText(source: ByteSource, offset: number, wait: Wait | null): AsyncGenerator<Buffer> {
	for (let at = offset === 0 ? markBytes(source.read(0, 4)) : offset; ; ) {
		const piece = source.read(at, PIECE);
		at += piece.length;
		if (piece.length > 0) yield piece;
		else if (wait === null || !(await wait())) return;
	}
}

async function* gunzip(source: ByteSource, wait: Wait | null, onTorn: OnTorn): AsyncGenerator<Buffer> {
	const decoder = new Decoder(createGunzip({finishFlush: constants.Z_SYNC_FLUSH}));
	try {
		for (let at = 0; ; ) {
			const piece = source.read(at, GZIP_PIECE);
			at += piece.length;
			if (piece.length > 0) {
				yield* await decoder.push(piece);
				if (decoder.error !== null) {
					onTorn('its gzip is damaged', at - piece.length);
					return;
				}
			} else if (wait === null || !(await wait())) return;
		}
	} finally {
		decoder.close();
	}
}

/** The text of every frame from `offset` on. */
export async function* unzstd(
	source: ByteSource,
	offset: number,
	wait: Wait | null,
	onTorn: OnTorn,
): AsyncGenerator<Buffer> {
	for (let at = offset; ; ) {
		// Looked at once: of a file that grows, a second look would see something else.
		const bytes = source.read(at, 18);
		const skip = skippableBytes(bytes);
		const head = skip ?? frameHeaderBytes(bytes);
		if (head <= 0 || at + head > source.size()) {
			const isDamaged = head < 0 && bytes.length >= 8;
			if (!isDamaged && wait !== null && (await wait())) continue;
			if (bytes.length > 0 && head !== 0) onTorn('its zstd is damaged', at);
			return;
		}
		if (skip !== null) at += skip;
		else {
			const end = yield* frameText(source, at, head, wait, onTorn);
			if (end === null) return;
			at = end;
		}
	}
}

/** Yields a frame's text and returns where it ends; null: it does not. */
async function* frameText(
	source: ByteSource,
	start: number,
	headBytes: number,
	wait: Wait | null,
	onTorn: OnTorn,
): AsyncGenerator<Buffer, number | null> {
	const head = source.read(start, headBytes);
	const checksum = ((head[4] ?? 0) & 4) === 0 ? 0 : 4;
	const decoder = new Decoder(createZstdDecompress());
	const delta = new DeltaDecoder();
	try {
		await decoder.push(head);
		for (let at = start + headBytes; ; ) {
			const block = blockAt(source, at);
			if (block === null) {
				if (wait !== null && (await wait())) continue;
				for (const piece of await decoder.push(FRAME_END)) yield* delta.push(piece);
				if (delta.isTorn) onTorn('the last block is torn', at);
				if (source.size() > at) onTorn('its last zstd block is cut off', at);
				return null;
			}
			for (const piece of await decoder.push(source.read(at, block.bytes))) yield* delta.push(piece);
			if (decoder.error !== null || delta.isDamaged) {
				onTorn('its zstd is damaged', at);
				return null;
			}
			at += block.bytes;
			if (block.isLast) return at + checksum;
		}
	} finally {
		decoder.close();
	}
}

type Stream = ReturnType<typeof createZstdDecompress> | ReturnType<typeof createGunzip>;

/** A decompressing stream of which one asks for what came out of what went in. */
class Decoder {
	error: Error | null = null;
	readonly #stream: Stream;
	#out: Buffer[] = [];
	#done: () => void = () => {};

	constructor(stream: Stream) {
		this.#stream = stream;
		stream.on('data', (piece: Buffer) => this.#out.push(piece));
		stream.on('error', (error: Error) => {
			this.error ??= error;
			this.#done();
		});
	}

	async push(piece: Uint8Array): Promise<Buffer[]> {
		if (this.error === null) {
			await new Promise<void>((resolve) => {
				this.#done = resolve;
				this.#stream.write(piece, () => resolve());
			});
		}
		const out = this.#out;
		this.#out = [];
		return out;
	}

	close(): void {
		this.#stream.destroy();
	}
}
