/**
How soon a backend that refuses shows, and what a restart looks like: `node bench/refused.ts` (root, a Traefik, the built
bin; about four minutes).

First, five times: a backend of three is killed; how long until the screen, painted on a terminal of 120×32, says `refused`.
The first refused dial comes after the kill, so these times are upper bounds. Then backends that are killed and come back,
at several rates: for how long `watch` called the backend degraded and down, and how long after its return that ended.
*/
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import path from 'node:path';
import {createInterface} from 'node:readline';
import {setTimeout as sleep} from 'node:timers/promises';
import {type Lab, startLab, whyNoLab} from '../test/lab/lab.ts';
import {PtyScreen} from '../test/ui/pty.ts';

const BIN = path.join(import.meta.dirname, '../bin/traefik-top.js');
const KILLS = 5;
const WARM_UP_MS = 6_000;
const AFTER_MS = 8_000;
/** One backend each: two outages of one are awaited to be a crash loop. */
const OUTAGES_MS = {b1: 300, b2: 1_000, b3: 4_000} as const;
const RATES = [15, 90, 300];

async function painted(): Promise<void> {
	const times: number[] = [];
	for (let i = 0; i < KILLS; i++) {
		const lab = await startLab({rate: 100});
		const screen = new PtyScreen({
			shell: `exec ${process.execPath} ${BIN} --match '${lab.match}'`,
			columns: 120,
			rows: 32,
		});
		try {
			await screen.sees(lab.backends.b2.address);
			// at another phase of the looks each time
			await sleep(WARM_UP_MS + i * 230);
			const killed = performance.now();
			lab.backends.b2.kill();
			await screen.sees(new RegExp(`${lab.backends.b2.address} .* dials? refused`));
			times.push(performance.now() - killed);
		} finally {
			screen[Symbol.dispose]();
			await lab.stop();
		}
	}
	times.sort((a, b) => a - b);
	const median = times[KILLS >> 1] ?? Number.NaN;
	console.log(`killed to painted: median ${median.toFixed(0)} ms of ${times.map((ms) => ms.toFixed(0)).join(', ')} ms`);
}

type Look = {readonly time: number; readonly state: string};

/** The states of one backend, as `watch` tells them. */
function follow(lab: Lab, address: string): {readonly looks: Look[]; stop(): Promise<void>} {
	const child = spawn(process.execPath, [BIN, 'watch', '--match', lab.match], {stdio: ['ignore', 'pipe', 'inherit']});
	const looks: Look[] = [];
	createInterface({input: child.stdout}).on('line', (line) => {
		const said = JSON.parse(line);
		if (said.type !== 'snapshot') return;
		const backend = said.instances[0]?.backends.find((each: {address: string}) => each.address === address);
		if (backend !== undefined) looks.push({time: said.time, state: backend.state});
	});
	return {
		looks,
		async stop() {
			child.kill('SIGTERM');
			await once(child, 'exit');
		},
	};
}

/** Seconds for which a state was the newest one. */
function seconds(looks: readonly Look[], state: string, from: number): number {
	let sum = 0;
	for (const [i, look] of looks.entries()) {
		const next = looks[i + 1];
		if (look.state === state && look.time >= from && next !== undefined) sum += next.time - look.time;
	}
	return sum / 1_000;
}

async function restarts(): Promise<void> {
	console.log('a second  away for  degraded for  down for  over after its return');
	for (const rate of RATES) {
		const lab = await startLab({rate});
		try {
			for (const name of ['b1', 'b2', 'b3'] as const) {
				const [backend, outageMs] = [lab.backends[name], OUTAGES_MS[name]];
				const watch = follow(lab, backend.address);
				await sleep(WARM_UP_MS);
				const killed = Date.now();
				backend.kill();
				await backend.exited;
				await sleep(Math.max(0, outageMs - 100)); // starting takes about as long
				await backend.start();
				const back = Date.now();
				await sleep(AFTER_MS);
				const bad = watch.looks.filter(({time, state}) => time >= killed && /down|degraded/.test(state));
				const over = bad.length === 0 ? 0 : Math.max(0, (bad.at(-1)?.time ?? 0) + 1_000 - back) / 1_000;
				console.log(
					[
						String(Math.round(rate / 3)).padStart(8),
						`${((back - killed) / 1_000).toFixed(1)} s`.padStart(9),
						`${seconds(watch.looks, 'degraded', killed).toFixed(1)} s`.padStart(13),
						`${seconds(watch.looks, 'down', killed).toFixed(1)} s`.padStart(9),
						`${over.toFixed(1)} s`.padStart(12),
					].join(' '),
				);
				await watch.stop();
			}
		} finally {
			await lab.stop();
		}
	}
}

const why = whyNoLab();
if (why !== null) throw new Error(why);
await painted();
await restarts();
