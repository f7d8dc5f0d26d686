/** `--sockets`: every row of the namespace, as the table has it. */
import {formatEndpoint} from '../parse/address.ts';
import type {Visit} from '../parse/row.ts';
import {LISTEN, NEW_SYN_RECV, STATE_KEYS, type StateKey} from '../parse/tcp-state.ts';

/** What a row's `tr` says, by number. */
const TIMERS = ['none', 'retransmit', 'keepalive', 'timeWait', 'probe'] as const;

export type SocketEntry = {
	readonly local: string;
	readonly remote: string;
	/** null: a number that no kernel of today prints. */
	readonly state: StateKey | 'listen' | null;
	readonly txQueueBytes: number;
	readonly rxQueueBytes: number;
	readonly timer: (typeof TIMERS)[number] | null;
	readonly retransmits: number;
	readonly inode: number;
};

/** The rows of one reading, in the order of the contract, whichever a source hands them over in. */
export class SocketList {
	readonly #tcp: SocketEntry[] = [];
	readonly #tcp6: SocketEntry[] = [];

	readonly visit: Visit = (row) => {
		(row.table === 4 ? this.#tcp : this.#tcp6).push({
			local: formatEndpoint(row.local, row.localPort),
			remote: formatEndpoint(row.remote, row.remotePort),
			state: stateName(row.state),
			txQueueBytes: row.txQueue,
			rxQueueBytes: row.rxQueue,
			timer: TIMERS[row.timer] ?? null,
			retransmits: row.retransmits,
			inode: row.inode,
		});
	};

	/** Every row of `tcp`, then of `tcp6`, each in table order. */
	entries(): SocketEntry[] {
		return [...this.#tcp, ...this.#tcp6];
	}
}

function stateName(state: number): SocketEntry['state'] {
	if (state === LISTEN) return 'listen';
	if (state === NEW_SYN_RECV) return 'synRecv';
	return STATE_KEYS[state] ?? null;
}
