/** What the reader of other ends does at which second: real sockets, a clock of the test's. */
import assert from 'node:assert/strict';
import type {ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import {type TestContext, test} from 'node:test';
import type {Process} from '../../src/live/find.ts';
import {OtherEnds} from '../../src/live/other-ends.ts';
import {parseEndpoint} from '../../src/parse/address.ts';
import type {Server} from '../../src/reading.ts';
import {parseStat} from '../../src/system/process-stat.ts';
import {startTwoEnds, type TwoEnds, whyNoTwoEnds} from '../lab/two-ends.ts';

const skip = whyNoTwoEnds() ?? false;
const ADDRESS = '10.79.0.2:8080';

type Looks = TwoEnds & {
	/** The processes that the reader knows of. */
	know(...children: ChildProcess[]): void;
	/** A second later, asked by connections that are open, by one that has ended, or by none. */
	look(how?: 'open' | 'ended' | 'none'): Server | null;
};

function withLooks(title: string, body: (looks: Looks, t: TestContext) => Promise<void>): void {
	test(title, {skip}, async (t) => {
		const ends = await startTwoEnds();
		t.after(() => ends.remove());
		const list = {processes: new Map<number, Process>(), changes: 0};
		const others = new OtherEnds('/proc', list);
		t.after(() => others.close());
		const asker = processOf(ends.clientPid);
		let clockMs = 0;
		await body(
			{
				...ends,
				know(...children) {
					list.processes = new Map(
						[asker, ...children.map(({pid}) => processOf(pid ?? 0))].map((each) => [each.pid, each]),
					);
					list.changes++;
				},
				look(how = 'open') {
					clockMs += 1_000;
					const {words, port} = endpointOf(ADDRESS);
					const local = how === 'open' ? openPorts(ends.clientPid) : how === 'ended' ? [1] : [];
					const connections = local.map((each) => ({words: endpointOf('10.79.0.1:1').words, port: each}));
					const backend = {address: ADDRESS, words, port, isInQuestion: false, connections: () => connections};
					return others.ask(asker, [backend], clockMs, Date.now()).get(ADDRESS) ?? null;
				},
			},
			t,
		);
	});
}

function endpointOf(text: string): {words: Uint32Array; port: number} {
	const endpoint = parseEndpoint(text);
	assert.ok(endpoint !== null);
	return endpoint;
}

function processOf(pid: number): Process {
	const stat = parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
	assert.ok(stat !== null);
	const {ppid, startTicks} = stat;
	return {pid, comm: 'python3', ppid, startTicks, isKernelThread: false, isTraefik: false, executable: null};
}

/** This end of the ESTABLISHED connections to port 8080. */
function openPorts(pid: number): number[] {
	const table = readFileSync(`/proc/${pid}/net/tcp`, 'latin1');
	return [...table.matchAll(/: [\dA-F]{8}:([\dA-F]{4}) [\dA-F]{8}:1F90 01 /g)].map(([, port]) =>
		Number.parseInt(port ?? '', 16),
	);
}

withLooks('an address that moves to another namespace is followed within eight looks', async (looks) => {
	const before = await looks.serve('server', '0.0.0.0', 8080);
	const after = await looks.serve('twin', '0.0.0.0', 8080);
	looks.know(before, after);
	await looks.tell('dial 10.79.0.2 8080 2');
	assert.equal(looks.look()?.pid, before.pid);
	looks.moveAddress();
	await looks.tell('end');
	await looks.tell('dial 10.79.0.2 8080 2');
	const pids = Array.from({length: 8}, () => looks.look()?.pid ?? null);
	assert.equal(pids.at(-1), after.pid, pids.join(' '));
	assert.equal(looks.look()?.restarts, 0);
});

withLooks('what is known of a server stays while connections end before they can be asked about', async (looks) => {
	const holder = looks.hold('server');
	const first = await looks.serve('server', '0.0.0.0', 8080);
	looks.know(holder, first);
	await looks.tell('dial 10.79.0.2 8080 2');
	assert.equal(looks.look()?.pid, first.pid);
	const ended = once(first, 'exit');
	first.kill('SIGKILL');
	await ended;
	looks.know(holder);
	assert.equal(looks.look('none')?.isListening, false);
	const second = await looks.serve('server', '0.0.0.0', 8080);
	looks.know(holder, second);
	await looks.tell('end');
	await looks.tell('dial 10.79.0.2 8080 2');
	const restarted = looks.look();
	assert.deepEqual([restarted?.pid, restarted?.restarts], [second.pid, 1]);
	for (let i = 0; i < 20; i++) looks.look('ended');
	// who was not found is searched for ever more seldom, every minute at last
	const again = Array.from({length: 61}, () => looks.look()).at(-1);
	assert.deepEqual([again?.pid, again?.restarts], [second.pid, 1]);
});

withLooks('a namespace is entered although those that were first in it have ended', async (looks) => {
	const gone = [looks.hold('server'), looks.hold('server'), looks.hold('server')];
	const server = await looks.serve('server', '0.0.0.0', 8080);
	looks.know(...gone, server);
	await looks.tell('dial 10.79.0.2 8080 2');
	assert.equal(looks.look('none'), null);
	const ended = gone.map((each) => once(each, 'exit'));
	for (const each of gone) each.kill('SIGKILL');
	await Promise.all(ended);
	assert.equal(looks.look()?.pid, server.pid);
});

withLooks('a namespace that nobody known is left in is entered as soon as somebody in it is known', async (looks) => {
	const going = looks.hold('server');
	const server = await looks.serve('server', '0.0.0.0', 8080);
	looks.know(going);
	await looks.tell('dial 10.79.0.2 8080 2');
	assert.equal(looks.look('none'), null);
	const ended = once(going, 'exit');
	going.kill('SIGKILL');
	await ended;
	assert.equal(looks.look(), null);
	looks.know(server);
	assert.equal(looks.look()?.pid, server.pid);
});
