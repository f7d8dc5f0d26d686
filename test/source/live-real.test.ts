/** The live source on a real Traefik in a network namespace of its own. */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {Fold} from '../../src/fold.ts';
import type {Tick} from '../../src/reading.ts';
import {type LiveSource, liveSource} from '../../src/source/live.ts';
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

test('it reads a real Traefik that has its namespace to itself', {skip: whyNot}, () =>
	withLab(async (lab, live) => {
		const fold = new Fold();
		const used = new Set<string>();
		const tick = await until(live, (each) => {
			for (const {address, connections} of fold.fold(each).snapshots[0]?.backends ?? []) {
				if (connections.established > 0) used.add(address);
			}
			return used.size === 3;
		});
		const [reading] = tick.readings;
		const {b1, b2, b3} = lab.backends;
		assert.deepEqual([...used].sort(), [b1.address, b2.address, b3.address].sort());
		assert.equal(reading?.instance.pid, lab.traefikPid);
		assert.equal(reading?.isAlone, true);
		assert.equal(reading?.descriptors, 'readable');
		assert.ok((reading?.counters.activeOpens ?? 0) >= 3);
		assert.ok((reading?.openFiles?.open ?? 0) > 3);
		assert.ok(Math.abs((reading?.instance.startedAt ?? 0) - Date.now()) < 60_000);
	}),
);

test('it follows a Traefik that is killed and started again', {skip: whyNot}, () =>
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

test('it makes no socket at all with --source text', {skip: whyNoTrace}, () => {
	assert.deepEqual(socketFamilies('text'), []);
});

test('it makes no socket but netlink ones by default', {skip: whyNoTrace}, () => {
	const others = socketFamilies('auto').filter((family) => family !== 'AF_NETLINK');
	assert.deepEqual(others, []);
});

test('it says denied and not alone to another user', {skip: process.getuid?.() === 0 ? false : 'it needs root'}, () => {
	const {stdout, stderr} = spawnSync(process.execPath, [WATCH, 'text', `${process.pid}`], {
		encoding: 'utf8',
		uid: 65534,
		gid: 65534,
	});
	assert.match(stdout, /^denied, alone (?:null|false), /, stderr);
});
