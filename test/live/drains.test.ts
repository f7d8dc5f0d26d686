import assert from 'node:assert/strict';
import {test} from 'node:test';
import {repeatDrain} from '../../src/live/drains.ts';

test('endings are asked for every 100 ms while some come, every 250 ms while none do, until stopped', (t) => {
	t.mock.timers.enable({apis: ['setTimeout']});
	let calls = 0;
	let isBusy = false;
	const stop = repeatDrain(() => {
		calls++;
		return isBusy;
	});
	const after = (ms: number) => {
		t.mock.timers.tick(ms);
		return calls;
	};
	assert.deepEqual([after(99), after(1)], [0, 1]);
	assert.deepEqual([after(249), after(1)], [1, 2]);
	isBusy = true;
	assert.deepEqual([after(250), after(100), after(100)], [3, 4, 5]);
	isBusy = false;
	assert.deepEqual([after(100), after(100), after(150)], [6, 6, 7]);
	stop();
	assert.equal(after(10_000), 7);
});
