/** Bytes of a file that may grow, or of what is kept in memory. */

import {closeSync, fstatSync, openSync, readSync} from 'node:fs';
import {lastAtOrBefore} from '../text/last-at-or-before.ts';
import type {ByteSource} from './chunk.ts';

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

/** The same bytes; `onRead` hears how much of them has been read, from 0 to 1, as far as they are read from their beginning on. */
export function observed(source: ByteSource, onRead: (share: number) => void): ByteSource {
	let most = 0;
	return {
		...source,
		read(offset, length) {
			const bytes = source.read(offset, length);
			const end = offset + bytes.length;
			// the beginning may be looked at again
			if (end > most) onRead(Math.min(1, end / Math.max(1, source.size())));
			most = Math.max(most, end);
			return bytes;
		},
	};
}

/** Pieces that lie in memory, as one. */
export function memorySource(pieces: readonly Uint8Array[]): ByteSource {
	const starts: number[] = [];
	let size = 0;
	for (const piece of pieces) {
		starts.push(size);
		size += piece.length;
	}
	return {
		size: () => size,
		read(offset, length) {
			const end = Math.min(size, offset + length);
			const parts: Uint8Array[] = [];
			for (
				let i = Math.max(
					0,
					lastAtOrBefore(starts.length, (at) => starts[at] ?? 0, offset),
				);
				i < pieces.length && (starts[i] ?? size) < end;
				i++
			) {
				const start = starts[i] ?? size;
				const part = pieces[i]?.subarray(Math.max(0, offset - start), end - start);
				if (part !== undefined) parts.push(part);
			}
			return Buffer.concat(parts);
		},
		close() {},
	};
}
