import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {after, test} from 'node:test';
import {gzipSync, zstdCompressSync} from 'node:zlib';
import {UserError} from '../../src/errors.ts';
import type {Row} from '../../src/parse/row.ts';
import type {Tick} from '../../src/reading.ts';
import {openRecording} from '../../src/recording/open.ts';
import type {Recording} from '../../src/source.ts';
import {HEAD4, HEAD6, LISTEN6, row4, SNMP, ss4} from '../saved/kernel-text.ts';

const folder = mkdtempSync(join(tmpdir(), 'open-recording-'));
after(() => rmSync(folder, {recursive: true}));

/** Root may read everything: what is to be refused is done as another user. */
async function asNobody<T>(read: () => Promise<T>): Promise<T> {
	if (process.getuid?.() !== 0) return await read();
	chmodSync(folder, 0o755);
	process.seteuid?.(65_534);
	try {
		return await read();
	} finally {
		process.seteuid?.(0);
	}
}

let made = 0;
/** Writes files into a new directory and returns its path. */
function directoryOf(files: Record<string, string>): string {
	const path = join(folder, `${made++}`);
	mkdirSync(path);
	for (const [name, text] of Object.entries(files)) {
		mkdirSync(dirname(join(path, name)), {recursive: true});
		writeFileSync(join(path, name), text);
	}
	return path;
}

function fileOf(content: string | Uint8Array): string {
	const path = join(folder, `${made++}`);
	writeFileSync(path, content);
	return path;
}

function pipe(): string {
	const path = join(folder, `${made++}`);
	execFileSync('mkfifo', [path]);
	return path;
}

type Seen = {time: number; id: string; problem: string | null; sockets: string[]; torn: number};

/** Of each snapshot: whether its time was assumed. */
async function assumedTimes(recording: Recording): Promise<(boolean | undefined)[]> {
	const all: (boolean | undefined)[] = [];
	for await (const {readings} of recording.ticks()) all.push(readings[0]?.isTimeAssumed);
	return all;
}

async function seenIn(recording: Recording, from?: number): Promise<Seen[]> {
	const seen: Seen[] = [];
	for await (const tick of recording.ticks(from)) seen.push(look(tick));
	return seen;
}

function look({time, readings}: Tick): Seen {
	const [reading] = readings;
	assert.ok(reading);
	const sockets: string[] = [];
	const {torn} = reading.visit((row: Row) => {
		sockets.push(`${row.table} ${row.localPort} ${row.inode}${row.hasInfo ? ` sent ${row.bytesSent}` : ''}`);
	});
	return {time, id: reading.instance.id, problem: reading.problem, sockets, torn};
}

const open = (path: string, source: 'auto' | 'text' = 'auto') => openRecording(path, {source});

const T = 1795368814940;

test('openRecording reads one folder per snapshot, in the order of their times', async () => {
	const path = directoryOf({
		[`${T + 1000}/tcp`]: HEAD4 + row4(40001, 7),
		[`${T}/tcp`]: HEAD4 + row4(40000, 5) + row4(40001, 7),
		[`${T}/tcp6`]: HEAD6 + LISTEN6,
		[`${T}/pid`]: '361\n',
		'client.csv': 'ignored',
		'truth.json': '{}',
	});
	const recording = await open(path);
	assert.equal(recording.from, T);
	assert.equal(recording.to, T + 1000);
	assert.deepEqual(await seenIn(recording), [
		{time: T, id: '361', problem: null, sockets: ['4 40000 5', '4 40001 7', '6 80 475286'], torn: 0},
		{time: T + 1000, id: '?', problem: null, sockets: ['4 40001 7'], torn: 0},
	]);
});

test('openRecording begins at the last snapshot not later than the time asked for', async () => {
	const path = directoryOf({[`${T}/tcp`]: HEAD4, [`${T + 1000}/tcp`]: HEAD4, [`${T + 2000}/tcp`]: HEAD4});
	const recording = await open(path);
	const times = async (from: number) => (await seenIn(recording, from)).map(({time}) => time - T);
	assert.deepEqual(await times(T - 5), [0, 1000, 2000]);
	assert.deepEqual(await times(T + 999), [0, 1000, 2000]);
	assert.deepEqual(await times(T + 1000), [1000, 2000]);
	assert.deepEqual(await times(T + 9000), [2000]);
});

test('a snapshot without its tcp table has a problem', async () => {
	const recording = await open(directoryOf({[`${T}/snmp`]: SNMP, [`${T}/pid`]: '9', [`${T + 1000}/tcp`]: ''}));
	assert.deepEqual(
		(await seenIn(recording)).map(({problem}) => problem),
		['this snapshot has no tcp table', 'the tcp table is empty: the process was gone'],
	);
});

test('tcp6 alone is enough for a recording', async () => {
	const recording = await open(directoryOf({[`${T}/tcp6`]: HEAD6 + LISTEN6, [`${T + 1000}/tcp6`]: ''}));
	const readings = await seenIn(recording);
	assert.deepEqual(
		readings.map(({problem}) => problem),
		[null, 'the tcp table is empty: the process was gone'],
	);
	assert.deepEqual(
		readings.map(({sockets}) => sockets),
		[['6 80 475286'], []],
	);
});

test('openRecording gives the rows of the tables the tcp_info of ss, by 4-tuple and inode', async () => {
	const path = directoryOf({
		[`${T}/tcp`]: HEAD4 + row4(40000, 5) + row4(40001, 7) + row4(40002, 8),
		[`${T}/diag`]: ss4(40002, 8, 300) + ss4(40000, 5, 100) + ss4(40001, 99, 200) + ss4(40009, 1, 400),
	});
	const [seen] = await seenIn(await open(path));
	assert.deepEqual(seen?.sockets, ['4 40000 5 sent 100', '4 40001 7', '4 40002 8 sent 300']);
});

test('openRecording leaves tcp_info out when the text alone is asked for', async () => {
	const path = directoryOf({[`${T}/tcp`]: HEAD4 + row4(40000, 5), [`${T}/diag`]: ss4(40000, 5, 100)});
	const [seen] = await seenIn(await open(path, 'text'));
	assert.deepEqual(seen?.sockets, ['4 40000 5']);
});

test('openRecording takes the rows from ss where no table was saved', async () => {
	const [seen] = await seenIn(await open(directoryOf({[`${T}/diag`]: ss4(40000, 5, 100)})));
	assert.equal(seen?.problem, null);
	assert.deepEqual(seen?.sockets, ['4 40000 5 sent 100']);
});

test('openRecording reads descriptors and counters where they were saved', async () => {
	const path = directoryOf({
		[`${T}/tcp`]: HEAD4,
		[`${T}/fds`]: '10 476274\n11 476276\n',
		[`${T}/snmp`]: SNMP,
		[`${T + 1000}/tcp`]: HEAD4,
	});
	const said: unknown[] = [];
	for await (const {readings} of (await open(path)).ticks()) {
		for (const {descriptors, inodes, counters} of readings) {
			said.push([descriptors, inodes() && [...(inodes() ?? [])], counters.attemptFails]);
		}
	}
	assert.deepEqual(said, [
		['readable', [476274, 476276], 3],
		['absent', null, null],
	]);
});

test('openRecording reads a flat directory named by seconds', async () => {
	const recording = await open(
		directoryOf({
			'1795368814.tcp': HEAD4 + row4(40000, 5),
			'1795368814.tcp6': HEAD6 + LISTEN6,
			'1795368815.tcp': HEAD4,
			'notes.tcp': 'ignored',
		}),
	);
	assert.deepEqual(
		(await seenIn(recording)).map(({time, sockets}) => [time, sockets]),
		[
			[1795368814000, ['4 40000 5', '6 80 475286']],
			[1795368815000, []],
		],
	);
});

test('openRecording reads tables saved by hand, each after a line of date +%s', async () => {
	const recording = await open(
		fileOf(
			`1795368814\n${HEAD4}${row4(40000, 5)}${HEAD6}${LISTEN6}1795368815\n${HEAD4}${row4(40001, 6)}${HEAD6}${LISTEN6}`,
		),
	);
	assert.deepEqual(await assumedTimes(recording), [false, false]);
	assert.match(recording.note ?? '', /non-listener sockets are counted as Traefik's/);
	assert.deepEqual(await seenIn(recording), [
		{time: 1795368814000, id: '?', problem: null, sockets: ['4 40000 5', '6 80 475286'], torn: 0},
		{time: 1795368815000, id: '?', problem: null, sockets: ['4 40001 6', '6 80 475286'], torn: 0},
	]);
});

test('without times, each repeated header begins a snapshot one second later', async () => {
	const one = HEAD4 + row4(40000, 5) + HEAD6 + LISTEN6;
	const recording = await open(fileOf(one + one + one));
	assert.deepEqual(await assumedTimes(recording), [true, true, true]);
	const seen = await seenIn(recording);
	assert.deepEqual(
		seen.map(({time}) => time - (recording.from ?? 0)),
		[0, 1000, 2000],
	);
	assert.ok(seen.every(({sockets}) => sockets.length === 2));
});

test('openRecording counts the torn rows of a file that was cut off, and says where', async () => {
	const whole = HEAD4 + row4(40000, 5) + row4(40001, 6);
	const path = fileOf(whole.slice(0, -120));
	const recording = await open(path);
	const [seen] = await seenIn(recording);
	assert.deepEqual([seen?.sockets, seen?.torn], [['4 40000 5'], 1]);
	assert.equal(recording.damage(), `${path}: 1 torn row, the first one in the snapshot at byte 0`);
});

test('a table of which no row can be read is refused; one without sockets is a table', async () => {
	const path = directoryOf({[`${T}/tcp`]: '\u0000\u0001rubbish\n', [`${T + 1000}/tcp`]: HEAD4});
	const problems: unknown[] = [];
	for await (const {readings} of (await open(path)).ticks())
		problems.push(readings[0]?.visit(() => {}).problem ?? null);
	assert.deepEqual(problems, ['no row of the tcp table can be read', null]);
});

test('openRecording names what it may not read: a directory, or a table in it', async () => {
	const path = directoryOf({[`${T}/tcp`]: HEAD4});
	chmodSync(join(path, `${T}/tcp`), 0);
	const [seen] = await asNobody(async () => await seenIn(await open(path)));
	assert.equal(seen?.problem, `cannot read ${join(path, `${T}/tcp`)}: permission denied`);
	chmodSync(path, 0);
	await assert.rejects(
		asNobody(() => open(path)),
		new RegExp(`cannot read ${path}: permission denied`),
	);
	chmodSync(path, 0o700);
});

test('openRecording reads on after a line that is not a row', async () => {
	const path = fileOf(`${HEAD4 + row4(40000, 5)}cat: /proc/1/net/tcp6: No such file\n${row4(40001, 6)}`);
	const [seen] = await seenIn(await open(path));
	assert.deepEqual([seen?.sockets, seen?.torn], [['4 40000 5', '4 40001 6'], 1]);
});

test('openRecording survives a text recording cut at any byte', async () => {
	const whole = `1795368814\n${HEAD4}${row4(40000, 5)}${HEAD6}${LISTEN6}`;
	for (let length = HEAD4.length + 11; length <= whole.length; length++) {
		const [seen] = await seenIn(await open(fileOf(whole.slice(0, length))));
		assert.equal(seen?.problem, null);
		assert.ok((seen?.sockets.length ?? 9) <= 2);
	}
});

const refused: [what: string, path: () => string, says: RegExp][] = [
	['a missing file', () => join(folder, 'nowhere'), /cannot read .*nowhere: no such file/],
	['an empty file', () => fileOf(''), /is empty/],
	['binary rubbish', () => fileOf(Uint8Array.from([65, 0, 66])), /is not a recording: it is binary from byte 1 on/],
	['another program’s file', () => fileOf('{"a":1}\n'), /is not a recording: line 1 reads “\{"a":1\}”/],
	[
		'tables under gzip',
		() => fileOf(gzipSync(HEAD4 + row4(40000, 10))),
		/it is gzip, and does not contain a capture; unpack/,
	],
	[
		'tables under zstd',
		() => fileOf(zstdCompressSync(HEAD4)),
		/it is zstd, and does not contain a capture; unpack it first$/,
	],
	['an archive', () => fileOf('PK\u0003\u0004rest'), /it is a zip archive, and does not contain a capture/],
	['hostile text', () => fileOf('\u001b]0;owned\u0007x\n'), /line 1 reads “\]0;ownedx”|binary from byte/],
	[
		'a table of UDP',
		() => fileOf(HEAD4.replace('inode', 'inode ref pointer drops')),
		/is not a recording: line 1 reads “sl/,
	],
	['a device', () => '/dev/zero', /cannot read .*: it is not a regular file/],
	['a pipe, without waiting for its writer', () => pipe(), /cannot read .*: it is a pipe$/],
	['an empty directory', () => directoryOf({}), /is not a recording: it has no folder or \.tcp file/],
];
for (const [what, path, says] of refused) {
	test(`openRecording refuses ${what} in one sentence`, async () => {
		await assert.rejects(open(path()), (error) => {
			assert.ok(error instanceof UserError);
			assert.match(error.message, says);
			assert.doesNotMatch(error.message, /[\u0000-\u001f]/);
			assert.equal(error.exitCode, 1);
			return true;
		});
	});
}

test('openRecording names the file in which the first torn row is', async () => {
	const whole = HEAD4 + row4(40000, 5);
	for (const [name, files] of [
		['diag', {[`${T}/tcp`]: whole, [`${T}/diag`]: `udp UNCONN 0 0 0.0.0.0:5353 0.0.0.0:*\n${ss4(40000, 5, 100)}`}],
		['diag', {[`${T}/diag`]: `udp UNCONN 0 0 0.0.0.0:5353 0.0.0.0:*\n${ss4(40000, 5, 100)}`}],
		['tcp6', {[`${T}/tcp`]: whole, [`${T}/tcp6`]: `${HEAD6}torn\n`}],
		['tcp', {[`${T}/tcp`]: `${whole}torn\n`}],
	] as const) {
		const path = directoryOf(files);
		const recording = await open(path);
		await seenIn(recording);
		assert.equal(recording.damage(), `${path}: 1 torn row, the first one in ${path}/${T}/${name}`);
	}
});

const oddFiles: [what: string, make: (path: string) => void, why: string][] = [
	['a pipe', (path) => execFileSync('mkfifo', [path]), 'it is a pipe'],
	['a device', (path) => symlinkSync('/dev/zero', path), 'it is a device'],
];
for (const [what, make, why] of oddFiles) {
	test(`openRecording refuses ${what} in a directory of snapshots, and reads the rest`, async () => {
		const path = directoryOf({[`${T}/tcp6`]: HEAD6 + LISTEN6, [`${T + 1000}/tcp`]: HEAD4 + row4(40000, 5)});
		make(join(path, `${T}/tcp`));
		make(join(path, `${T + 1000}/diag`));
		execFileSync('mkfifo', [join(path, `${T + 2000}`)]);
		const recording = await open(path);
		assert.deepEqual(
			(await seenIn(recording)).map(({problem, sockets}) => [problem, sockets.length]),
			[
				[`cannot read ${path}/${T}/tcp: ${why}`, 0],
				[null, 1],
			],
		);
		assert.equal(recording.damage(), `${path}: cannot read ${path}/${T}/tcp: ${why}`);
	});
}

test('opening says how much has been looked at, and nothing once it is open', async () => {
	const table = HEAD4 + Array.from({length: 500}, (_, i) => row4(40000 + i, 5 + i)).join('');
	const shares: number[] = [];
	const onProgress = (share: number) => shares.push(share);
	const byHand = await openRecording(fileOf(table.repeat(40)), {source: 'auto', onProgress});
	assert.ok(shares.length > 1);
	assert.deepEqual(
		shares,
		shares.toSorted((a, b) => a - b),
	);
	assert.equal(shares.at(-1), 1);
	byHand.close();

	shares.length = 0;
	const path = join(import.meta.dirname, '../../fixtures/by-hand/lf-plain.capture.gz');
	const packed = await openRecording(path, {source: 'auto', onProgress});
	assert.equal(shares.at(-1), 1);
	shares.length = 0;
	for await (const _ of packed.ticks()) break;
	assert.deepEqual(shares, []);
	packed.close();
});
