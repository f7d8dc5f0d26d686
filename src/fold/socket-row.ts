/** One connection of the backend that is open on screen: the only rows that leave the worker. */
import {ESTABLISHED} from '../parse/tcp-state.ts';
import {LOOKBACK_MS} from '../snapshot.ts';
import {
	BYTES_RECEIVED,
	BYTES_SENT,
	type ConnectionTable,
	INODE,
	known,
	PROBES,
	RETRANSMITS,
	RX_QUEUE,
	STATE,
	STATE_SINCE,
	TIMER,
	TOTAL_RETRANS,
	TX_QUEUE,
} from './connection-table.ts';
import {waitedMs} from './exchange.ts';

export type SocketRow = {
	readonly localPort: number;
	/** See tcp-state.ts. */
	readonly state: number;
	/** ms in its state as far as was seen, clamped to LOOKBACK_MS. */
	readonly inStateMs: number;
	readonly inode: number;
	readonly txQueue: number;
	readonly rxQueue: number;
	/** See Row. */
	readonly timer: number;
	readonly retransmits: number;
	readonly probes: number;
	/** A request is out since this many ms; null: none, or no tcp_info. */
	readonly waitingMs: number | null;
	/** null: no tcp_info. */
	readonly bytesSent: number | null;
	readonly bytesReceived: number | null;
	readonly totalRetrans: number | null;
};

export function socketRow(table: ConnectionTable, slot: number, clockMs: number): SocketRow {
	const hasInfo = table.double(slot, BYTES_SENT) >= 0;
	const waited = table.byte(slot, STATE) === ESTABLISHED ? waitedMs(table, slot, clockMs) : -1;
	return {
		localPort: table.localPortOf(slot),
		state: table.byte(slot, STATE),
		inStateMs: Math.min(LOOKBACK_MS, clockMs - table.double(slot, STATE_SINCE)),
		inode: table.word(slot, INODE),
		txQueue: table.word(slot, TX_QUEUE),
		rxQueue: table.word(slot, RX_QUEUE),
		timer: table.byte(slot, TIMER),
		retransmits: table.byte(slot, RETRANSMITS),
		probes: table.byte(slot, PROBES),
		waitingMs: waited < 0 ? null : waited,
		bytesSent: hasInfo ? table.double(slot, BYTES_SENT) : null,
		bytesReceived: hasInfo ? table.double(slot, BYTES_RECEIVED) : null,
		totalRetrans: hasInfo ? known(table.word(slot, TOTAL_RETRANS)) : null,
	};
}

export type OpenBackend = {readonly instance: string; readonly address: string};

/** The sockets of the backend that is open on screen. */
export type BackendSockets = OpenBackend & {readonly rows: readonly SocketRow[]};
