import assert from 'node:assert/strict';
import {execFile, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, openSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {gzipSync} from 'node:zlib';

const fixture = new URL('../../fixtures/recordings/killed.capture', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'stdin-'));
after(() => rmSync(folder, {recursive: true}));

/** Opens standard input twice, as a replay and its scan do, and prints how many ticks each saw. */
const program = (isFollowed: boolean) => `
import {openRecording} from '${new URL('../../src/recording/open.ts', import.meta.url)}';
try {
	for (const time of [1, 2]) {
		const recording = await openRecording('-', {source: 'auto', isFollowed: ${isFollowed}});
		let ticks = 0;
		for await (const tick of recording.ticks()) {
			ticks++;
			if (${isFollowed}) console.log(tick.time);
		}
		console.log(recording.path, ticks);
		recording.close();
		if (${isFollowed}) break;
	}
} catch (error) { console.log(error.message); }
process.exit();
`;
const args = (isFollowed: boolean) => ['--input-type=module', '-e', program(isFollowed)];
const env = {...process.env, TMPDIR: folder};

function run(input: Uint8Array): Promise<string> {
	return new Promise((resolve, reject) => {
		const child = execFile(process.execPath, args(false), {env}, (error, out) =>
			error ? reject(error) : resolve(out),
		);
		child.stdin?.end(input);
	});
}

test('the spool reads a capture from a pipe, twice, and leaves no file behind', async () => {
	const bytes = readFileSync(fixture);
	assert.equal(await run(bytes), 'standard input 70\nstandard input 70\n');
	assert.equal(
		await run(gzipSync(Buffer.from('traefik-top/1 time=1795368814940 part=0/0\nend -\n'))),
		'standard input 1\nstandard input 1\n',
	);
});

test('the spool reads a file that was given as standard input', async () => {
	const child = spawn(process.execPath, args(false), {stdio: [openSync(fixture, 'r'), 'pipe', 'inherit'], env});
	let out = '';
	for await (const piece of child.stdout ?? []) out += piece;
	assert.equal(out, 'standard input 70\nstandard input 70\n');
});

test('the spool refuses rubbish from a pipe in one sentence', async () => {
	assert.equal(await run(Buffer.from('hello\n')), 'standard input is not a recording: line 1 reads “hello”\n');
});

test('the spool follows a pipe until it ends', async () => {
	const child = spawn(process.execPath, args(true), {stdio: ['pipe', 'pipe', 'inherit'], env});
	const block = (second: number) => `traefik-top/1 time=${1795368814940 + second * 1000} part=0/0\nend -\n`;
	child.stdin.write(block(0));
	assert.equal(String((await once(child.stdout, 'data'))[0]), '1795368814940\n');
	child.stdin.write(block(1));
	assert.equal(String((await once(child.stdout, 'data'))[0]), '1795368815940\n');
	child.stdin.end(block(2));
	let out = '';
	for await (const piece of child.stdout) out += piece;
	assert.equal(out, '1795368816940\nstandard input 3\n');
});

test('the spool refuses by its beginning what is not a recording, and does not wait for an end that never comes', async () => {
	const child = spawn(process.execPath, args(false), {stdio: ['pipe', 'pipe', 'inherit'], env});
	child.stdin.on('error', () => {}); // its reader has gone
	const rubbish = Buffer.from('no recording at all\n'.repeat(1000));
	const feed = () => {
		while (!child.stdin.destroyed && child.stdin.write(rubbish));
	};
	child.stdin.on('drain', feed);
	feed();
	let out = '';
	for await (const piece of child.stdout) out += piece;
	assert.equal(out, 'standard input is not a recording: line 1 reads “no recording at all”\n');
});
