/**
Which rows of a namespace are this Traefik's, and what they are to it. /proc/PID/net/tcp is the table of PID's network
namespace, not of the process: where others have sockets there, the process's descriptors tell them apart. Rows that
nobody owns any more (TIME_WAIT, FIN_WAIT, SYN_RECV: inode 0) are told by their endpoint.
*/
import {formatEndpoint} from '../parse/address.ts';
import type {Row} from '../parse/row.ts';
import type {Reading} from '../reading.ts';
import type {Attribution} from '../snapshot.ts';
import {Endpoint} from './endpoint.ts';
import {ListenerSums} from './listener.ts';

/** A remote that only others dial is looked at again after this long. */
const FOREIGN_FOR_MS = 10_000;

const OWN_PORT = 1;
const FOREIGN_PORT = 2;

/** How a reading's rows can be told apart. */
export function attributionOf(reading: Reading): Attribution {
	if (reading.isAlone === true) return 'namespace';
	return reading.descriptors === 'readable' ? 'descriptors' : 'assumed';
}

type OpenListener = {
	/** null: another process's. */
	readonly listener: ListenerSums | null;
	readonly words: Uint32Array;
	readonly port: number;
	readonly queue: number;
	/** -1: unknown. */
	readonly limit: number;
};

/** The listeners of the reading at hand; their rows come before those of their connections. */
export class Listeners {
	#ports = new Uint8Array(65_536);
	#open: OpenListener[] = [];
	/** Those of other processes by port; null: not asked for yet. */
	#foreign: Map<number, OpenListener[]> | null = null;
	#known = new Map<string, ListenerSums>();
	readonly list: ListenerSums[] = [];

	begin(): void {
		for (const {port} of this.#open) this.#ports[port] = 0;
		this.#open.length = 0;
		this.#foreign = null;
	}

	/** A LISTEN row; `isOwn`: this Traefik's. */
	add(row: Row, isOwn: boolean, reading: number): void {
		const port = row.localPort;
		let listener: ListenerSums | null = null;
		if (isOwn) {
			const address = formatEndpoint(row.local, port);
			listener = this.#known.get(address) ?? null;
			if (listener === null) {
				listener = new ListenerSums(address, this.list.length);
				this.list.push(listener);
				this.#known.set(address, listener);
			}
			// Several sockets may share an address (SO_REUSEPORT, or a tcp and a tcp6 one).
			if (listener.reading !== reading) listener.begin(reading);
			listener.addSocket(row);
		}
		this.#open.push({listener, words: row.local.slice(), port, queue: row.rxQueue, limit: row.backlog});
		this.#ports[port] = (this.#ports[port] ?? 0) | (isOwn ? OWN_PORT : FOREIGN_PORT);
	}

	/** The listener that the row's local address belongs to; null: another process's; undefined: none. */
	of(row: Row): ListenerSums | null | undefined {
		if (this.#ports[row.localPort] === 0) return undefined;
		let foreign: null | undefined;
		for (const {listener, words, port} of this.#open) {
			if (port !== row.localPort || !isBoundTo(words, row.local)) continue;
			if (listener !== null) return listener;
			foreign = null;
		}
		return foreign;
	}

	/**
	The accept queue of the other process that listens at the endpoint, and its limit; null: nobody is seen to. One bound
	to any address counts only where the endpoint's address is known to be of this namespace: a port of the same number is
	often published here for a container elsewhere.
	*/
	acceptQueueOf({words, port, isLocal}: Endpoint): {queue: number; limit: number | null} | null {
		if (((this.#ports[port] ?? 0) & FOREIGN_PORT) === 0) return null;
		if (this.#foreign === null) {
			this.#foreign = new Map();
			for (const open of this.#open) {
				if (open.listener !== null) continue;
				const there = this.#foreign.get(open.port);
				if (there === undefined) this.#foreign.set(open.port, [open]);
				else there.push(open);
			}
		}
		const foreign = this.#foreign.get(port) ?? [];
		const exact = foreign.filter((open) => isSame(open.words, words));
		const bound = exact.length > 0 || !isLocal ? exact : foreign.filter((open) => isBoundTo(open.words, words));
		if (bound.length === 0) return null;
		const limits = bound.filter(({limit}) => limit >= 0);
		return {
			queue: bound.reduce((sum, {queue}) => sum + queue, 0),
			limit: limits.length === 0 ? null : limits.reduce((sum, {limit}) => sum + limit, 0),
		};
	}
}

function isSame(a: Uint32Array, b: Uint32Array): boolean {
	return a[0] === b[0] && a[1] === b[1] && a[2] === b[2] && a[3] === b[3];
}

/** Whether a socket with this local address can have come from a listener bound to `words`. */
function isBoundTo(words: Uint32Array, local: Uint32Array): boolean {
	const isAnyV6 = words[0] === 0 && words[1] === 0 && words[2] === 0 && words[3] === 0;
	if (isAnyV6) return true;
	if (words[3] === 0 && words[2] === 0xffff && local[2] === 0xffff) return local[0] === 0 && local[1] === 0;
	return isSame(words, local);
}

/** The remotes that this Traefik dials, and those that only others do. */
export class Endpoints {
	readonly list: (Endpoint | null)[] = [];
	#byKey = new Map<number | string, Endpoint>();
	#foreign = new Map<number | string, number>();

	find(row: Pick<Row, 'remote' | 'remotePort'>): Endpoint | undefined {
		return this.#byKey.get(keyOf(row.remote, row.remotePort));
	}

	findOrAdd(row: Row): Endpoint {
		const key = keyOf(row.remote, row.remotePort);
		let endpoint = this.#byKey.get(key);
		if (endpoint === undefined) {
			const hole = this.list.indexOf(null);
			endpoint = new Endpoint(row, hole < 0 ? this.list.length : hole);
			this.list[endpoint.index] = endpoint;
			this.#byKey.set(key, endpoint);
			this.#foreign.delete(key);
		}
		return endpoint;
	}

	/** The endpoint at the row's local address: the row is its own end of a connection. */
	findPeer(row: Row): Endpoint | undefined {
		return this.#byKey.get(keyOf(row.local, row.localPort));
	}

	/** Forgets what had no row for `keepMs`. */
	forget(clockMs: number, keepMs: number): void {
		for (const [key, endpoint] of this.#byKey) {
			if (endpoint.lastRowMs >= clockMs - keepMs) continue;
			this.#byKey.delete(key);
			this.list[endpoint.index] = null;
		}
		for (const [key, until] of this.#foreign) {
			if (until < clockMs) this.#foreign.delete(key);
		}
	}

	isForeign(row: Row, clockMs: number): boolean {
		return (this.#foreign.get(keyOf(row.remote, row.remotePort)) ?? 0) >= clockMs;
	}

	setForeign(row: Row, clockMs: number): void {
		this.#foreign.set(keyOf(row.remote, row.remotePort), clockMs + FOREIGN_FOR_MS);
	}
}

/** IPv4: the address and the port in one number below 2^53; no string is made for a known endpoint. */
function keyOf(words: Uint32Array, port: number): number | string {
	if (words[0] === 0 && words[1] === 0 && words[2] === 0xffff) return (words[3] ?? 0) * 65_536 + port;
	return `${words[0]}:${words[1]}:${words[2]}:${words[3]}:${port}`;
}
