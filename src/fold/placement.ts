/**
What a 4-tuple is to this Traefik: decided when it is new, by the listeners of its reading, by the descriptors and by
what is known of its endpoint (attribution.ts); corrected where the descriptors show later that it was not so.
*/
import {newRow, type Row} from '../parse/row.ts';
import {ESTABLISHED, SYN_SENT} from '../parse/tcp-state.ts';
import type {Endpoints, Listeners} from './attribution.ts';
import {
	BYTES_SENT,
	CONDUCT,
	type ConnectionTable,
	INODE,
	OWNER,
	ROLE,
	ROLE_BACKEND,
	ROLE_CLIENT,
	ROLE_FOREIGN,
	ROLE_IGNORED,
	ROLE_PEER,
	SHUT_SINCE,
	STATE,
	STATE_SINCE,
	SUSPECT,
	UNSENT_SINCE,
} from './connection-table.ts';
import type {Endpoint} from './endpoint.ts';
import type {ForeignSums} from './foreign-sums.ts';
import type {OwnInodes} from './own-inodes.ts';

/** Whether a remote is to be shown (`--backend`, `--ignore`). */
export type IsWatched = (remote: Uint32Array, port: number) => boolean;

type Parts = {
	readonly isWatched: IsWatched;
	readonly table: ConnectionTable;
	readonly listeners: Listeners;
	readonly endpoints: Endpoints;
	readonly own: OwnInodes;
	readonly foreign: ForeignSums;
};

export class Placement {
	readonly #isWatched: IsWatched;
	readonly #table: ConnectionTable;
	readonly #listeners: Listeners;
	readonly #endpoints: Endpoints;
	readonly #own: OwnInodes;
	readonly #foreign: ForeignSums;
	/** New ownerless rows whose endpoint is unknown so far: `settle` them when the reading is through. */
	readonly orphans: {readonly row: Row; readonly slot: number}[] = [];
	#number = 0;
	#nowMs = 0;
	#isFirst = true;

	constructor({isWatched, table, listeners, endpoints, own, foreign}: Parts) {
		this.#isWatched = isWatched;
		this.#table = table;
		this.#listeners = listeners;
		this.#endpoints = endpoints;
		this.#own = own;
		this.#foreign = foreign;
	}

	/** `number`: the reading's; `isFirst`: what is in it was not seen to open. */
	begin(number: number, nowMs: number, isFirst: boolean): void {
		this.#number = number;
		this.#nowMs = nowMs;
		this.#isFirst = isFirst;
		this.orphans.length = 0;
	}

	/** Decides what a new 4-tuple is; false: not yet, its endpoint may become known within this reading. */
	place(slot: number, row: Row): boolean {
		const table = this.#table;
		this.#note(slot, row);
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
			if (!this.#isFirst) this.#foreign.opened++; // dialled all the same: the counters hold it
			return true;
		}
		if (this.#own.attribution === 'descriptors' && !this.#isOwnConnection(row)) {
			if (row.inode === 0) {
				this.orphans.push({row: copyOf(row), slot});
				return false;
			}
			this.#setForeign(slot);
			return true;
		}
		this.#adopt(slot, row);
		return true;
	}

	/** Of a slot just made, in which everything else is 0. */
	#note(slot: number, row: Row): void {
		const table = this.#table;
		table.seen[slot] = this.#number;
		table.setByte(slot, STATE, row.state);
		table.setDouble(slot, STATE_SINCE, this.#nowMs);
		table.setWord(slot, INODE, row.inode);
	}

	/** By descriptor; a known endpoint that nobody else dials needs no look at the descriptors. */
	#isOwnConnection(row: Row): boolean {
		const endpoint = this.#endpoints.find(row);
		if (row.inode === 0) return endpoint !== undefined;
		if (endpoint !== undefined && !endpoint.isShared && this.#own.inodes === null) return true;
		const isSettled = this.#own.inodes === null && endpoint === undefined;
		if (isSettled && this.#endpoints.isForeign(row, this.#nowMs)) return false;
		const isOwn = this.#own.has(row.inode);
		if (!isOwn && endpoint !== undefined) endpoint.isShared = true;
		if (!isOwn && endpoint === undefined) this.#endpoints.setForeign(row, this.#nowMs);
		return isOwn;
	}

	#setForeign(slot: number): void {
		this.#table.setByte(slot, ROLE, ROLE_FOREIGN);
		if (!this.#isFirst) this.#foreign.opened++;
	}

	#adopt(slot: number, row: Row): void {
		const endpoint = this.#endpoints.findOrAdd(row);
		this.#table.setByte(slot, ROLE, ROLE_BACKEND);
		this.#table.setWord(slot, OWNER, endpoint.index);
		endpoint.touch(this.#number);
		if (this.#isFirst) return;
		endpoint.opened++;
		if (row.state === SYN_SENT || row.state === ESTABLISHED) endpoint.openedLive++;
	}

	/**
	An ownerless row whose endpoint was unknown when it was met: known by now, or, where every socket with an owner is
	Traefik's, its as well (a connection may come and go between two readings).
	*/
	settle(slot: number, row: Row): void {
		const isOthers = this.#foreign.hasOwned || this.#endpoints.isForeign(row, this.#nowMs);
		if (this.#endpoints.find(row) || !isOthers) this.#adopt(slot, row);
		else this.#setForeign(slot);
	}

	/**
	The endpoint of a connection that no look saw; undefined: it is none of a dial of ours (a client's, a remote that is not to
	be shown); null: nobody can tell, since others dial from here, too. A remote that was never seen before is Traefik's where
	nobody else has a socket.
	*/
	endpointOf(row: Row): Endpoint | null | undefined {
		if (this.#listeners.of(row) !== undefined || !this.#isWatched(row.remote, row.remotePort)) return undefined;
		const known = this.#endpoints.find(row);
		if (known !== undefined) return known;
		const {attribution} = this.#own;
		if (attribution === 'assumed') return null;
		const isOthers = this.#foreign.hasOwned || this.#endpoints.isForeign(row, this.#nowMs);
		return attribution === 'descriptors' && isOthers ? null : this.#endpoints.findOrAdd(row);
	}

	/** The reading failed: what was put off is not decided any more. */
	dropOrphans(): void {
		for (const {slot} of this.orphans) this.#table.remove(slot);
		this.orphans.length = 0;
	}

	/**
	Corrects what was settled by address, where the descriptors were read anyway: a socket that two of them did not show
	(one may miss it by the race of the two reads) shows that somebody else dials that backend, too.
	*/
	audit(slot: number, row: Row): void {
		const table = this.#table;
		const isOwn = this.#own.inodes?.has(row.inode) === true;
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
	reopen(slot: number, row: Row): void {
		const table = this.#table;
		table.setDouble(slot, BYTES_SENT, -1);
		table.setByte(slot, CONDUCT, 0);
		table.setDouble(slot, UNSENT_SINCE, 0);
		table.setDouble(slot, SHUT_SINCE, 0);
		if (table.byte(slot, ROLE) !== ROLE_BACKEND) return;
		const endpoint = this.#endpoints.list[table.word(slot, OWNER)];
		if (!endpoint) return;
		endpoint.touch(this.#number);
		endpoint.closed++;
		endpoint.opened++;
		if (row.state === SYN_SENT || row.state === ESTABLISHED) endpoint.openedLive++;
	}
}

function copyOf(row: Row): Row {
	const copy = {...newRow(), ...row};
	return {...copy, local: row.local.slice(), remote: row.remote.slice()};
}
