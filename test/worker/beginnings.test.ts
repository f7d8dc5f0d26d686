/** A finding that is older than what the state is made of. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {setImmediate} from 'node:timers/promises';
import type {AssessedLook} from '../../src/detect/assessor.ts';
import type {Finding} from '../../src/detect/finding.ts';
import {DEFAULT_THRESHOLDS} from '../../src/detect/thresholds.ts';
import {snapshotObject} from '../../src/output/json.ts';
import type {Tick} from '../../src/reading.ts';
import {LOOKBACK_MS} from '../../src/snapshot.ts';
import type {Recording} from '../../src/source.ts';
import {Beginnings} from '../../src/worker/beginnings.ts';
import {FoldedStretch} from '../../src/worker/folded-stretch.ts';
import {MarkScan} from '../../src/worker/marks.ts';
import {dial, T, tickOf} from '../capture/readings.ts';

const STEP_MS = 5_000;
const timeOf = (index: number) => T + index * STEP_MS;
const PLAYED = {isWatched: () => true, names: new Map(), thresholds: DEFAULT_THRESHOLDS, isFollowed: false};

/** Ten minutes of health, 40 minutes in which nothing is closed, ten minutes of health, ten of the same again. */
const TICKS: readonly Tick[] = Array.from({length: 840}, (_, index) => {
	const isStuck = (index >= 120 && index < 600) || index >= 720;
	const rows = Array.from({length: 20}, (_, i) =>
		dial(40_000 + i, {
			state: isStuck && i < 15 ? 8 : 1,
			rxQueue: isStuck && i < 15 ? 1 : 0,
			quick: index % 8,
			timer: 2,
		}),
	);
	const monotonicMs = 1_000 + index * STEP_MS;
	return tickOf(timeOf(index), rows, {isAlone: true, intervalMs: STEP_MS, monotonicMs});
});

const recording: Recording = {
	...{path: 'memory', host: 'lb1', note: null},
	from: timeOf(0),
	to: timeOf(TICKS.length - 1),
	first: timeOf(0),
	last: timeOf(TICKS.length - 1),
	isAscending: true,
	async *ticks(from = timeOf(0)) {
		yield* TICKS.slice(TICKS.findLastIndex(({time}) => time <= from));
	},
	damage: () => null,
	close() {},
};

async function seen(from: number, until: number): Promise<AssessedLook> {
	const stretch = new FoldedStretch(recording, {from, meant: until}, until, PLAYED);
	await stretch.fetch();
	await stretch.foldUntil(until, () => true);
	assert.ok(stretch.seen);
	return stretch.seen;
}

/** What a scan up to a time has found. */
async function scanned(until: number): Promise<Beginnings> {
	const marks = new Map<string, Finding>();
	let end = 0;
	const part = {
		...recording,
		ticks: async function* () {
			yield* TICKS.filter(({time}) => time <= until);
		},
	};
	await new MarkScan((posted) => {
		for (const mark of posted.findings) marks.set(`${mark.rule} ${mark.backend} ${mark.from}`, mark);
		end = posted.until;
	}).run(part, PLAYED, async () => true);
	await setImmediate();
	assert.equal(end, until);
	return new Beginnings(marks.values(), end);
}

for (const [what, index] of [
	['that has lasted for longer', 500],
	['just before it ends', 599],
	['that is the second of its kind', 800],
	['where nothing is open', 700],
] as const) {
	test(`after a jump a finding ${what} says the same as when played there, once that was scanned`, async () => {
		const beginnings = await scanned(timeOf(839));
		const jumped = await seen(timeOf(index) - LOOKBACK_MS, timeOf(index));
		const played = await seen(timeOf(0), timeOf(index));
		const corrected = beginnings.correct(jumped.assessment, timeOf(index));
		assert.deepEqual(snapshotObject(jumped.model, corrected), snapshotObject(played.model, played.assessment));
		assert.deepEqual(corrected.open, played.assessment.open);
		assert.deepEqual(corrected.worst, played.assessment.worst);
	});
}

test('a finding open where the scan is says nothing of one that opens after it', async () => {
	const beginnings = await scanned(timeOf(500));
	const {assessment} = await seen(timeOf(800) - LOOKBACK_MS, timeOf(800));
	assert.ok(assessment.open.some(({rule}) => rule === 'close-wait'));
	assert.deepEqual(beginnings.correct(assessment, timeOf(800)), assessment);
});
