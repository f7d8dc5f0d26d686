import {
	type DiagRequest,
	type DumpFilter,
	type DumpOf,
	type DumpState,
	dumpRequest,
	type Ends,
	followDump,
	type Messages,
	messagesOf,
	readSockets,
	socketRequest,
} from '../parse/inet-diag.ts';
import type {Row, TableCount, Visit} from '../parse/row.ts';
import {LISTEN} from '../parse/tcp-state.ts';
import {errorName, type Libc, loadLibc, openSockDiag} from '../system/libc.ts';
import {lookFromInside, type NamespaceOptions} from './namespace.ts';

/** A socket that answers for one network namespace, whichever its owner's is. It keeps that namespace alive: close it. */
export type NetlinkSource = {
	/** Inode number of the namespace. */
	readonly netns: number;
	/**
	Asks the kernel for its TCP sockets and waits for the first piece of the answer. Returns why there is none, one clause,
	or null. Never waits longer than a second for the kernel.
	*/
	begin(): string | null;
	/**
	Visits every socket, IPv4 and IPv6, as the kernel hands them over: piece by piece through one small buffer, which stays
	in the processor's cache (100,000 sockets are 40 MB). Begins, unless `begin` has just done so. With a problem the rows
	visited so far are a part.
	*/
	visit(row: Row, visit: Visit): NetlinkCount;
	/** The same for a part of the sockets. */
	visitSome(filter: DumpFilter, row: Row, visit: Visit): NetlinkCount;
	/** Whether there is a socket of exactly these ends; it is read into `row`. Not between `begin` and `visit`. */
	hasSocket(ends: Ends, row: Row): boolean;
	close(): void;
};

/** `interrupted`: the kernel said that the tables changed under it. */
export type NetlinkCount = TableCount & {readonly interrupted: boolean; readonly problem: string | null};

const MSG_DONTWAIT = 0x40;
const EINTR = 4;
const EAGAIN = 11;
const ENOENT = 2;
const ENOBUFS = 105;
/** What a kernel answers to a request of a form that it does not know (sock_diag_rcv_msg()). */
const NOT_UNDERSTOOD = new Set([ENOENT, 22 /* EINVAL */, 95 /* EOPNOTSUPP */]);
const PATIENCE_MS = 1000;

/** The kernel fills as much of a receive buffer, at most (netlink_recvmsg() and netlink_dump(): 32 kB). */
const ROOM = 1 << 15;

/**
Opens a sock_diag socket in the network namespace of `pid`, or in the caller's (null). Needs CAP_SYS_ADMIN for another
namespace, nothing for one's own.
*/
export function openNetlink(pid: number | null, options: NamespaceOptions = {}): NetlinkSource | {problem: string} {
	const libc = options.libc ?? loadLibc();
	if ('problem' in libc) return libc;
	return lookFromInside(
		pid,
		(netns) => {
			const descriptor = openSockDiag(libc);
			return typeof descriptor === 'number' ? new SockDiag(libc, descriptor, netns) : descriptor;
		},
		options,
	);
}

type Requests = Readonly<Record<DumpOf, DiagRequest>>;

/** Filters that are asked for again and again. */
const made = new WeakMap<DumpFilter, Requests>();

function requestsFor(filter: DumpFilter): Requests {
	let requests = made.get(filter);
	if (requests === undefined) {
		requests = {both: dumpRequest('both', filter), 4: dumpRequest(4, filter), 6: dumpRequest(6, filter)};
		made.set(filter, requests);
	}
	return requests;
}

function isBetween(row: Row, {local, localPort, remote, remotePort}: Ends): boolean {
	if (row.localPort !== localPort || row.remotePort !== remotePort) return false;
	return row.local.every((word, at) => word === local[at]) && row.remote.every((word, at) => word === remote[at]);
}

type Mutable<T> = {-readonly [K in keyof T]: T[K]};

class SockDiag implements NetlinkSource {
	readonly netns: number;
	readonly #libc: Libc;
	#descriptor: number;
	readonly #messages: Messages = messagesOf(new ArrayBuffer(ROOM));
	#sequence = 0;
	readonly #all = requestsFor({});
	#requests = this.#all;
	/** What is asked for, one after the other. */
	#dumps: readonly [DumpOf, ...DumpOf[]] = ['both'];
	readonly #state: DumpState = {isDone: true, errorNumber: 0, isInterrupted: false};
	/** Bytes of the piece that waits to be visited. */
	#length = 0;
	/** The first piece of the first dump is there, and nothing was visited. */
	#hasBegun = false;
	#readMs = 0;

	constructor(libc: Libc, descriptor: number, netns: number) {
		this.#libc = libc;
		this.#descriptor = descriptor;
		this.netns = netns;
	}

	begin(): string | null {
		this.#readMs = 0;
		let errorNumber = this.#start(this.#dumps[0]);
		if (this.#dumps[0] === 'both' && NOT_UNDERSTOOD.has(errorNumber)) {
			this.#dumps = [4, 6];
			errorNumber = this.#start(4);
		}
		this.#hasBegun = errorNumber === 0;
		return this.#hasBegun ? null : this.#giveUp(errorNumber);
	}

	visit(row: Row, visit: Visit): NetlinkCount {
		const count = {rows: 0, torn: 0, interrupted: false, problem: null as string | null, readMs: 0};
		if (!this.#hasBegun) count.problem = this.begin();
		this.#hasBegun = false;
		for (const [turn, dump] of this.#dumps.entries()) {
			if (count.problem !== null) break;
			const errorNumber = turn === 0 ? 0 : this.#start(dump);
			if (errorNumber === 0) this.#visitDump(row, visit, count);
			else count.problem = this.#giveUp(errorNumber);
		}
		count.readMs = this.#readMs;
		return count;
	}

	visitSome(filter: DumpFilter, row: Row, visit: Visit): NetlinkCount {
		this.#requests = requestsFor(filter);
		this.#hasBegun = false;
		try {
			return this.visit(row, visit);
		} finally {
			this.#requests = this.#all;
		}
	}

	hasSocket(ends: Ends, row: Row): boolean {
		if (!this.#state.isDone) this.#drain();
		const request = socketRequest(ends);
		this.#sequence = (this.#sequence + 1) >>> 0;
		request.setSequence(this.#sequence);
		if (this.#libc.send(this.#descriptor, request.bytes, request.bytes.length, 0) < 0) return false;
		// it was answered while it was sent (netlink_unicast())
		const length = this.#libc.recv(this.#descriptor, this.#messages.bytes, ROOM, MSG_DONTWAIT);
		if (length <= 0) return false;
		const {rows} = readSockets(this.#messages, 0, length, this.#sequence, row, () => {});
		return rows === 1 && row.state !== LISTEN && isBetween(row, ends);
	}

	close(): void {
		if (this.#descriptor >= 0) this.#libc.close(this.#descriptor);
		this.#descriptor = -1;
	}

	/** Asks and waits for the first piece; returns 0 or an errno. While no row was visited it can be asked again. */
	#start(dump: DumpOf): number {
		const start = performance.now();
		// Somebody did not visit to the end: the kernel refuses a second dump beside an open one (EBUSY).
		if (!this.#state.isDone) this.#drain();
		let errorNumber = this.#ask(dump);
		if (errorNumber === ENOBUFS || (errorNumber === 0 && this.#state.isInterrupted)) {
			this.#drain();
			errorNumber = this.#ask(dump);
		}
		this.#readMs += performance.now() - start;
		return errorNumber;
	}

	#visitDump(row: Row, visit: Visit, count: Mutable<NetlinkCount>): void {
		for (;;) {
			const {rows, torn} = readSockets(this.#messages, 0, this.#length, this.#sequence, row, visit);
			count.rows += rows;
			count.torn += torn;
			if (this.#state.isDone) break;
			const start = performance.now();
			const errorNumber = this.#next();
			this.#readMs += performance.now() - start;
			if (errorNumber === 0) continue;
			count.problem = this.#giveUp(errorNumber);
			break;
		}
		count.interrupted ||= this.#state.isInterrupted;
	}

	#giveUp(errorNumber: number): string {
		this.#drain();
		return errorNumber === ENOENT
			? 'the kernel has no inet_diag (module tcp_diag)'
			: `the kernel did not list its sockets (${errorName(errorNumber)})`;
	}

	/** Sends the request and fetches the first piece of the answer; returns 0 or an errno. */
	#ask(dump: DumpOf): number {
		const request = this.#requests[dump];
		this.#sequence = (this.#sequence + 1) >>> 0;
		request.setSequence(this.#sequence);
		Object.assign(this.#state, {isDone: false, errorNumber: 0, isInterrupted: false});
		const sent = this.#libc.send(this.#descriptor, request.bytes, request.bytes.length, 0);
		return sent < 0 ? this.#libc.errno() : this.#next();
	}

	/** Fetches the next piece of the answer; returns 0 or an errno, the kernel's own at the end of a dump included. */
	#next(): number {
		const {bytes} = this.#messages;
		for (;;) {
			// A dump is made while it is received (netlink_recvmsg()): the next piece is there or never comes.
			const length = this.#libc.recv(this.#descriptor, bytes, ROOM, MSG_DONTWAIT);
			if (length > 0) {
				followDump(this.#messages, 0, length, this.#sequence, this.#state);
				this.#length = length;
				return this.#state.errorNumber;
			}
			const errorNumber = length === 0 ? EAGAIN : this.#libc.errno();
			if (errorNumber === EINTR) continue;
			if (errorNumber !== EAGAIN || this.#libc.pollReadable(this.#descriptor, PATIENCE_MS) !== 1) return errorNumber;
		}
	}

	/** Reads away the rest of a dump that went wrong or was not visited to its end. */
	#drain(): void {
		this.#state.isDone = true;
		for (let failures = 0; failures < 3; ) {
			if (this.#libc.recv(this.#descriptor, this.#messages.bytes, ROOM, MSG_DONTWAIT) > 0) continue;
			if (this.#libc.errno() === EAGAIN) return;
			failures++;
		}
	}
}
