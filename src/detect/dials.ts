/**
Dials that failed, from the namespace's counters. A refused dial lives for microseconds and never shows in a table read
once a second, but Tcp:AttemptFails counts it (tcp_reset() in SYN_SENT), as Tcp:ActiveOpens counted the dial.

AttemptFails also counts what is not a refused dial of ours: half-open probes of our own listeners (SYN, then RST), dials
that ended in no-route or ICMP after a while in SYN_SENT, other processes of the namespace. So a dial counts as refused
only as far as ActiveOpens rose without a row to show for it.
*/
import type {BackendModel, InstanceModel} from '../model/model.ts';
import {RECENT_MS} from '../model/track.ts';
import {LOOKBACK_MS, type Snapshot} from '../snapshot.ts';
import type {Dials, Fall, RefusedDials} from './rule.ts';

/** The rows of an expiring pool turn into this many TIME_WAIT at least (share of those that closed). */
const EXPIRED_SHARE = 0.5;

type OwnFall = Fall & {
	/** Traefik closed them itself (its end is in TIME_WAIT or FIN_WAIT): an idle pool, a reload, a scale-down. */
	readonly isOwnClose: boolean;
};

/** Looks with refused dials that are kept: 15 minutes of them at ten a second. */
const MAX_REFUSALS = 9000;

export class DialLedger {
	#falls = new Map<string, OwnFall>();
	#before = new Map<string, {alive: number; timeWait: number}>();
	#recoveredMs = 0;
	/** Refused dials that the kernel told of and its counters have not counted yet. */
	#explained = 0;
	/** Looks with dials that left nothing, of the last RECENT_MS, oldest first. */
	#unseen: {clockMs: number; count: number}[] = [];
	/** Looks with refused dials, oldest first. */
	#refusals: {clockMs: number; count: number}[] = [];

	look(instance: InstanceModel): Dials {
		const {snapshot} = instance;
		for (const backend of instance.backends) this.#follow(backend, snapshot.clockMs);
		const {activeOpens, attemptFails} = snapshot.deltas;
		let seen = snapshot.foreignOpened;
		let vanished = 0;
		for (const backend of snapshot.backends) {
			seen += backend.opened ?? 0;
			vanished += backend.synVanished ?? 0;
		}
		const unseen = activeOpens === null ? null : Math.max(0, activeOpens - seen);
		const failed = attemptFails === null ? null : Math.max(0, attemptFails - vanished);
		const refused = unseen === null || failed === null ? null : this.#unexplained(Math.min(unseen, failed), snapshot);
		this.#remember(snapshot.clockMs, refused ?? 0);
		const gone = unseen === null || failed === null ? null : Math.max(0, unseen - failed);
		if (gone) this.#unseen.push({clockMs: snapshot.clockMs, count: gone});
		while ((this.#unseen[0]?.clockMs ?? snapshot.clockMs) < snapshot.clockMs - RECENT_MS) this.#unseen.shift();
		return {
			refused,
			unseen: gone,
			unseenSince: (clockMs) => this.#unseen.reduce((sum, at) => sum + (at.clockMs >= clockMs ? at.count : 0), 0),
			isShared: snapshot.isShared,
			fallen: this.#fallen(instance),
			recoveredMs: this.#recoveredMs,
			refusedSince: (clockMs) => this.#refusedSince(clockMs),
			refusedBetween: (fromMs, toMs) =>
				this.#refusals.reduce((sum, at) => sum + (at.clockMs > fromMs && at.clockMs <= toMs ? at.count : 0), 0),
		};
	}

	/**
	Less those of which the kernel told whose they were (ended.ts): what is left was refused by ICMP, which leaves nothing in the
	notice. The notices are read last, so some may be of dials that the next look's counters count.
	*/
	#unexplained(refused: number, {backends}: Snapshot): number {
		const told = this.#explained + backends.reduce((sum, {ended}) => sum + (ended?.refused ?? 0), 0);
		const used = Math.min(refused, told);
		this.#explained = Math.min(told - used, told - this.#explained);
		return refused - used;
	}

	#remember(clockMs: number, refused: number): void {
		if (refused > 0) this.#refusals.push({clockMs, count: refused});
		let drop = Math.max(0, this.#refusals.length - MAX_REFUSALS);
		while ((this.#refusals[drop]?.clockMs ?? clockMs) < clockMs - LOOKBACK_MS) drop++;
		if (drop > 0) this.#refusals.splice(0, drop);
	}

	#refusedSince(clockMs: number): RefusedDials {
		let count = 0;
		let looks = 0;
		let firstMs: number | null = null;
		for (const refusal of this.#refusals) {
			if (refusal.clockMs < clockMs) continue;
			firstMs ??= refusal.clockMs;
			count += refusal.count;
			looks++;
		}
		return {count, looks, firstMs, lastMs: looks > 0 ? (this.#refusals.at(-1)?.clockMs ?? null) : null};
	}

	#fallen(instance: InstanceModel): Map<string, Fall> {
		const fallen = new Map<string, Fall>();
		for (const backend of instance.backends) {
			const fall = this.#falls.get(backend.address);
			if (fall && !fall.isOwnClose) fallen.set(backend.address, fall);
		}
		if (this.#falls.size > 0) {
			const known = new Set(instance.backends.map(({address}) => address));
			for (const address of this.#falls.keys()) if (!known.has(address)) this.#falls.delete(address);
		}
		return fallen;
	}

	#follow(backend: BackendModel, clockMs: number): void {
		const {established, timeWait, synSent, finWait1, finWait2} = backend.connections;
		// Connections that came and went between two looks lived, too, if only their TIME_WAIT tells of them.
		const alive = established + synSent > 0 ? established : (backend.now?.opened ?? 0);
		const before = this.#before.get(backend.address);
		this.#before.set(backend.address, {alive, timeWait});
		if (alive > 0 || synSent > 0) {
			if (this.#falls.delete(backend.address)) this.#recoveredMs = clockMs;
		} else if (before !== undefined && before.alive > 0) {
			const ownClosed = timeWait - before.timeWait + finWait1 + finWait2;
			const isOwnClose = ownClosed >= before.alive * EXPIRED_SHARE;
			this.#falls.set(backend.address, {atMs: clockMs, lost: before.alive, isOwnClose});
		}
	}
}
