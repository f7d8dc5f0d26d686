import assert from 'node:assert/strict';
import {appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {gzipSync, zstdCompressSync} from 'node:zlib';
import {type ByteSource, CHUNK_HEAD_BYTES, encodeChunkHead} from '../../src/capture/chunk.ts';
import {CaptureEncoder, recorded} from '../../src/capture/encoder.ts';
import {openCapture} from '../../src/capture/open.ts';
import {CaptureWriter} from '../../src/capture/writer.ts';
import {UserError} from '../../src/errors.ts';
import {openRecording} from '../../src/recording/open.ts';
import type {Recording} from '../../src/source.ts';
import {dial, T, tickOf} from './readings.ts';

const folder = mkdtempSync(join(tmpdir(), 'capture-'));
after(() => rmSync(folder, {recursive: true}));
let made = 0;
const newPath = () => join(folder, `${made++}.capture`);
function fileOf(bytes: Uint8Array): string {
	const path = newPath();
	writeFileSync(path, bytes);
	return path;
}

const open = (path: string) => openRecording(path, {source: 'auto'});
const tickAt = (second: number) => tickOf(T + second * 1000, [dial(40000), dial(41000 + second)]);

/** What each tick holds: its second, and the local ports. */
async function seen(recording: Recording, from?: number): Promise<string[]> {
	const said: string[] = [];
	for await (const tick of recording.ticks(from)) {
		const ports: number[] = [];
		for (const reading of tick.readings) reading.visit((row) => ports.push(row.localPort));
		said.push(`${(tick.time - T) / 1000}: ${ports.join(' ')}`);
	}
	return said;
}
const expected = (seconds: readonly number[]) => seconds.map((second) => `${second}: 40000 ${41000 + second}`);
const range = (from: number, to: number, step = 1) =>
	Array.from({length: Math.floor((to - from) / step) + 1}, (_, i) => from + i * step);

async function written(path: string, seconds: readonly number[], isClosed = true): Promise<void> {
	const writer = new CaptureWriter(path);
	for (const second of seconds) await writer.write(tickAt(second));
	if (isClosed) await writer.close();
}

function textOf(seconds: readonly number[]): Buffer {
	const encoder = new CaptureEncoder();
	return Buffer.concat(seconds.map((second) => Buffer.from(recorded(tickAt(second), encoder).finish())));
}

const chunked = newPath();
/** Ten chunks of two minutes, a tick every 10 s. */
const SECONDS = range(0, 1190, 10);
await written(chunked, SECONDS);

test('the reader reads back what was written, in chunks of two minutes', async () => {
	const recording = await open(chunked);
	assert.deepEqual([recording.host, recording.from, recording.to], ['lb1', T, T + 1190_000]);
	assert.deepEqual(await seen(recording), expected(SECONDS));
	assert.equal(recording.damage(), null);
	recording.close();
	assert.equal(readFileSync(chunked).toString('latin1').split('ttop-ix1').length - 1, 10);
});

const forms: [what: string, path: () => string][] = [
	['chunks', () => chunked],
	['plain text', () => fileOf(textOf(SECONDS))],
	['plain text after a byte order mark', () => fileOf(Buffer.concat([Buffer.from('\ufeff'), textOf(SECONDS)]))],
	['plain text through a terminal', () => fileOf(Buffer.from(textOf(SECONDS).toString().replaceAll('\n', '\r\n')))],
	['gzip', () => fileOf(gzipSync(textOf(SECONDS)))],
	['zstd of another writer', () => fileOf(zstdCompressSync(textOf(SECONDS)))],
	[
		'two such files, one after the other',
		() => {
			const [a, b] = [textOf(SECONDS.slice(0, 50)), textOf(SECONDS.slice(50))];
			return fileOf(Buffer.concat([zstdCompressSync(a), zstdCompressSync(b)]));
		},
	],
];
for (const [what, path] of forms) {
	test(`the reader begins at the last tick not later than the time asked for, in ${what}`, async () => {
		const recording = await open(path());
		assert.deepEqual([recording.from, recording.to], [T, T + 1190_000]);
		for (const from of [-5, 0, 9.999, 10, 119, 120, 121, 605, 1189, 1190, 5000]) {
			const start = Math.max(0, Math.min(1190, Math.floor(from / 10) * 10));
			assert.deepEqual(await seen(recording, T + from * 1000), expected(range(start, 1190, 10)), `from ${from}`);
		}
		recording.close();
	});
}

test('the reader reads every whole tick of a capture that was cut off at any byte', async () => {
	const path = newPath();
	await written(path, range(0, 3));
	const whole = readFileSync(path);
	let most = 0;
	for (let length = 1; length < whole.length; length++) {
		const cut = fileOf(whole.subarray(0, length));
		try {
			const recording = await open(cut);
			const ticks = await seen(recording);
			assert.deepEqual(ticks, expected(range(0, 3)).slice(0, ticks.length));
			const damage = recording.damage();
			if (damage !== null) assert.match(damage, ticks.length > 0 ? /; the rest was read$/ : /; nothing could be read$/);
			assert.ok(ticks.length >= most, `${length} bytes`);
			most = ticks.length;
			recording.close();
		} catch (error) {
			assert.ok(error instanceof UserError && most === 0, String(error));
		}
	}
	assert.equal(most, 4);
});

test('the reader ends at the last whole tick of plain text that was cut off at any byte', async () => {
	const whole = textOf(range(0, 3));
	for (let length = textOf([0]).length; length <= whole.length; length++) {
		const recording = await open(fileOf(whole.subarray(0, length)));
		const ticks = await seen(recording);
		assert.equal(recording.to, T + (ticks.length - 1) * 1000, `${length} bytes`);
		recording.close();
	}
});

test('the reader reads what is whole around damage, says where that is, and invents nothing', async () => {
	const whole = readFileSync(chunked);
	const all = expected(SECONDS);
	for (let at = 60; at < whole.length; at += 97) {
		const bytes = Buffer.from(whole);
		bytes.fill(0x55, at, at + 3);
		const path = fileOf(bytes);
		const recording = await open(path);
		const ticks = await seen(recording);
		assert.ok(
			ticks.every((tick) => all.includes(tick)),
			`byte ${at}`,
		);
		assert.ok(ticks.length >= all.length - 24, `byte ${at}: ${ticks.length}`);
		if (ticks.length < all.length)
			assert.match(recording.damage() ?? '', /: .+ at the chunk at byte \d+/, `byte ${at}`);
		recording.close();
	}
});

test('the reader refuses a capture of a newer version and says what to do', async () => {
	const path = fileOf(Buffer.from(textOf([0]).toString().replaceAll('traefik-top/1', 'traefik-top/2')));
	await assert.rejects(open(path), (error) => {
		assert.ok(error instanceof UserError);
		assert.match(`${error.message}; ${error.hint}`, /version 2, newer than this program; upgrade traefik-top/);
		return true;
	});
});

test('the reader keeps its memory bounded on a file that unpacks to much more', async () => {
	const bomb = zstdCompressSync(Buffer.concat([textOf([0]), Buffer.alloc(300 * 1024 * 1024)]));
	const before = process.memoryUsage().rss;
	const recording = await open(fileOf(bomb));
	assert.deepEqual(await seen(recording), expected([0]));
	assert.match(recording.damage() ?? '', /no block ends at this position/);
	assert.ok(process.memoryUsage().rss - before < 600 * 1024 * 1024);
	recording.close();
});

test('the reader follows a capture while it is written', async () => {
	const path = newPath();
	const writer = new CaptureWriter(path);
	await writer.write(tickAt(0));
	const recording = await openRecording(path, {source: 'auto', isFollowed: true});
	const ticks = recording.ticks()[Symbol.asyncIterator]();
	for (const second of [0, 10, 130, 140]) {
		const next = ticks.next();
		if (second > 0) await writer.write(tickAt(second));
		assert.equal((await next).value?.time, T + second * 1000);
	}
	const end = ticks.next();
	recording.close();
	assert.equal((await end).done, true);
	await writer.close();
});

/** A file to which something is written between any two looks at it: after this many, in one go or in two. */
function growing(before: Buffer, after: Buffer, looks: number, part: number): ByteSource {
	let left = looks;
	let size = before.length;
	const look = () => {
		left--;
		if (left === 0) size = Math.min(after.length, before.length + part);
		else if (left < 0) size = after.length;
		return size;
	};
	return {
		size: () => look(),
		read: (offset, length) => after.subarray(offset, Math.max(offset, Math.min(look(), offset + length))),
		close() {},
	};
}

test('a block that is being written is not damage', async () => {
	const path = newPath();
	const session = async (from: number, to: number) => {
		const writer = new CaptureWriter(path);
		for (const second of range(from, to)) await writer.write(tickAt(second));
		await writer.close();
		return readFileSync(path);
	};
	const before = await session(0, 1);
	const after = await session(2, 3);
	assert.deepEqual(after.subarray(0, before.length), before, 'what is there stays as it is');
	const ways = range(1, 40).flatMap((looks) => [1, 5, 9, 60, 90].map((part) => [looks, part] as const));
	const wrong = await Promise.all(
		ways.map(async ([looks, part]) => {
			const source = growing(before, after, Number.POSITIVE_INFINITY, 0);
			const now = growing(before, after, looks, part);
			let isOpen = false;
			const seenBy: ByteSource = {
				size: () => (isOpen ? now : source).size(),
				read: (offset, length) => (isOpen ? now : source).read(offset, length),
				close() {},
			};
			const recording = await openCapture('growing', seenBy, {isTextOnly: false, isFollowed: true});
			isOpen = true;
			const times: number[] = [];
			for await (const {time} of recording.ticks()) {
				times.push((time - T) / 1000);
				if (times.length === 4) break;
			}
			recording.close();
			return String(times) === '0,1,2,3' && recording.damage() === null ? [] : [{looks, part, times}];
		}),
	);
	assert.deepEqual(wrong.flat(), []);
});

test('the reader follows plain text that grows', async () => {
	const path = fileOf(textOf([0]));
	const recording = await openRecording(path, {source: 'auto', isFollowed: true});
	const ticks = recording.ticks()[Symbol.asyncIterator]();
	assert.equal((await ticks.next()).value?.time, T);
	const next = ticks.next();
	appendFileSync(path, textOf([1]));
	assert.equal((await next).value?.time, T + 1000);
	recording.close();
	assert.equal((await ticks.next()).done, true);
});

test('the reader leaves tcp_info out when the text alone is asked for', async () => {
	const path = newPath();
	const writer = new CaptureWriter(path);
	const row = dial(40000, {hasInfo: true, bytesSent: 5});
	await writer.write(tickOf(T, [row], {rowSource: 'netlink'}));
	await writer.close();
	const said: unknown[] = [];
	for (const source of ['auto', 'text'] as const) {
		for await (const {readings} of (await openRecording(path, {source})).ticks()) {
			for (const reading of readings)
				reading.visit((one) => said.push([reading.rowSource, one.hasInfo, one.bytesSent]));
		}
	}
	assert.deepEqual(said, [
		['netlink', true, 5],
		['text', false, -1],
	]);
});

test('a chunk that claims an impossible length is refused', async () => {
	const length = 400 * 1024 * 1024;
	const head = encodeChunkHead({from: T, to: T, frameBytes: length - CHUNK_HEAD_BYTES, textKb: 0xffffffff});
	const path = fileOf(head);
	truncateSync(path, length);
	const recording = await open(path);
	assert.deepEqual([recording.from, await seen(recording)], [null, []]);
	assert.match(recording.damage() ?? '', /a chunk is longer than any can be at the chunk at byte 0/);
	recording.close();
});

test('the parts of one instant are bounded: endless ones become several ticks', async () => {
	const block = (part: number) => `traefik-top/1 time=${T} part=${part}/999999 id=${part}\nend -\n`;
	const recording = await open(fileOf(Buffer.from(range(1, 2000).map(block).join(''))));
	const parts: number[] = [];
	for await (const {readings} of recording.ticks()) parts.push(readings.length);
	assert.deepEqual(parts, [512, 512, 512, 464]);
	recording.close();
});
