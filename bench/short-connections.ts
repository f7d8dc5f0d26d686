/**
Response times of backends that close each connection after its answer, as the kernel's notices of ended connections give
them, beside what the clients measured through Traefik: `node bench/short-connections.ts [SERVER…]` (root, a Traefik, the
built bin; about five minutes for all three servers). One backend of the lab at each latency and rate; the clients' median
holds Traefik's own time, too. `–`: the machine did not serve that many (the clients saw errors, or twice the latency).
*/
import {execFile} from 'node:child_process';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {promisify} from 'node:util';
import {startLab} from '../test/lab/lab.ts';
import {whyNoServer} from '../test/lab/suitable.ts';

const BIN = path.join(import.meta.dirname, '../bin/traefik-top.js');
const LATENCIES_MS = [5, 50, 500];
const RATES = [10, 100, 1_000];
const WORKERS = 32;
const SETTLE_MS = 4_000;
const WATCH_SECONDS = 8;
const servers = process.argv.length > 2 ? process.argv.slice(2) : ['gunicorn', 'http-server', 'go'];

type Times = {readonly p50: number; readonly p95: number; readonly count: number};

async function responseTimes(match: string, address: string): Promise<Times | null> {
	const {stdout} = await promisify(execFile)(
		process.execPath,
		[BIN, 'snapshot', '--json', '--for', `${WATCH_SECONDS}s`, '--match', match],
		{maxBuffer: 64 << 20},
	);
	const {instances} = JSON.parse(stdout) as {instances: {backends: {address: string; responseMs: Times | null}[]}[]};
	return instances.flatMap(({backends}) => backends).find((backend) => backend.address === address)?.responseMs ?? null;
}

console.log('server       latency  a second  clients p50  ours p50  clients p95  ours p95  answers  differs by');
for (const server of servers) {
	const missing = whyNoServer(server);
	if (missing !== null) {
		console.log(`${server}: ${missing}`);
		continue;
	}
	const lab = await startLab({server, backends: 1, rate: 0, tuning: {keepAliveSeconds: 0, workers: WORKERS}});
	try {
		for (const latencyMs of LATENCIES_MS) {
			for (const rate of RATES) {
				// gunicorn's sync workers: more would only queue
				if (server === 'gunicorn' && rate * latencyMs > WORKERS * 1_000 * 0.8) continue;
				lab.backends.b1.order({latencyMs});
				lab.setRate(rate);
				await sleep(SETTLE_MS);
				await lab.load.stats();
				const ours = await responseTimes(lab.match, lab.backends.b1.address);
				const clients = await lab.load.stats();
				lab.setRate(0);
				await sleep(1_500);
				const p50 = clients.p50Ms ?? Number.NaN;
				const isServed = clients.failed === 0 && p50 < 2 * latencyMs + 20;
				const off = ours === null ? Number.NaN : ours.p50 - p50;
				const isClose = Math.abs(off) <= Math.max(8, p50 * 0.1);
				console.log(
					[
						server.padEnd(12),
						`${latencyMs} ms`.padStart(7),
						String(rate).padStart(9),
						p50.toFixed(0).padStart(12),
						String(ours?.p50 ?? '–').padStart(9),
						(clients.p95Ms?.toFixed(0) ?? '–').padStart(12),
						String(ours?.p95 ?? '–').padStart(9),
						String(ours?.count ?? '–').padStart(8),
						isServed ? ` ${off.toFixed(0)} ms${isClose ? '' : ', more than 8 ms and 10 %'}` : ' – (overloaded)',
					].join(' '),
				);
			}
		}
	} finally {
		await lab.stop();
	}
}
