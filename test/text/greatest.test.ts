import assert from 'node:assert/strict';
import {test} from 'node:test';
import {greatest, least} from '../../src/text/greatest.ts';

test('greatest and least take any number of values', () => {
	const many = Array.from({length: 500_000}, (_, i) => i);
	assert.deepEqual([greatest(many), least(many)], [499_999, 0]);
	assert.deepEqual([greatest([]), least([])], [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
});
