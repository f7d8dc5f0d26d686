import assert from 'node:assert/strict';
import {execFileSync, spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {recorderScript} from '../../src/live/remote/recorder.ts';
import {ENDED, endedHow} from '../../src/parse/ending.ts';
import {LISTEN} from '../../src/parse/tcp-state.ts';
import type {Reading, Tick} from '../../src/reading.ts';
import {openRecording} from '../../src/recording/open.ts';
import {openEndingLab} from '../lab/endings.ts';
import {whyNoSockets} from '../lab/sockets.ts';
import {type FakeTraefik, fakeTraefik} from './fake-traefik.ts';

const folder = mkdtempSync(join(tmpdir(), 'recorder-'));
let traefik: FakeTraefik;
before(async () => {
	traefik = await fakeTraefik();
});
after(() => {
	traefik.child.kill();
	rmSync(folder, {recursive: true});
});

const isLinux = process.platform === 'linux';
const shells = [['dash'], ['busybox', 'sh'], ['bash', '--posix'], ['sh']].map((shell) => {
	try {
		execFileSync(shell[0] ?? '', [...shell.slice(1), '-c', ':']);
		return {shell, skip: isLinux ? false : ('needs /proc' as const)};
	} catch {
		return {shell, skip: `no ${shell[0]} here`};
	}
});
const base = {intervalMs: 200, pids: [] as number[], match: null, endsWithStdin: false, isTextOnly: false};

/** Runs a shell on the script until it printed this many blocks with `what` in their head, and returns what it printed. */
async function run(shell: readonly string[], script: string, blocks: number, what = 'traefik-top/1 '): Promise<string> {
	const child = spawn(shell[0] ?? '', shell.slice(1), {stdio: ['pipe', 'pipe', 'inherit']});
	child.stdin.end(script);
	let text = '';
	for await (const piece of child.stdout) {
		text += piece;
		if (text.slice(0, text.lastIndexOf('\nend -\n') + 1).split(what).length > blocks) break;
	}
	child.kill();
	if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
	return text.slice(0, text.lastIndexOf('\nend -\n') + 7);
}

async function ticksOf(text: string): Promise<Tick[]> {
	const path = join(folder, `${Math.random()}`);
	writeFileSync(path, text);
	const recording = await openRecording(path, {source: 'auto'});
	const ticks: Tick[] = [];
	for await (const tick of recording.ticks()) ticks.push(tick);
	assert.equal(recording.damage(), null);
	recording.close();
	return ticks;
}

const ours = (ticks: readonly Tick[]): Reading[] =>
	ticks.flatMap(({readings}) => readings.filter(({instance}) => instance.pid === traefik.pid));

for (const {shell, skip} of shells) {
	test(`the recorder finds Traefik and prints a capture, under ${shell.join(' ')}`, {skip}, async () => {
		const started = Date.now();
		const ticks = await ticksOf(await run(shell, recorderScript(base), 3, ` pid=${traefik.pid} `));
		const readings = ours(ticks);
		assert.ok(readings.length >= 2);
		for (const reading of readings) {
			assert.equal(reading.problem, null);
			assert.ok(Math.abs(reading.time - started) < 60_000);
			assert.ok(Math.abs((reading.instance.startedAt ?? 0) - started) < 120_000);
			assert.ok((reading.instance.netns ?? 0) > 0);
			assert.equal(reading.intervalMs, 200);
			assert.notEqual(reading.counters.activeOpens, null);
			assert.equal(reading.descriptors, 'readable');
			const listeners: number[] = [];
			const inodes = reading.inodes();
			const {torn} = reading.visit((row) => {
				if (row.state === LISTEN && row.localPort === traefik.port && inodes?.has(row.inode))
					listeners.push(row.localPort);
			});
			assert.deepEqual([listeners, torn], [[traefik.port], 0]);
		}
		const steps = readings.slice(1).map((reading, i) => (reading.monotonicMs ?? 0) - (readings[i]?.monotonicMs ?? 0));
		assert.ok(steps.every((step) => step > 0));
	});
}

const sh = ['sh'];
const skip = isLinux ? false : 'needs /proc';

test('the recorder does not look up the names of owners, which may ask a directory server', () => {
	assert.doesNotMatch(recorderScript(base), /\bls -[^n ]*\s/);
});

test('the recorder takes the process it is given, whatever its name, and says when there is none', {skip}, async () => {
	const given = await ticksOf(await run(sh, recorderScript({...base, pids: [process.pid]}), 1));
	assert.deepEqual(
		given[0]?.readings.map(({instance}) => instance.pid),
		[process.pid],
	);
	const none = await ticksOf(await run(sh, recorderScript({...base, match: '^no such name$'}), 1));
	assert.deepEqual([none[0]?.readings, none[0]?.problem], [[], 'no Traefik process found']);
});

test('the recorder takes processes whose name matches the expression', {skip}, async () => {
	const ticks = await ticksOf(
		await run(sh, recorderScript({...base, match: "^tr[a]ef'*ik$"}), 1, ` pid=${traefik.pid} `),
	);
	assert.equal(ours(ticks).length > 0, true);
});

test('the recorder ends when its input does, if asked to, and leaves nothing behind', {skip}, async () => {
	const child = spawn('sh', {stdio: ['pipe', 'pipe', 'inherit'], detached: true});
	child.stdin.write(recorderScript({...base, endsWithStdin: true}));
	await once(child.stdout, 'data');
	child.stdout.resume();
	child.stdin.end();
	await once(child, 'close');
	assert.equal(child.signalCode, null);
	// the whole process group is gone
	assert.throws(() => process.kill(-(child.pid ?? 0), 0), /ESRCH/);
});

const hasEvents = ['stdbuf', 'timeout', 'nsenter'].every((name) => spawnSync(name, ['--version']).error === undefined);
for (const {shell, skip: noShell} of shells) {
	const why = noShell || whyNoSockets() || (hasEvents ? false : 'stdbuf, timeout or nsenter is missing');
	test(`the recorder records how connections ended in each namespace, and leaves no ss behind, under ${shell.join(' ')}`, {
		skip: why,
	}, async (t) => {
		const labs = [
			await openEndingLab({4: {answered: 5, refused: 4}, 6: {unanswered: 3}}),
			await openEndingLab({4: {unanswered: 2, refused: 3}}),
		];
		t.after(() => Promise.all(labs.map((lab) => lab.close())));
		const child = spawn(shell[0] ?? '', shell.slice(1), {stdio: ['pipe', 'pipe', 'inherit'], detached: true});
		child.stdin.write(recorderScript({...base, pids: labs.map(({pid}) => pid), endsWithStdin: true}));
		let text = '';
		child.stdout.on('data', (piece: Buffer) => {
			text += piece;
		});
		const until = async (isThere: () => boolean) => {
			while (!isThere()) await once(child.stdout, 'data');
		};
		await until(() => text.split(':ended ss').length > labs.length + 1);
		const ended = await Promise.all(labs.map((lab) => lab.begin()));
		await until(() =>
			ended
				.flat()
				.every(({localPort, remotePort}) => text.includes(`:${localPort} `) && text.includes(`:${remotePort} `)),
		);
		await until(() => text.endsWith('end -\n'));
		child.stdin.end();
		await once(child, 'close');
		assert.throws(() => process.kill(-(child.pid ?? 0), 0), /ESRCH/);
		const told = labs.map(() => new Map<string, number>());
		for (const {readings} of await ticksOf(text.slice(0, text.lastIndexOf('\nend -\n') + 7))) {
			for (const reading of readings) {
				const own = told[labs.findIndex(({pid}) => pid === reading.instance.pid)];
				reading.endings?.((row) => own?.set(`${row.localPort} ${row.remotePort}`, endedHow(row)));
			}
		}
		for (const [i, all] of ended.entries()) {
			assert.deepEqual(
				all.map(({localPort, remotePort}) => told[i]?.get(`${localPort} ${remotePort}`)),
				all.map(({way}) => ENDED[way as 'answered' | 'refused' | 'unanswered']),
			);
		}
	});
}
