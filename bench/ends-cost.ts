/**
`npx node bench/ends-cost.ts [TRAEFIKS] [BACKENDS] [NAMESPACES]` (root, ip, python3): what a look costs where every
Traefik dials backends whose other ends are on this machine, with and without reading these, in alternating ticks of
one run. Beside them are as many network namespaces with a process that has nothing to do with any backend.
*/
import {type ChildProcess, spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {setTimeout as sleep} from 'node:timers/promises';
import {Fold} from '../src/fold/fold.ts';
import {DEFAULT_MATCH} from '../src/live/find.ts';
import {liveSource} from '../src/live/live.ts';
import type {Tick} from '../src/reading.ts';

const [traefiks = 30, backends = 10, others = 160] = process.argv.slice(2).map(Number);
const CONNECTIONS = 5;
const ROUNDS = 15;

const SERVER = `
import socket, threading
s = socket.create_server(('0.0.0.0', 8080), backlog=64)
def serve(c):
    while c.recv(4096): c.sendall(b'ok')
print('ready', flush=True)
while True:
    c, _ = s.accept()
    threading.Thread(target=serve, args=(c,), daemon=True).start()
`;
const CLIENT = `
import socket, sys, time
own = socket.create_server(('0.0.0.0', 80))
open_ = [socket.create_connection(('10.80.1.%d' % b, 8080)) for b in range(1, ${backends} + 1) for _ in range(${CONNECTIONS})]
print('ready', flush=True)
while True:
    for c in open_:
        c.sendall(b'hello'); c.recv(16)
    time.sleep(1)
`;

const prefix = `cost-${process.pid}`;
const spaces: string[] = [];
const children: ChildProcess[] = [];

function run(...args: string[]): void {
	const {status, stderr} = spawnSync('ip', args, {encoding: 'utf8'});
	if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr}`);
}

function space(name: string): string {
	const full = `${prefix}-${name}`;
	run('netns', 'add', full);
	spaces.push(full);
	run('-n', full, 'link', 'set', 'lo', 'up');
	return full;
}

async function start(name: string, program: string): Promise<ChildProcess> {
	const child = spawn('ip', ['netns', 'exec', name, 'python3', '-c', program], {stdio: ['ignore', 'pipe', 'inherit']});
	children.push(child);
	await once(child.stdout, 'data');
	return child;
}

function wire(bridge: string, name: string, address: string, i: number): void {
	run('link', 'add', `v${i}`, 'netns', bridge, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
	run('-n', bridge, 'link', 'set', `v${i}`, 'master', 'br0', 'up');
	run('-n', name, 'address', 'add', `${address}/16`, 'dev', 'eth0');
	run('-n', name, 'link', 'set', 'eth0', 'up');
}

function cpuMs(): number {
	const {user, system} = process.cpuUsage();
	return (user + system) / 1_000;
}

/** A tick whose source is not asked for the other ends. */
function withoutEnds(tick: Tick): Tick {
	return {...tick, readings: tick.readings.map(({servers: _, ...reading}) => reading)};
}

async function main(): Promise<void> {
	const bridge = space('net');
	run('-n', bridge, 'link', 'add', 'br0', 'type', 'bridge');
	run('-n', bridge, 'link', 'set', 'br0', 'up');
	let wires = 0;
	for (let b = 1; b <= backends; b++) {
		const name = space(`b${b}`);
		wire(bridge, name, `10.80.1.${b}`, wires++);
		await start(name, SERVER);
	}
	const pids: number[] = [];
	for (let t = 1; t <= traefiks; t++) {
		const name = space(`t${t}`);
		wire(bridge, name, `10.80.2.${t}`, wires++);
		pids.push((await start(name, CLIENT)).pid ?? 0);
	}
	for (let i = 0; i < others; i++) children.push(spawn('unshare', ['--net', 'sleep', '600'], {stdio: 'ignore'}));
	await sleep(1_000);
	const live = liveSource({procRoot: '/proc', match: DEFAULT_MATCH, pids, intervalMs: 1_000, source: 'netlink'});
	const fold = new Fold();
	const times = {with: [] as number[], without: [] as number[]};
	let found = 0;
	for (let round = 0; round < 2 * ROUNDS + 6; round++) {
		const isWith = round < 6 || round % 2 === 0;
		const before = cpuMs();
		const tick = live.look();
		const {snapshots} = fold.fold(isWith ? tick : withoutEnds(tick));
		const took = (cpuMs() - before) / traefiks;
		if (isWith) found = snapshots.reduce((sum, {servers}) => sum + (servers?.size ?? 0), 0);
		if (round >= 6) times[isWith ? 'with' : 'without'].push(took);
		await sleep(1_000);
	}
	await live.stop();
	const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
	const [withMs, withoutMs] = [median(times.with), median(times.without)];
	console.log(
		`${traefiks} Traefiks, ${backends} backends each, ${spaces.length + others} namespaces; other ends found: ${found - traefiks} of ${traefiks * backends}`,
	);
	console.log(
		`CPU of a look, per Traefik: ${withMs.toFixed(2)} ms with both ends, ${withoutMs.toFixed(2)} ms without; ratio ${(withMs / withoutMs).toFixed(2)}`,
	);
}

try {
	await main();
} finally {
	for (const child of children) child.kill('SIGKILL');
	for (const name of spaces) spawnSync('ip', ['netns', 'del', name]);
}
