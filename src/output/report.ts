/** `report`: findings over a whole recording. Gathers from look to look, and holds no more than the findings and the times. */
import type {Assessment} from '../detect/assessment.ts';
import {type Finding, findingKey} from '../detect/finding.ts';
import {aimOf, type Gap, gapsOf} from '../model/gaps.ts';
import type {BackendModel, Model} from '../model/model.ts';
import {findingObject} from './json.ts';
import {LongSeries} from './long-series.ts';

type Problem = {readonly time: number; readonly text: string};

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
	readonly series: readonly BackendSeries[];
	readonly hosts: readonly string[];
	/** Ids of the Traefiks that were seen. */
	readonly instances: readonly string[];
	readonly isTimeAssumed: boolean;
	/** Several Traefiks were seen at once, or on several hosts: an address alone does not say whose backend it is. */
	readonly hasSeveral: boolean;
	/** Each new reason why something could not be read, by time. */
	readonly problems: readonly Problem[];
	/** Lines of tables that were not rows. */
	readonly tornRows: number;
	/** What those who asked felt of it, by backend, as far as TCP shows; those of which nothing is known are left out. */
	readonly felt: readonly Felt[];
	/** Whether requests could be seen at all (tcp_info). */
	readonly hasRequests: boolean;
};

/** Numbers of a backend of one Traefik over the whole time. */
export type BackendSeries = {readonly instance: string; readonly backend: string; readonly values: LongSeries};

export type Felt = {
	readonly instance: string;
	readonly backend: string;
	/** Requests whose connection Traefik closed after 2 s and more without an answer: their clients gave up, or it did. */
	givenUp: number;
	/** The longest that one of them, or of those that waited, was seen to wait. */
	longestMs: number;
};

/** Waits that are shorter are not news. */
const FELT_MS = 2_000;

/** A report of more backends than this shows no sparklines for the rest. */
const MAX_SERIES = 500;

export class ReportGatherer {
	/** Unix ms of each snapshot, negative where it could not be read. */
	readonly #times: number[] = [];
	readonly #aims: number[] = [];
	readonly #findings = new Map<string, Finding>();
	readonly #names = new Map<string, string>();
	readonly #hosts = new Set<string>();
	readonly #instances = new Set<string>();
	readonly #series = new Map<string, BackendSeries>();
	readonly #problems: Problem[] = [];
	readonly #felt = new Map<string, Felt>();
	#hasRequests = false;
	#isTimeAssumed = false;
	#hasSeveral = false;
	#hasRead = false;
	#problem: string | null = null;
	#tornRows = 0;

	add(model: Model, assessment: Assessment): void {
		const isRead = model.problem === null && model.instances.every(({problem}) => problem === null);
		if (isRead) this.#hasRead = true;
		const problem = model.problem ?? model.instances.find(({problem}) => problem !== null)?.problem ?? null;
		if (problem !== null && problem !== this.#problem) this.#problems.push({time: model.time, text: problem});
		this.#problem = problem;
		if (model.instances.filter(({problem}) => problem === null).length > 1) this.#hasSeveral = true;
		this.#times.push(isRead ? model.time : -model.time);
		this.#aims.push(aimOf(model));
		for (const list of [assessment.opened, assessment.open, assessment.closed]) {
			for (const finding of list) this.#findings.set(findingKey(finding), finding);
		}
		if (model.isTimeAssumed) this.#isTimeAssumed = true;
		for (const {id, instance, backends, snapshot} of model.instances) {
			if (instance.pid !== null) this.#instances.add(id);
			if (instance.host !== null) this.#hosts.add(instance.host);
			this.#tornRows += snapshot.tornRows;
			for (const {address, name} of backends) if (name !== null) this.#names.set(address, name);
			if (snapshot.problem !== null) continue;
			this.#draw(model.time, id, backends);
			if (snapshot.rowSource !== 'text') this.#hasRequests = true;
			for (const backend of backends) this.#feel(id, backend);
		}
	}

	#feel(instance: string, {address, now}: BackendModel): void {
		const givenUp = now?.abandoned ?? 0;
		const longestMs = Math.max(now?.oldestAbandonedMs ?? 0, now?.info?.oldestWaitMs ?? 0);
		if (givenUp === 0 && longestMs < FELT_MS) return;
		const key = placeKey(instance, address);
		const felt = this.#felt.get(key) ?? {instance, backend: address, givenUp: 0, longestMs: 0};
		felt.givenUp += givenUp;
		felt.longestMs = Math.max(felt.longestMs, longestMs);
		this.#felt.set(key, felt);
	}

	#draw(time: number, instance: string, backends: readonly BackendModel[]): void {
		for (const {address, connections} of backends) {
			const key = placeKey(instance, address);
			let known = this.#series.get(key);
			if (known === undefined) {
				if (this.#series.size >= MAX_SERIES) continue;
				known = {instance, backend: address, values: new LongSeries(Math.abs(this.#times[0] ?? time))};
				this.#series.set(key, known);
			}
			known.values.add(time, connections.established);
		}
	}

	report(): Report {
		const accused = new Set(
			[...this.#findings.values()].map(({instance, backend}) => placeKey(instance, backend ?? '')),
		);
		const times = this.#times.map(Math.abs);
		return {
			...boundsOf(times),
			snapshots: times.length,
			problem: this.#hasRead ? null : this.#problem,
			gaps: gapsOf(this.#times, this.#aims),
			findings: [...this.#findings.values()].sort((a, b) => a.from - b.from || (a.to ?? Infinity) - (b.to ?? Infinity)),
			names: this.#names,
			series: [...this.#series].filter(([key]) => accused.has(key)).map(([, each]) => each),
			hosts: [...this.#hosts],
			instances: [...this.#instances],
			isTimeAssumed: this.#isTimeAssumed,
			hasSeveral: this.#hasSeveral || this.#hosts.size > 1,
			problems: this.#problems,
			tornRows: this.#tornRows,
			felt: [...this.#felt.values()],
			hasRequests: this.#hasRequests,
		};
	}
}

/** An address alone does not say whose backend it is. */
function placeKey(instance: string, address: string): string {
	return `${instance}\n${address}`;
}

/** A clock that was set back may end before it began. */
function boundsOf(times: readonly number[]): {from: number | null; to: number | null} {
	const bounds: {from: number | null; to: number | null} = {from: null, to: null};
	for (const time of times) {
		bounds.from = Math.min(bounds.from ?? time, time);
		bounds.to = Math.max(bounds.to ?? time, time);
	}
	return bounds;
}

export function reportJson({from, to, snapshots, gaps, findings}: Report): string {
	return `${JSON.stringify({schema: 1, from, to, snapshots, gaps, findings: findings.map(findingObject)})}\n`;
}
