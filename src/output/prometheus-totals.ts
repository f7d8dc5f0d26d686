/** Counters for Prometheus: they only grow, whatever the 15 minutes of the model forget. */
import type {Assessment} from '../detect/assessment.ts';
import type {Severity} from '../finding.ts';
import type {Look} from '../snapshot.ts';

type Flow = {opened: number; closed: number; lastMs: number};

/** A backend that was not seen for a day starts again from 0, as a restarted exporter would. */
const FORGET_MS = 24 * 3_600_000;
/** Backends that are counted at most; beyond it the one not seen for longest is forgotten. */
const MAX_FLOWS = 100_000;

export class Totals {
	/** By `rule severity`. */
	readonly findings = new Map<string, {readonly severity: Severity; count: number}>();
	readonly #flows = new Map<string, Flow>();
	#sweptMs = 0;

	add({snapshots, clockMs}: Look, {opened}: Assessment): void {
		for (const {instance, backends} of snapshots) {
			for (const {address, opened: came, closed: went} of backends) {
				const key = `${instance.id} ${address}`;
				const flow = this.#flows.get(key) ?? {opened: 0, closed: 0, lastMs: clockMs};
				flow.opened += came ?? 0;
				flow.closed += went ?? 0;
				flow.lastMs = clockMs;
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
}
