/**
What the screen writes, and how long a key takes to the frame, with the built bin on a pseudo-terminal:

    node bench/screen.ts [SECONDS=60] [KEYS=200]

Bytes: a lab with a real Traefik, idle and then under a light load, SECONDS each at 100×30. Keys: the cursor goes
down and up KEYS times at 300×100, in a replay of 1,000 backends that goes on meanwhile, and on 100,000 sockets watched
live; what counts is when the frame in which the cursor has moved was read from the terminal. Root, python3, a Traefik.
*/
import {mkdtempSync, rmSync} from 'node:fs';
import {availableParallelism, loadavg, tmpdir} from 'node:os';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {CaptureWriter} from '../src/capture/writer.ts';
import {startLab, whyNoLab} from '../test/lab/lab.ts';
import {makeSockets, whyNoSockets} from '../test/lab/sockets.ts';
import {syntheticTick} from './synthetic.ts';
import {BenchTerminal, quantile} from './terminal.ts';

const BUDGET_MS = 50;
const SETTLE_MS = 5000;
const BIN = path.join(import.meta.dirname, '../bin/traefik-top.js');
const CURSOR = '›';
const [seconds, keys] = [Number(process.argv[2] ?? 60), Number(process.argv[3] ?? 200)];

function open(args: readonly string[], columns: number, rows: number, isFollowed: boolean): BenchTerminal {
	return new BenchTerminal({command: [process.execPath, BIN, ...args], columns, rows, isFollowed});
}

async function bytes(): Promise<void> {
	const why = whyNoLab();
	if (why !== null) {
		console.log(`bytes: not measured: ${why}`);
		return;
	}
	const lab = await startLab({rate: 100});
	try {
		for (const [what, rate] of [
			['idle', 0],
			['under 100 requests a second', 100],
		] as const) {
			lab.setRate(100);
			const terminal = open(['--match', lab.match], 100, 30, false);
			await terminal.firstFrame();
			lab.setRate(rate);
			await sleep(SETTLE_MS);
			const before = {bytes: terminal.bytes, cpuMs: terminal.cpuMs()};
			await sleep(seconds * 1000);
			const written = terminal.bytes - before.bytes;
			const cpuMs = (terminal.cpuMs() - before.cpuMs) / seconds;
			const perTick = `${(written / seconds).toFixed(0)} a look`;
			console.log(`Traefik ${what}: ${written} bytes in ${seconds} s, ${perTick}; CPU ${cpuMs.toFixed(1)} ms a look`);
			await terminal.close();
		}
	} finally {
		await lab.stop();
	}
}

async function keysOn(what: string, terminal: BenchTerminal): Promise<void> {
	await terminal.sees(' ▼ BACKEND');
	await sleep(SETTLE_MS);
	await terminal.press('j');
	const times: number[] = [];
	let lost = 0;
	for (let i = 0; i < keys; i++) {
		// At any moment between two looks, and at theirs.
		await sleep(20 + ((i * 37) % 130));
		const ms = await terminal.pressToMove(i % 2 === 0 ? 'j' : 'k', CURSOR);
		if (ms === null) lost++;
		else times.push(ms);
	}
	const most = Math.max(...times);
	const [middle, nearly] = [quantile(times, 0.5), quantile(times, 0.95)].map((ms) => ms.toFixed(1));
	const verdict = `budget < ${BUDGET_MS}: ${most < BUDGET_MS ? 'kept' : 'EXCEEDED'}`;
	const unanswered = lost === 0 ? '' : `, ${lost} keys moved nothing`;
	console.log(`${what}: p50 ${middle}, p95 ${nearly}, most ${most.toFixed(1)} ms, ${verdict}${unanswered}`);
	await terminal.close();
}

async function thousandBackends(): Promise<void> {
	const folder = mkdtempSync(path.join(tmpdir(), 'traefik-top-screen-'));
	try {
		const file = path.join(folder, 'thousand.capture');
		const writer = new CaptureWriter(file);
		const load = {sockets: 5000, backends: 1000, newPerSecond: 500};
		for (let at = 1; at <= 90; at++) await writer.write(syntheticTick(at, load));
		await writer.close();
		await keysOn('key to frame, 1,000 backends at 300×100', open(['replay', file], 300, 100, true));
	} finally {
		rmSync(folder, {recursive: true});
	}
}

async function hundredThousandSockets(): Promise<void> {
	const why = whyNoSockets();
	if (why !== false) {
		console.log(`100,000 sockets: not measured: ${why}`);
		return;
	}
	const lab = await makeSockets({4: {established: 100_000}});
	try {
		await keysOn('key to frame, 100,000 sockets at 300×100', open(['--pid', String(lab.pid)], 300, 100, true));
	} finally {
		await lab.close();
	}
}

await bytes();
await thousandBackends();
await hundredThousandSockets();
console.log(`load ${loadavg()[0]?.toFixed(1)}, ${availableParallelism()} cores, Node ${process.version}`);
