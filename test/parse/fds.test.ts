import assert from 'node:assert/strict';
import test from 'node:test';
import {parseFds} from '../../src/parse/fds.ts';

test('parseFds takes the second number of each line', () => {
	assert.deepEqual(parseFds('10 476396\n11 476079\n12 476399\n'), new Set([476396, 476079, 476399]));
});

test('parseFds takes a last line without a newline, tabs, returns and further fields', () => {
	assert.deepEqual(parseFds('3\t7\r\n 4  8 socket\n5 9'), new Set([7, 8, 9]));
});

test('parseFds ignores rubbish', () => {
	const text = 'FD INODE\n\n10\nx 5\n6 y\n7 -1\n8 99999999999999999999\n9 12a\n\u0000\u0001\n10 3\n';
	assert.deepEqual(parseFds(text), new Set([3]));
});
