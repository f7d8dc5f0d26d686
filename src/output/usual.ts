/** What a backend was like over a whole time: one number a metric, to be compared with another time (compare.ts). */
import {merged, quantile} from '../model/metric.ts';
import type {BackendModel, Model} from '../model/model.ts';

/** What is compared, in the order in which equals are shown. `floor`: less than this is as good as nothing. */
export const COMPARED = [
	{key: 'responseP50Ms', label: 'response time, median', unit: 'ms', floor: 4},
	{key: 'responseP95Ms', label: 'response time, 95th percentile', unit: 'ms', floor: 8},
	{key: 'waiting', label: 'requests waiting, mean', unit: '', floor: 0.5},
	{key: 'established', label: 'ESTABLISHED, mean', unit: '', floor: 2},
	{key: 'timeWait', label: 'TIME_WAIT, mean', unit: '', floor: 5},
	{key: 'closeWait', label: 'CLOSE_WAIT, mean', unit: '', floor: 1},
	{key: 'openedPerSecond', label: 'connections opened', unit: '/s', floor: 0.5},
	{key: 'retransmittedPerMinute', label: 'segments sent again', unit: '/min', floor: 2},
	{key: 'refusedPerMinute', label: 'dials refused', unit: '/min', floor: 1},
	{key: 'resetPerMinute', label: 'connections reset', unit: '/min', floor: 1},
	{key: 'unansweredPerMinute', label: 'connections closed without an answer', unit: '/min', floor: 1},
	{key: 'alarmShare', label: 'time with a finding', unit: '%', floor: 2},
] as const;
export type ComparedKey = (typeof COMPARED)[number]['key'];

export type Usual = {
	readonly address: string;
	readonly name: string | null;
	/** null: unknown, or nothing to measure. */
	readonly values: Readonly<Record<ComparedKey, number | null>>;
};

const FLUSH_LOOKS = 500;

type LookOf = {readonly sinceMs: number | null; readonly isAlarmed: boolean; readonly hasEndings: boolean};

type Sums = {
	name: string | null;
	looks: number;
	alarmed: number;
	established: number;
	timeWait: number;
	closeWait: number;
	waiting: number;
	waitingLooks: number;
	opened: number;
	openedMs: number;
	retransmitted: number;
	retransmittedMs: number;
	refused: number;
	reset: number;
	unanswered: number;
	endedMs: number;
	answers: number[];
	pending: (readonly number[])[];
};

/** Backends of one address are one here, whichever Traefik dials them: two times may have other processes. */
export class UsualGatherer {
	readonly #sums = new Map<string, Sums>();
	#from: number | null = null;
	#to: number | null = null;

	add({time, instances}: Model, isAlarmed: (instance: string, address: string) => boolean): void {
		this.#from = Math.min(this.#from ?? time, time);
		this.#to = Math.max(this.#to ?? time, time);
		for (const {id, problem, backends, snapshot} of instances) {
			if (problem !== null) continue;
			for (const backend of backends) {
				const hasEndings = snapshot.endings != null;
				this.#add(backend, {sinceMs: snapshot.sincePreviousMs, isAlarmed: isAlarmed(id, backend.address), hasEndings});
			}
		}
	}

	#add(backend: BackendModel, {sinceMs, isAlarmed, hasEndings}: LookOf): void {
		const {address, name, connections, now, waiting} = backend;
		let sums = this.#sums.get(address);
		if (sums === undefined) {
			sums = newSums();
			this.#sums.set(address, sums);
		}
		sums.name ??= name;
		sums.looks++;
		if (isAlarmed) sums.alarmed++;
		sums.established += connections.established;
		sums.timeWait += connections.timeWait;
		sums.closeWait += connections.closeWait;
		if (waiting !== null) {
			sums.waiting += waiting;
			sums.waitingLooks++;
		}
		const info = now?.info ?? null;
		// no row and no notice: nothing ended
		if (sinceMs !== null && hasEndings) {
			sums.refused += now?.ended?.refused ?? 0;
			sums.reset += (now?.ended?.resetBefore ?? 0) + (now?.ended?.resetAfter ?? 0);
			sums.unanswered += now?.ended?.unanswered ?? 0;
			sums.endedMs += sinceMs;
		}
		if (sinceMs !== null && now?.opened != null) {
			sums.opened += now.opened;
			sums.openedMs += sinceMs;
		}
		if (info === null) return;
		if (sinceMs !== null) {
			sums.retransmitted += info.segmentsRetransmitted;
			sums.retransmittedMs += sinceMs;
		}
		if (info.answers.length > 0) sums.pending.push(info.answers);
		if (sums.pending.length >= FLUSH_LOOKS) flush(sums);
	}

	/** Unix ms of the first and the last look; null: there was none. */
	get span(): {readonly from: number; readonly to: number} | null {
		return this.#from === null || this.#to === null ? null : {from: this.#from, to: this.#to};
	}

	usual(): ReadonlyMap<string, Usual> {
		return new Map([...this.#sums].map(([address, sums]) => [address, usualOf(address, sums)]));
	}
}

function newSums(): Sums {
	return {
		name: null,
		looks: 0,
		alarmed: 0,
		established: 0,
		timeWait: 0,
		closeWait: 0,
		waiting: 0,
		waitingLooks: 0,
		opened: 0,
		openedMs: 0,
		retransmitted: 0,
		retransmittedMs: 0,
		refused: 0,
		reset: 0,
		unanswered: 0,
		endedMs: 0,
		answers: [],
		pending: [],
	};
}

function flush(sums: Sums): void {
	sums.answers = merged([sums.answers, ...sums.pending]);
	sums.pending = [];
}

function usualOf(address: string, sums: Sums): Usual {
	flush(sums);
	const mean = (sum: number, count: number) => (count === 0 ? null : sum / count);
	const per = (count: number, ms: number, unitMs: number) => (ms === 0 ? null : (count * unitMs) / ms);
	return {
		address,
		name: sums.name,
		values: {
			responseP50Ms: quantile(sums.answers, 0.5),
			responseP95Ms: quantile(sums.answers, 0.95),
			waiting: mean(sums.waiting, sums.waitingLooks),
			established: mean(sums.established, sums.looks),
			timeWait: mean(sums.timeWait, sums.looks),
			closeWait: mean(sums.closeWait, sums.looks),
			openedPerSecond: per(sums.opened, sums.openedMs, 1_000),
			retransmittedPerMinute: per(sums.retransmitted, sums.retransmittedMs, 60_000),
			refusedPerMinute: per(sums.refused, sums.endedMs, 60_000),
			resetPerMinute: per(sums.reset, sums.endedMs, 60_000),
			unansweredPerMinute: per(sums.unanswered, sums.endedMs, 60_000),
			alarmShare: mean(100 * sums.alarmed, sums.looks),
		},
	};
}
