/**
What a scrape of `export` costs and how much it says, by number of backends:

    node bench/scrape.ts [BACKENDS=1000] [ROUNDS=40]

CPU time of this process, medians; gzip as the exporter does it for who asks, as Prometheus does. What Prometheus keeps is
counted in series: every line that is not a comment is one.
*/
import {gzipSync} from 'node:zlib';
import type {Assessment} from '../src/detect/assessment.ts';
import {Detector} from '../src/detect/detector.ts';
import {Fold} from '../src/fold/fold.ts';
import {build} from '../src/model/build.ts';
import {History} from '../src/model/history.ts';
import type {Model} from '../src/model/model.ts';
import {metricsText} from '../src/output/prometheus.ts';
import {Totals} from '../src/output/prometheus-totals.ts';
import {GZIP_LEVEL} from '../src/sink/rendered-metrics.ts';
import {EXPORTER} from '../test/output/exporter.ts';
import {syntheticTick} from './synthetic.ts';

const [most, rounds] = [Number(process.argv[2] ?? 1000), Number(process.argv[3] ?? 40)];
const SECONDS = 30;
const SOCKETS_PER_BACKEND = 5;

function watched(backends: number): {model: Model; assessment: Assessment; totals: Totals} {
	const [fold, history, detector, totals] = [new Fold(), new History(), new Detector(), new Totals()];
	let last: {model: Model; assessment: Assessment} | null = null;
	for (let at = 1; at <= SECONDS; at++) {
		const look = fold.fold(
			syntheticTick(at, {sockets: backends * SOCKETS_PER_BACKEND, backends, newPerSecond: backends}),
		);
		const model = build(history.add(look), {source: 'live'});
		const assessment = detector.assess(model);
		totals.add(look, assessment);
		last = {model, assessment};
	}
	if (last === null) throw new Error('no look');
	return {...last, totals};
}

function medianCpuMs(measured: () => void): number {
	const times = Array.from({length: rounds}, () => {
		const before = process.cpuUsage();
		measured();
		const {user, system} = process.cpuUsage(before);
		return (user + system) / 1000;
	});
	return times.slice(rounds >> 2).toSorted((a, b) => a - b)[(rounds - (rounds >> 2)) >> 1] ?? Number.NaN;
}

const count = (text: string) => text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
const kb = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`;

let fixed: {series: number; bytes: number} | null = null;
for (const backends of [1, 10, 100, most]) {
	const input = {...watched(backends), exporter: EXPORTER, maxBackends: most};
	const text = metricsText(input, 'text');
	const [series, bytes, zipped] = [count(text), Buffer.byteLength(text), gzipSync(text, {level: GZIP_LEVEL}).length];
	fixed ??= {series, bytes};
	const each = (all: number, first: number) => (backends === 1 ? all : (all - first) / (backends - 1));
	const cost = medianCpuMs(() => void metricsText(input, 'text'));
	const packing = medianCpuMs(() => void gzipSync(text, {level: GZIP_LEVEL}));
	const open = medianCpuMs(() => void metricsText(input, 'openmetrics'));
	console.log(
		`${backends} backends: ${series} series, ${kb(bytes)} (gzip ${kb(zipped)}), ` +
			`text ${cost.toFixed(1)} ms CPU, packing it ${packing.toFixed(1)} ms, OpenMetrics ${open.toFixed(1)} ms; ` +
			`a further backend: ${each(series, fixed.series).toFixed(1)} series, ${kb(each(bytes, fixed.bytes))}`,
	);
}
