/** The gate itself: it must not lose what its children say. */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {after, test} from 'node:test';

const folder = mkdtempSync(path.join(tmpdir(), 'run-'));
after(() => rmSync(folder, {recursive: true}));

test('counts every test of a file, the last one too, which fails', () => {
	const file = path.join(folder, 'many.test.ts');
	writeFileSync(
		file,
		`import {test} from 'node:test';
		const long = 'a name of some length, so that a pipe fills '.repeat(8);
		for (let i = 0; i < 500; i++) test(i + long, () => {});
		test('the last', () => { throw new Error('seen'); });`,
	);
	// Without what a test runner leaves there for its children.
	const {NODE_TEST_CONTEXT: _, ...env} = process.env;
	const run = path.join(import.meta.dirname, 'run.ts');
	const {status, stdout} = spawnSync(process.execPath, [run, file], {encoding: 'utf8', env, maxBuffer: 1 << 24});
	assert.equal(stdout.trim().split('\n').at(-1), '500 passed, 1 failed');
	assert.match(stdout, /failed:\n {2}.*the last/);
	assert.equal(status, 1);
});
