import {getSystemErrorName} from 'node:util';
import {type Foreign, loadForeign} from './foreign.ts';

/** The system calls that netlink and the lock of a recording need and Node has not. Numbers below zero are errors: see `errno()`. */
export type Libc = {
	socket(domain: number, type: number, protocol: number): number;
	setns(descriptor: number, kind: number): number;
	send(descriptor: number, bytes: Uint8Array, length: number, flags: number): number;
	recv(descriptor: number, bytes: Uint8Array, length: number, flags: number): number;
	/** Waits until the descriptor is readable; 0: it was not in time. */
	pollReadable(descriptor: number, timeoutMs: number): number;
	/** Receives as many messages as are there and the batch has room for, without waiting; returns how many. */
	receiveBatch(descriptor: number, batch: Batch): number;
	bind(descriptor: number, address: Uint8Array, length: number): number;
	setOption(descriptor: number, level: number, name: number, value: Uint8Array, length: number): number;
	/** `length` holds the room in `value`, and afterwards how much of it was filled. */
	getOption(descriptor: number, level: number, name: number, value: Uint8Array, length: Uint32Array): number;
	/** Attaches a classic BPF program, 8 bytes an instruction, to a socket. */
	attachFilter(descriptor: number, program: Uint8Array): number;
	close(descriptor: number): number;
	/** -1 with EAGAIN: another open file holds the lock. */
	flock(descriptor: number, operation: number): number;
	/** Of the last call that failed. */
	errno(): number;
	/** Gives the system back what the C library has freed and kept, of all threads (malloc_trim(3)); elsewhere than in glibc nothing. */
	trim(): void;
	/** Ends the process at once, from whichever thread (Node's own exit() ends only the worker it is called in). */
	exitNow(code: number): void;
};

/** Room for several messages, each in a slot of its own, as recvmmsg() fills it. */
export type Batch = {
	readonly buffer: ArrayBuffer;
	readonly slotBytes: number;
	readonly slots: number;
	/** struct mmsghdr of each slot. */
	readonly headers: Uint32Array;
};

const SOL_SOCKET = 1;
const SO_ATTACH_FILTER = 26;
const MSG_DONTWAIT = 0x40;
const MSG_TRUNC = 0x20;
// struct mmsghdr where pointers have 64 bits.
const HEADER_WORDS = 16;
const IOVEC = 4;
const IOVEC_COUNT = 6;
const FLAGS = 12;
const LENGTH = 14;

/** Bytes of the message in a slot; -1: it was longer than the slot. */
export function lengthOf({headers}: Batch, slot: number): number {
	const at = slot * HEADER_WORDS;
	return ((headers[at + FLAGS] as number) & MSG_TRUNC) === 0 ? (headers[at + LENGTH] as number) : -1;
}

let loaded: Libc | {problem: string} | null = null;

/** koffi is an optional dependency: where it has no prebuilt binary, the text tables do. */
export function loadLibc(): Libc | {problem: string} {
	loaded ??= bind();
	return loaded;
}

function bind(): Libc | {problem: string} {
	if (process.platform !== 'linux') return {problem: 'netlink exists on Linux only'};
	try {
		const foreign = loadForeign();
		const libc = foreign.load(null);
		const bound = (prototype: string) => {
			const call = libc.func(prototype);
			return (...args: unknown[]) => Number(call(...args));
		};
		const recv = bound('intptr_t recv(int, void *, size_t, int)');
		const setOption = bound('int setsockopt(int, int, int, void *, unsigned int)');
		const poll = bound('int poll(void *, unsigned long, int)');
		const exit = libc.func('void _exit(int)');
		return {
			socket: bound('int socket(int, int, int)'),
			setns: bound('int setns(int, int)'),
			send: bound('intptr_t send(int, void *, size_t, int)'),
			recv,
			pollReadable(descriptor, timeoutMs) {
				// struct pollfd: fd, events (POLLIN is 1), revents.
				const entry = new Int32Array(2);
				entry[0] = descriptor;
				new Int16Array(entry.buffer)[2] = 1;
				return poll(entry, 1, timeoutMs);
			},
			receiveBatch: batchReceiver(foreign, libc.func('int recvmmsg(int, void *, unsigned int, int, void *)'), recv),
			bind: bound('int bind(int, void *, unsigned int)'),
			setOption,
			getOption: bound('int getsockopt(int, int, int, void *, void *)'),
			attachFilter(descriptor, program) {
				// struct sock_fprog: the number of instructions, then where they are.
				const words = new BigUint64Array(new ArrayBuffer(128), 0, 2);
				const pointer = foreign.sizeof('void *');
				new Uint16Array(words.buffer)[0] = program.length / 8;
				if (pointer === 8) words[1] = foreign.address(program);
				else new Uint32Array(words.buffer)[1] = Number(foreign.address(program));
				const bytes = new Uint8Array(words.buffer);
				return setOption(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, bytes, 2 * pointer);
			},
			close: bound('int close(int)'),
			flock: bound('int flock(int, int)'),
			errno: () => foreign.errno(),
			trim: trimmer(libc),
			exitNow: (code) => void exit(code),
		};
	} catch (error) {
		const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
		return {problem: `koffi cannot be loaded (${reason})`};
	}
}

function trimmer(libc: ReturnType<Foreign['load']>): () => void {
	try {
		const trim = libc.func('int malloc_trim(size_t)');
		return () => void trim(0);
	} catch {
		return () => {};
	}
}

type ReceiveMany = (...args: unknown[]) => unknown;

/** One system call for all the slots; where pointers have 32 bits, for the first slot alone. */
function batchReceiver(foreign: Foreign, receiveMany: ReceiveMany, receive: Libc['recv']): Libc['receiveBatch'] {
	const vectors = new WeakMap<Batch, BigUint64Array>();
	const is64Bit = foreign.sizeof('void *') === 8;
	return (descriptor, batch) => {
		if (!is64Bit) return receiveOne(descriptor, batch, receive);
		if (!vectors.has(batch)) vectors.set(batch, pointInto(foreign, batch));
		return receiveMany(descriptor, batch.headers, batch.slots, MSG_DONTWAIT, null) as number;
	};
}

function receiveOne(descriptor: number, batch: Batch, receive: Libc['recv']): number {
	const bytes = new Uint8Array(batch.buffer);
	const length = receive(descriptor, bytes, batch.slotBytes, MSG_DONTWAIT | MSG_TRUNC);
	if (length < 0) return -1;
	batch.headers[LENGTH] = length;
	batch.headers[FLAGS] = length > batch.slotBytes ? MSG_TRUNC : 0;
	return 1;
}

/** Fills in the headers; what they point to must live as long as they do. */
function pointInto(foreign: Foreign, {buffer, slotBytes, slots, headers}: Batch): BigUint64Array {
	const vectors = new BigUint64Array(new ArrayBuffer(Math.max(128, slots * 16)));
	const messages = foreign.address(new Uint8Array(buffer));
	const start = foreign.address(new Uint8Array(vectors.buffer));
	const pointers = new BigUint64Array(headers.buffer);
	for (let slot = 0; slot < slots; slot++) {
		vectors[2 * slot] = messages + BigInt(slot * slotBytes);
		vectors[2 * slot + 1] = BigInt(slotBytes);
		pointers[(slot * HEADER_WORDS + IOVEC) / 2] = start + BigInt(slot * 16);
		pointers[(slot * HEADER_WORDS + IOVEC_COUNT) / 2] = 1n;
	}
	return vectors;
}

/** A batch of `slots` messages of up to `slotBytes`. */
export function newBatch(slots: number, slotBytes: number): Batch {
	const headers = new Uint32Array(new ArrayBuffer(Math.max(128, slots * HEADER_WORDS * 4)));
	return {buffer: new ArrayBuffer(slots * slotBytes), slotBytes, slots, headers};
}

export const AF_NETLINK = 16;
const SOCK_RAW_CLOEXEC = 3 | 0x80000;
const NETLINK_SOCK_DIAG = 4;

/** A socket that speaks sock_diag in the caller's network namespace, or why there is none. */
export function openSockDiag(libc: Libc): number | {problem: string} {
	const descriptor = libc.socket(AF_NETLINK, SOCK_RAW_CLOEXEC, NETLINK_SOCK_DIAG);
	if (descriptor >= 0) return descriptor;
	return {problem: `no netlink socket (${errorName(libc.errno())})`};
}

/** `ENOENT` and its like. */
export function errorName(errorNumber: number): string {
	try {
		return getSystemErrorName(-errorNumber);
	} catch {
		return `errno ${errorNumber}`;
	}
}
