/**
`node bench/archive.ts [days] [hosts]`: what a month of several hosts costs to open and to jump in. Makes an archive with a
file a day and host (a snapshot a minute, so that it is made in minutes; what opening reads are heads, whose number is
that of a recording with a snapshot a second: a chunk for every two minutes), and compares with one file of it.
*/
import {mkdirSync, mkdtempSync, rmSync, statSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {CaptureWriter} from '../src/capture/writer.ts';
import type {Tick} from '../src/reading.ts';
import {openRecordings} from '../src/recording/timeline.ts';
import {syntheticTick} from './synthetic.ts';

const [days = 30, hosts = 4] = process.argv.slice(2).map(Number);
const DAY = 86_400_000;
const STEP = 120_000;
const START = Date.UTC(2026, 9, 1);
/** Where synthetic.ts counts its seconds from. */
const SYNTHETIC_START = 1_700_000_000_000;

const folder = mkdtempSync(join(tmpdir(), 'bench-archive-'));
try {
	await main();
} finally {
	rmSync(folder, {recursive: true});
}

async function main(): Promise<void> {
	let bytes = 0;
	const files: string[] = [];
	for (let host = 0; host < hosts; host++) {
		for (let day = 0; day < days; day++) files.push(await write(host, day));
	}
	for (const file of files) bytes += statSync(file).size;
	console.log(
		`archive: ${hosts} hosts, ${days} days, ${files.length} files, ${Math.round(bytes / 1e6)} MB, a chunk every 2 minutes`,
	);
	const [one = ''] = files;
	await open([one]); // whatever is compiled first is not what is measured
	const single = await open([one]);
	const whole = await open([folder]);
	report('open', single.openMs, whole.openMs);
	report('first look at the beginning', single.firstMs, whole.firstMs);
	report('first look after a jump', single.jumpMs, whole.jumpMs);
	console.log(`memory: ${Math.round(process.memoryUsage().heapUsed / 1e6)} MB of heap after all of it`);
}

async function write(host: number, day: number): Promise<string> {
	const name = `lb${host + 1}`;
	const from = START + day * DAY;
	mkdirSync(join(folder, name), {recursive: true});
	const path = join(folder, name, `${name}-${new Date(from).toISOString().replace(/[-:]|\.\d+/g, '')}.capture`);
	const writer = new CaptureWriter(path, {isSynced: false});
	for (let time = from; time < from + DAY; time += STEP) await writer.write(of(name, time));
	await writer.close();
	return path;
}

function of(host: string, time: number): Tick {
	const tick = syntheticTick((time - SYNTHETIC_START) / 1000, {sockets: 20, backends: 3, newPerSecond: 0});
	const readings = tick.readings.map((reading) => ({
		...reading,
		time,
		instance: {...reading.instance, host, id: `${host}/1`},
		intervalMs: STEP,
	}));
	return {...tick, time, readings};
}

async function open(paths: readonly string[]) {
	const began = performance.now();
	const recording = await openRecordings(paths, {source: 'auto'});
	const openMs = performance.now() - began;
	const {from, to} = recording;
	const first = async (at: number) => {
		const start = performance.now();
		for await (const _ of recording.ticks(at)) break;
		return performance.now() - start;
	};
	const firstMs = await first(from ?? 0);
	const jumps: number[] = [];
	for (let i = 1; i < 20; i++) jumps.push(await first((from ?? 0) + (((to ?? 0) - (from ?? 0)) * i) / 20));
	recording.close();
	return {openMs, firstMs, jumpMs: jumps.toSorted((a, b) => a - b)[jumps.length >> 1] ?? 0};
}

function report(what: string, one: number, all: number): void {
	console.log(`${what}: ${all.toFixed(1)} ms, of one file ${one.toFixed(1)} ms, ${(all / one).toFixed(1)} ×`);
}
