/** The live source on a real Traefik in a network namespace of its own. */
import assert from 'node:assert/strict';
import {spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {Fold} from '../../src/fold/fold.ts';
import {type LiveSource, liveSource} from '../../src/live/live.ts';
import {TIME_WAIT} from '../../src/parse/tcp-state.ts';
import type {Tick} from '../../src/reading.ts';
import {type Lab, startLab} from '../lab/lab.ts';
import {whyNoLab} from '../lab/traefik-binary.ts';

const whyNot = whyNoLab() ?? false;

async function withLab(body: (lab: Lab, live: LiveSource) => Promise<void>): Promise<void> {
	const lab = await startLab({rate: 50});
	const live = liveSource({procRoot: '/proc', match: new RegExp(lab.match), pids: [], intervalMs: 100, source: 'text'});
	try {
		await body(lab, live);
	} finally {
		live.stop();
		await lab.stop();
	}
}

/** The first tick that `isIt`; the test's own time limit is the limit. */
async function until(live: LiveSource, isIt: (tick: Tick) => boolean): Promise<Tick> {
	for await (const tick of live) {
		if (isIt(tick)) return tick;
	}
	throw new Error('the source ended');
}

test('the live source reads a real Traefik that has its namespace to itself', {skip: whyNot}, () =>
	withLab(async (lab, live) => {
		const fold = new Fold();
		const used = new Set<string>();
		const tick = await until(live, (each) => {
			for (const {address, connections} of fold.fold(each).snapshots[0]?.backends ?? []) {
				if (connections.established > 0) used.add(address);
			}
			// The counters are read before the rows: the newest dials may be in the rows alone.
			return used.size === 3 && (each.readings[0]?.counters.activeOpens ?? 0) >= 3;
		});
		const [reading] = tick.readings;
		const {b1, b2, b3} = lab.backends;
		assert.deepEqual([...used].sort(), [b1.address, b2.address, b3.address].sort());
		assert.equal(reading?.instance.pid, lab.traefikPid);
		assert.equal(reading?.isAlone, true);
		assert.equal(reading?.descriptors, 'readable');
		assert.ok((reading?.openFiles?.open ?? 0) > 3);
		assert.ok(Math.abs((reading?.instance.startedAt ?? 0) - Date.now()) < 60_000);
	}),
);

test('the live source follows a Traefik that is killed and started again', {skip: whyNot}, () =>
	withLab(async (lab, live) => {
		const {traefikPid} = lab;
		await until(live, ({readings}) => readings[0]?.problem === null);
		process.kill(traefikPid, 'SIGKILL');
		const gone = await until(live, ({readings}) => readings.some(({problem}) => problem !== null));
		assert.deepEqual(
			gone.readings.map(({problem}) => problem),
			[`process ${traefikPid} is gone`],
		);
		await lab.restartTraefik();
		const back = await until(live, ({readings}) => readings.some(({problem}) => problem === null));
		assert.deepEqual(
			back.readings.map(({instance}) => instance.pid),
			[lab.traefikPid],
		);
		assert.notEqual(lab.traefikPid, traefikPid);
	}),
);

test('the live source reads the port range from inside the namespace, and stays outside', {skip: whyNot}, () =>
	withLab(async (lab, live) => {
		const namespace = readlinkSync('/proc/thread-self/ns/net');
		const enter = ['-t', `${lab.traefikPid}`, '-n'];
		const {status} = spawnSync('nsenter', [...enter, 'sysctl', '-w', 'net.ipv4.ip_local_port_range=20000 20100']);
		assert.equal(status, 0);
		const [reading] = live.look().readings;
		assert.deepEqual(reading?.ports, {low: 20000, high: 20100, isAssumed: false});
		assert.equal(readlinkSync('/proc/thread-self/ns/net'), namespace);
	}),
);

/** Sockets that this process holds open: netlink ones, here. */
function openSockets(): number {
	return readdirSync('/proc/self/fd').filter((fd) => {
		try {
			return readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:');
		} catch {
			return false; // the listing's own
		}
	}).length;
}

test(
	'the live source reads by netlink what the text tables say, and lets go of the namespace when Traefik is gone',
	{skip: whyNot},
	() =>
		withLab(async (lab, text) => {
			lab.setRate(0);
			const match = new RegExp(lab.match);
			const before = openSockets();
			const netlink = liveSource({procRoot: '/proc', match, pids: [], intervalMs: 100, source: 'netlink'});
			let isKilled = false;
			for await (const tick of netlink) {
				if (isKilled && tick.readings.every(({problem}) => problem !== null)) {
					assert.equal(openSockets(), before);
					break;
				}
				if (isKilled || inodesOf(tick).join() !== inodesOf(text.look()).join()) continue;
				// one that answers, one that is told of connections that end
				assert.equal(openSockets(), before + 2);
				isKilled = process.kill(lab.traefikPid, 'SIGKILL');
			}
		}),
);

/** Takes the name that --match looks for, listens, and dials itself. */
const TWIN = `const server = require('net').createServer(() => {}).listen(0, '127.0.0.1', () => {
	require('net').connect(server.address().port, '127.0.0.1', () => console.log(server.address().port));
});
process.title = process.argv[1];`;

test('the live source reads the namespace that two instances share once, and tells their sockets apart', async () => {
	const name = `traefik_${process.pid}`;
	const twins = [0, 1].map(() => spawn(process.execPath, ['-e', TWIN, name], {stdio: ['ignore', 'pipe', 'inherit']}));
	try {
		const ports = await Promise.all(twins.map(async ({stdout}) => `${(await once(stdout, 'data'))[0]}`.trim()));
		const before = openSockets();
		const live = liveSource({
			procRoot: '/proc',
			match: new RegExp(`^${name}$`),
			pids: [],
			intervalMs: 1000,
			source: 'auto',
		});
		const tick = live.look();
		assert.equal(openSockets(), before + (tick.readings[0]?.rowSource === 'netlink' ? 2 : 0));
		const {snapshots} = new Fold().fold(tick);
		const seen = snapshots.map(({listeners, backends}) => [...listeners, ...backends].map(({address}) => address));
		assert.deepEqual(seen.sort(), ports.map((port) => [`127.0.0.1:${port}`, `127.0.0.1:${port}`]).sort());
		assert.deepEqual(
			tick.readings.map(({isAlone}) => isAlone),
			[false, false],
		);
	} finally {
		for (const twin of twins) twin.kill();
	}
});

function inodesOf({readings}: Tick): number[] {
	const inodes: number[] = [];
	readings[0]?.visit(({inode, state}) => {
		if (inode > 0 && state !== TIME_WAIT) inodes.push(inode);
	});
	return inodes.sort((a, b) => a - b);
}

const WATCH = fileURLToPath(new URL('watch-live.ts', import.meta.url));
const canTrace = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;
const whyNoTrace = canTrace ? false : 'it needs strace and the right to trace';

/** The families of the sockets that reading this process three times makes. */
function socketFamilies(source: 'text' | 'auto'): string[] {
	const directory = mkdtempSync(join(tmpdir(), 'traefik-top-strace-'));
	try {
		const trace = ['-f', '-e', 'trace=socket,socketpair,connect', '-o', join(directory, 'calls')];
		const {status, stderr} = spawnSync('strace', [...trace, process.execPath, WATCH, source, `${process.pid}`]);
		assert.equal(status, 0, `${stderr}`);
		const calls = readFileSync(join(directory, 'calls'), 'utf8');
		return [...calls.matchAll(/\bAF_\w+/g)].map(([family]) => family);
	} finally {
		rmSync(directory, {recursive: true});
	}
}

test('the live source makes no socket at all with --source text', {skip: whyNoTrace}, () => {
	assert.deepEqual(socketFamilies('text'), []);
});

test('the live source makes no socket but netlink ones by default', {skip: whyNoTrace}, () => {
	const others = socketFamilies('auto').filter((family) => family !== 'AF_NETLINK');
	assert.deepEqual(others, []);
});

/** As a user who may read nothing of ours. */
function runAsNobody(args: string[]): ReturnType<typeof spawnSync> {
	return spawnSync(process.execPath, args, {encoding: 'utf8', uid: 65534, gid: 65534});
}
const isRoot = process.getuid?.() === 0;
const canBeNobody = isRoot && runAsNobody(['--check', WATCH]).status === 0;

test('the live source says denied and not alone to another user', {
	skip: canBeNobody ? false : 'it needs root and a checkout that nobody may read',
}, () => {
	const {stdout, stderr} = runAsNobody([WATCH, 'text', `${process.pid}`]);
	assert.match(`${stdout}`, /^denied, alone (?:null|false), /, `${stderr}`);
});
