/** What holds for whatever is read: no number that cannot be, and nothing that steers a terminal, in any output. */
import assert from 'node:assert/strict';
import type {Row} from '../../src/parse/row.ts';

/** Controls but the newline, and what reorders text. */
const STEERS = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

export function checkText(text: string, what: string): void {
	const found = STEERS.exec(text);
	if (found === null) return;
	const around = text.slice(Math.max(0, found.index - 40), found.index + 40);
	assert.fail(`${what} holds a control character: ${JSON.stringify(around)}`);
}

/** Every number in a value, at any depth; texts are checked, too. */
export function checkValue(value: unknown, path: string): void {
	if (typeof value === 'number') assert.ok(Number.isFinite(value), `${path} is ${value}`);
	else if (typeof value === 'string') checkText(value, path);
	else if (value instanceof Map) for (const [key, each] of value) checkValue(each, `${path}.${String(key)}`);
	else if (Array.isArray(value)) for (const [i, each] of value.entries()) checkValue(each, `${path}[${i}]`);
	else if (value !== null && typeof value === 'object') {
		for (const [key, each] of Object.entries(value)) {
			checkText(key, `a key of ${path}`);
			checkValue(each, `${path}.${key}`);
		}
	}
}

/** Whole numbers of the kernel; -1 is unknown, where it may be. */
const WORDS = ['rxQueue', 'txQueue', 'uid', 'inode', 'retransmits', 'probes', 'timer'] as const;

export function checkRow(row: Row): void {
	assert.ok(row.table === 4 || row.table === 6, `table ${row.table}`);
	assert.ok(Number.isInteger(row.state) && row.state >= 1 && row.state <= 12, `state ${row.state}`);
	for (const port of [row.localPort, row.remotePort]) {
		assert.ok(Number.isInteger(port) && port >= 0 && port <= 65535, `port ${port}`);
	}
	for (const key of WORDS) assert.ok(Number.isInteger(row[key]) && row[key] >= 0, `${key} ${row[key]}`);
	for (const [key, value] of Object.entries(row)) {
		if (typeof value === 'number') assert.ok(Number.isFinite(value) && value >= -1, `${key} ${value}`);
	}
}
