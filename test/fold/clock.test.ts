import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {Clock} from '../../src/fold/clock.ts';

type Beat = {readonly time: number; readonly monotonicMs: number | null; readonly intervalMs: number | null};

function run(beats: readonly Beat[]): {now: number; since: number | null; isAfterGap: boolean}[] {
	const clock = new Clock();
	return beats.map((beat) => {
		clock.advance(beat);
		return {now: clock.nowMs, since: clock.sinceMs, isAfterGap: clock.isAfterGap};
	});
}

const wall = (...times: number[]): Beat[] => times.map((time) => ({time, monotonicMs: null, intervalMs: null}));

test('the clock begins at the wall time of the first reading', () => {
	assert.deepEqual(run(wall(5_000)), [{now: 5_000, since: null, isAfterGap: false}]);
});

test('the clock follows the monotonic clock where both readings have one, whatever the wall clock does', () => {
	const beats = [0, 1_000, 2_000].map((monotonicMs, i) => ({time: 9_000 - i * 500, monotonicMs, intervalMs: null}));
	assert.deepEqual(
		run(beats).map(({now}) => now),
		[9_000, 10_000, 11_000],
	);
});

test('the clock takes one usual interval where the wall clock jumped back', () => {
	const beats = run(wall(10_000, 10_200, 10_400, 10_600, 4_000, 4_200));
	assert.deepEqual(
		beats.map(({since}) => since),
		[null, 200, 200, 200, 200, 200],
	);
	assert.equal(
		beats.some(({isAfterGap}) => isAfterGap),
		false,
	);
});

test('the clock takes the interval the recorder aimed at where too few steps tell the usual one', () => {
	const beats = [10_000, 4_000].map((time) => ({time, monotonicMs: null, intervalMs: 5_000}));
	assert.equal(run(beats).at(-1)?.since, 5_000);
});

test('the clock takes a second where nothing tells the interval', () => {
	assert.equal(run(wall(10_000, 4_000)).at(-1)?.since, 1_000);
});

test('the clock does not move on a repeated time', () => {
	assert.deepEqual(
		run(wall(10_000, 11_000, 11_000, 12_000)).map(({since}) => since),
		[null, 1_000, 0, 1_000],
	);
});

test('the clock sees no gap in the steady steps of a slow recorder', () => {
	const beats = [0, 60_000, 120_000, 180_000].map((time) => ({time, monotonicMs: null, intervalMs: 60_000}));
	assert.equal(
		run(beats).some(({isAfterGap}) => isAfterGap),
		false,
	);
});

test('never goes back, whatever times are given', () => {
	const beat = fc.record({
		time: fc.integer({min: 0, max: 1e12}),
		monotonicMs: fc.option(fc.integer({min: 0, max: 1e12})),
		intervalMs: fc.option(fc.integer({min: 1, max: 60_000})),
	});
	fc.assert(
		fc.property(fc.array(beat, {maxLength: 40}), (beats) => {
			const seen = run(beats);
			for (let i = 1; i < seen.length; i++) assert((seen[i]?.now ?? 0) >= (seen[i - 1]?.now ?? 0));
		}),
	);
});
