/**
What the model and all rules cost, beside the parse of a text table of 100,000 sockets in the same run:

    node bench/detect.ts [ROUNDS=40]

CPU time, medians. The backends have a past of the whole LOOKBACK before anything is measured.
*/
import {Detector} from '../src/detect/detector.ts';
import {Fold} from '../src/fold/fold.ts';
import {build} from '../src/model/build.ts';
import {History} from '../src/model/history.ts';
import {newRow} from '../src/parse/row.ts';
import {parseTcpTable} from '../src/parse/tcp-table.ts';
import {type Load, syntheticTick} from './synthetic.ts';

const SOCKETS = 100_000;
const PAST = 900;
const rounds = Number(process.argv[2] ?? 40);

/** A table as the kernel prints it: connections to one backend. */
function table(): Buffer {
	const lines = [
		'  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode'.padEnd(149),
	];
	for (let i = 0; i < SOCKETS; i++) {
		const local = `${((i / 60_000) | 0).toString(16).padStart(2, '0')}004D0A:${(1024 + (i % 60_000)).toString(16).padStart(4, '0')}`;
		const row = `${String(i).padStart(4)}: ${local.toUpperCase()} 0C004D0A:1F90 01 00000000:00000000 02:00000644 00000000     0        0`;
		lines.push(`${row} ${400_000 + i} 2 000000008a1bfee1 22 4 22 10 -1`.padEnd(149));
	}
	return Buffer.from(`${lines.join('\n')}\n`, 'latin1');
}

function cpuMs(measured: () => void): number {
	const before = process.cpuUsage();
	measured();
	const {user, system} = process.cpuUsage(before);
	return (user + system) / 1000;
}

function median(values: readonly number[]): number {
	return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** Median CPU ms of one tick's model and findings, once the past is there. */
function costOf(load: Load): {build: number; detect: number} {
	const [fold, history, detector] = [new Fold(), new History(), new Detector()];
	const times: {build: number[]; detect: number[]} = {build: [], detect: []};
	for (let at = 1; at <= PAST + rounds; at++) {
		const window = history.add(fold.fold(syntheticTick(at, load)));
		let model: ReturnType<typeof build> | undefined;
		const buildMs = cpuMs(() => {
			model = build(window, {source: 'recording'});
		});
		const detectMs = cpuMs(() => void (model && detector.assess(model)));
		if (at <= PAST) continue;
		times.build.push(buildMs);
		times.detect.push(detectMs);
	}
	return {build: median(times.build), detect: median(times.detect)};
}

const text = table();
const row = newRow();
const parse = Array.from({length: rounds}, () =>
	cpuMs(() => void parseTcpTable(text, text.length, 4, true, row, () => {})),
);
const parseMs = median(parse.slice(rounds >> 2));
console.log(`Node ${process.version}; parse of ${SOCKETS} rows: ${parseMs.toFixed(2)} ms`);

const verdict = (is: number, limit: number) =>
	`${is.toFixed(2)} ms, budget ≤ ${limit.toFixed(2)}: ${is <= limit ? 'kept' : 'EXCEEDED'}`;
for (const [backends, limitMs] of [
	[20, 2],
	[50, 2],
	[1000, 50],
] as const) {
	const cost = costOf({sockets: backends * 5, backends, newPerSecond: backends});
	console.log(`${backends} backends: model ${cost.build.toFixed(2)} ms, rules ${cost.detect.toFixed(2)} ms`);
	console.log(`  model + rules: ${verdict(cost.build + cost.detect, limitMs)}`);
	if (backends === 50) console.log(`  rules ÷ parse: ${verdict(cost.detect, parseMs / 10)}`);
}
