/**
TCP sockets in every state, an exact number of each, in a network namespace of their own:

	const lab = await makeSockets({4: {established: 7, time_wait: 3}, 6: {syn_recv: 5}, mapped: {last_ack: 2}});
	lab.run('ss', '-tan');           // in that namespace
	readFileSync(`/proc/${lab.pid}/net/tcp`);
	await lab.close();

They do not change: nobody answers at the far address (10.9.0.2, [fd00:9::2]), retransmissions are 3 s apart and more, and
TIME_WAIT, SYN_RECV and orphans last about 60 s. 100,000 `established` take 3 s. Each state of `connections` adds one row, `exchanged` and `zero_window`
two (both ends, over loopback), the first `syn_recv`, `exchanged` or `zero_window` of a form one listener besides.
Needs root, `ip` and python3: see whyNoSockets().
*/
import {type ChildProcess, execFileSync, spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';

/** IPv4 sockets, IPv6 sockets, IPv6 sockets with IPv4 addresses. */
export type Form = '4' | '6' | 'mapped';

export type SocketState =
	| 'established'
	/** With a keep-alive timer. */
	| 'keepalive'
	/** Data sent that nobody acknowledges: retransmit timer. */
	| 'unanswered'
	| 'syn_sent'
	| 'listen'
	| 'syn_recv'
	| 'fin_wait1'
	| 'fin_wait2'
	/** Closed by its owner: inode 0, timer TIME_WAIT. */
	| 'fin_wait2_orphan'
	| 'time_wait'
	| 'close_wait'
	| 'last_ack'
	| 'closing'
	/** Both ends of a connection over which data went both ways. */
	| 'exchanged'
	/** Both ends of one whose receiver does not read: zero-window probes. */
	| 'zero_window';

export type SocketCounts = Partial<Record<Form, Partial<Record<SocketState, number>>>>;

export type SocketLab = {
	/** A process in the namespace, which owns the sockets. */
	readonly pid: number;
	readonly namespace: string;
	/** Runs a command in the namespace and returns its stdout. */
	run(command: string, ...args: string[]): string;
	close(): Promise<void>;
};

/** Why no sockets can be made here, or false: a value for `skip`. */
export function whyNoSockets(): string | false {
	if (process.platform !== 'linux') return 'not Linux';
	if (process.getuid?.() !== 0) return 'not root: network namespaces cannot be made';
	for (const command of ['ip', 'python3']) {
		if (spawnSync(command, ['-V']).error !== undefined) return `${command} is missing`;
	}
	return false;
}

let made = 0;

/** `comm`: the name of the process that dials. */
export async function makeSockets(counts: SocketCounts, comm = 'tt-sockets'): Promise<SocketLab> {
	const namespace = `tt-sockets-${process.pid}-${made++}`;
	execFileSync('ip', ['netns', 'add', namespace]);
	let child: ChildProcess | null = null;
	const close = async () => {
		if (child !== null && child.exitCode === null && child.signalCode === null) {
			// Nobody answers their FIN: without this 100,000 orphans would stay in the machine's table for minutes.
			const quickly = ['sysctl', '-qw', 'net.ipv4.tcp_orphan_retries=1'];
			execFileSync('ip', ['netns', 'exec', namespace, ...quickly]);
			const exited = once(child, 'exit');
			child.stdin?.end();
			await exited;
		}
		execFileSync('ip', ['netns', 'del', namespace]);
	};
	try {
		const script = fileURLToPath(new URL('socket-states.py', import.meta.url));
		child = spawn('ip', ['netns', 'exec', namespace, 'python3', script, JSON.stringify(counts), comm], {
			stdio: ['pipe', 'pipe', 'inherit'],
		});
		const lines = createInterface({input: child.stdout as NodeJS.ReadableStream});
		const [line] = (await Promise.race([once(lines, 'line'), once(lines, 'close')])) as [string | undefined];
		if (line === undefined) throw new Error('the sockets could not be made');
		const {pid} = JSON.parse(line) as {pid: number};
		const run = (command: string, ...args: string[]) =>
			execFileSync('ip', ['netns', 'exec', namespace, command, ...args], {
				encoding: 'utf8',
				maxBuffer: 1 << 28,
				// `ip netns exec` mounts a /sys without cgroups, of which ss complains once per socket.
				stdio: ['ignore', 'pipe', 'ignore'],
			});
		return {pid, namespace, run, close};
	} catch (error) {
		await close();
		throw error;
	}
}
