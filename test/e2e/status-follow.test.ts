import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {test} from 'node:test';
import {collect, PROGRAM, seen, startBin} from './bin.ts';

const FOLLOW = ['status', '--follow', '--interval', '100ms', '--match', '^nobody-is-named-so$'];

test('status --follow prints a line when it changes and not at every look', async () => {
	const child = startBin(FOLLOW);
	const ran = collect(child);
	await seen(child.stdout, /\n/);
	// Several looks lie between the first line and the end: none of them differs from it.
	await once(spawn('sleep', ['0.6']), 'close');
	child.kill('SIGTERM');
	const {stdout, code} = await ran;
	assert.equal(stdout.split('\n').length, 2, stdout);
	assert.match(stdout, /^\? unknown · no Traefik process found\n/);
	assert.equal(code, 143);
});

test('status --follow ends when its parent is gone', async () => {
	const script = `"$0" "$@" & exec sleep 1000`;
	const parent = spawn('sh', ['-c', script, ...PROGRAM, ...FOLLOW], {stdio: ['ignore', 'pipe', 'ignore']});
	await seen(parent.stdout, /unknown/);
	// Its stdout is the same pipe, which ends only when it has ended, too.
	parent.kill('SIGKILL');
	await once(parent.stdout, 'end');
});
