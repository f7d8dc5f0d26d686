import assert from 'node:assert/strict';
import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {
	appendFileSync,
	copyFileSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {CaptureWriter, type CaptureWriterOptions} from '../../src/capture/writer.ts';
import type {UserError} from '../../src/errors.ts';
import {openRecording} from '../../src/recording/open.ts';
import {dial, T, tickOf} from './readings.ts';

const folder = mkdtempSync(join(tmpdir(), 'capture-file-'));
after(() => rmSync(folder, {recursive: true}));
let made = 0;
const newPath = () => join(folder, `${made++}.capture`);
/** Rows of which no two ticks share much, so that each takes room. */
const noisy = (second: number, rows = 30) =>
	tickOf(
		T + second * 1000,
		Array.from({length: rows}, (_, i) => dial(i, {inode: Math.floor((second * 7919 + i * 104729) ** 2 % 1e9)})),
	);
const quiet = (second: number) => tickOf(T + second * 1000, [dial(40000, {inode: 7})]);

async function seconds(path: string): Promise<number[]> {
	const recording = await openRecording(path, {source: 'auto'});
	const said: number[] = [];
	for await (const {time} of recording.ticks()) said.push((time - T) / 1000);
	recording.close();
	assert.equal(recording.damage(), null);
	return said;
}

const range = (from: number, to: number) => Array.from({length: to - from + 1}, (_, i) => from + i);

for (const maxBytes of [1500, 4096, 10_000, 65_536]) {
	test(`no file is ever longer than a limit of ${maxBytes} bytes, and none but the oldest ticks are gone`, async () => {
		const path = newPath();
		const writer = new CaptureWriter(path, {maxBytes});
		let rotations = 0;
		let before = 0;
		let second = 0;
		for (; rotations < 4 || second % 7 > 0; second++) {
			await writer.write(noisy(second));
			const {size} = statSync(path);
			assert.ok(size <= maxBytes, `${size} bytes after ${second} s`);
			if (size < before) {
				rotations++;
				const old = statSync(`${path}.1`).size;
				assert.ok(old <= maxBytes && old > maxBytes / 2, `the file before has ${old} bytes`);
			}
			before = size;
		}
		await writer.close();
		assert.ok(statSync(path).size <= maxBytes);
		assert.deepEqual([writer.lost, writer.problem], [0, null]);
		const kept = [...(await seconds(`${path}.1`)), ...(await seconds(path))];
		assert.deepEqual(kept, range(second - kept.length, second - 1));
	});
}

/** What a writer that is killed now would leave: as long as it lives, nobody else may have its file. */
function asLeft(path: string): string {
	const copy = newPath();
	copyFileSync(path, copy);
	return copy;
}

test('a limit holds over restarts, killed ones too', async () => {
	let path = newPath();
	const maxBytes = 4000;
	for (let run = 0; run < 30; run++) {
		const writer = new CaptureWriter(path, {maxBytes});
		await writer.write(noisy(run));
		assert.ok(statSync(path).size <= maxBytes);
		if (run % 2 === 0) await writer.close();
		path = asLeft(path);
	}
	assert.equal((await seconds(path)).at(-1), 29);
});

test('a snapshot longer than the limit is lost in one sentence, and takes no other with it', async () => {
	const path = newPath();
	const writer = new CaptureWriter(path, {maxBytes: 1000});
	await writer.write(quiet(0));
	await writer.write(noisy(1, 200));
	assert.match(writer.problem ?? '', /^a snapshot of \d+ bytes does not fit into a --max-size of 1000$/);
	assert.equal(writer.isLimitTooSmall, true);
	await writer.write(quiet(2));
	await writer.close();
	assert.deepEqual([writer.lost, writer.problem, existsSync(`${path}.1`)], [1, null, false]);
	assert.deepEqual(await seconds(path), [0, 2]);
});

const ages: [maxAgeMs: number, step: number, before: number[], now: number[]][] = [
	[30_000, 10, [30, 40, 50], [60, 70]],
	[30_001, 10, [0, 10, 20, 30], [40, 50, 60, 70]],
	[200_000, 60, [0, 60, 120, 180], [240, 300, 360, 420]],
	[120_000, 60, [240, 300], [360, 420]],
];
for (const [maxAgeMs, step, before, now] of ages) {
	test(`a new file begins when the first tick is ${maxAgeMs} ms old, also within a chunk`, async () => {
		const path = newPath();
		const writer = new CaptureWriter(path, {maxAgeMs});
		for (let i = 0; i < 8; i++) await writer.write(quiet(i * step));
		await writer.close();
		assert.deepEqual([await seconds(`${path}.1`), await seconds(path)], [before, now]);
	});
}

test('the age counts on after a run that was killed in its first chunk', async () => {
	const first = newPath();
	const options: CaptureWriterOptions = {maxAgeMs: 30_000};
	await new CaptureWriter(first, options).write(quiet(0));
	const path = asLeft(first);
	const writer = new CaptureWriter(path, options);
	await writer.write(quiet(29));
	await writer.write(quiet(30));
	await writer.close();
	assert.deepEqual([await seconds(`${path}.1`), await seconds(path)], [[0, 29], [30]]);
});

test('a clock that is set back begins no new file', async () => {
	const path = newPath();
	const writer = new CaptureWriter(path, {maxAgeMs: 30_000});
	for (const second of [100, 101, 90, 91, 119, 120]) await writer.write(quiet(second));
	await writer.close();
	assert.deepEqual([await seconds(`${path}.1`), await seconds(path)], [[100, 101, 90, 91, 119], [120]]);
});

test('rotating replaces nothing but a capture, unless forced', async () => {
	const path = newPath();
	writeFileSync(`${path}.1`, 'precious\n');
	assert.throws(() => new CaptureWriter(path, {maxBytes: 1000}), /\.1 exists and is not a capture/);
	assert.equal(existsSync(path), false);
	assert.equal(readFileSync(`${path}.1`, 'utf8'), 'precious\n');
	await new CaptureWriter(path).close();
	await new CaptureWriter(path, {maxBytes: 1000, isForced: true}).close();
});

test('when no new file can be made the old one goes on', {
	skip: process.getuid?.() === 0 ? false : 'needs root to mount a small disk',
}, async (t) => {
	const disk = join(folder, 'inodes');
	mkdirSync(disk);
	execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,nr_inodes=3', 'tmpfs', disk]);
	t.after(() => execFileSync('umount', [disk]));
	const path = join(disk, 'x.capture');
	const writer = new CaptureWriter(path, {maxAgeMs: 10_000});
	await writer.write(quiet(0));
	writeFileSync(join(disk, 'ballast'), '');
	await writer.write(quiet(10));
	assert.equal(writer.problem, 'no space left on the disk');
	assert.deepEqual(readdirSync(disk).sort(), ['ballast', 'x.capture']);
	rmSync(join(disk, 'ballast'));
	await writer.write(quiet(11));
	await writer.close();
	assert.deepEqual([await seconds(`${path}.1`), await seconds(path), writer.lost], [[0], [11], 1]);
});

test('a block that the last run left torn is cut off, counted and said', async () => {
	const path = newPath();
	const first = new CaptureWriter(path);
	await first.write(quiet(0));
	await first.close();
	appendFileSync(path, 'torn');
	const writer = new CaptureWriter(path);
	assert.equal(writer.cutBytes, 4);
	await writer.write(quiet(1));
	await writer.close();
	assert.deepEqual(await seconds(path), [0, 1]);
	assert.equal(new CaptureWriter(path).cutBytes, 0);
});

const noProc = existsSync('/proc/self/fd') ? false : 'no /proc here';
test('a file that another process writes is neither continued nor emptied', {skip: noProc}, async (t) => {
	const first = newPath();
	await new CaptureWriter(first).write(quiet(0));
	const path = asLeft(first);
	const bytes = readFileSync(path);
	const copy = `${path}.copy`;
	copyFileSync(path, copy);
	const child = spawn('sh', ['-c', 'exec 3<>"$0"; echo; cat', path], {stdio: ['pipe', 'pipe', 'inherit']});
	t.after(() => child.kill());
	await once(child.stdout, 'data');
	for (const isForced of [false, true]) {
		assert.throws(() => new CaptureWriter(path, {isForced}), new RegExp(`process ${child.pid} is writing it`));
	}
	assert.deepEqual(readFileSync(path), bytes);
	await new CaptureWriter(copy).close();
	child.stdin.end();
	await once(child, 'exit');
	await new CaptureWriter(path).close();
});

test('the flag that overwrites is named only where there is one', () => {
	const path = newPath();
	writeFileSync(path, 'precious\n');
	const hintOf = (options: CaptureWriterOptions) => {
		try {
			new CaptureWriter(path, options);
		} catch (error) {
			return (error as UserError).hint;
		}
		return null;
	};
	assert.equal(hintOf({isForced: false}), 'choose another file, or overwrite it with --force');
	assert.equal(hintOf({}), 'choose another file');
});

test('a pipe and a device are refused, not waited for', () => {
	const pipe = newPath();
	execFileSync('mkfifo', [pipe]);
	for (const path of [pipe, '/dev/null']) {
		assert.throws(() => new CaptureWriter(path, {isForced: true}), /cannot write .*: it is not a regular file/);
	}
	assert.throws(() => new CaptureWriter(folder), /cannot write .*: it is a directory/);
});
