import assert from 'node:assert/strict';
import {spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {readdirSync, readFileSync} from 'node:fs';
import {type TestContext, test} from 'node:test';
import {Fold} from '../../src/fold/fold.ts';
import {DEFAULT_MATCH} from '../../src/live/find.ts';
import {liveSource} from '../../src/live/live.ts';
import type {Server} from '../../src/reading.ts';
import {makeControlGroup, whyNoControlGroup} from '../lab/control-group.ts';
import {startTwoEnds, type TwoEnds, whyNoTwoEnds} from '../lab/two-ends.ts';

const skip = whyNoTwoEnds() ?? false;
const ADDRESS = '10.79.0.2:8080';

type Ends = TwoEnds & {
	/** Looks until the server of a backend is as wanted; the test's own time limit is the limit. */
	until(isIt: (server: Server | null) => boolean, address?: string): Promise<Server | null>;
};

function withEnds(title: string, body: (ends: Ends, t: TestContext) => Promise<void>): void {
	test(title, {skip}, async (t) => {
		const ends = await startTwoEnds();
		t.after(() => ends.remove());
		const live = liveSource({
			...{procRoot: '/proc', match: DEFAULT_MATCH, pids: [ends.clientPid]},
			...{intervalMs: 100, source: 'netlink'},
		});
		t.after(() => live.stop());
		const fold = new Fold();
		const looks = live[Symbol.asyncIterator]();
		await body(
			{
				...ends,
				async until(isIt, address = ADDRESS) {
					for (;;) {
						const {value, done} = await looks.next();
						if (done) throw new Error('the source ended');
						const server = fold.fold(value).snapshots[0]?.servers?.get(address) ?? null;
						if (isIt(server)) return server;
					}
				},
			},
			t,
		);
	});
}

withEnds(
	'the reader of other ends names the process behind a backend in another namespace, and follows its queue and its end',
	async (ends) => {
		const server = await ends.serve('server', '0.0.0.0', 8080);
		// the same address and port, elsewhere
		await ends.serve('twin', '10.79.0.2', 8080);
		await ends.tell('dial 10.79.0.2 8080 3');
		const found = await ends.until((each) => each !== null && each.closeWait !== null);
		assert.ok(found !== null);
		const {openFiles, openFilesLimit, startedAt, memoryBytes: _, memoryLimitBytes: _limit, ...said} = found;
		assert.deepEqual(said, {
			...{pid: server.pid, name: 'python3', state: 'S', isListening: true},
			...{acceptQueue: 0, acceptLimit: 8, closeWait: 0, unread: 0, accepted: 3},
			...{endedAt: null, restarts: 0, oomKill: null, oomKills: 0, workers: 1, forwardsTo: null},
			...{cpuPercent: said.cpuPercent, throttledPercent: said.throttledPercent, cpuLimit: said.cpuLimit},
		});
		assert.ok(openFiles !== null && openFiles >= 7 && (openFilesLimit ?? 0) >= openFiles);
		const age = Date.now() - (startedAt ?? 0);
		assert.ok(age > -1_500 && age < 60_000, `started ${age} ms ago`);
		server.kill('SIGSTOP');
		await ends.tell('dial 10.79.0.2 8080 5');
		const stopped = await ends.until((each) => each?.unread === 5);
		assert.equal(stopped?.state, 'T');
		assert.equal(stopped?.acceptQueue, 5);
		server.kill('SIGKILL');
		const ended = await ends.until((each) => each?.isListening === false);
		assert.deepEqual([ended?.pid, ended?.name, ended?.acceptQueue], [server.pid, 'python3', null]);
		assert.ok(ended?.endedAt != null && Math.abs(Date.now() - ended.endedAt) < 60_000);
		const next = await ends.serve('server', '0.0.0.0', 8080);
		await ends.tell('dial 10.79.0.2 8080 2');
		const again = await ends.until((each) => each?.isListening === true);
		assert.equal(again?.pid, next.pid);
		assert.deepEqual([again?.restarts, again?.endedAt], [1, null]);
	},
);

withEnds('the reader of other ends says that nothing listens where the namespace outlives the server', async (ends) => {
	ends.hold('server');
	const server = await ends.serve('server', '::', 8080);
	await ends.tell('dial 10.79.0.2 8080 2');
	const found = await ends.until((each) => each?.isListening === true);
	assert.equal(found?.pid, server.pid);
	server.kill('SIGKILL');
	const ended = await ends.until((each) => each?.isListening === false && each.state === null);
	assert.deepEqual([ended?.pid, ended?.name, ended?.openFiles], [server.pid, 'python3', null]);
});

withEnds('the reader of other ends counts the sockets that a server does not close', async (ends) => {
	await ends.serve('server', '10.79.0.2', 8080, {mode: 'leak'});
	await ends.tell('dial 10.79.0.2 8080 4');
	await ends.until((each) => each?.isListening === true);
	await ends.tell('end');
	await ends.until((each) => each?.closeWait === 4);
});

withEnds('the reader of other ends tells the server from its neighbours in the namespace of Traefik', async (ends) => {
	await ends.serve('client', '0.0.0.0', 8081);
	const server = await ends.serve('client', '0.0.0.0', 8080);
	await ends.tell('dial 127.0.0.1 8080 2');
	const found = await ends.until((each) => each !== null, '127.0.0.1:8080');
	assert.equal(found?.pid, server.pid);
});

withEnds('the reader of other ends does not take a reload of forty workers for a restart', async (ends) => {
	const server = await ends.serve('server', '0.0.0.0', 8080, {mode: 'workers'});
	const workers = () => readFileSync(`/proc/${server.pid}/task/${server.pid}/children`, 'latin1');
	await ends.tell('dial 10.79.0.2 8080 2');
	await ends.until((each) => each?.pid === server.pid);
	const before = workers();
	server.kill('SIGHUP');
	// forty are killed once forty others are there
	let looks = 0;
	await ends.until((each) => {
		assert.deepEqual([each?.pid, each?.restarts, each?.endedAt], [server.pid, 0, null]);
		const isReloaded = workers() !== before && workers().trim().split(' ').length === 40;
		return isReloaded && looks++ === 30;
	});
});

withEnds('the reader of other ends takes the listener that the kernel takes for IPv4', async (ends) => {
	// the older one is bound to IPv6 alone
	await ends.serve('server', '::', 8080, {name: 'v6only'});
	const server = await ends.serve('server', '0.0.0.0', 8080);
	await ends.tell('dial 10.79.0.2 8080 2');
	const found = await ends.until((each) => each !== null);
	assert.equal(found?.pid, server.pid);
});

withEnds('the reader of other ends says nothing of a backend behind address translation', async (ends, t) => {
	if (!ends.translate('10.79.0.9')) return t.skip('it needs nft and a kernel that translates addresses');
	await ends.serve('server', '0.0.0.0', 8080);
	// who listens at the very address that is dialled has none of the connections
	await ends.serve('twin', '0.0.0.0', 8080);
	await ends.tell('dial 10.79.0.9 8080 2');
	await ends.tell('dial 10.79.0.2 8080 2');
	await ends.until((each) => each !== null);
	assert.equal(await ends.until(() => true, '10.79.0.9:8080'), null);
});

withEnds(
	'the reader of other ends keeps what it found and closes the rest while namespaces come and go',
	async (ends, t) => {
		const server = await ends.serve('server', '0.0.0.0', 8080);
		await ends.tell('dial 10.79.0.2 8080 2');
		await ends.until((each) => each !== null);
		const before = readdirSync('/proc/self/fd').length;
		for (let round = 0; round < 4; round++) {
			const comers = Array.from({length: 8}, () => spawn('unshare', ['-n', 'sleep', '60'], {stdio: 'ignore'}));
			t.after(() => {
				for (const each of comers) each.kill('SIGKILL');
			});
			// a backend that is new has every namespace searched
			await ends.tell(`dial 127.0.0.${2 + round} 80 1`);
			for (let look = 0; look < 2; look++) {
				const found = await ends.until(() => true);
				assert.equal(found?.pid, server.pid);
			}
			const itself = await ends.until((each) => each !== null, `127.0.0.${2 + round}:80`);
			assert.equal(itself?.pid, ends.clientPid);
			const gone = comers.map((each) => once(each, 'exit'));
			for (const each of comers) each.kill('SIGKILL');
			await Promise.all(gone);
		}
		await ends.until(() => true);
		assert.ok(readdirSync('/proc/self/fd').length <= before + 2, 'sockets of namespaces are left open');
	},
);

withEnds(
	'the reader of other ends says nothing where the namespace of the backend may not be entered',
	async (ends, t) => {
		if (spawnSync('setpriv', ['--version']).status !== 0) return t.skip('it needs setpriv');
		await ends.serve('server', '0.0.0.0', 8080);
		await ends.tell('dial 10.79.0.2 8080 2');
		await ends.until((each) => each !== null);
		const text = `
import {Fold} from ${JSON.stringify(moduleOf('fold/fold.ts'))};
import {liveSource} from ${JSON.stringify(moduleOf('live/live.ts'))};
const live = liveSource({procRoot: '/proc', match: /x/, pids: [${ends.clientPid}], intervalMs: 100, source: 'auto'});
const {problem, snapshots} = new Fold().fold(live.look());
console.log(JSON.stringify([problem, snapshots[0]?.backends.length, [...(snapshots[0]?.servers?.keys() ?? [])]]));`;
		// root without its capabilities: it may read the code, and enter no namespace
		const bare = ['--bounding-set=-all', '--inh-caps=-all', process.execPath, '--input-type=module', '-e', text];
		const {stdout, stderr} = spawnSync('setpriv', bare, {encoding: 'utf8'});
		assert.equal(stdout.trim(), '[null,1,["traefik"]]', stderr);
	},
);

withEnds('the reader of other ends says that the kernel killed a server for memory', async (ends, t) => {
	const why = whyNoControlGroup('memory');
	if (why !== null) return t.skip(why);
	ends.hold('server');
	const server = await ends.serve('server', '0.0.0.0', 8080);
	const group = makeControlGroup('memory', 'oom');
	t.after(() => group.remove());
	group.limitMemory(64 << 20);
	group.add(server.pid ?? 0);
	await ends.tell('dial 10.79.0.2 8080 2');
	const limited = await ends.until((each) => each?.memoryLimitBytes === 64 << 20);
	assert.ok((limited?.memoryBytes ?? 0) > 0 && limited?.oomKill === null);
	server.kill('SIGUSR1');
	const killed = await ends.until((each) => each?.isListening === false && each.state === null);
	assert.deepEqual([killed?.pid, killed?.oomKill, (killed?.oomKills ?? 0) > 0], [server.pid, 'own', true]);
	await ends.serve('server', '0.0.0.0', 8080);
	await ends.tell('dial 10.79.0.2 8080 2');
	const again = await ends.until((each) => each?.isListening === true);
	assert.deepEqual([again?.restarts, again?.oomKill], [1, 'own']);
});

withEnds('the reader of other ends says how much of the time a server is throttled', async (ends, t) => {
	const why = whyNoControlGroup('cpu');
	if (why !== null) return t.skip(why);
	const server = await ends.serve('server', '0.0.0.0', 8080);
	const group = makeControlGroup('cpu', 'throttle');
	t.after(() => group.remove());
	group.limitCpu(0.05);
	group.add(server.pid ?? 0);
	await ends.tell('dial 10.79.0.2 8080 2');
	const idle = await ends.until((each) => each?.throttledPercent === 0);
	assert.equal(idle?.cpuLimit, 0.05);
	// it computes
	server.kill('SIGUSR2');
	const throttled = await ends.until((each) => (each?.throttledPercent ?? 0) > 50);
	assert.equal(throttled?.pid, server.pid);
	const busy = await ends.until((each) => (each?.cpuPercent ?? 0) > 0);
	assert.ok((busy?.cpuPercent ?? 100) < 50, `${busy?.cpuPercent} %`);
});

withEnds('the reader of other ends keeps its server while 20 containers a second come and go', async (ends, t) => {
	ends.hold('server');
	await ends.serve('server', '0.0.0.0', 8080);
	await ends.tell('dial 10.79.0.2 8080 1');
	await ends.until((each) => each?.isListening === true);
	let isOver = false;
	const coming = (async () => {
		for (let i = 0; i < 60 && !isOver; i++) {
			const comer = spawn('unshare', ['-n', 'sleep', '0.05'], {stdio: 'ignore'});
			t.after(() => comer.kill('SIGKILL'));
			await new Promise((next) => setTimeout(next, 50));
		}
	})();
	for (let look = 0; look < 25; look++) {
		const server = await ends.until(() => true);
		assert.deepEqual([server?.isListening, server?.restarts], [true, 0]);
	}
	isOver = true;
	await coming;
});

withEnds('where docker-proxy forwards to is told from its command line', async (ends) => {
	const words = '-proto tcp -host-ip 0.0.0.0 -host-port 8080 -container-ip 172.17.0.2 -container-port 80'.split(' ');
	await ends.serve('server', '0.0.0.0', 8080, {name: 'docker-proxy', words});
	await ends.tell('dial 10.79.0.2 8080 2');
	const proxy = await ends.until((each) => each?.isListening === true);
	assert.deepEqual([proxy?.name, proxy?.forwardsTo], ['docker-proxy', '172.17.0.2:80']);
});

withEnds('a hostile name of a process moves no cursor', async (ends) => {
	await ends.serve('server', '0.0.0.0', 8080, {name: '\u001b[2J\n\u202eevil %0a'});
	await ends.tell('dial 10.79.0.2 8080 2');
	const server = await ends.until((each) => each?.isListening === true);
	assert.match(server?.name ?? '', /evil/);
	assert.doesNotMatch(server?.name ?? '', /[\p{Cc}\p{Cf}]/u);
});

withEnds('an unrelated process on another port of the host is not taken for the server', async (ends) => {
	const server = await ends.serve('client', '127.0.0.1', 8080);
	const other = await ends.serve('client', '127.0.0.1', 8081);
	await ends.tell('dial 127.0.0.1 8080 2');
	await ends.until((each) => each?.pid === server.pid, '127.0.0.1:8080');
	server.kill('SIGKILL');
	const ended = await ends.until((each) => each?.isListening === false, '127.0.0.1:8080');
	assert.equal(ended?.pid, server.pid);
	assert.notEqual(ended?.pid, other.pid);
});

function moduleOf(path: string): string {
	return new URL(`../../src/${path}`, import.meta.url).href;
}
