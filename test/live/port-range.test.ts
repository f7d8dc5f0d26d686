import assert from 'node:assert/strict';
import {test} from 'node:test';
import {parsePortRange} from '../../src/live/port-range.ts';

test('a port range is read', () => {
	assert.deepEqual(parsePortRange('32768\t60999\n'), {low: 32768, high: 60999, isAssumed: false});
});

for (const text of ['', '32768', '60999 32768', '0 60999', '32768 65536', 'a b']) {
	test(`${JSON.stringify(text)} is not a port range`, () => assert.equal(parsePortRange(text), null));
}
