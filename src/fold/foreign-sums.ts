/** What one reading adds up of the namespace's rows that are not this Traefik's. */
import type {Row} from '../parse/row.ts';
import {SYN_SENT} from '../parse/tcp-state.ts';

export class ForeignSums {
	rows = 0;
	synSent = 0;
	/** Dialled by others, or to a remote that is not to be shown: the namespace's counters hold these dials all the same. */
	opened = 0;
	/** Those that a process owns, in this reading and in the one before. */
	#owned = 0;
	#ownedBefore = 0;

	begin(): void {
		this.#ownedBefore = this.#owned;
		this.#owned = 0;
		this.rows = this.synSent = this.opened = 0;
	}

	add(row: Row): void {
		this.rows++;
		if (row.inode !== 0) this.#owned++;
		if (row.state === SYN_SENT) this.synSent++;
	}

	/** Others own sockets here, in this reading or in the one before. */
	get hasOwned(): boolean {
		return this.#owned > 0 || this.#ownedBefore > 0;
	}

	/** In both: other processes are there to stay. */
	get isShared(): boolean {
		return this.#owned > 0 && this.#ownedBefore > 0;
	}
}
