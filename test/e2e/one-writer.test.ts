/** A recording is written by one process, and what others do to its file is said: real recorders on real files. */
import assert from 'node:assert/strict';
import {execFileSync, spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {
	appendFileSync,
	cpSync,
	existsSync,
	linkSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	statSync,
	symlinkSync,
	truncateSync,
	writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {collect, PROGRAM, type Ran, runBin, seen, startBin} from './bin.ts';

const scratch = mkdtempSync(join(tmpdir(), 'one-writer-'));
after(() => rmSync(scratch, {recursive: true}));
let made = 0;
function newFolder(): string {
	const folder = join(scratch, String(made++));
	mkdirSync(folder);
	return folder;
}

const skip = process.platform === 'linux' ? false : 'recording needs Linux';
const LIVE = ['--pid', String(process.pid), '--interval', '200ms'];
/** A machine on which logging in takes a second. */
const FAR = ['--via', 'sleep 1; env', '--interval', '200ms'];

type Recorder = {readonly ran: Promise<Ran>; readonly child: ReturnType<typeof startBin>; readonly path: string};

function record(path: string, source: readonly string[] = LIVE, bin: string | null = null): Recorder {
	const args = ['record', '-o', path, ...source];
	const child = bin === null ? startBin(args) : spawn(process.execPath, [bin, ...args]);
	return {child, ran: collect(child), path};
}

async function until(isSo: () => boolean): Promise<void> {
	while (!isSo()) await sleep(20);
}

const sizeOf = (path: string) => statSync(path, {throwIfNoEntry: false})?.size ?? 0;

/** Bytes that the first snapshot takes at least: a chunk's head is written before. */
const hasSnapshot = (path: string) => sizeOf(path) > 200;

async function snapshotsIn(path: string): Promise<number> {
	const {code, stdout, stderr} = await runBin(['report', '--format', 'json', path]);
	assert.deepEqual([code, stderr], [0, ''], path);
	return JSON.parse(stdout).snapshots;
}

/** Two that begin at once: one of them records, the other says that it cannot and why. */
async function oneOf(first: Recorder, second: Recorder): Promise<void> {
	const refused = await Promise.race([first, second].map(async (each) => ({each, said: await each.ran})));
	const winner = refused.each === first ? second : first;
	assert.equal(refused.said.code, 1);
	assert.match(
		refused.said.stderr,
		new RegExp(`cannot write ${refused.each.path}: process ${winner.child.pid} is writing it`),
	);
	const before = sizeOf(winner.path);
	await until(() => sizeOf(winner.path) > before);
	winner.child.kill('SIGTERM');
	const {code, stderr} = await winner.ran;
	assert.equal(code, 0);
	const count = Number(/: (\d+) snapshots? over/.exec(stderr)?.[1]);
	assert.ok(count > 0);
	assert.equal(await snapshotsIn(winner.path), count);
}

/** The program without its native module, so without flock(2). */
function withoutKoffi(): string {
	const folder = newFolder();
	const root = fileURLToPath(new URL('../..', import.meta.url));
	for (const part of ['bin', 'dist', 'package.json']) cpSync(join(root, part), join(folder, part), {recursive: true});
	mkdirSync(join(folder, 'node_modules'));
	for (const name of readdirSync(join(root, 'node_modules'))) {
		if (name !== 'koffi' && !name.startsWith('.'))
			symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
	}
	return join(folder, 'bin', 'traefik-top.js');
}

const bins: readonly (readonly [how: string, bin: () => string | null])[] = [
	['with flock', () => null],
	['with a lock file', withoutKoffi],
];
for (const [how, binOf] of bins) {
	test(`one of two recorders on one new file records, ${how}`, {skip}, async () => {
		const path = join(newFolder(), 'x.capture');
		const bin = binOf();
		await oneOf(record(path, LIVE, bin), record(path, LIVE, bin));
		assert.deepEqual(readdirSync(join(path, '..')), ['x.capture']);
	});

	test(`one of two recorders that are still logging in records, ${how}`, {skip}, async () => {
		const path = join(newFolder(), 'x.capture');
		const bin = binOf();
		await oneOf(record(path, FAR, bin), record(path, FAR, bin));
	});

	test(`one of two recorders on two names of one file records, ${how}`, {skip}, async () => {
		const folder = newFolder();
		const [path, other] = [join(folder, 'x.capture'), join(folder, 'y.capture')];
		writeFileSync(path, '');
		linkSync(path, other);
		const bin = binOf();
		await oneOf(record(path, LIVE, bin), record(other, LIVE, bin));
	});

	test(`a recorder that was killed leaves nothing that keeps the next one out, ${how}`, {skip}, async () => {
		const path = join(newFolder(), 'x.capture');
		const bin = binOf();
		const first = record(path, LIVE, bin);
		await until(() => hasSnapshot(path));
		first.child.kill('SIGKILL');
		await first.ran;
		const next = record(path, [...LIVE, '--for', '300ms'], bin);
		assert.equal((await next.ran).code, 0);
		assert.ok((await snapshotsIn(path)) >= 2);
		assert.deepEqual(readdirSync(join(path, '..')), ['x.capture']);
	});
}

test('a conversion does not replace a file that is being recorded into', {skip}, async () => {
	const path = join(newFolder(), 'x.capture');
	const {child, ran} = record(path);
	await until(() => hasSnapshot(path));
	const copy = `${path}.copy`;
	cpSync(path, copy);
	const {code, stderr} = await runBin(['record', '--from', copy, '-o', path, '--force']);
	assert.equal(code, 1);
	assert.match(stderr, new RegExp(`process ${child.pid} is writing it`));
	child.kill('SIGTERM');
	assert.equal((await ran).code, 0);
});

/** What is done to x.capture under the recorder; what it says; whether what was recorded before is still somewhere. */
const harms: readonly (readonly [what: string, harm: (path: string) => void, said: RegExp, left: string | null])[] = [
	['removed', (path) => rmSync(path), /x\.capture was removed, and what was recorded in it is lost/, null],
	['moved away', (path) => renameSync(path, `${path}.0`), /x\.capture was moved away;/, 'x.capture.0'],
	['truncated', (path) => truncateSync(path), /x\.capture was truncated, and what was recorded in it is lost/, null],
	[
		'replaced by another file',
		(path) => {
			linkSync(path, `${path}.0`);
			writeFileSync(`${path}.new`, 'another');
			renameSync(`${path}.new`, path);
		},
		/x\.capture was replaced by another file;/,
		'x.capture.0',
	],
	['written by others', (path) => appendFileSync(path, 'x'), /another process wrote into .*x\.capture/, null],
];
for (const [what, harm, sentence, left] of harms) {
	test(`a recording that is ${what} is said at once, goes on in a new file, and exits 1`, {skip}, async () => {
		const folder = newFolder();
		const path = join(folder, 'x.capture');
		const {child, ran} = record(path);
		const saying = seen(child.stderr, /going on in .*\n/);
		await until(() => hasSnapshot(path));
		harm(path);
		const said = await saying;
		assert.match(said, sentence);
		const next = /going on in (.*)\n/.exec(said)?.[1] ?? '';
		assert.match(next, /x-\d{8}T\d{6}Z\.capture$/);
		await until(() => hasSnapshot(next));
		child.kill('SIGTERM');
		const {code, stderr} = await ran;
		assert.equal(code, 1);
		assert.equal(stderr.match(/going on in/g)?.length, 1);
		const snapshots = await snapshotsIn(next);
		assert.ok(snapshots >= 1);
		if (left === null) return;
		const all = Number(/: (\d+) snapshots? over/.exec(stderr)?.[1]);
		assert.equal((await snapshotsIn(join(folder, left))) + snapshots, all);
	});
}

test('a recording that is taken away again and again ends, and fills no directory', {skip}, async () => {
	const folder = newFolder();
	const {child, ran} = record(join(folder, 'x.capture'), ['--pid', String(process.pid), '--interval', '200ms']);
	let isOver = false;
	void once(child, 'exit').then(() => {
		isOver = true;
	});
	let most = 0;
	while (!isOver) {
		const files = readdirSync(folder);
		most = Math.max(most, files.length);
		for (const file of files) rmSync(join(folder, file), {force: true});
		await sleep(30);
	}
	const {code, stderr} = await ran;
	assert.equal(code, 1);
	assert.match(stderr, /no new file is begun after 20 of them/);
	assert.ok(most <= 2);
});

test('a recording whose file is gone at the end says that, and exits 1', {skip}, async () => {
	const path = join(newFolder(), 'x.capture');
	const {child, ran} = record(path, ['--pid', String(process.pid), '--interval', '1h']);
	await until(() => hasSnapshot(path));
	rmSync(path);
	child.kill('SIGTERM');
	const {code, stderr} = await ran;
	assert.equal(code, 1);
	assert.match(stderr, /x\.capture was removed, and what was recorded in it is lost\n/);
	assert.equal(existsSync(path), false);
});

const hasStrace = spawnSync('strace', ['-V']).status === 0;
const straceSkip = skip === false && !hasStrace ? 'no strace here' : skip;
test('a disk that fails to sync is said at once, and no snapshot is lost', {skip: straceSkip}, async () => {
	const folder = newFolder();
	const path = join(folder, 'x.capture');
	// -D: the child is the recorder, and strace its own child; each thread's second call on the first file fails
	const inject = [
		'-D',
		'-f',
		'-qq',
		'-o',
		'/dev/null',
		'-P',
		path,
		'-e',
		'trace=fdatasync',
		'-e',
		'inject=fdatasync:error=EIO:when=2',
	];
	const args = [...PROGRAM, 'record', '-o', path, ...LIVE];
	const child = spawn('strace', [...inject, ...args], {env: {...process.env, UV_THREADPOOL_SIZE: '1'}});
	const ran = collect(child);
	const said = await seen(child.stderr, /going on in .*\n/);
	assert.match(said, /x\.capture cannot be synced \(the disk reports an error\); going on in/);
	const next = /going on in (.*)\n/.exec(said)?.[1] ?? '';
	await until(() => hasSnapshot(next));
	child.kill('SIGTERM');
	const {code, stderr} = await ran;
	assert.equal(code, 1);
	const all = Number(/: (\d+) snapshots? over/.exec(stderr)?.[1]);
	assert.doesNotMatch(stderr, /lost/);
	// the one that could not be synced is in both
	assert.equal((await snapshotsIn(path)) + (await snapshotsIn(next)), all + 1);
});

test('logrotate with copytruncate is noticed', {
	skip: skip === false && !existsSync('/usr/sbin/logrotate') ? 'no logrotate here' : skip,
}, async () => {
	const folder = newFolder();
	const path = join(folder, 'x.capture');
	const {child, ran} = record(path);
	await until(() => hasSnapshot(path));
	const conf = join(folder, 'conf');
	writeFileSync(conf, `${path} {\n\tsu root root\n\trotate 1\n\tcopytruncate\n}\n`, {mode: 0o644});
	execFileSync('/usr/sbin/logrotate', ['-f', '-s', join(folder, 'state'), conf]);
	await seen(child.stderr, /x\.capture was truncated.*going on in/);
	child.kill('SIGTERM');
	assert.equal((await ran).code, 1);
	assert.ok((await snapshotsIn(`${path}.1`)) >= 1);
	assert.equal(readFileSync(path).length, 0);
});

test('two recorders write one archive, which reads as one timeline', {skip}, async () => {
	const folder = join(newFolder(), 'archive');
	const [one, two] = [record(`${folder}/`), record(folder.concat('/'))];
	await until(
		() => existsSync(folder) && readdirSync(folder).filter((file) => hasSnapshot(join(folder, file))).length === 2,
	);
	for (const {child} of [one, two]) child.kill('SIGTERM');
	assert.deepEqual([(await one.ran).code, (await two.ran).code], [0, 0]);
	for (const file of readdirSync(folder)) assert.match(file, /-\d{8}T\d{6}Z(-2)?\.capture$/);
	assert.ok((await snapshotsIn(folder)) >= 2);
});

const misuses: [args: string[], said: RegExp][] = [
	[['-o', 'x.capture', '--keep', '14d'], /--keep needs an archive; name a directory: -o x\.capture\//],
	[['-o', `${scratch}/`, '--force'], /--force needs a file/],
	[['-o', `${scratch}/`, '--keep', 'some'], /not a time or a size to keep: "some"; give one such as 14d or 20G/],
];
for (const [args, said] of misuses) {
	test(`record refuses ${args.slice(2).join(' ')} where it has no meaning`, {skip}, async () => {
		const {code, stderr} = await runBin(['record', ...args]);
		assert.equal(code, 2);
		assert.match(stderr, said);
	});
}
