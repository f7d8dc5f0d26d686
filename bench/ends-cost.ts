/**
`npx node bench/ends-cost.ts [TRAEFIKS] [BACKENDS] [NAMESPACES]` (root, ip, python3): what a look costs where every
Traefik dials backends whose other ends are on this machine, with and without reading these, in alternating ticks of
one run. Beside them are as many network namespaces with a process that has nothing to do with any backend.
*/
import {setTimeout as sleep} from 'node:timers/promises';
import {Fold} from '../src/fold/fold.ts';
import {DEFAULT_MATCH} from '../src/live/find.ts';
import {liveSource} from '../src/live/live.ts';
import type {Tick} from '../src/reading.ts';
import {type Farm, startFarm} from './farm.ts';

const [traefiks = 30, backends = 10, others = 160] = process.argv.slice(2).map(Number);
const ROUNDS = 15;

function cpuMs(): number {
	const {user, system} = process.cpuUsage();
	return (user + system) / 1_000;
}

/** A tick whose source is not asked for the other ends. */
function withoutEnds(tick: Tick): Tick {
	return {...tick, readings: tick.readings.map(({servers: _, ...reading}) => reading)};
}

async function measure({pids, namespaces}: Farm): Promise<void> {
	await sleep(1_000);
	const live = liveSource({procRoot: '/proc', match: DEFAULT_MATCH, pids, intervalMs: 1_000, source: 'netlink'});
	const fold = new Fold();
	const times = {with: [] as number[], without: [] as number[]};
	let found = 0;
	for (let round = 0; round < 2 * ROUNDS + 6; round++) {
		const isWith = round < 6 || round % 2 === 0;
		const before = cpuMs();
		const tick = live.look();
		const {snapshots} = fold.fold(isWith ? tick : withoutEnds(tick));
		const took = (cpuMs() - before) / traefiks;
		if (isWith) found = snapshots.reduce((sum, {servers}) => sum + (servers?.size ?? 0), 0);
		if (round >= 6) times[isWith ? 'with' : 'without'].push(took);
		await sleep(1_000);
	}
	await live.stop();
	const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
	const [withMs, withoutMs] = [median(times.with), median(times.without)];
	console.log(
		`${traefiks} Traefiks, ${backends} backends each, ${namespaces} namespaces; other ends found: ${found - traefiks} of ${traefiks * backends}`,
	);
	console.log(
		`CPU of a look, per Traefik: ${withMs.toFixed(2)} ms with both ends, ${withoutMs.toFixed(2)} ms without; ratio ${(withMs / withoutMs).toFixed(2)}`,
	);
}

const farm = await startFarm({traefiks, backends, others});
try {
	await measure(farm);
} finally {
	farm.close();
}
