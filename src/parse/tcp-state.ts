/** The kernel's numbers of TCP states (include/net/tcp_states.h), as `st` in /proc/net/tcp and idiag_state. */
export const ESTABLISHED = 1;
export const SYN_SENT = 2;
export const SYN_RECV = 3;
export const FIN_WAIT1 = 4;
export const FIN_WAIT2 = 5;
export const TIME_WAIT = 6;
export const CLOSE_WAIT = 8;
export const LAST_ACK = 9;
export const LISTEN = 10;
export const CLOSING = 11;
/** TCP_NEW_SYN_RECV: a request socket. /proc prints it as SYN_RECV; inet_diag may not. */
export const NEW_SYN_RECV = 12;

/** The keys of `connections` in the JSON, by the kernel's number. LISTEN has none: a listener is not a connection. */
export const STATE_KEYS = [
	undefined,
	'established',
	'synSent',
	'synRecv',
	'finWait1',
	'finWait2',
	'timeWait',
	'close',
	'closeWait',
	'lastAck',
	undefined,
	'closing',
] as const;

export type StateKey = Exclude<(typeof STATE_KEYS)[number], undefined>;

/** How many connections are in each state. */
export type Connections = Record<StateKey, number>;

/** A count of zero in every state, in the order in which the JSON prints them. */
export function noConnections(): Connections {
	return {
		established: 0,
		synSent: 0,
		synRecv: 0,
		finWait1: 0,
		finWait2: 0,
		timeWait: 0,
		close: 0,
		closeWait: 0,
		lastAck: 0,
		closing: 0,
	};
}

/** Room for a count by each of the kernel's numbers. */
export const newStateCounts = () => new Int32Array(NEW_SYN_RECV + 1);

/** The same by key. A request socket is in SYN_RECV. */
export function connectionsOf(counts: Int32Array): Connections {
	const connections = noConnections();
	for (let state = 0; state < STATE_KEYS.length; state++) {
		const key = STATE_KEYS[state];
		if (key !== undefined) connections[key] = counts[state] ?? 0;
	}
	connections.synRecv += counts[NEW_SYN_RECV] ?? 0;
	return connections;
}

export function sumOfConnections(counts: Iterable<Connections>): Connections {
	const total = noConnections();
	for (const connections of counts) {
		for (const key of STATE_KEYS) if (key !== undefined) total[key] += connections[key];
	}
	return total;
}

/** Every row of the count, TIME_WAIT included. */
export function allConnections(connections: Connections): number {
	let sum = 0;
	for (const key of STATE_KEYS) {
		if (key !== undefined) sum += connections[key];
	}
	return sum;
}

/** The name that people use, e.g. `CLOSE_WAIT`. */
export const STATE_NAMES: Record<number, string> = {
	1: 'ESTABLISHED',
	2: 'SYN_SENT',
	3: 'SYN_RECV',
	4: 'FIN_WAIT1',
	5: 'FIN_WAIT2',
	6: 'TIME_WAIT',
	7: 'CLOSE',
	8: 'CLOSE_WAIT',
	9: 'LAST_ACK',
	10: 'LISTEN',
	11: 'CLOSING',
	12: 'SYN_RECV',
};
