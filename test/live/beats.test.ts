import assert from 'node:assert/strict';
import {mock, test} from 'node:test';
import {Beats, nextBeat} from '../../src/live/beats.ts';

const next: [what: string, beat: number, nowMs: number, expected: number][] = [
	['the one after', 0, 100, 1],
	['the one after, however long the work took within it', 3, 3999, 4],
	['the next whole one when one was missed', 3, 4000, 5],
	['one only when many were missed', 3, 60_500, 61],
	['the one after when its timer fired early', 4, 3999.6, 5],
];
for (const [what, beat, nowMs, expected] of next) {
	test(`the next beat is right for ${what}`, () => assert.equal(nextBeat(0, 1000, beat, nowMs), expected));
}

/** Runs `body` on a clock that moves only when told to. */
async function onFakeClock(body: (clock: {now: number; advance(ms: number): void}) => Promise<void>): Promise<void> {
	mock.timers.enable({apis: ['setTimeout']});
	const clock = {
		now: 0,
		advance(ms: number) {
			clock.now += ms;
			mock.timers.tick(ms);
		},
	};
	try {
		await body(clock);
	} finally {
		mock.timers.reset();
	}
}

/** Whether a promise is settled once everything that is due has run. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
	let settled = false;
	promise.then(() => {
		settled = true;
	});
	await new Promise((resolve) => setImmediate(resolve));
	return settled;
}

test('beats stay on the grid although the work takes time', () =>
	onFakeClock(async (clock) => {
		const beats = new Beats(1000, () => clock.now);
		clock.now = 300;
		const beat = beats.next();
		clock.advance(699);
		assert.equal(await isSettled(beat), false);
		clock.advance(1);
		assert.equal(await beat, true);
	}));

test('stopping ends a sleep at once, for good', () =>
	onFakeClock(async (clock) => {
		const beats = new Beats(1000, () => clock.now);
		const beat = beats.next();
		beats.stop();
		assert.equal(await beat, false);
		assert.equal(await beats.next(), false);
	}));

test('a shorter interval shortens the sleep, counted from the last beat', () =>
	onFakeClock(async (clock) => {
		const beats = new Beats(5000, () => clock.now);
		const beat = beats.next();
		clock.advance(300);
		beats.setInterval(500);
		clock.advance(199);
		assert.equal(await isSettled(beat), false);
		clock.advance(1);
		assert.equal(await beat, true);
	}));

test('a beat that is due is kept while the interval changes again and again', () =>
	onFakeClock(async (clock) => {
		const beats = new Beats(1000, () => clock.now);
		const beat = beats.next();
		for (let i = 0; i < 10; i++) {
			clock.advance(100);
			beats.setInterval(i % 2 === 0 ? 1100 : 1000);
		}
		clock.advance(1);
		assert.equal(await isSettled(beat), true);
	}));

test('wake() ends one sleep, and the beat comes all the same', () =>
	onFakeClock(async (clock) => {
		const beats = new Beats(1000, () => clock.now);
		const early = beats.next();
		clock.advance(400);
		beats.wake();
		beats.wake();
		assert.equal(await early, true);
		const beat = beats.next();
		clock.advance(599);
		assert.equal(await isSettled(beat), false);
		clock.advance(1);
		assert.equal(await beat, true);
		const second = beats.next();
		clock.advance(999);
		assert.equal(await isSettled(second), false);
		clock.advance(1);
		assert.equal(await second, true);
	}));
