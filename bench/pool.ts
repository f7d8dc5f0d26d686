/** Readings of a busy Traefik for the benches of recording and replay, as the kernel would give them. */
import {newRow, type Row} from '../src/parse/row.ts';
import type {Reading, Tick} from '../src/reading.ts';

export const SOCKETS = 2000;
export const NEW_PER_SECOND = 30;
const REQUESTS_PER_SECOND = 100;
const FIRST_BACKEND = 0x0a4d000b;
/** Unix ms of second 0. */
export const T = 1_795_368_000_000;

/** Numbers that look random and are the same in every run. */
let seed = 42;
function random(below: number): number {
	seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
	return Math.floor((seed / 2 ** 32) * below);
}

/**
A pool of connections: each second 30 of them are replaced (the old ones are in TIME_WAIT for 60 s) and 100 requests
answered.
*/
export class Pool {
	readonly hasInfo: boolean;
	readonly #rows: Row[] = [];
	readonly #sentAt = new Map<Row, number>();
	#inode = 400_000;
	#opened = 0;
	/** null: nobody else has a socket in the namespace. */
	readonly #others: Set<number> | null;

	/** `isShared`: half of the sockets that have an owner are another process's. */
	constructor(hasInfo: boolean, {isShared = false} = {}) {
		this.hasInfo = hasInfo;
		this.#others = isShared ? new Set() : null;
		const timeWait = NEW_PER_SECOND * 60;
		for (let i = 0; i < SOCKETS; i++) this.#rows.push(i < timeWait ? this.#timeWait(this.#dial(0)) : this.#dial(0));
	}

	#dial(time: number): Row {
		const row = newRow();
		row.local.set([0, 0, 0xffff, 0x0a4d0002]);
		row.remote.set([0, 0, 0xffff, FIRST_BACKEND + random(20)]);
		row.localPort = 32768 + random(28000);
		row.remotePort = 8080;
		if (this.#others !== null && random(2) === 0) this.#others.add(this.#inode);
		Object.assign(row, {state: 1, timer: 2, uid: 65532, inode: this.#inode++, rto: 22, ato: 4, quick: 20 + random(10)});
		Object.assign(row, {cwnd: 10, ssthresh: -1, txQueue: 0, rxQueue: 0});
		if (this.hasInfo) {
			Object.assign(row, {hasInfo: true, bytesSent: 0, bytesAcked: 1, bytesReceived: 0, rttUs: 20_000, rttVarUs: 500});
			Object.assign(row, {minRttUs: 15 + random(40), unacked: 0, retrans: 0, totalRetrans: 0, segsOut: 2, segsIn: 1});
			Object.assign(row, {
				dataSegsOut: 0,
				dataSegsIn: 0,
				delivered: 1,
				busyMs: 0,
				rwndLimitedMs: 0,
				sndbufLimitedMs: 0,
			});
			Object.assign(row, {deliveryRate: 0, notSent: 0});
			this.#sentAt.set(row, time);
		}
		return row;
	}

	#timeWait(row: Row): Row {
		const old = newRow();
		old.local.set(row.local);
		old.remote.set(row.remote);
		return Object.assign(old, {localPort: row.localPort, remotePort: 8080, state: 6, timer: 3, uid: 0, inode: 0});
	}

	/**
	One second later. Rows keep their place, as in the kernel's hash table; new ones come anywhere. `closing`: the backend
	with this number closes every connection, and Traefik does not; null: what it had not closed is gone.
	*/
	second(time: number, closing: number | null = null): void {
		this.#fail(closing);
		for (let i = 0; i < NEW_PER_SECOND; i++) {
			const gone = this.#rows.findIndex((row) => row.state === 6);
			if (gone !== -1) this.#rows.splice(gone, 1);
			const closing = this.#rows.findIndex((row, at) => row.state === 1 && at >= random(this.#rows.length));
			const old = this.#rows[closing];
			if (old !== undefined) this.#rows[closing] = this.#timeWait(old);
			this.#rows.splice(random(this.#rows.length), 0, this.#dial(time));
			this.#opened++;
		}
		const live = this.#rows.filter((row) => row.state === 1);
		for (let i = 0; i < REQUESTS_PER_SECOND; i++) this.#answer(live[random(live.length)], time - random(1000));
	}

	#fail(closing: number | null): void {
		for (let i = this.#rows.length - 1; i >= 0; i--) {
			const row = this.#rows[i] as Row;
			if (closing === null && row.state === 8) this.#rows[i] = this.#timeWait(row);
			else if (closing !== null && row.state === 1 && row.remote[3] === FIRST_BACKEND + closing) {
				Object.assign(row, {state: 8, timer: 0, rxQueue: 1});
			}
		}
	}

	#answer(row: Row | undefined, time: number): void {
		if (row === undefined) return;
		row.quick = 20 + random(10);
		if (!row.hasInfo) return;
		row.bytesSent += 245;
		row.bytesAcked += 245;
		row.bytesReceived += 134;
		row.segsOut += 2;
		row.segsIn += 1;
		row.dataSegsOut++;
		row.dataSegsIn++;
		row.delivered++;
		row.busyMs += 20;
		row.rttUs = 20_000 + random(2000);
		row.rttVarUs = random(2000);
		row.deliveryRate = 200_000_000 + random(500_000_000);
		this.#sentAt.set(row, time);
	}

	#ownInodes(): Set<number> {
		const own = new Set<number>();
		for (const {inode} of this.#rows) if (inode > 0 && this.#others?.has(inode) !== true) own.add(inode);
		return own;
	}

	tick(time: number): Tick {
		const rows = this.#rows;
		// the kernel tells ages in steps of 4 ms, as of the moment when the dump comes by
		const jitter = random(8);
		for (const row of rows) {
			if (!row.hasInfo) continue;
			row.lastSendMs = Math.max(0, Math.floor((time + jitter - (this.#sentAt.get(row) ?? 0)) / 4) * 4);
			row.lastReceiveMs = Math.max(0, row.lastSendMs - 20);
			row.lastAckMs = row.lastReceiveMs;
		}
		const reading: Reading = {
			instance: {id: 'lb1/4121', host: 'lb1', via: null, pid: 4121, startedAt: T - 5e6, netns: 4026531840},
			time,
			monotonicMs: time - T + 12_345.678,
			isTimeAssumed: false,
			intervalMs: 1000,
			problem: null,
			rowSource: this.hasInfo ? 'netlink' : 'text',
			isAlone: this.#others === null,
			descriptors: 'readable',
			inodes: () => this.#ownInodes(),
			counters: {
				activeOpens: this.#opened,
				passiveOpens: this.#opened,
				attemptFails: 0,
				estabResets: 0,
				inSegs: this.#opened * 31,
				outSegs: this.#opened * 33,
				retransSegs: 0,
				outRsts: 0,
				listenOverflows: 0,
				listenDrops: 0,
				inDestUnreachs: 0,
				outDestUnreachs: 0,
				tcpTimeouts: 0,
			},
			ports: {low: 32768, high: 60999, isAssumed: false},
			names: new Map(),
			openFiles: {open: SOCKETS, limit: 1_048_576},
			readMs: 0,
			visit(visit) {
				for (const row of rows) visit(row);
				return {rows: rows.length, torn: 0};
			},
		};
		return {time, readings: [reading], problem: null};
	}

	/** The same rows as /proc/net/tcp prints them, with what changes every time. */
	raw(): string {
		const lines = this.#rows.map((row, i) => {
			const words = (words: Uint32Array) => (words[3] ?? 0).toString(16).padStart(8, '0').toUpperCase();
			const port = (n: number) => n.toString(16).padStart(4, '0').toUpperCase();
			const ends = `${words(row.local)}:${port(row.localPort)} ${words(row.remote)}:${port(row.remotePort)}`;
			const state = port(row.state).slice(2);
			const when = random(2500).toString(16).padStart(8, '0').toUpperCase();
			const tail = row.state === 1 ? `${row.rto} ${row.ato} ${row.quick} ${row.cwnd} ${row.ssthresh}` : '';
			return `${String(i).padStart(4)}: ${ends} ${state} 00000000:00000000 0${row.timer}:${when} 00000000 ${String(row.uid).padStart(5)}        0 ${row.inode} 2 00000000${port(random(65536))}${port(row.inode)} ${tail}`.padEnd(
				149,
			);
		});
		return `${lines.join('\n')}\n`;
	}
}
