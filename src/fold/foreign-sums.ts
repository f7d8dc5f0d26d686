/** What one reading adds up of the namespace's rows that are not this Traefik's. */
import type {Row} from '../parse/row.ts';

/** Listeners, which last, come first in the tables. */
const MAX_INODES = 1_000;

export class ForeignSums {
	rows = 0;
	/** Dialled by others, or to a remote that is not to be shown: the namespace's counters hold these dials all the same. */
	opened = 0;
	/** Those that a process owns, in this reading and in the one before. */
	#owned = 0;
	#ownedBefore = 0;

	/** Inodes of theirs in this reading and in the one before, and whether one is in both. */
	#inodes = new Set<number>();
	#inodesBefore = new Set<number>();
	#isLasting = false;

	begin(): void {
		this.#ownedBefore = this.#owned;
		this.#owned = 0;
		[this.#inodes, this.#inodesBefore] = [this.#inodesBefore, this.#inodes];
		this.#inodes.clear();
		this.#isLasting = false;
		this.rows = this.opened = 0;
	}

	add(row: Row): void {
		this.rows++;
		if (row.inode !== 0) {
			this.#owned++;
			if (this.#inodesBefore.has(row.inode)) this.#isLasting = true;
			if (this.#inodes.size < MAX_INODES) this.#inodes.add(row.inode);
		}
	}

	/** Others own sockets here, in this reading or in the one before. */
	get hasOwned(): boolean {
		return this.#owned > 0 || this.#ownedBefore > 0;
	}

	/**
	The same socket in both: other processes are there to stay. New connections of Traefik's own that came between the reading
	of its descriptors and that of the tables look like somebody else's, but only once.
	*/
	get isShared(): boolean {
		return this.#isLasting;
	}
}
