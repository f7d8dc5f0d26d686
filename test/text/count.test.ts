import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {bytes, count, grouped, percent, rate} from '../../src/text/count.ts';

const counts: readonly (readonly [value: number | null, cells: number, expected: string])[] = [
	[null, 5, '–'],
	[Number.NaN, 5, '–'],
	[0, 5, '0'],
	[999, 5, '999'],
	[1204, 5, '1,204'],
	[1204, 4, '1204'],
	[12_345, 5, '12345'],
	[12_345, 4, '12k'],
	[99_999, 5, '99999'],
	[123_456, 5, '123k'],
	[1_234_567, 5, '1.2M'],
	[999_999_999, 5, '1.0G'],
];
for (const [value, cells, expected] of counts) {
	test(`count writes ${value} in ${cells} cells as ${expected}`, () => {
		assert.equal(count(value, cells), expected);
	});
}

test('count, rate, bytes and percent never take more cells than they may', () => {
	fc.assert(
		fc.property(fc.double({min: 0, max: 1e14, noNaN: true}), (value) => {
			for (const cells of [4, 5, 6]) assert.ok(count(value, cells).length <= cells, count(value, cells));
			assert.ok(rate(value).length <= 5, rate(value));
			assert.ok(bytes(value).length <= 5, bytes(value));
			assert.ok(percent(value / 1e14).length <= 4, percent(value / 1e14));
		}),
	);
});

test('grouped separates thousands', () => {
	assert.equal(grouped(1_234_567), '1,234,567');
	assert.equal(grouped(999), '999');
});

test('rate keeps one decimal below ten and never says that something is nothing', () => {
	assert.equal(rate(0), '0');
	assert.equal(rate(0.01), '<0.1');
	assert.equal(rate(0.5), '0.5');
	assert.equal(rate(9.94), '9.9');
	assert.equal(rate(9.96), '10');
	assert.equal(rate(null), '–');
});

test('bytes names the unit', () => {
	assert.deepEqual([0, 999, 1000, 65_536, 1_572_864].map(bytes), ['0', '999B', '1.0K', '64K', '1.5M']);
});

test('percent tells a small share from none', () => {
	assert.deepEqual([0, 0.004, 0.37, 1].map(percent), ['0%', '0.4%', '37%', '100%']);
});
