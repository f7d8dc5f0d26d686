/** Recordings that come through a pipe, and captures that are still written. */
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {after, test} from 'node:test';
import {CaptureWriter} from '../../src/capture/writer.ts';
import {dial, T, tickOf} from '../capture/readings.ts';
import {collect, runBin, seen, startBin} from './bin.ts';

const folder = mkdtempSync(join(tmpdir(), 'follow-'));
after(() => rmSync(folder, {recursive: true}));
const INCIDENT = join(import.meta.dirname, '../../fixtures/recordings/killed.capture');

const tick = (second: number) =>
	tickOf(T + second * 1000, [dial(40_000), dial(40_001 + second)], {isAlone: true, monotonicMs: 1000 + second * 1000});

async function write(path: string, from: number, to: number): Promise<void> {
	const writer = new CaptureWriter(path);
	for (let second = from; second < to; second++) await writer.write(tick(second));
	await writer.close();
}

/** Seconds of the snapshots that come, one by one. */
function seconds(stdout: NodeJS.ReadableStream): AsyncIterator<number> {
	async function* all() {
		for await (const text of createInterface({input: stdout})) {
			const {type, time} = JSON.parse(text) as {type: string; time: number};
			if (type === 'snapshot') yield (time - T) / 1000;
		}
	}
	return all();
}

async function take(from: AsyncIterator<number>, count: number): Promise<number[]> {
	const taken: number[] = [];
	while (taken.length < count) {
		const {value, done} = await from.next();
		if (done === true) break;
		taken.push(value);
	}
	return taken;
}

for (const args of [
	['report', '--format', 'json'],
	['snapshot', '--json', '--sockets'],
	['status', '--format', 'json'],
	['check'],
	['watch'],
	['replay'],
]) {
	test(`${args[0]} says the same of a capture that comes through a pipe`, async () => {
		const child = startBin([...args, '-']);
		const piped = collect(child);
		child.stdin.end(readFileSync(INCIDENT));
		assert.deepEqual(await piped, await runBin([...args, INCIDENT]));
	});
}

test('watch --follow goes on with what is added to a capture, new chunks included, until it is interrupted', async () => {
	const path = join(folder, 'growing.capture');
	await write(path, 0, 3);
	const child = startBin(['watch', '--follow', path]);
	const exit = once(child, 'exit');
	try {
		const shown = seconds(child.stdout);
		assert.deepEqual(await take(shown, 3), [0, 1, 2]);
		await write(path, 3, 5);
		assert.deepEqual(await take(shown, 2), [3, 4]);
		const writer = new CaptureWriter(path);
		await writer.write(tick(5));
		assert.deepEqual(await take(shown, 1), [5]);
		await writer.write(tick(6));
		assert.deepEqual(await take(shown, 1), [6]);
		await writer.close();
		child.kill('SIGINT');
		assert.deepEqual(await exit, [130, null]);
	} finally {
		child.kill('SIGKILL');
	}
});

test('watch --follow shows what comes through a pipe while it comes, and ends with it', async () => {
	const path = join(folder, 'piped.capture');
	await write(path, 0, 2);
	const first = readFileSync(path);
	await write(path, 2, 4);
	const child = startBin(['watch', '--follow', '-']);
	const exit = once(child, 'exit');
	try {
		const shown = seconds(child.stdout);
		child.stdin.write(first);
		assert.deepEqual(await take(shown, 2), [0, 1]);
		child.stdin.end(readFileSync(path).subarray(first.length));
		assert.deepEqual(await take(shown, 9), [2, 3]);
		assert.deepEqual(await exit, [0, null]);
	} finally {
		child.kill('SIGKILL');
	}
});

test('--follow is refused where it means nothing, and stderr says why', async () => {
	for (const [args, why] of [
		[['watch', '--follow'], /a live watch needs no --follow/],
		[['watch', '--follow', '--at', '50%', INCIDENT], /--at and --follow cannot be combined/],
	] as const) {
		const {code, stdout, stderr} = await runBin(args);
		assert.deepEqual([code, stdout], [2, '']);
		assert.match(stderr, why);
	}
});

test('replay --follow without a terminal prints a table for what is added', async () => {
	const path = join(folder, 'tables.capture');
	await write(path, 0, 2);
	const child = startBin(['replay', '--follow', path]);
	const exit = once(child, 'exit');
	try {
		await seen(child.stdout, /^STATE.*^STATE/ms);
		const more = seen(child.stdout, /^STATE/m);
		await write(path, 2, 3);
		await more;
		child.kill('SIGINT');
		assert.deepEqual(await exit, [130, null]);
	} finally {
		child.kill('SIGKILL');
	}
});
