import assert from 'node:assert/strict';
import {mkdtempSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {fileSource, memorySource} from '../../src/capture/byte-source.ts';
import {chunksOf} from '../../src/capture/index.ts';
import {CaptureReader} from '../../src/capture/reader.ts';
import {RecentCapture} from '../../src/capture/recent.ts';
import {RecentRecording} from '../../src/capture/recent-recording.ts';
import {newRow} from '../../src/parse/row.ts';
import {NO_COUNTERS, type Tick} from '../../src/reading.ts';
import {openRecording} from '../../src/recording/open.ts';
import {LOOKBACK_MS} from '../../src/snapshot.ts';

const scratch = mkdtempSync(join(tmpdir(), 'traefik-top-recent-'));
after(() => rmSync(scratch, {recursive: true}));

const START = 1_800_000_000_000;
const INSTANCE = {id: 'lb1/41', host: 'lb1', via: null, pid: 41, startedAt: START - 1000, netns: 7};

/** A tick `ms` after the start with `rows` rows, whose ports differ from tick to tick. */
function tickAt(ms: number, rows = 3): Tick {
	const row = newRow();
	return {
		time: START + ms,
		problem: null,
		readings: [
			{
				instance: INSTANCE,
				time: START + ms,
				monotonicMs: ms,
				isTimeAssumed: false,
				intervalMs: 1000,
				problem: null,
				rowSource: 'text',
				isAlone: true,
				descriptors: 'readable',
				inodes: () => new Set([500 + ms]),
				counters: NO_COUNTERS,
				ports: null,
				names: new Map(),
				openFiles: null,
				readMs: 1,
				visit(visit) {
					for (let i = 0; i < rows; i++) {
						Object.assign(row, {
							localPort: 20_000 + i,
							remotePort: 8080,
							state: 1,
							inode: (ms * 7919 + i * 104_729) % 1e9,
						});
						visit(row);
					}
					return {rows, torn: 0};
				},
			},
		],
	};
}

async function keep(recent: RecentCapture, ticks: Tick[]): Promise<void> {
	for (const tick of ticks) await recent.record(tick).finish();
}

test('what is kept for a quarter of an hour keeps no more memory than it says', async () => {
	const recent = new RecentCapture();
	await keep(
		recent,
		Array.from({length: 200}, (_, second) => tickAt(second * 1_000, 600)),
	);
	const pieces = await recent.pieces();
	// the chunk that is still written is of many pieces
	const ended = pieces.slice(0, 6);
	const slabs = new Set(ended.map(({buffer}) => buffer));
	const kept = [...slabs].reduce((sum, {byteLength}) => sum + byteLength, 0);
	const said = ended.reduce((sum, {byteLength}) => sum + byteLength, 0);
	assert.ok(said > 20_000, `${said}`);
	assert.ok(kept < said + 30_000, `${kept} bytes for ${said}`);
	recent.close();
});

async function saved(recent: RecentCapture, name: string): Promise<{times: number[]; rows: number}> {
	const {path} = await recent.save(join(scratch, name));
	const recording = await openRecording(path, {source: 'auto'});
	const times: number[] = [];
	let rows = 0;
	for await (const tick of recording.ticks()) {
		times.push(tick.time - START);
		rows += tick.readings[0]?.visit(() => {}).rows ?? 0;
	}
	assert.equal(recording.damage(), null);
	recording.close();
	return {times, rows};
}

const everySecond = (from: number, to: number) => Array.from({length: to - from + 1}, (_, i) => (from + i) * 1000);

test('saving writes every tick, those of the open chunk too', async () => {
	const recent = new RecentCapture();
	await keep(
		recent,
		everySecond(0, 130).map((ms) => tickAt(ms)),
	);
	assert.deepEqual(await saved(recent, 'all'), {times: everySecond(0, 130), rows: 131 * 3});
});

test('memory goes on after saving', async () => {
	const recent = new RecentCapture();
	await keep(recent, [tickAt(0)]);
	await recent.save(join(scratch, 'first'));
	await keep(recent, [tickAt(1000)]);
	assert.deepEqual((await saved(recent, 'second')).times, [0, 1000]);
});

test('memory keeps 15 minutes, and less than one chunk beyond', async () => {
	const recent = new RecentCapture();
	const last = LOOKBACK_MS + 300_000;
	await keep(
		recent,
		Array.from({length: last / 5000 + 1}, (_, i) => tickAt(i * 5000)),
	);
	const {times} = await saved(recent, 'span');
	assert.ok((times[0] ?? 0) <= last - LOOKBACK_MS);
	assert.ok((times[0] ?? 0) > last - LOOKBACK_MS - 60_000);
	assert.equal(times.at(-1), last);
});

test('memory stays below its limit and keeps the latest part', async () => {
	const maxBytes = 200_000;
	const recent = new RecentCapture({maxBytes});
	await keep(
		recent,
		everySecond(0, 150).map((ms) => tickAt(ms, 1000)),
	);
	assert.ok(recent.bytes <= maxBytes * 1.15, `${recent.bytes}`);
	const {times} = await saved(recent, 'limit');
	assert.ok(times.length > 10 && times.length < 150, `${times.length}`);
	assert.deepEqual(times, everySecond(151 - times.length, 150));
});

test('a chunk whose text grows long ends, however little room it takes', async () => {
	const recent = new RecentCapture({maxChunkText: 1_000_000});
	await keep(
		recent,
		everySecond(0, 50).map((ms) => tickAt(ms, 1000)),
	);
	const {path} = await recent.save(join(scratch, 'long'));
	const heads = [...chunksOf(fileSource(path))].map(({head}) => head.textKb);
	assert.ok(heads.length > 1, `${heads.length}`);
	for (const textKb of heads) assert.ok(textKb < 1100, `${textKb}`);
	assert.deepEqual((await saved(recent, 'long again')).times, everySecond(0, 50));
});

test('a clock that was set back does not hide what was written around it', async () => {
	const recent = new RecentCapture();
	await keep(recent, [tickAt(10_000), tickAt(11_000), tickAt(5000), tickAt(6000)]);
	assert.equal((await saved(recent, 'back')).times.length, 4);
});

test('saving overwrites nothing', async () => {
	const recent = new RecentCapture();
	await keep(recent, [tickAt(0)]);
	const file = join(scratch, 'precious');
	writeFileSync(file, 'x');
	await assert.rejects(recent.save(file), {message: `cannot write ${file}: it exists already`});
	assert.equal(statSync(file).size, 1);
});

test('saving says that there is nothing to save yet', async () => {
	await assert.rejects(new RecentCapture().save(join(scratch, 'nothing')), /nothing to write: no reading yet/);
});

test('whoever goes back gets every reading, also those that wait to be compressed', async () => {
	const recent = new RecentCapture();
	const ticks = new RecentRecording(recent).ticks();
	for (const tick of everySecond(0, 24).map((ms) => tickAt(ms))) {
		await keep(recent, [tick]);
		const next = await ticks.next();
		assert.equal(next.value?.time, tick.time);
	}
	await ticks.return(undefined);
	const again: number[] = [];
	for await (const {time} of new CaptureReader('memory', memorySource(await recent.pieces()), {
		isTextOnly: false,
	}).ticks()) {
		again.push(time - START);
	}
	assert.deepEqual(again, everySecond(0, 24));
});
