/** Runs the built bin as a user would; TRAEFIK_TOP_BIN names another program to run instead, the single binary say. */
import {type ChildProcessWithoutNullStreams, spawn} from 'node:child_process';
import {once} from 'node:events';
import {resolve} from 'node:path';
import {fileURLToPath} from 'node:url';

export const LAUNCHER = fileURLToPath(new URL('../../bin/traefik-top.js', import.meta.url));

/** null: the launcher is what is tested. */
const given = process.env['TRAEFIK_TOP_BIN'] ?? null;

/** What to spawn, and its first arguments. */
export const PROGRAM: readonly [file: string, ...args: string[]] =
	given === null ? [process.execPath, LAUNCHER] : [resolve(given)];

/** The same as words for a shell. */
export const PROGRAM_IN_SHELL = PROGRAM.map((word) => `'${word}'`).join(' ');

export type Ran = {
	readonly code: number | null;
	readonly signal: NodeJS.Signals | null;
	readonly stdout: string;
	readonly stderr: string;
};

export type RunOptions = {
	readonly env?: Readonly<Record<string, string>>;
	readonly cwd?: string;
};

/** Without the config, the colours and the terminal of whoever runs the tests. */
function environment(env: RunOptions['env'] = {}): NodeJS.ProcessEnv {
	const {PATH, HOME} = process.env;
	return {PATH, HOME, XDG_CONFIG_HOME: '/nonexistent', ...env};
}

export function startBin(args: readonly string[], {env, cwd}: RunOptions = {}): ChildProcessWithoutNullStreams {
	const [file, ...first] = PROGRAM;
	return spawn(file, [...first, ...args], {env: environment(env), ...(cwd === undefined ? {} : {cwd})});
}

/** Everything that was said, once it has ended. */
export async function collect(child: ChildProcessWithoutNullStreams): Promise<Ran> {
	const text = {stdout: '', stderr: ''};
	child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
		text.stdout += chunk;
	});
	child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
		text.stderr += chunk;
	});
	const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
	return {code, signal, ...text};
}

export function runBin(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
	const child = startBin(args, options);
	child.stdin.end();
	return collect(child);
}

/** Resolves with the text of a stream once it matches. */
export function seen(stream: NodeJS.ReadableStream, pattern: RegExp): Promise<string> {
	return new Promise((found, reject) => {
		let text = '';
		stream.on('data', (chunk: Buffer | string) => {
			text += chunk;
			if (pattern.test(text)) found(text);
		});
		stream.once('end', () => reject(new Error(`ended without ${pattern}: ${text}`)));
	});
}
