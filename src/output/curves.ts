/**
The numbers of each backend over a time of unknown length, in bounded memory. Where there are more looks than points, a
point keeps the least and the most of its looks: thinning must not hide a peak or a hole.
*/
import {METRICS, type Metric, metricOf} from '../model/metric.ts';
import type {Model} from '../model/model.ts';

const POINTS = 1_200;
const NARROWEST_MS = 200;
/** More backends than this are counted, not drawn. */
const MAX_BACKENDS = 300;

/** Of one metric, per point; NaN: unknown. */
export type Extremes = {readonly least: Float32Array; readonly most: Float32Array};

export type BackendCurves = {
	readonly instance: string;
	readonly address: string;
	readonly name: string | null;
	readonly metrics: ReadonlyMap<Metric, Extremes>;
};

export type Curves = {
	/** Unix ms of the beginning of the first point, and the width of each. */
	readonly from: number;
	readonly widthMs: number;
	/** Points up to the last look, and those that hold one, ascending. */
	readonly points: number;
	readonly seen: readonly number[];
	/** In the order of instances and addresses. */
	readonly backends: readonly BackendCurves[];
	/** Backends that were seen and are not among them. */
	readonly leftOut: number;
};

export class CurveGatherer {
	readonly #columns = new Map<string, {curves: Mutable; metrics: Map<Metric, Extremes>}>();
	readonly #leftOut = new Set<string>();
	#from: number | null = null;
	#widthMs = NARROWEST_MS;
	#points = 0;
	#seen = new Uint8Array(POINTS);

	add({time, instances}: Model): void {
		this.#from ??= time;
		if (time < this.#from) return;
		while ((time - this.#from) / this.#widthMs >= POINTS) this.#halve();
		const point = Math.floor((time - this.#from) / this.#widthMs);
		this.#points = Math.max(this.#points, point + 1);
		this.#seen[point] = 1;
		for (const {id, backends, problem} of instances) {
			if (problem !== null) continue;
			for (const {address, name, now} of backends) {
				const metrics = this.#metricsOf(id, address, name);
				if (metrics === null) continue;
				for (const metric of METRICS) {
					const value = metricOf(metric, now);
					if (value !== null) put(columnOf(metrics, metric), point, value);
				}
			}
		}
	}

	#metricsOf(instance: string, address: string, name: string | null): Map<Metric, Extremes> | null {
		const key = `${instance}\n${address}`;
		const known = this.#columns.get(key);
		if (known !== undefined) {
			known.curves.name ??= name;
			return known.metrics;
		}
		if (this.#columns.size >= MAX_BACKENDS) {
			this.#leftOut.add(key);
			return null;
		}
		const metrics = new Map<Metric, Extremes>();
		this.#columns.set(key, {curves: {instance, address, name}, metrics});
		return metrics;
	}

	/** Points become twice as wide. */
	#halve(): void {
		for (const {metrics} of this.#columns.values()) {
			for (const [metric, column] of metrics) metrics.set(metric, halved(column));
		}
		const seen = new Uint8Array(POINTS);
		for (const [point, isSeen] of this.#seen.entries()) if (isSeen === 1) seen[point >> 1] = 1;
		this.#seen = seen;
		this.#widthMs *= 2;
		this.#points = Math.ceil(this.#points / 2);
	}

	/** `most`: this many points a metric, or fewer. */
	curves(most = POINTS): Curves {
		while (this.#points > most) this.#halve();
		const backends = [...this.#columns.values()].map(({curves, metrics}) => ({...curves, metrics}));
		return {
			from: this.#from ?? 0,
			widthMs: this.#widthMs,
			points: this.#points,
			seen: [...this.#seen.keys()].filter((point) => this.#seen[point] === 1),
			backends: backends.sort((a, b) => compare(a.instance, b.instance) || compare(a.address, b.address)),
			leftOut: this.#leftOut.size,
		};
	}
}

type Mutable = {readonly instance: string; readonly address: string; name: string | null};

function columnOf(metrics: Map<Metric, Extremes>, metric: Metric): Extremes {
	let column = metrics.get(metric);
	if (column === undefined) {
		column = {least: new Float32Array(POINTS).fill(Number.NaN), most: new Float32Array(POINTS).fill(Number.NaN)};
		metrics.set(metric, column);
	}
	return column;
}

function put({least, most}: Extremes, point: number, value: number): void {
	least[point] = lesser(least[point] ?? Number.NaN, value);
	most[point] = greater(most[point] ?? Number.NaN, value);
}

function halved({least, most}: Extremes): Extremes {
	const half = {least: new Float32Array(POINTS).fill(Number.NaN), most: new Float32Array(POINTS).fill(Number.NaN)};
	for (let point = 0; point < POINTS; point += 2) {
		half.least[point / 2] = lesser(least[point] ?? Number.NaN, least[point + 1] ?? Number.NaN);
		half.most[point / 2] = greater(most[point] ?? Number.NaN, most[point + 1] ?? Number.NaN);
	}
	return half;
}

/** Of two of which each may be unknown. */
function lesser(a: number, b: number): number {
	return Number.isNaN(a) ? b : Number.isNaN(b) ? a : Math.min(a, b);
}

function greater(a: number, b: number): number {
	return Number.isNaN(a) ? b : Number.isNaN(b) ? a : Math.max(a, b);
}

function compare(a: string, b: string): number {
	return a < b ? -1 : a > b ? 1 : 0;
}
