/**
Several recordings on one axis of time. Looks that lie within half an interval of each other become one tick, as a live
watch of several hosts makes one of theirs; where intervals differ, a tick names the instances that are between two of
their looks.
*/
import type {Reading, Tick} from '../reading.ts';

/** More than this many intervals between two ticks of a recording are a gap: its instances are not seen meanwhile. */
const GAP_INTERVALS = 3;
const DEFAULT_INTERVAL_MS = 1_000;
/** Ticks closer together than this are not told apart by their intervals. */
const SHORTEST_MS = 20;

export type MergeOptions = {
	/** What ended long before the newest tick at or before it is left out: the first tick is the last one ≤ `from`. */
	readonly from?: number;
	/** Recordings that grow: more of them, and a recording that is silent is waited for this long at most, ms. */
	readonly growth?: {readonly patienceMs: number; more(): readonly AsyncIterable<Tick>[]};
};

class Lane {
	next: Tick | null = null;
	last: Tick | null = null;
	/** Between its ticks, ms. */
	intervalMs = DEFAULT_INTERVAL_MS;
	/** Its next tick was asked for and is not here yet. */
	pending: Promise<void> | null = null;
	readonly #ticks: AsyncIterator<Tick>;

	constructor(ticks: AsyncIterable<Tick>) {
		this.#ticks = ticks[Symbol.asyncIterator]();
		this.advance();
	}

	advance(): void {
		this.last = this.next ?? this.last;
		this.next = null;
		this.pending = this.#ticks.next().then(({value, done}) => {
			this.pending = null;
			if (done !== true) this.#take(value);
		});
	}

	#take(tick: Tick): void {
		this.next = tick;
		const told = tick.readings.find((reading) => reading.intervalMs !== null)?.intervalMs ?? null;
		const stepMs = this.last === null ? 0 : tick.time - this.last.time;
		if (told !== null) this.intervalMs = Math.max(SHORTEST_MS, told);
		else if (stepMs >= SHORTEST_MS && stepMs <= GAP_INTERVALS * this.intervalMs) this.intervalMs = stepMs;
	}

	/** Leaves out a tick that belongs to no instant that is shown. */
	async skip(): Promise<void> {
		this.advance();
		this.last = null;
		await this.pending;
	}

	/** At `time`, it had a look a moment ago and has its next one soon. */
	isBetween(time: number): boolean {
		const {last, next, pending} = this;
		if (last === null || (next === null && pending === null)) return false;
		return (next?.time ?? time) - last.time <= GAP_INTERVALS * this.intervalMs;
	}

	async close(): Promise<void> {
		const ended = this.#ticks.return?.();
		// one that waits for more ends when that comes, or with its recording
		if (this.pending === null) await ended;
	}
}

/** Merges recordings by time. */
export async function* mergeTicks(
	sources: readonly AsyncIterable<Tick>[],
	{from, growth}: MergeOptions = {},
): AsyncGenerator<Tick> {
	const lanes = sources.map((source) => new Lane(source));
	try {
		if (growth === undefined) await settle(lanes);
		else await settleWithin(lanes, growth.patienceMs);
		if (from !== undefined) await skipPast(lanes, from);
		let before = Number.NEGATIVE_INFINITY;
		for (;;) {
			const group = earliest(lanes);
			if (group.length > 0) {
				const tick = joined(group, lanes, before);
				before = tick.time;
				yield tick;
				for (const lane of group) lane.advance();
			} else if (lanes.every(({pending}) => pending === null)) return;
			if (growth === undefined) await settle(lanes);
			else {
				await settleWithin(lanes, growth.patienceMs);
				for (const source of growth.more()) lanes.push(new Lane(source));
			}
		}
	} finally {
		await Promise.all(lanes.map((lane) => lane.close()));
	}
}

async function settle(lanes: readonly Lane[]): Promise<void> {
	for (const {pending} of lanes) if (pending !== null) await pending;
}

/** Until every lane has its next tick, or has kept the others waiting for this long. */
async function settleWithin(lanes: readonly Lane[], patienceMs: number): Promise<void> {
	let timer: NodeJS.Timeout | undefined;
	const patience = new Promise<void>((resolve) => {
		timer = setTimeout(resolve, patienceMs);
	});
	try {
		await Promise.race([settle(lanes), patience]);
	} finally {
		clearTimeout(timer);
	}
}

/** What had ended when the others were at `from` is not part of that instant. */
async function skipPast(lanes: readonly Lane[], from: number): Promise<void> {
	let newest = Number.NEGATIVE_INFINITY;
	for (const {next} of lanes) if (next !== null && next.time <= from) newest = Math.max(newest, next.time);
	for (const lane of lanes) {
		while (lane.next !== null && lane.next.time < newest - GAP_INTERVALS * lane.intervalMs) await lane.skip();
	}
}

/** The lanes whose next ticks belong to the same instant as the earliest of them. */
function earliest(lanes: readonly Lane[]): Lane[] {
	let first = Number.POSITIVE_INFINITY;
	let intervalMs = Number.POSITIVE_INFINITY;
	for (const lane of lanes) {
		if (lane.next === null) continue;
		first = Math.min(first, lane.next.time);
		intervalMs = Math.min(intervalMs, lane.intervalMs);
	}
	return lanes.filter(({next}) => next !== null && next.time <= first + intervalMs / 2);
}

function joined(group: readonly Lane[], lanes: readonly Lane[], before: number): Tick {
	const [only] = group;
	if (lanes.length === 1 && only?.next) return only.next;
	const readings: Reading[] = [];
	const owners = new Map<string, string>();
	const problems: string[] = [];
	let time = before;
	for (const {next} of group) {
		if (next === null) continue;
		time = Math.max(time, next.time);
		if (next.problem !== null) problems.push(next.problem);
		for (const reading of next.readings) {
			const own = withOwnId(reading, owners);
			if (own !== null) readings.push(own);
		}
	}
	// no order that depends on which of them are between two looks
	readings.sort((a, b) => (a.instance.id < b.instance.id ? -1 : 1));
	const between: string[] = [];
	for (const lane of lanes) {
		if (group.includes(lane) || !lane.isBetween(time)) continue;
		for (const {instance} of lane.last?.readings ?? []) if (!owners.has(instance.id)) between.push(instance.id);
	}
	return {
		time,
		readings,
		problem: readings.length === 0 && problems.length > 0 ? problems.join('; ') : null,
		...(between.length > 0 ? {between} : {}),
	};
}

/**
Two hosts of one name, or tables that name no process: the second one's id gets a number. null: it is the same Traefik,
recorded twice.
*/
function withOwnId(reading: Reading, owners: Map<string, string>): Reading | null {
	const {instance} = reading;
	const identity = `${instance.startedAt} ${instance.netns} ${instance.via}`;
	const owner = owners.get(instance.id);
	if (owner === identity && instance.startedAt !== null) return null;
	let {id} = instance;
	for (let number = 2; owners.has(id); number++) id = `${instance.id} (${number})`;
	owners.set(id, identity);
	return owner === undefined ? reading : {...reading, instance: {...instance, id}};
}
