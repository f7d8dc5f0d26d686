/**
What reading costs, beside `cat` and `ss` on the same sockets, in one run:

    node bench/read.ts [SOCKETS=100000] [ROUNDS=9]

Makes the sockets (root, python3), then measures each in turn, round after round. What is compared is CPU time, user and
system, as the kernel accounts it: other work on the machine disturbs it less than the clock on the wall. Ratios are of
the medians; they hold on any machine, the milliseconds do not. Each budget is beside its ratio.

The text tables are compared with `cat` of the same two: the sockets are all in `tcp`, but for `tcp6` the kernel passes over
each of them once more, and a reader that does not look there would miss what is. Netlink is compared with `tcp` alone.
*/
import {spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {closeSync, openSync, readSync} from 'node:fs';
import {loadavg} from 'node:os';
import {Worker} from 'node:worker_threads';
import {makeSockets, whyNoSockets} from '../test/lab/sockets.ts';

const TEXT_BUDGET = 1.15;
const NETLINK_BUDGET = 0.8;

const [sockets, rounds] = [Number(process.argv[2] ?? 100_000), Number(process.argv[3] ?? 9)];
const why = whyNoSockets();
if (why !== false) {
	console.error(`bench/read.ts: ${why}`);
	process.exit(1);
}

function median(values: readonly number[]): number {
	return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

const lab = await makeSockets({4: {established: sockets}});
try {
	const workers: Worker[] = [];
	const reader = (rowSource: 'text' | 'netlink', hasToFold: boolean) => {
		const workerData = {pid: lab.pid, rowSource, hasToFold};
		const worker = new Worker(new URL('read-worker.ts', import.meta.url), {workerData});
		workers.push(worker);
		return async () => {
			worker.postMessage(null);
			await once(worker, 'message');
		};
	};
	const rawBuffer = Buffer.alloc(1 << 16);
	const tables = ['tcp', 'tcp6'].map((name) => `/proc/${lab.pid}/net/${name}`);
	const readRaw = () => {
		for (const table of tables) {
			const descriptor = openSync(table, 'r');
			while (readSync(descriptor, rawBuffer, 0, rawBuffer.length, null) > 0);
			closeSync(descriptor);
		}
	};
	/** CPU milliseconds of a command, by bash's `time`. */
	const shell = (command: string) => {
		const {stderr} = spawnSync('bash', ['-c', `TIMEFORMAT='%U %S'; time ${command} >/dev/null 2>&1`], {
			encoding: 'utf8',
		});
		const [user, system] = stderr.trim().split(' ').map(Number);
		return 1000 * ((user ?? Number.NaN) + (system ?? Number.NaN));
	};
	/** What has used CPU elsewhere returns how much, ms; the others use ours. */
	const subjects: Record<string, () => unknown> = {
		'cat tcp': () => shell(`cat ${tables[0]}`),
		'cat tcp tcp6': () => shell(`cat ${tables.join(' ')}`),
		'ss -tan': () => shell(`nsenter -t ${lab.pid} -n ss -tan`),
		'ss -tinaOHe': () => shell(`nsenter -t ${lab.pid} -n ss -tinaOHe`),
		'text: read': readRaw,
		'text: read, parse': reader('text', false),
		'text: read, parse, fold': reader('text', true),
		'netlink: read, decode tcp_info': reader('netlink', false),
		'netlink: read, decode tcp_info, fold': reader('netlink', true),
	};
	const times: Record<string, number[]> = Object.fromEntries(Object.keys(subjects).map((name) => [name, []]));
	for (let round = 0; round < rounds + 2; round++) {
		for (const [name, measure] of Object.entries(subjects)) {
			const before = process.cpuUsage();
			const elsewhere = await measure();
			const {user, system} = process.cpuUsage(before);
			// The first two rounds warm the caches and the compiler.
			if (round >= 2) times[name]?.push(typeof elsewhere === 'number' ? elsewhere : (user + system) / 1000);
		}
	}
	for (const worker of workers) await worker.terminate();
	const time = (name: string) => median(times[name] ?? []);
	console.log(
		`${sockets} sockets, ${rounds} rounds, Node ${process.version}, load ${loadavg()[0]?.toFixed(1)}: CPU ms, median and least, ÷ cat tcp`,
	);
	for (const [name, each] of Object.entries(times)) {
		const [middle, least] = [median(each), Math.min(...each)].map((ms) => ms.toFixed(1).padStart(7));
		console.log(`${middle} ${least} ${(time(name) / time('cat tcp')).toFixed(2).padStart(6)}  ${name}`);
	}
	const budget = (what: string, is: number, limit: number) =>
		console.log(`${what}: ${is.toFixed(2)}, budget ≤ ${limit}: ${is <= limit ? 'kept' : 'EXCEEDED'}`);
	const textTime = time('text: read, parse, fold');
	budget('text ÷ cat tcp tcp6', textTime / time('cat tcp tcp6'), TEXT_BUDGET);
	budget('text ÷ ss -tan', textTime / time('ss -tan'), 1);
	budget('netlink ÷ cat tcp', time('netlink: read, decode tcp_info, fold') / time('cat tcp'), NETLINK_BUDGET);
} finally {
	await lab.close();
}
