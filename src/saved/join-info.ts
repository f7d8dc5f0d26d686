/**
Brings tcp_info to the rows of the text tables. `ss` tells of the same sockets in its own order, a moment earlier or
later, so the two are joined by 4-tuple and inode: a 4-tuple that changed hands between the two reads gets nothing.
One join serves a whole recording: its arrays grow to the largest snapshot and are used again.
*/
import type {Row, Visit} from '../parse/row.ts';
import {clearInfo} from '../parse/row.ts';

/** local, remote (4 words each), both ports, inode. */
const KEY_WORDS = 10;
const INFO_FIELDS = 24;

export class InfoJoin {
	#keys = new Uint32Array(KEY_WORDS * 256);
	#info = new Float64Array(INFO_FIELDS * 256);
	/** Position in `#keys` + 1 by hash; 0 is free. A power of two, at most half full. */
	#slots = new Uint32Array(512);
	#count = 0;
	readonly #key = new Uint32Array(KEY_WORDS);

	/** Forgets the sockets of the snapshot before. */
	clear(): void {
		this.#slots.fill(0);
		this.#count = 0;
	}

	/** Keeps a socket that has tcp_info. */
	readonly add: Visit = (row) => {
		if (!row.hasInfo) return;
		if ((this.#count + 1) * 2 > this.#slots.length) this.#grow();
		this.#setKey(row);
		const slot = this.#find();
		if (this.#slots[slot] === 0) {
			this.#keys.set(this.#key, this.#count * KEY_WORDS);
			this.#slots[slot] = ++this.#count;
		}
		store(row, this.#info, ((this.#slots[slot] ?? 1) - 1) * INFO_FIELDS);
	};

	/** Gives a row of a table the tcp_info of its socket, or none. */
	enrich(row: Row): void {
		this.#setKey(row);
		const found = this.#slots[this.#find()] ?? 0;
		if (found === 0) clearInfo(row);
		else load(row, this.#info, (found - 1) * INFO_FIELDS);
	}

	#setKey(row: Row): void {
		const key = this.#key;
		key.set(row.local, 0);
		key.set(row.remote, 4);
		key[8] = (row.localPort << 16) | row.remotePort;
		key[9] = row.inode;
	}

	/** The slot of `#key`: taken by it, or free. */
	#find(): number {
		const key = this.#key;
		const mask = this.#slots.length - 1;
		let hash = 0x811c9dc5;
		for (let i = 0; i < KEY_WORDS; i++) {
			hash = Math.imul(hash ^ (key[i] ?? 0), 0x9e3779b1);
			hash ^= hash >>> 15;
		}
		for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
			const found = this.#slots[slot] ?? 0;
			if (found === 0 || this.#isKeyAt((found - 1) * KEY_WORDS)) return slot;
		}
	}

	#isKeyAt(start: number): boolean {
		for (let i = 0; i < KEY_WORDS; i++) {
			if (this.#keys[start + i] !== this.#key[i]) return false;
		}
		return true;
	}

	#grow(): void {
		const keys = new Uint32Array(this.#keys.length * 2);
		keys.set(this.#keys);
		const info = new Float64Array(this.#info.length * 2);
		info.set(this.#info);
		this.#keys = keys;
		this.#info = info;
		this.#slots = new Uint32Array(this.#slots.length * 2);
		for (let i = 0; i < this.#count; i++) {
			this.#key.set(keys.subarray(i * KEY_WORDS, (i + 1) * KEY_WORDS));
			this.#slots[this.#find()] = i + 1;
		}
	}
}

function store(row: Row, to: Float64Array, at: number): void {
	to[at] = row.bytesSent;
	to[at + 1] = row.bytesAcked;
	to[at + 2] = row.bytesReceived;
	to[at + 3] = row.lastSendMs;
	to[at + 4] = row.lastReceiveMs;
	to[at + 5] = row.lastAckMs;
	to[at + 6] = row.rttUs;
	to[at + 7] = row.rttVarUs;
	to[at + 8] = row.minRttUs;
	to[at + 9] = row.unacked;
	to[at + 10] = row.retrans;
	to[at + 11] = row.totalRetrans;
	to[at + 12] = row.segsOut;
	to[at + 13] = row.segsIn;
	to[at + 14] = row.dataSegsOut;
	to[at + 15] = row.dataSegsIn;
	to[at + 16] = row.delivered;
	to[at + 17] = row.busyMs;
	to[at + 18] = row.rwndLimitedMs;
	to[at + 19] = row.sndbufLimitedMs;
	to[at + 20] = row.deliveryRate;
	to[at + 21] = row.notSent;
	to[at + 22] = row.backlog;
	to[at + 23] = row.cgroup;
}

function load(row: Row, from: Float64Array, at: number): void {
	row.hasInfo = true;
	row.bytesSent = from[at] ?? -1;
	row.bytesAcked = from[at + 1] ?? -1;
	row.bytesReceived = from[at + 2] ?? -1;
	row.lastSendMs = from[at + 3] ?? -1;
	row.lastReceiveMs = from[at + 4] ?? -1;
	row.lastAckMs = from[at + 5] ?? -1;
	row.rttUs = from[at + 6] ?? -1;
	row.rttVarUs = from[at + 7] ?? -1;
	row.minRttUs = from[at + 8] ?? -1;
	row.unacked = from[at + 9] ?? -1;
	row.retrans = from[at + 10] ?? -1;
	row.totalRetrans = from[at + 11] ?? -1;
	row.segsOut = from[at + 12] ?? -1;
	row.segsIn = from[at + 13] ?? -1;
	row.dataSegsOut = from[at + 14] ?? -1;
	row.dataSegsIn = from[at + 15] ?? -1;
	row.delivered = from[at + 16] ?? -1;
	row.busyMs = from[at + 17] ?? -1;
	row.rwndLimitedMs = from[at + 18] ?? -1;
	row.sndbufLimitedMs = from[at + 19] ?? -1;
	row.deliveryRate = from[at + 20] ?? -1;
	row.notSent = from[at + 21] ?? -1;
	row.backlog = from[at + 22] ?? -1;
	row.cgroup = from[at + 23] ?? -1;
}
