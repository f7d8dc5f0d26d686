import assert from 'node:assert/strict';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {gzipSync, zstdCompressSync} from 'node:zlib';
import {CaptureWriter} from '../../src/capture/writer.ts';
import {openRecording} from '../../src/recording/open.ts';
import {placeOf, ticksTo} from '../../src/recording/order.ts';
import {HEAD4, row4} from '../saved/kernel-text.ts';

const folder = mkdtempSync(join(tmpdir(), 'order-'));
after(() => rmSync(folder, {recursive: true}));

const T = 1795368814000;
/** Seconds: a virtual machine's clock goes back by 500 s, goes on, and is then put right. */
const SECONDS = [1000, 1001, 1002, 500, 501, 502, 1006, 1007, 504, 505];
const times = SECONDS.map((second) => T + second * 1000);

const plain = times
	.map((time) => `traefik-top/1 time=${time} rows=text\n:proc net\n${HEAD4}${row4(40000, 5)}end -\n`)
	.join('');

function fileOf(name: string, content: string | Uint8Array): string {
	const path = join(folder, name);
	writeFileSync(path, content);
	return path;
}

let made = 0;
async function written(): Promise<string> {
	const path = join(folder, `own${made++}`);
	const writer = new CaptureWriter(path, {isSynced: false});
	for await (const tick of (await openRecording(fileOf('for-own', plain), {source: 'auto'})).ticks()) {
		await writer.record(tick).finish();
	}
	await writer.close();
	return path;
}

const forms: [what: string, make: () => Promise<string> | string][] = [
	['plain text', () => fileOf('plain', plain)],
	['gzip', () => fileOf('gz', gzipSync(plain))],
	['zstd', () => fileOf('zst', zstdCompressSync(plain))],
	['chunks', written],
	['tables saved by hand', () => fileOf('text', times.map((time) => `${time}\n${HEAD4}${row4(40000, 5)}`).join(''))],
];
for (const [what, make] of forms) {
	test(`${what} keeps its snapshots in the order they were taken, though the clock goes back`, async () => {
		const recording = await openRecording(await make(), {source: 'auto'});
		const taken: number[] = [];
		for await (const {time} of recording.ticks()) taken.push((time - T) / 1000);
		assert.deepEqual(taken, SECONDS);
		assert.deepEqual([recording.first, recording.last], [times[0], times.at(-1)]);
		assert.deepEqual([recording.from, recording.to], [T + 500_000, T + 1_007_000]);
		assert.equal(recording.isAscending, false);
		recording.close();
	});

	test(`every snapshot of ${what} is found by its time, with those taken before it`, async () => {
		const recording = await openRecording(await make(), {source: 'auto'});
		for (const [place, time] of times.entries()) {
			const seen: number[] = [];
			for await (const tick of ticksTo(recording, undefined, time)) seen.push(tick.time);
			assert.deepEqual(seen, times.slice(0, place + 1));
			const near: number[] = [];
			for await (const tick of ticksTo(recording, time - 1500, time)) near.push(tick.time);
			assert.equal(near.at(-1), time);
		}
		recording.close();
	});
}

test('a time means the snapshot with the greatest time at or before it, of several the last', () => {
	const cases: [time: number, place: number][] = [
		[999, 9],
		[1001, 1],
		[1005, 2],
		[503, 5],
		[9000, 7],
		[3, 0],
	];
	for (const [time, place] of cases) assert.equal(placeOf(SECONDS, time), place, `${time}`);
	assert.equal(placeOf([1, 2, 1, 2], 2), 3);
});
