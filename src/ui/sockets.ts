/** The sockets of the backend that is open on screen. */

export type SocketRow = {
	readonly localPort: number;
	/** See tcp-state.ts. */
	readonly state: number;
	/** ms in its state, clamped to LOOKBACK_MS; null: since before the first reading. */
	readonly inStateMs: number | null;
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

export type OpenSockets = {
	readonly instance: string;
	readonly address: string;
	readonly rows: readonly SocketRow[];
};
