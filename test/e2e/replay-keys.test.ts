/** The keys of a replay, of one backend and of the help, in the built bin in a real tmux. */
import assert from 'node:assert/strict';
import {execFileSync, spawnSync} from 'node:child_process';
import {mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {PROGRAM_IN_SHELL} from './bin.ts';

const skip = spawnSync('tmux', ['-V']).status === 0 ? false : 'no tmux here';
const SOCKET = `traefik-top-keys-${process.pid}`;
const directory = mkdtempSync(join(tmpdir(), 'traefik-top-keys-'));
const KILLED = fileURLToPath(new URL('../../fixtures/recordings/killed.capture', import.meta.url));

function tmux(...args: string[]): string {
	return execFileSync('tmux', ['-L', SOCKET, '-f', '/dev/null', ...args], {encoding: 'utf8'});
}

after(() => {
	spawnSync('tmux', ['-L', SOCKET, 'kill-server']);
	rmSync(directory, {recursive: true, force: true});
});

/** tmux tells nobody when a pane changes: it is asked until the pane shows what it should, or for 30 s. */
async function sees(test: RegExp): Promise<string> {
	for (let look = 0; look < 300; look++) {
		const text = tmux('capture-pane', '-p');
		if (test.test(text)) return text;
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
	throw new Error(`never ${test}:\n${tmux('capture-pane', '-p')}`);
}

async function press(key: string, test: RegExp): Promise<string> {
	tmux('send-keys', key);
	return sees(test);
}

/** A report as a terminal in SGR mode writes it; cells from 0 on. */
function click(column: number, row: number): void {
	const bytes = [...Buffer.from(`\u001b[<0;${column + 1};${row + 1}M`)].map((byte) => byte.toString(16));
	tmux('send-keys', '-H', ...bytes);
}

test('a replay in tmux obeys its keys: marks, comparing, the axis, exporting, one backend, help, the mouse', {
	skip,
}, async () => {
	const command = `cd '${directory}' && ${PROGRAM_IN_SHELL} replay '${KILLED}' --at 0%`;
	tmux('new-session', '-d', '-x', '120', '-y', '32', `XDG_CONFIG_HOME=/nonexistent LANG=C.UTF-8 sh -c "${command}"`);
	await sees(/● 3 ok/);
	await press('Space', /paused/);
	await press('=', /no marks yet: m sets one/);
	await press("'", /no marks yet/);
	await press('m', /mark a set:/);
	await press(']', /✖ 1 down/);
	await sees(/ ── \d+ s .* m mark/);
	await sees(/10\.77\.0\.12:8080 +─+█+─* +refused 40 s/);
	await press('=', /SINCE a/);
	await sees(/EST −\d+/);
	await press('=', /REPLAY/);
	await press('m', /mark b set:/);
	tmux('send-keys', "'");
	await sees(/go to mark/);
	await press('a', /● 3 ok/);
	await press('x', /too short to zoom into/);
	await press('e', /written: .*traefik-top-\d+T\d+Z-\d+T\d+Z\.capture, \d+ kB/);
	assert.equal(readdirSync(directory).filter((name) => name.endsWith('.capture')).length, 1);
	// the same once more: it is there already, and stays
	await press('e', /exists|already/);
	await press(']', /✖ 1 down/);
	await press('Enter', /✖ refused/);
	await press('z', /z 60s \[5m\] 15m/);
	await press('n', /● ok +10\.77\.0\.11:8080/);
	await sees(/ESTABLISHED/);
	await press('s', /s longest in state/);
	await press('1', /1 evidence only/);
	await press('p', /✖ down +10\.77\.0\.12:8080/);
	await press('p', /already at the first backend/);
	await press('F', /✖ down +10\.77\.0\.12:8080/);
	await press('y', /copied as Markdown: 10\.77\.0\.12:8080/);
	await press('?', /Keys/);
	await press('/', /search \//);
	await press('leak', /never closes/);
	await press('Enter', /Esc back/);
	await press('Escape', /Keys/);
	await press('Escape', /✖ refused/);
	await press('Escape', /m mark/);
	await press('M', /mouse on/);
	const lines = tmux('capture-pane', '-p').split('\n');
	const row = lines.findIndex((text) => text.includes('10.77.0.13:8080'));
	click(6, row);
	await sees(/^›● 10\.77\.0\.13:8080/m);
	click(6, row);
	await sees(/● ok +10\.77\.0\.13:8080 +since/);
	await press('Escape', /m mark/);
	const heading = lines.findIndex((text) => / BACKEND /.test(text));
	click((lines[heading] ?? '').indexOf('EST') + 1, heading);
	await sees(/▼EST/);
	const axis = lines.findLastIndex((text) => /\d %$/.test(text.trimEnd()));
	click(26, axis);
	await sees(/ [0-3] %/);
	await press('M', /mouse off/);
	tmux('send-keys', 'q');
});
