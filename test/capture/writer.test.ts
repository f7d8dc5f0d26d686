import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {fileSource} from '../../src/capture/byte-source.ts';
import {chunksOf} from '../../src/capture/index.ts';
import {CaptureWriter} from '../../src/capture/writer.ts';
import {UserError} from '../../src/errors.ts';
import {openRecording} from '../../src/recording/open.ts';
import {dial, serverOf, T, tickOf} from './readings.ts';

const folder = mkdtempSync(join(tmpdir(), 'writer-'));
after(() => rmSync(folder, {recursive: true}));
let made = 0;
const newPath = () => join(folder, `${made++}.capture`);
const tickAt = (second: number) =>
	tickOf(T + second * 1000, [dial(40000, {inode: 7})], {descriptors: 'readable', inodes: () => new Set([7])});

async function seconds(path: string): Promise<{seconds: number[]; inodes: boolean; damage: string | null}> {
	const recording = await openRecording(path, {source: 'auto'});
	const said: number[] = [];
	let inodes = true;
	for await (const {time, readings} of recording.ticks()) {
		said.push((time - T) / 1000);
		for (const reading of readings) inodes &&= reading.inodes()?.has(7) === true;
	}
	recording.close();
	return {seconds: said, inodes, damage: recording.damage()};
}

const hasZstd = (() => {
	try {
		execFileSync('zstd', ['--version'], {stdio: 'ignore'});
		return true;
	} catch {
		return false;
	}
})();

test('the writer flushes every tick: a process that is killed loses none', async () => {
	const path = newPath();
	const writer = new CaptureWriter(path);
	for (const second of [0, 1, 2]) {
		await writer.write(tickAt(second));
		assert.equal((await seconds(path)).seconds.at(-1), second);
	}
	await writer.close();
});

test('the writer continues after a restart, wherever the last run was cut off', async () => {
	const path = newPath();
	const first = new CaptureWriter(path);
	for (const second of [0, 1, 2]) await first.write(tickAt(second));
	const whole = readFileSync(path);
	await first.close();
	for (let length = 48; length <= whole.length; length += 7) {
		const cut = newPath();
		writeFileSync(cut, whole.subarray(0, length));
		const before = length < 200 ? [] : (await seconds(cut)).seconds;
		const writer = new CaptureWriter(cut);
		await writer.write(tickAt(10));
		await writer.close();
		const after = await seconds(cut);
		assert.ok(after.seconds.length >= before.length + 1, `${length}`);
		assert.deepEqual([after.seconds.at(-1), after.inodes], [10, true], `${length}`);
		if (hasZstd) assert.match(execFileSync('zstd', ['-dc', cut]).toString(), new RegExp(`time=${T + 10_000} `));
	}
});

test('the writer writes what the zstd program prints as plain text', {
	skip: hasZstd ? false : 'no zstd here',
}, async () => {
	const path = newPath();
	const writer = new CaptureWriter(path);
	for (const second of [0, 130, 260]) await writer.write(tickAt(second));
	await writer.close();
	const heads = execFileSync('zstd', ['-dc', path])
		.toString()
		.match(/^traefik-top\/1 /gm);
	assert.equal(heads?.length, 3);
});

test('the writer overwrites nothing but a capture, unless forced', async () => {
	const path = newPath();
	writeFileSync(path, 'precious\n');
	assert.throws(
		() => new CaptureWriter(path, {isForced: false}),
		(error) => {
			assert.ok(error instanceof UserError);
			assert.match(`${error.message}; ${error.hint}`, /exists and is not a capture.*--force/);
			return true;
		},
	);
	assert.equal(readFileSync(path, 'utf8'), 'precious\n');
	const writer = new CaptureWriter(path, {isForced: true});
	await writer.write(tickAt(0));
	await writer.close();
	assert.deepEqual((await seconds(path)).seconds, [0]);
});

test('the writer says in one sentence that a file cannot be written', () => {
	assert.throws(() => new CaptureWriter(join(folder, 'nowhere', 'x')), /cannot write .*: no such directory/);
});

const isRoot = process.getuid?.() === 0;
test('the writer says that a disk is full, loses what did not fit, and goes on when there is room', {
	skip: isRoot ? false : 'needs root to mount a small disk',
}, async (t) => {
	const disk = join(folder, 'disk');
	mkdirSync(disk);
	execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]);
	t.after(() => execFileSync('umount', [disk]));
	const path = join(disk, 'x.capture');
	const writer = new CaptureWriter(path);
	await writer.write(tickAt(0));
	const ballast = join(disk, 'ballast');
	writeFileSync(ballast, Buffer.alloc(60 * 1024));
	let second = 1;
	// rows that do not compress, until the disk is full
	const noisy = (at: number) =>
		tickOf(
			T + at * 1000,
			Array.from({length: 60}, (_, i) => dial(i, {inode: Math.floor((at * 7919 + i * 104729) ** 2 % 1e9)})),
		);
	while (writer.problem === null && second < 100) await writer.write(noisy(second++));
	assert.equal(writer.problem, 'no space left on the disk');
	const lostFrom = second - 1;
	await writer.write(noisy(second++));
	rmSync(ballast);
	await writer.write(noisy(second));
	assert.equal(writer.problem, null);
	await writer.close();
	const lost = writer.lost;
	assert.ok(lost >= 1);
	const said = await seconds(path);
	assert.equal(said.damage, null);
	assert.deepEqual(
		said.seconds.slice(0, lostFrom),
		Array.from({length: lostFrom}, (_, i) => i),
	);
	assert.equal(said.seconds.at(-1), second);
	assert.equal(said.seconds.length, second + 1 - lost);
	if (hasZstd) execFileSync('zstd', ['-t', path], {stdio: 'ignore'});
	const source = fileSource(path);
	const heads = [...chunksOf(source)].map(({head}) => head);
	source.close();
	assert.ok(heads.length > 1 && heads.every(({frameBytes, from, to}) => frameBytes > 0 && from <= to));
});

test('the writer asks what runs at the backends, where nobody else does, and writes the answer', async () => {
	const path = join(folder, 'servers.capture');
	const writer = new CaptureWriter(path);
	const tick = tickOf(T, [dial(40_000), dial(40_001, {remotePort: 9_090})], {
		isAlone: true,
		servers: (dialled) => new Map(dialled.map(({address}) => [address, serverOf({name: address})])),
	});
	await writer.write(tick);
	await writer.close();
	const recording = await openRecording(path, {source: 'auto'});
	const found: (string | null)[] = [];
	for await (const {readings} of recording.ticks()) {
		for (const {name} of readings[0]?.servers?.([])?.values() ?? []) found.push(name);
	}
	recording.close();
	assert.deepEqual(found, ['10.77.0.12:8080', '10.77.0.12:9090']);
});
