/** Reads small files again and again without a new buffer for each. */
import {closeSync, readSync} from 'node:fs';
import {markBytes} from '../system/byte-order-mark.ts';
import {cannotRead, codeOf, TooLongError} from '../system/proc-file.ts';
import {openRegular} from '../system/regular-file.ts';

/** More than this in one file of one snapshot is not a socket table (about 1.7 million sockets). */
const MAX_BYTES = 256 * 1024 * 1024;

export class FileSlots {
	readonly #buffers = new Map<string, Uint8Array>();
	/** Why the file that was asked for last could not be read, one clause; null: it could, or is not there. */
	problem: string | null = null;
	/** The first such clause; null: none yet. */
	refused: string | null = null;

	/** The file's bytes, valid until the same slot is read again; null: it is not there, or no regular file. */
	bytes(slot: string, path: string): Uint8Array | null {
		this.problem = null;
		try {
			const {fd, size} = openRegular(path);
			try {
				return this.#read(slot, fd, size);
			} finally {
				closeSync(fd);
			}
		} catch (error) {
			const code = codeOf(error);
			if (code !== 'ENOENT') this.problem = cannotRead(path, code);
			this.refused ??= this.problem;
			return null;
		}
	}

	#read(slot: string, fd: number, size: number): Uint8Array {
		if (size > MAX_BYTES) throw new TooLongError();
		const buffer = this.#bufferOf(slot, size);
		let length = 0;
		while (length < size) {
			const read = readSync(fd, buffer, length, size - length, null);
			if (read === 0) break;
			length += read;
		}
		return buffer.subarray(markBytes(buffer), length);
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
