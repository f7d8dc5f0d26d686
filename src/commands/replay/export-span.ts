/** Writes a part of a recording as a capture: the `record --from` of this very program, so that keys and frames go on meanwhile. */
import {spawn} from 'node:child_process';
import {statSync} from 'node:fs';
import {resolve} from 'node:path';
import {thisProgram} from '../../system/installation.ts';
import {stripControls} from '../../text/strip-controls.ts';

export type ExportSpan = {
	readonly paths: readonly string[];
	/** Unix ms, both included. */
	readonly from: number;
	readonly to: number;
	readonly isText: boolean;
	readonly signal: AbortSignal;
};

const MAX_SAID = 2000;

/** Resolves with the full path of the new file; rejects with what kept it from being written. Never replaces a file. */
export async function exportSpan({paths, from, to, isText, signal}: ExportSpan): Promise<string> {
	if (paths[0] === '-')
		throw new Error('standard input cannot be read a second time: save it in a file and replay that');
	const path = resolve(`traefik-top-${stamp(from)}-${stamp(to)}.capture`);
	const [program, ...leading] = thisProgram();
	const span = ['--since', String(Math.floor(from)), '--until', String(Math.ceil(to))];
	const source = isText ? ['--source', 'text'] : [];
	const child = spawn(program, [...leading, 'record', ...span, ...source, '-o', path, '--from', ...paths], {
		stdio: ['ignore', 'ignore', 'pipe'],
		signal,
	});
	let said = '';
	child.stderr.setEncoding('utf8').on('data', (text: string) => {
		said = (said + text).slice(-MAX_SAID);
	});
	const code = await new Promise<number | null>((done, fail) => child.once('error', fail).once('close', done));
	const [first = ''] = said.trim().split('\n');
	if (code !== 0) throw new Error(stripControls(first.replace(/^traefik-top: /, '')) || `it ended with ${code}`);
	return `written: ${stripControls(path)}, ${Math.ceil(statSync(path).size / 1000)} kB`;
}

/** `20261125T094815Z` */
function stamp(time: number): string {
	return `${new Date(time).toISOString().replace(/[-:]|\..*$/g, '')}Z`;
}
