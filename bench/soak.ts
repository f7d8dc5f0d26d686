/**
A day of looks in a row, without pause: whether anything grows that should not.

    node bench/soak.ts [TICKS=86400] [COLUMNS=100] [ROWS=30]

500 sockets, 30 of them new each second; a backend is replaced by another every five minutes, and one is unreachable for two
minutes in ten, so that findings open and close. First without a screen (fold, model, findings), then
with one that is drawn at every look and typed at, on a terminal that only counts. Each in a process of its own; at every
eighth: the heap after a garbage collection, and what of the process is nobody else's.
*/
import {spawnSync} from 'node:child_process';
import {EventEmitter} from 'node:events';
import {readFileSync} from 'node:fs';
import {loadavg} from 'node:os';
import {PassThrough} from 'node:stream';
import {setImmediate} from 'node:timers/promises';
import {setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';
import type {Assessment} from '../src/detect/assessment.ts';
import {Detector} from '../src/detect/detector.ts';
import {Fold} from '../src/fold/fold.ts';
import {build} from '../src/model/build.ts';
import {History} from '../src/model/history.ts';
import type {Model} from '../src/model/model.ts';
import type {Row} from '../src/parse/row.ts';
import type {Tick} from '../src/reading.ts';
import {type Load, syntheticTick} from './synthetic.ts';

const LOAD: Load = {sockets: 500, backends: 20, newPerSecond: 30};
const EIGHTHS = 8;
/** Of what is there after the first eighth (the 15 minutes that are remembered are full then), this much more is flat. */
const FLAT_MB = 2;
const REPLACED_S = 300;
const FAULT_EVERY_S = 600;
const FAULT_S = 120;
const BASE = 0x0a4d0000;

const ticks = Number(process.argv[2] ?? 86_400);
const [columns, rows] = [Number(process.argv[3] ?? 100), Number(process.argv[4] ?? 30)];

/** Backend 0 becomes another one now and then; nobody answers for backend 1 now and then. */
function disturb(row: Row, at: number): Row {
	const backend = (row.remote[3] ?? 0) - BASE;
	if (backend === 0) row.remote[3] = BASE + 256 * (1 + Math.floor(at / REPLACED_S));
	const isFaulty = backend === 1 && at % FAULT_EVERY_S >= FAULT_EVERY_S - FAULT_S;
	return Object.assign(row, {state: isFaulty ? 2 : 1, timer: isFaulty ? 1 : 0, retransmits: isFaulty ? 2 : 0});
}

function disturbedTick(at: number): Tick {
	const tick = syntheticTick(at, LOAD);
	const readings = tick.readings.map((reading) => ({
		...reading,
		visit: (visit: (row: Row) => void) => reading.visit((row) => visit(disturb(row, at))),
	}));
	return {...tick, readings};
}

type Show = (model: Model, assessment: Assessment, at: number) => Promise<void>;

const MB = 2 ** 20;
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function memory(): {readonly heapMb: number; readonly privateMb: number; readonly rssMb: number} {
	collect();
	const text = readFileSync('/proc/self/smaps_rollup', 'latin1');
	const fields = [...text.matchAll(/^Private_(?:Clean|Dirty):\s+(\d+) kB$/gm)];
	const {heapUsed, rss} = process.memoryUsage();
	return {
		heapMb: heapUsed / MB,
		privateMb: fields.reduce((sum, [, kb]) => sum + Number(kb), 0) / 1024,
		rssMb: rss / MB,
	};
}

async function run(show: Show): Promise<void> {
	const [fold, history, detector] = [new Fold(), new History(), new Detector()];
	const heaps: number[] = [];
	const counts = {opened: 0, closed: 0};
	for (let at = 1; at <= ticks; at++) {
		const look = fold.fold(disturbedTick(at));
		const model = build(history.add(look), {source: 'live'});
		const assessment = detector.assess(model);
		counts.opened += assessment.opened.length;
		counts.closed += assessment.closed.length;
		await show(model, assessment, at);
		if (at % Math.ceil(ticks / EIGHTHS) !== 0 && at !== ticks) continue;
		const {heapMb, privateMb, rssMb} = memory();
		heaps.push(heapMb);
		const found = `${counts.opened} findings opened, ${counts.closed} closed`;
		const sizes = `heap ${heapMb.toFixed(1)} MB, private ${privateMb.toFixed(0)}, RSS ${rssMb.toFixed(0)}`;
		console.log(`${String(at).padStart(7)}  ${sizes}  ${found}, ${model.instances[0]?.backends.length} backends`);
	}
	const grown = Math.max(...heaps.slice(1)) - (heaps[0] ?? 0);
	console.log(
		`most after the first eighth: ${grown.toFixed(1)} MB more than then: ${grown <= FLAT_MB ? 'flat' : 'GROWS'}`,
	);
}

/** The keys of somebody who looks around: cursor, a backend, findings, help, a filter. */
const KEYS = [
	'j',
	'j',
	'k',
	'\r',
	'j',
	'\u001b',
	'\t',
	'\u001b',
	'?',
	'\u001b',
	'G',
	'g',
	's',
	'r',
	'/',
	'1',
	'\u001b',
];

async function screen(): Promise<{readonly show: Show; close(): Promise<unknown>}> {
	// React's development build keeps notes about each render.
	process.env['NODE_ENV'] = 'production';
	await import(new URL('../test/tsx-hook.js', import.meta.url).href);
	const {startScreen} = await import('../src/ui/terminal/start.tsx');
	const {NEW_PLAYBACK} = await import('../src/ui/state/playback.ts');
	let bytes = 0;
	const stdout = Object.assign(new EventEmitter(), {
		...{columns, rows, isTTY: true, writable: true},
		write(data: string, done?: () => void) {
			bytes += Buffer.byteLength(data);
			if (typeof done === 'function') queueMicrotask(done);
			return true;
		},
	});
	const stdin = Object.assign(new PassThrough(), {isTTY: true, setRawMode() {}, ref() {}, unref() {}});
	const nothing = () => {};
	const controls = {
		...{setInterval: nothing, openBackend: nothing, seek: nothing, goLive: nothing, step: nothing},
		...{play: nothing, pause: nothing, setSpeed: nothing},
		writeRecent: async () => '',
	};
	const shown = startScreen({
		stdin: stdin as never,
		stdout: stdout as never,
		controls,
		playback: NEW_PLAYBACK,
		...{depth: 2, isAscii: false, isCompact: false, term: 'xterm-256color'},
	});
	return {
		async show(model, assessment, at) {
			shown.show(model, assessment, {...NEW_PLAYBACK, position: model.time, intervalMs: 1000});
			if (at % 5 === 0) stdin.write(KEYS[(at / 5) % KEYS.length] ?? '');
			await setImmediate();
		},
		close: async () => {
			shown.close();
			await shown.exit;
			console.log(`${(bytes / ticks).toFixed(0)} bytes a look at ${columns}×${rows}, keys included`);
		},
	};
}

// As the launcher does.
setFlagsFromString('--semi-space-growth-factor=1');

const chosen = process.env['TRAEFIK_TOP_BENCH_SOAK'];
if (chosen === undefined) {
	for (const what of ['headless', 'screen']) {
		const env = {...process.env, TRAEFIK_TOP_BENCH_SOAK: what};
		const {status} = spawnSync(process.execPath, process.argv.slice(1), {env, stdio: 'inherit'});
		if (status !== 0) process.exitCode = 1;
	}
} else {
	console.log(`${chosen}: ${ticks} looks, Node ${process.version}, load ${loadavg()[0]?.toFixed(1)}`);
	const began = performance.now();
	if (chosen === 'headless') await run(async () => {});
	else {
		const {show, close} = await screen();
		await run(show);
		await close();
	}
	console.log(`took ${((performance.now() - began) / 1000).toFixed(0)} s`);
}
