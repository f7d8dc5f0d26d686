/**
The last 15 minutes of looks, kept as the model needs them: per instance and backend a track. `add` is the one place
that writes; the window it returns is a view on the same memory, valid until the next `add`.
*/
import {allConnections} from '../parse/tcp-state.ts';
import type {Backoff} from '../reading.ts';
import {type BackendFacts, keepBetween, LOOKBACK_MS, type Look, type Snapshot} from '../snapshot.ts';
import {BackendTrack, trimRecent} from './track.ts';

export type InstanceWindow = {
	readonly id: string;
	/** In the order of their addresses: an order by when they were seen first would depend on where one began to look. */
	readonly backends: Map<string, BackendTrack>;
	readonly recent: Snapshot[];
	readonly firstSeenMs: number;
	lastRead: Snapshot | null;
	/** clockMs of the newest snapshot. */
	clockMs: number;
};

export type Window = {
	readonly time: number;
	readonly clockMs: number;
	readonly problem: string | null;
	readonly backoff: Backoff | null;
	/** Those of the newest look, in its order. */
	readonly instances: readonly InstanceWindow[];
};

export class History {
	#instances = new Map<string, InstanceWindow>();

	add(look: Look): Window {
		const instances: InstanceWindow[] = [];
		const kept = new Map<string, InstanceWindow>();
		for (const snapshot of look.snapshots) {
			const key = `${snapshot.instance.id} ${snapshot.instance.startedAt} ${snapshot.instance.via}`;
			const window = this.#instances.get(key) ?? newInstance(snapshot);
			kept.set(key, window);
			instances.push(window);
			advance(window, snapshot);
		}
		if (look.between !== undefined) {
			instances.push(...keepBetween(this.#instances, kept, look.between));
			// no order in which some come and go
			instances.sort((a, b) => (a.id < b.id ? -1 : 1));
		}
		this.#instances = kept;
		return {time: look.time, clockMs: look.clockMs, problem: look.problem, backoff: look.backoff ?? null, instances};
	}
}

function newInstance(snapshot: Snapshot): InstanceWindow {
	return {
		id: snapshot.instance.id,
		backends: new Map(),
		recent: [],
		firstSeenMs: snapshot.clockMs,
		lastRead: null,
		clockMs: snapshot.clockMs,
	};
}

function advance(window: InstanceWindow, snapshot: Snapshot): void {
	const {clockMs, time} = snapshot;
	window.clockMs = clockMs;
	if (snapshot.problem === null) window.lastRead = snapshot;
	window.recent.push(snapshot);
	trimRecent(window.recent);
	const facts = new Map<string, BackendFacts>();
	let isAdded = false;
	for (const backend of snapshot.backends) {
		facts.set(backend.address, backend);
		const isThere = allConnections(backend.connections) > 0 || (backend.ended?.total ?? 0) > 0;
		if (isThere && !window.backends.has(backend.address)) {
			window.backends.set(backend.address, new BackendTrack(backend.address, clockMs));
			isAdded = true;
		}
	}
	if (isAdded) sortByKey(window.backends);
	for (const [address, track] of window.backends) {
		track.add({time, clockMs, facts: facts.get(address) ?? null, snapshot});
		if (clockMs - track.lastRowMs > LOOKBACK_MS) window.backends.delete(address);
	}
}

function sortByKey<T>(map: Map<string, T>): void {
	const entries = [...map].sort(([a], [b]) => (a < b ? -1 : 1));
	map.clear();
	for (const [key, value] of entries) map.set(key, value);
}
