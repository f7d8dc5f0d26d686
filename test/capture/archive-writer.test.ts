import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {type ArchiveOptions, ArchiveWriter} from '../../src/capture/archive-writer.ts';
import {CaptureWriter} from '../../src/capture/writer.ts';
import type {Tick} from '../../src/reading.ts';
import {openRecordings} from '../../src/recording/timeline.ts';
import {dial, T, tickOf} from './readings.ts';

const folder = mkdtempSync(join(tmpdir(), 'archive-writer-'));
after(() => rmSync(folder, {recursive: true}));
let made = 0;
const newFolder = () => join(folder, String(made++));

/** Rows of which no two ticks share much, so that each takes room; of this host. */
function noisy(second: number, host: string | null = 'lb1', rows = 200): Tick {
	const tick = tickOf(
		T + second * 1000,
		Array.from({length: rows}, (_, i) => dial(i, {inode: Math.floor((second * 7919 + i * 104729) ** 2 % 1e9)})),
	);
	return {...tick, readings: tick.readings.map((reading) => ({...reading, instance: {...reading.instance, host}}))};
}

const OPTIONS: ArchiveOptions = {host: 'own', maxBytes: 1 << 20, maxAgeMs: 3_600_000};
const begin = (directory: string, options: Partial<ArchiveOptions> = {}) =>
	new ArchiveWriter(directory, {...OPTIONS, ...options});

async function seconds(path: string): Promise<number[]> {
	const recording = await openRecordings([path], {source: 'auto'});
	const said: number[] = [];
	for await (const {time} of recording.ticks()) said.push((time - T) / 1000);
	recording.close();
	return said;
}

const nameAt = (second: number, host = 'lb1') =>
	`${host}-${new Date(T + second * 1000).toISOString().replace(/[-:]|\..*$/g, '')}Z.capture`;
const range = (from: number, to: number) => Array.from({length: to - from + 1}, (_, i) => from + i);

test('a file is named after its host and its first snapshot, and a new one begins by age', async () => {
	const directory = newFolder();
	const archive = begin(directory, {maxAgeMs: 10_000});
	for (const second of range(0, 24)) await archive.write(noisy(second));
	await archive.close();
	assert.deepEqual(readdirSync(directory), [nameAt(0), nameAt(10), nameAt(20)]);
	assert.deepEqual(await seconds(join(directory, nameAt(10))), range(10, 19));
	assert.deepEqual([archive.written, archive.lost, archive.faults], [25, 0, 0]);
});

test('no file is longer than its limit, and none of their snapshots is missing', async () => {
	const directory = newFolder();
	const archive = begin(directory, {maxBytes: 10_000});
	for (const second of range(0, 99)) await archive.write(noisy(second));
	await archive.close();
	const files = readdirSync(directory);
	assert.ok(files.length > 3);
	for (const file of files) assert.ok(statSync(join(directory, file)).size <= 10_000, file);
	assert.deepEqual(await seconds(directory), range(0, 99));
});

test('each host has its own files; readings without a host are of this machine', async () => {
	const directory = newFolder();
	const archive = begin(directory);
	const both = noisy(0, 'lb1');
	await archive.write({...both, readings: [...both.readings, ...noisy(0, '../lb 2').readings]});
	await archive.write({time: T + 1000, readings: [], problem: 'no Traefik'});
	await archive.close();
	assert.deepEqual(readdirSync(directory).sort(), [nameAt(0, '_lb_2'), nameAt(0), nameAt(1, 'own')].sort());
});

test('a silence of other machines is in the files of those that were seen', async () => {
	const directory = newFolder();
	const archive = begin(directory, {host: null});
	await archive.write({time: T, readings: [], problem: 'silent'});
	await archive.write(noisy(1));
	await archive.write({time: T + 2000, readings: [], problem: 'silent'});
	await archive.close();
	assert.deepEqual(readdirSync(directory), [nameAt(1)]);
	assert.deepEqual(await seconds(join(directory, nameAt(1))), [1, 2]);
});

test('the oldest files go when there is more than is to be kept, those being written included', async () => {
	const directory = newFolder();
	const archive = begin(directory, {maxBytes: 10_000, keepBytes: 40_000});
	for (const second of range(0, 199)) {
		await archive.write(noisy(second));
		const bytes = readdirSync(directory).reduce((sum, file) => sum + statSync(join(directory, file)).size, 0);
		assert.ok(bytes <= 40_000, `${bytes} bytes after ${second} s`);
	}
	await archive.close();
	assert.ok(archive.deleted > 3);
	const kept = await seconds(directory);
	assert.deepEqual(kept, range(200 - kept.length, 199));
	assert.ok(kept.length > 10);
});

test('files that ended too long ago go, on both sides of the limit', async () => {
	const directory = newFolder();
	mkdirSync(directory);
	const old: [name: string, age: number][] = [
		[nameAt(-300), 101],
		[nameAt(-200), 99],
		[nameAt(-300, 'lb2'), 101],
		['notes.capture', 101],
	];
	for (const [name, age] of old) {
		writeFileSync(join(directory, name), 'x');
		utimesSync(join(directory, name), T / 1000 - age, T / 1000 - age);
	}
	const archive = begin(directory, {keepMs: 100_000});
	await archive.write(noisy(0));
	await archive.close();
	assert.deepEqual(
		readdirSync(directory).sort(),
		[nameAt(-200), nameAt(-300, 'lb2'), nameAt(0), 'notes.capture'].sort(),
	);
});

test('two recorders in one directory have files of their own, and neither deletes what the other writes', async () => {
	const directory = newFolder();
	const [one, two] = [begin(directory), begin(directory, {maxBytes: 10_000, keepBytes: 20_000})];
	for (const second of range(0, 49)) {
		await one.write(noisy(second));
		await two.write(noisy(second));
	}
	await Promise.all([one.close(), two.close()]);
	assert.deepEqual([one.faults, two.faults, one.lost, two.lost], [0, 0, 0, 0]);
	assert.ok(two.deleted > 0);
	assert.deepEqual(await seconds(join(directory, nameAt(0))), range(0, 49));
});

test('files of a killed recorder are kept, and the next one begins a new file', async () => {
	const directory = newFolder();
	await begin(directory).write(noisy(0));
	const next = begin(directory);
	await next.write(noisy(1));
	await next.close();
	assert.deepEqual(readdirSync(directory), [nameAt(0), nameAt(1)]);
	assert.deepEqual(await seconds(directory), [0, 1]);
});

test('a full disk deletes the oldest files before it loses a snapshot', {
	skip: process.getuid?.() === 0 ? false : 'needs root to mount a small disk',
}, async (t) => {
	const directory = newFolder();
	mkdirSync(directory);
	execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=96k', 'tmpfs', directory]);
	t.after(() => execFileSync('umount', [directory]));
	const archive = begin(directory, {maxBytes: 16_000});
	const last = 300;
	for (const second of range(0, last)) await archive.write(noisy(second));
	assert.deepEqual([archive.lost, archive.problem], [0, null]);
	assert.ok(archive.deletedForRoom > 3);
	await archive.close();
	const kept = await seconds(directory);
	assert.deepEqual(kept, range(last + 1 - kept.length, last));
});

test('a full disk with nothing to delete loses snapshots, says so, and recording goes on when there is room', {
	skip: process.getuid?.() === 0 ? false : 'needs root to mount a small disk',
}, async (t) => {
	const directory = newFolder();
	mkdirSync(directory);
	execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=32k', 'tmpfs', directory]);
	t.after(() => execFileSync('umount', [directory]));
	const archive = begin(directory);
	let second = 0;
	await archive.write(noisy(second++));
	writeFileSync(join(directory, 'ballast'), Buffer.alloc(20 * 1024));
	while (archive.problem === null && second < 200) await archive.write(noisy(second++));
	assert.match(archive.problem ?? '', /: no space left on the disk$/);
	rmSync(join(directory, 'ballast'));
	await archive.write(noisy(second));
	assert.equal(archive.problem, null);
	await archive.close();
	assert.equal((await seconds(directory)).at(-1), second);
});

test('a directory that cannot be made or is a file is one sentence', async () => {
	const path = join(folder, 'file.capture');
	await new CaptureWriter(path).close();
	assert.throws(() => begin(path), /cannot write .*file\.capture: it exists already|no such directory/);
});
