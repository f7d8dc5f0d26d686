/**
What a look of the live screen allocates, thread by thread, and where most of it comes from:

    node bench/allocation.ts [SECONDS=30] [FUNCTIONS=10]

A lab with a real Traefik and 100 requests a second, the built bin on a pseudo-terminal, 25 s after its start, at 100×30
and 200×50. V8's sampling allocation profiler counts what has been collected since, too. Names are those of the minified
bundle. Root, python3, a Traefik.
*/
import {mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {loadavg, tmpdir} from 'node:os';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {startLab, whyNoLab} from '../test/lab/lab.ts';
import {BenchTerminal} from './terminal.ts';

const WARM_UP_S = 25;
const BIN = path.join(import.meta.dirname, '../bin/traefik-top.js');
const PROBE = path.join(import.meta.dirname, 'allocation-probe.ts');
const [seconds, functions] = [Number(process.argv[2] ?? 30), Number(process.argv[3] ?? 10)];

/** Of the inspector's HeapProfiler.SamplingHeapProfile. */
type ProfileNode = {
	readonly callFrame: {readonly functionName: string; readonly url: string; readonly lineNumber: number};
	readonly selfSize: number;
	readonly children: readonly ProfileNode[];
};

function addTo(sums: Map<string, number>, {callFrame, selfSize, children}: ProfileNode): number {
	const name = `${callFrame.functionName || '(anonymous)'} ${path.basename(callFrame.url)}:${callFrame.lineNumber + 1}`;
	sums.set(name, (sums.get(name) ?? 0) + selfSize);
	return children.reduce((sum, child) => sum + addTo(sums, child), selfSize);
}

const why = whyNoLab();
if (why !== null) {
	console.error(`bench/allocation.ts: ${why}`);
	process.exit(1);
}
const lab = await startLab({rate: 100});
try {
	for (const [columns, rows] of [
		[100, 30],
		[200, 50],
	] as const) {
		const folder = mkdtempSync(path.join(tmpdir(), 'traefik-top-allocation-'));
		const terminal = new BenchTerminal({
			command: [process.execPath, `--import=${PROBE}`, BIN, '--match', lab.match],
			...{columns, rows, env: {TRAEFIK_TOP_ALLOCATION: `${folder},${WARM_UP_S * 1000},${seconds * 1000}`}},
		});
		await sleep((WARM_UP_S + seconds + 3) * 1000);
		await terminal.close();
		for (const file of readdirSync(folder).sort()) {
			const {head} = JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as {head: ProfileNode};
			const sums = new Map<string, number>();
			const perLook = (bytes: number) => (bytes / 1024 / seconds).toFixed(0).padStart(6);
			console.log(
				`${columns}×${rows}, ${file === '0.json' ? 'screen' : 'looking'}: ${perLook(addTo(sums, head))} kB a look`,
			);
			for (const [name, bytes] of [...sums].sort((a, b) => b[1] - a[1]).slice(0, functions)) {
				console.log(`${perLook(bytes)}  ${name}`);
			}
		}
		rmSync(folder, {recursive: true});
	}
} finally {
	await lab.stop();
}
console.log(`load ${loadavg()[0]?.toFixed(1)}, Node ${process.version}`);
