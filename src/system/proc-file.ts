/** Small files of /proc: read whole, in one buffer, without the fstat that fs.readFileSync adds. */
import {closeSync, readSync} from 'node:fs';
import {checkRegular, openQuickly} from './regular-file.ts';

/** No file of /proc that is read whole is longer: a device below --proc-root would be. */
const MAX_BYTES = 16 * 1024 * 1024;

let buffer = Buffer.allocUnsafe(16 * 1024);

/** The file's text. Throws what fs throws, and a NotRegularError. */
export function readSmall(path: string): string {
	const file = openQuickly(path);
	try {
		let length = 0;
		for (;;) {
			const read = readSync(file, buffer, length, buffer.length - length, null);
			if (read === 0 && length === 0) checkRegular(file);
			if (read === 0) return buffer.toString('utf8', 0, length);
			length += read;
			if (length > MAX_BYTES) {
				checkRegular(file);
				throw new TooLongError();
			}
			if (length === buffer.length) buffer = Buffer.concat([buffer, Buffer.allocUnsafe(length)]);
		}
	} finally {
		closeSync(file);
	}
}

export class TooLongError extends Error {
	readonly code = 'it is too long';
}

/** The file's text, or null when it cannot be read. */
export function trySmall(path: string): string | null {
	try {
		return readSmall(path);
	} catch {
		return null;
	}
}

/** `ENOENT`, `EACCES`, …; an error without a code is not the system's and is thrown again. */
export function codeOf(error: unknown): string {
	if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
	throw error;
}

/** `problem` when the process ended between being found and being read. */
export const GONE = 'gone';

/** The process ended: before the open (ENOENT) or between open and read (ESRCH, EINVAL from a dead namespace). */
export function isGone(code: string): boolean {
	return code === 'ENOENT' || code === 'ESRCH' || code === 'EINVAL';
}

export function isDenied(code: string): boolean {
	return code === 'EACCES' || code === 'EPERM';
}

/** One clause for the screen: `cannot read /proc/1/net/tcp: permission denied`. */
export function cannotRead(path: string, code: string): string {
	const REASONS: Record<string, string> = {
		EACCES: 'permission denied',
		EPERM: 'permission denied',
		ENOENT: 'no such file',
		ESRCH: 'no such process',
		EMFILE: 'too many open files',
		ENFILE: 'too many open files in the system',
		ENOMEM: 'out of memory',
		EIO: 'input/output error',
	};
	return `cannot read ${path}: ${REASONS[code] ?? code}`;
}
