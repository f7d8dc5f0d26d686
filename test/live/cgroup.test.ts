import assert from 'node:assert/strict';
import {mkdirSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {type TestContext, test} from 'node:test';
import {Cgroups, parseMembership, parseMounts, pathBelow} from '../../src/live/cgroup.ts';
import type {Process} from '../../src/live/find.ts';
import {type FakeProc, fakeProc} from './fake-proc.ts';

const V2_MOUNTS = '30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate';
const V1_MOUNTS = [
	'31 23 0:27 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw',
	'32 23 0:28 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct',
	'33 23 0:29 / /sys/fs/cgroup/memory rw shared:10 - cgroup cgroup rw,memory',
].join('\n');
const UNLIMITED = '9223372036854771712';

type Tree = {
	readonly proc: FakeProc;
	readonly cgroups: Cgroups;
	readonly process: Process;
	/** Files below the place where control groups are mounted. */
	put(files: Readonly<Record<string, string>>): void;
};

function treeOf(t: TestContext, membership: string, mounts: string): Tree {
	const proc = fakeProc();
	t.after(() => proc.remove());
	proc.add({pid: 1, comm: 'systemd', files: {mountinfo: `${mounts}\n`, cgroup: '0::/init.scope\n'}});
	proc.add({pid: 812, comm: 'gunicorn', files: {cgroup: `${membership}\n`}});
	return {
		proc,
		cgroups: new Cgroups(proc.root),
		process: {...{pid: 812, comm: 'gunicorn', ppid: 1, startTicks: 100, isKernelThread: false}} as Process,
		put(files) {
			for (const [name, text] of Object.entries(files)) {
				const path = join(proc.root, '1/root/sys/fs/cgroup', name);
				mkdirSync(dirname(path), {recursive: true});
				writeFileSync(path, text);
			}
		},
	};
}

const LAYOUTS: readonly (readonly [who: string, path: string])[] = [
	['Docker (systemd driver)', '/system.slice/docker-0f3a.scope'],
	['Docker (cgroupfs driver)', '/docker/0f3a'],
	['Podman', '/machine.slice/libpod-0f3a.scope/container'],
	[
		'containerd in Kubernetes',
		'/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1.slice/cri-containerd-0f3a.scope',
	],
	['a systemd service', '/system.slice/gunicorn.service'],
];
for (const [who, path] of LAYOUTS) {
	test(`of a process in a group of ${who}, limits, throttling and kills are read`, (t) => {
		const {cgroups, process, put} = treeOf(t, `0::${path}`, V2_MOUNTS);
		const stat = (throttled: number) => `usage_usec 1\nnr_periods 900\nnr_throttled ${throttled}\nthrottled_usec 5\n`;
		const name = path.slice(1);
		put({
			[`${name}/cpu.max`]: '25000 100000\n',
			[`${name}/cpu.stat`]: stat(100),
			[`${name}/memory.max`]: '536870912\n',
			[`${name}/memory.current`]: '400000000\n',
			[`${name}/memory.events`]: 'low 0\nhigh 0\nmax 3\noom 1\noom_kill 2\n',
		});
		const first = cgroups.use(process, 1_000);
		assert.deepEqual(first, {
			...{throttledPercent: null, cpuLimit: 0.25, memoryBytes: 400_000_000},
			...{memoryLimitBytes: 536_870_912, oomKills: 2},
		});
		put({[`${name}/cpu.stat`]: stat(109)});
		assert.equal(cgroups.use(process, 2_000)?.throttledPercent, 90);
	});
}

test('version 1 beside an empty version 2 says the same', (t) => {
	const membership = '9:memory:/docker/0f3a\n4:cpu,cpuacct:/docker/0f3a\n0::/docker/0f3a';
	const {cgroups, process, put} = treeOf(t, membership, V1_MOUNTS);
	put({
		'cpu,cpuacct/docker/0f3a/cpu.cfs_quota_us': '50000\n',
		'cpu,cpuacct/docker/0f3a/cpu.cfs_period_us': '100000\n',
		'cpu,cpuacct/docker/0f3a/cpu.stat': 'nr_periods 10\nnr_throttled 5\nthrottled_time 77\n',
		'cpu,cpuacct/docker/cpu.cfs_quota_us': '-1\n',
		'memory/docker/0f3a/memory.limit_in_bytes': `${UNLIMITED}\n`,
		'memory/docker/memory.limit_in_bytes': '1073741824\n',
		'memory/docker/0f3a/memory.usage_in_bytes': '5000\n',
		'memory/docker/0f3a/memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 7\n',
	});
	assert.deepEqual(cgroups.use(process, 0), {
		...{throttledPercent: null, cpuLimit: 0.5, memoryBytes: 5_000, memoryLimitBytes: 2 ** 30, oomKills: 7},
	});
});

test('a quota of a group above counts, the tightest one is told', (t) => {
	const {cgroups, process, put} = treeOf(t, '0::/a.slice/b.slice/c.scope', V2_MOUNTS);
	put({
		'a.slice/cpu.max': '200000 100000\n',
		'a.slice/cpu.stat': 'nr_throttled 0\n',
		'a.slice/b.slice/cpu.max': '30000 100000\n',
		'a.slice/b.slice/cpu.stat': 'nr_throttled 50\n',
		'a.slice/b.slice/c.scope/cpu.max': 'max 100000\n',
		'a.slice/b.slice/memory.max': '1000\n',
		'a.slice/b.slice/c.scope/memory.max': 'max\n',
		'a.slice/b.slice/c.scope/memory.current': '10\n',
	});
	cgroups.use(process, 0);
	put({'a.slice/b.slice/cpu.stat': 'nr_throttled 55\n'});
	const use = cgroups.use(process, 1_000);
	assert.deepEqual([use?.cpuLimit, use?.throttledPercent, use?.memoryLimitBytes], [0.3, 50, 1_000]);
});

test('a group without a quota is not throttled', (t) => {
	const {cgroups, process, put} = treeOf(t, '0::/user.slice', V2_MOUNTS);
	put({'user.slice/cpu.max': 'max 100000\n', 'user.slice/cpu.stat': 'nr_throttled 5\n'});
	assert.deepEqual(cgroups.use(process, 0), {
		...{throttledPercent: 0, cpuLimit: null, memoryBytes: null, memoryLimitBytes: null, oomKills: null},
	});
});

const LIES: readonly (readonly [what: string, files: Readonly<Record<string, string>>])[] = [
	['missing', {}],
	['empty', {'cpu.max': '', 'cpu.stat': '', 'memory.max': '', 'memory.events': ''}],
	['full of text', {'cpu.max': 'many lots\n', 'cpu.stat': 'nr_throttled often\n', 'memory.max': '\u001b[2J\n'}],
	['negative', {'cpu.max': '-5 100000\n', 'memory.max': '-1\n', 'memory.events': 'oom_kill -3\n'}],
	['divided by nothing', {'cpu.max': '5 0\n', 'cpu.stat': 'nr_throttled 5\n'}],
	['larger than a number holds exactly', {'memory.max': `${2 ** 53}\n`, 'memory.events': `oom_kill ${2 ** 53 + 2}\n`}],
	['of more digits than a number has', {'memory.max': `${'9'.repeat(40)}\n`, 'cpu.max': `${'9'.repeat(40)} 1\n`}],
];
for (const [what, files] of LIES) {
	test(`files that are ${what} say nothing`, (t) => {
		const {cgroups, process, put} = treeOf(t, '0::/x', V2_MOUNTS);
		put(Object.fromEntries(Object.entries(files).map(([name, text]) => [`x/${name}`, text])));
		assert.deepEqual(cgroups.use(process, 0), {
			...{throttledPercent: 0, cpuLimit: null, memoryBytes: null, memoryLimitBytes: null, oomKills: null},
		});
	});
}

test('a counter that runs backwards, or faster than time, gives no share above all of it', (t) => {
	const {cgroups, process, put} = treeOf(t, '0::/x', V2_MOUNTS);
	put({'x/cpu.max': '1000 100000\n', 'x/cpu.stat': 'nr_throttled 500\n'});
	cgroups.use(process, 0);
	put({'x/cpu.stat': 'nr_throttled 3\n'});
	assert.equal(cgroups.use(process, 1_000)?.throttledPercent, null);
	put({'x/cpu.stat': 'nr_throttled 90000\n'});
	assert.equal(cgroups.use(process, 2_000)?.throttledPercent, 100);
});

test('more groups than are watched take nothing from those that are', (t) => {
	const {proc, cgroups, process, put} = treeOf(t, '0::/x', V2_MOUNTS);
	put({'x/cpu.max': '1000 100000\n', 'x/cpu.stat': 'nr_throttled 100\n'});
	cgroups.use(process, 0);
	for (let pid = 10_000; pid < 11_100; pid++) {
		proc.addFile(pid, 'cgroup', `0::/y${pid}\n`);
		cgroups.use({...process, pid} as Process, 0);
	}
	put({'x/cpu.stat': 'nr_throttled 105\n'});
	assert.equal(cgroups.use(process, 1_000)?.throttledPercent, 50);
	assert.equal(cgroups.use({...process, pid: 11_099} as Process, 1_000), null);
	// room is made by those that nobody asked for
	cgroups.use(process, 61_001);
	cgroups.forgetOthers(61_001);
	assert.notEqual(cgroups.use({...process, pid: 11_099} as Process, 61_002), null);
});

test('a process that is gone has no group', (t) => {
	const {cgroups, process} = treeOf(t, '0::/x', V2_MOUNTS);
	assert.equal(cgroups.use({...process, pid: 999} as Process, 0), null);
});

test('a path that leads out of what is mounted is not followed', () => {
	assert.equal(pathBelow('/', '/../../etc', ''), null);
	assert.equal(pathBelow('/', '/../../x', '/../..'), '/x');
	assert.equal(pathBelow('/docker/a', '/docker/a', ''), '/');
	assert.equal(pathBelow('/docker/a', '/docker/a/b', ''), '/b');
	assert.equal(pathBelow('/docker/a', '/docker/ab', ''), null);
});

test('lines that are neither a membership nor a mount are left out', () => {
	assert.deepEqual(parseMembership('0::/a:b\nx\n3:cpu,cpuacct:/c\n:::\n'), [
		{controllers: [], path: '/a:b'},
		{controllers: ['cpu', 'cpuacct'], path: '/c'},
	]);
	const mounts = parseMounts(`${V2_MOUNTS}\nrubbish\n40 23 0:5 / /a\\040b rw - cgroup cgroup rw,cpu\n`, '/p');
	assert.deepEqual(
		mounts.map(({version, directory}) => [version, directory]),
		[
			[2, '/p/sys/fs/cgroup'],
			[1, '/p/a b'],
		],
	);
});
