/**
The kernel tells how long ago a socket last sent, in steps of 4 ms and as of the moment when the dump reached it: the
instant behind it seems to wander by some ms from reading to reading. As long as nothing was sent since, the instant told
first is kept. That is nearer to the truth, and it keeps a quiet socket's line in a capture the same, which is what makes
captures small. The row that is settled is also the one that is folded, so that a replay sees what was seen live.
*/
import type {Row} from '../parse/row.ts';

const WANDER_MS = 40;
const WORDS = 9;

/** The sockets of one instance in one reading and the one before. */
export class SettledAges {
	#now = new Sockets();
	#before = new Sockets();

	/** Begins a reading: what was told in the last one is what is kept from. */
	begin(): void {
		const older = this.#before;
		this.#before = this.#now;
		this.#now = older;
		older.clear();
	}

	/** Moves the ages of a row that has not sent since the reading before. */
	settle(row: Row, time: number): void {
		if (!row.hasInfo || row.lastSendMs < 0) return;
		let sentAt = time - row.lastSendMs;
		const before = this.#before.find(row);
		if (before >= 0 && this.#before.sent[before] === progress(row)) {
			const kept = this.#before.at[before] ?? sentAt;
			const shift = sentAt - kept;
			if (shift !== 0 && Math.abs(shift) <= WANDER_MS && kept <= time) {
				sentAt = kept;
				row.lastSendMs += shift;
				if (row.lastReceiveMs >= 0) row.lastReceiveMs = Math.max(0, row.lastReceiveMs + shift);
				if (row.lastAckMs >= 0) row.lastAckMs = Math.max(0, row.lastAckMs + shift);
			}
		}
		this.#now.add(row, progress(row), sentAt);
	}
}

/** Changes with whatever the socket sends: data, and retransmissions of it. */
function progress(row: Row): number {
	return row.bytesSent * 1024 + (row.dataSegsOut & 1023);
}

/** 4-tuples in an open-addressing table of typed arrays. */
class Sockets {
	sent = new Float64Array(128);
	at = new Float64Array(128);
	#keys = new Uint32Array(128 * WORDS);
	#slots = new Uint32Array(256);
	#count = 0;

	clear(): void {
		this.#slots.fill(0);
		this.#count = 0;
	}

	/** Its index, -1: none. */
	find(row: Row): number {
		return (this.#slots[this.#slotOf(row)] ?? 0) - 1;
	}

	add(row: Row, sent: number, at: number): void {
		if ((this.#count + 1) * 2 > this.#slots.length) this.#grow();
		const slot = this.#slotOf(row);
		if (this.#slots[slot] === 0) {
			const key = this.#count * WORDS;
			this.#keys.set(row.local, key);
			this.#keys.set(row.remote, key + 4);
			this.#keys[key + 8] = (row.localPort << 16) | row.remotePort;
			this.#slots[slot] = ++this.#count;
		}
		const index = (this.#slots[slot] ?? 1) - 1;
		this.sent[index] = sent;
		this.at[index] = at;
	}

	#slotOf(row: Row): number {
		const mask = this.#slots.length - 1;
		const ports = ((row.localPort << 16) | row.remotePort) >>> 0;
		for (let slot = hashOf(row.local, row.remote, ports) & mask; ; slot = (slot + 1) & mask) {
			const found = this.#slots[slot] ?? 0;
			if (found === 0 || this.#isAt((found - 1) * WORDS, row, ports)) return slot;
		}
	}

	#isAt(key: number, row: Row, ports: number): boolean {
		const keys = this.#keys;
		if (keys[key + 8] !== ports) return false;
		for (let i = 0; i < 4; i++) {
			if (keys[key + i] !== row.local[i] || keys[key + 4 + i] !== row.remote[i]) return false;
		}
		return true;
	}

	#grow(): void {
		const size = this.#slots.length;
		const old = this.#keys;
		this.#keys = new Uint32Array(size * WORDS);
		this.#keys.set(old);
		const [sent, at] = [this.sent, this.at];
		this.sent = new Float64Array(size);
		this.sent.set(sent);
		this.at = new Float64Array(size);
		this.at.set(at);
		this.#slots = new Uint32Array(size * 2);
		const mask = this.#slots.length - 1;
		for (let i = 0; i < this.#count; i++) {
			const key = i * WORDS;
			const local = this.#keys.subarray(key, key + 4);
			let slot = hashOf(local, this.#keys.subarray(key + 4, key + 8), this.#keys[key + 8] ?? 0) & mask;
			while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
			this.#slots[slot] = i + 1;
		}
	}
}

function hashOf(local: Uint32Array, remote: Uint32Array, ports: number): number {
	let hash = Math.imul(ports ^ 0x811c9dc5, 0x9e3779b1);
	for (let i = 0; i < 4; i++) {
		hash = Math.imul(hash ^ (hash >>> 15) ^ (local[i] ?? 0), 0x85ebca6b);
		hash = Math.imul(hash ^ (hash >>> 13) ^ (remote[i] ?? 0), 0xc2b2ae35);
	}
	return (hash ^ (hash >>> 16)) >>> 0;
}
