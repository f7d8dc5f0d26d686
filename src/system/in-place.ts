/** A file is made under another name and put in its place when it is ready. */
import {randomBytes} from 'node:crypto';
import {linkSync, renameSync, rmSync} from 'node:fs';
import {dirname, join} from 'node:path';

/** A name in the directory of `path` that nobody else uses. */
export function partPathOf(path: string): string {
	return join(dirname(path), `.traefik-top-${randomBytes(4).toString('hex')}.part`);
}

/** Unlike a rename this replaces nothing: it throws EEXIST. */
export function putInPlace(part: string, path: string): void {
	try {
		linkSync(part, path);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw error;
		renameSync(part, path); // a file system without links
		return;
	}
	rmSync(part, {force: true});
}
