/** Why a file cannot be written, in words. */
import {UserError} from '../errors.ts';
import {stripControls} from '../text/strip-controls.ts';

export function cannotWrite(path: string, reason: string): UserError {
	return new UserError(`cannot write ${stripControls(path)}: ${reason}`, 'choose another file');
}

export function reasonOf(error: unknown): string {
	const {code, message} = error as NodeJS.ErrnoException;
	return (code === undefined ? undefined : REASONS[code]) ?? message;
}

const REASONS: Readonly<Record<string, string>> = {
	EEXIST: 'it exists already',
	ENOSPC: 'no space left on the disk',
	EDQUOT: 'the disk quota is used up',
	EFBIG: 'the file would be too large',
	EIO: 'the disk reports an error',
	EACCES: 'permission denied',
	EPERM: 'permission denied',
	EROFS: 'the file system is read-only',
	ENOENT: 'no such directory',
	ENOTDIR: 'no such directory',
	EISDIR: 'it is a directory',
	ENXIO: 'it is not a regular file',
	ENAMETOOLONG: 'its name is too long',
	ETXTBSY: 'it is a running program',
};
