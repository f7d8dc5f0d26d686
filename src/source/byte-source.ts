/** Bytes of a file that may grow, or of what is kept in memory. */
import {closeSync, fstatSync, openSync, readSync} from 'node:fs';
import type {ByteSource} from './capture-chunk.ts';

export function fileSource(path: string): ByteSource {
	const fd = openSync(path, 'r');
	let isClosed = false;
	return {
		size: () => (isClosed ? 0 : fstatSync(fd).size),
		read(offset, length) {
			// whoever still reads has come to the end
			if (isClosed) return Buffer.alloc(0);
			const bytes = Buffer.allocUnsafe(length);
			let done = 0;
			while (done < length) {
				const read = readSync(fd, bytes, done, length - done, offset + done);
				if (read === 0) break;
				done += read;
			}
			return bytes.subarray(0, done);
		},
		close() {
			if (!isClosed) closeSync(fd);
			isClosed = true;
		},
	};
}

/** `pieces` may grow and be dropped while it is read by nobody. */
export function memorySource(pieces: readonly Uint8Array[]): ByteSource {
	return {
		size: () => pieces.reduce((sum, piece) => sum + piece.length, 0),
		read(offset, length) {
			const parts: Uint8Array[] = [];
			let start = 0;
			for (const piece of pieces) {
				const from = Math.max(0, offset - start);
				const to = Math.min(piece.length, offset + length - start);
				if (from < to) parts.push(piece.subarray(from, to));
				start += piece.length;
			}
			return Buffer.concat(parts);
		},
		close() {},
	};
}
