/**
Connections that ended since the reading before, as the kernel told of each. A notice says neither the process nor the inode:
whose it was, the 4-tuple tells if a look ever saw it, else the remote that only Traefik dials.
*/
import {type Ending, endedHow, hasUnreadFin, isAnonymous, isNoConnection} from '../parse/ending.ts';
import type {Row} from '../parse/row.ts';
import {CLOSING, FIN_WAIT1, FIN_WAIT2, TIME_WAIT} from '../parse/tcp-state.ts';
import type {EndingCount, Reading} from '../reading.ts';
import type {EndingFacts} from '../snapshot.ts';
import type {Endpoints} from './attribution.ts';
import type {ConnectionTable} from './connection-table.ts';
import {OWNER, ROLE, ROLE_BACKEND, STATE} from './connection-table.ts';
import type {Endpoint} from './endpoint.ts';
import {lastExchange, NO_EXCHANGE} from './exchange.ts';
import type {Placement} from './placement.ts';

export class Endings {
	readonly #table: ConnectionTable;
	readonly #endpoints: Endpoints;
	readonly #placement: Placement;
	#number = 0;
	#nowMs = 0;
	#anonymous = 0;
	#foreign = 0;
	readonly #visit = (row: Ending): void => this.#add(row);

	constructor(table: ConnectionTable, endpoints: Endpoints, placement: Placement) {
		this.#table = table;
		this.#endpoints = endpoints;
		this.#placement = placement;
	}

	/** Those of the reading `number`, whose rows were visited; null: not to be had. */
	read({endings}: Reading, number: number, nowMs: number): EndingFacts | null {
		if (endings == null) return null;
		this.#number = number;
		this.#nowMs = nowMs;
		this.#anonymous = this.#foreign = 0;
		const {lost}: EndingCount = endings(this.#visit);
		return {lost, anonymous: this.#anonymous, foreign: this.#foreign};
	}

	#add(row: Ending): void {
		if (isNoConnection(row)) return;
		if (isAnonymous(row)) {
			this.#anonymous++;
			return;
		}
		const table = this.#table;
		const slot = table.find(row);
		let endpoint: Endpoint | null | undefined;
		if (slot < 0) {
			endpoint = this.#placement.endpointOf(row);
			if (endpoint === null) this.#foreign++;
		} else if (table.byte(slot, ROLE) === ROLE_BACKEND) endpoint = this.#endpoints.list[table.word(slot, OWNER)];
		if (endpoint == null) return;
		endpoint.touch(this.#number);
		endpoint.lastRowMs = this.#nowMs;
		const kind = endedHow(row);
		endpoint.ended.add(kind, this.#isOwnClosed(row, slot), row.agoMs, endpoint.answeredAgoMs);
		const tookMs = lastExchange(table, slot, row);
		if (tookMs > NO_EXCHANGE) {
			endpoint.exchanges.addEnded(tookMs);
			endpoint.addAnswer(row.agoMs + row.lastReceiveMs, slot < 0);
			endpoint.ended.addAnswer();
		}
		// it came and went between two looks
		if (slot < 0 && row.bytesAcked > 0) endpoint.addUnseen();
	}

	/**
	Whether our FIN came first. It leaves a TIME_WAIT (or FIN_WAIT) row for a minute, which the look that follows shows; the
	other end's leaves nothing. One that a backend closed and whose FIN nobody read leaves nothing, either.
	*/
	#isOwnClosed(row: Row, slot: number): boolean {
		if (!hasUnreadFin(row) || row.bytesAcked === 0 || slot < 0) return false;
		const state = this.#table.byte(slot, STATE);
		return state === TIME_WAIT || state === FIN_WAIT2 || state === FIN_WAIT1 || state === CLOSING;
	}
}
