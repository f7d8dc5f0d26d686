/** A process that is called traefik, listens and dials itself: enough for a recorder to find and read. */
import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';

const PROGRAM = `
const net = require('node:net');
process.title = 'traefik';
const server = net.createServer(() => {}).listen(0, '127.0.0.1', () => {
	const {port} = server.address();
	net.connect(port, '127.0.0.1', () => console.log(port));
});
`;

export type FakeTraefik = {readonly pid: number; readonly port: number; readonly child: ChildProcess};

/** `wrap` runs it somewhere else, e.g. `ip netns exec x`; it must exec. */
export async function fakeTraefik(wrap: readonly string[] = []): Promise<FakeTraefik> {
	const [command, ...args] = [...wrap, process.execPath, '-e', PROGRAM];
	const child = spawn(command ?? '', args, {stdio: ['ignore', 'pipe', 'inherit']});
	const [port] = await once(child.stdout, 'data');
	return {pid: child.pid ?? 0, port: Number(port), child};
}
