/**
The lab's own network: one namespace with a bridge and one per host on it, nothing of it reachable from outside.

    traefik .2 ─┐
    client  .3 ─┤
    lb      .4 ─┼─ br0 (its own namespace)     10.77.0.0/24, fd77::/64
    b1…b4  .11 ─┘

On one host, all of these addresses are that of one namespace.
*/
import {execFile, spawn} from 'node:child_process';
import {once} from 'node:events';
import os from 'node:os';
import path from 'node:path';
import {promisify} from 'node:util';

const run = promisify(execFile);

export const HOSTS = {traefik: 2, client: 3, lb: 4, b1: 11, b2: 12, b3: 13, b4: 14} as const;
export type Host = keyof typeof HOSTS;

export type Network = {
	namespace(host: Host): string;
	/** Runs a command in a host's namespace and gives its stdout. */
	inside(host: Host | 'net', command: string, ...args: string[]): Promise<string>;
	/** Takes a host off the wire without its carrier going down, as a dead switch port does. */
	plug(host: Host, isPlugged: boolean): Promise<void>;
	/** Puts a long wire between the bridge and these hosts, for good. */
	lengthen(wire: Wire, ...hosts: readonly Host[]): Promise<void>;
	/** Kills what runs inside, deletes the namespaces and `directory`. */
	remove(): Promise<void>;
};

/** What happens to each frame, each way. */
export type Wire = {
	readonly delayMs: number;
	readonly jitterMs: number;
	readonly lossPercent: number;
	/** 0: as much as comes. */
	readonly megabitsPerSecond: number;
};

/**
The kernel gives a new namespace the initial one's congestion control and some kernels refuse to change it afterwards, so it
is set outside for the moment the namespaces are made. The lock keeps labs that start together from saving each other's.
*/
const MAKE = `
file=/proc/sys/net/ipv4/tcp_congestion_control
read -r before < $file
trap 'echo "$before" > $file' EXIT
trap 'exit 1' INT TERM HUP
echo "$1" > $file
shift
for name; do ip netns add "$name"; done`;

/**
Cleaning up is its own process, which waits for the end of its stdin: that comes when the lab closes it and as surely when
the lab is killed. Only processes inside the lab's own namespaces die, by their ids.
*/
const REMOVE = `
cat > /dev/null
directory=$1
shift
for name; do
	for pid in $(ip netns pids "$name" 2> /dev/null); do kill -9 "$pid"; done
done
for name; do ip netns del "$name" 2> /dev/null; done
rm -rf "$directory"`;

export async function makeNetwork(
	prefix: string,
	directory: string,
	{congestionControl, isOneHost}: {readonly congestionControl: string; readonly isOneHost: boolean},
): Promise<Network> {
	const namespace = (name: string) => `${prefix}-${isOneHost ? 'net' : name}`;
	const names = [...new Set(['net', ...Object.keys(HOSTS)].map(namespace))];
	const janitor = spawn('sh', ['-c', REMOVE, 'sh', directory, ...names], {
		detached: true,
		stdio: ['pipe', 'ignore', 'ignore'],
	});
	const gone = once(janitor, 'exit');
	const lock = path.join(os.tmpdir(), 'traefik-top-lab.lock');
	const remove = async () => {
		janitor.stdin.end();
		await gone;
	};
	try {
		await run('flock', [lock, 'sh', '-ec', MAKE, 'sh', congestionControl, ...names]);
		await (isOneHost ? standAlone(namespace('net')) : connect(namespace));
	} catch (error) {
		await remove();
		throw error;
	}
	return {
		namespace,
		inside: async (host, command, ...args) =>
			(await run('ip', ['netns', 'exec', namespace(host), command, ...args])).stdout,
		plug: async (host, isPlugged) => {
			if (isOneHost) throw new Error('on one host there is no wire');
			await run('ip', ['-n', namespace('net'), 'link', 'set', host, ...(isPlugged ? ['master', 'br0'] : ['nomaster'])]);
		},
		lengthen: async (wire, ...hosts) => {
			if (isOneHost) throw new Error('on one host there is no wire');
			await lengthen(namespace, wire, hosts);
		},
		remove,
	};
}

const WIRE = path.join(import.meta.dirname, 'agents/wire.py');

/** The host's end of its wire leaves the bridge for a program that passes frames on between it and the bridge. */
async function lengthen(namespace: (name: string) => string, wire: Wire, hosts: readonly Host[]): Promise<void> {
	const net = namespace('net');
	for (const host of [...hosts, 'traefik'] as const) {
		await run('ip', ['netns', 'exec', namespace(host), 'python3', WIRE, 'plain', 'eth0']);
	}
	await batch(
		net,
		hosts.flatMap((host) => [
			`link add ${host}-far type veth peer name ${host}-br`,
			`link set ${host} nomaster`,
			`link set ${host}-far up`,
			`link set ${host}-br master br0 up`,
		]),
	);
	const {delayMs, jitterMs, lossPercent, megabitsPerSecond} = wire;
	const values = [delayMs, jitterMs, lossPercent, megabitsPerSecond].map(String);
	const pairs = hosts.map((host) => `${host}:${host}-far`);
	const child = spawn('ip', ['netns', 'exec', net, 'python3', WIRE, ...values, ...pairs], {
		stdio: ['pipe', 'pipe', 'inherit'],
		detached: true,
	});
	await Promise.race([
		once(child.stdout, 'data'),
		once(child, 'exit').then(() => Promise.reject(new Error('no wire'))),
	]);
}

async function standAlone(namespace: string): Promise<void> {
	const addresses = Object.values(HOSTS).flatMap((number) => [
		`addr add 10.77.0.${number}/32 dev lo`,
		`addr add fd77::${number}/128 dev lo nodad`,
	]);
	await batch(namespace, ['link set lo up', ...addresses]);
}

async function connect(namespace: (name: string) => string): Promise<void> {
	const hosts = Object.entries(HOSTS);
	const wires = hosts.flatMap(([host]) => [
		`link add ${host} type veth peer name eth0 netns ${namespace(host)}`,
		`link set ${host} master br0 up`,
	]);
	await batch(namespace('net'), ['link add br0 type bridge', 'link set br0 up', ...wires]);
	await Promise.all(
		hosts.map(([host, number]) =>
			batch(namespace(host), [
				'link set lo up',
				`addr add 10.77.0.${number}/24 dev eth0`,
				`addr add fd77::${number}/64 dev eth0 nodad`,
				'link set eth0 up',
			]),
		),
	);
}

async function batch(namespace: string, lines: readonly string[]): Promise<void> {
	const child = spawn('ip', ['-n', namespace, '-batch', '-'], {stdio: ['pipe', 'ignore', 'pipe']});
	let said = '';
	child.stderr.on('data', (chunk: Buffer) => {
		said += chunk.toString();
	});
	child.stdin.end(`${lines.join('\n')}\n`);
	const [code] = await once(child, 'close');
	if (code !== 0) throw new Error(`cannot lay the lab's network in ${namespace}: ${said.trim()}`);
}
