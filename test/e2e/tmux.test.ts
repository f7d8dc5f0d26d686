/** `status` in the bar of a real tmux: what is shown there, colours included. */
import assert from 'node:assert/strict';
import {execFileSync, spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';
import {BIN} from './bin.ts';
import {smallRecording} from './small-recording.ts';

const hasTmux = spawnSync('tmux', ['-V']).status === 0;
const directory = mkdtempSync(join(tmpdir(), 'traefik-top-tmux-'));
const recording = smallRecording();
const servers: string[][] = [];

function tmux(server: readonly string[], ...args: string[]): string {
	return execFileSync('tmux', [...server, ...args], {encoding: 'utf8', env: {...process.env, TMUX: ''}});
}

after(() => {
	for (const server of servers) spawnSync('tmux', [...server, 'kill-server']);
	rmSync(directory, {recursive: true});
	rmSync(recording, {recursive: true});
});

/** What an attached client draws as its last line: a tmux within a tmux, whose pane is read back with its colours. */
async function bar(status: string, expected: RegExp): Promise<string> {
	const at = (name: string) => join(directory, `${servers.length}-${name}`);
	const conf = at('conf');
	const lines = [`status-right "#(${status})"`, 'status-right-length 60', 'status-interval 1'];
	writeFileSync(conf, lines.map((line) => `set -g ${line}\n`).join(''));
	const inner = ['-S', at('inner'), '-f', conf];
	const outer = ['-S', at('outer'), '-f', '/dev/null'];
	servers.push(inner, outer);
	const attach = ['tmux', ...inner, 'new-session', 'sleep 60'].map((word) => `'${word}'`).join(' ');
	tmux(outer, 'new-session', '-d', '-x', '120', '-y', '10', `TMUX= TERM=screen-256color ${attach}`);
	for (;;) {
		await sleep(100);
		const line = tmux(outer, 'capture-pane', '-p', '-e').trimEnd().split('\n').at(-1) ?? '';
		if (expected.test(line)) return line;
	}
}

const command = `'${process.execPath}' '${BIN}' status --format tmux`;

test('the bar shows the worst backend in red', {skip: hasTmux ? false : 'no tmux here'}, async () => {
	const line = await bar(`${command} '${recording}'`, /refused/);
	assert.match(line, /\u001b\[31[^m]*m✖ 1 down\u001b\[[\d;]*m · 10\.77\.0\.12:8080 refused/);
});

test('a name with markup of tmux stays text in the bar', {skip: hasTmux ? false : 'no tmux here'}, async () => {
	const name = "--name '10.77.0.12:8080=##[fg=blue]x##S'";
	const line = await bar(`${command} ${name} '${recording}'`, /refused/);
	assert.match(line, /#\[fg=blue\]x#S refused/);
});
