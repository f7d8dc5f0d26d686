/** What one reading adds up for one of Traefik's listeners. */

import type {Row} from '../parse/row.ts';
import {connectionsOf, newStateCounts} from '../parse/tcp-state.ts';
import type {ListenerFacts} from '../snapshot.ts';

export class ListenerSums {
	readonly address: string;
	readonly index: number;
	reading = 0;
	acceptQueue = 0;
	acceptLimit: number | null = null;
	states = newStateCounts();
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
		const connections = connectionsOf(this.states);
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
