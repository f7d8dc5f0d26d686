/** Counters for Prometheus: they only grow, whatever the 15 minutes of the model forget. */
import type {Assessment} from '../detect/assessment.ts';
import type {Severity} from '../detect/finding.ts';
import type {EndedKind} from '../parse/ending.ts';
import {ENDED} from '../parse/ending.ts';
import type {EndedFacts, Look} from '../snapshot.ts';

type Flow = {
	opened: number;
	closed: number;
	lastMs: number;
	/** null: the kernel has not told of any ending. */
	ended: Record<EndedKind, number> | null;
	/** null: no answer was timed. */
	responses: {counts: Float64Array; sumSeconds: number} | null;
};

/** Upper bounds of the response times, seconds: a series each. */
export const RESPONSE_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] as const;

/** A backend that was not seen for a day starts again from 0, as a restarted exporter would. */
const FORGET_MS = 24 * 3_600_000;
/** Backends that are counted at most; beyond it the one not seen for longest is forgotten. */
const MAX_FLOWS = 100_000;

export class Totals {
	/** By `rule severity`. */
	readonly findings = new Map<string, {readonly severity: Severity; count: number}>();
	/** Notices of endings that were lost, by instance; not there: they are not to be had. */
	readonly lost = new Map<string, number>();
	readonly #flows = new Map<string, Flow>();
	#sweptMs = 0;

	add({snapshots, clockMs}: Look, {opened}: Assessment): void {
		for (const {instance, backends, endings} of snapshots) {
			if (endings != null) this.lost.set(instance.id, (this.lost.get(instance.id) ?? 0) + endings.lost);
			for (const {address, opened: came, closed: went, ended, info} of backends) {
				const key = `${instance.id} ${address}`;
				const flow = this.#flows.get(key) ?? newFlow(clockMs);
				flow.opened += came ?? 0;
				flow.closed += went ?? 0;
				flow.lastMs = clockMs;
				if (ended != null) addEnded(flow, ended);
				if (info !== null) addResponses(flow, info.answers);
				this.#flows.set(key, flow);
			}
		}
		for (const {rule, severity} of opened) {
			const key = `${rule} ${severity}`;
			const total = this.findings.get(key) ?? {severity, count: 0};
			total.count++;
			this.findings.set(key, total);
		}
		if (clockMs - this.#sweptMs > FORGET_MS / 24 || this.#flows.size > MAX_FLOWS) this.#sweep(clockMs);
	}

	#sweep(clockMs: number): void {
		this.#sweptMs = clockMs;
		for (const [key, {lastMs}] of this.#flows) if (clockMs - lastMs > FORGET_MS) this.#flows.delete(key);
		if (this.#flows.size <= MAX_FLOWS) return;
		const oldest = [...this.#flows].sort(([, a], [, b]) => a.lastMs - b.lastMs);
		for (const [key] of oldest.slice(0, this.#flows.size - MAX_FLOWS)) this.#flows.delete(key);
	}

	opened(instance: string, address: string): number {
		return this.#flows.get(`${instance} ${address}`)?.opened ?? 0;
	}

	closed(instance: string, address: string): number {
		return this.#flows.get(`${instance} ${address}`)?.closed ?? 0;
	}

	/** How connections to a backend ended; null: the kernel does not tell. */
	ended(instance: string, address: string): Readonly<Record<EndedKind, number>> | null {
		return this.#flows.get(`${instance} ${address}`)?.ended ?? null;
	}

	/** null: no answer was timed. */
	responses(instance: string, address: string): Flow['responses'] {
		return this.#flows.get(`${instance} ${address}`)?.responses ?? null;
	}
}

const KINDS = Object.keys(ENDED) as EndedKind[];

function newFlow(lastMs: number): Flow {
	return {opened: 0, closed: 0, lastMs, ended: null, responses: null};
}

function addEnded(flow: Flow, ended: EndedFacts): void {
	flow.ended ??= Object.fromEntries(KINDS.map((kind) => [kind, 0])) as Record<EndedKind, number>;
	for (const kind of KINDS) flow.ended[kind] += ended[kind];
}

/** `answers`: pairs of ms and count. */
function addResponses(flow: Flow, answers: readonly number[]): void {
	for (let i = 0; i < answers.length; i += 2) {
		const seconds = (answers[i] ?? 0) / 1_000;
		const count = answers[i + 1] ?? 0;
		flow.responses ??= {counts: new Float64Array(RESPONSE_BOUNDS.length + 1), sumSeconds: 0};
		const bucket = RESPONSE_BOUNDS.findIndex((bound) => seconds <= bound);
		const at = bucket < 0 ? RESPONSE_BOUNDS.length : bucket;
		flow.responses.counts[at] = (flow.responses.counts[at] ?? 0) + count;
		flow.responses.sumSeconds += seconds * count;
	}
}
