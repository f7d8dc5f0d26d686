/**
Whether memory stays flat, over many more seconds than anybody would wait for: synthetic readings through everything
that remembers (fold, history, model, findings), one after the other, without pause.

    node bench/memory.ts [TICKS=86400] [TICKS_AT_100000=300]

Prints private memory above that of an idle start (all code loaded, nothing read) as it goes; nothing asks for a garbage
collection. The last 15 minutes that are kept for `save` are capped on their own and not in here.
*/
import {spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {setFlagsFromString} from 'node:v8';
import {Detector} from '../src/detect/detector.ts';
import {Fold} from '../src/fold/fold.ts';
import {build} from '../src/model/build.ts';
import {History} from '../src/model/history.ts';
import {type Load, syntheticTick} from './synthetic.ts';

const BUDGET_MB = 64;
const LINES = 12;

/** Megabytes of this process that are nobody else's, too. */
function privateMb(): number {
	const text = readFileSync('/proc/self/smaps_rollup', 'latin1');
	const fields = [...text.matchAll(/^Private_(?:Clean|Dirty):\s+(\d+) kB$/gm)];
	return fields.reduce((sum, [, kb]) => sum + Number(kb), 0) / 1024;
}

function run(count: number, load: Load, idleMb: number): void {
	const {sockets, backends, newPerSecond} = load;
	console.log(`${count} ticks, ${sockets} sockets, ${backends} backends, ${newPerSecond} new connections a second:`);
	const [fold, history, detector] = [new Fold(), new History(), new Detector()];
	const grown: number[] = [];
	for (let at = 1; at <= count; at++) {
		const model = build(history.add(fold.fold(syntheticTick(at, load))), {source: 'recording'});
		const {open} = detector.assess(model);
		if (at % Math.ceil(count / LINES) !== 0 && at !== count) continue;
		grown.push(privateMb() - idleMb);
		console.log(`${String(at).padStart(8)} ${(grown.at(-1) ?? 0).toFixed(1).padStart(7)} MB, ${open.length} findings`);
	}
	const most = Math.max(...grown);
	const half = grown.slice(grown.length >> 1);
	console.log(`most: ${most.toFixed(1)} MB, budget ≤ ${BUDGET_MB}: ${most <= BUDGET_MB ? 'kept' : 'EXCEEDED'}`);
	console.log(`second half: from ${half[0]?.toFixed(1)} to ${half.at(-1)?.toFixed(1)} MB`);
}

const LOADS: readonly (readonly [ticks: number, load: Load])[] = [
	[Number(process.argv[2] ?? 86_400), {sockets: 500, backends: 20, newPerSecond: 30}],
	[Number(process.argv[3] ?? 300), {sockets: 100_000, backends: 20, newPerSecond: 1000}],
];

// As the launcher does.
setFlagsFromString('--semi-space-growth-factor=1');

// Each in a process of its own: what one leaves behind is not the other's.
const chosen = process.env['TRAEFIK_TOP_BENCH_LOAD'];
if (chosen === undefined) {
	for (const index of LOADS.keys()) {
		const env = {...process.env, TRAEFIK_TOP_BENCH_LOAD: String(index)};
		spawnSync(process.execPath, process.argv.slice(1), {env, stdio: 'inherit'});
	}
} else {
	const [ticks, load] = LOADS[Number(chosen)] ?? [0, {sockets: 0, backends: 1, newPerSecond: 0}];
	const idleMb = privateMb();
	console.log(`idle start: ${idleMb.toFixed(1)} MB private, Node ${process.version}`);
	run(ticks, load, idleMb);
}
