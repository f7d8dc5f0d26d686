import assert from 'node:assert/strict';
import {type ChildProcess, execFileSync, spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {copyFileSync, existsSync, mkdtempSync, rmSync, symlinkSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {DEFAULT_MATCH, Finder} from '../../src/live/find.ts';
import {fakeProc} from './fake-proc.ts';

const proc = fakeProc();
after(() => proc.remove());

function finder(match: RegExp = DEFAULT_MATCH, pids: number[] = []): Finder {
	return new Finder({procRoot: proc.root, match, pids});
}

function pidsOf(found: Finder, clockMs: number): number[] {
	return found.find(clockMs).map((process) => process.pid);
}

const taken: [what: string, comm: string, exe: string, match?: RegExp][] = [
	['the binary', 'traefik', '/usr/local/bin/traefik'],
	['a release named by platform', 'traefik_linux-a', '/opt/traefik_linux-amd64'],
	['a renamed process', 'edge', '/usr/local/bin/traefik'],
	['a process that took the name', 'traefik', '/usr/bin/python3.11'],
	['a binary replaced by an upgrade', 'x', '/usr/local/bin/traefik (deleted)'],
	['a long name by --match', 'traefik-forward', '/bin/traefik-forward-auth', /^traefik-forward-auth$/],
];
for (const [what, comm, exe, match] of taken) {
	test(`the search takes ${what}`, () => {
		proc.clear();
		proc.add({pid: 41, comm, exe});
		assert.deepEqual(pidsOf(finder(match), 0), [41]);
	});
}

const left: [what: string, comm: string, exe: string, match?: RegExp][] = [
	['an editor on its file', 'vim', '/usr/bin/vim'],
	['traefik-forward-auth, whose name is cut', 'traefik-forward', '/bin/traefik-forward-auth'],
	[
		'a cut name that matches where the whole does not',
		'traefik-forward',
		'/x/traefik-forward-auth',
		/^traefik-forward$/,
	],
	['another traefik-top', 'traefik-top', '/usr/bin/node', /traefik/],
	['a shell script of that name', 'traefik', '/usr/bin/bash'],
];
for (const [what, comm, exe, match] of left) {
	test(`${what} is not Traefik`, () => {
		proc.clear();
		proc.add({pid: 41, comm, exe});
		assert.deepEqual(pidsOf(finder(match), 0), []);
	});
}

for (const file of ['stat', 'cmdline']) {
	test(`the search does not wait for a pipe or read a device in the place of ${file}`, () => {
		for (const make of [
			(path: string) => execFileSync('mkfifo', [path]),
			(path: string) => symlinkSync('/dev/zero', path),
		]) {
			proc.clear();
			proc.add({pid: 41, comm: 'x'});
			const path = join(proc.root, '41', file);
			rmSync(path, {force: true});
			make(path);
			assert.deepEqual(pidsOf(finder(), 0), []);
		}
	});
}

test('a zombie is left out', () => {
	proc.clear();
	proc.add({pid: 41, comm: 'traefik', exe: '/bin/traefik', state: 'Z'});
	assert.deepEqual(pidsOf(finder(), 0), []);
});

test('a kernel thread is left out', () => {
	proc.clear();
	proc.add({pid: 41, comm: 'traefik', flags: 0x00200040});
	assert.deepEqual(pidsOf(finder(), 0), []);
});

test('a name may hold spaces and parentheses', () => {
	proc.clear();
	proc.add({pid: 41, comm: 'a) S (b', exe: '/bin/traefik'});
	assert.deepEqual(finder().find(0)[0]?.comm, 'a) S (b');
});

test('--pid takes that process, whatever its name, and no other', () => {
	proc.clear();
	proc.add({pid: 41, comm: 'traefik', exe: '/bin/traefik'});
	proc.add({pid: 42, comm: 'envoy', exe: '/bin/envoy'});
	assert.deepEqual(pidsOf(finder(DEFAULT_MATCH, [42]), 0), [42]);
});

test('the search finds a process that appears, at the next look, and forgets one that vanishes', () => {
	proc.clear();
	proc.add({pid: 41, comm: 'traefik', exe: '/bin/traefik'});
	const watched = finder();
	assert.deepEqual(pidsOf(watched, 0), [41]);
	proc.add({pid: 42, comm: 'traefik', exe: '/bin/traefik'});
	assert.deepEqual(pidsOf(watched, 1000), [41, 42]);
	proc.drop(41);
	assert.deepEqual(pidsOf(watched, 2000), [42]);
});

test('a young shell that becomes Traefik by exec is found', () => {
	proc.clear();
	proc.add({pid: 40, comm: 'traefik', exe: '/bin/traefik'});
	const watched = finder();
	watched.find(0);
	proc.add({pid: 41, comm: 'sh', exe: '/bin/dash', startTicks: 500});
	assert.deepEqual(pidsOf(watched, 1000), [40]);
	proc.add({pid: 41, comm: 'traefik', exe: '/bin/traefik', startTicks: 500});
	assert.deepEqual(pidsOf(watched, 5999), [40, 41]);
});

test('an old process that becomes Traefik is found within 10 s', () => {
	proc.clear();
	proc.add({pid: 40, comm: 'traefik', exe: '/bin/traefik'});
	for (let pid = 100; pid < 200; pid++) proc.add({pid, comm: 'sh', exe: '/bin/dash'});
	const watched = finder();
	watched.find(0);
	for (let pid = 100; pid < 200; pid += 33) proc.add({pid, comm: 'traefik', exe: '/bin/traefik'});
	assert.ok(pidsOf(watched, 1000).length < 5);
	for (let ms = 2000; ms < 10_000; ms += 1000) watched.find(ms);
	assert.deepEqual(pidsOf(watched, 10_000), [40, 100, 133, 166, 199]);
});

test('a reused pid is another process', () => {
	proc.clear();
	proc.add({pid: 41, comm: 'traefik', exe: '/bin/traefik', startTicks: 100});
	const watched = finder();
	assert.equal(watched.find(0)[0]?.startTicks, 100);
	proc.add({pid: 41, comm: 'traefik', exe: '/bin/traefik', startTicks: 900});
	assert.equal(watched.find(1000)[0]?.startTicks, 900);
	proc.add({pid: 41, comm: 'sleep', exe: '/bin/sleep', startTicks: 950});
	assert.deepEqual(pidsOf(watched, 2000), []);
});

test('the search says what it looked for when it finds none', () => {
	proc.clear();
	proc.add({pid: 7, comm: 'vim', exe: '/usr/bin/vim'});
	const watched = finder();
	watched.find(0);
	assert.equal(
		watched.whyNone(),
		`no Traefik process found: the only process in ${proc.root} does not match ^traefik(_.*)?$`,
	);
});

test('the search says that a process named by --pid does not exist', () => {
	proc.clear();
	proc.add({pid: 7, comm: 'vim', exe: '/usr/bin/vim'});
	const watched = finder(DEFAULT_MATCH, [99]);
	watched.find(0);
	assert.equal(watched.whyNone(), 'no process 99');
});

test('the search says that there is no /proc', () => {
	const watched = new Finder({procRoot: '/nonexistent/proc', match: DEFAULT_MATCH, pids: []});
	assert.deepEqual(watched.find(0), []);
	assert.match(watched.whyNone(), /^\/nonexistent\/proc does not exist: the live view needs Linux/);
});

test('the search finds a real process by its executable, and sees it end', {
	skip: !existsSync('/proc/self') && 'no /proc',
}, async () => {
	const directory = mkdtempSync(join(tmpdir(), 'traefik-top-find-'));
	copyFileSync('/bin/sleep', join(directory, 'traefik'));
	const child: ChildProcess = spawn(join(directory, 'traefik'), ['60']);
	try {
		await once(child, 'spawn');
		const watched = new Finder({procRoot: '/proc', match: DEFAULT_MATCH, pids: []});
		const isFound = (ms: number) => watched.find(ms).some((process) => process.pid === child.pid);
		assert.ok(isFound(0));
		child.kill();
		await once(child, 'exit');
		assert.ok(!isFound(1000));
	} finally {
		child.kill('SIGKILL');
		rmSync(directory, {recursive: true});
	}
});

const FINDER = new URL('../../src/live/find.ts', import.meta.url).href;
const LOOK = `import {DEFAULT_MATCH, Finder} from '${FINDER}';
const finder = new Finder({procRoot: '/mnt', match: /^no such process$/, pids: []});
finder.find(0);
console.log(finder.whyNone());`;
const NOBODY = 'setpriv --reuid=65534 --regid=65534 --clear-groups';

const LOOK_FOR_ONE = `import {DEFAULT_MATCH, Finder} from '${FINDER}';
const finder = new Finder({procRoot: '/mnt', match: DEFAULT_MATCH, pids: [1]});
finder.find(0);
console.log(finder.whyNone());`;

const hidden: [hidepid: string, user: string, run: string, isHidden: boolean][] = [
	['1', 'another user', NOBODY, true],
	['2', 'another user', NOBODY, true],
	['0', 'another user', NOBODY, false],
	['2', 'root', '', false],
];
const asNobody = ['-m', ...NOBODY.split(' '), process.execPath, '--input-type=module', '-e', `import '${FINDER}';`];
const mayMount = process.getuid?.() === 0 && spawnSync('unshare', asNobody).status === 0;
for (const [hidepid, user, run, isHidden] of hidden) {
	const title = `the search says ${isHidden ? '' : 'nothing '}of hidden processes with hidepid=${hidepid} to ${user}`;
	test(title, {skip: mayMount ? false : 'it needs root, unshare, setpriv and a checkout that nobody may read'}, () => {
		const script = `mount -t proc -o hidepid=${hidepid} proc /mnt && exec ${run} "$0" --input-type=module -e "$1"`;
		const {stdout, stderr} = spawnSync('unshare', ['-m', 'sh', '-c', script, process.execPath, LOOK], {
			encoding: 'utf8',
		});
		assert.match(stdout, /^no Traefik process found/, stderr);
		assert.equal(stdout.includes('hidepid'), isHidden);
	});
}

test('the search says of a hidden process that it may be hidden, not that there is none', {
	skip: mayMount ? false : 'it needs root, unshare, setpriv and a checkout that nobody may read',
}, () => {
	const script = `mount -t proc -o hidepid=2 proc /mnt && exec ${NOBODY} "$0" --input-type=module -e "$1"`;
	const {stdout, stderr} = spawnSync('unshare', ['-m', 'sh', '-c', script, process.execPath, LOOK_FOR_ONE], {
		encoding: 'utf8',
	});
	assert.match(stdout, /^process 1 cannot be seen: it has ended, or belongs to another user and is hidden/, stderr);
});
