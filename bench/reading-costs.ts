/** What reading the sockets of one network namespace costs, in several ways, each in turn, round after round. */
import {spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {closeSync, openSync, readSync} from 'node:fs';
import {Worker} from 'node:worker_threads';

/** The first rounds warm the caches and the compiler, and do not count. */
const WARM_UP = 2;

export type Way =
	| 'cat tcp'
	| 'cat tcp tcp6'
	| 'ss -tan'
	| 'ss -tin'
	| 'ss -tinaOHe'
	| 'text: read'
	| 'text: read, parse'
	| 'text: read, parse, fold'
	| 'netlink: read, decode tcp_info'
	| 'netlink: read, decode tcp_info, fold';

/** CPU milliseconds, user and system, of each way in each round. `pid`: a process in the namespace. */
export async function readingCosts(pid: number, rounds: number, ways: readonly Way[]): Promise<Map<Way, number[]>> {
	const workers: Worker[] = [];
	const reader = (rowSource: 'text' | 'netlink', hasToFold: boolean) => {
		const workerData = {pid, rowSource, hasToFold};
		const worker = new Worker(new URL('read-worker.ts', import.meta.url), {workerData});
		workers.push(worker);
		return async () => {
			worker.postMessage(null);
			await once(worker, 'message');
		};
	};
	const rawBuffer = Buffer.alloc(1 << 16);
	const tables = ['tcp', 'tcp6'].map((name) => `/proc/${pid}/net/${name}`);
	const readRaw = () => {
		for (const table of tables) {
			const descriptor = openSync(table, 'r');
			while (readSync(descriptor, rawBuffer, 0, rawBuffer.length, null) > 0);
			closeSync(descriptor);
		}
	};
	const ss = (flags: string) => () => shellMs(`nsenter -t ${pid} -n ss ${flags}`);
	/** What has used CPU elsewhere returns how much, ms; the others use ours. */
	const make: Record<Way, () => () => unknown> = {
		'cat tcp': () => () => shellMs(`cat ${tables[0]}`),
		'cat tcp tcp6': () => () => shellMs(`cat ${tables.join(' ')}`),
		'ss -tan': () => ss('-tan'),
		'ss -tin': () => ss('-tin'),
		'ss -tinaOHe': () => ss('-tinaOHe'),
		'text: read': () => readRaw,
		'text: read, parse': () => reader('text', false),
		'text: read, parse, fold': () => reader('text', true),
		'netlink: read, decode tcp_info': () => reader('netlink', false),
		'netlink: read, decode tcp_info, fold': () => reader('netlink', true),
	};
	const subjects = ways.map((way) => ({way, measure: make[way](), times: [] as number[]}));
	try {
		for (let round = 0; round < rounds + WARM_UP; round++) {
			for (const {measure, times} of subjects) {
				const before = process.cpuUsage();
				const elsewhere = await measure();
				const {user, system} = process.cpuUsage(before);
				if (round >= WARM_UP) times.push(typeof elsewhere === 'number' ? elsewhere : (user + system) / 1000);
			}
		}
	} finally {
		for (const worker of workers) await worker.terminate();
	}
	return new Map(subjects.map(({way, times}) => [way, times]));
}

export function median(values: readonly number[]): number {
	return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** CPU milliseconds of a command, by bash's `time`. */
function shellMs(command: string): number {
	const {stderr} = spawnSync('bash', ['-c', `TIMEFORMAT='%U %S'; time ${command} >/dev/null 2>&1`], {
		encoding: 'utf8',
	});
	const [user, system] = stderr.trim().split(' ').map(Number);
	return 1000 * ((user ?? Number.NaN) + (system ?? Number.NaN));
}
