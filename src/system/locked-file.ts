/** A regular file, opened for one writer: nobody else who asks for its lock can write it. */
import {closeSync, constants, existsSync, fstatSync, openSync, statSync} from 'node:fs';
import {join, parse} from 'node:path';
import {stripControls} from '../text/strip-controls.ts';
import {cannotWrite, reasonOf} from './cannot-write.ts';
import {type FileLock, lockFile, lockPathOf} from './file-lock.ts';
import {writerOf} from './other-writer.ts';

export type LockedFile = {
	/** For a new one, the name that was free. */
	readonly path: string;
	readonly fd: number;
	readonly lock: FileLock;
	/** It was made here, so nobody else has it open. */
	readonly isCreated: boolean;
};

const MODE = 0o640;
// not waiting: a pipe nobody reads, a device, is refused afterwards
const READ_AND_WRITE = constants.O_RDWR | constants.O_NONBLOCK;
const NEW = READ_AND_WRITE | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
/** Names that are tried for a new file, and times that a file is opened that is replaced meanwhile. */
const MAX_NAMES = 100;
const MAX_OPENINGS = 10;

/** Opens a file or makes it. Throws a UserError where that is not possible, or another process writes it. */
export function openLocked(path: string): LockedFile {
	for (let opening = 0; opening < MAX_OPENINGS; opening++) {
		const {fd, isCreated} = open(path);
		const file = locked(path, fd, isCreated);
		// a recorder that rotates may have put a new file in its place before the lock was had
		if (isAt(path, fd)) return file;
		closeLocked(file);
	}
	throw cannotWrite(path, 'another process keeps replacing it');
}

/** Makes a file where nothing is, not even a link: `NAME.capture`, else `NAME-2.capture` and so on. Throws what open(2) says. */
export function makeLocked(path: string, names = MAX_NAMES): LockedFile {
	const {dir, name, ext} = parse(path);
	for (let number = 1; ; number++) {
		const free = number === 1 ? path : join(dir, `${name}-${number}${ext}`);
		try {
			return locked(free, openSync(free, NEW, MODE), true);
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code === 'EEXIST' && number < names) continue;
			throw error;
		}
	}
}

export function closeLocked({fd, lock}: Pick<LockedFile, 'fd' | 'lock'>): void {
	lock.release();
	closeSync(fd);
}

/** Throws a UserError where somebody writes the file who asked for no lock, such as a shell. */
export function refuseOtherWriter(path: string, fd: number): void {
	const pid = lastingWriter(fd);
	if (pid !== null) throw cannotWrite(path, `process ${pid} is writing it`);
}

/** Whether `path` names the open file. */
function isAt(path: string, fd: number): boolean {
	const [there, open] = [statSync(path, {throwIfNoEntry: false}), fstatSync(fd)];
	return there?.dev === open.dev && there.ino === open.ino;
}

function open(path: string): {readonly fd: number; readonly isCreated: boolean} {
	try {
		return {fd: openSync(path, NEW, MODE), isCreated: true};
	} catch (error) {
		if (!['EEXIST', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? ''))
			throw cannotWrite(path, reasonOf(error));
	}
	try {
		return {fd: openSync(path, READ_AND_WRITE | constants.O_CREAT, MODE), isCreated: false};
	} catch (error) {
		throw cannotWrite(path, reasonOf(error));
	}
}

function locked(path: string, fd: number, isCreated: boolean): LockedFile {
	try {
		if (!fstatSync(fd).isFile()) throw cannotWrite(path, 'it is not a regular file');
		const lock = lockFile(fd, path);
		if (lock !== null) return {path, fd, lock, isCreated};
		throw cannotWrite(path, whyHeld(path, fd));
	} catch (error) {
		closeSync(fd);
		throw error;
	}
}

/** A lock file of another machine, or one that cannot be read, is named: only a person knows whether it is of use. */
function whyHeld(path: string, fd: number): string {
	const pid = writerOf(fd);
	if (pid !== null) return `process ${pid} is writing it`;
	const lock = lockPathOf(fd, path);
	return existsSync(lock) ? `${stripControls(lock)} says it is being written to` : 'it is already being written to';
}

/** Who is refused the lock has the file open for a moment, too: whoever writes it still has it open a little later. */
const LOOKS = 3;
const BETWEEN_LOOKS_MS = 40;

function lastingWriter(fd: number): number | null {
	let pid: number | null = null;
	for (let look = 0; look < LOOKS; look++) {
		pid = writerOf(fd);
		if (pid === null) return null;
		if (look < LOOKS - 1) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BETWEEN_LOOKS_MS);
	}
	return pid;
}
