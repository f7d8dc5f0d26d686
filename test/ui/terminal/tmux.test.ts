import assert from 'node:assert/strict';
import {execFileSync, spawnSync} from 'node:child_process';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const SOCKET = `traefik-top-test-${process.pid}`;
const hasTmux = spawnSync('tmux', ['-V']).status === 0;
const SCREEN = `${process.execPath} --import ${ROOT}test/tsx-hook.js ${ROOT}test/ui/synthetic.tsx`;

function tmux(...args: string[]): string {
	return execFileSync('tmux', ['-L', SOCKET, '-f', '/dev/null', ...args], {encoding: 'utf8'});
}

/** tmux tells nobody when a pane changes: it is asked until the pane shows what it should, or for 15 s. */
async function pane(test: RegExp): Promise<string> {
	for (let look = 0; look < 150; look++) {
		const text = tmux('capture-pane', '-p');
		if (test.test(text)) return text;
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
	throw new Error(`never ${test}:\n${tmux('capture-pane', '-p')}`);
}

test('a tmux pane shows the table, a small one the problems, and the shell is back after q', {
	skip: hasTmux ? false : 'tmux is not installed',
}, async () => {
	try {
		tmux('new-session', '-d', '-x', '140', '-y', '40', 'bash --norc');
		tmux('send-keys', `clear; echo before; ${SCREEN}`, 'Enter');
		const wide = await pane(/✖ api-2 10\.0\.3\.12:8080/);
		assert.match(wide, /self 0\.4 % cpu/);
		tmux('resize-window', '-x', '40', '-y', '5');
		const small = await pane(/^✖ api-2 unreachable: 3 dials unanswered…$/m);
		assert.doesNotMatch(small, /BACKEND/);
		tmux('resize-window', '-x', '100', '-y', '30');
		await pane(/^ ▼ BACKEND .*WHY/m);
		tmux('send-keys', 'q');
		const after = await pane(/ended: quit/);
		assert.match(after, /^before$/m);
		assert.doesNotMatch(after, /api-2/);
	} finally {
		spawnSync('tmux', ['-L', SOCKET, 'kill-server']);
	}
});
