import assert from 'node:assert/strict';
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type TestContext} from 'node:test';
import {TextTables} from '../../src/live/text-tables.ts';
import {newRow} from '../../src/parse/row.ts';
import {HEAD4, HEAD6, LISTEN6, row4} from '../saved/kernel-text.ts';

function process(t: TestContext, files: Record<string, string>): string {
	const directory = mkdtempSync(join(tmpdir(), 'traefik-top-read-'));
	t.after(() => rmSync(directory, {recursive: true}));
	mkdirSync(join(directory, 'net'));
	for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, 'net', name), text);
	return directory;
}

function rowsOf(tables: TextTables): {ports: number[]; torn: number; problem: string | null | undefined} {
	const ports: number[] = [];
	const {rows, torn, problem} = tables.visit(newRow(), ({localPort}) => ports.push(localPort));
	assert.equal(rows, ports.length);
	return {ports, torn, problem};
}

/** 600 kB, many times the buffer, whose size no row divides. */
const PORTS = Array.from({length: 4000}, (_, i) => 2000 + i);
const LONG = HEAD4 + PORTS.map((port) => row4(port, 400_000 + port)).join('');

test('TextTables visits each row of a table larger than its buffer once, then those of tcp6', (t) => {
	const tables = new TextTables();
	assert.equal(tables.begin(process(t, {tcp: LONG, tcp6: HEAD6 + LISTEN6})), null);
	assert.deepEqual(rowsOf(tables), {ports: [...PORTS, 80], torn: 0, problem: null});
});

test('TextTables reads again what is visited again', (t) => {
	const tables = new TextTables();
	assert.equal(tables.begin(process(t, {tcp: LONG, tcp6: HEAD6 + LISTEN6})), null);
	assert.equal(rowsOf(tables).ports.length, 4001);
	assert.equal(rowsOf(tables).ports.length, 4001);
});

test('TextTables counts a last row that was cut off as torn', (t) => {
	const tables = new TextTables();
	assert.equal(tables.begin(process(t, {tcp: LONG.slice(0, -100)})), null);
	assert.deepEqual(rowsOf(tables), {ports: PORTS.slice(0, -1), torn: 1, problem: null});
});

test('TextTables goes through text without any newline', (t) => {
	const tables = new TextTables();
	assert.equal(tables.begin(process(t, {tcp: 'x'.repeat(200_000)})), null);
	assert.equal(rowsOf(tables).ports.length, 0);
});

test('TextTables says when the process is gone before it is read, and before it is read again', (t) => {
	const directory = process(t, {tcp: LONG});
	const tables = new TextTables();
	assert.equal(tables.begin(`${directory}-not`), 'gone');
	assert.equal(tables.begin(directory), null);
	assert.equal(rowsOf(tables).ports.length, 4000);
	rmSync(join(directory, 'net/tcp'));
	assert.deepEqual(rowsOf(tables), {ports: [], torn: 0, problem: 'gone'});
});
