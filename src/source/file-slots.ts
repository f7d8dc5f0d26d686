/** Reads small files again and again without a new buffer for each. */
import {closeSync, fstatSync, openSync, readSync} from 'node:fs';

/** More than this in one file of one snapshot is no socket table (about 1.7 million sockets). */
const MAX_BYTES = 256 * 1024 * 1024;

export class FileSlots {
	readonly #buffers = new Map<string, Uint8Array>();

	/** The file's bytes, valid until the same slot is read again; null: it is not there, or no regular file. */
	bytes(slot: string, path: string): Uint8Array | null {
		const fd = open(path);
		if (fd === null) return null;
		try {
			const stat = fstatSync(fd);
			if (!stat.isFile() || stat.size > MAX_BYTES) return null;
			const buffer = this.#bufferOf(slot, stat.size);
			let length = 0;
			while (length < stat.size) {
				const read = readSync(fd, buffer, length, stat.size - length, null);
				if (read === 0) break;
				length += read;
			}
			return buffer.subarray(0, length);
		} catch {
			return null;
		} finally {
			closeSync(fd);
		}
	}

	text(path: string): string | null {
		const bytes = this.bytes('text', path);
		return bytes === null ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
	}

	#bufferOf(slot: string, size: number): Uint8Array {
		const old = this.#buffers.get(slot);
		if (old !== undefined && old.length >= size) return old;
		const buffer = new Uint8Array(Math.max(4096, size + (size >> 1)));
		this.#buffers.set(slot, buffer);
		return buffer;
	}
}

function open(path: string): number | null {
	try {
		return openSync(path, 'r');
	} catch {
		return null;
	}
}
