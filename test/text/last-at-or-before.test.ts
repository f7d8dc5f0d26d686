import assert from 'node:assert/strict';
import {test} from 'node:test';
import {lastAtOrBefore} from '../../src/text/last-at-or-before.ts';

const NUMBERS = [10, 20, 20, 30];
const find = (value: number) => lastAtOrBefore(NUMBERS.length, (i) => NUMBERS[i] ?? 0, value);

test('it finds the last one at or before a value, of equal ones the last', () => {
	assert.deepEqual([10, 15, 20, 29, 30, 99].map(find), [0, 0, 2, 2, 3, 3]);
});

test('it says -1 where all are later, and of none', () => {
	assert.equal(find(9), -1);
	assert.equal(
		lastAtOrBefore(0, () => 0, 5),
		-1,
	);
});
