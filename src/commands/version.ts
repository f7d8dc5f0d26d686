/** This package's package.json, one level above both src/ and dist/. */
import {existsSync, readFileSync} from 'node:fs';

/** The package's own directory, from src/commands/ as from dist/. */
export const PACKAGE_ROOT = [new URL('../', import.meta.url), new URL('../../', import.meta.url)].find((url) =>
	existsSync(new URL('package.json', url)),
);

type Package = {readonly version?: string; readonly bugs?: {readonly url?: string}};

const description: Package =
	PACKAGE_ROOT === undefined
		? {}
		: (JSON.parse(readFileSync(new URL('package.json', PACKAGE_ROOT), 'utf8')) as Package);

export const VERSION = description.version ?? 'unknown';
export const BUGS_URL = description.bugs?.url ?? null;
