import assert from 'node:assert/strict';
import {test} from 'node:test';
import {CostMeter} from '../../../src/commands/screen/self-cost.ts';

/** What is shown after each second of this many, whose CPU time is given in ms. */
function shown(...cpuMs: number[]): (number | null)[] {
	let used = 900; // the start
	let at = 0;
	const meter = new CostMeter(() => ({atMs: at, cpuMs: used, rssBytes: 1}));
	meter.measure();
	return cpuMs.map((ms) => {
		at += 1_000;
		used += ms;
		return meter.measure().cpuPercent;
	});
}

test('tells memory at once, and the processor after a second, without the start', () => {
	const meter = new CostMeter(() => ({atMs: 5, cpuMs: 900, rssBytes: 7}));
	assert.deepEqual(meter.measure(), {cpuPercent: null, rssBytes: 7});
	assert.deepEqual(shown(100), [10]);
});

test('averages over ever longer, five seconds at most', () => {
	assert.deepEqual(shown(...Array(4).fill(10)), [1, 1, 1, 1]);
	const settled = shown(...Array(20).fill(10), 60, 10, 10, 10, 10, 10);
	assert.deepEqual(settled.slice(-6).toSorted().at(-1), 2);
	assert.deepEqual(new Set(settled), new Set([1, 2]));
});

test('shows the cost of a busy start no longer than a second', () => {
	assert.deepEqual(shown(900, 20, 20), [90, 2, 2]);
});
