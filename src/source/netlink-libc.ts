import {createRequire} from 'node:module';
import {getSystemErrorName} from 'node:util';

/** The system calls that netlink needs and Node has not. Numbers below zero are errors: see `errno()`. */
export type Libc = {
	socket(domain: number, type: number, protocol: number): number;
	setns(descriptor: number, kind: number): number;
	send(descriptor: number, bytes: Uint8Array, length: number, flags: number): number;
	recv(descriptor: number, bytes: Uint8Array, length: number, flags: number): number;
	/** Waits until the descriptor is readable; 0: it was not in time. */
	pollReadable(descriptor: number, timeoutMs: number): number;
	close(descriptor: number): number;
	/** Of the last call that failed. */
	errno(): number;
	/** Ends the process at once, from whichever thread (Node's own exit() ends only the worker it is called in). */
	exitNow(code: number): void;
};

type Koffi = {
	load(name: null): {func(prototype: string): (...args: unknown[]) => unknown};
	errno(): number;
};

let loaded: Libc | {problem: string} | null = null;

/** koffi is an optional dependency: where it has no prebuilt binary, the text tables do. */
export function loadLibc(): Libc | {problem: string} {
	loaded ??= bind();
	return loaded;
}

function bind(): Libc | {problem: string} {
	if (process.platform !== 'linux') return {problem: 'netlink exists on Linux only'};
	try {
		const koffi = createRequire(import.meta.url)('koffi') as Koffi;
		// null: the symbols that the process has already, whichever C library it was built with.
		const libc = koffi.load(null);
		const bound = (prototype: string) => {
			const call = libc.func(prototype);
			return (...args: unknown[]) => Number(call(...args));
		};
		const poll = bound('int poll(void *, unsigned long, int)');
		const exit = libc.func('void _exit(int)');
		return {
			socket: bound('int socket(int, int, int)'),
			setns: bound('int setns(int, int)'),
			send: bound('intptr_t send(int, void *, size_t, int)'),
			recv: bound('intptr_t recv(int, void *, size_t, int)'),
			pollReadable(descriptor, timeoutMs) {
				// struct pollfd: fd, events (POLLIN is 1), revents.
				const entry = new Int32Array(2);
				entry[0] = descriptor;
				new Int16Array(entry.buffer)[2] = 1;
				return poll(entry, 1, timeoutMs);
			},
			close: bound('int close(int)'),
			errno: () => koffi.errno(),
			exitNow: (code) => void exit(code),
		};
	} catch (error) {
		const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
		return {problem: `koffi cannot be loaded (${reason})`};
	}
}

/** `ENOENT` and its like. */
export function errorName(errorNumber: number): string {
	try {
		return getSystemErrorName(-errorNumber);
	} catch {
		return `errno ${errorNumber}`;
	}
}
