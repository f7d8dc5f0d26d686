/**
Programs that dial as Traefiks do, each in a network namespace of its own, to backends in theirs, and as many namespaces
beside them as wanted. Needs root, `ip` and python3.
*/
import {type ChildProcess, spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';

export type FarmOptions = {
	readonly traefiks: number;
	/** Dialled by each of them. Each such pair takes two entries of the machine's neighbour table, which holds 1,024. */
	readonly backends: number;
	/** Namespaces with a process that has nothing to do with any backend. */
	readonly others: number;
};

export type Farm = {
	/** Of those that dial. */
	readonly pids: readonly number[];
	readonly namespaces: number;
	close(): void;
};

const CONNECTIONS = 5;

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
const clientOf = (backends: number) => `
import socket, sys, time
open('/proc/self/comm', 'w').write('tt-traefik')
own = socket.create_server(('0.0.0.0', 80))
open_ = [socket.create_connection(('10.80.1.%d' % b, 8080)) for b in range(1, ${backends} + 1) for _ in range(${CONNECTIONS})]
print('ready', flush=True)
while True:
    for c in open_:
        c.sendall(b'hello'); c.recv(16)
    time.sleep(1)
`;

let made = 0;

/** Throws what `ip` says; then nothing is left. */
export async function startFarm({traefiks, backends, others}: FarmOptions): Promise<Farm> {
	const prefix = `farm-${process.pid}-${made++}`;
	const spaces: string[] = [];
	const children: ChildProcess[] = [];
	const close = () => {
		for (const child of children) child.kill('SIGKILL');
		for (const name of spaces) spawnSync('ip', ['netns', 'del', name]);
	};
	const space = (name: string) => {
		const full = `${prefix}-${name}`;
		run('netns', 'add', full);
		spaces.push(full);
		run('-n', full, 'link', 'set', 'lo', 'up');
		return full;
	};
	const start = async (name: string, program: string) => {
		const child = spawn('ip', ['netns', 'exec', name, 'python3', '-c', program], {
			stdio: ['ignore', 'pipe', 'inherit'],
		});
		children.push(child);
		const ready = await Promise.race([once(child.stdout, 'data'), once(child, 'exit').then(() => null)]);
		if (ready === null) throw new Error(`${name}: the program has ended, see above`);
		return child.pid ?? 0;
	};
	try {
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
			pids.push(await start(name, clientOf(backends)));
		}
		for (let i = 0; i < others; i++) children.push(spawn('unshare', ['--net', 'sleep', '600'], {stdio: 'ignore'}));
		return {pids, namespaces: spaces.length + others, close};
	} catch (error) {
		close();
		throw error;
	}
}

function run(...args: string[]): void {
	const {status, stderr} = spawnSync('ip', args, {encoding: 'utf8'});
	if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr}`);
}

function wire(bridge: string, name: string, address: string, i: number): void {
	run('link', 'add', `v${i}`, 'netns', bridge, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
	run('-n', bridge, 'link', 'set', `v${i}`, 'master', 'br0', 'up');
	run('-n', name, 'address', 'add', `${address}/16`, 'dev', 'eth0');
	run('-n', name, 'link', 'set', 'eth0', 'up');
}
