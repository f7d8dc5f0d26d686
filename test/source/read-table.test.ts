import assert from 'node:assert/strict';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'node:test';
import {readFileInto} from '../../src/source/read-table.ts';

test('readFileInto reads a file larger than the buffer, and a shorter one into the same buffer', (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'traefik-top-read-'));
	t.after(() => rmSync(directory, {recursive: true}));
	const long = join(directory, 'long');
	const short = join(directory, 'short');
	const text = 'a line of a table\n'.repeat(40_000);
	writeFileSync(long, text);
	writeFileSync(short, 'one\n');
	const scratch = {buffer: Buffer.alloc(0)};
	const length = readFileInto(long, scratch);
	assert.equal(scratch.buffer.toString('latin1', 0, length), text);
	const grown = scratch.buffer;
	assert.equal(readFileInto(short, scratch), 4);
	assert.equal(scratch.buffer.toString('latin1', 0, 4), 'one\n');
	assert.equal(scratch.buffer, grown);
});

test('readFileInto reads a file of /proc, whose size is said to be 0', () => {
	const scratch = {buffer: Buffer.alloc(0)};
	const length = readFileInto('/proc/self/limits', scratch);
	assert.equal(scratch.buffer.toString('latin1', 0, length), readFileSync('/proc/self/limits', 'latin1'));
});

test('readFileInto throws the error of the system as it is', () => {
	const scratch = {buffer: Buffer.alloc(0)};
	assert.throws(() => readFileInto('/proc/self/no-such-file', scratch), {code: 'ENOENT', syscall: 'open'});
	assert.throws(() => readFileInto('/proc/self', scratch), {code: 'EISDIR'});
});
