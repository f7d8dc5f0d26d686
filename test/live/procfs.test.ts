import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {linkSync, mkdirSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {after, beforeEach, test} from 'node:test';
import {DEFAULT_MATCH, Finder} from '../../src/live/find.ts';
import {FileNames} from '../../src/live/names.ts';
import {ProcfsReader} from '../../src/live/procfs.ts';
import type {RowChoice} from '../../src/live/procfs-tables.ts';
import {formatEndpoint} from '../../src/parse/address.ts';
import type {Reading} from '../../src/reading.ts';
import {LOOKBACK_MS} from '../../src/snapshot.ts';
import {fakeProc} from './fake-proc.ts';

const proc = fakeProc();
after(() => proc.remove());
beforeEach(() => {
	proc.clear();
	writeFileSync(join(proc.root, 'stat'), 'cpu 1 2 3\nbtime 1700000000\n');
});

const HEADER = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';

/** A row of `tcp` between 10.0.0.1:`port` and 10.0.0.2:8080, or a listener on `port`. */
function row(port: number, state: 'established' | 'listen', inode: number): string {
	const local = `0100000A:${port.toString(16).toUpperCase().padStart(4, '0')}`;
	const [remote, st] = state === 'listen' ? ['00000000:0000', '0A'] : ['0200000A:1F90', '01'];
	return `   0: ${local} ${remote} ${st} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0000 20 4 30 10 -1\n`;
}

const SNMP = 'Tcp: ActiveOpens AttemptFails\nTcp: 12 3\n';
const LIMITS =
	'Limit  Soft Limit  Hard Limit  Units\nMax open files            1024                 4096                 files     \n';

function addTraefik(pid: number, table: string, startTicks = 100): void {
	const files = {'net/tcp': table, 'net/tcp6': HEADER, 'net/snmp': SNMP, limits: LIMITS};
	proc.add({pid, comm: 'traefik', exe: '/bin/traefik', startTicks, files, fds: {0: '/dev/null', 3: 'socket:[501]'}});
}

/** Puts `pid` into the namespace of `of`. */
function share(pid: number, of: number): void {
	rmSync(join(proc.root, `${pid}/net/tcp`), {force: true});
	linkSync(join(proc.root, `${of}/net/tcp`), join(proc.root, `${pid}/net/tcp`));
}

function newReader(source: RowChoice = 'text'): (clockMs: number) => Reading[] {
	const {root: procRoot} = proc;
	const finder = new Finder({procRoot, match: DEFAULT_MATCH, pids: []});
	const names = new FileNames(procRoot, {docker: '/nonexistent', cni: '/nonexistent', hosts: '/nonexistent'});
	const reader = new ProcfsReader({procRoot, finder, pids: [], names, source});
	return (clockMs) => reader.read({time: 1_800_000_000_000 + clockMs, monotonicMs: clockMs, intervalMs: 1000});
}

function rowsOf(reading: Reading | undefined): string[] {
	const rows: string[] = [];
	reading?.visit(({local, localPort, remote, remotePort, inode}) => {
		rows.push(`${formatEndpoint(local, localPort)} ${formatEndpoint(remote, remotePort)} ${inode}`);
	});
	return rows;
}

function problems(readings: readonly Reading[]): (string | null)[] {
	return readings.map((reading) => reading.problem);
}

test('procfs reads rows, counters, descriptors, limits and the start of a process', () => {
	addTraefik(41, HEADER + row(80, 'listen', 500) + row(40000, 'established', 501));
	const [reading] = newReader()(0);
	assert.ok(reading);
	assert.deepEqual(rowsOf(reading), ['10.0.0.1:80 0.0.0.0:0 500', '10.0.0.1:40000 10.0.0.2:8080 501']);
	assert.equal(reading.instance.pid, 41);
	assert.equal(reading.instance.startedAt, 1_700_000_001_000);
	assert.equal(reading.counters.activeOpens, 12);
	assert.equal(reading.counters.attemptFails, 3);
	assert.equal(reading.descriptors, 'readable');
	assert.deepEqual(reading.inodes(), new Set([501]));
	assert.deepEqual(reading.openFiles, {open: 2, limit: 1024});
	assert.deepEqual(reading.ports, {low: 32768, high: 60999, isAssumed: true});
	assert.equal(reading.problem, null);
});

test('procfs counts torn rows and reads on', () => {
	addTraefik(41, `${HEADER}   0: 0100000A:zz\n${row(80, 'listen', 500)}`);
	const [reading] = newReader()(0);
	const {rows, torn, problem} = reading?.visit(() => {}) ?? {};
	assert.deepEqual({rows, torn, problem}, {rows: 1, torn: 1, problem: null});
});

test('procfs does without tcp6, snmp and netstat', () => {
	addTraefik(41, HEADER + row(80, 'listen', 500));
	for (const file of ['tcp6', 'snmp']) rmSync(join(proc.root, `41/net/${file}`));
	const [reading] = newReader()(0);
	assert.equal(reading?.problem, null);
	assert.equal(rowsOf(reading).length, 1);
	assert.equal(reading?.counters.activeOpens, null);
});

test('procfs says that the table of a dead namespace is empty, instead of seeing no connections', () => {
	addTraefik(41, '');
	assert.deepEqual(problems(newReader()(0)), [`${proc.root}/41/net/tcp is empty: its network namespace is gone`]);
});

test('procfs falls back to the text tables where netlink cannot be had, and says why', () => {
	addTraefik(41, HEADER + row(80, 'listen', 500));
	const [reading] = newReader('auto')(0);
	assert.equal(reading?.problem, null);
	assert.equal(rowsOf(reading).length, 1);
	assert.equal(reading?.rowSource, 'text');
	assert.match(reading?.rowSourceReason ?? '', /cannot be opened \(ENOENT\)|koffi|netlink/);
});

test('procfs does not fall back where nothing but netlink is wanted', () => {
	addTraefik(41, HEADER + row(80, 'listen', 500));
	assert.match(newReader('netlink')(0)[0]?.problem ?? '', /^no rows by netlink: /);
});

test('procfs gives no reason for text tables that were asked for', () => {
	addTraefik(41, HEADER);
	assert.equal(newReader('text')(0)[0]?.rowSourceReason, null);
});

test('procfs says which file it cannot read', () => {
	addTraefik(41, HEADER);
	rmSync(join(proc.root, '41/net/tcp'));
	mkdirSync(join(proc.root, '41/net/tcp'));
	assert.deepEqual(problems(newReader()(0)), [`cannot read ${proc.root}/41/net/tcp: it is a directory`]);
});

test('procfs refuses a pipe and a device in the place of a table, without waiting for them', () => {
	addTraefik(41, HEADER);
	const path = join(proc.root, '41/net/tcp');
	rmSync(path);
	execFileSync('mkfifo', [path]);
	assert.deepEqual(problems(newReader()(0)), [`cannot read ${path}: it is a pipe`]);
	rmSync(path);
	symlinkSync('/dev/zero', path);
	assert.deepEqual(problems(newReader()(0)), [`cannot read ${path}: it is a device`]);
});

for (const name of ['limits', 'net/snmp', 'net/netstat', 'cgroup', 'ns/net', 'net/tcp6']) {
	test(`procfs does not wait for a pipe or read a device in the place of ${name}`, () => {
		for (const make of [
			(path: string) => execFileSync('mkfifo', [path]),
			(path: string) => symlinkSync('/dev/zero', path),
		]) {
			addTraefik(41, HEADER + row(80, 'listen', 500));
			const path = join(proc.root, '41', name);
			rmSync(path, {force: true});
			mkdirSync(dirname(path), {recursive: true});
			make(path);
			assert.equal(newReader()(0).length, 1);
		}
	});
}

test('procfs gives two processes of one namespace the same rows as two instances that are not alone', () => {
	addTraefik(41, HEADER + row(80, 'listen', 500) + row(40000, 'established', 501));
	addTraefik(42, '');
	share(42, 41);
	const readings = newReader()(0);
	assert.deepEqual(
		readings.map(rowsOf).map((rows) => rows.length),
		[2, 2],
	);
	assert.deepEqual(
		readings.map((reading) => reading.isAlone),
		[false, false],
	);
});

test('procfs reports a process that ended as gone', () => {
	addTraefik(41, HEADER);
	const read = newReader();
	assert.deepEqual(problems(read(0)), [null]);
	proc.drop(41);
	assert.deepEqual(problems(read(1000)), ['process 41 is gone']);
});

test('procfs reports a process as gone for 15 minutes and no longer', () => {
	addTraefik(41, HEADER);
	const read = newReader();
	read(0);
	proc.drop(41);
	read(1000);
	assert.equal(read(1000 + LOOKBACK_MS).length, 1);
	assert.equal(read(1001 + LOOKBACK_MS).length, 0);
});

test('procfs lets a restarted Traefik take the place of the one that ended', () => {
	addTraefik(41, HEADER);
	const read = newReader();
	read(0);
	proc.drop(41);
	read(1000);
	addTraefik(57, HEADER, 900);
	const readings = read(2000);
	assert.deepEqual(
		readings.map((reading) => reading.instance.pid),
		[57],
	);
	assert.deepEqual(problems(readings), [null]);
});

test('procfs lets one that started just before the other ended take its place', () => {
	addTraefik(41, HEADER);
	const read = newReader();
	read(0);
	addTraefik(57, HEADER, 900);
	read(1000);
	proc.drop(41);
	assert.deepEqual(
		read(61_000).map((reading) => reading.instance.pid),
		[57],
	);
});

test('procfs keeps a gone instance beside one that has run since long before', () => {
	addTraefik(41, HEADER);
	const read = newReader();
	read(0);
	addTraefik(57, HEADER, 900);
	read(1000);
	proc.drop(41);
	assert.deepEqual(problems(read(61_001)), ['process 41 is gone', null]);
});

test('procfs lets one successor take one place only', () => {
	addTraefik(41, HEADER);
	addTraefik(42, HEADER);
	const read = newReader();
	read(0);
	proc.clear();
	addTraefik(57, HEADER, 900);
	assert.equal(problems(read(1000)).filter((problem) => problem?.endsWith('is gone')).length, 1);
});

test('procfs treats a reused pid as a new process', () => {
	addTraefik(41, HEADER, 100);
	const read = newReader();
	read(0);
	addTraefik(41, HEADER, 900);
	const readings = read(1000);
	assert.deepEqual(
		readings.map((reading) => reading.instance.startedAt),
		[1_700_000_009_000],
	);
});

const KTHREADD = {pid: 2, comm: 'kthreadd', flags: 0x00208040};
const neighbours: [what: string, fds: Record<number, string>, isAlone: boolean][] = [
	['without sockets', {0: '/dev/null'}, true],
	['with sockets that are not TCP', {3: 'socket:[9]'}, true],
	['with a listener', {3: 'socket:[500]'}, false],
	['with a connection', {3: 'socket:[9]', 4: 'socket:[501]'}, false],
];
for (const [what, fds, isAlone] of neighbours) {
	test(`procfs says ${isAlone ? 'alone' : 'not alone'} beside a neighbour ${what}`, () => {
		proc.add(KTHREADD);
		addTraefik(41, HEADER + row(80, 'listen', 500) + row(40000, 'established', 501));
		proc.add({pid: 50, comm: 'pause', exe: '/pause', fds});
		share(50, 41);
		assert.equal(newReader()(0)[0]?.isAlone, isAlone);
	});
}

test('procfs does not say alone where it cannot see every process', () => {
	addTraefik(41, HEADER + row(80, 'listen', 500));
	assert.equal(newReader()(0)[0]?.isAlone, null);
});

test('procfs notices at once a newcomer with a socket in the namespace', () => {
	proc.add(KTHREADD);
	addTraefik(41, HEADER + row(80, 'listen', 500) + row(81, 'listen', 502));
	const read = newReader();
	assert.equal(read(0)[0]?.isAlone, true);
	proc.add({pid: 50, comm: 'sidecar', exe: '/sidecar', fds: {3: 'socket:[502]'}, startTicks: 500});
	share(50, 41);
	assert.equal(read(1000)[0]?.isAlone, false);
});

test('procfs notices within 10 s that the last neighbour left', () => {
	proc.add(KTHREADD);
	addTraefik(41, HEADER + row(80, 'listen', 500) + row(81, 'listen', 502));
	proc.add({pid: 50, comm: 'sidecar', exe: '/sidecar', fds: {3: 'socket:[502]'}});
	share(50, 41);
	const read = newReader();
	assert.equal(read(0)[0]?.isAlone, false);
	proc.drop(50);
	assert.equal(read(10_000)[0]?.isAlone, true);
});
