import assert from 'node:assert/strict';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {CaptureEncoder} from '../../src/capture/encoder.ts';
import {RecentCapture} from '../../src/capture/recent.ts';
import {recordedBy} from '../../src/capture/tee.ts';
import {CaptureWriter} from '../../src/capture/writer.ts';
import {Fold} from '../../src/fold/fold.ts';
import type {Tick} from '../../src/reading.ts';
import {dial, endingsOf, T, tickOf} from './readings.ts';

const scratch = mkdtempSync(join(tmpdir(), 'traefik-top-tee-'));
after(() => rmSync(scratch, {recursive: true}));

/** Chunks begin at 60 s in memory, at 120 s in the file. */
const SECONDS = 260;

/** Quiet sockets whose ages wander, one that is new each second, one that ends, and half of them another process's. */
function tickAt(second: number): Tick {
	const quiet = Array.from({length: 8}, (_, i) =>
		dial(40_000 + i, {hasInfo: true, bytesSent: 100, lastSendMs: second * 1000 + ((second * 7 + i * 13) % 40)}),
	);
	const own = new Set(quiet.slice(0, 4).map(({inode = 0}) => inode));
	const fresh = dial(50_000 + second, {hasInfo: true, bytesSent: second, lastSendMs: 3});
	if (second % 3 > 0) own.add(fresh.inode ?? 0);
	return tickOf(T + second * 1000, [...quiet, fresh], {
		...{descriptors: 'readable', isAlone: false, inodes: () => own},
		endings: endingsOf([{localPort: 50_000 + second - 1, remotePort: 8080}]),
	});
}

type Recorder = (
	recent: RecentCapture,
	writer: CaptureWriter | null,
	tick: Tick,
) => ReturnType<RecentCapture['record']>;

/** What is in memory and in the file when the file is begun at a second. */
async function bytesOf(name: string, since: number, record: Recorder): Promise<[memory: Buffer, file: Buffer]> {
	const path = join(scratch, `${name}-${since}.capture`);
	const recent = new RecentCapture();
	const fold = new Fold();
	let writer: CaptureWriter | null = null;
	for (let second = 0; second < SECONDS; second++) {
		if (second === since) writer = new CaptureWriter(path);
		const recording = record(recent, writer, tickAt(second));
		fold.fold(recording.tick);
		await recording.finish();
	}
	await writer?.close();
	return [Buffer.concat(await recent.pieces()), readFileSync(path)];
}

function eachEncodes(recent: RecentCapture, writer: CaptureWriter | null, tick: Tick) {
	const kept = recent.record(tick);
	const written = writer?.record(kept.tick);
	return {
		tick: written?.tick ?? kept.tick,
		finish: async () => void (await Promise.all([written?.finish(), kept.finish()])),
	};
}

for (const since of [0, 45]) {
	test(`one encoder for memory and file writes the bytes that two of them write, recording since ${since} s`, async () => {
		const encoder = new CaptureEncoder();
		const once = await bytesOf('once', since, (recent, writer, tick) =>
			recordedBy(writer === null ? [recent] : [recent, writer], tick, encoder),
		);
		const twice = await bytesOf('twice', since, eachEncodes);
		assert.ok(once.every(({length}) => length > 1000));
		assert.deepEqual(once, twice);
	});
}
