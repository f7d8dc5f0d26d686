/** What one reading adds up for one of Traefik's listeners. */

import type {Row} from '../parse/row.ts';
import {noConnections, STATE_KEYS, SYN_RECV} from '../parse/tcp-state.ts';
import type {ListenerFacts} from '../snapshot.ts';

export class ListenerSums {
	readonly address: string;
	readonly index: number;
	reading = 0;
	acceptQueue = 0;
	acceptLimit: number | null = null;
	states = new Int32Array(STATE_KEYS.length + 1);
	opened = 0;
	closed = 0;

	constructor(address: string, index: number) {
		this.address = address;
		this.index = index;
	}

	begin(reading: number): void {
		this.reading = reading;
		this.acceptQueue = 0;
		this.acceptLimit = null;
		this.states.fill(0);
		this.opened = this.closed = 0;
	}

	addSocket(row: Row): void {
		this.acceptQueue += row.rxQueue;
		if (row.backlog >= 0) this.acceptLimit = (this.acceptLimit ?? 0) + row.backlog;
	}

	add(row: Row): void {
		this.states[row.state] = (this.states[row.state] ?? 0) + 1;
	}

	facts(isFirst: boolean): ListenerFacts {
		const connections = noConnections();
		for (let state = 1; state < STATE_KEYS.length; state++) {
			const key = STATE_KEYS[state];
			if (key !== undefined) connections[key] = this.states[state] ?? 0;
		}
		connections.synRecv = (this.states[SYN_RECV] ?? 0) + (this.states[STATE_KEYS.length] ?? 0);
		return {
			address: this.address,
			acceptQueue: this.acceptQueue,
			acceptLimit: this.acceptLimit,
			connections,
			opened: isFirst ? null : this.opened,
			closed: isFirst ? null : this.closed,
		};
	}
}
