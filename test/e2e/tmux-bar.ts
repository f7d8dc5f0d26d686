/** The status bar of a real tmux as an attached client draws it. */
import {execFileSync, spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';

export const hasTmux = spawnSync('tmux', ['-V']).status === 0;

export type Bar = {
	/** Resolves with the bar, its colours as escape sequences, once it shows this. */
	showing(expected: RegExp): Promise<string>;
	close(): void;
};

/** A tmux within a tmux, whose pane is read back; `path` is the PATH of the commands in its configuration. */
export function openBar(configuration: readonly string[], path = process.env['PATH']): Bar {
	const directory = mkdtempSync(join(tmpdir(), 'traefik-top-tmux-'));
	const conf = join(directory, 'conf');
	writeFileSync(conf, configuration.map((line) => `${line}\n`).join(''));
	const inner = ['-S', join(directory, 'inner'), '-f', conf];
	const outer = ['-S', join(directory, 'outer'), '-f', '/dev/null'];
	const env = {...process.env, PATH: path, TMUX: ''};
	const tmux = (...args: string[]) => execFileSync('tmux', [...outer, ...args], {encoding: 'utf8', env});
	const attach = ['tmux', ...inner, 'new-session', 'sleep 300'].map((word) => `'${word}'`).join(' ');
	tmux('new-session', '-d', '-x', '120', '-y', '10', `TMUX= TERM=screen-256color ${attach}`);
	return {
		async showing(expected) {
			for (;;) {
				const line = tmux('capture-pane', '-p', '-e').trimEnd().split('\n').at(-1) ?? '';
				if (expected.test(line)) return line;
				await sleep(100);
			}
		},
		close() {
			for (const server of [inner, outer]) spawnSync('tmux', [...server, 'kill-server']);
			rmSync(directory, {recursive: true});
		},
	};
}
