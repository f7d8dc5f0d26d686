/**
What the kernel's notices of ended connections cost: `node bench/endings.ts` (root, about a minute and a half). In a network
namespace of their own a process opens and closes connections over loopback as fast as it can; beside it ours receives the
notices and folds them. Both ends end, so there are two notices for each connection, of which the filter leaves one in the
kernel. Ratios are of the same run. Then what the section of a capture takes.
*/
import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {createInterface} from 'node:readline';
import {setTimeout as sleep} from 'node:timers/promises';
import {zstdCompressSync} from 'node:zlib';
import {CaptureEncoder, recorded} from '../src/capture/encoder.ts';
import {Fold} from '../src/fold/fold.ts';
import {monotonicMs} from '../src/live/live.ts';
import {NamespaceEndings} from '../src/live/namespace-endings.ts';
import {newEnding} from '../src/parse/ending.ts';
import {newRow} from '../src/parse/row.ts';
import {LISTEN} from '../src/parse/tcp-state.ts';
import {NOTHING_READ, type Reading, type Tick} from '../src/reading.ts';

const CONNECTIONS = Number(process.argv[2] ?? 60_000);
const DRAIN_MS = 100;
const RATE_SECONDS = 8;
const print = (what: string, value: string) => console.log(`${what.padEnd(64)} ${value}`);

/** Connects, sends, is answered, closes: one after the other, as fast as can be or at a rate. Prints its port, then the CPU seconds that it took. */
const CHURN = `
import os, socket, sys, threading, time
os.system('ip link set lo up')
listener = socket.socket(); listener.bind(('127.0.0.1', 0)); listener.listen(128)
address = listener.getsockname()
def serve():
    while True:
        s, _ = listener.accept(); s.recv(100); s.sendall(b'a' * 200); s.close()
threading.Thread(target=serve, daemon=True).start()
print(address[1], os.getpid(), flush=True)
for line in sys.stdin:
    count, rate = (int(word) for word in line.split())
    begun, cpu = time.monotonic(), time.process_time()
    for done in range(count):
        if rate: time.sleep(max(0, begun + done / rate - time.monotonic()))
        c = socket.socket(); c.connect(address); c.sendall(b'q' * 100)
        while c.recv(1000): pass
        c.close()
    print(time.monotonic() - begun, time.process_time() - cpu, flush=True)
`;

function readingOf(endings: Reading['endings'], time: number, listener = 0): Tick {
	const instance = {id: 'b/1', host: 'b', via: null, pid: 1, startedAt: 0, netns: 1};
	const reading: Reading = {
		...NOTHING_READ,
		...{instance, time, monotonicMs: time, intervalMs: 1_000, isAlone: true},
		endings: endings ?? null,
		visit(visit) {
			if (listener > 0) visit({...newRow(), state: LISTEN, localPort: listener});
			return {rows: 1, torn: 0};
		},
	};
	return {time, readings: [reading], problem: null};
}

/** Receives and folds as the worker does, and counts what that costs. */
class Watch {
	drained = 0;
	lost = 0;
	busyMs = 0;
	readonly #pid: number;
	readonly #port: number;
	readonly #endings = new NamespaceEndings({});
	readonly #fold = new Fold();
	readonly #timers: NodeJS.Timeout[];

	constructor(pid: number, port: number, isFiltered: boolean) {
		this.#pid = pid;
		this.#port = port;
		this.#endings.begin(pid, monotonicMs());
		if (this.#endings.reason !== null) throw new Error(this.#endings.reason);
		if (isFiltered) this.#endings.setListeners([port]);
		this.#timers = [
			setInterval(() => this.#timed(() => this.#endings.drain(monotonicMs())), DRAIN_MS),
			setInterval(() => this.#timed(() => this.#look()), 1_000),
		];
	}

	close(): void {
		for (const timer of this.#timers) clearInterval(timer);
		this.#timed(() => this.#look());
		this.#endings.close();
	}

	#look(): void {
		this.#endings.begin(this.#pid, monotonicMs());
		const visitAll: Reading['endings'] = (visit) => {
			const count = this.#endings.visit(visit);
			this.drained += count.rows;
			this.lost += count.lost;
			return count;
		};
		this.#fold.fold(readingOf(visitAll, Date.now(), this.#port));
	}

	#timed(work: () => void): void {
		const start = process.cpuUsage();
		work();
		this.busyMs += cpuMs(start);
	}
}

type Churn = {
	readonly port: number;
	readonly pid: number;
	/** `rate` a second; 0: as fast as can be. Seconds that went by, and CPU seconds of the process. */
	run(count: number, rate?: number): Promise<[number, number]>;
};

async function inNamespace(work: (churn: Churn) => Promise<void>): Promise<void> {
	const namespace = `tt-bench-${process.pid}`;
	execFileSync('ip', ['netns', 'add', namespace]);
	const child = spawn('ip', ['netns', 'exec', namespace, 'python3', '-c', CHURN], {stdio: ['pipe', 'pipe', 'inherit']});
	try {
		const lines = createInterface({input: child.stdout})[Symbol.asyncIterator]();
		const next = async () =>
			String((await lines.next()).value)
				.split(' ')
				.map(Number) as [number, number];
		const [port, pid] = await next();
		await work({
			port,
			pid,
			run(count, rate = 0) {
				child.stdin.write(`${count} ${rate}\n`);
				return next();
			},
		});
	} finally {
		child.stdin.end();
		if (child.exitCode === null) await once(child, 'exit');
		execFileSync('ip', ['netns', 'del', namespace]);
	}
}

/** What the notices add at a rate that is usual: the CPU of the same watch without one, and with them. */
async function measureRate(perSecond: number): Promise<void> {
	await inNamespace(async ({pid, port, run}) => {
		await run(1_000);
		const cost: number[] = [];
		for (const rate of [0, perSecond, 0, perSecond, 0, perSecond]) {
			const watch = new Watch(pid, port, true);
			if (rate === 0) await sleep(RATE_SECONDS * 1_000);
			else await run(rate * RATE_SECONDS, rate);
			watch.close();
			cost.push(watch.busyMs / RATE_SECONDS);
		}
		const median = (at: number) => [0, 2, 4].map((i) => cost[i + at] as number).sort((a, b) => a - b)[1] as number;
		print(
			`${perSecond} endings a second: our CPU a second, none / with them`,
			`${median(0).toFixed(2)} / ${median(1).toFixed(2)} ms`,
		);
	});
}

async function measure(isFiltered: boolean): Promise<void> {
	await inNamespace(async ({pid, port, run}) => {
		await run(Math.round(CONNECTIONS / 4));
		const [, aloneCpu] = await run(CONNECTIONS);
		const watch = new Watch(pid, port, isFiltered);
		const [seconds, watchedCpu] = await run(CONNECTIONS);
		// the kernel tells of them from a work queue, which a busy machine lets wait
		for (let before = -1; before !== watch.drained; ) {
			before = watch.drained;
			await sleep(1_500);
		}
		watch.close();
		const {drained, lost, busyMs} = watch;
		const name = isFiltered ? 'filtered' : 'both ends';
		print(`${name}: endings a second, received, lost`, `${(drained / seconds).toFixed(0)}, ${drained}, ${lost}`);
		print(`${name}: our CPU for each, received, kept and folded`, `${((busyMs * 1_000) / drained).toFixed(2)} µs`);
		print(`${name}: CPU of the process that ends them, watched / alone`, `${(watchedCpu / aloneCpu).toFixed(2)}`);
		print(`${name}: our CPU / theirs`, `${(busyMs / 1_000 / watchedCpu).toFixed(3)}`);
	});
}

function cpuMs(start: NodeJS.CpuUsage): number {
	const {user, system} = process.cpuUsage(start);
	return (user + system) / 1_000;
}

/** Bytes of a capture's section, compressed one reading after the other in one window. */
function recordedBytes(perSecond: number): number {
	const encoder = new CaptureEncoder();
	const seconds = 60;
	const texts: Uint8Array[] = [];
	for (let second = 0; second < seconds; second++) {
		const tick = readingOf(
			(visit) => {
				const row = newEnding();
				row.local.set([0, 0, 0xffff, 0x0a4d0002]);
				for (let i = 0; i < perSecond; i++) {
					row.remote.set([0, 0, 0xffff, 0x0a4d000b + (i % 3)]);
					const took = 20 + ((i * 7919 + second) % 13) * 4;
					Object.assign(row, {
						...{
							remotePort: 8080,
							localPort: 32_768 + (((second * perSecond + i) * 7) % 28_000),
							agoMs: 100 * (1 + (i % 10)),
						},
						...{rxQueue: 0, txQueue: 0, retransmits: 0, probes: 0, bytesSent: 98, bytesAcked: 100, bytesReceived: 322},
						...{
							segsOut: 5,
							segsIn: 5,
							dataSegsOut: 1,
							dataSegsIn: 1,
							totalRetrans: 0,
							lastSendMs: took,
							lastReceiveMs: 0,
						},
					});
					visit(row);
				}
				return {rows: perSecond, torn: 0, lost: 0};
			},
			1_795_368_814_940 + second * 1_000,
		);
		texts.push(Buffer.from(recorded(tick, encoder).finish()));
	}
	return zstdCompressSync(Buffer.concat(texts)).length / seconds;
}

const none = recordedBytes(0);
for (const perSecond of [30, 1_000]) {
	print(`recorded: bytes a snapshot at ${perSecond} endings a second`, (recordedBytes(perSecond) - none).toFixed(0));
}
await measureRate(30);
await measure(false);
await measure(true);
