import assert from 'node:assert/strict';
import {after, beforeEach, test} from 'node:test';
import {DEFAULT_MATCH} from '../../src/live/find.ts';
import {type LiveSource, liveSource} from '../../src/live/live.ts';
import {fakeProc} from './fake-proc.ts';

const proc = fakeProc();
after(() => proc.remove());
beforeEach(() => proc.clear());

function source(intervalMs = 20, pids: number[] = []): LiveSource {
	return liveSource({procRoot: proc.root, match: DEFAULT_MATCH, pids, intervalMs, source: 'text'});
}

const TRAEFIK = {pid: 41, comm: 'traefik', exe: '/bin/traefik', files: {'net/tcp': '  sl\n', 'net/tcp6': '  sl\n'}};

test('the live loop looks at once, then on every beat, on a clock that never goes back', async () => {
	proc.add(TRAEFIK);
	const live = source();
	const clocks: number[] = [];
	for await (const tick of live) {
		assert.equal(tick.problem, null);
		assert.equal(tick.readings[0]?.instance.pid, 41);
		clocks.push(tick.readings[0]?.monotonicMs ?? Number.NaN);
		if (clocks.length === 3) live.stop();
	}
	assert.equal(clocks.length, 3);
	assert.deepEqual(
		clocks,
		clocks.toSorted((a, b) => a - b),
	);
});

test('the live loop says why there is nothing to see, and goes on looking', async () => {
	const live = source();
	const problems: (string | null)[] = [];
	for await (const tick of live) {
		problems.push(tick.problem);
		if (problems.length === 1) proc.add(TRAEFIK);
		else live.stop();
	}
	assert.deepEqual(problems, [`${proc.root} shows no processes: the live view needs Linux's /proc`, null]);
});

test('a --pid that does not exist is a gap beside the others', async () => {
	proc.add(TRAEFIK);
	const live = source(1000, [41, 42]);
	const said = live.look().readings.map(({instance, problem}) => [instance.pid, problem]);
	assert.deepEqual(said, [
		[41, null],
		[42, 'no process 42'],
	]);
	proc.clear();
	const alone = source(1000, [42, 43]).look();
	assert.deepEqual(
		[alone.readings.length, alone.problem],
		[0, `${proc.root} shows no processes: the live view needs Linux's /proc`],
	);
});

test('the live loop ends a sleep at once when it is stopped', async () => {
	const live = source(3_600_000);
	const ticks = live[Symbol.asyncIterator]();
	await ticks.next();
	const sleeping = ticks.next();
	live.stop();
	assert.equal((await sleeping).done, true);
});

test('the live loop tells each reading the interval that was set last', async () => {
	proc.add(TRAEFIK);
	const live = source(3_600_000);
	const intervals: (number | null | undefined)[] = [];
	for await (const tick of live) {
		intervals.push(tick.readings[0]?.intervalMs);
		if (intervals.length === 1) live.setInterval(10);
		else live.stop();
	}
	assert.deepEqual(intervals, [3_600_000, 10]);
});
