/**
Going into another network namespace for a moment. Synchronous throughout: no other code of this thread runs there, and
other threads never enter it.
*/
import {closeSync, constants, openSync, statSync, writeSync} from 'node:fs';
import {errorName, type Libc, loadLibc} from '../system/libc.ts';

export type NamespaceOptions = {
	/** Where the target's /proc is. */
	readonly procRoot?: string;
	readonly libc?: Libc;
};

const CLONE_NEWNET = 0x40000000;

/** `/proc/self` would be the main thread's, also in a worker. */
const OWN_NAMESPACE = '/proc/thread-self/ns/net';

/**
Calls `look` with this thread standing in the network namespace of `pid` (null: the caller's own), and the inode number of
that namespace. It must not wait for anything. Needs CAP_SYS_ADMIN for another namespace, nothing for one's own.
*/
export function lookFromInside<T>(
	pid: number | null,
	look: (netns: number) => T,
	options: NamespaceOptions = {},
): T | {problem: string} {
	const libc = options.libc ?? loadLibc();
	if ('problem' in libc) return libc;
	const target = pid === null ? OWN_NAMESPACE : `${options.procRoot ?? '/proc'}/${pid}/ns/net`;
	try {
		const netns = statSync(target).ino;
		return netns === statSync(OWN_NAMESPACE).ino ? look(netns) : inNamespace(target, netns, libc, pid, look);
	} catch (error) {
		return cannotOpen(pid, error);
	}
}

function cannotOpen(pid: number | null, error: unknown): {problem: string} {
	const {code} = error as NodeJS.ErrnoException;
	if (code === undefined) throw error;
	return {problem: `the network namespace of process ${pid} cannot be opened (${code})`};
}

/** Goes into another namespace, looks, and comes back. The process ends if the way back is closed. */
function inNamespace<T>(
	target: string,
	netns: number,
	libc: Libc,
	pid: number | null,
	look: (netns: number) => T,
): T | {problem: string} {
	const own = openSync(OWN_NAMESPACE, 'r');
	let foreign = -1;
	try {
		foreign = openSync(target, constants.O_RDONLY | constants.O_NONBLOCK);
		// Entering the namespace that one is in changes nothing, but proves that coming back is allowed.
		if (libc.setns(own, CLONE_NEWNET) !== 0) return mayNotEnter(pid, libc.errno());
		if (libc.setns(foreign, CLONE_NEWNET) !== 0) return mayNotEnter(pid, libc.errno());
		try {
			// The process may have been replaced between the look at its namespace and here.
			return statSync(OWN_NAMESPACE).ino === netns ? look(netns) : {problem: `process ${pid} has just been replaced`};
		} finally {
			if (libc.setns(own, CLONE_NEWNET) !== 0) die(pid, libc);
		}
	} finally {
		closeSync(own);
		if (foreign >= 0) closeSync(foreign);
	}
}

function mayNotEnter(pid: number | null, errorNumber: number): {problem: string} {
	return {problem: `the network namespace of process ${pid} cannot be entered (${errorName(errorNumber)})`};
}

/** Whatever this thread read or opened from here on would be of another machine, so to speak. */
function die(pid: number | null, libc: Libc): never {
	const name = errorName(libc.errno());
	writeSync(2, `traefik-top: cannot return from the network namespace of process ${pid} (${name}): stopping\n`);
	libc.exitNow(1);
	throw new Error('the process did not end');
}
