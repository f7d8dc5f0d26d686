/** One connection of the backend that is open on screen: the only rows that leave the worker. */
import {ESTABLISHED} from '../parse/tcp-state.ts';
import {LOOKBACK_MS} from '../snapshot.ts';
import type {ConnectionTable} from './connection-table.ts';

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
	/** A request is out since so many ms; null: none, or no tcp_info. */
	readonly waitingMs: number | null;
	/** null: no tcp_info. */
	readonly bytesSent: number | null;
	readonly bytesReceived: number | null;
	readonly totalRetrans: number | null;
};

export function socketRow(table: ConnectionTable, slot: number, clockMs: number): SocketRow {
	const hasInfo = (table.bytesSent[slot] ?? -1) >= 0;
	const isWaiting = hasInfo && table.state[slot] === ESTABLISHED && table.conduct[slot] === 1;
	return {
		localPort: table.localPortOf(slot),
		state: table.state[slot] ?? 0,
		inStateMs: Math.min(LOOKBACK_MS, clockMs - (table.stateSince[slot] ?? 0)),
		inode: table.inode[slot] ?? 0,
		txQueue: table.txQueue[slot] ?? 0,
		rxQueue: table.rxQueue[slot] ?? 0,
		timer: table.timer[slot] ?? 0,
		retransmits: table.retransmits[slot] ?? 0,
		probes: table.probes[slot] ?? 0,
		waitingMs: isWaiting ? Math.max(0, clockMs - (table.sendAt[slot] ?? 0)) : null,
		bytesSent: hasInfo ? (table.bytesSent[slot] ?? null) : null,
		bytesReceived: hasInfo ? (table.bytesReceived[slot] ?? null) : null,
		totalRetrans: hasInfo ? (table.totalRetrans[slot] ?? null) : null,
	};
}
