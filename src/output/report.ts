/** `report`: findings over a whole recording. Gathers from look to look, and holds no more than the findings and the times. */
import type {Assessment} from '../detect/assessment.ts';
import type {Finding} from '../finding.ts';
import type {BackendModel, Model} from '../model/model.ts';
import {findingObject} from './json.ts';
import {LongSeries} from './long-series.ts';

export type Gap = {readonly from: number; readonly to: number};

export type Report = {
	/** Unix ms of the first and last snapshot; null: there is none. */
	readonly from: number | null;
	readonly to: number | null;
	readonly snapshots: number;
	/** Why not one snapshot could be read; null: one was, or there is none. */
	readonly problem: string | null;
	readonly gaps: readonly Gap[];
	/** By `from`. */
	readonly findings: readonly Finding[];
	/** By address. */
	readonly names: ReadonlyMap<string, string>;
	/** ESTABLISHED connections of each backend that had a finding. */
	readonly series: ReadonlyMap<string, LongSeries>;
	readonly hosts: readonly string[];
	readonly isTimeAssumed: boolean;
	/** Lines of tables that were no rows. */
	readonly tornRows: number;
};

/** A report of more backends than this shows no sparklines for the rest. */
const MAX_SERIES = 500;

/** A gap is wider than so many median intervals. */
const GAP_INTERVALS = 3;

export class ReportGatherer {
	/** Unix ms of each snapshot, negative where it could not be read. */
	readonly #times: number[] = [];
	readonly #findings = new Map<string, Finding>();
	readonly #names = new Map<string, string>();
	readonly #hosts = new Set<string>();
	readonly #series = new Map<string, LongSeries>();
	#isTimeAssumed = false;
	#hasRead = false;
	#problem: string | null = null;
	#tornRows = 0;

	add(model: Model, assessment: Assessment): void {
		const isRead = model.problem === null && model.instances.every(({problem}) => problem === null);
		if (isRead) this.#hasRead = true;
		this.#problem = model.problem ?? model.instances.find(({problem}) => problem !== null)?.problem ?? null;
		this.#times.push(isRead ? model.time : -model.time);
		for (const list of [assessment.opened, assessment.open, assessment.closed]) {
			for (const finding of list) this.#findings.set(keyOf(finding), finding);
		}
		if (model.isTimeAssumed) this.#isTimeAssumed = true;
		for (const {instance, backends, snapshot} of model.instances) {
			if (instance.host !== null) this.#hosts.add(instance.host);
			this.#tornRows += snapshot.tornRows;
			for (const {address, name} of backends) if (name !== null) this.#names.set(address, name);
			if (snapshot.problem === null) this.#draw(model.time, backends);
		}
	}

	#draw(time: number, backends: readonly BackendModel[]): void {
		for (const {address, connections} of backends) {
			let series = this.#series.get(address);
			if (series === undefined) {
				if (this.#series.size >= MAX_SERIES) continue;
				series = new LongSeries(Math.abs(this.#times[0] ?? time));
				this.#series.set(address, series);
			}
			series.add(time, connections.established);
		}
	}

	report(): Report {
		const accused = new Set([...this.#findings.values()].map(({backend}) => backend));
		const times = this.#times.map(Math.abs);
		return {
			from: times[0] ?? null,
			to: times.at(-1) ?? null,
			snapshots: times.length,
			problem: this.#hasRead ? null : this.#problem,
			gaps: gapsOf(this.#times),
			findings: [...this.#findings.values()].sort((a, b) => a.from - b.from || (a.to ?? Infinity) - (b.to ?? Infinity)),
			names: this.#names,
			series: new Map([...this.#series].filter(([address]) => accused.has(address))),
			hosts: [...this.#hosts],
			isTimeAssumed: this.#isTimeAssumed,
			tornRows: this.#tornRows,
		};
	}
}

function keyOf({instance, backend, rule, from}: Finding): string {
	return `${instance} ${backend} ${rule} ${from}`;
}

/** From the last snapshot that was read before a hole to the first one after it. */
export function gapsOf(times: readonly number[]): Gap[] {
	const widest = GAP_INTERVALS * medianInterval(times);
	const gaps: Gap[] = [];
	/** When what is being looked at now was last read; null: not yet. */
	let lastRead: number | null = null;
	let holeSince: number | null = null;
	for (const signed of times) {
		const time = Math.abs(signed);
		if (signed < 0) {
			holeSince ??= lastRead ?? time;
			continue;
		}
		if (holeSince !== null) gaps.push({from: holeSince, to: time});
		else if (lastRead !== null && time - lastRead > widest) gaps.push({from: lastRead, to: time});
		holeSince = null;
		lastRead = time;
	}
	const last = times.at(-1);
	if (holeSince !== null && last !== undefined) gaps.push({from: holeSince, to: Math.abs(last)});
	return gaps;
}

function medianInterval(times: readonly number[]): number {
	const intervals = new Float64Array(Math.max(0, times.length - 1));
	for (let i = 0; i < intervals.length; i++) intervals[i] = Math.abs(times[i + 1] ?? 0) - Math.abs(times[i] ?? 0);
	intervals.sort();
	return intervals[intervals.length >> 1] ?? Number.POSITIVE_INFINITY;
}

export function reportJson({from, to, snapshots, gaps, findings}: Report): string {
	return `${JSON.stringify({schema: 1, from, to, snapshots, gaps, findings: findings.map(findingObject)})}\n`;
}
