import assert from 'node:assert/strict';
import {test} from 'node:test';
import {forDuration, ticksUntil} from '../../src/commands/input.ts';
import type {Recording, Source} from '../../src/source.ts';

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

/** A look a minute, but for a hole of an hour after the first 30. */
const MINUTES = [...Array.from({length: 30}, (_, i) => i), ...Array.from({length: 30}, (_, i) => 90 + i)];
const minute = (time: number) => time / 60_000;

async function minutesUntil(instant: number): Promise<number[]> {
	const recording: Recording = {
		...{path: 'memory', host: null, note: null, from: 0, to: 119 * 60_000},
		...{first: 0, last: 119 * 60_000, isAscending: true},
		async *ticks(from = 0) {
			const start = MINUTES.findLastIndex((at) => at <= minute(from));
			for (const at of MINUTES.slice(Math.max(0, start))) yield {time: at * 60_000, readings: [], problem: null};
		},
		damage: () => null,
		close() {},
	};
	const minutes: number[] = [];
	for await (const {time} of ticksUntil(recording, instant * 60_000)) minutes.push(minute(time));
	return minutes;
}

const windows: readonly (readonly [what: string, instant: number, from: number, to: number, count: number])[] = [
	['15 minutes before it', 29, 15, 29, 15],
	['those before the last one ≤ it, between two', 29.5, 15, 29, 15],
	['those before the hole, in a hole', 80, 15, 29, 15],
	['those after a hole', 95, 90, 95, 6],
	['those before the end', 119, 105, 119, 15],
];
for (const [what, instant, from, to, count] of windows) {
	test(`the state at an instant is made of the looks of ${what}`, async () => {
		const minutes = await minutesUntil(instant);
		assert.deepEqual([minutes[0], minutes.at(-1), minutes.length], [from, to, count]);
	});
}
