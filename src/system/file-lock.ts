/**
One writer for each file. The kernel holds the lock where it can (flock(2), on the inode: a second name of the file is the
same lock, and it ends with the process). Where that call cannot be made, a lock file beside the file, named after the
inode, holds the PID and the start time of the process that writes.
*/
import {randomBytes} from 'node:crypto';
import {fstatSync, linkSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {hostname} from 'node:os';
import {dirname, join} from 'node:path';
import {errorName, loadLibc} from './libc.ts';
import {parseStat} from './process-stat.ts';

/** null: it is held by somebody else. `isKernels`: no other program that asks for the lock can miss it. */
export type FileLock = {readonly isKernels: boolean; release(): void};

export type LockOptions = {
	/** flock(2) on a descriptor; null: it cannot be called here. */
	readonly flock?: ((fd: number) => 'locked' | 'held' | 'unsupported') | null;
};

/** LOCK_EX | LOCK_NB of <sys/file.h>. */
const EXCLUSIVE_AT_ONCE = 2 | 4;

/** Takes the lock of the open file `fd`, which `path` names; null: another writer has it. */
export function lockFile(fd: number, path: string, {flock = kernelFlock()}: LockOptions = {}): FileLock | null {
	const taken = flock?.(fd) ?? 'unsupported';
	if (taken === 'held') return null;
	// closing the descriptor gives it back
	if (taken === 'locked') return {isKernels: true, release() {}};
	return takeLockFile(fd, path);
}

/** Where the lock file of an open file is, if there is one. */
export function lockPathOf(fd: number, path: string): string {
	return join(dirname(realpathSync(path)), `.traefik-top-${fstatSync(fd).ino}.lock`);
}

function kernelFlock(): LockOptions['flock'] {
	const libc = loadLibc();
	if ('problem' in libc) return null;
	return (fd) => {
		if (libc.flock(fd, EXCLUSIVE_AT_ONCE) === 0) return 'locked';
		return errorName(libc.errno()) === 'EAGAIN' ? 'held' : 'unsupported';
	};
}

function takeLockFile(fd: number, path: string): FileLock | null {
	const lock = lockPathOf(fd, path);
	const own = join(dirname(lock), `.traefik-top-${randomBytes(4).toString('hex')}.lock`);
	const owner = `${process.pid} ${startOf(process.pid) ?? '-'} ${hostname()}\n`;
	try {
		writeFileSync(own, owner, {flag: 'wx', mode: 0o640});
	} catch {
		return {isKernels: false, release() {}}; // a directory that may not be written: the search in /proc has to do
	}
	try {
		if (!isLinked(own, lock) && !(takeOver(lock) && isLinked(own, lock))) return null;
	} finally {
		rmSync(own, {force: true});
	}
	return {
		isKernels: false,
		release() {
			if (textOf(lock) === owner) rmSync(lock, {force: true});
		},
	};
}

/** A link appears at once and with its content, and only where nothing is. */
function isLinked(from: string, to: string): boolean {
	try {
		linkSync(from, to);
		return true;
	} catch (error) {
		// a file system without links: the search in /proc has to do
		return (error as NodeJS.ErrnoException).code !== 'EEXIST';
	}
}

/** Removes the lock of a process that has ended. Between the look and the removal another may have taken it: that is put back. */
function takeOver(lock: string): boolean {
	const seen = textOf(lock);
	if (seen === null) return true;
	if (isAlive(seen)) return false;
	const aside = `${lock}.${randomBytes(4).toString('hex')}`;
	try {
		renameSync(lock, aside);
	} catch {
		return false;
	}
	const isStale = textOf(aside) === seen;
	if (!isStale) isLinked(aside, lock);
	rmSync(aside, {force: true});
	return isStale;
}

/** Whether the process that wrote a lock file may still run; of another machine, or another PID namespace, nobody knows. */
function isAlive(owner: string): boolean {
	const [pid = '', start = '', host = ''] = owner.trim().split(' ');
	if (!/^\d+$/.test(pid) || host !== hostname()) return true;
	try {
		process.kill(Number(pid), 0);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
	}
	const now = startOf(Number(pid));
	return start === '-' || now === null || now === Number(start);
}

/** Clock ticks after boot: with the PID they name one process for good. null: not known here. */
function startOf(pid: number): number | null {
	const text = textOf(`/proc/${pid}/stat`);
	return text === null ? null : (parseStat(text)?.startTicks ?? null);
}

function textOf(path: string): string | null {
	try {
		return readFileSync(path, 'latin1');
	} catch {
		return null;
	}
}
