import {readFileSync} from 'node:fs';
import path from 'node:path';

/** The lab's application in another language: a copy is served, as a server's own user may not read this checkout. */
export function application(name: string): Record<string, string> {
	return {[name]: readFileSync(path.join(import.meta.dirname, 'applications', name), 'utf8')};
}
