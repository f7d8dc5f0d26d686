/**
Opens files that somebody else put there, below --proc-root or in a recording. Only regular ones: opening a pipe waits for
its writer, reading a device may never end, and opening one may do something.
*/
import {closeSync, constants, fstatSync, openSync, type Stats, statSync} from 'node:fs';

/** A pipe between the look and the open is not waited for, and a terminal does not become ours. */
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

/** What errors of the file system have: `code` is one of cannotRead()'s. */
export class NotRegularError extends Error {
	readonly code: string;

	constructor(stat: Stats) {
		const code = stat.isFIFO()
			? 'a pipe'
			: stat.isDirectory()
				? 'a directory'
				: stat.isSocket()
					? 'a socket'
					: 'a device';
		super(`it is ${code}`);
		this.code = `it is ${code}`;
	}
}

/** A descriptor and the file's size. Throws what fs throws, and a NotRegularError. */
export function openRegular(path: string): {readonly fd: number; readonly size: number} {
	const before = statSync(path);
	if (!before.isFile()) throw new NotRegularError(before);
	const fd = openSync(path, FLAGS);
	const stat = fstatSync(fd);
	if (stat.isFile()) return {fd, size: stat.size};
	closeSync(fd);
	throw new NotRegularError(stat);
}

/** Without a look before: for the many small files of /proc. Whoever reads nothing, or too much, asks `checkRegular`. */
export function openQuickly(path: string): number {
	return openSync(path, FLAGS);
}

/** Throws a NotRegularError when a descriptor is not of a regular file. */
export function checkRegular(fd: number): void {
	const stat = fstatSync(fd);
	if (!stat.isFile()) throw new NotRegularError(stat);
}
