import assert from 'node:assert/strict';
import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {
	chmodSync,
	linkSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	symlinkSync,
	truncateSync,
	watch,
	writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {zstdDecompressSync} from 'node:zlib';
import {collect, PROGRAM, runBin, startBin} from './bin.ts';
import {SNAPSHOTS, smallRecording} from './small-recording.ts';

const recording = smallRecording();
const folder = mkdtempSync(join(tmpdir(), 'convert-'));
after(() => {
	rmSync(recording, {recursive: true});
	rmSync(folder, {recursive: true});
});

/** A folder of its own, so that everything left behind is seen. */
let made = 0;
function newFolder(): string {
	const path = join(folder, `${made++}`);
	mkdirSync(path);
	return path;
}

const whole = join(folder, 'whole.capture');
await runBin(['record', '--from', recording, '-o', whole]);
const snapshotsIn = async (path: string) =>
	JSON.parse((await runBin(['report', '--format', 'json', path])).stdout).snapshots;

test('record --from makes one file of which every command says the same', async () => {
	const path = join(newFolder(), 'one.capture');
	const {code, stderr} = await runBin(['record', '--from', recording, '-o', path]);
	assert.equal(code, 0);
	assert.match(stderr, new RegExp(`^traefik-top: ${SNAPSHOTS} snapshots in .*one\\.capture, \\d+ bytes\\n$`));
	for (const command of [
		['report', '--format', 'json'],
		['snapshot', '--json', '--sockets'],
		['status', '--format', 'json'],
	]) {
		const [before, after] = [await runBin([...command, recording]), await runBin([...command, path])];
		assert.deepEqual(after, before);
		assert.notEqual(after.stdout, '');
	}
});

test('record --from overwrites nothing unless forced, and never the recording itself', async () => {
	const path = join(newFolder(), 'two.capture');
	await runBin(['record', '--from', recording, '-o', path]);
	const bytes = readFileSync(path);
	const again = await runBin(['record', '--from', recording, '-o', path]);
	assert.equal(again.code, 1);
	assert.match(again.stderr, /exists already; choose another file, or overwrite it with --force/);
	assert.equal((await runBin(['record', '--from', recording, '-o', path, '--force'])).code, 0);
	symlinkSync(path, `${path}.symlink`);
	linkSync(path, `${path}.link`);
	for (const to of [path, `${path}.symlink`, `${path}.link`]) {
		const itself = await runBin(['record', '--from', path, '-o', to, '--force']);
		assert.match(itself.stderr, /is the recording itself/);
		assert.deepEqual(readFileSync(path), bytes);
	}
});

test('record --from keeps the mode of what it replaces, and the link that names it', async () => {
	const place = newFolder();
	const path = join(place, 'real.capture');
	writeFileSync(path, 'old');
	chmodSync(path, 0o604);
	symlinkSync(path, join(place, 'link.capture'));
	await runBin(['record', '--from', recording, '-o', join(place, 'link.capture'), '--force']);
	assert.equal(statSync(path).mode & 0o777, 0o604);
	assert.deepEqual(readFileSync(path), readFileSync(whole));
	assert.deepEqual(readdirSync(place).sort(), ['link.capture', 'real.capture']);
});

test('record --from a torn capture converts what can be read, and says what was lost and where', async () => {
	const place = newFolder();
	const torn = join(place, 'torn.capture');
	const path = join(place, 'new.capture');
	// closed by nobody and cut in the middle: the bytes of a writer that was killed
	writeFileSync(torn, readFileSync(whole));
	truncateSync(torn, statSync(whole).size - 40);
	const {code, stderr} = await runBin(['record', '--from', torn, '-o', path]);
	assert.equal(code, 0);
	const lines = stderr.trimEnd().split('\n');
	assert.equal(lines.length, 2);
	assert.match(lines[0] ?? '', /torn\.capture: .* at .*byte \d+.*the rest was read$/);
	const count = Number(/^traefik-top: (\d+) snapshots in /.exec(lines[1] ?? '')?.[1]);
	assert.ok(count >= SNAPSHOTS - 2 && count < SNAPSHOTS, `${count}`);
	assert.equal(await snapshotsIn(path), count);
});

/** Each fails after the target was found to be writable, or before. */
const unreadable: [what: string, content: Buffer | string, says: RegExp][] = [
	['is empty', '', /source is empty/],
	['is not a recording', 'hello\n', /source is not a recording/],
	[
		'is torn before its first snapshot',
		readFileSync(whole).subarray(0, 120),
		/contains no complete snapshot; nothing was/,
	],
	['is a torn head line', 'traefik-top/1 time=17953', /contains no complete snapshot; nothing was/],
	['is of a newer version', 'traefik-top/9 time=1795364400000\nend 1\n', /newer than this program; upgrade/],
];
for (const [what, content, says] of unreadable) {
	test(`record --from what ${what} leaves the old file alone, and no new one`, async () => {
		const place = newFolder();
		const [source, old] = [join(place, 'source'), join(place, 'old.capture')];
		writeFileSync(source, content);
		writeFileSync(old, 'precious\n');
		const forced = await runBin(['record', '--from', source, '-o', old, '--force']);
		assert.match(forced.stderr, says);
		assert.equal(forced.code, 1);
		assert.equal((await runBin(['record', '--from', source, '-o', join(place, 'new.capture')])).code, 1);
		assert.equal(readFileSync(old, 'utf8'), 'precious\n');
		assert.deepEqual(readdirSync(place).sort(), ['old.capture', 'source']);
	});
}

const impossible: [target: string, says: RegExp][] = [
	['missing/new.capture', /cannot write .*new\.capture: no such directory; choose another file\n$/],
	['file/new.capture', /cannot write .*new\.capture: no such directory; choose another file\n$/],
	['directory', /cannot write .*directory: it is a directory; choose another file\n$/],
	['directory/', /cannot write .*directory\/: it is a directory; choose another file\n$/],
	['pipe', /cannot write .*pipe: it is not a regular file; choose another file\n$/],
	['x'.repeat(300), /cannot write x*: its name is too long; choose another file\n$/],
];
for (const [target, says] of impossible) {
	test(`record --from refuses in one line to write ${target.slice(0, 20)}`, async () => {
		const place = newFolder();
		mkdirSync(join(place, 'directory'));
		writeFileSync(join(place, 'file'), '');
		execFileSync('mkfifo', [join(place, 'pipe')]);
		const {code, stderr} = await runBin(['record', '--from', recording, '-o', target, '--force'], {cwd: place});
		assert.match(stderr, says);
		assert.equal(stderr.split('\n').length, 2);
		assert.equal(code, 1);
		assert.deepEqual(readdirSync(place).sort(), ['directory', 'file', 'pipe']);
		assert.deepEqual(readdirSync(join(place, 'directory')), []);
	});
}

test('record --from does not take the flags of a live recording', async () => {
	for (const flag of [
		['--max-size', '1M'],
		['--max-age', '1h'],
	]) {
		const {code, stderr} = await runBin(['record', '--from', recording, '-o', join(folder, 'no'), ...flag]);
		assert.match(stderr, new RegExp(`^traefik-top: ${flag[0]} is for a live recording`));
		assert.equal(code, 2);
	}
});

const isRoot = process.getuid?.() === 0;
for (const [what, options, says] of [
	['a full disk', 'size=16k', 'no space left on the disk'],
	['a read-only disk', 'size=1m', 'the file system is read-only'],
] as const) {
	test(`record --from to ${what} leaves the old file whole, and nothing else`, {
		skip: isRoot ? false : 'needs root to mount a small disk',
	}, async () => {
		const place = newFolder();
		const ro = what === 'a full disk' ? ':' : 'mount -o remount,ro "$place"';
		const fill = what === 'a full disk' ? 'head -c 10000 /dev/zero >"$place/ballast"' : ':';
		const script = `place=$1 recording=$2; shift 2
			mount -t tmpfs -o ${options} tmpfs "$place" && printf precious >"$place/old.capture" && ${fill} && ${ro}
			"$@" record --from "$recording" -o "$place/old.capture" --force; echo "code $?"
			cat "$place/old.capture"; echo; ls -A "$place"`;
		const args = ['-m', 'sh', '-c', script, 'sh', place, recording, ...PROGRAM];
		const {stdout, stderr} = await collect(spawn('unshare', args));
		assert.equal(stderr, `traefik-top: cannot write ${place}/old.capture: ${says}; choose another file\n`);
		assert.match(stdout, /^code 1\nprecious\n(?:ballast\n)?old\.capture\n$/);
	});
}

for (const [signal, code] of [
	['SIGINT', 130],
	['SIGTERM', 143],
] as const) {
	test(`record --from interrupted by ${signal} leaves nothing behind, says so, and does not exit with 0`, async () => {
		const place = newFolder();
		const old = join(place, 'old.capture');
		writeFileSync(old, 'precious\n');
		// after the head of its one chunk
		const blocks = zstdDecompressSync(readFileSync(whole).subarray(48)).toString();
		const long = join(newFolder(), 'long.capture');
		writeFileSync(long, blocks.repeat(500));
		const begun = watch(place);
		const child = startBin(['record', '--from', long, '-o', old, '--force']);
		const ended = collect(child);
		await once(begun, 'change');
		begun.close();
		child.kill(signal);
		const ran = await ended;
		assert.equal(ran.stderr, `traefik-top: interrupted; ${old} was not written\n`);
		assert.equal(ran.code, code);
		assert.equal(readFileSync(old, 'utf8'), 'precious\n');
		assert.deepEqual(readdirSync(place), ['old.capture']);
	});
}

test('a command that waits for standard input ends when told to', async () => {
	const place = newFolder();
	const child = startBin(['record', '--from', '-', '-o', join(place, 'new.capture')]);
	const ended = collect(child);
	// more than a pipe holds: it is taken when the handlers of signals are there
	child.stdin.write(`traefik-top/1 time=1795364400000 host=lb1 pid=1\n${'x\n'.repeat(1 << 19)}`);
	await once(child.stdin, 'drain');
	child.kill('SIGTERM');
	assert.equal((await ended).code, 143);
	assert.deepEqual(readdirSync(place), []);
});
