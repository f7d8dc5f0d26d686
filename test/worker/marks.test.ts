import assert from 'node:assert/strict';
import {test} from 'node:test';
import {DEFAULT_THRESHOLDS} from '../../src/detect/thresholds.ts';
import type {Recording} from '../../src/source.ts';
import {MarkScan} from '../../src/worker/marks.ts';
import type {Marks} from '../../src/worker/protocol.ts';
import {dial, T, tickOf} from '../capture/readings.ts';

/** What a scan of this many looks, one a second, has posted last. */
async function scanned(looks: number): Promise<Marks> {
	const recording: Pick<Recording, 'ticks'> = {
		async *ticks() {
			for (let look = 0; look < looks; look++) {
				yield tickOf(T + look * 1000, [dial(40_000)], {isAlone: true, monotonicMs: 1000 + look * 1000});
			}
		},
	};
	let last: Marks | null = null;
	const options = {isWatched: () => true, names: new Map(), thresholds: DEFAULT_THRESHOLDS, isFollowed: false};
	await new MarkScan((marks) => {
		last = marks;
	}).run(recording as Recording, options, async () => true);
	assert.ok(last);
	return last;
}

test('a scan says when it has come to the end', async () => {
	const {isComplete, until} = await scanned(20);
	assert.deepEqual([isComplete, until], [true, T + 19_000]);
});

test('how many clients there were is kept for the whole recording, in a bounded number of stretches', async () => {
	assert.equal((await scanned(20)).clients.length, 20);
	const {clients} = await scanned(5000);
	assert.ok(clients.length >= 600 && clients.length < 1200, String(clients.length));
	assert.equal(clients[0]?.[0], T);
	assert.ok((clients.at(-1)?.[0] ?? 0) > T + 4_980_000);
	const apart = new Set(clients.slice(1).map(([time], at) => time - (clients[at]?.[0] ?? 0)));
	assert.deepEqual([...apart], [8000]);
});
