import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {duration, shortDuration, uptime} from '../../src/text/duration.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const lengths: readonly (readonly [ms: number | null, short: string, long: string])[] = [
	[null, '–', '–'],
	[0, '0ms', '0 ms'],
	[24, '24ms', '24 ms'],
	[999, '999ms', '999 ms'],
	[999.6, '1.0s', '1 s'],
	[3000, '3.0s', '3 s'],
	[3200, '3.2s', '3.2 s'],
	[74 * SECOND, '74s', '74 s'],
	[119 * SECOND, '119s', '119 s'],
	[2 * MINUTE, '2m', '2 min'],
	[15 * MINUTE, '15m', '15 min'],
	[HOUR, '60m', '1 h'],
	[3 * HOUR + 4 * MINUTE, '3h', '3 h 4 min'],
	[3 * DAY + 4 * HOUR, '3d', '3 d 4 h'],
];
for (const [ms, short, long] of lengths) {
	test(`${ms} ms is ${short} in a column and ${long} in a sentence`, () => {
		assert.equal(shortDuration(ms), short);
		assert.equal(duration(ms), long);
	});
}

test('a duration in a column takes at most 5 cells for ten years', () => {
	fc.assert(
		fc.property(fc.double({min: 0, max: 3650 * DAY, noNaN: true}), (ms) => {
			assert.ok(shortDuration(ms).length <= 5, shortDuration(ms));
		}),
	);
});

test('uptime names the two largest units', () => {
	assert.deepEqual([47 * SECOND, 12 * MINUTE, 3 * HOUR + 4 * MINUTE, 3 * DAY + 4 * HOUR, 412 * DAY].map(uptime), [
		'47s',
		'12m',
		'3h 4m',
		'3d 4h',
		'412d',
	]);
});
