/**
What is remembered of each 4-tuple between two readings. The kernel walks its table in the same order every time, so the
row that follows another is expected to follow it again: only where it does not is it looked up by hash. What belongs to a
slot is together in one record of 128 bytes, two lines of the processor's cache.
*/
import type {Row} from '../parse/row.ts';

const RECORD_WORDS = 32;
const RECORD_DOUBLES = RECORD_WORDS / 2;
const RECORD_BYTES = RECORD_WORDS * 4;
const NONE = -1;

/** Local address, remote address, both ports in one: words 0 to 8 of a record. */
const REMOTE = 4;
const PORTS = 8;
// The words after. What every look needs is in the first 64 bytes, one line of the processor's cache.
/** Index of its endpoint (backend) or listener (client). */
export const OWNER = 9;
export const INODE = 10;
/** Hash of the columns that move when data does. */
export const SIGNATURE = 11;
// Bytes of words 12 and 13; the kernel's counts of retransmits and probes are a byte each.
export const STATE = 48;
export const ROLE = 49;
/** 1: the descriptors once did not show it although they should have. */
export const SUSPECT = 50;
export const TIMER = 51;
/** See exchange.ts. */
export const CONDUCT = 52;
/** 0: queues, retransmits and probes are 0, and so are the times since when they are not. */
export const BUSY = 53;
export const RETRANSMITS = 54;
export const PROBES = 55;
/** Double 7. Clock ms since when it is in its state; 0: since before the first reading. */
export const STATE_SINCE = 7;
// The second line: as in the row, for the one backend whose sockets are on screen.
export const TX_QUEUE = 16;
export const RX_QUEUE = 17;
// tcp_info of the reading before; 0xffffffff: unknown, see `known`.
/** The low 32 bits of bytes_acked: whether it grew is all that is asked of it. */
export const ACKED = 18;
/** Retransmissions of this connection that are accounted for: see lost-segments.ts. */
export const CREDITED = 19;
export const TOTAL_RETRANS = 20;
export const DATA_SEGS_OUT = 21;
// Doubles, from word 22 on.
/** Clock ms since when its send queue has not been empty, its window has been shut, and nothing acknowledged; 0: it is not. */
export const UNSENT_SINCE = 11;
export const SHUT_SINCE = 12;
/** tcp_info of the reading before; BYTES_SENT -1: it had none. */
export const BYTES_SENT = 13;
export const BYTES_RECEIVED = 14;
/** Clock ms of the last request byte sent, retransmissions not counted. */
export const SEND_AT = 15;

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
	/** The next slot of the same bucket. */
	#next = new Int32Array(1024).fill(NONE);
	/** The slot that followed in the last reading, by slot + 1; 0 stands for the beginning. */
	#after = new Int32Array(1025).fill(NONE);
	#previous = NONE;
	#expected = NONE;
	#free: number[] = [];
	/** Slots below this one were given out at some time. */
	used = 0;
	/** Slots in use. */
	size = 0;
	/** Whether the last `slotOf` made its slot. */
	isNew = false;

	/** Number of the reading in which the slot was last seen; 0: the slot is free. */
	seen = new Uint32Array(1024);
	/** The records, seen as words, doubles and bytes; see the offsets above. They are replaced when a slot is added. */
	words = new Uint32Array(1024 * RECORD_WORDS);
	doubles = new Float64Array(this.words.buffer);
	bytes = new Uint8Array(this.words.buffer);

	/** A new reading starts at the beginning of the kernel's table. */
	begin(): void {
		this.#previous = NONE;
		this.#expected = this.#after[0] as number;
	}

	/** The slot of the row's 4-tuple; a new one when it has none. */
	slotOf(row: Row): number {
		const {local, remote} = row;
		const ports = ((row.localPort << 16) | row.remotePort) >>> 0;
		const expected = this.#expected;
		if (expected !== NONE && this.seen[expected] !== 0 && this.#isAt(expected, local, remote, ports)) {
			this.isNew = false;
			this.#previous = expected;
			this.#expected = this.#after[expected + 1] as number;
			return expected;
		}
		return this.#lookUp(local, remote, ports);
	}

	/** The slot of the row's 4-tuple; -1: it has none. */
	find({local, localPort, remote, remotePort}: Pick<Row, 'local' | 'localPort' | 'remote' | 'remotePort'>): number {
		const ports = ((localPort << 16) | remotePort) >>> 0;
		let slot = this.#heads[hash(local, remote, ports) & (this.#heads.length - 1)] as number;
		while (slot !== NONE && !this.#isAt(slot, local, remote, ports)) slot = this.#next[slot] as number;
		return slot;
	}

	#lookUp(local: Uint32Array, remote: Uint32Array, ports: number): number {
		let slot = this.#heads[hash(local, remote, ports) & (this.#heads.length - 1)] as number;
		while (slot !== NONE && !this.#isAt(slot, local, remote, ports)) slot = this.#next[slot] as number;
		this.isNew = slot === NONE;
		// Behind a new one comes what was expected here; before one that was further on, others are gone.
		if (this.isNew) {
			slot = this.#add(local, remote, ports);
			this.#after[slot + 1] = this.#expected;
		} else this.#expected = this.#after[slot + 1] as number;
		this.#after[this.#previous + 1] = slot;
		this.#previous = slot;
		return slot;
	}

	#isAt(slot: number, local: Uint32Array, remote: Uint32Array, ports: number): boolean {
		const {words} = this;
		const at = slot * RECORD_WORDS;
		return (
			words[at + PORTS] === ports &&
			words[at + 7] === remote[3] &&
			words[at + 3] === local[3] &&
			words[at + 6] === remote[2] &&
			words[at + 5] === remote[1] &&
			words[at + 4] === remote[0] &&
			words[at + 2] === local[2] &&
			words[at + 1] === local[1] &&
			words[at] === local[0]
		);
	}

	/** Where a slot's record begins in `words`, `doubles`, `bytes`. */
	wordsOf(slot: number): number {
		return slot * RECORD_WORDS;
	}

	doublesOf(slot: number): number {
		return slot * RECORD_DOUBLES;
	}

	bytesOf(slot: number): number {
		return slot * RECORD_BYTES;
	}

	localPortOf(slot: number): number {
		return this.word(slot, PORTS) >>> 16;
	}

	localOf(slot: number): Uint32Array {
		const at = slot * RECORD_WORDS;
		return this.words.slice(at, at + 4);
	}

	word(slot: number, offset: number): number {
		return this.words[slot * RECORD_WORDS + offset] as number;
	}

	double(slot: number, offset: number): number {
		return this.doubles[slot * RECORD_DOUBLES + offset] as number;
	}

	byte(slot: number, offset: number): number {
		return this.bytes[slot * RECORD_BYTES + offset] as number;
	}

	setWord(slot: number, offset: number, value: number): void {
		this.words[slot * RECORD_WORDS + offset] = value;
	}

	setDouble(slot: number, offset: number, value: number): void {
		this.doubles[slot * RECORD_DOUBLES + offset] = value;
	}

	setByte(slot: number, offset: number, value: number): void {
		this.bytes[slot * RECORD_BYTES + offset] = value;
	}

	#add(local: Uint32Array, remote: Uint32Array, ports: number): number {
		const slot = this.#free.pop() ?? this.used++;
		if (slot >= this.#capacity) this.#grow();
		const at = slot * RECORD_WORDS;
		this.words.fill(0, at, at + RECORD_WORDS);
		this.words.set(local, at);
		this.words.set(remote, at + REMOTE);
		this.words[at + PORTS] = ports;
		this.doubles[slot * RECORD_DOUBLES + BYTES_SENT] = -1;
		this.#link(slot);
		this.size++;
		return slot;
	}

	remove(slot: number): void {
		const bucket = this.#bucketOf(slot);
		let at = this.#heads[bucket] as number;
		if (at === slot) this.#heads[bucket] = this.#next[slot] as number;
		while (at !== NONE && at !== slot) {
			const next = this.#next[at] as number;
			if (next === slot) this.#next[at] = this.#next[slot] as number;
			at = next;
		}
		this.seen[slot] = 0;
		this.#free.push(slot);
		this.size--;
		if (this.size > 0) return;
		this.used = 0;
		this.#free.length = 0;
	}

	#bucketOf(slot: number): number {
		const at = slot * RECORD_WORDS;
		const local = this.words.subarray(at, at + 4);
		const remote = this.words.subarray(at + REMOTE, at + REMOTE + 4);
		return hash(local, remote, this.words[at + PORTS] as number) & (this.#heads.length - 1);
	}

	#link(slot: number): void {
		const bucket = this.#bucketOf(slot);
		this.#next[slot] = this.#heads[bucket] as number;
		this.#heads[bucket] = slot;
	}

	#grow(): void {
		const old = this.#capacity;
		const capacity = old * 2;
		this.#capacity = capacity;
		this.#next = grown(this.#next, new Int32Array(capacity));
		this.#after = grown(this.#after, new Int32Array(capacity + 1).fill(NONE));
		this.seen = grown(this.seen, new Uint32Array(capacity));
		this.words = grown(this.words, new Uint32Array(capacity * RECORD_WORDS));
		this.doubles = new Float64Array(this.words.buffer);
		this.bytes = new Uint8Array(this.words.buffer);
		this.#heads = new Int32Array(capacity * 2).fill(NONE);
		for (let slot = 0; slot < old; slot++) this.#link(slot);
	}
}

function grown<T extends {set(from: ArrayLike<number>): void}>(from: ArrayLike<number>, to: T): T {
	to.set(from);
	return to;
}

/** A number of tcp_info as it is kept in a word; -1: unknown. */
export function known(word: number): number {
	return word === 0xffffffff ? -1 : word;
}

/** Multiply and fold: the remote is often the same for thousands of rows, the ports carry the difference. */
function hash(local: Uint32Array, remote: Uint32Array, ports: number): number {
	let h = Math.imul(ports, 0x9e3779b1);
	h = Math.imul(h ^ (remote[3] as number), 0x85ebca6b);
	h = Math.imul(h ^ (h >>> 15) ^ (local[3] as number), 0xc2b2ae35);
	h ^=
		Math.imul((remote[0] as number) ^ (remote[1] as number) ^ (local[1] as number), 0x27d4eb2f) ^ (local[0] as number);
	h = Math.imul(h ^ (remote[2] as number) ^ (local[2] as number), 0x165667b1);
	return (h ^ (h >>> 13)) >>> 0;
}
