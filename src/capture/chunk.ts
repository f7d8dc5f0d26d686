/**
The chunks of a compressed capture. Each is one zstd frame, and before it is a skippable frame of 48 bytes, which zstd
itself passes over (RFC 8878, 3.1.2), little-endian:

     0  u32  0x184D2A5E: a skippable frame
     4  u32  40: bytes that follow
     8  8    "ttop-ix1"
    16  f64  time of the chunk's first tick, Unix ms
    24  f64  time of its last tick
    32  u64  length of the zstd frame that follows, bytes; 0: the chunk is not closed, walk its blocks
    40  u32  length of its text in kB, rounded up
    44  u32  CRC-32 of bytes 8 to 43

A chunk is written with zeros and patched in place when it is closed. A zstd frame is a header and blocks, each with its
length before it, so a chunk that was cut off can be read, and even be finished, up to its last whole block.
*/
import {crc32} from 'node:zlib';

export const CHUNK_HEAD_BYTES = 48;
const SKIPPABLE = 0x184d2a5e;
const ZSTD = 0xfd2fb528;
export const CHUNK_SIGNATURE = 'ttop-ix1';

/** An empty last block: what follows whole blocks to end their frame. */
export const FRAME_END = Uint8Array.of(1, 0, 0);

export type ChunkHead = {
	readonly from: number;
	readonly to: number;
	/** 0: not closed. */
	readonly frameBytes: number;
	readonly textKb: number;
};

export const OPEN_CHUNK: ChunkHead = {from: 0, to: 0, frameBytes: 0, textKb: 0};

export function encodeChunkHead({from, to, frameBytes, textKb}: ChunkHead): Buffer {
	const bytes = Buffer.alloc(CHUNK_HEAD_BYTES);
	bytes.writeUInt32LE(SKIPPABLE, 0);
	bytes.writeUInt32LE(CHUNK_HEAD_BYTES - 8, 4);
	bytes.write(CHUNK_SIGNATURE, 8, 'latin1');
	bytes.writeDoubleLE(from, 16);
	bytes.writeDoubleLE(to, 24);
	bytes.writeBigUInt64LE(BigInt(frameBytes), 32);
	bytes.writeUInt32LE(textKb, 40);
	bytes.writeUInt32LE(crc32(bytes.subarray(8, 44)), 44);
	return bytes;
}

/** null: another skippable frame, or no such head. Half patched counts as not closed. */
export function decodeChunkHead(bytes: Buffer): ChunkHead | null {
	if (bytes.length < CHUNK_HEAD_BYTES || bytes.readUInt32LE(0) !== SKIPPABLE) return null;
	if (bytes.toString('latin1', 8, 16) !== CHUNK_SIGNATURE) return null;
	if (bytes.readUInt32LE(44) !== crc32(bytes.subarray(8, 44))) return OPEN_CHUNK;
	const frameBytes = Number(bytes.readBigUInt64LE(32));
	return {from: bytes.readDoubleLE(16), to: bytes.readDoubleLE(24), frameBytes, textKb: bytes.readUInt32LE(40)};
}

/** Whether these bytes begin a zstd or a skippable frame. */
export function isZstd(bytes: Buffer): boolean {
	if (bytes.length < 4) return false;
	const magic = bytes.readUInt32LE(0);
	return magic === ZSTD || isSkippable(magic);
}

function isSkippable(magic: number): boolean {
	return magic >>> 4 === 0x184d2a5;
}

/** Bytes of any length from a file or from memory; fewer where it ends. */
export type ByteSource = {
	size(): number;
	read(offset: number, length: number): Buffer;
	close(): void;
};

export type ZstdFrame = {
	readonly start: number;
	/** After the last whole block, or after the frame when it is whole. */
	readonly end: number;
	readonly isWhole: boolean;
};

const SIZES = [0, 1, 2, 4];

/** Length of a zstd frame's header, -1: that is not one, 0: it is cut off. */
export function frameHeaderBytes(bytes: Buffer): number {
	if (bytes.length < 5) return 0;
	if (bytes.readUInt32LE(0) !== ZSTD) return -1;
	const descriptor = bytes[4] ?? 0;
	const isSingle = (descriptor & 32) !== 0;
	const content = [isSingle ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
	return 5 + (isSingle ? 0 : 1) + (SIZES[descriptor & 3] ?? 0) + content;
}

/** Bytes of a frame's block with its header, and whether it is the last; null: it is cut off, or impossible. */
export function blockAt(source: ByteSource, offset: number): {bytes: number; isLast: boolean} | null {
	const head = source.read(offset, 3);
	if (head.length < 3) return null;
	const word = head.readUIntLE(0, 3);
	const type = (word >> 1) & 3;
	const size = type === 1 ? 1 : word >> 3;
	if (type === 3 || size > 128 * 1024 || offset + 3 + size > source.size()) return null;
	return {bytes: 3 + size, isLast: (word & 1) === 1};
}

/** Walks the blocks of the zstd frame at `start`; null: there is none. */
export function walkFrame(source: ByteSource, start: number): ZstdFrame | null {
	const head = source.read(start, 18);
	const headBytes = frameHeaderBytes(head);
	if (headBytes <= 0 || start + headBytes > source.size()) return null;
	const checksum = ((head[4] ?? 0) & 4) === 0 ? 0 : 4;
	for (let at = start + headBytes; ; ) {
		const block = blockAt(source, at);
		if (block === null) return {start, end: at, isWhole: false};
		at += block.bytes;
		if (block.isLast) return {start, end: Math.min(at + checksum, source.size()), isWhole: true};
	}
}

/** Length of the skippable frame that begins with these bytes, its head included; null: there is none, or it is cut off. */
export function skippableBytes(bytes: Buffer): number | null {
	if (bytes.length < 8 || !isSkippable(bytes.readUInt32LE(0))) return null;
	return 8 + bytes.readUInt32LE(4);
}

const SEARCH_BYTES = 1 << 20;

/** Where the next chunk head is, at or after `offset`; null: nowhere. */
export function findChunkHead(source: ByteSource, offset: number): number | null {
	for (let at = offset; at < source.size(); at += SEARCH_BYTES - 16) {
		const found = source.read(at, SEARCH_BYTES).indexOf(CHUNK_SIGNATURE, 0, 'latin1');
		if (found >= 8 && decodeChunkHead(source.read(at + found - 8, CHUNK_HEAD_BYTES)) !== null) return at + found - 8;
	}
	return null;
}
