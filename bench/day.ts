/**
Replay and report of a whole recorded day, beside their budgets: 2,000 sockets, 30 of them new each second, a fault every
hour.

    node build.js && node bench/day.ts            rows of the text tables: 86,400 snapshots, 57 MB, about 8 minutes
    node bench/day.ts --info                      rows with tcp_info: 259 MB
    node bench/day.ts --hours 2                   less of it
    node bench/day.ts --keep FILE                 the recording is kept there, or used when it is there already
*/
import {existsSync, mkdtempSync, rmSync, statSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {parseArgs} from 'node:util';
import {CaptureWriter} from '../src/capture/writer.ts';
import {DEFAULT_THRESHOLDS} from '../src/detect/thresholds.ts';
import {startReplay} from '../src/worker/replay-client.ts';
import {measureReport, ReplayOnScreen} from './day-screen.ts';
import {NEW_PER_SECOND, Pool, SOCKETS, T} from './pool.ts';

const {values} = parseArgs({
	options: {info: {type: 'boolean', default: false}, hours: {type: 'string', default: '24'}, keep: {type: 'string'}},
});
const SECONDS = Number(values.hours) * 3600;
const SEEKS = 12;

function print(what: string, value: string, budget = ''): void {
	console.log(`${what.padEnd(62)} ${value.padStart(22)}  ${budget}`);
}

/** Every hour at 20 past one backend hangs up and Traefik does not, for three minutes. */
async function make(path: string): Promise<void> {
	const pool = new Pool(values.info);
	const writer = new CaptureWriter(path);
	const started = performance.now();
	for (let second = 0; second < SECONDS; second++) {
		const inHour = second % 3600;
		pool.second(second * 1000, inHour >= 1200 && inHour < 1380 ? 3 : null);
		const tick = pool.tick(second * 1000);
		const readings = tick.readings.map((reading) => ({...reading, time: T + reading.time}));
		await writer.write({...tick, time: T + tick.time, readings});
	}
	await writer.close();
	print('written by the recorder', `${((performance.now() - started) / 1000).toFixed(0)} s`);
}

type Shown = {readonly firstMs: number; readonly settledMs: number; readonly cpuMs: number};

/** A replay that is paused at its beginning, and a function that jumps in it. */
async function openReplay(path: string, isMarked: boolean) {
	const thread = await startReplay({
		...{paths: [path], source: 'auto', backend: [], ignore: [], names: new Map(), thresholds: DEFAULT_THRESHOLDS},
		...{isFollowed: false, isPausedByFindings: false, isLooping: false, speed: 1, isMarked},
	});
	let onFrame = (_isProvisional: boolean, _obeyed: number) => {};
	thread.listen({
		frame: (_, {isProvisional}, obeyed) => onFrame(isProvisional, obeyed),
		status() {},
		rows() {},
		marks() {},
	});
	const {from, to} = thread.about;
	if (from === null || to === null) throw new Error('the recording is empty');
	const jump = async (share: number): Promise<Shown> => {
		const usage = process.cpuUsage();
		const start = performance.now();
		let firstMs = 0;
		await new Promise<void>((resolve) => {
			const number = thread.send({type: 'seek', time: from + Math.round((to - from) * share)});
			onFrame = (isProvisional, obeyed) => {
				if (obeyed < number) return;
				firstMs ||= performance.now() - start;
				if (!isProvisional) resolve();
			};
		});
		const settledMs = performance.now() - start;
		const {user, system} = process.cpuUsage(usage);
		return {firstMs, settledMs, cpuMs: (user + system) / 1000};
	};
	await jump(0);
	thread.send({type: 'pause'});
	return {thread, jump};
}

/** Seeks at random without a screen: what the thread alone takes. */
async function seeks(path: string): Promise<Shown[]> {
	const {thread, jump} = await openReplay(path, false);
	const shown: Shown[] = [];
	// the first two compile the code, as the scan for marks does in the program
	for (let i = -2; i < SEEKS; i++) {
		const one = await jump(((i + 2) * 0.618 + 0.3) % 1);
		if (i >= 0) shown.push(one);
	}
	await thread.close();
	return shown;
}

/** The first seek of a replay, this long after its first frame: until then the scan for marks compiles the code. */
async function firstSeek(path: string, waitMs: number): Promise<Shown> {
	const {thread, jump} = await openReplay(path, true);
	await sleep(waitMs);
	const shown = await jump(0.9);
	await thread.close();
	return shown;
}

function spread(values: readonly number[]): string {
	const sorted = values.toSorted((a, b) => a - b);
	const at = (share: number) =>
		(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(0);
	return `${at(0.5)} ms, most ${at(1)}`;
}

const folder = mkdtempSync(join(tmpdir(), 'bench-day-'));
try {
	const path = values.keep ?? join(folder, 'day.capture');
	print('sockets, new a second, snapshots', `${SOCKETS}, ${NEW_PER_SECOND}, ${SECONDS}`);
	if (!existsSync(path)) await make(path);
	print('size', `${(statSync(path).size / 1e6).toFixed(0)} MB`);
	const shown = await seeks(path);
	print('a seek: first frame', spread(shown.map(({firstMs}) => firstMs)), '≤ 300 ms');
	print('a seek: settled', spread(shown.map(({settledMs}) => settledMs)), '≤ 1000 ms');
	print('a seek: CPU of all threads', spread(shown.map(({cpuMs}) => cpuMs)));
	for (const waitMs of [0, 500, 1000]) {
		const {firstMs, settledMs} = await firstSeek(path, waitMs);
		print(
			`the first seek, ${waitMs} ms after the first frame`,
			`${firstMs.toFixed(0)} ms, then ${settledMs.toFixed(0)}`,
		);
	}
	const screen = new ReplayOnScreen(path, SECONDS);
	try {
		print('on a terminal: start to first frame', `${(await screen.opened()).toFixed(0)} ms`, '≤ 500 ms');
		print('a key while it seeks and looks for marks', spread(await screen.keys()), '≤ 50 ms');
		for (const {at, rssMb} of await screen.memory()) print(`memory of the replay, ${at}`, `${rssMb.toFixed(0)} MB`);
	} finally {
		screen.close();
	}
	const report = await measureReport(path);
	print('report', `${(SECONDS / (report.ms / 1000)).toFixed(0)} × real time`, '≥ 200 ×');
	print('report: CPU of all threads', `${(report.cpuMs / 1000).toFixed(1)} s`);
	for (const {at, rssMb} of report.memory) print(`memory of the report, ${at}`, `${rssMb.toFixed(0)} MB`, 'flat');
} finally {
	rmSync(folder, {recursive: true});
}
