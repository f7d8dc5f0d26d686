/**
What is remembered of each 4-tuple between two readings, in typed arrays: a chained hash table whose slots are given out
in the order of the kernel's own table, so that the next reading walks them nearly in sequence.
*/
import type {Row} from '../parse/row.ts';

/** Words of a key: local address, remote address, both ports in one. */
const KEY_WORDS = 9;
const NONE = -1;

export const ROLE_CLIENT = 1;
export const ROLE_BACKEND = 2;
export const ROLE_FOREIGN = 3;
/** A backend that the user filtered out. */
export const ROLE_IGNORED = 4;
/** Another process's accepted connection: the other end of a dial of ours, maybe. */
export const ROLE_PEER = 5;

export class ConnectionTable {
	#capacity = 1024;
	#heads = new Int32Array(2048).fill(NONE);
	#next = new Int32Array(1024).fill(NONE);
	#keys = new Uint32Array(1024 * KEY_WORDS);
	#free: number[] = [];
	/** Slots below this one were given out at some time. */
	used = 0;
	/** Slots in use. */
	size = 0;
	/** Whether the last `slotOf` made its slot. */
	isNew = false;

	/** Number of the reading in which the slot was last seen; 0: the slot is free. */
	seen = new Uint32Array(1024);
	state = new Uint8Array(1024);
	role = new Uint8Array(1024);
	/** Index of its endpoint (backend) or listener (client). */
	owner = new Int32Array(1024);
	inode = new Float64Array(1024);
	/** 1: the descriptors once did not show it although they should have. */
	suspect = new Uint8Array(1024);
	/** Clock ms since when it is in its state; 0: since before the first reading. */
	stateSince = new Float64Array(1024);
	/** As in the row, for the one backend whose sockets are on screen. */
	txQueue = new Float64Array(1024);
	rxQueue = new Float64Array(1024);
	timer = new Uint8Array(1024);
	retransmits = new Uint16Array(1024);
	probes = new Uint16Array(1024);
	/** Hash of the columns that move when data does. */
	signature = new Uint32Array(1024);
	/** Clock ms since when its send queue has not been empty, its window has been shut; 0: it is not. */
	unsentSince = new Float64Array(1024);
	shutSince = new Float64Array(1024);
	/** tcp_info of the reading before; bytesSent -1: it had none. */
	bytesSent = new Float64Array(1024);
	bytesReceived = new Float64Array(1024);
	totalRetrans = new Float64Array(1024);
	dataSegsOut = new Float64Array(1024);
	/** Clock ms of the last request byte sent, retransmissions not counted. */
	sendAt = new Float64Array(1024);
	/** See exchange.ts. */
	conduct = new Uint8Array(1024);

	/** The slot of the row's 4-tuple; a new one when it has none. */
	slotOf(row: Row): number {
		const {local, remote} = row;
		const ports = ((row.localPort << 16) | row.remotePort) >>> 0;
		const bucket = hash(local, remote, ports) & (this.#heads.length - 1);
		const keys = this.#keys;
		for (let slot = this.#heads[bucket] ?? NONE; slot !== NONE; slot = this.#next[slot] ?? NONE) {
			const key = slot * KEY_WORDS;
			if (
				keys[key + 8] === ports &&
				keys[key + 7] === remote[3] &&
				keys[key + 3] === local[3] &&
				keys[key + 6] === remote[2] &&
				keys[key + 5] === remote[1] &&
				keys[key + 4] === remote[0] &&
				keys[key + 2] === local[2] &&
				keys[key + 1] === local[1] &&
				keys[key] === local[0]
			) {
				this.isNew = false;
				return slot;
			}
		}
		this.isNew = true;
		return this.#add(row, ports);
	}

	localPortOf(slot: number): number {
		return (this.#keys[slot * KEY_WORDS + 8] ?? 0) >>> 16;
	}

	#add(row: Row, ports: number): number {
		const slot = this.#free.pop() ?? this.used++;
		if (slot >= this.#capacity) this.#grow();
		const key = slot * KEY_WORDS;
		this.#keys.set(row.local, key);
		this.#keys.set(row.remote, key + 4);
		this.#keys[key + 8] = ports;
		const bucket = hash(row.local, row.remote, ports) & (this.#heads.length - 1);
		this.#next[slot] = this.#heads[bucket] ?? NONE;
		this.#heads[bucket] = slot;
		this.size++;
		return slot;
	}

	remove(slot: number): void {
		const key = slot * KEY_WORDS;
		const local = this.#keys.subarray(key, key + 4);
		const remote = this.#keys.subarray(key + 4, key + 8);
		const bucket = hash(local, remote, this.#keys[key + 8] ?? 0) & (this.#heads.length - 1);
		let at = this.#heads[bucket] ?? NONE;
		if (at === slot) this.#heads[bucket] = this.#next[slot] ?? NONE;
		while (at !== NONE && at !== slot) {
			const after = this.#next[at] ?? NONE;
			if (after === slot) this.#next[at] = this.#next[slot] ?? NONE;
			at = after;
		}
		this.seen[slot] = 0;
		this.#free.push(slot);
		this.size--;
		if (this.size === 0) {
			this.used = 0;
			this.#free.length = 0;
		}
	}

	#grow(): void {
		const capacity = this.#capacity * 2;
		this.#capacity = capacity;
		this.#next = grown(this.#next, new Int32Array(capacity));
		this.#keys = grown(this.#keys, new Uint32Array(capacity * KEY_WORDS));
		this.seen = grown(this.seen, new Uint32Array(capacity));
		this.state = grown(this.state, new Uint8Array(capacity));
		this.role = grown(this.role, new Uint8Array(capacity));
		this.owner = grown(this.owner, new Int32Array(capacity));
		this.suspect = grown(this.suspect, new Uint8Array(capacity));
		this.inode = grown(this.inode, new Float64Array(capacity));
		this.stateSince = grown(this.stateSince, new Float64Array(capacity));
		this.txQueue = grown(this.txQueue, new Float64Array(capacity));
		this.rxQueue = grown(this.rxQueue, new Float64Array(capacity));
		this.timer = grown(this.timer, new Uint8Array(capacity));
		this.retransmits = grown(this.retransmits, new Uint16Array(capacity));
		this.probes = grown(this.probes, new Uint16Array(capacity));
		this.signature = grown(this.signature, new Uint32Array(capacity));
		this.unsentSince = grown(this.unsentSince, new Float64Array(capacity));
		this.shutSince = grown(this.shutSince, new Float64Array(capacity));
		this.bytesSent = grown(this.bytesSent, new Float64Array(capacity));
		this.bytesReceived = grown(this.bytesReceived, new Float64Array(capacity));
		this.totalRetrans = grown(this.totalRetrans, new Float64Array(capacity));
		this.dataSegsOut = grown(this.dataSegsOut, new Float64Array(capacity));
		this.sendAt = grown(this.sendAt, new Float64Array(capacity));
		this.conduct = grown(this.conduct, new Uint8Array(capacity));
		this.#rehash(capacity * 2);
	}

	#rehash(buckets: number): void {
		this.#heads = new Int32Array(buckets).fill(NONE);
		for (let slot = 0; slot < this.used; slot++) {
			if (this.seen[slot] === 0) continue;
			const key = slot * KEY_WORDS;
			const local = this.#keys.subarray(key, key + 4);
			const remote = this.#keys.subarray(key + 4, key + 8);
			const bucket = hash(local, remote, this.#keys[key + 8] ?? 0) & (buckets - 1);
			this.#next[slot] = this.#heads[bucket] ?? NONE;
			this.#heads[bucket] = slot;
		}
	}
}

function grown<T extends {set(from: ArrayLike<number>): void}>(from: ArrayLike<number>, to: T): T {
	to.set(from);
	return to;
}

/** Multiply and fold: the remote is often the same for thousands of rows, the ports carry the difference. */
function hash(local: Uint32Array, remote: Uint32Array, ports: number): number {
	let h = Math.imul(ports, 0x9e3779b1);
	h = Math.imul(h ^ (remote[3] ?? 0), 0x85ebca6b);
	h = Math.imul(h ^ (h >>> 15) ^ (local[3] ?? 0), 0xc2b2ae35);
	h ^= Math.imul((remote[0] ?? 0) ^ (remote[1] ?? 0) ^ (local[1] ?? 0), 0x27d4eb2f) ^ (local[0] ?? 0);
	h = Math.imul(h ^ (remote[2] ?? 0) ^ (local[2] ?? 0), 0x165667b1);
	return (h ^ (h >>> 13)) >>> 0;
}
