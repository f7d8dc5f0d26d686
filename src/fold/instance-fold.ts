/** The fold of one instance: rows of a reading in, a Snapshot out. See fold.ts. */

import {newRow, type Row, type TableCount, type Visit} from '../parse/row.ts';
import {ESTABLISHED, LISTEN, NEW_SYN_RECV, SYN_RECV, SYN_SENT, TIME_WAIT} from '../parse/tcp-state.ts';
import {type Counters, NO_COUNTERS, type Reading} from '../reading.ts';
import {type Attribution, type BackendFacts, LOOKBACK_MS, type Snapshot} from '../snapshot.ts';
import {attributionOf, Endpoints, Listeners} from './attribution.ts';
import {Clock} from './clock.ts';
import {ConnectionTable, ROLE_BACKEND, ROLE_CLIENT, ROLE_FOREIGN, ROLE_IGNORED, ROLE_PEER} from './connection-table.ts';
import type {Ages, Endpoint} from './endpoint.ts';
import {EXCHANGE_IDLE, type Exchange, judgeExchange, waitedMs} from './exchange.ts';

/** Readings between two clean-ups. */
const FORGET_EVERY = 64;
/** The first reading counts the answers of so long before it. */
const FIRST_SPAN_MS = 15_000;
/** The descriptors are read so often even if nothing asks for them. */
const AUDIT_EVERY_MS = 10_000;

/** Whether a remote is to be shown (`--backend`, `--ignore`). */
export type IsWatched = (remote: Uint32Array, port: number) => boolean;

export class InstanceFold {
	readonly #isWatched: IsWatched;
	readonly #clock = new Clock();
	readonly #table = new ConnectionTable();
	readonly #listeners = new Listeners();
	readonly #endpoints = new Endpoints();
	readonly #ages: Ages = {inStateMs: 0, unsentMs: -1, shutMs: -1};
	readonly #exchange: Exchange = {kind: EXCHANGE_IDLE, waitMs: 0, tookMs: 0, hasProgressed: false};
	#number = 0;
	/** The first reading with rows, or the first after a problem: what is in it was not seen to open. */
	#isFirst = true;
	/** Counters of the reading before; null: there is none to compare with. */
	#previous: Counters | null = null;
	#reading: Reading | null = null;
	#attribution: Attribution = 'assumed';
	#inodes: ReadonlySet<number> | null = null;
	#hasAskedInodes = false;
	#listenerInodes = new Map<number, {isOwn: boolean; untilMs: number}>();
	/** The reading before could not be read. */
	#wasUnread = false;
	#nextAuditMs = 0;
	#orphans: {row: Row; slot: number}[] = [];
	#foreignRows = 0;
	/** Those that a process owns, in this reading and in the one before. */
	#foreignOwned = 0;
	#foreignOwnedBefore = 0;
	#foreignSynSent = 0;
	#foreignOpened = 0;

	constructor(isWatched: IsWatched) {
		this.#isWatched = isWatched;
	}

	fold(reading: Reading, observe?: Visit): Snapshot {
		this.#clock.advance(reading);
		if (reading.problem !== null) return this.#giveUp(reading, {rows: 0, torn: 0});
		this.#begin(reading);
		const onRow = (row: Row): void => this.#row(row);
		const count = reading.visit(
			observe === undefined
				? onRow
				: (row) => {
						observe(row);
						onRow(row);
					},
		);
		if (count.problem) return this.#giveUp({...reading, problem: count.problem}, count);
		this.#settleOrphans();
		this.#sweep();
		const backends: BackendFacts[] = [];
		for (const endpoint of this.#endpoints.list) {
			if (endpoint?.reading !== this.#number) continue;
			endpoint.setAcceptQueue(this.#listeners.acceptQueueOf(endpoint));
			backends.push(endpoint.facts(this.#isUnlinked()));
		}
		const snapshot = this.#snapshot(reading, backends, count);
		if (this.#number % FORGET_EVERY === 0) this.#endpoints.forget(this.#clock.nowMs, LOOKBACK_MS);
		this.#isFirst = this.#wasUnread = false;
		this.#previous = reading.counters;
		return snapshot;
	}

	/**
	A reading that failed, at once or in the middle: nothing is concluded from what it showed, least of all that the rest
	is gone. The next one starts a new comparison.
	*/
	#giveUp(reading: Reading, count: TableCount): Snapshot {
		this.#previous = null;
		for (const {slot} of this.#orphans) this.#table.remove(slot);
		this.#orphans.length = 0;
		const snapshot = this.#snapshot(reading, [], {...count, rows: 0, torn: 0});
		this.#wasUnread = true;
		return snapshot;
	}

	/** Slot numbers of a backend's connections in the last reading, for the detail view. */
	connectionsOf(address: string): {table: ConnectionTable; slots: number[]; clockMs: number} {
		const slots: number[] = [];
		const endpoint = this.#endpoints.list.find((candidate) => candidate?.address === address);
		const table = this.#table;
		for (let slot = 0; endpoint && slot < table.used; slot++) {
			if (table.seen[slot] !== this.#number || table.role[slot] !== ROLE_BACKEND) continue;
			if (table.owner[slot] === endpoint.index) slots.push(slot);
		}
		return {table, slots, clockMs: this.#clock.nowMs};
	}

	#begin(reading: Reading): void {
		this.#number++;
		this.#reading = reading;
		this.#attribution = attributionOf(reading);
		this.#hasAskedInodes = false;
		this.#inodes = null;
		this.#orphans.length = 0;
		this.#foreignOwnedBefore = this.#foreignOwned;
		this.#foreignOwned = 0;
		this.#foreignRows = this.#foreignSynSent = this.#foreignOpened = 0;
		this.#listeners.begin();
		if (this.#attribution !== 'descriptors' || this.#clock.nowMs < this.#nextAuditMs) return;
		this.#nextAuditMs = this.#clock.nowMs + AUDIT_EVERY_MS;
		this.#askInodes();
	}

	#row(row: Row): void {
		if (row.state === LISTEN) {
			this.#listeners.add(row, this.#isOwnListener(row.inode), this.#number);
			return;
		}
		if (row.state === NEW_SYN_RECV) row.state = SYN_RECV;
		const table = this.#table;
		const slot = table.slotOf(row);
		if (table.isNew) {
			if (!this.#place(slot, row)) return;
		} else if (table.seen[slot] === this.#number) {
			return; // the table is not atomic: a socket that changed its bucket may appear twice
		} else if (table.state[slot] === TIME_WAIT && (row.state === SYN_SENT || row.state === ESTABLISHED)) {
			this.#reopen(slot, row);
		} else if (this.#inodes !== null && row.inode !== 0) {
			this.#audit(slot, row);
		}
		this.#count(slot, row);
	}

	/** Decides what a new 4-tuple is; false: not yet, its endpoint may become known within this reading. */
	#place(slot: number, row: Row): boolean {
		const table = this.#table;
		table.seen[slot] = this.#number;
		table.state[slot] = row.state;
		table.stateSince[slot] = this.#clock.nowMs;
		table.inode[slot] = row.inode;
		table.unsentSince[slot] = table.shutSince[slot] = table.suspect[slot] = 0;
		table.bytesSent[slot] = -1;
		table.conduct[slot] = 0;
		table.signature[slot] = 0;
		const listener = this.#listeners.of(row);
		if (listener === null) {
			table.role[slot] = ROLE_PEER;
			return true;
		}
		if (listener !== undefined) {
			table.role[slot] = ROLE_CLIENT;
			table.owner[slot] = listener.index;
			if (!this.#isFirst) listener.opened++;
			return true;
		}
		if (!this.#isWatched(row.remote, row.remotePort)) {
			table.role[slot] = ROLE_IGNORED;
			if (!this.#isFirst) this.#foreignOpened++; // dialled all the same: the counters hold it
			return true;
		}
		if (this.#attribution === 'descriptors' && !this.#isOwnConnection(row)) {
			if (row.inode === 0) {
				this.#orphans.push({row: copyOf(row), slot});
				return false;
			}
			return this.#setForeign(slot);
		}
		this.#adopt(slot, row);
		return true;
	}

	#setForeign(slot: number): boolean {
		this.#table.role[slot] = ROLE_FOREIGN;
		if (!this.#isFirst) this.#foreignOpened++;
		return true;
	}

	#adopt(slot: number, row: Row): void {
		const endpoint = this.#endpoints.findOrAdd(row);
		this.#table.role[slot] = ROLE_BACKEND;
		this.#table.owner[slot] = endpoint.index;
		this.#touch(endpoint);
		if (this.#isFirst) return;
		endpoint.opened++;
		if (row.state === SYN_SENT || row.state === ESTABLISHED) endpoint.openedLive++;
	}

	#touch(endpoint: Endpoint): void {
		if (endpoint.reading !== this.#number) endpoint.begin(this.#number);
	}

	/** By descriptor; a known endpoint that nobody else dials needs no look at the descriptors. */
	#isOwnConnection(row: Row): boolean {
		const endpoint = this.#endpoints.find(row);
		if (row.inode === 0) return endpoint !== undefined;
		if (endpoint !== undefined && !endpoint.isShared && this.#inodes === null) return true;
		const isSettled = this.#inodes === null && endpoint === undefined;
		if (isSettled && this.#endpoints.isForeign(row, this.#clock.nowMs)) return false;
		const isOwn = this.#isOwnInode(row.inode);
		if (!isOwn && endpoint !== undefined) endpoint.isShared = true;
		if (!isOwn && endpoint === undefined) this.#endpoints.setForeign(row, this.#clock.nowMs);
		return isOwn;
	}

	#isOwnInode(inode: number): boolean {
		if (this.#attribution !== 'descriptors') return true;
		this.#askInodes();
		return this.#inodes === null || this.#inodes.has(inode);
	}

	#askInodes(): void {
		if (this.#hasAskedInodes) return;
		this.#hasAskedInodes = true;
		this.#inodes = this.#reading?.inodes() ?? null;
	}

	/**
	A listener keeps its inode for life: the descriptors are asked about new ones only. One that they do not show may have
	been opened since they were read: it is asked about again.
	*/
	#isOwnListener(inode: number): boolean {
		if (this.#attribution !== 'descriptors') return true;
		const known = this.#listenerInodes.get(inode);
		if (known !== undefined && this.#clock.nowMs < known.untilMs) return known.isOwn;
		const isOwn = this.#isOwnInode(inode);
		if (this.#listenerInodes.size > 10_000) this.#listenerInodes.clear();
		const untilMs = isOwn ? Number.POSITIVE_INFINITY : this.#clock.nowMs + AUDIT_EVERY_MS;
		if (isOwn || !this.#isFirst) this.#listenerInodes.set(inode, {isOwn, untilMs});
		return isOwn;
	}

	/**
	Corrects what was settled by address, where the descriptors were read anyway: a socket that two of them did not show
	(one may miss it by the race of the two reads) shows that somebody else dials that backend, too.
	*/
	#audit(slot: number, row: Row): void {
		const table = this.#table;
		const isOwn = this.#inodes?.has(row.inode) === true;
		if (isOwn && table.role[slot] === ROLE_FOREIGN) {
			const endpoint = this.#endpoints.findOrAdd(row);
			table.role[slot] = ROLE_BACKEND;
			table.owner[slot] = endpoint.index;
		} else if (isOwn && table.role[slot] === ROLE_PEER) {
			const listener = this.#listeners.of(row);
			if (!listener) return;
			table.role[slot] = ROLE_CLIENT;
			table.owner[slot] = listener.index;
		} else if (isOwn) {
			table.suspect[slot] = 0;
		} else if (table.role[slot] === ROLE_BACKEND && table.suspect[slot] === 0) {
			table.suspect[slot] = 1;
		} else if (table.role[slot] === ROLE_BACKEND) {
			const endpoint = this.#endpoints.list[table.owner[slot] ?? 0];
			if (endpoint) endpoint.isShared = true;
			table.role[slot] = ROLE_FOREIGN;
		}
	}

	/** The kernel may give a TIME_WAIT's 4-tuple to a new connection (tcp_tw_reuse). */
	#reopen(slot: number, row: Row): void {
		const table = this.#table;
		const owner = table.owner[slot] ?? 0;
		table.bytesSent[slot] = -1;
		table.conduct[slot] = 0;
		table.unsentSince[slot] = table.shutSince[slot] = 0;
		if (table.role[slot] !== ROLE_BACKEND) return;
		const endpoint = this.#endpoints.list[owner];
		if (!endpoint) return;
		this.#touch(endpoint);
		endpoint.closed++;
		endpoint.opened++;
		if (row.state === SYN_SENT || row.state === ESTABLISHED) endpoint.openedLive++;
	}

	/** Adds a placed row to its backend or listener, and remembers what the next reading compares with. */
	#count(slot: number, row: Row): void {
		const table = this.#table;
		const now = this.#clock.nowMs;
		const before = table.state[slot] ?? 0;
		const hasEnded = before === ESTABLISHED && row.state !== ESTABLISHED;
		const isSurvivor = before === ESTABLISHED && row.state === ESTABLISHED && !table.isNew;
		if (before !== row.state) table.stateSince[slot] = now;
		table.seen[slot] = this.#number;
		table.state[slot] = row.state;
		table.inode[slot] = row.inode;
		const role = table.role[slot];
		const owner = table.owner[slot] ?? 0;
		if (role === ROLE_CLIENT) this.#listeners.list[owner]?.add(row);
		else if (role === ROLE_BACKEND) {
			const endpoint = this.#endpoints.list[owner];
			if (endpoint) this.#countBackend(endpoint, slot, row, isSurvivor, hasEnded);
		} else if (role === ROLE_FOREIGN || role === ROLE_PEER) {
			this.#foreignRows++;
			if (row.inode !== 0) this.#foreignOwned++;
			if (row.state === SYN_SENT) this.#foreignSynSent++;
			if (role === ROLE_PEER) this.#countPeer(slot, row);
		}
	}

	#countPeer(slot: number, row: Row): void {
		const ageMs = this.#isFirst ? -1 : this.#age(this.#table.stateSince[slot] ?? 0);
		this.#endpoints.findPeer(row)?.addPeer(row, ageMs, this.#number);
	}

	#countBackend(endpoint: Endpoint, slot: number, row: Row, isSurvivor: boolean, hasEnded: boolean): void {
		this.#touch(endpoint);
		const table = this.#table;
		const now = this.#clock.nowMs;
		endpoint.lastRowMs = now;
		const ages = this.#ages;
		// One look does not know ages: -1. From the second reading on, what was there in the first is at least so old.
		ages.inStateMs = this.#isFirst ? -1 : this.#age(table.stateSince[slot] ?? 0);
		ages.unsentMs = ages.shutMs = -1;
		if (hasEnded) {
			endpoint.addEnd(waitedMs(table, slot, now));
			table.conduct[slot] = 0;
		}
		if (row.state === ESTABLISHED) {
			ages.unsentMs = this.#since(table.unsentSince, slot, row.txQueue > 0);
			ages.shutMs = this.#since(table.shutSince, slot, row.timer === 4 && row.probes > 0);
			const signature = signatureOf(row);
			if (isSurvivor) {
				endpoint.survivors++;
				const hasMoved = signature !== table.signature[slot] && row.ato !== 0;
				if (hasMoved && row.retransmits === 0 && row.probes === 0) endpoint.moved++;
			}
			table.signature[slot] = signature;
		}
		table.txQueue[slot] = row.txQueue;
		table.rxQueue[slot] = row.rxQueue;
		table.timer[slot] = row.timer;
		table.retransmits[slot] = row.retransmits;
		table.probes[slot] = row.probes;
		if (row.hasInfo) this.#countInfo(endpoint, slot, row, now);
		endpoint.add(row, ages);
	}

	#countInfo(endpoint: Endpoint, slot: number, row: Row, now: number): void {
		const table = this.#table;
		const isKnown = (table.bytesSent[slot] ?? -1) >= 0 && row.bytesSent >= (table.bytesSent[slot] ?? 0);
		if (isKnown) {
			const retransmitted = Math.max(0, row.totalRetrans - (table.totalRetrans[slot] ?? 0));
			endpoint.segmentsRetransmitted += retransmitted;
			if (retransmitted > 0) endpoint.socketsRetransmitting++;
			endpoint.segmentsOut += Math.max(0, row.dataSegsOut - (table.dataSegsOut[slot] ?? 0));
			endpoint.receivedBytes += row.bytesReceived - (table.bytesReceived[slot] ?? 0);
			endpoint.sentBytes += row.bytesSent - (table.bytesSent[slot] ?? 0);
		} else if (!this.#isFirst) {
			endpoint.segmentsRetransmitted += Math.max(0, row.totalRetrans);
			if (row.totalRetrans > 0) endpoint.socketsRetransmitting++;
			endpoint.segmentsOut += Math.max(0, row.dataSegsOut);
			endpoint.receivedBytes += row.bytesReceived;
			endpoint.sentBytes += row.bytesSent;
		}
		table.dataSegsOut[slot] = row.dataSegsOut;
		if (row.state !== ESTABLISHED) return;
		judgeExchange(table, slot, row, now, isKnown, !this.#isFirst, this.#clock.sinceMs ?? FIRST_SPAN_MS, this.#exchange);
		endpoint.addExchange(row, this.#exchange, this.#isFirst ? -1 : this.#age(table.stateSince[slot] ?? 0));
	}

	/** ms since when `holds` has held for the slot, kept in `since`; -1 when it does not. */
	#since(since: Float64Array, slot: number, holds: boolean): number {
		if (!holds) {
			since[slot] = 0;
			return -1;
		}
		if ((since[slot] ?? 0) === 0) since[slot] = this.#clock.nowMs;
		return this.#age(since[slot] ?? 0);
	}

	#age(since: number): number {
		return Math.min(LOOKBACK_MS, this.#clock.nowMs - since);
	}

	/**
	Ownerless rows whose endpoint was unknown when they were met: known by now, or, where every socket with an owner is
	Traefik's, its as well (a connection may come and go between two readings).
	*/
	#settleOrphans(): void {
		const isShared = this.#foreignOwned > 0 || this.#foreignOwnedBefore > 0;
		for (const {row, slot} of this.#orphans) {
			this.#table.isNew = true;
			const isOthers = isShared || this.#endpoints.isForeign(row, this.#clock.nowMs);
			if (this.#endpoints.find(row) || !isOthers) this.#adopt(slot, row);
			else this.#setForeign(slot);
			this.#count(slot, row);
		}
	}

	/** What was there and is gone. */
	#sweep(): void {
		const table = this.#table;
		for (let slot = 0; slot < table.used; slot++) {
			const seen = table.seen[slot];
			if (seen === this.#number || seen === 0) continue;
			const owner = table.owner[slot] ?? 0;
			if (table.role[slot] === ROLE_BACKEND) {
				const endpoint = this.#endpoints.list[owner];
				if (endpoint) {
					this.#touch(endpoint);
					endpoint.closed++;
					if (table.state[slot] === SYN_SENT) endpoint.synVanished++;
					else if (table.state[slot] === ESTABLISHED) {
						endpoint.vanished++;
						endpoint.addEnd(waitedMs(table, slot, this.#clock.nowMs));
					}
				}
			} else if (table.role[slot] === ROLE_CLIENT) {
				const listener = this.#listeners.list[owner];
				if (listener?.reading === this.#number) listener.closed++;
			}
			table.remove(slot);
		}
	}

	/** No reading before, or one too far away to say what happened between. */
	#isUnlinked(): boolean {
		return this.#previous === null || this.#clock.isAfterGap;
	}

	#snapshot(reading: Reading, backends: BackendFacts[], {rows, torn, readMs = 0}: TableCount): Snapshot {
		const {problem} = reading;
		const hasPrevious = !this.#isUnlinked();
		return {
			instance: reading.instance,
			time: reading.time,
			clockMs: this.#clock.nowMs,
			isTimeAssumed: reading.isTimeAssumed,
			sincePreviousMs: hasPrevious ? this.#clock.sinceMs : null,
			isAfterGap: this.#clock.isAfterGap || this.#wasUnread,
			problem,
			attribution: this.#attribution,
			descriptors: reading.descriptors,
			rowSource: reading.rowSource,
			rowSourceReason: reading.rowSourceReason ?? null,
			listeners:
				problem === null
					? this.#listeners.list
							.filter((listener) => listener.reading === this.#number)
							.map((listener) => listener.facts(this.#isUnlinked()))
					: [],
			backends,
			counters: reading.counters,
			deltas: hasPrevious && this.#previous ? growth(this.#previous, reading.counters) : NO_COUNTERS,
			ports: reading.ports,
			openFiles: reading.openFiles,
			names: reading.names,
			rows,
			tornRows: torn,
			foreignRows: this.#foreignRows,
			isShared: this.#foreignOwned > 0 && this.#foreignOwnedBefore > 0,
			foreignSynSent: this.#foreignSynSent,
			foreignOpened: this.#foreignOpened,
			readMs: reading.readMs + readMs,
		};
	}
}

/** Counters that went down (a new namespace, a reboot) are unknown, not negative. */
function growth(before: Counters, after: Counters): Counters {
	const deltas: Record<string, number | null> = {};
	for (const key of Object.keys(NO_COUNTERS) as (keyof Counters)[]) {
		const from = before[key];
		const to = after[key];
		deltas[key] = from === null || to === null || to < from ? null : to - from;
	}
	return deltas as Counters;
}

/** Hash of the columns that change when data moves in either direction; none of them ticks by itself. */
function signatureOf(row: Row): number {
	let hash = Math.imul(row.txQueue ^ (row.rxQueue << 8), 0x9e3779b1) ^ row.timer;
	hash = Math.imul(hash ^ row.ato, 0x85ebca6b) ^ row.quick;
	hash = Math.imul(hash ^ row.cwnd, 0xc2b2ae35) ^ row.rto;
	hash = Math.imul(hash ^ row.ssthresh ^ Math.max(0, row.bytesReceived), 0x27d4eb2f);
	return hash >>> 0;
}

function copyOf(row: Row): Row {
	const copy = {...newRow(), ...row};
	return {...copy, local: row.local.slice(), remote: row.remote.slice()};
}
