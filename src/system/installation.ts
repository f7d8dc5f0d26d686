/**
What was installed beside the code: this package's package.json and the files it names. The single binary, which has
nothing beside it, has another file in this one's place (binary/installation.ts).
*/
import {existsSync, readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

/** The package's own directory, from src/system/ as from dist/. */
const ROOT = [new URL('../', import.meta.url), new URL('../../', import.meta.url)].find((url) =>
	existsSync(new URL('package.json', url)),
);

type Package = {readonly version?: string; readonly bugs?: {readonly url?: string}};

const description: Package =
	ROOT === undefined ? {} : (JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8')) as Package);

export const VERSION = description.version ?? 'unknown';
export const BUGS_URL = description.bugs?.url ?? null;

/** Bundled, both files are in dist/. */
export const PARSER_WORKER = new URL(
	import.meta.url.endsWith('.ts') ? '../worker/main.ts' : './worker.js',
	import.meta.url,
);

/** What to spawn, and its first arguments, to run this very program again. */
export function thisProgram(): readonly [file: string, ...args: string[]] {
	return [process.execPath, process.argv[1] ?? ''];
}

/** A text file that the build made. Throws what fs throws. */
export function readBuilt(name: 'page.js' | 'page.css'): string {
	return readFileSync(new URL(`dist/${name}`, ROOT), 'utf8');
}

/** The bundled incident: its path, and its bytes where no file has them; null: this package was put together without it. */
export function demoRecording(): {readonly path: string; readonly bytes: Uint8Array | null} | null {
	if (ROOT === undefined) return null;
	const path = fileURLToPath(new URL('fixtures/demo/incident.capture', ROOT));
	return existsSync(path) ? {path, bytes: null} : null;
}
