import assert from 'node:assert/strict';
import {test} from 'node:test';
import {quantile} from '../../src/model/metric.ts';
import {series} from '../../src/model/series.ts';
import {BackendTrack, RECENT_MS, trimRecent} from '../../src/model/track.ts';
import {LOOKBACK_MS, type Snapshot} from '../../src/snapshot.ts';
import {type Facts, factsOf} from '../detect/windows.ts';

const read = {problem: null} as Snapshot;
const unread = {problem: 'permission denied'} as Snapshot;

/** A track of one look a second; null: unread. */
function trackOf(facts: readonly (Facts | null)[], stepMs = 1_000): {track: BackendTrack; end: number} {
	const track = new BackendTrack('10.0.0.7:8080', 0);
	facts.forEach((each, i) => {
		const clockMs = i * stepMs;
		const sample = {time: clockMs, clockMs, facts: each === null ? null : factsOf('10.0.0.7:8080', each)};
		track.add({...sample, snapshot: each === null ? unread : read});
	});
	return {track, end: (facts.length - 1) * stepMs};
}

const quantiles: [histogram: number[], share: number, value: number | null][] = [
	[[], 0.5, null],
	[[20, 1], 0.5, 20],
	[[20, 1, 40, 1], 0.5, 20],
	[[20, 1, 40, 2], 0.5, 40],
	[[20, 19, 400, 1], 0.95, 20],
	[[20, 18, 400, 2], 0.95, 400],
	[[20, 5, 40, 5], 1, 40],
	[[20, 5, 40, 5], 0, 20],
];
for (const [histogram, share, value] of quantiles) {
	test(`the ${share} quantile of [${histogram.join(' ')}] is ${value}`, () => {
		assert.equal(quantile(histogram, share), value);
	});
}

test('draws a hole where nothing was read, 0 where the backend had no row', () => {
	const {track, end} = trackOf([{established: 4}, null, {}, {established: 2}]);
	assert.deepEqual(series(track, 'established', end, 4_000, 4), [4, null, 0, 2]);
});

test('draws a hole before the backend was known', () => {
	const {track, end} = trackOf([{established: 4}, {established: 5}]);
	assert.deepEqual(series(track, 'established', end, 4_000, 4), [null, null, 4, 5]);
});

test('a track takes the most of a count and the sum of a flow where several looks share a column', () => {
	const {track, end} = trackOf([
		{established: 4, opened: 1},
		{established: 9, opened: 2},
		{established: 3, opened: 4},
		{established: 2, opened: 8},
	]);
	assert.deepEqual(series(track, 'established', end, 4_000, 2), [9, 3]);
	assert.deepEqual(series(track, 'opened', end, 4_000, 2), [3, 12]);
});

test('draws the older past from buckets of 5 s', () => {
	const {track, end} = trackOf(Array.from({length: 300}, (_, i) => ({established: i < 150 ? 10 : 20, opened: 1})));
	assert.deepEqual(series(track, 'established', end, 300_000, 4), [10, 10, 20, 20]);
	assert.deepEqual(series(track, 'opened', end, 300_000, 4), [75, 75, 75, 75]);
});

test('backfills what was 0 until now, not what was unknown', () => {
	const {track, end} = trackOf([...new Array<Facts>(10).fill({established: 5}), {established: 5, closeWait: 3}]);
	assert.deepEqual(track.past('closeWait', end, 4), [null, 0, 0, 3]);
	assert.deepEqual(track.past('responseMs', end, 4), [null, null, null, null]);
});

test('a track does not take looks without an answer for answers that took no time', () => {
	const answers = {established: 5, info: {responses: [20, 3]}};
	const {track, end} = trackOf([...new Array<Facts>(10).fill({established: 5}), answers, answers]);
	assert.deepEqual(track.past('responseMs', end, 3), [null, null, 20]);
});

test('a track forgets what is older than 15 minutes', () => {
	const {track, end} = trackOf(
		Array.from({length: 400}, (_, i) => ({established: i, opened: 1})),
		5_000,
	);
	assert.equal(track.flows(end).opened, LOOKBACK_MS / 5_000);
	assert.equal(track.past('established', end, 200).filter((value) => value !== null).length, LOOKBACK_MS / 5_000 + 1);
});

test('a track keeps whole facts for 90 s', () => {
	const {track, end} = trackOf(new Array<Facts>(300).fill({established: 1}));
	assert(track.recent.every(({clockMs}) => clockMs > end - RECENT_MS));
	assert.equal(track.recent.length, RECENT_MS / 1_000);
});

test('a track gives a copy that later looks do not change', () => {
	const {track, end} = trackOf([{established: 4}, {established: 5}]);
	const copy = track.copy();
	track.add({time: end + 1, clockMs: end + 1, facts: factsOf('10.0.0.7:8080', {established: 99}), snapshot: read});
	assert.deepEqual(series(copy, 'established', end, 2_000, 2), [4, 5]);
	assert.deepEqual(copy.past('established', end, 1), [5]);
});

test('a track keeps a bounded number of looks, also where the clock is stuck or creeps', () => {
	for (const step of [0, 1, 49, 50, 100]) {
		const recent: {clockMs: number}[] = [];
		for (let i = 0; i < 5000; i++) {
			recent.push({clockMs: i * step});
			trimRecent(recent);
		}
		assert.equal(recent.at(-1)?.clockMs, 4999 * step);
		assert.ok(recent.length <= 1000, `${step}: ${recent.length}`);
		if (step < 50) assert.ok(recent.length <= 100);
		if (step === 100) assert.equal(recent.length, 900);
	}
});
