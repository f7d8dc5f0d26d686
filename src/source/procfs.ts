/**
Readings of the Traefik processes of this machine. Their rows are read while they are visited, those of a namespace that
several of them share once for each. Every failure is a Reading with `problem` set, or a visit that says it; a process
that ended stays as one until another takes its place.
*/
import {readlinkSync} from 'node:fs';
import {hostname} from 'node:os';
import {type Instance, NO_COUNTERS, type PortRange, type Reading} from '../reading.ts';
import {LOOKBACK_MS} from '../snapshot.ts';
import {DescriptorReader} from './descriptors.ts';
import {type Finder, type Process, TICKS_PER_SECOND} from './find.ts';
import type {FileNames} from './names.ts';
import {portRangeOf} from './port-range.ts';
import {codeOf, GONE, trySmall} from './proc-file.ts';
import {Neighbours, namespaceKey} from './procfs-neighbours.ts';
import {NamespaceTables, type RowChoice} from './procfs-tables.ts';

export type ProcfsOptions = {
	readonly procRoot: string;
	readonly finder: Finder;
	readonly source: RowChoice;
	readonly names: FileNames;
};

/** When and how a reading is taken. */
export type Beat = {readonly time: number; readonly monotonicMs: number; readonly intervalMs: number | null};

/** One process for as long as it lives, and as a gap for a while after. */
type Target = {
	readonly process: Process;
	readonly descriptors: DescriptorReader;
	readonly firstSeenMs: number;
	instance: Instance;
	namespace: number | null;
	ports: PortRange | null;
	portsMs: number;
	goneMs: number | null;
	/** It took the place of one that ended. */
	hasReplaced: boolean;
};

type Namespace = {readonly tables: NamespaceTables; readAtMs: number; readMs: number};

const PORTS_RECHECK_MS = 60_000;
/** A successor may start so long before its predecessor ends. */
const OVERLAP_MS = 60_000;

export class ProcfsReader {
	readonly #options: ProcfsOptions;
	readonly #neighbours: Neighbours;
	readonly #targets = new Map<string, Target>();
	readonly #namespaces = new Map<number, Namespace>();
	readonly #host = hostname();
	/** What we stand in ourselves, and never leave. */
	readonly #ownNamespace = namespaceKey('/proc', process.pid);

	constructor(options: ProcfsOptions) {
		this.#options = options;
		this.#neighbours = new Neighbours(options.procRoot, options.finder);
	}

	/** One reading of each instance, those that ended included. */
	read(beat: Beat): Reading[] {
		const clockMs = beat.monotonicMs;
		const found = this.#options.finder.find(clockMs);
		this.#follow(found, clockMs);
		const pids = found.map((process) => process.pid);
		const names = this.#options.names.read(pids, clockMs);
		const readings: Reading[] = [];
		for (const target of this.#targets.values()) {
			const problem = target.goneMs === null ? this.#readNamespace(target, clockMs) : GONE;
			readings.push(problem === null ? this.#good(target, beat, names) : this.#bad(target, beat, names, problem));
		}
		for (const [key, namespace] of this.#namespaces) {
			if (namespace.readAtMs === clockMs) continue;
			namespace.tables.close();
			this.#namespaces.delete(key);
		}
		return readings;
	}

	/** Lets go of what pins a namespace. */
	close(): void {
		for (const {tables} of this.#namespaces.values()) tables.close();
		this.#namespaces.clear();
	}

	#follow(found: readonly Process[], clockMs: number): void {
		const living = new Set<string>();
		for (const process of found) {
			const key = `${process.pid}/${process.startTicks}`;
			living.add(key);
			const target = this.#targets.get(key);
			if (target === undefined) this.#targets.set(key, this.#newTarget(process, clockMs));
			else target.goneMs = null;
		}
		for (const [key, target] of this.#targets) {
			if (living.has(key)) continue;
			if (target.goneMs === null) {
				target.goneMs = clockMs;
				this.#neighbours.forget(target.process.pid);
			}
			const isReplaced = this.#replace(target, target.goneMs);
			if (isReplaced || clockMs - target.goneMs > LOOKBACK_MS) this.#targets.delete(key);
		}
	}

	#newTarget(process: Process, clockMs: number): Target {
		const {procRoot} = this.#options;
		const instance: Instance = {
			id: `${this.#host}/${process.pid}`,
			host: this.#host,
			via: null,
			pid: process.pid,
			startedAt: startTime(procRoot, process.startTicks),
			netns: readNetns(procRoot, process.pid),
		};
		return {
			process,
			descriptors: new DescriptorReader(`${procRoot}/${process.pid}`),
			firstSeenMs: clockMs,
			instance,
			namespace: null,
			ports: null,
			portsMs: Number.NEGATIVE_INFINITY,
			goneMs: null,
			hasReplaced: false,
		};
	}

	/** Finds the one that took its place: same namespace or same executable, new about when it ended. */
	#replace(gone: Target, goneMs: number): boolean {
		const isSuccessor = (target: Target) =>
			target.goneMs === null &&
			!target.hasReplaced &&
			target.firstSeenMs > gone.firstSeenMs &&
			target.firstSeenMs >= goneMs - OVERLAP_MS;
		const candidates = [...this.#targets.values()].filter(isSuccessor);
		const {procRoot} = this.#options;
		const successor =
			candidates.find(({process}) => process.pid === gone.process.pid) ??
			candidates.find(({process}) => namespaceKey(procRoot, process.pid) === gone.namespace) ??
			candidates.find(({process}) => process.executable === gone.process.executable);
		if (successor === undefined) return false;
		successor.hasReplaced = true;
		return true;
	}

	/** Whether another instance stood in the target's namespace when it was last read. */
	#isShared(target: Target): boolean {
		for (const other of this.#targets.values()) {
			if (other !== target && other.goneMs === null && other.namespace === target.namespace) return true;
		}
		return false;
	}

	/** null: it is read; else why not. */
	#readNamespace(target: Target, clockMs: number): string | null {
		const {procRoot} = this.#options;
		const directory = `${procRoot}/${target.process.pid}`;
		const key = namespaceKey(procRoot, target.process.pid);
		if (key === null) return GONE;
		if (key === 'denied') return `cannot read ${directory}/net/tcp: permission denied`;
		if (target.namespace !== key) {
			target.namespace = key;
			target.portsMs = Number.NEGATIVE_INFINITY;
			target.instance = {...target.instance, netns: readNetns(procRoot, target.process.pid)};
		}
		let namespace = this.#namespaces.get(key);
		if (namespace === undefined) {
			namespace = {tables: new NamespaceTables(procRoot, this.#options.source), readAtMs: Number.NaN, readMs: 0};
			this.#namespaces.set(key, namespace);
		}
		// what failed through one process of the namespace may succeed through another
		if (namespace.readAtMs !== clockMs || namespace.tables.problem !== null) {
			namespace.readAtMs = clockMs;
			const start = performance.now();
			namespace.tables.read(target.process.pid, key === this.#ownNamespace, clockMs, this.#isShared(target));
			namespace.readMs = performance.now() - start;
		}
		return namespace.tables.problem;
	}

	#good(target: Target, beat: Beat, names: ReadonlyMap<string, string>): Reading {
		const {descriptors, process} = target;
		const clockMs = beat.monotonicMs;
		const key = target.namespace ?? 0;
		const namespace = this.#namespaces.get(key);
		if (namespace === undefined) throw new Error(`namespace ${key} was not read`);
		const {tables} = namespace;
		let inodes: ReadonlySet<number> | null | undefined;
		return {
			...blank(target.instance, beat, names),
			isAlone: this.#neighbours.isAlone(key, process.pid, clockMs, () => tables.inodes()),
			rowSource: tables.rowSource,
			rowSourceReason: tables.rowSourceReason,
			descriptors: descriptors.isReadable(clockMs) ? 'readable' : 'denied',
			inodes: () => {
				if (inodes === undefined) inodes = descriptors.inodes();
				return inodes;
			},
			counters: tables.counters,
			ports: this.#portsOf(target, clockMs),
			openFiles: descriptors.openFiles(clockMs),
			readMs: namespace.readMs,
			visit: (visit) => {
				const count = tables.visit(visit);
				return count.problem === GONE ? {...count, problem: gone(process.pid)} : count;
			},
		};
	}

	#bad({instance}: Target, beat: Beat, names: ReadonlyMap<string, string>, problem: string): Reading {
		const why = problem === GONE ? gone(instance.pid) : problem;
		return {...blank(instance, beat, names), problem: why};
	}

	#portsOf(target: Target, clockMs: number): PortRange {
		if (target.ports === null || clockMs - target.portsMs >= PORTS_RECHECK_MS) {
			target.portsMs = clockMs;
			target.ports = portRangeOf(target.process.pid, target.namespace === this.#ownNamespace, this.#options.procRoot);
		}
		return target.ports;
	}
}

function gone(pid: number | null): string {
	return `process ${pid} is gone`;
}

/** A reading that says nothing yet. */
function blank(instance: Instance, beat: Beat, names: ReadonlyMap<string, string>): Reading {
	return {
		instance,
		time: beat.time,
		monotonicMs: beat.monotonicMs,
		isTimeAssumed: false,
		intervalMs: beat.intervalMs,
		problem: null,
		rowSource: 'text',
		isAlone: null,
		descriptors: 'absent',
		inodes: () => null,
		counters: NO_COUNTERS,
		ports: null,
		names,
		openFiles: null,
		readMs: 0,
		visit: () => ({rows: 0, torn: 0}),
	};
}

/** Unix ms; null without the time of boot. */
function startTime(procRoot: string, startTicks: number): number | null {
	const boot = /^btime (\d+)$/m.exec(trySmall(`${procRoot}/stat`) ?? '')?.[1];
	return boot === undefined ? null : Math.round((Number(boot) + startTicks / TICKS_PER_SECOND) * 1000);
}

/** The number in `net:[4026531840]`; null: reading the link needs the right to trace the process. */
function readNetns(procRoot: string, pid: number): number | null {
	try {
		const number = /^net:\[(\d+)\]$/.exec(readlinkSync(`${procRoot}/${pid}/ns/net`))?.[1];
		return number === undefined ? null : Number(number);
	} catch (error) {
		codeOf(error);
		return null;
	}
}
