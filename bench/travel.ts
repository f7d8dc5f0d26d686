/**
The way back in time of a live view, as its worker goes it: 15 minutes of 2,000 sockets, 30 of them new each second, from
what is kept in memory. What it takes until the first and the settled frame, and how long a reading that is due has to wait.

    node bench/travel.ts            rows of the text tables
    node bench/travel.ts --info     rows with tcp_info
*/
import {setTimeout as sleep} from 'node:timers/promises';
import {parseArgs} from 'node:util';
import {RecentCapture} from '../src/capture/recent.ts';
import {RecentRecording} from '../src/capture/recent-recording.ts';
import {DEFAULT_THRESHOLDS} from '../src/detect/thresholds.ts';
import {Fold} from '../src/fold/fold.ts';
import type {FromPlayer} from '../src/worker/protocol.ts';
import {Travel} from '../src/worker/travel.ts';
import {Pool, T} from './pool.ts';

const SECONDS = 960;
const BEAT_MS = 5;
/** Seconds before the newest look. */
const BACK = [5, 600, 5, 300, 10, 800, 5, 60];

const {values} = parseArgs({options: {info: {type: 'boolean', default: false}}});
const recent = new RecentCapture();
const fold = new Fold();
const pool = new Pool(values.info);
for (let second = 0; second < SECONDS; second++) {
	pool.second(second * 1000, second >= 300 && second < 500 ? 3 : null);
	const {readings} = pool.tick(second * 1000);
	const time = T + second * 1000;
	const kept = recent.record({time, problem: null, readings: readings.map((reading) => ({...reading, time}))});
	fold.fold(kept.tick);
	await kept.finish();
}
console.log(`kept: ${(recent.bytes / 1e6).toFixed(1)} MB`);

let hear: (said: FromPlayer) => void = () => {};
const travel: Travel = new Travel({
	...{isWatched: () => true, names: new Map(), thresholds: DEFAULT_THRESHOLDS},
	open: () => new RecentRecording(recent),
	post: (said) => hear(said),
});

let beatAt = performance.now();
let longestMs = 0;
const beat = setInterval(() => {
	const now = performance.now();
	longestMs = Math.max(longestMs, now - beatAt - BEAT_MS);
	beatAt = now;
}, BEAT_MS);
for (const [at, back] of BACK.entries()) {
	longestMs = 0;
	const start = performance.now();
	let firstMs = 0;
	const cpu = process.cpuUsage();
	await new Promise<void>((resolve) => {
		hear = (said) => {
			if (said.type !== 'frame') return;
			setImmediate(() => travel.obey({type: 'drawn'}));
			if (said.obeyed < at + 1) return;
			firstMs ||= performance.now() - start;
			if (!said.status.isProvisional) resolve();
		};
		travel.obey({type: 'seek', time: T + (SECONDS - 1 - back) * 1000, number: at + 1});
	});
	const settledMs = performance.now() - start;
	const {user, system} = process.cpuUsage(cpu);
	const figures = `first frame ${firstMs.toFixed(0)} ms, settled ${settledMs.toFixed(0)}, CPU ${((user + system) / 1000).toFixed(0)}`;
	console.log(`${String(back).padStart(4)} s back: ${figures}; a reading waits ${longestMs.toFixed(0)} ms at most`);
	await sleep(100);
}
clearInterval(beat);
travel.leave();
recent.close();
