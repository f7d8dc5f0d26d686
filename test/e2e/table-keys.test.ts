/** The built bin in a real tmux: each key that changes how the table looks, and what W keeps of it. */
import assert from 'node:assert/strict';
import {execFileSync, spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {PROGRAM_IN_SHELL} from './bin.ts';

const SOCKET = `traefik-top-keys-${process.pid}`;
const RECORDING = fileURLToPath(new URL('../../fixtures/recordings/killed.capture', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'traefik-top-keys-'));
const hasTmux = spawnSync('tmux', ['-V']).status === 0;
const names = ['11', '12', '13'].map((end, i) => `--name 10.77.0.${end}=api-${i + 1}`).join(' ');
const SCREEN = `XDG_CONFIG_HOME='${folder}' ${PROGRAM_IN_SHELL} replay '${RECORDING}' --at 100% ${names}`;

function tmux(...args: string[]): string {
	return execFileSync('tmux', ['-L', SOCKET, '-f', '/dev/null', ...args], {encoding: 'utf8'});
}

after(() => {
	spawnSync('tmux', ['-L', SOCKET, 'kill-server']);
	rmSync(folder, {recursive: true});
});

/** tmux tells nobody when a pane changes: it is asked until the pane shows what it should, or for 20 s. */
async function pane(test: RegExp): Promise<string> {
	for (let look = 0; look < 200; look++) {
		const text = tmux('capture-pane', '-p');
		if (test.test(text)) return text;
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
	throw new Error(`never ${test}:\n${tmux('capture-pane', '-p')}`);
}

async function press(key: string, sees: RegExp): Promise<string> {
	tmux('send-keys', key);
	return pane(sees);
}

test('keys zoom, group, fold, choose and sort; W keeps that for the next time', {
	skip: hasTmux ? false : 'tmux is not installed',
}, async () => {
	tmux('new-session', '-d', '-x', '120', '-y', '32', 'bash --norc');
	tmux('send-keys', SCREEN, 'Enter');
	const first = await pane(/^ [▼ ] ?BACKEND +EST 60s +TW 60s +CW 60s/m);
	assert.match(first, /^ ── \d+ backends ─/m);
	await press('z', /EST 5m +TW 5m +CW 5m/);
	await press('Z', /EST 60s/);
	await press('z', /EST 5m/);
	await press('o', /▾ api {2}3 backends/);
	await press('O', /▸ api {2}3 backends/);
	await press('O', /▾ api {2}3 backends/);
	await press('C', /^›\[x\] BACKEND/m);
	await press('j', /^›\[x\] EST/m);
	await press('j', /^›\[x\] TW/m);
	await press('Space', /^›\[ \] TW|^ \[ \] TW/m);
	const without = await press('Escape', /EST 5m +CW 5m/);
	assert.doesNotMatch(without, /TW 5m/);
	await press('s', /^ {3}/m);
	await press('W', /written: columns, sort, zoom and groups/);
	const config = JSON.parse(readFileSync(join(folder, 'traefik-top/config.json'), 'utf8'));
	assert.deepEqual([config.zoom, config.group, config.columns.includes('TW')], ['5m', 'name', false]);
	await press('q', /^bash\S*[#$] *$/m);
	tmux('send-keys', `clear; ${SCREEN}`, 'Enter');
	const again = await pane(/EST 5m +CW 5m/);
	assert.match(again, /▾ api {2}3 backends/);
	tmux('resize-window', '-x', '40', '-y', '5');
	await pane(/EST +\d+ [▁-█]+|refused|ok/);
});
