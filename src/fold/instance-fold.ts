/** The fold of one instance: rows of a reading in, a Snapshot out. See fold.ts. */

import type {Row, TableCount, Visit} from '../parse/row.ts';
import {ESTABLISHED, LISTEN, NEW_SYN_RECV, SYN_RECV, SYN_SENT, TIME_WAIT} from '../parse/tcp-state.ts';
import {type Counters, NO_COUNTERS, type Reading, type Server, UNKNOWN_SERVER} from '../reading.ts';
import {type BackendFacts, type EndingFacts, LOOKBACK_MS, type Snapshot} from '../snapshot.ts';
import {Endpoints, Listeners} from './attribution.ts';
import {BackendRows, type Fate} from './backend-rows.ts';
import {Clock} from './clock.ts';
import {
	ConnectionTable,
	INODE,
	OWNER,
	ROLE,
	ROLE_BACKEND,
	ROLE_CLIENT,
	ROLE_FOREIGN,
	ROLE_PEER,
	STATE,
	STATE_SINCE,
} from './connection-table.ts';
import {counterGrowth} from './counter-growth.ts';
import {dialledOf} from './dialled.ts';
import {Endings} from './endings.ts';
import {waitedMs} from './exchange.ts';
import {ForeignSums} from './foreign-sums.ts';
import {OwnInodes} from './own-inodes.ts';
import {type IsWatched, Placement} from './placement.ts';

/** Readings between two clean-ups. */
const FORGET_EVERY = 64;

export class InstanceFold {
	readonly #clock = new Clock();
	readonly #table = new ConnectionTable();
	readonly #listeners = new Listeners();
	readonly #endpoints = new Endpoints();
	readonly #own = new OwnInodes();
	readonly #foreign = new ForeignSums();
	readonly #placement: Placement;
	readonly #backendRows = new BackendRows(this.#table);
	readonly #fate: Fate = {isSurvivor: false, hasEnded: false, isNew: false};
	readonly #endings: Endings;
	#number = 0;
	/** The first reading with rows: what is in it was not seen to open. */
	#isFirst = true;
	/** Counters of the reading before; null: there is none to compare with. */
	#previous: Counters | null = null;
	/** The reading before could not be read. */
	#wasUnread = false;

	constructor(isWatched: IsWatched) {
		this.#placement = new Placement({
			isWatched,
			table: this.#table,
			listeners: this.#listeners,
			endpoints: this.#endpoints,
			own: this.#own,
			foreign: this.#foreign,
		});
		this.#endings = new Endings(this.#table, this.#endpoints, this.#placement);
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
		const endings = this.#endings.read(reading, this.#number, this.#clock.nowMs);
		this.#sweep();
		const backends: BackendFacts[] = [];
		for (const endpoint of this.#endpoints.list) {
			if (endpoint?.reading !== this.#number) continue;
			endpoint.setAcceptQueue(this.#listeners.acceptQueueOf(endpoint));
			backends.push(endpoint.facts(this.#isUnlinked(), endings !== null));
		}
		const found = reading.servers?.(dialledOf(this.#endpoints, this.#table, this.#number, backends));
		const servers = withNeighbours(found ?? null, backends);
		const seen = servers === null ? backends : backends.map((facts) => withAcceptQueue(facts, servers));
		const snapshot = {...this.#snapshot(reading, seen, count, endings), servers};
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
		this.#placement.dropOrphans();
		const snapshot = this.#snapshot(reading, [], {...count, rows: 0, torn: 0}, null);
		this.#wasUnread = true;
		return snapshot;
	}

	isBackend(remote: Uint32Array, remotePort: number): boolean {
		return this.#endpoints.find({remote, remotePort}) !== undefined;
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
		const {nowMs, sinceMs} = this.#clock;
		this.#foreign.begin();
		this.#listeners.begin();
		this.#table.begin();
		this.#own.begin(reading, nowMs, this.#isFirst);
		this.#placement.begin(this.#number, nowMs, this.#isFirst);
		this.#backendRows.begin(nowMs, sinceMs, this.#isFirst, reading.rowSource !== 'text');
	}

	#row(row: Row): void {
		if (row.state === LISTEN) {
			this.#listeners.add(row, this.#own.hasListener(row.inode), this.#number);
			return;
		}
		if (row.state === NEW_SYN_RECV) row.state = SYN_RECV;
		const table = this.#table;
		const slot = table.slotOf(row);
		if (table.isNew) {
			if (!this.#placement.place(slot, row)) return;
		} else if (table.seen[slot] === this.#number) {
			return; // the table is not atomic: a socket that changed its bucket may appear twice
		} else if (table.byte(slot, STATE) === TIME_WAIT && (row.state === SYN_SENT || row.state === ESTABLISHED)) {
			this.#placement.reopen(slot, row);
		} else if (this.#own.inodes !== null && row.inode !== 0) {
			this.#placement.audit(slot, row);
		}
		this.#count(slot, row);
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
			endpoint.touch(this.#number);
			if (row.state === TIME_WAIT && (table.isNew || before !== TIME_WAIT)) endpoint.ownCloses++;
			if (row.state === ESTABLISHED && !isSurvivor) endpoint.connected++;
			const fate = this.#fate;
			fate.isSurvivor = isSurvivor;
			fate.hasEnded = hasEnded;
			fate.isNew = table.isNew && !this.#isUnlinked();
			this.#backendRows.add(endpoint, slot, row, fate);
		} else if (role === ROLE_FOREIGN || role === ROLE_PEER) {
			this.#foreign.add(row);
			if (role !== ROLE_PEER) return;
			this.#endpoints.findPeer(row)?.addPeer(row, this.#backendRows.ageOf(slot), this.#number);
		}
	}

	/** By now every endpoint of the reading is known. */
	#settleOrphans(): void {
		for (const {row, slot} of this.#placement.orphans) {
			this.#table.isNew = true;
			this.#placement.settle(slot, row);
			this.#count(slot, row);
		}
		// Settled: a reading that fails next must not take them back.
		this.#placement.orphans.length = 0;
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
					endpoint.touch(this.#number);
					endpoint.closed++;
					if (table.byte(slot, STATE) === SYN_SENT) endpoint.synVanished++;
					else if (table.byte(slot, STATE) === ESTABLISHED) {
						endpoint.addVanished(waitedMs(table, slot, this.#clock.nowMs - (this.#clock.sinceMs ?? 0) / 2));
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

	#snapshot(
		reading: Reading,
		backends: BackendFacts[],
		{rows, torn, readMs = 0}: TableCount,
		endings: EndingFacts | null,
	): Snapshot {
		const {problem} = reading;
		const hasPrevious = !this.#isUnlinked();
		return {
			instance: reading.instance,
			time: reading.time,
			clockMs: this.#clock.nowMs,
			isTimeAssumed: reading.isTimeAssumed,
			sincePreviousMs: hasPrevious ? this.#clock.sinceMs : null,
			intervalMs: reading.intervalMs,
			isAfterGap: this.#clock.isAfterGap || this.#wasUnread,
			problem,
			attribution: this.#own.attribution,
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
			deltas: hasPrevious && this.#previous ? counterGrowth(this.#previous, reading.counters) : NO_COUNTERS,
			ports: reading.ports,
			openFiles: reading.openFiles,
			names: reading.names,
			rows,
			tornRows: torn,
			foreignRows: this.#foreign.rows,
			isShared: this.#foreign.isShared,
			foreignOpened: this.#foreign.opened,
			endings,
			endingsReason: reading.endingsReason ?? null,
			serversReason: reading.serversReason ?? null,
			readMs: reading.readMs + readMs,
		};
	}
}

/** With what the table itself says of backends in this namespace, where nothing else does. null: nothing is known of any. */
function withNeighbours(
	found: ReadonlyMap<string, Server> | null,
	backends: readonly BackendFacts[],
): ReadonlyMap<string, Server> | null {
	let servers: Map<string, Server> | null = null;
	for (const {address, peerAcceptQueue: acceptQueue, peerAcceptLimit: acceptLimit, peerCloseWait} of backends) {
		if (acceptQueue === null || found?.has(address)) continue;
		servers ??= new Map(found);
		const seen = {isListening: true, acceptQueue, acceptLimit, closeWait: peerCloseWait};
		servers.set(address, {...UNKNOWN_SERVER, ...seen});
	}
	return servers ?? (found !== null && found.size > 0 ? found : null);
}

/** From the backend's own namespace, where the table of this one does not hold it. */
function withAcceptQueue(facts: BackendFacts, servers: ReadonlyMap<string, Server>): BackendFacts {
	const server = facts.peerAcceptQueue === null ? servers.get(facts.address) : undefined;
	if (server === undefined || server.acceptQueue === null) return facts;
	return {...facts, peerAcceptQueue: server.acceptQueue, peerAcceptLimit: server.acceptLimit};
}
