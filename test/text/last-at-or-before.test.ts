import assert from 'node:assert/strict';
import {test} from 'node:test';
import {lastAtOrBefore} from '../../src/text/last-at-or-before.ts';

const NUMBERS = [10, 20, 20, 30];
const find = (value: number) => lastAtOrBefore(NUMBERS.length, (i) => NUMBERS[i] ?? 0, value);

test('lastAtOrBefore finds the last item at or before a value, the last of equal ones', () => {
	assert.deepEqual([10, 15, 20, 29, 30, 99].map(find), [0, 0, 2, 2, 3, 3]);
});

test('lastAtOrBefore is -1 where all are later and where there are none', () => {
	assert.equal(find(9), -1);
	assert.equal(
		lastAtOrBefore(0, () => 0, 5),
		-1,
	);
});
