/**
Readings of the Traefik processes of this machine. Their rows are read while they are visited, those of a namespace that
several of them share once for each. Every failure is a Reading with `problem` set, or a visit that says it; a process
that ended stays as one until another takes its place.
*/
import type {VisitEnding} from '../parse/ending.ts';
import {type Instance, NOTHING_READ, type PortRange, type Reading} from '../reading.ts';
import {GONE} from '../system/proc-file.ts';
import type {Finder, Process} from './find.ts';
import type {FileNames} from './names.ts';
import {OtherEnds} from './other-ends.ts';
import {portRangeOf} from './port-range.ts';
import {Neighbours, namespaceKey} from './procfs-neighbours.ts';
import {NamespaceTables, type RowChoice} from './procfs-tables.ts';
import {readNetns, type Target, Targets} from './procfs-targets.ts';
import {whyNoNamespaces} from './rights.ts';

export type ProcfsOptions = {
	readonly procRoot: string;
	readonly finder: Finder;
	/** Asked for by number: one that is not there is a gap beside those that are. */
	readonly pids: readonly number[];
	readonly source: RowChoice;
	readonly names: FileNames;
};

/** When and how a reading is taken. */
export type Beat = {readonly time: number; readonly monotonicMs: number; readonly intervalMs: number | null};

type Namespace = {readonly tables: NamespaceTables; readAtMs: number; readMs: number};

const PORTS_RECHECK_MS = 60_000;
export class ProcfsReader {
	readonly #options: ProcfsOptions;
	readonly #neighbours: Neighbours;
	readonly #targets: Targets;
	readonly #namespaces = new Map<number, Namespace>();
	/** null: they would take netlink, which is not wanted. */
	readonly #otherEnds: OtherEnds | null;
	/** Capabilities do not change while we run. */
	readonly #serversReason = whyNoNamespaces();
	/** The namespace of this process, which it never leaves. */
	readonly #ownNamespace = namespaceKey('/proc', process.pid);

	constructor(options: ProcfsOptions) {
		this.#options = options;
		this.#neighbours = new Neighbours(options.procRoot, options.finder);
		this.#otherEnds = options.source === 'text' ? null : new OtherEnds(options.procRoot, options.finder);
		this.#targets = new Targets(options.procRoot, (pid) => {
			this.#neighbours.forget(pid);
			this.#otherEnds?.forget(pid);
		});
	}

	/** One reading of each instance, those that ended included. */
	read(beat: Beat): Reading[] {
		const clockMs = beat.monotonicMs;
		const found = this.#options.finder.find(clockMs);
		this.#targets.follow(found, clockMs);
		const pids = found.map((process) => process.pid);
		const names = this.#options.names.read(pids, clockMs);
		const readings: Reading[] = [];
		for (const target of this.#targets.all()) {
			const problem = target.goneMs === null ? this.#readNamespace(target, clockMs) : GONE;
			readings.push(problem === null ? this.#good(target, beat, names) : this.#bad(target, beat, names, problem));
		}
		// of none at all the finder says why
		if (readings.length > 0) {
			for (const pid of this.#options.pids.filter((asked) => !this.#targets.has(asked))) {
				const problem = this.#options.finder.whyAbsent([pid]);
				readings.push({...blank(this.#targets.absent(pid), beat, names), problem});
			}
		}
		for (const [key, namespace] of this.#namespaces) {
			if (namespace.readAtMs === clockMs) continue;
			namespace.tables.close();
			this.#namespaces.delete(key);
		}
		return readings;
	}

	/** Between two readings: receives the endings that have come; `notice` sees each. */
	drain(clockMs: number, notice: VisitEnding): void {
		for (const {tables} of this.#namespaces.values()) tables.endings?.drain(clockMs, notice);
	}

	/** Lets go of what pins a namespace. */
	close(): void {
		for (const {tables} of this.#namespaces.values()) tables.close();
		this.#namespaces.clear();
		this.#otherEnds?.close();
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
			namespace.tables.read(target.process.pid, key === this.#ownNamespace, clockMs, this.#targets.isShared(target));
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
			...endingsOf(tables),
			...this.#serversOf(process, beat),
			readMs: namespace.readMs,
			visit: (visit) => {
				const count = tables.visit(visit);
				return count.problem === GONE ? {...count, problem: gone(process.pid)} : count;
			},
		};
	}

	#serversOf(process: Process, {monotonicMs, time}: Beat): Pick<Reading, 'servers' | 'serversReason'> {
		const ends = this.#otherEnds;
		if (ends === null) return {};
		return {servers: (dialled) => ends.ask(process, dialled, monotonicMs, time), serversReason: this.#serversReason};
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

function endingsOf({endings}: NamespaceTables): Pick<Reading, 'endings' | 'endingsReason'> {
	if (endings === null) return {endings: null, endingsReason: 'only the text tables are read (--source text)'};
	const {reason} = endings;
	return reason === null ? {endings: (visit) => endings.visit(visit)} : {endings: null, endingsReason: reason};
}

function gone(pid: number | null): string {
	return `process ${pid} is gone`;
}

/** A reading that says nothing yet. */
function blank(instance: Instance, beat: Beat, names: ReadonlyMap<string, string>): Reading {
	return {...NOTHING_READ, ...beat, instance, names};
}
