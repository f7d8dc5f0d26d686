/** Runs the built bin as a user would. */
import {type ChildProcessWithoutNullStreams, spawn} from 'node:child_process';
import {once} from 'node:events';
import {fileURLToPath} from 'node:url';

export const BIN = fileURLToPath(new URL('../../bin/traefik-top.js', import.meta.url));

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
	return spawn(process.execPath, [BIN, ...args], {env: environment(env), ...(cwd === undefined ? {} : {cwd})});
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

/** Resolves with what stands on a stream once it matches. */
export function seen(stream: NodeJS.ReadableStream, pattern: RegExp): Promise<string> {
	return new Promise((resolve, reject) => {
		let text = '';
		stream.on('data', (chunk: Buffer | string) => {
			text += chunk;
			if (pattern.test(text)) resolve(text);
		});
		stream.once('end', () => reject(new Error(`ended without ${pattern}: ${text}`)));
	});
}
