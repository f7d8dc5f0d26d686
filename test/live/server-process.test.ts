import assert from 'node:assert/strict';
import {type TestContext, test} from 'node:test';
import {Cgroups} from '../../src/live/cgroup.ts';
import type {Process} from '../../src/live/find.ts';
import {dockerProxyTarget, ProcessReader, ServerHistory, serverName} from '../../src/live/server-process.ts';
import {type FakeProc, fakeProc} from './fake-proc.ts';

const NAMES: readonly (readonly [comm: string, executable: string | null, cmdline: string, name: string])[] = [
	['nginx', '/usr/sbin/nginx', 'nginx: worker process', 'nginx'],
	['python3', '/usr/bin/python3.12', 'python3 /usr/bin/gunicorn -w 4 app:app', 'gunicorn'],
	['python', null, 'python -u -m http.server 80', 'http.server'],
	['python3', null, 'python3 -X dev -W ignore run.py', 'run'],
	['python3', null, 'python3 -c print(1)', 'python3'],
	['python3', null, 'python3', 'python3'],
	['gunicorn: maste', null, 'gunicorn: master [app]', 'gunicorn: maste'],
	['node', '/usr/bin/node', 'node --require x /srv/api/server.mjs', 'server'],
	['MainThread', '/usr/bin/node', 'node --inspect api.js', 'api'],
	['MainThread', '/opt/api', '/opt/api --port 80', 'api'],
	['MainThread', `/opt/${'x'.repeat(200)}`, '', 'x'.repeat(64)],
	['java', '/usr/bin/java', 'java -Xmx1g -jar /opt/shop.jar --x', 'shop'],
	['java', '/usr/bin/java', 'java -cp a:b com.acme.Main', 'com.acme.Main'],
	['ruby', null, 'ruby /usr/bin/puma', 'puma'],
	['python3', null, 'python3 \u001b[2J', 'python3'],
	['evil\u001b[2J', null, '', 'evil[2J'],
];
for (const [comm, executable, cmdline, name] of NAMES) {
	test(`${JSON.stringify(comm)} with ${JSON.stringify(cmdline)} is called ${name}`, () => {
		assert.equal(serverName(comm, executable, cmdline.split(' ')), name);
	});
}

test('docker-proxy says where it forwards to, and nothing else does', () => {
	const line = (text: string) => text.split(' ').join('\0');
	const usual =
		'/usr/bin/docker-proxy -proto tcp -host-ip 0.0.0.0 -host-port 8080 -container-ip 172.17.0.2 -container-port 80';
	assert.equal(dockerProxyTarget(line(usual)), '172.17.0.2:80');
	assert.equal(dockerProxyTarget(line('docker-proxy --container-ip fd00::2 --container-port 80')), '[fd00::2]:80');
	for (const other of ['docker-proxy', 'docker-proxy -container-ip', 'x -container-ip \u001b[2J -container-port 80']) {
		assert.equal(dockerProxyTarget(line(other)), null);
	}
});

type Stage = {
	readonly proc: FakeProc;
	readonly history: ServerHistory;
	/** A process that holds the listening socket. */
	holder(pid: number, startTicks: number, part?: {comm?: string; state?: string; ppid?: number}): Process;
	readonly tick: (seconds: number) => {clockMs: number; time: number; machineOomKills: number | null};
	setKills(kills: {own?: number; machine?: number}): void;
};

function stageOf(t: TestContext): Stage {
	const proc = fakeProc();
	t.after(() => proc.remove());
	proc.add({
		pid: 1,
		comm: 'systemd',
		files: {mountinfo: '30 23 0:26 / /cg rw - cgroup2 cgroup2 rw\n', cgroup: '0::/init.scope\n'},
	});
	proc.addFile(1, 'root/cg/x/memory.events', 'oom_kill 0\n');
	let machine = 0;
	return {
		proc,
		history: new ServerHistory(new ProcessReader(proc.root, new Cgroups(proc.root))),
		holder(pid, startTicks, {comm = 'gunicorn', state = 'S', ppid = 1} = {}) {
			proc.add({pid, comm, startTicks, state, ppid, files: {cgroup: '0::/x\n', limits: ''}});
			return {pid, comm, ppid, startTicks, isKernelThread: false, executable: null} as unknown as Process;
		},
		tick: (seconds) => ({
			clockMs: seconds * 1_000,
			time: 1_795_000_000_000 + seconds * 1_000,
			machineOomKills: machine,
		}),
		setKills({own, machine: all}) {
			if (own !== undefined) proc.addFile(1, 'root/cg/x/memory.events', `oom_kill ${own}\n`);
			if (all !== undefined) machine = all;
		},
	};
}

test('the process that listens is followed through its end and its successor', (t) => {
	const {proc, history, holder, tick} = stageOf(t);
	const first = holder(812, 100);
	const alive = history.listening([first], tick(0));
	assert.deepEqual(
		[alive.pid, alive.name, alive.state, alive.restarts, alive.endedAt, alive.workers],
		[812, 'gunicorn', 'S', 0, null, 1],
	);
	proc.drop(812);
	const ended = history.notListening(tick(5));
	assert.deepEqual([ended.pid, ended.state, ended.endedAt, ended.oomKill], [812, null, tick(5).time, null]);
	assert.equal(history.notListening(tick(9)).endedAt, tick(5).time);
	const again = history.listening([holder(900, 700)], tick(12));
	assert.deepEqual([again.pid, again.restarts, again.endedAt], [900, 1, null]);
	proc.drop(900);
	assert.equal(history.listening([holder(901, 900)], tick(20)).restarts, 2);
	assert.equal(history.listening([], tick(21)).restarts, 2);
	// those of more than five minutes ago are no longer counted
	const late = holder(901, 900);
	assert.equal(history.listening([late], tick(12 + 299)).restarts, 2);
	assert.equal(history.listening([late], tick(12 + 301)).restarts, 1);
});

test('kills in another control group are not those of the process before', (t) => {
	const {proc, history, holder, tick} = stageOf(t);
	proc.addFile(1, 'root/cg/y/memory.events', 'oom_kill 3\n');
	const first = holder(812, 100);
	history.listening([first, holder(813, 200)], tick(0));
	// the older one is stopped, and the younger one is shown, which runs elsewhere
	proc.add({pid: 812, comm: 'gunicorn', startTicks: 100, state: 'T', ppid: 1, files: {cgroup: '0::/x\n', limits: ''}});
	proc.add({pid: 813, comm: 'gunicorn', startTicks: 200, state: 'S', ppid: 1, files: {cgroup: '0::/y\n', limits: ''}});
	const other = {...first, pid: 813, startTicks: 200};
	const shown = history.listening([first, other], tick(1));
	assert.deepEqual([shown.pid, shown.oomKills], [813, 0]);
	// where its number is another's by now
	proc.add({pid: 813, comm: 'sh', startTicks: 9_000, state: 'S', ppid: 1, files: {cgroup: '0::/x\n', limits: ''}});
	assert.equal(history.notListening(tick(20)).oomKill, null);
});

test('the pid of another process is not taken for the one before', (t) => {
	const {history, holder, tick} = stageOf(t);
	history.listening([holder(812, 100)], tick(0));
	// the number is used again
	holder(812, 5_000);
	const ended = history.notListening(tick(1));
	assert.deepEqual([ended.pid, ended.state, ended.endedAt], [812, null, tick(1).time]);
});

test('workers that come and go under one parent are not restarts', (t) => {
	const {proc, history, holder, tick} = stageOf(t);
	const parent = holder(812, 100);
	const facts = history.listening([parent, holder(813, 101, {ppid: 812}), holder(814, 102, {ppid: 812})], tick(0));
	assert.deepEqual([facts.workers, facts.pid], [2, 812]);
	proc.drop(813);
	const after = history.listening([parent, holder(815, 400, {ppid: 812}), holder(814, 102, {ppid: 812})], tick(1));
	assert.deepEqual([after.restarts, after.workers, after.pid], [0, 2, 812]);
});

test('a socket that another process has been handed is no restart, unless systemd keeps the socket', (t) => {
	const {proc, history, holder, tick} = stageOf(t);
	const held = (...sockets: number[]) => ({sockets, isWhole: true});
	history.listening([holder(812, 100)], tick(0), held(7, 8));
	proc.drop(812);
	// nobody was found yet who holds it
	assert.equal(history.listening([], tick(1), held(8, 9)).restarts, 0);
	const after = history.listening([holder(900, 400)], tick(2), held(8, 9));
	assert.deepEqual([after.pid, after.restarts, after.endedAt], [900, 0, null]);
	proc.drop(900);
	const again = history.listening([holder(950, 700)], tick(3), held(10));
	assert.deepEqual([again.pid, again.restarts], [950, 1]);
	const systemd = {pid: 1, comm: 'systemd', ppid: 0, startTicks: 1, isKernelThread: false} as unknown as Process;
	history.listening([systemd, holder(950, 700)], tick(4), held(10));
	proc.drop(950);
	assert.equal(history.listening([systemd, holder(960, 900)], tick(5), held(10)).restarts, 2);
});

test('workers and their CPU are not told while not everybody was looked at', (t) => {
	const {history, holder, tick} = stageOf(t);
	const both = [holder(812, 100), holder(813, 101)];
	history.listening(both, tick(0));
	const whole = history.listening(both, tick(1));
	assert.deepEqual([whole.workers, whole.cpuPercent], [2, 0]);
	const part = history.listening(both, tick(2), {sockets: [], isWhole: false});
	assert.deepEqual([part.pid, part.workers, part.cpuPercent], [812, null, null]);
});

test('a server is stopped when all that listen there are', (t) => {
	const {history, holder, tick} = stageOf(t);
	const both = (a: string, b: string) => [holder(812, 100, {state: a}), holder(813, 101, {state: b})];
	assert.equal(history.listening(both('T', 'S'), tick(0)).state, 'S');
	assert.equal(history.listening(both('T', 't'), tick(1)).state, 'T');
});

test('a process killed for memory in its control group is distinguished from one that ended beside it', (t) => {
	for (const [kills, expected] of [
		[{own: 1, machine: 1}, 'own'],
		[{machine: 1}, 'machine'],
		[{}, null],
	] as const) {
		const {proc, history, holder, tick, setKills} = stageOf(t);
		history.listening([holder(812, 100)], tick(0));
		// the control group is there as long as another process is in it
		setKills(kills);
		const other = holder(813, 50);
		proc.drop(812);
		const ended = history.notListening(tick(1));
		assert.deepEqual([ended.oomKill, ended.endedAt], [expected, tick(1).time], JSON.stringify(kills));
		assert.equal(other.pid, 813);
	}
});

test('a zombie has ended', (t) => {
	const {history, holder, tick} = stageOf(t);
	history.listening([holder(812, 100)], tick(0));
	holder(812, 100, {state: 'Z'});
	const ended = history.notListening(tick(1));
	assert.deepEqual([ended.state, ended.endedAt], ['Z', tick(1).time]);
});

test('systemd keeps the socket of what it starts on demand, and is not named for it', (t) => {
	const {history, holder, tick} = stageOf(t);
	const systemd = {pid: 1, comm: 'systemd', ppid: 0, startTicks: 1, isKernelThread: false} as unknown as Process;
	assert.equal(history.listening([systemd, holder(812, 100)], tick(0)).pid, 812);
});

test('thousands of processes that come and go leave a bounded memory of restarts', (t) => {
	const {proc, history, holder, tick} = stageOf(t);
	let facts = history.listening([holder(1_000, 1_000)], tick(0));
	for (let i = 1; i < 300; i++) {
		proc.drop(1_000 + i - 1);
		facts = history.listening([holder(1_000 + i, 1_000 + i)], tick(i / 20));
	}
	assert.ok(facts.restarts !== null && facts.restarts >= 64 && facts.restarts <= 300, `${facts.restarts}`);
});
