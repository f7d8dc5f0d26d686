/**
A client that is called traefik and the servers that it dials, each in a network namespace of its own on one wire, or all
in one: both ends of every connection are on this machine.
*/
import {type ChildProcess, spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {createInterface} from 'node:readline';

/**
Answers each line by `ok`, with a listen queue of 8; with `leak` it never closes what the client closed; SIGUSR1 makes it
take 512 MB, SIGUSR2 compute for ever. With `workers` 40 children hold the socket, too, and SIGHUP puts 40 others in their place.
*/
const SERVER = `
import os, signal, socket, sys, threading, time
address, port, mode, name = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
if name: open('/proc/self/comm', 'wb').write(name.encode())
listener = socket.socket(socket.AF_INET6 if ':' in address else socket.AF_INET)
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
if name == 'v6only': listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
listener.bind((address, port))
listener.listen(8)
kept = []
signal.signal(signal.SIGUSR1, lambda *_: kept.append(b'x' * (1 << 29)))
def compute(*_):
    while True: pass
signal.signal(signal.SIGUSR2, compute)
def serve(connection):
    while connection.recv(4096):
        connection.sendall(b'ok')
    if mode == 'leak': kept.append(connection)
    else: connection.close()
workers = []
def reload(*_):
    old = workers[:]
    workers.clear()
    for _ in range(40):
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGHUP, signal.SIG_DFL)
            # whoever started the server is told of its end by the end of its output
            os.close(1)
            while os.getppid() == master: time.sleep(0.2)
            os._exit(0)
        workers.append(child)
    for child in old: os.kill(child, signal.SIGKILL)
    for child in old: os.waitpid(child, 0)
master = os.getpid()
if mode == 'workers':
    signal.signal(signal.SIGHUP, reload)
    reload()
print('ready', flush=True)
while True:
    connection, _ = listener.accept()
    threading.Thread(target=serve, args=(connection,), daemon=True).start()
`;

/** Obeys lines: `dial ADDRESS PORT N`, each with a request, and `end` all of them. */
const CLIENT = `
const net = require('node:net');
process.title = 'traefik';
net.createServer(() => {}).listen(80, '0.0.0.0');
let open = [];
require('node:readline').createInterface({input: process.stdin}).on('line', async (line) => {
	const [word, address, port, count] = line.split(' ');
	if (word === 'dial') {
		const dialled = Array.from({length: Number(count)}, () => net.connect(Number(port), address));
		open.push(...dialled);
		await Promise.all(dialled.map((socket) => new Promise((done) => {
			socket.on('data', () => {}).on('error', () => {}).on('close', () => done());
			socket.on('connect', () => { socket.write('hello'); done(); });
		})));
	}
	if (word === 'end') for (const socket of open.splice(0)) socket.end();
	console.log('done');
});
console.log('ready');
`;

export type Where = 'client' | 'server' | 'twin';

export type TwoEnds = {
	readonly clientPid: number;
	/** `name` is that of the process; `words` are more of its command line. */
	serve(
		where: Where,
		address: string,
		port: number,
		more?: {mode?: 'close' | 'leak' | 'workers'; name?: string; words?: readonly string[]},
	): Promise<ChildProcess>;
	/** Starts a process that only keeps the namespace. */
	hold(where: Where): ChildProcess;
	tell(line: string): Promise<void>;
	/** Gives the server's wire and address to the twin: who listened there goes on listening, and is not reached any more. */
	moveAddress(): void;
	/** Has the client's kernel send to the server what is meant for another address; false: it cannot. */
	translate(from: string): boolean;
	remove(): Promise<void>;
};

export function whyNoTwoEnds(): string | null {
	if (process.getuid?.() !== 0) return 'it needs root to make network namespaces';
	for (const command of ['ip', 'python3']) {
		if (spawnSync(command, ['-V']).error !== undefined) return `it needs ${command}`;
	}
	const name = `two-ends-${process.pid}-try`;
	const isMade = spawnSync('ip', ['netns', 'add', name]).status === 0;
	spawnSync('ip', ['netns', 'del', name]);
	return isMade ? null : 'it needs the right to make network namespaces';
}

let count = 0;

/** The client is 10.79.0.1, the server 10.79.0.2; the twin has the server's address, and no wire. */
export async function startTwoEnds(): Promise<TwoEnds> {
	const prefix = `ends-${process.pid}-${count++}`;
	const namespace = (where: Where) => `${prefix}-${where}`;
	const all = (['client', 'server', 'twin'] as const).map(namespace);
	const [client, server, twin] = all as [string, string, string];
	const children: ChildProcess[] = [];
	const inside = (where: string, ...command: string[]) => run('ip', 'netns', 'exec', where, ...command);
	const start = (where: string, ...command: string[]) => {
		const child = spawn('ip', ['netns', 'exec', where, ...command], {stdio: ['pipe', 'pipe', 'inherit']});
		children.push(child);
		return child;
	};
	const remove = async () => {
		for (const child of children) {
			if (child.exitCode !== null || child.signalCode !== null) continue;
			const ended = once(child, 'exit');
			child.kill('SIGKILL');
			await ended;
		}
		for (const name of all) spawnSync('ip', ['netns', 'del', name]);
	};
	for (const name of all) {
		run('ip', 'netns', 'add', name);
		inside(name, 'ip', 'link', 'set', 'lo', 'up');
	}
	run('ip', 'link', 'add', 'end0', 'netns', client, 'type', 'veth', 'peer', 'name', 'end0', 'netns', server);
	for (const [name, address] of [
		[client, '10.79.0.1'],
		[server, '10.79.0.2'],
	] as const) {
		inside(name, 'ip', 'address', 'add', `${address}/24`, 'dev', 'end0');
		inside(name, 'ip', 'link', 'set', 'end0', 'up');
	}
	inside(twin, 'ip', 'address', 'add', '10.79.0.2/32', 'dev', 'lo');
	const child = start(client, process.execPath, '-e', CLIENT);
	const lines = createInterface({input: child.stdout})[Symbol.asyncIterator]();
	await lines.next();
	return {
		clientPid: child.pid ?? 0,
		async serve(where, address, port, {mode = 'close', name = '', words = []} = {}) {
			const started = start(namespace(where), 'python3', '-c', SERVER, address, String(port), mode, name, ...words);
			await once(started.stdout, 'data');
			return started;
		},
		hold: (where) => start(namespace(where), 'sleep', '600'),
		async tell(line) {
			child.stdin.write(`${line}\n`);
			await lines.next();
		},
		moveAddress() {
			inside(server, 'ip', 'link', 'set', 'end0', 'netns', twin);
			inside(twin, 'ip', 'address', 'add', '10.79.0.2/24', 'dev', 'end0');
			inside(twin, 'ip', 'link', 'set', 'end0', 'up');
		},
		translate(from) {
			const rules = `table ip t { chain o { type nat hook output priority -100; ip daddr ${from} dnat to 10.79.0.2; }; }`;
			return spawnSync('ip', ['netns', 'exec', client, 'nft', rules]).status === 0;
		},
		remove,
	};
}

function run(command: string, ...args: string[]): void {
	const {status, stderr} = spawnSync(command, args, {encoding: 'utf8'});
	if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
}
