import assert from 'node:assert/strict';
import {test} from 'node:test';
import {forDuration} from '../../src/commands/input.ts';
import type {Source} from '../../src/source/source.ts';

/** Ticks at once, the clock moved on by `steps[n]` ms before the n-th. */
async function looksWithin(ms: number, intervalMs: number, steps: readonly number[]): Promise<number> {
	const {now} = performance;
	let clock = 0;
	performance.now = () => clock;
	const source: Source = {
		async *[Symbol.asyncIterator]() {
			for (const step of steps) {
				clock += step;
				yield {time: clock, readings: [], problem: null};
			}
		},
		stop() {},
	};
	try {
		let looks = 0;
		for await (const _ of forDuration(source, {ms, intervalMs}, new AbortController().signal)) looks++;
		return looks;
	} finally {
		performance.now = now;
	}
}

test('a slow first look does not cost a third one', async () => {
	assert.equal(await looksWithin(900, 900, [50, 860, 900, 900]), 2);
});

test('a duration of no time is one look', async () => {
	assert.equal(await looksWithin(0, 1000, [5, 1000, 1000]), 1);
});

test('a duration below the interval ends with the second look', async () => {
	assert.equal(await looksWithin(100, 1000, [5, 1000, 1000]), 2);
});

test('a duration of 6 s ends with the look at its end, none before', async () => {
	assert.equal(await looksWithin(6000, 1000, [40, 970, 1000, 1000, 1000, 1000, 1000, 1000, 1000]), 7);
});
