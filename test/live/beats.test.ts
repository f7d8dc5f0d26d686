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
	test(`it takes ${what}`, () => assert.equal(nextBeat(0, 1000, beat, nowMs), expected));
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

test('it beats on the grid although the work takes time', () =>
	onFakeClock(async (clock) => {
		const beats = new Beats(1000, () => clock.now);
		clock.now = 300;
		const beat = beats.next();
		clock.advance(699);
		assert.equal(await isSettled(beat), false);
		clock.advance(1);
		assert.equal(await beat, true);
	}));

test('it ends a sleep at once when it is stopped, and never beats again', () =>
	onFakeClock(async (clock) => {
		const beats = new Beats(1000, () => clock.now);
		const beat = beats.next();
		beats.stop();
		assert.equal(await beat, false);
		assert.equal(await beats.next(), false);
	}));

test('it shortens a sleep when the interval gets shorter, from the last beat on', () =>
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

test('it keeps a beat that is due when the interval is changed again and again', () =>
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

test('it wakes whoever sleeps, once, and the beat comes all the same', () =>
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
