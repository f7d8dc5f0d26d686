/**
What reading costs, beside `cat` and `ss` on the same sockets, in one run:

    node bench/read.ts [SOCKETS=100000] [ROUNDS=9]

Makes the sockets (root, python3), then measures each in turn, round after round. What is compared is CPU time, user and
system, as the kernel accounts it: other work on the machine disturbs it less than the clock on the wall. Ratios are of
the medians; they hold on any machine, the milliseconds do not. Each budget is beside its ratio.

The text tables are compared with `cat` of the same two: the sockets are all in `tcp`, but for `tcp6` the kernel passes over
each of them once more, and a reader that does not look there would miss what is. Netlink is compared with `tcp` alone.
*/
import {loadavg} from 'node:os';
import {makeSockets, whyNoSockets} from '../test/lab/sockets.ts';
import {median, readingCosts, type Way} from './reading-costs.ts';

const WAYS: readonly Way[] = [
	'cat tcp',
	'cat tcp tcp6',
	'ss -tan',
	'ss -tinaOHe',
	'text: read',
	'text: read, parse',
	'text: read, parse, fold',
	'netlink: read, decode tcp_info',
	'netlink: read, decode tcp_info, fold',
];
const TEXT_BUDGET = 1.15;
const NETLINK_BUDGET = 0.8;

const [sockets, rounds] = [Number(process.argv[2] ?? 100_000), Number(process.argv[3] ?? 9)];
const why = whyNoSockets();
if (why !== false) {
	console.error(`bench/read.ts: ${why}`);
	process.exit(1);
}

const lab = await makeSockets({4: {established: sockets}});
try {
	const times = await readingCosts(lab.pid, rounds, WAYS);
	const time = (way: Way) => median(times.get(way) ?? []);
	console.log(
		`${sockets} sockets, ${rounds} rounds, Node ${process.version}, load ${loadavg()[0]?.toFixed(1)}: CPU ms, median and least, ÷ cat tcp`,
	);
	for (const [name, each] of times) {
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
