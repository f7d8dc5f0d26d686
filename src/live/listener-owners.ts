/**
Which processes hold a listening socket. The kernel tells it in /proc/PID/fd only, so the processes of the namespace are
looked through until they are found; from then on one link of each is asked again, and newcomers of the same family are
looked at from time to time.
*/

import {codeOf} from '../system/proc-file.ts';
import {socketInode, visitSockets} from './descriptors.ts';
import type {Process} from './find.ts';
import type {ProcessList} from './procfs-neighbours.ts';

/** Who holds a socket, the oldest first; `isWhole`: everybody was looked at since the last of them ended. */
export type Owners = {readonly processes: Process[]; readonly isWhole: boolean};

type Holder = {readonly process: Process; readonly path: string};

type Entry = {
	holders: Holder[];
	/** Who is still to be looked at, the next one last. */
	readonly queue: Process[];
	/** When the next search may begin. */
	nextMs: number;
	/** Until then others may take the place of one that ended. */
	hurryUntilMs: number;
	/** When a link of each holder is asked again. */
	checkMs: number;
	askedMs: number;
};

const RECHECK_MS = 10_000;
/** For as long as nobody is found. */
const RETRY_MS = 3_000;
/** After one of the holders has ended, as all workers do at a reload, and for how long: a master starts one a second (Apache). */
const HURRY_MS = 1_000;
const HURRIED_MS = 15_000;
/** Timers jitter. */
export const PUNCTUALITY = 0.9;
/** ms of one tick that looking through descriptors may take; at least one process is looked at. */
const BUDGET_MS = 2;
/** Of so many listening sockets a link is asked at every tick; of each of more from time to time. */
const CHECKS_A_TICK = 64;
const CHECK_MANY_MS = 5_000;
/** More workers than these say nothing new. */
const MAX_HOLDERS = 32;
/** In a namespace of more processes only the family of those that hold the socket is looked at again. */
const FEW = 64;

export class ListenerOwners {
	readonly #procRoot: string;
	readonly #list: ProcessList;
	readonly #entries = new Map<number, Entry>();
	#tickMs = Number.NaN;
	#spentMs = 0;
	/** Sockets of the processes that were looked through in this tick: many of them may be asked about. */
	readonly #sockets = new Map<Process, ReadonlyMap<number, string>>();

	constructor(procRoot: string, list: ProcessList) {
		this.#procRoot = procRoot;
		this.#list = list;
	}

	/** Those of `candidates` that hold the socket, as far as they were found and may be looked at. */
	of(inode: number, candidates: readonly Process[], clockMs: number): Owners {
		if (this.#tickMs !== clockMs) {
			this.#tickMs = clockMs;
			this.#spentMs = 0;
			this.#sockets.clear();
		}
		let entry = this.#entries.get(inode);
		if (entry === undefined) {
			const never = Number.NEGATIVE_INFINITY;
			entry = {holders: [], queue: [], nextMs: never, hurryUntilMs: never, checkMs: clockMs, askedMs: clockMs};
			this.#entries.set(inode, entry);
		}
		entry.askedMs = clockMs;
		const before = entry.holders.length;
		if (clockMs >= entry.checkMs) {
			entry.checkMs = clockMs + (this.#entries.size <= CHECKS_A_TICK ? 0 : CHECK_MANY_MS);
			entry.holders = entry.holders.filter(({process, path}) => this.#stillHolds(process, path, inode));
		} else entry.holders = entry.holders.filter(({process}) => this.#isThere(process));
		if (entry.holders.length < before) {
			entry.hurryUntilMs = clockMs + HURRIED_MS;
			entry.nextMs = clockMs;
		}
		if (entry.queue.length === 0 && clockMs >= entry.nextMs) {
			const usualMs = entry.holders.length === 0 ? RETRY_MS : RECHECK_MS;
			entry.nextMs = clockMs + (clockMs < entry.hurryUntilMs ? HURRY_MS * PUNCTUALITY : usualMs);
			entry.queue.push(...worthALook(entry.holders, candidates));
		}
		this.#search(entry, inode);
		// a search that began before somebody ended is followed by another
		const isSearched = entry.queue.length === 0 && clockMs < entry.nextMs;
		const isWhole = isSearched && entry.holders.length < MAX_HOLDERS;
		return {processes: entry.holders.map(({process}) => process).sort(byAge), isWhole};
	}

	/** Forgets sockets that were not asked about in the tick of `clockMs`. */
	forgetOthers(clockMs: number): void {
		for (const [inode, {askedMs}] of this.#entries) if (askedMs !== clockMs) this.#entries.delete(inode);
	}

	#search(entry: Entry, inode: number): void {
		while (entry.queue.length > 0 && entry.holders.length < MAX_HOLDERS) {
			const process = entry.queue.at(-1);
			if (process === undefined || !this.#isThere(process)) {
				entry.queue.pop();
				continue;
			}
			const sockets = this.#socketsOf(process);
			if (sockets === null) return;
			entry.queue.pop();
			const path = sockets.get(inode);
			if (path !== undefined) entry.holders.push({process, path});
		}
	}

	/** By inode; null: not in this tick any more. */
	#socketsOf(process: Process): ReadonlyMap<number, string> | null {
		const known = this.#sockets.get(process);
		if (known !== undefined) return known;
		if (this.#sockets.size > 0 && this.#spentMs >= BUDGET_MS) return null;
		const start = performance.now();
		const sockets = new Map<number, string>();
		visitSockets(`${this.#procRoot}/${process.pid}`, (inode, path) => {
			sockets.set(inode, path);
			return false;
		});
		this.#sockets.set(process, sockets);
		this.#spentMs += performance.now() - start;
		return sockets;
	}

	#isThere(process: Process): boolean {
		return this.#list.processes.get(process.pid) === process;
	}

	#stillHolds(process: Process, path: string, inode: number): boolean {
		try {
			return this.#isThere(process) && socketInode(path) === inode;
		} catch (error) {
			codeOf(error);
			return false;
		}
	}
}

/**
Among whom to search, the next one last: everybody, or the family of those that are known to hold it, who need not be asked
again. The oldest come first: of more than MAX_HOLDERS the one that started the others has to be among those that are known.
*/
function worthALook(holders: readonly Holder[], candidates: readonly Process[]): Process[] {
	// Traefik itself has the most descriptors and is seldom the one: after all others
	return among(holders, candidates).sort((a, b) => Number(b.isTraefik) - Number(a.isTraefik) || byAge(b, a));
}

function among(holders: readonly Holder[], candidates: readonly Process[]): Process[] {
	const known = new Set(holders.map(({process}) => process));
	const others = candidates.filter((process) => !known.has(process));
	if (known.size === 0 || candidates.length <= FEW) return others;
	const family = new Set(holders.flatMap(({process}) => [process.pid, process.ppid]));
	family.delete(1);
	return others.filter(({pid, ppid}) => family.has(pid) || family.has(ppid));
}

function byAge(a: Process, b: Process): number {
	return a.startTicks - b.startTicks || a.pid - b.pid;
}
