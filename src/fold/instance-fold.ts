/** The fold of one instance: rows of a reading in, a Snapshot out. See fold.ts. */

import {newRow, type Row, type TableCount, type Visit} from '../parse/row.ts';
import {ESTABLISHED, LISTEN, NEW_SYN_RECV, SYN_RECV, SYN_SENT, TIME_WAIT} from '../parse/tcp-state.ts';
import {type Counters, NO_COUNTERS, type Reading} from '../reading.ts';
import {type Attribution, type BackendFacts, LOOKBACK_MS, type Snapshot} from '../snapshot.ts';
import {attributionOf, Endpoints, Listeners} from './attribution.ts';
import {Clock} from './clock.ts';
import {
	BYTES_SENT,
	CONDUCT,
	ConnectionTable,
	INODE,
	OWNER,
	ROLE,
	ROLE_BACKEND,
	ROLE_CLIENT,
	ROLE_FOREIGN,
	ROLE_IGNORED,
	ROLE_PEER,
	SHUT_SINCE,
	SIGNATURE,
	STATE,
	STATE_SINCE,
	SUSPECT,
	UNSENT_SINCE,
} from './connection-table.ts';
import type {Endpoint} from './endpoint.ts';
import {waitedMs} from './exchange.ts';
import {Tally} from './tally.ts';

/** Readings between two clean-ups. */
const FORGET_EVERY = 64;
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
	readonly #tally = new Tally(this.#table);
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
			if (table.seen[slot] !== this.#number || table.byte(slot, ROLE) !== ROLE_BACKEND) continue;
			if (table.word(slot, OWNER) === endpoint.index) slots.push(slot);
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
		this.#table.begin();
		this.#tally.begin(this.#clock.nowMs, this.#clock.sinceMs, this.#isFirst);
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
		} else if (table.byte(slot, STATE) === TIME_WAIT && (row.state === SYN_SENT || row.state === ESTABLISHED)) {
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
		table.setByte(slot, STATE, row.state);
		table.setDouble(slot, STATE_SINCE, this.#clock.nowMs);
		table.setWord(slot, INODE, row.inode);
		table.setDouble(slot, UNSENT_SINCE, 0);
		table.setDouble(slot, SHUT_SINCE, 0);
		table.setByte(slot, SUSPECT, 0);
		table.setDouble(slot, BYTES_SENT, -1);
		table.setByte(slot, CONDUCT, 0);
		table.setWord(slot, SIGNATURE, 0);
		const listener = this.#listeners.of(row);
		if (listener === null) {
			table.setByte(slot, ROLE, ROLE_PEER);
			return true;
		}
		if (listener !== undefined) {
			table.setByte(slot, ROLE, ROLE_CLIENT);
			table.setWord(slot, OWNER, listener.index);
			if (!this.#isFirst) listener.opened++;
			return true;
		}
		if (!this.#isWatched(row.remote, row.remotePort)) {
			table.setByte(slot, ROLE, ROLE_IGNORED);
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
		this.#table.setByte(slot, ROLE, ROLE_FOREIGN);
		if (!this.#isFirst) this.#foreignOpened++;
		return true;
	}

	#adopt(slot: number, row: Row): void {
		const endpoint = this.#endpoints.findOrAdd(row);
		this.#table.setByte(slot, ROLE, ROLE_BACKEND);
		this.#table.setWord(slot, OWNER, endpoint.index);
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
		if (isOwn && table.byte(slot, ROLE) === ROLE_FOREIGN) {
			const endpoint = this.#endpoints.findOrAdd(row);
			table.setByte(slot, ROLE, ROLE_BACKEND);
			table.setWord(slot, OWNER, endpoint.index);
		} else if (isOwn && table.byte(slot, ROLE) === ROLE_PEER) {
			const listener = this.#listeners.of(row);
			if (!listener) return;
			table.setByte(slot, ROLE, ROLE_CLIENT);
			table.setWord(slot, OWNER, listener.index);
		} else if (isOwn) {
			table.setByte(slot, SUSPECT, 0);
		} else if (table.byte(slot, ROLE) === ROLE_BACKEND && table.byte(slot, SUSPECT) === 0) {
			table.setByte(slot, SUSPECT, 1);
		} else if (table.byte(slot, ROLE) === ROLE_BACKEND) {
			const endpoint = this.#endpoints.list[table.word(slot, OWNER)];
			if (endpoint) endpoint.isShared = true;
			table.setByte(slot, ROLE, ROLE_FOREIGN);
		}
	}

	/** The kernel may give a TIME_WAIT's 4-tuple to a new connection (tcp_tw_reuse). */
	#reopen(slot: number, row: Row): void {
		const table = this.#table;
		const owner = table.word(slot, OWNER);
		table.setDouble(slot, BYTES_SENT, -1);
		table.setByte(slot, CONDUCT, 0);
		table.setDouble(slot, UNSENT_SINCE, 0);
		table.setDouble(slot, SHUT_SINCE, 0);
		if (table.byte(slot, ROLE) !== ROLE_BACKEND) return;
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
		const {bytes, words} = table;
		const record = table.bytesOf(slot);
		const before = bytes[record + STATE];
		const hasEnded = before === ESTABLISHED && row.state !== ESTABLISHED;
		const isSurvivor = before === ESTABLISHED && row.state === ESTABLISHED && !table.isNew;
		if (before !== row.state) {
			table.setDouble(slot, STATE_SINCE, this.#clock.nowMs);
			bytes[record + STATE] = row.state;
		}
		table.seen[slot] = this.#number;
		words[table.wordsOf(slot) + INODE] = row.inode;
		const role = bytes[record + ROLE];
		const owner = words[table.wordsOf(slot) + OWNER] as number;
		if (role === ROLE_CLIENT) this.#listeners.list[owner]?.add(row);
		else if (role === ROLE_BACKEND) {
			const endpoint = this.#endpoints.list[owner];
			if (!endpoint) return;
			this.#touch(endpoint);
			this.#tally.add(endpoint, slot, row, isSurvivor, hasEnded);
		} else if (role === ROLE_FOREIGN || role === ROLE_PEER) {
			this.#foreignRows++;
			if (row.inode !== 0) this.#foreignOwned++;
			if (row.state === SYN_SENT) this.#foreignSynSent++;
			if (role === ROLE_PEER) this.#countPeer(slot, row);
		}
	}

	#countPeer(slot: number, row: Row): void {
		this.#endpoints.findPeer(row)?.addPeer(row, this.#tally.ageOf(slot), this.#number);
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
			const owner = table.word(slot, OWNER);
			if (table.byte(slot, ROLE) === ROLE_BACKEND) {
				const endpoint = this.#endpoints.list[owner];
				if (endpoint) {
					this.#touch(endpoint);
					endpoint.closed++;
					if (table.byte(slot, STATE) === SYN_SENT) endpoint.synVanished++;
					else if (table.byte(slot, STATE) === ESTABLISHED) {
						endpoint.vanished++;
						endpoint.addEnd(waitedMs(table, slot, this.#clock.nowMs));
					}
				}
			} else if (table.byte(slot, ROLE) === ROLE_CLIENT) {
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

function copyOf(row: Row): Row {
	const copy = {...newRow(), ...row};
	return {...copy, local: row.local.slice(), remote: row.remote.slice()};
}
