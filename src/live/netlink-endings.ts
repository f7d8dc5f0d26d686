/**
The kernel's notices of TCP sockets that end in one network namespace (parse/ending.ts): a socket bound to their groups. It
is drained often and without waiting; what came is kept until the next reading takes it.
*/
import {newEnding, readEndings, type VisitEnding} from '../parse/ending.ts';
import {type Messages, messagesOf} from '../parse/inet-diag.ts';
import {
	AF_NETLINK,
	type Batch,
	errorName,
	type Libc,
	lengthOf,
	loadLibc,
	newBatch,
	openSockDiag,
} from '../system/libc.ts';
import {lookFromInside, type NamespaceOptions} from './namespace.ts';

/** Keeps its namespace alive: close it. */
export type EndingSource = {
	readonly netns: number;
	/** Visits what has come since the last time, without waiting; for every message that was lost on the way, see `lost`. */
	drain(visit: VisitEnding): Drained;
	/** From now on the kernel drops the endings of sockets with these local ports: those of a listener's connections. */
	ignoreLocalPorts(ports: readonly number[]): void;
	close(): void;
};

/** `lost`: endings for which the receive buffer had no room, at least this many. `torn`: messages that were none. */
export type Drained = {
	readonly endings: number;
	readonly torn: number;
	readonly lost: number;
	readonly problem: string | null;
};

/** SKNLGRP_INET_TCP_DESTROY (1) and SKNLGRP_INET6_TCP_DESTROY (3): bit n - 1. */
const TCP_DESTROY_GROUPS = 0b101;
const EINTR = 4;
const EAGAIN = 11;
const ENOBUFS = 105;

const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_RCVBUFFORCE = 33;
const SO_MEMINFO = 55;
const MEMINFO_DROPS = 8;
/** A message takes about 1,280 bytes: 13,000 of them. */
const BUFFER_BYTES = 16 << 20;

/** A notice is about 400 bytes (Linux 6.18); a tcp_info that grows has room. */
const SLOT_BYTES = 1024;
const SLOTS = 64;
/** Drained at once at most: a flood must not keep the thread. */
const MAX_BATCHES = 4096;

/** Opens it in the network namespace of `pid`, or in the caller's (null). */
export function openEndings(pid: number | null, options: NamespaceOptions = {}): EndingSource | {problem: string} {
	const libc = options.libc ?? loadLibc();
	if ('problem' in libc) return libc;
	return lookFromInside(
		pid,
		(netns) => {
			const descriptor = openSocket(libc);
			return typeof descriptor === 'number' ? new DestroyGroups(libc, descriptor, netns) : descriptor;
		},
		options,
	);
}

function openSocket(libc: Libc): number | {problem: string} {
	const descriptor = openSockDiag(libc);
	if (typeof descriptor !== 'number') return descriptor;
	// as large as may be before the first message comes
	const size = new Uint8Array(Uint32Array.of(BUFFER_BYTES).buffer);
	if (libc.setOption(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, size, 4) !== 0) {
		libc.setOption(descriptor, SOL_SOCKET, SO_RCVBUF, size, 4);
	}
	// struct sockaddr_nl: family, port (0: the kernel chooses), groups
	const address = new Uint8Array(12);
	new Uint16Array(address.buffer)[0] = AF_NETLINK;
	new Uint32Array(address.buffer)[2] = TCP_DESTROY_GROUPS;
	if (libc.bind(descriptor, address, address.length) === 0) return descriptor;
	const name = errorName(libc.errno());
	libc.close(descriptor);
	return {problem: `the kernel does not report ended sockets (${name})`};
}

class DestroyGroups implements EndingSource {
	readonly netns: number;
	readonly #libc: Libc;
	#descriptor: number;
	readonly #batch: Batch = newBatch(SLOTS, SLOT_BYTES);
	readonly #messages: Messages = messagesOf(this.#batch.buffer);
	readonly #row = newEnding();
	#drops = 0;
	#ignored = '';

	constructor(libc: Libc, descriptor: number, netns: number) {
		this.#libc = libc;
		this.#descriptor = descriptor;
		this.netns = netns;
	}

	drain(visit: VisitEnding): Drained {
		let endings = 0;
		let torn = 0;
		let lost = 0;
		for (let batch = 0; batch < MAX_BATCHES; batch++) {
			const received = this.#libc.receiveBatch(this.#descriptor, this.#batch);
			if (received < 0) {
				const errorNumber = this.#libc.errno();
				if (errorNumber === EINTR) continue;
				if (errorNumber === EAGAIN) break;
				if (errorNumber !== ENOBUFS) {
					return {
						endings,
						torn,
						lost,
						problem: `the kernel’s notices of ended sockets cannot be read (${errorName(errorNumber)})`,
					};
				}
				lost += this.#newDrops();
				continue;
			}
			for (let slot = 0; slot < received; slot++) {
				const length = lengthOf(this.#batch, slot);
				const from = slot * SLOT_BYTES;
				if (length < 0) torn++;
				else {
					const count = readEndings(this.#messages, from, from + length, this.#row, visit);
					endings += count.rows;
					torn += count.torn;
				}
			}
			if (received < SLOTS) break;
		}
		return {endings, torn, lost, problem: null};
	}

	ignoreLocalPorts(ports: readonly number[]): void {
		const chosen = [...new Set(ports)]
			.filter((port) => port > 0)
			.sort((a, b) => a - b)
			.slice(0, MAX_PORTS);
		const key = chosen.join();
		if (key === this.#ignored || chosen.length === 0) return;
		this.#ignored = key;
		// without the filter they come and are passed over: nothing is wrong but the cost
		this.#libc.attachFilter(this.#descriptor, dropPorts(chosen));
	}

	close(): void {
		if (this.#descriptor >= 0) this.#libc.close(this.#descriptor);
		this.#descriptor = -1;
	}

	/** Messages that found no room since the last time; at least one, whatever the kernel can tell. */
	#newDrops(): number {
		const info = new Uint8Array(64);
		const length = Uint32Array.of(info.length);
		if (this.#libc.getOption(this.#descriptor, SOL_SOCKET, SO_MEMINFO, info, length) !== 0) return 1;
		const drops = new Uint32Array(info.buffer)[MEMINFO_DROPS] ?? 0;
		const more = (drops - this.#drops) >>> 0;
		this.#drops = drops;
		return Math.max(1, more);
	}
}

// Classic BPF (linux/filter.h).
const LOAD_HALF = 0x28;
const JUMP_EQUAL = 0x15;
const RETURN = 0x06;
/** A jump reaches over 255 instructions. */
const MAX_PORTS = 250;
/** The local port in a notice, after the message's header, family, state, timer, retransmits. */
const LOCAL_PORT_AT = 20;

/** Keeps a message unless its local port is one of these. */
export function dropPorts(ports: readonly number[]): Uint8Array {
	const program = new Uint8Array(new ArrayBuffer(Math.max(128, (ports.length + 3) * 8)), 0, (ports.length + 3) * 8);
	const view = {halves: new Uint16Array(program.buffer), words: new Uint32Array(program.buffer)};
	const set = (at: number, code: number, jumpTrue: number, value: number) => {
		view.halves[at * 4] = code;
		program[at * 8 + 2] = jumpTrue;
		view.words[at * 2 + 1] = value;
	};
	set(0, LOAD_HALF, 0, LOCAL_PORT_AT);
	for (const [i, port] of ports.entries()) set(i + 1, JUMP_EQUAL, ports.length - i, port);
	set(ports.length + 1, RETURN, 0, 0xffffffff);
	set(ports.length + 2, RETURN, 0, 0);
	return program;
}
