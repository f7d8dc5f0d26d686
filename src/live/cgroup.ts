/**
What the control group of a process does to it: how much of the time it is throttled, how near it is to its memory limit,
whether the kernel killed in it. Versions 1 and 2, also side by side (Documentation/admin-guide/cgroup-v2.rst, and
cgroup-v1/memory.rst). Limits count up to the root: a pod's or a slice's holds its containers back as well.
*/
import {join} from 'node:path';
import {trySmall} from '../system/proc-file.ts';
import type {Process} from './find.ts';

export type CgroupUse = {
	/** Share of the time in which it was throttled, 0 to 100, over the last seconds; null: unknown. 0 where nothing limits it. */
	readonly throttledPercent: number | null;
	/** Processors that it may use at a time; null: no limit, or unknown. */
	readonly cpuLimit: number | null;
	readonly memoryBytes: number | null;
	readonly memoryLimitBytes: number | null;
	/** Processes that the kernel killed in it for want of memory, since it was made; null: unknown. */
	readonly oomKills: number | null;
};

type Hierarchy = {
	readonly version: 1 | 2;
	/** Where it is mounted, as we reach it. */
	readonly directory: string;
	/** Which part of the hierarchy is mounted there. */
	readonly root: string;
	/** Of version 1; empty for version 2. */
	readonly controllers: readonly string[];
};

/** Quota and period of one group, whose counters are read at every tick. */
type Throttle = {
	readonly statPath: string;
	readonly cpus: number;
	readonly periodMs: number;
	/** Looks of the last seconds, the oldest first. */
	readonly looks: {readonly clockMs: number; readonly throttled: number}[];
};

/** One group in all its hierarchies. */
type Group = {
	readonly cpu: string | null;
	readonly memory: string | null;
	readonly version: {readonly cpu: 1 | 2; readonly memory: 1 | 2};
	/** Nearest first, up to the mounted root. */
	readonly cpuLine: readonly string[];
	readonly memoryLine: readonly string[];
	throttles: Throttle[];
	memoryLimitBytes: number | null;
	limitsMs: number;
	readMs: number;
	use: CgroupUse;
};

const NOTHING: CgroupUse = {
	throttledPercent: null,
	cpuLimit: null,
	memoryBytes: null,
	memoryLimitBytes: null,
	oomKills: null,
};
/** Limits and memberships change rarely; of a backend that is in question they may just have. */
const RECHECK_MS = 10_000;
export const RECHECK_SOON_MS = 1_000;
const MOUNTS_MS = 60_000;
/** Counters grow by periods of 100 ms: over less than this, one more or less says too much. */
const WINDOW_MS = 3_000;
const MAX_DEPTH = 12;
const MAX_GROUPS = 1_024;

export class Cgroups {
	readonly #procRoot: string;
	readonly #groups = new Map<string, Group>();
	readonly #memberships = new WeakMap<Process, {text: string; atMs: number}>();
	#hierarchies: readonly Hierarchy[] = [];
	#mountsMs = Number.NEGATIVE_INFINITY;
	/** Levels that lie above the group in which our own view begins (cgroup_namespaces(7)); '' where it sees all. */
	#above = '';

	constructor(procRoot: string) {
		this.#procRoot = procRoot;
	}

	/** null: the process is gone, its group cannot be read, or too many are watched. Limits are as old as `recheckMs` at most. Read once a tick for all that are in one group. */
	use(process: Process, clockMs: number, recheckMs = RECHECK_MS): CgroupUse | null {
		const text = this.#membership(process, clockMs, recheckMs);
		if (text === '') return null;
		let group = this.#groups.get(text);
		if (group === undefined) {
			// those that are watched keep their past; others are forgotten after a while
			if (this.#groups.size >= MAX_GROUPS) return null;
			group = this.#find(text, clockMs);
			this.#groups.set(text, group);
		}
		if (group.readMs !== clockMs) this.#read(group, clockMs, recheckMs);
		return group.use;
	}

	/** By what two processes are in the same group, as of the last look at its use; '': unknown. */
	groupOf(process: Process): string {
		return this.#memberships.get(process)?.text ?? '';
	}

	/** Forgets groups that were not read for a while. */
	forgetOthers(clockMs: number): void {
		for (const [text, {readMs}] of this.#groups) if (clockMs - readMs > MOUNTS_MS) this.#groups.delete(text);
	}

	/** Lines of /proc/PID/cgroup. */
	#membership(process: Process, clockMs: number, recheckMs: number): string {
		const known = this.#memberships.get(process);
		if (known !== undefined && clockMs - known.atMs < recheckMs) return known.text;
		// of one that has ended, what was known says in which group it was killed
		const text = trySmall(`${this.#procRoot}/${process.pid}/cgroup`) || (known?.text ?? '');
		this.#memberships.set(process, {text, atMs: clockMs});
		return text;
	}

	#find(text: string, clockMs: number): Group {
		this.#mounts(clockMs);
		const memberships = parseMembership(text);
		const cpu = this.#lineOf('cpu', memberships);
		const memory = this.#lineOf('memory', memberships);
		return {
			cpu: cpu.line[0] ?? null,
			memory: memory.line[0] ?? null,
			version: {cpu: cpu.version, memory: memory.version},
			cpuLine: cpu.line,
			memoryLine: memory.line,
			throttles: [],
			memoryLimitBytes: null,
			limitsMs: Number.NEGATIVE_INFINITY,
			readMs: Number.NaN,
			use: NOTHING,
		};
	}

	/** Directories of the group and of those above it, in the hierarchy that has the controller. */
	#lineOf(controller: string, memberships: readonly Membership[]): {version: 1 | 2; line: string[]} {
		const old = memberships.find(({controllers}) => controllers.includes(controller));
		const version = old === undefined ? 2 : 1;
		const membership = old ?? memberships.find(({controllers}) => controllers.length === 0);
		const hierarchy = this.#hierarchies.find((each) =>
			version === 1 ? each.controllers.includes(controller) : each.version === 2,
		);
		if (membership === undefined || hierarchy === undefined) return {version, line: []};
		const path = pathBelow(hierarchy.root, membership.path, this.#above);
		if (path === null) return {version, line: []};
		const steps = path.split('/').filter((step) => step !== '');
		if (steps.length > MAX_DEPTH) return {version, line: []};
		const line: string[] = [];
		for (let depth = steps.length; depth >= 0; depth--) {
			line.push(join(hierarchy.directory, ...steps.slice(0, depth)));
		}
		return {version, line};
	}

	/** The mounts as we see them; where /proc is another's, as its first process sees them. */
	#mounts(clockMs: number): void {
		if (clockMs - this.#mountsMs < MOUNTS_MS) return;
		this.#mountsMs = clockMs;
		const root = this.#procRoot;
		const own = root === '/proc' ? parseMounts(trySmall(`${root}/self/mountinfo`) ?? '', '') : [];
		this.#hierarchies = own.length > 0 ? own : parseMounts(trySmall(`${root}/1/mountinfo`) ?? '', `${root}/1/root`);
		const first = parseMembership(trySmall(`${root}/1/cgroup`) ?? '').find(({path}) => path.startsWith('/..'));
		this.#above = /^(?:\/\.\.)*/.exec(first?.path ?? '')?.[0] ?? '';
	}

	#read(group: Group, clockMs: number, recheckMs: number): void {
		group.readMs = clockMs;
		if (clockMs - group.limitsMs >= recheckMs) {
			group.limitsMs = clockMs;
			readLimits(group);
		}
		let throttledPercent: number | null = group.cpu === null ? null : 0;
		for (const throttle of group.throttles) {
			const share = throttledShare(throttle, clockMs);
			if (share === null) throttledPercent = null;
			else if (throttledPercent !== null) throttledPercent = Math.max(throttledPercent, Math.round(100 * share));
		}
		const cpus = group.throttles.map((each) => each.cpus);
		group.use = {
			throttledPercent,
			cpuLimit: cpus.length === 0 ? null : Math.round(1000 * Math.min(...cpus)) / 1000,
			...readMemory(group),
		};
	}
}

type Membership = {readonly controllers: readonly string[]; readonly path: string};

/** Lines `HIERARCHY:CONTROLLERS:PATH`; version 2 has no controllers there (cgroups(7)). */
export function parseMembership(text: string): Membership[] {
	return text.split('\n').flatMap((line) => {
		const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
		if (controllers === undefined || path === undefined) return [];
		return {controllers: controllers.split(',').filter((name) => name !== ''), path};
	});
}

/** The cgroup mounts of a mountinfo (proc_pid_mountinfo(5)), below `prefix`. */
export function parseMounts(text: string, prefix: string): Hierarchy[] {
	return text.split('\n').flatMap((line): Hierarchy[] => {
		const [mount = '', superBlock = ''] = line.split(' - ');
		const [, , , root, directory] = mount.split(' ').map(unescaped);
		const [type, , options = ''] = superBlock.split(' ');
		if (root === undefined || directory === undefined) return [];
		if (type === 'cgroup2') return [{version: 2, directory: prefix + directory, root, controllers: []}];
		if (type !== 'cgroup') return [];
		return [{version: 1, directory: prefix + directory, root, controllers: options.split(',')}];
	});
}

/** mountinfo writes blanks as octal. */
function unescaped(field: string): string {
	return field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/**
The path of a group below what is mounted; null: it lies outside. What lies outside a cgroup namespace shows with as many
`/..` before it as there are levels between: `above` are those of the first process, which is at the top.
*/
export function pathBelow(root: string, path: string, above: string): string | null {
	let whole = path;
	if (above !== '' && whole.startsWith(above)) whole = whole.slice(above.length) || '/';
	if (whole.split('/').includes('..')) return null;
	if (root === '/' || root === above || root.startsWith('/..')) return whole;
	if (whole === root) return '/';
	return whole.startsWith(`${root}/`) ? whole.slice(root.length) : null;
}

/** Which of the groups above it, and itself, have a limit. */
function readLimits(group: Group): void {
	const before = new Map(group.throttles.map((throttle) => [throttle.statPath, throttle]));
	group.throttles = group.cpuLine.flatMap((directory) => {
		const quota = quotaOf(directory, group.version.cpu);
		if (quota === null) return [];
		const statPath = `${directory}/cpu.stat`;
		const known = before.get(statPath);
		const isSame = known?.cpus === quota.cpus && known.periodMs === quota.periodMs;
		return known !== undefined && isSame ? known : {statPath, ...quota, looks: []};
	});
	const name = group.version.memory === 2 ? 'memory.max' : 'memory.limit_in_bytes';
	const limits = group.memoryLine.flatMap((directory) => {
		const limit = numberOf(trySmall(`${directory}/${name}`));
		return limit ?? [];
	});
	group.memoryLimitBytes = limits.length === 0 ? null : Math.min(...limits);
}

function quotaOf(directory: string, version: 1 | 2): {cpus: number; periodMs: number} | null {
	const [quota, period] =
		version === 2
			? (trySmall(`${directory}/cpu.max`) ?? '').trim().split(' ').map(numberOf)
			: [numberOf(trySmall(`${directory}/cpu.cfs_quota_us`)), numberOf(trySmall(`${directory}/cpu.cfs_period_us`))];
	if (quota == null || period == null || quota <= 0 || period <= 0) return null;
	return {cpus: quota / period, periodMs: period / 1000};
}

/** Periods in which it was throttled, in ms, of the time since the oldest look; null at the first one. */
function throttledShare({statPath, periodMs, looks}: Throttle, clockMs: number): number | null {
	const throttled = fieldOf(trySmall(statPath) ?? '', 'nr_throttled');
	if (throttled === null) return null;
	while (looks[1] !== undefined && clockMs - looks[1].clockMs >= WINDOW_MS) looks.shift();
	const [oldest] = looks;
	looks.push({clockMs, throttled});
	if (oldest === undefined || clockMs <= oldest.clockMs || throttled < oldest.throttled) return null;
	return Math.min(1, ((throttled - oldest.throttled) * periodMs) / (clockMs - oldest.clockMs));
}

function readMemory({memory, version, memoryLimitBytes}: Group): Omit<CgroupUse, 'throttledPercent' | 'cpuLimit'> {
	if (memory === null) return {memoryBytes: null, memoryLimitBytes: null, oomKills: null};
	const [current, events] =
		version.memory === 2 ? ['memory.current', 'memory.events'] : ['memory.usage_in_bytes', 'memory.oom_control'];
	return {
		// how much it takes matters where that is limited
		memoryBytes: memoryLimitBytes === null ? null : numberOf(trySmall(`${memory}/${current}`)),
		memoryLimitBytes,
		oomKills: fieldOf(trySmall(`${memory}/${events}`) ?? '', 'oom_kill'),
	};
}

/** The number after a name at the beginning of a line. */
export function fieldOf(text: string, name: string): number | null {
	for (const line of text.split('\n')) {
		if (line.startsWith(`${name} `)) return numberOf(line.slice(name.length + 1));
	}
	return null;
}

/**
null: none, or larger than what a number holds to the last digit; so is what version 1 says instead of "no limit", the
largest number of pages (PAGE_COUNTER_MAX).
*/
function numberOf(text: string | null | undefined): number | null {
	const digits = text?.trim() ?? '';
	const number = /^\d{1,19}$/.test(digits) ? Number(digits) : Number.NaN;
	return Number.isSafeInteger(number) ? number : null;
}
