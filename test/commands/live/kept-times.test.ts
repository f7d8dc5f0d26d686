import assert from 'node:assert/strict';
import {test} from 'node:test';
import {KeptTimes} from '../../../src/commands/live/kept-times.ts';

const T = 1_795_368_814_940;

function keep(...times: number[]): KeptTimes {
	const kept = new KeptTimes();
	for (const time of times) kept.add(T + time, T);
	return kept;
}

test('nothing is kept before the first look', () => {
	const kept = keep();
	assert.deepEqual([kept.from, kept.to, kept.at(T), kept.neighbour(T, 1)], [null, null, null, null]);
});

test('a time means the last look at or before it, at least the oldest', () => {
	const kept = keep(0, 1000, 2000);
	assert.deepEqual([kept.from, kept.to], [T, T + 2000]);
	assert.deepEqual(
		[-1, 999, 1000, 9000].map((ms) => (kept.at(T + ms) ?? 0) - T),
		[0, 0, 1000, 2000],
	);
});

test('a neighbour is the look before or after the one that a time means, or none', () => {
	const kept = keep(0, 1000, 2000);
	assert.equal(kept.neighbour(T + 1500, 1), T + 2000);
	assert.equal(kept.neighbour(T + 1500, -1), T);
	assert.equal(kept.neighbour(T + 2000, 1), null);
	assert.equal(kept.neighbour(T, -1), null);
});

test('a look is known as long as the worker keeps it', () => {
	const kept = keep(0, 1000, 2000);
	kept.add(T + 3000, T + 1000);
	assert.equal(kept.from, T + 1000);
	kept.add(T + 4000, T + 1001);
	assert.equal(kept.from, T + 2000);
	kept.add(T + 5000, null);
	assert.deepEqual([kept.from, kept.to], [T + 5000, T + 5000]);
});
