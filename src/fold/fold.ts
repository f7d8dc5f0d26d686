/**
Readings in, snapshots out. The fold is the only code that remembers across readings what the kernel does not say: since
when a 4-tuple is in its state, which 4-tuples are new or gone, which endpoints are this Traefik's.

A fold is made of what the readings hold and of nothing else (no clock, no files), so the same readings give the same
snapshots, live or a year later. One Fold serves all instances of one source.
*/

import type {Visit} from '../parse/row.ts';
import type {Reading, Tick} from '../reading.ts';
import {keepBetween, type Look, type Snapshot} from '../snapshot.ts';
import {InstanceFold} from './instance-fold.ts';
import type {IsWatched} from './placement.ts';
import {type SocketRow, socketRow} from './socket-row.ts';

export type FoldOptions = {
	/** Which remotes are shown (`--backend`, `--ignore`); all by default. */
	readonly isWatched?: IsWatched;
};

export class Fold {
	readonly #isWatched: IsWatched;
	#instances = new Map<string, InstanceFold>();

	constructor(options: FoldOptions = {}) {
		this.#isWatched = options.isWatched ?? (() => true);
	}

	/** `observe` is called with each row of each reading before the fold sees it (the recorder listens there). */
	fold(tick: Tick, observe?: (reading: Reading) => Visit | undefined): Look {
		const kept = new Map<string, InstanceFold>();
		const snapshots: Snapshot[] = [];
		let clockMs = tick.time;
		for (const reading of tick.readings) {
			const key = `${reading.instance.id} ${reading.instance.startedAt} ${reading.instance.via}`;
			const fold = this.#instances.get(key) ?? new InstanceFold(this.#isWatched);
			kept.set(key, fold);
			const snapshot = fold.fold(reading, observe?.(reading));
			clockMs = snapshots.length === 0 ? snapshot.clockMs : Math.max(clockMs, snapshot.clockMs);
			snapshots.push(snapshot);
		}
		const {time, problem, between, backoff} = tick;
		if (between !== undefined) keepBetween(this.#instances, kept, between);
		this.#instances = kept;
		return {
			...{time, clockMs, snapshots, problem},
			...(between === undefined ? {} : {between}),
			...(backoff === undefined ? {} : {backoff}),
		};
	}

	/** Whether an instance of the last reading dials this remote. */
	isBackend(remote: Uint32Array, port: number): boolean {
		for (const fold of this.#instances.values()) if (fold.isBackend(remote, port)) return true;
		return false;
	}

	/** Up to `limit` connections of one backend in the last reading, oldest in their state first. */
	rowsOf(instanceId: string, address: string, limit: number): SocketRow[] {
		for (const [key, fold] of this.#instances) {
			if (!key.startsWith(`${instanceId} `)) continue;
			const {table, slots, clockMs} = fold.connectionsOf(address);
			return slots
				.map((slot) => socketRow(table, slot, clockMs))
				.sort((a, b) => b.inStateMs - a.inStateMs)
				.slice(0, limit);
		}
		return [];
	}
}
