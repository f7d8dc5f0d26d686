import {closeSync, openSync, readSync} from 'node:fs';

/** Below this much room a read would get less than the kernel has ready (a page of whole rows, seq_file). */
const ROOM = 1 << 16;

/**
Reads a whole /proc file into a buffer that is used again and grows as it must; returns its length. Opens anew every
time: a descriptor kept open on a dead process's table reads as empty, without an error. Errors of the system pass
through as they are (`code`, `errno`).
*/
export function readFileInto(path: string, scratch: {buffer: Buffer}): number {
	const descriptor = openSync(path, 'r');
	try {
		let length = 0;
		for (;;) {
			if (scratch.buffer.length - length < ROOM) {
				const larger = Buffer.allocUnsafeSlow(Math.max(4 * ROOM, scratch.buffer.length * 2));
				scratch.buffer.copy(larger, 0, 0, length);
				scratch.buffer = larger;
			}
			const read = readSync(descriptor, scratch.buffer, length, scratch.buffer.length - length, null);
			if (read === 0) return length;
			length += read;
		}
	} finally {
		closeSync(descriptor);
	}
}
