import assert from 'node:assert/strict';
import {test} from 'node:test';
import {isBeyondChance} from '../../src/detect/chance.ts';

const cases: [why: string, count: number, of: number, usual: number, isBeyond: boolean][] = [
	['3 lost segments of 36 where 1 % is usual', 3, 36, 0.01, false],
	['7 of 36', 7, 36, 0.01, true],
	['2 of 2', 2, 2, 0.01, true],
	['2 dials of 150', 2, 150, 0.02, false],
	['none of none', 0, 0, 0.01, false],
	['none of many', 0, 5_000, 0.01, false],
	['the usual share of many', 1_000, 100_000, 0.01, false],
	['a little more of many', 1_120, 100_000, 0.01, true],
];
for (const [why, count, of, usual, isBeyond] of cases) {
	test(`${isBeyond ? 'takes' : 'does not take'} ${why} for more than bad luck`, () => {
		assert.equal(isBeyondChance(count, of, usual), isBeyond);
	});
}
