import assert from 'node:assert/strict';
import {execFileSync, spawn} from 'node:child_process';
import {chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {remoteSource} from '../../src/live/remote/remote.ts';
import type {Tick} from '../../src/reading.ts';
import type {Source} from '../../src/source.ts';
import {type FakeTraefik, fakeTraefik} from './fake-traefik.ts';

const folder = mkdtempSync(join(tmpdir(), 'remote-'));
let traefik: FakeTraefik;
before(async () => {
	traefik = await fakeTraefik();
});
after(() => {
	traefik.child.kill();
	rmSync(folder, {recursive: true});
});

const skip = process.platform === 'linux' ? false : 'needs /proc';
const isRoot = process.getuid?.() === 0;
const options = () => ({intervalMs: 200, pids: [traefik.pid], match: null, isTextOnly: false});

/** Ticks until one is what is asked for, and that one. */
async function until(source: Source, isIt: (tick: Tick) => boolean): Promise<Tick> {
	for await (const tick of source) if (isIt(tick)) return tick;
	throw new Error('the source ended');
}
const portsOf = (tick: Tick): number[] => {
	const ports = new Set<number>();
	for (const reading of tick.readings) reading.visit((row) => ports.add(row.localPort));
	return [...ports];
};
const isFine = (tick: Tick) => tick.readings.length > 0 && tick.readings.every(({problem}) => problem === null);

test('the remote source reads what the recorder prints through a command', {skip}, async () => {
	const tick = await until(remoteSource(['exec'], options()), isFine);
	assert.deepEqual(
		tick.readings.map(({instance}) => [instance.pid, instance.via]),
		[[traefik.pid, 'exec']],
	);
	assert.ok(portsOf(tick).includes(traefik.port));
	assert.ok(Math.abs(tick.time - Date.now()) < 5000);
});

test('the remote source puts several hosts into one tick and tells two of the same name apart', {skip}, async () => {
	const tick = await until(remoteSource(['exec', 'env'], options()), isFine);
	const ids = tick.readings.map(({instance}) => instance.id);
	assert.equal(new Set(ids).size, 2);
	assert.ok(ids.some((id) => id.endsWith(' (exec)') || id.endsWith(' (env)')));
});

test('the remote source shows a host that cannot be reached as a reading with the problem it named, beside one that can', {
	skip,
}, async () => {
	const source = remoteSource(['exec', 'echo "lb9: \u001b[31mno route to host" >&2; exit 9 #'], options());
	const tick = await until(source, ({readings}) => readings.length === 2 && readings[0]?.problem === null);
	assert.match(tick.readings[1]?.problem ?? '', /: lb9: \[31mno route to host$/);
});

test('the remote source moves a host whose clock is hours off to ours', {skip}, async () => {
	// the recorder takes its time from btime and date: both are replaced on their way to the shell
	const filter = join(folder, 'skewed');
	writeFileSync(filter, '#!/bin/sh\n"$@" | sed -u "s/ time=1/ time=2/"\n');
	chmodSync(filter, 0o755);
	const tick = await until(remoteSource([`sh ${filter}`], options()), isFine);
	assert.ok(Math.abs(tick.time - Date.now()) < 5000);
	assert.ok(tick.readings.every(({time}) => Math.abs(time - Date.now()) < 5000));
});

test('the remote source says that a host is silent while another goes on, and takes it back when it speaks again', {
	skip,
}, async () => {
	const gate = join(folder, 'gate');
	const filter = join(folder, 'gated');
	// holds back what comes while the gate is closed, without ending
	writeFileSync(
		filter,
		`#!/bin/sh\n"$@" | while IFS= read -r line; do while [ -e ${gate} ]; do sleep 0.05; done; printf '%s\\n' "$line"; done\n`,
	);
	const source = remoteSource(['exec', `sh ${filter}`], options());
	let phase = 0;
	for await (const {readings} of source) {
		const problem = readings.find(({instance}) => instance.via !== 'exec')?.problem;
		const other = readings.find(({instance}) => instance.via === 'exec')?.problem;
		if (phase === 0 && readings.length === 2 && problem === null && other === null) {
			writeFileSync(gate, '');
			phase = 1;
		} else if (phase === 1 && problem !== null && other === null) {
			assert.match(problem ?? '', /has been silent for \d+ s/);
			rmSync(gate);
			phase = 2;
		} else if (phase === 2 && problem === null) break;
	}
	assert.equal(phase, 2);
});

for (const [what, command] of [
	['never answers', 'sleep 1000 #'],
	['ends at once', 'exit 1 #'],
] as const) {
	test(`a host that ${what} does not make one silent that speaks`, {skip}, async () => {
		const source = remoteSource(['exec', command], options());
		let fine = 0;
		for await (const {readings} of source) {
			const told = readings.find(({instance}) => instance.via === 'exec');
			assert.notEqual(readings.find(({instance}) => instance.via !== 'exec')?.problem, null);
			if (fine > 0) assert.equal(told?.problem, null, `after ${fine} looks`);
			if (told?.problem === null && ++fine === 12) break;
		}
	});
}

test('the remote source starts a command again that ended', {skip}, async () => {
	const source = remoteSource(['exec'], options());
	let isKilled = false;
	let wasLost = false;
	for await (const tick of source) {
		if (!isKilled && isFine(tick)) {
			isKilled = true;
			const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ').map(Number);
			const shells = children.filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'latin1').startsWith('sh'));
			for (const pid of shells) process.kill(pid, 'SIGKILL');
		} else if (isKilled && !isFine(tick)) wasLost = true;
		else if (wasLost && isFine(tick)) break;
	}
	assert.ok(wasLost);
});

test('the remote source gives up a command that prints something else', {skip}, async () => {
	const tick = await until(remoteSource(['cat /dev/zero #'], options()), ({readings}) => readings[0]?.problem !== null);
	assert.match(tick.readings[0]?.problem ?? '', /what it prints is not a recording/);
});

test('the remote source leaves no process behind when it is stopped', {skip}, async () => {
	await until(remoteSource(['exec'], options()), isFine);
	const gone = () => {
		const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim();
		return children === ''
			? []
			: children
					.split(' ')
					.map(Number)
					.filter((pid) => pid !== traefik.pid);
	};
	while (gone().length > 0) await new Promise((resolve) => setImmediate(resolve));
	assert.deepEqual(gone(), []);
});

test('the remote source reads a Traefik in another network namespace, as in a container', {
	skip: isRoot ? skip : 'needs root to make a network namespace',
}, async (t) => {
	const name = `ttop-remote-${process.pid}`;
	execFileSync('ip', ['netns', 'add', name]);
	t.after(() => execFileSync('ip', ['netns', 'del', name]));
	execFileSync('ip', ['netns', 'exec', name, 'ip', 'link', 'set', 'lo', 'up']);
	const inside = await fakeTraefik(['ip', 'netns', 'exec', name]);
	t.after(() => inside.child.kill());
	const tick = await until(remoteSource([`ip netns exec ${name}`], {...options(), pids: [inside.pid]}), isFine);
	assert.ok(portsOf(tick).includes(inside.port));
	assert.equal(tick.readings[0]?.ports?.isAssumed, false);
});

const sshd = '/usr/sbin/sshd';
test('the remote source reads a host over ssh', {
	skip: isRoot && existsSync(sshd) ? skip : 'needs root and an sshd',
}, async (t) => {
	mkdirSync('/run/sshd', {recursive: true});
	const key = join(folder, 'key');
	execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
	execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'host')]);
	writeFileSync(join(folder, 'authorized'), readFileSync(`${key}.pub`));
	const port = 30_000 + (process.pid % 10_000);
	const server = spawn(
		sshd,
		[
			'-D',
			'-e',
			'-p',
			String(port),
			'-h',
			join(folder, 'host'),
			'-f',
			'/dev/null',
			'-o',
			`AuthorizedKeysFile=${join(folder, 'authorized')}`,
			'-o',
			'StrictModes=no',
			'-o',
			'ListenAddress=127.0.0.1',
			'-o',
			'PidFile=none',
			'-o',
			'PermitRootLogin=yes',
		],
		{stdio: ['ignore', 'ignore', 'pipe']},
	);
	t.after(() => server.kill());
	for await (const line of server.stderr) if (String(line).includes('Server listening')) break;
	const ssh = `ssh -q -p ${port} -i ${key} -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o BatchMode=yes 127.0.0.1`;
	const tick = await until(remoteSource([ssh], options()), isFine);
	assert.ok(portsOf(tick).includes(traefik.port));
	const wrong = remoteSource([`${ssh.replace('-q ', '').replace(key, '/dev/null')}`], options());
	const refused = await until(wrong, ({readings}) => readings[0]?.problem !== null);
	assert.match(refused.readings[0]?.problem ?? '', /Permission denied/);
});

const hasProgram = (name: string) =>
	process.env['PATH']?.split(':').some((dir) => existsSync(join(dir, name))) === true;
for (const shell of ['sh', 'bash', 'dash', 'busybox sh']) {
	const missing = ['script', shell.split(' ')[0] ?? ''].find((name) => !hasProgram(name));
	const title = `the remote source reads the recorder through a terminal on which ${shell} runs, and whose sockets they are`;
	test(title, {skip: skip || (missing === undefined ? false : `needs ${missing}`)}, async () => {
		const via = `sh -c 'exec script -qec "${shell}" /dev/null'`;
		const tick = await until(remoteSource([via], options()), isFine);
		const [reading] = tick.readings;
		let owned = 0;
		reading?.visit(({inode, localPort}) => {
			if (localPort === traefik.port && reading.inodes()?.has(inode) === true) owned++;
		});
		assert.ok(owned > 0);
		assert.equal(reading?.descriptors, 'readable');
	});
}
