/** The Traefik processes of this machine over time: who is new, who ended, who took whose place. */
import {readlinkSync} from 'node:fs';
import {hostname} from 'node:os';
import type {Instance, PortRange} from '../reading.ts';
import {LOOKBACK_MS} from '../snapshot.ts';
import {codeOf, trySmall} from '../system/proc-file.ts';
import {TICKS_PER_SECOND} from '../system/process-stat.ts';
import {DescriptorReader} from './descriptors.ts';
import type {Process} from './find.ts';
import {namespaceKey} from './procfs-neighbours.ts';

/** One process for as long as it lives, and as a gap for a while after. */
export type Target = {
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

/** A successor may start this long before its predecessor ends. */
const OVERLAP_MS = 60_000;

export class Targets {
	readonly #procRoot: string;
	readonly #onEnd: (pid: number) => void;
	readonly #targets = new Map<string, Target>();
	readonly #host = hostname();

	/** `onEnd` is told who ended. */
	constructor(procRoot: string, onEnd: (pid: number) => void) {
		this.#procRoot = procRoot;
		this.#onEnd = onEnd;
	}

	/** The living, and those that ended and were not replaced. */
	all(): Iterable<Target> {
		return this.#targets.values();
	}

	/** `found` are the living. One that ended stays as a gap until another takes its place, or LOOKBACK_MS. */
	follow(found: readonly Process[], clockMs: number): void {
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
				this.#onEnd(target.process.pid);
			}
			const isReplaced = this.#replace(target, target.goneMs);
			if (isReplaced || clockMs - target.goneMs > LOOKBACK_MS) this.#targets.delete(key);
		}
	}

	/** Whether a process of this number is there, or was. */
	has(pid: number): boolean {
		for (const {process} of this.#targets.values()) if (process.pid === pid) return true;
		return false;
	}

	/** The instance of a number that nobody has. */
	absent(pid: number): Instance {
		return {id: `${this.#host}/${pid}`, host: this.#host, via: null, pid, startedAt: null, netns: null};
	}

	#newTarget(process: Process, clockMs: number): Target {
		const procRoot = this.#procRoot;
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
		const procRoot = this.#procRoot;
		const successor =
			candidates.find(({process}) => process.pid === gone.process.pid) ??
			candidates.find(({process}) => namespaceKey(procRoot, process.pid) === gone.namespace) ??
			candidates.find(({process}) => process.executable === gone.process.executable);
		if (successor === undefined) return false;
		successor.hasReplaced = true;
		return true;
	}

	/** Whether another instance stood in the target's namespace when it was last read. */
	isShared(target: Target): boolean {
		for (const other of this.#targets.values()) {
			if (other !== target && other.goneMs === null && other.namespace === target.namespace) return true;
		}
		return false;
	}
}

/** Unix ms; null without the time of boot. */
export function startTime(procRoot: string, startTicks: number): number | null {
	const boot = /^btime (\d+)$/m.exec(trySmall(`${procRoot}/stat`) ?? '')?.[1];
	return boot === undefined ? null : Math.round((Number(boot) + startTicks / TICKS_PER_SECOND) * 1000);
}

/** The number in `net:[4026531840]`; null: reading the link needs the right to trace the process. */
export function readNetns(procRoot: string, pid: number): number | null {
	try {
		const number = /^net:\[(\d+)\]$/.exec(readlinkSync(`${procRoot}/${pid}/ns/net`))?.[1];
		return number === undefined ? null : Number(number);
	} catch (error) {
		codeOf(error);
		return null;
	}
}
