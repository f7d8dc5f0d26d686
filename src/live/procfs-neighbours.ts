/**
Whether a process has its network namespace to itself: then every row of the tables is its own, the ownerless ones too.
Only processes that hold a TCP socket of the namespace count, so a pod's pause container does not. On a host somebody
always does: one such witness is kept and asked again, instead of everybody.
*/
import {statSync} from 'node:fs';
import {codeOf, isDenied} from '../system/proc-file.ts';
import {socketInode, visitSockets} from './descriptors.ts';
import type {Process} from './find.ts';
import type {SocketInodes} from './procfs-tables.ts';

/** What the finder knows. */
export type ProcessList = {readonly processes: ReadonlyMap<number, Process>; readonly changes: number};

/** A descriptor of another process that is a TCP socket of the namespace. */
type Witness = {readonly process: Process; readonly path: string; readonly inode: number};

type Ownership = {
	readonly isAlone: boolean | null;
	readonly atMs: number;
	readonly witness: Witness | null;
	/** Grew when somebody came since. */
	changes: number;
	/** Who had been asked; none of them was a witness. */
	readonly asked: WeakSet<Process>;
};

const RECHECK_MS = 10_000;
/** The kernel's own thread, the second process of a machine: who sees it sees every process. */
const KTHREADD = 2;

/** Names the network namespace of a process; null: the process is gone, or may not be looked at. */
export function namespaceKey(procRoot: string, pid: number): number | 'denied' | null {
	try {
		// each namespace has its own file here, whose number everybody may read, unlike ns/net
		return statSync(`${procRoot}/${pid}/net/tcp`).ino;
	} catch (error) {
		return isDenied(codeOf(error)) ? 'denied' : null;
	}
}

export class Neighbours {
	readonly #procRoot: string;
	readonly #list: ProcessList;
	readonly #verdicts = new Map<number, Ownership>();
	#keys = new WeakMap<Process, number | 'denied' | null>();
	#keysMs = Number.NEGATIVE_INFINITY;

	constructor(procRoot: string, list: ProcessList) {
		this.#procRoot = procRoot;
		this.#list = list;
	}

	/**
	Whether `pid` is alone in the namespace `key`; null: not everybody can be seen. `sockets` reads the inodes of the
	namespace's TCP sockets: called only when there are neighbours with sockets of any kind.
	*/
	isAlone(key: number, pid: number, clockMs: number, sockets: () => SocketInodes | null): boolean | null {
		const {changes} = this.#list;
		const before = this.#verdicts.get(pid);
		if (before !== undefined && clockMs - before.atMs < RECHECK_MS) {
			// newcomers can only end a solitude
			if (before.changes === changes || before.isAlone !== true) return before.isAlone;
			const witness = this.#ask(key, pid, before.asked, sockets).witness;
			before.changes = changes;
			if (witness === null) return true;
		}
		if (before?.witness != null && this.#stillHolds(before.witness)) {
			this.#verdicts.set(pid, {...before, atMs: clockMs});
			return false;
		}
		this.#renewKeys(clockMs);
		const asked = new WeakSet<Process>();
		const verdict = {...this.#ask(key, pid, asked, sockets), atMs: clockMs, changes, asked};
		this.#verdicts.set(pid, verdict);
		return verdict.isAlone;
	}

	forget(pid: number): void {
		this.#verdicts.delete(pid);
	}

	/** Asks everybody who has not been `asked`. */
	#ask(
		key: number,
		pid: number,
		asked: WeakSet<Process>,
		sockets: () => SocketInodes | null,
	): Pick<Ownership, 'isAlone' | 'witness'> {
		const {processes} = this.#list;
		let isCertain = processes.get(KTHREADD)?.isKernelThread === true;
		let tcp: SocketInodes | null | undefined;
		const once = () => {
			if (tcp === undefined) tcp = sockets();
			return tcp;
		};
		for (const process of processes.values()) {
			if (process.pid === pid || process.isKernelThread || asked.has(process)) continue;
			asked.add(process);
			const where = this.#keyOf(process);
			const witness = where === key ? this.#question(process, once) : where;
			if (witness === 'denied') isCertain = false;
			else if (witness !== null && typeof witness === 'object') return {isAlone: false, witness};
		}
		return {isAlone: isCertain ? true : null, witness: null};
	}

	/** A socket of the namespace that it holds, a listening one if it can be: those stay. */
	#question(process: Process, tcp: () => SocketInodes | null): Witness | 'denied' | null {
		let witness: Witness | null = null;
		let isUnknown = false;
		const end = visitSockets(`${this.#procRoot}/${process.pid}`, (inode, path) => {
			const known = tcp();
			if (known === null) {
				isUnknown = true;
				return true;
			}
			const isListening = known.listening.has(inode);
			if (isListening || (witness === null && known.all.has(inode))) witness = {process, path, inode};
			return isListening;
		});
		return end === 'denied' || isUnknown ? 'denied' : witness;
	}

	/** A process may change its namespace without anybody being told. */
	#renewKeys(clockMs: number): void {
		if (clockMs - this.#keysMs < RECHECK_MS) return;
		this.#keysMs = clockMs;
		this.#keys = new WeakMap();
	}

	#keyOf(process: Process): number | 'denied' | null {
		let key = this.#keys.get(process);
		if (key === undefined) {
			key = namespaceKey(this.#procRoot, process.pid);
			this.#keys.set(process, key);
		}
		return key;
	}

	#stillHolds({process, path, inode}: Witness): boolean {
		try {
			return this.#list.processes.get(process.pid) === process && socketInode(path) === inode;
		} catch (error) {
			codeOf(error);
			return false;
		}
	}
}
