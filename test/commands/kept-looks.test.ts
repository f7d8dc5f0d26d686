import assert from 'node:assert/strict';
import {test} from 'node:test';
import {KeptLooks} from '../../src/commands/kept-looks.ts';
import {LOOKBACK_MS, type Look, type Snapshot} from '../../src/snapshot.ts';

const T = 1_795_368_814_940;

/** One instance with so many backends; the clock of the machine stands `skewMs` from the monotonic one. */
function lookAt(ms: number, backends = 1, skewMs = 0): Look {
	const snapshots = [{backends: Array.from({length: backends}, () => ({}))} as unknown as Snapshot];
	return {time: T + ms + skewMs, clockMs: ms, problem: null, snapshots};
}

function keep(...looks: Look[]): KeptLooks {
	const kept = new KeptLooks();
	for (const look of looks) kept.add(look);
	return kept;
}

const timesUntil = (kept: KeptLooks, ms: number) => kept.until(T + ms).map(({time}) => time - T);

test('nothing is kept before the first look', () => {
	const kept = keep();
	assert.deepEqual([kept.from, kept.to, kept.until(T), kept.neighbour(T, 1)], [null, null, [], null]);
});

test('all looks up to a time are given, at least the oldest', () => {
	const kept = keep(lookAt(0), lookAt(1000), lookAt(2000));
	assert.deepEqual([kept.from, kept.to], [T, T + 2000]);
	assert.deepEqual(timesUntil(kept, 999), [0]);
	assert.deepEqual(timesUntil(kept, 1000), [0, 1000]);
	assert.deepEqual(timesUntil(kept, 9000), [0, 1000, 2000]);
	assert.deepEqual(timesUntil(kept, -1), [0]);
});

test('a neighbour is the look before or behind the one that a time means, or none', () => {
	const kept = keep(lookAt(0), lookAt(1000), lookAt(2000));
	assert.equal(kept.neighbour(T + 1500, 1), T + 2000);
	assert.equal(kept.neighbour(T + 1500, -1), T);
	assert.equal(kept.neighbour(T + 2000, 1), null);
	assert.equal(kept.neighbour(T, -1), null);
});

test('a look is kept until it is 15 minutes old, by the clock that never jumps', () => {
	const kept = keep(lookAt(0), lookAt(1), lookAt(LOOKBACK_MS - 1));
	assert.equal(kept.from, T);
	kept.add(lookAt(LOOKBACK_MS, 1, 3_600_000));
	assert.equal(kept.from, T + 1);
});

test('of very many backends only as many looks are kept as fit, and never none', () => {
	// 40,000 backends and instances at most: 4 looks at 9,999 backends
	const kept = keep(...Array.from({length: 4}, (_, i) => lookAt(i * 1000, 9_999)));
	assert.equal(kept.from, T);
	kept.add(lookAt(4000, 9_999));
	assert.equal(kept.from, T + 1000);
	kept.add(lookAt(5000, 100_000));
	assert.deepEqual([kept.from, kept.to], [T + 5000, T + 5000]);
});
