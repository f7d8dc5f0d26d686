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
