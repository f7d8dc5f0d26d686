import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {test} from 'node:test';
import {PROGRAM} from './bin.ts';

const canTrace = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;
const skip = canTrace ? false : 'it needs strace and the right to trace';

for (const HOME of [process.env['HOME'] ?? '/root', '']) {
	test(`the built bin makes no socket of its own, with HOME=${HOME}`, {skip}, () => {
		const trace = ['-f', '-qq', '-e', 'trace=socket,connect', ...PROGRAM];
		const args = ['--source', 'text', '--match', '^nobody-is-named-so$', 'snapshot'];
		const env = {PATH: process.env['PATH'], HOME};
		const {status, stderr} = spawnSync('strace', [...trace, ...args], {env, encoding: 'utf8'});
		assert.equal(status, 3, stderr);
		assert.match(stderr, /no Traefik process found/);
		assert.doesNotMatch(stderr, /socket\(|connect\(/);
	});
}
