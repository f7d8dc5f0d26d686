/**
Finds the Traefik processes below /proc. Listing the pids is cheap (0.06 ms for 80), looking at each is not (8 µs), so a
process is looked at when it is new, while it is young (a shell becomes Traefik by exec, which changes the name and
nothing else), and else in turn, so that everyone's turn comes within ROUND_MS. While no Traefik is known there is
nothing else to do and the round is quicker.
*/
import {readdirSync, readlinkSync} from 'node:fs';
import {uptime} from 'node:os';
import {basename} from 'node:path';
import {cannotRead, codeOf, isDenied, isGone, readSmall, trySmall} from '../system/proc-file.ts';
import {type ProcessStat, parseStat, TICKS_PER_SECOND} from '../system/process-stat.ts';
import {NotRegularError} from '../system/regular-file.ts';
import {stripControls} from '../text/strip-controls.ts';

export type FindOptions = {
	/** `/proc`, or where the host's is mounted. */
	readonly procRoot: string;
	/** Tried on the name (comm) and on the basename of the executable. */
	readonly match: RegExp;
	/** When not empty these processes are taken, whatever their names are, and no others. */
	readonly pids: readonly number[];
};

export const DEFAULT_MATCH = /^traefik(_.*)?$/;

export type Process = {
	readonly pid: number;
	/** Sanitised; null: it may not be read (hidepid). */
	readonly comm: string | null;
	readonly ppid: number;
	readonly startTicks: number;
	readonly isKernelThread: boolean;
	readonly isTraefik: boolean;
	/** Path of the executable, where it was needed and could be read. */
	readonly executable: string | null;
};

type Entry = {process: Process; youngUntilMs: number; seenInScan: number};

const ROUND_MS = 10_000;
const YOUNG_MS = 5_000;
/** Looks a tick while no Traefik is known: 3 ms at most. */
const HURRIED_LOOKS = 400;
/** A script named `traefik` runs under its shell and starts the real one as a child, or becomes it by exec. */
const SHELL = /^(?:[abdkz]?sh|mksh|bash|busybox|fish)$/;

export class Finder {
	/** Every process that can be seen, by pid. */
	readonly processes: ReadonlyMap<number, Process>;
	/** Grows whenever a process came, went or changed. */
	changes = 0;
	readonly #processes = new Map<number, Process>();
	readonly #entries = new Map<number, Entry>();
	readonly #options: FindOptions;
	#scan = 0;
	/** Entries of this scan. */
	#seen = 0;
	#lastMs = 0;
	#cursor = 0;
	#listProblem: string | null = null;

	constructor(options: FindOptions) {
		this.#options = options;
		this.processes = this.#processes;
	}

	/** The Traefik processes of now, by pid. `clockMs` is a clock that never goes back. */
	find(clockMs: number): Process[] {
		const pids = this.#list();
		if (pids === null) return this.#found();
		this.#scan++;
		this.#seen = 0;
		let known = 0;
		const old: number[] = [];
		for (const pid of pids) {
			const entry = this.#entries.get(pid);
			if (entry === undefined) {
				this.#look(pid, clockMs);
				continue;
			}
			entry.seenInScan = this.#scan;
			this.#seen++;
			if (entry.process.isTraefik) known++;
			if (entry.process.isTraefik || clockMs < entry.youngUntilMs) this.#look(pid, clockMs);
			else old.push(pid);
		}
		this.#lookInTurn(old, clockMs, known);
		this.#forgetGone();
		this.#lastMs = clockMs;
		return this.#found();
	}

	#found(): Process[] {
		const found = [...this.#processes.values()].filter((process) => process.isTraefik);
		return found.sort((a, b) => a.pid - b.pid);
	}

	/** Why `find()` found nothing, one clause. */
	whyNone(): string {
		const {procRoot, pids, match} = this.#options;
		if (this.#listProblem !== null) return this.#listProblem;
		if (pids.length > 0) return this.whyAbsent(pids);
		const processes = [...this.#processes.values()];
		const seen = processes.filter((process) => process.comm !== null).length;
		const pattern = stripControls(match.source);
		const none =
			seen === 1
				? `the only process in ${procRoot} does not match ${pattern}`
				: `none of ${seen} processes in ${procRoot} matches ${pattern}`;
		const what = `no Traefik process found: ${none}`;
		return seen < processes.length || this.#isHiding()
			? `${what}; processes of other users are hidden (hidepid): run as root`
			: what;
	}

	/** Why processes that were asked for by number are not found, one clause. */
	whyAbsent(pids: readonly number[]): string {
		const [pid] = pids;
		if (!this.#isHiding()) {
			return pids.length === 1 ? `no process ${pid}` : `none of the processes ${pids.join(', ')} exists`;
		}
		const what =
			pids.length === 1 ? `process ${pid} cannot be seen: it` : `processes ${pids.join(', ')} cannot be seen: each`;
		return `${what} has ended, or belongs to another user and is hidden in ${this.#options.procRoot} (hidepid): run as root`;
	}

	/** Whether processes of other users may be there and not be seen. */
	#isHiding(): boolean {
		// hidepid hides nothing from root, unless a container took the right to trace away: then not even init is seen
		const seesAll = process.getuid?.() === 0 && this.#processes.has(1);
		return !seesAll && isMountedWithHidepid(this.#options.procRoot);
	}

	/** Ascending. null: it failed, which says nothing about the processes. */
	#list(): number[] | null {
		const {procRoot} = this.#options;
		this.#listProblem = null;
		try {
			const pids: number[] = [];
			let isAscending = true;
			for (const name of readdirSync(procRoot)) {
				const pid = Number(name);
				if (!Number.isInteger(pid) || pid <= 0) continue;
				if (pid < (pids.at(-1) ?? 0)) isAscending = false;
				pids.push(pid);
			}
			if (pids.length === 0) this.#listProblem = `${procRoot} shows no processes: the live view needs Linux's /proc`;
			// as the kernel lists them (proc_pid_readdir()); a copied directory may not be
			return isAscending ? pids : pids.sort((a, b) => a - b);
		} catch (error) {
			const code = codeOf(error);
			const isAbsent = code === 'ENOENT' || code === 'ENOTDIR';
			this.#listProblem = isAbsent
				? `${procRoot} does not exist: the live view needs Linux's /proc (a recording can be replayed anywhere)`
				: cannotRead(procRoot, code);
			return isAbsent ? [] : null;
		}
	}

	/** One share of the processes that were looked at before; `pids` ascend. */
	#lookInTurn(pids: readonly number[], clockMs: number, known: number): void {
		const elapsedMs = Math.min(clockMs - this.#lastMs, ROUND_MS);
		const share = Math.ceil((pids.length * elapsedMs) / ROUND_MS);
		const looks = Math.min(pids.length, known === 0 ? Math.max(share, HURRIED_LOOKS) : share);
		let start = pids.findIndex((pid) => pid > this.#cursor);
		if (start < 0) start = 0;
		for (let i = 0; i < looks; i++) {
			const pid = pids[(start + i) % pids.length] ?? 0;
			this.#look(pid, clockMs);
			this.#cursor = pid;
		}
	}

	#look(pid: number, clockMs: number): void {
		const before = this.#entries.get(pid);
		const stat = this.#readStat(pid, before !== undefined);
		if (stat === null || stat.isZombie) this.#forget(pid);
		else if (stat !== UNKNOWN && (before === undefined || !isSame(before.process, stat))) {
			this.#take(pid, stat, before, clockMs);
		}
	}

	#take(pid: number, stat: ProcessStat, before: Entry | undefined, clockMs: number): void {
		const process = this.#identify(pid, stat);
		const isBorn = before === undefined || before.process.startTicks !== process.startTicks;
		const youngUntilMs = isBorn ? clockMs + this.#youthMs(stat) : (before?.youngUntilMs ?? 0);
		if (before === undefined) this.#seen++;
		this.#entries.set(pid, {process, youngUntilMs, seenInScan: this.#scan});
		this.#processes.set(pid, process);
		this.changes++;
	}

	/** How long it stays young. What appeared since the last scan is; at the first scan its age has to be computed. */
	#youthMs(stat: ProcessStat): number {
		if (this.#scan > 1) return YOUNG_MS;
		const ageMs = uptime() * 1000 - (stat.startTicks / TICKS_PER_SECOND) * 1000;
		return ageMs >= 0 ? YOUNG_MS - ageMs : 0;
	}

	/** null: it is gone. */
	#readStat(pid: number, isKnown: boolean): ProcessStat | null {
		try {
			return parseStat(readSmall(`${this.#options.procRoot}/${pid}/stat`));
		} catch (error) {
			if (error instanceof NotRegularError || isGone(codeOf(error))) return null;
			return isKnown ? UNKNOWN : HIDDEN; // no descriptor left, say: what was known still holds
		}
	}

	#identify(pid: number, stat: ProcessStat): Process {
		const {procRoot, pids, match} = this.#options;
		const {comm, ppid, startTicks, isKernelThread} = stat;
		const process = {pid, comm: stat === HIDDEN ? null : stripControls(comm), ppid, startTicks, isKernelThread};
		if (isKernelThread || stat === HIDDEN) return {...process, executable: null, isTraefik: pids.includes(pid)};
		const executable = executableOf(procRoot, pid);
		const isTraefik = pids.length > 0 ? pids.includes(pid) : isNamedLike(match, pid, comm, executable ?? '');
		return {...process, executable, isTraefik};
	}

	#forgetGone(): void {
		if (this.#entries.size === this.#seen) return;
		for (const [pid, entry] of this.#entries) {
			if (entry.seenInScan !== this.#scan) this.#forget(pid);
		}
	}

	#forget(pid: number): void {
		const entry = this.#entries.get(pid);
		if (entry === undefined) return;
		if (entry.seenInScan === this.#scan) this.#seen--;
		this.#entries.delete(pid);
		this.#processes.delete(pid);
		this.changes++;
	}
}

/** It may not be looked at. */
const HIDDEN: ProcessStat = {
	comm: '',
	state: '',
	ppid: 0,
	isZombie: false,
	isKernelThread: false,
	startTicks: 0,
	cpuTicks: 0,
};
/** It could not be looked at now. */
const UNKNOWN: ProcessStat = {...HIDDEN};

/** Nothing that decides has changed. */
function isSame(process: Process, stat: ProcessStat): boolean {
	return process.startTicks === stat.startTicks && process.comm === stripControls(stat.comm);
}

/** Its executable, or as a stand-in where that needs rights the first argument, which the process could change. */
function executableOf(procRoot: string, pid: number): string | null {
	try {
		return readlinkSync(`${procRoot}/${pid}/exe`).replace(/ \(deleted\)$/, '');
	} catch (error) {
		if (!isDenied(codeOf(error))) return null;
		const [first] = (trySmall(`${procRoot}/${pid}/cmdline`) ?? '').split('\0', 1);
		return first === undefined || first === '' ? null : first;
	}
}

function isNamedLike(match: RegExp, pid: number, comm: string, executable: string): boolean {
	if (pid === process.pid || comm.startsWith('traefik-top')) return false;
	const file = basename(executable);
	if (SHELL.test(file)) return false;
	if (match.test(file)) return true;
	// traefik-forward-auth's name is cut to "traefik-forward": then only the whole one counts
	const isCut = Buffer.byteLength(comm) >= 15 && file.length > comm.length && file.startsWith(comm);
	return !isCut && match.test(comm);
}

/** Whether /proc was mounted with hidepid=1, 2, 4 (or their names); the options are last in mountinfo (proc(5)). */
function isMountedWithHidepid(procRoot: string): boolean {
	const mounts = trySmall('/proc/self/mountinfo') ?? '';
	return mounts.split('\n').some((line) => {
		const [mount = '', superBlock = ''] = line.split(' - ');
		return mount.split(' ')[4] === procRoot && /(?:^|,| )hidepid=(?!0\b|off\b)/.test(superBlock);
	});
}
