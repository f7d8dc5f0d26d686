/**
What reading costs, beside `cat` and `ss` on the same sockets, in one run:

    node bench/read.ts [SOCKETS=100000] [ROUNDS=9]

Makes the sockets (root, python3), then measures each in turn, round after round. What is compared is CPU time, user and
system, as the kernel accounts it: other work on the machine disturbs it less than the clock on the wall. Ratios are of
the medians; they hold on any machine, the milliseconds do not. Each budget stands beside its ratio.
*/
import {spawnSync} from 'node:child_process';
import {closeSync, openSync, readSync} from 'node:fs';
import {loadavg} from 'node:os';
import {Fold} from '../src/fold.ts';
import {newRow, type Visit} from '../src/parse/row.ts';
import {NO_COUNTERS, type Reading} from '../src/reading.ts';
import {openNetlink} from '../src/source/netlink.ts';
import {TextTables} from '../src/source/text-tables.ts';
import {makeSockets, whyNoSockets} from '../test/lab/sockets.ts';

const TEXT_BUDGET = 1.15;
const NETLINK_BUDGET = 0.8;

const [sockets, rounds] = [Number(process.argv[2] ?? 100_000), Number(process.argv[3] ?? 9)];
const why = whyNoSockets();
if (why !== false) {
	console.error(`bench/read.ts: ${why}`);
	process.exit(1);
}

let now = 1_700_000_000_000;
function readingOf(rowSource: Reading['rowSource'], visit: Reading['visit']): Reading {
	now += 1000;
	return {
		instance: {id: rowSource, host: 'bench', via: null, pid: 1, startedAt: 1, netns: 1},
		time: now,
		monotonicMs: now,
		isTimeAssumed: false,
		intervalMs: 1000,
		problem: null,
		rowSource,
		isAlone: true,
		descriptors: 'denied',
		inodes: () => null,
		counters: NO_COUNTERS,
		ports: null,
		names: new Map(),
		openFiles: null,
		readMs: 0,
		visit,
	};
}

function median(values: readonly number[]): number {
	return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

const lab = await makeSockets({4: {established: sockets}});
try {
	const source = openNetlink(lab.pid);
	if ('problem' in source) throw new Error(source.problem);
	const text = new TextTables();
	const row = newRow();
	const [textFold, netlinkFold] = [new Fold(), new Fold()];
	const nothing: Visit = () => {};
	const began = (problem: string | null) => {
		if (problem !== null) throw new Error(problem);
	};
	const beginText = () => began(text.begin(`/proc/${lab.pid}`));
	const rawBuffer = Buffer.alloc(1 << 16);
	const readRaw = () => {
		const descriptor = openSync(`/proc/${lab.pid}/net/tcp`, 'r');
		while (readSync(descriptor, rawBuffer, 0, rawBuffer.length, null) > 0);
		closeSync(descriptor);
	};
	const fold = (into: Fold, reading: Reading) =>
		void into.fold({time: reading.time, readings: [reading], problem: null});
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
		'cat /proc/PID/net/tcp': () => shell(`cat /proc/${lab.pid}/net/tcp`),
		'ss -tan': () => shell(`nsenter -t ${lab.pid} -n ss -tan`),
		'ss -tinaOHe': () => shell(`nsenter -t ${lab.pid} -n ss -tinaOHe`),
		'text: read tcp': readRaw,
		'text: read, parse': () => {
			beginText();
			text.visit(row, nothing);
		},
		'text: read, parse, fold': () => {
			beginText();
			fold(
				textFold,
				readingOf('text', (visit) => text.visit(row, visit)),
			);
		},
		'netlink: read, decode tcp_info': () => void source.visit(row, nothing),
		'netlink: read, decode tcp_info, fold': () =>
			fold(
				netlinkFold,
				readingOf('netlink', (visit) => source.visit(row, visit)),
			),
	};
	const times: Record<string, number[]> = Object.fromEntries(Object.keys(subjects).map((name) => [name, []]));
	for (let round = 0; round < rounds + 2; round++) {
		for (const [name, measure] of Object.entries(subjects)) {
			const before = process.cpuUsage();
			const elsewhere = measure();
			const {user, system} = process.cpuUsage(before);
			// The first two rounds warm the caches and the compiler.
			if (round >= 2) times[name]?.push(typeof elsewhere === 'number' ? elsewhere : (user + system) / 1000);
		}
	}
	source.close();
	const ratio = (name: string) => median(times[name] ?? []) / median(times['cat /proc/PID/net/tcp'] ?? []);
	console.log(
		`${sockets} sockets, ${rounds} rounds, Node ${process.version}, load ${loadavg()[0]?.toFixed(1)}: CPU ms, median and least, ÷ cat's`,
	);
	for (const [name, each] of Object.entries(times)) {
		const [middle, least] = [median(each), Math.min(...each)].map((ms) => ms.toFixed(1).padStart(7));
		console.log(`${middle} ${least} ${ratio(name).toFixed(2).padStart(6)}  ${name}`);
	}
	const budget = (what: string, is: number, limit: number) =>
		console.log(`${what}: ${is.toFixed(2)}, budget ≤ ${limit}: ${is <= limit ? 'kept' : 'EXCEEDED'}`);
	const textTime = median(times['text: read, parse, fold'] ?? []);
	budget('text ÷ cat', ratio('text: read, parse, fold'), TEXT_BUDGET);
	budget('text ÷ ss -tan', textTime / median(times['ss -tan'] ?? []), 1);
	budget('netlink ÷ cat', ratio('netlink: read, decode tcp_info, fold'), NETLINK_BUDGET);
} finally {
	await lab.close();
}
