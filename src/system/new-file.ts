/**
A file that is there whole or not at all: written under another name beside its place and renamed when it is finished, so
that neither an error nor a signal leaves half of it, or takes away what was there.
*/
import {
	accessSync,
	chmodSync,
	closeSync,
	constants,
	existsSync,
	fsyncSync,
	openSync,
	realpathSync,
	renameSync,
	rmSync,
	type Stats,
	statSync,
} from 'node:fs';
import {basename, dirname} from 'node:path';
import {UserError} from '../errors.ts';
import {stripControls} from '../text/strip-controls.ts';
import {cannotWrite, reasonOf} from './cannot-write.ts';
import {partPathOf, putInPlace} from './in-place.ts';
import {closeLocked, type LockedFile, openLocked, refuseOtherWriter} from './locked-file.ts';

export class NewFile {
	/** Where to write. */
	readonly partPath: string;
	readonly #path: string;
	readonly #target: string;
	readonly #isForced: boolean;
	readonly #before: Stats | null;
	/** What is to be replaced, locked until it has been: nobody records into it. */
	#replaced: LockedFile | null;

	/** Throws a UserError when something is there that may not be replaced. */
	constructor(path: string, {isForced}: {readonly isForced: boolean}) {
		this.#path = path;
		this.#isForced = isForced;
		this.#target = existsSync(path) ? realpathSync(path) : path; // a link stays one
		this.#before = statOf(path, this.#target);
		if (this.#before?.isDirectory()) throw cannotWrite(path, 'it is a directory');
		if (this.#before !== null && !this.#before.isFile()) throw cannotWrite(path, 'it is not a regular file');
		if (this.#before !== null && !isForced) throw exists(path);
		if (basename(this.#target) === '' || path.endsWith('/')) throw cannotWrite(path, 'it is a directory');
		this.partPath = partPathOf(this.#target);
		this.#replaced = this.#before === null ? null : lockReplaced(path, this.#target);
		try {
			closeSync(openSync(this.partPath, 'wx', 0o640));
		} catch (error) {
			if (this.#replaced !== null) closeLocked(this.#replaced);
			throw cannotWrite(path, reasonOf(error));
		}
	}

	/** Puts what was written in its place. */
	finish(): void {
		try {
			sync(this.partPath);
			if (this.#before !== null) chmodSync(this.partPath, this.#before.mode & 0o777);
			if (this.#isForced) renameSync(this.partPath, this.#target);
			else this.#link();
			sync(dirname(this.#target));
		} catch (error) {
			throw error instanceof UserError ? error : cannotWrite(this.#path, reasonOf(error));
		} finally {
			this.drop();
		}
	}

	/** Leaves nothing behind. */
	drop(): void {
		rmSync(this.partPath, {force: true});
		if (this.#replaced !== null) closeLocked(this.#replaced);
		this.#replaced = null;
	}

	#link(): void {
		try {
			putInPlace(this.partPath, this.#target);
		} catch (error) {
			throw (error as NodeJS.ErrnoException).code === 'EEXIST' ? exists(this.#path) : error;
		}
	}
}

/** A file that may be replaced but not written is replaced without a lock; whoever records into it will notice. */
function lockReplaced(path: string, target: string): LockedFile | null {
	try {
		accessSync(target, constants.R_OK | constants.W_OK);
	} catch {
		return null;
	}
	const file = openLocked(target);
	try {
		refuseOtherWriter(path, file.fd);
		return file;
	} catch (error) {
		closeLocked(file);
		throw error;
	}
}

function statOf(path: string, target: string): Stats | null {
	try {
		return statSync(target, {throwIfNoEntry: false}) ?? null;
	} catch (error) {
		throw cannotWrite(path, reasonOf(error));
	}
}

/** On a file system that cannot there is nothing to be done. */
function sync(path: string): void {
	const fd = openSync(path, 'r');
	try {
		fsyncSync(fd);
	} catch (error) {
		if (['ENOSPC', 'EDQUOT', 'EIO'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
	} finally {
		closeSync(fd);
	}
}

function exists(path: string): UserError {
	return new UserError(`${stripControls(path)} exists already`, 'choose another file, or overwrite it with --force');
}
