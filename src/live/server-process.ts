/**
What the processes of one backend are doing, and what became of those before them: who listens, in which state, how
busy, how near to its limits, how often another took its place and whether the kernel had killed it. Read of processes
that hold the backend's listening socket, of no others.
*/
import {basename} from 'node:path';
import {isStoppedState, RESTARTS_MS, type Server, UNKNOWN_SERVER} from '../reading.ts';
import {trySmall} from '../system/proc-file.ts';
import {type ProcessStat, parseStat, TICKS_PER_SECOND} from '../system/process-stat.ts';
import {stripControls} from '../text/strip-controls.ts';
import {type Cgroups, type CgroupUse, fieldOf, RECHECK_SOON_MS} from './cgroup.ts';
import {DescriptorReader, type OpenFiles} from './descriptors.ts';
import type {Process} from './find.ts';
import {startTime} from './procfs-targets.ts';

/** What of a Server its processes say. */
export type ProcessFacts = Omit<
	Server,
	'isListening' | 'acceptQueue' | 'acceptLimit' | 'unread' | 'closeWait' | 'accepted'
>;

/** The clock, and what is read once a tick for all. */
export type ProcessTick = {
	readonly clockMs: number;
	/** Unix ms. */
	readonly time: number;
	/** Kills for want of memory on the whole machine since boot (/proc/vmstat); null: unknown. */
	readonly machineOomKills: number | null;
	/** Something is wrong with the backend. */
	readonly isInQuestion?: boolean;
	/** What was read in it already: one process may listen for hundreds of backends. */
	readonly read?: {
		readonly stats: Map<Process, ProcessStat | null>;
		readonly files: Map<Process, OpenFiles | null>;
	};
};

type Known = {
	readonly name: string | null;
	/** Unix ms. */
	readonly startedAt: number | null;
	readonly forwardsTo: string | null;
	readonly descriptors: DescriptorReader;
	/** As of the last look at which enough time had passed. */
	cpu: {readonly ticks: number; readonly clockMs: number; readonly percent: number | null} | null;
};

/** Of holders: the inodes of what they hold, and whether they are all there are. */
type Held = {readonly sockets: readonly number[]; readonly isWhole: boolean};

const ALL_HOLDERS: Held = {sockets: [], isWhole: true};

type Alive = {readonly process: Process; readonly stat: ProcessStat};

const MAX_HOLDERS_READ = 16;
/** CPU time is counted in clock ticks of 10 ms: over less than this, it would be a coarse share. */
const CPU_WINDOW_MS = 900;
const MAX_REMEMBERED = 64;
/** A process that is killed frees its memory before its sockets. */
const KILLED_JUST_NOW_MS = 5_000;

/** What is read of processes, whichever backend they serve. */
export class ProcessReader {
	readonly #procRoot: string;
	readonly #cgroups: Cgroups;
	readonly #known = new WeakMap<Process, Known>();

	constructor(procRoot: string, cgroups: Cgroups) {
		this.#procRoot = procRoot;
		this.#cgroups = cgroups;
	}

	/** null: it is gone, and its number may be another's. */
	stat(process: Process, {read}: ProcessTick): ProcessStat | null {
		return known(read?.stats, process, () => {
			const stat = parseStat(trySmall(`${this.#procRoot}/${process.pid}/stat`) ?? '');
			return stat === null || stat.startTicks !== process.startTicks ? null : stat;
		});
	}

	openFiles(process: Process, {clockMs, read}: ProcessTick): OpenFiles | null {
		return known(read?.files, process, () => this.of(process).descriptors.openFiles(clockMs));
	}

	/** Of a process whose sockets and descriptors are read elsewhere; null: it is gone. */
	alone(process: Process, tick: ProcessTick): Server | null {
		const {clockMs} = tick;
		const stat = this.stat(process, tick);
		if (stat === null) return null;
		const use = this.cgroup(process, tick);
		return {
			...UNKNOWN_SERVER,
			...{pid: process.pid, name: this.of(process).name, state: stat.state, isListening: true},
			startedAt: this.of(process).startedAt,
			cpuPercent: this.cpuPercent({process, stat}, clockMs),
			throttledPercent: use?.throttledPercent ?? null,
			cpuLimit: use?.cpuLimit ?? null,
			memoryBytes: use?.memoryBytes ?? null,
			memoryLimitBytes: use?.memoryLimitBytes ?? null,
		};
	}

	cgroup(process: Process, {clockMs, isInQuestion = false}: ProcessTick): CgroupUse | null {
		return this.#cgroups.use(process, clockMs, isInQuestion ? RECHECK_SOON_MS : undefined);
	}

	groupOf(process: Process): string {
		return this.#cgroups.groupOf(process);
	}

	/** null at the first look. */
	cpuPercent({process, stat}: Alive, clockMs: number): number | null {
		const known = this.of(process);
		const before = known.cpu;
		if (before === null) {
			known.cpu = {ticks: stat.cpuTicks, clockMs, percent: null};
			return null;
		}
		const elapsedMs = clockMs - before.clockMs;
		if (elapsedMs < CPU_WINDOW_MS) return before.percent;
		const usedMs = ((stat.cpuTicks - before.ticks) * 1000) / TICKS_PER_SECOND;
		const percent = Math.max(0, Math.round((100 * usedMs) / elapsedMs));
		known.cpu = {ticks: stat.cpuTicks, clockMs, percent};
		return percent;
	}

	/** What stays the same of a process, read at the first question. */
	of(process: Process): Known {
		let known = this.#known.get(process);
		if (known === undefined) {
			const {pid, comm, executable, startTicks} = process;
			const isProxy = comm === DOCKER_PROXY;
			const isTelling = isProxy || comm === NODES_NAME || (comm !== null && INTERPRETER.test(comm));
			const commandLine = isTelling ? (trySmall(`${this.#procRoot}/${pid}/cmdline`) ?? '') : '';
			known = {
				name: serverName(comm, executable, commandLine.split('\0')),
				startedAt: startTime(this.#procRoot, startTicks),
				forwardsTo: isProxy ? dockerProxyTarget(commandLine) : null,
				descriptors: new DescriptorReader(`${this.#procRoot}/${pid}`),
				cpu: null,
			};
			this.#known.set(process, known);
		}
		return known;
	}

	/** Begins a tick. The kernel adds up /proc/vmstat for whoever reads it: that is done once a tick, where a server is looked at. */
	tick(clockMs: number, time: number): ProcessTick {
		const procRoot = this.#procRoot;
		let kills: number | null | undefined;
		return {
			clockMs,
			time,
			read: {stats: new Map(), files: new Map()},
			get machineOomKills() {
				if (kills === undefined) kills = fieldOf(trySmall(`${procRoot}/vmstat`) ?? '', 'oom_kill');
				return kills;
			},
		};
	}
}

function known<Value>(map: Map<Process, Value> | undefined, process: Process, read: () => Value): Value {
	if (map === undefined) return read();
	if (!map.has(process)) map.set(process, read());
	return map.get(process) as Value;
}

/** The processes of one backend, over time. */
export class ServerHistory {
	readonly #reader: ProcessReader;
	/** The oldest that held the socket: the one that was started, whose workers come and go. */
	#main: Process | null = null;
	/** Inodes of the sockets that it held; none where systemd holds them as well. */
	#held: readonly number[] = [];
	#shown: Process | null = null;
	#about: Known | null = null;
	#endedAt: number | null = null;
	#oomKill: Server['oomKill'] = null;
	#cgroup: CgroupUse | null = null;
	/** Whose use that is (Cgroups.groupOf). */
	#group = '';
	/** As of the last look at which it lived. */
	#machineOomKills: number | null = null;
	/** clockMs of each restart, and of each kill in its control group. */
	#restarts: number[] = [];
	#kills: number[] = [];

	constructor(reader: ProcessReader) {
		this.#reader = reader;
	}

	/** `holders` hold the listening sockets, the oldest first. */
	listening(holders: readonly Process[], tick: ProcessTick, {sockets, isWhole} = ALL_HOLDERS): ProcessFacts {
		const {clockMs} = tick;
		// systemd keeps the socket of what it starts on demand
		const servers = holders.length > 1 ? holders.filter(({pid}) => pid !== 1) : holders;
		const held = servers.length === holders.length ? sockets : [];
		const alive = servers.slice(0, MAX_HOLDERS_READ).flatMap((process): Alive[] => {
			const stat = this.#reader.stat(process, tick);
			return stat === null ? [] : [{process, stat}];
		});
		this.#follow(alive[0]?.process ?? null, held, tick);
		const shown = alive.find(({stat}) => !isStoppedState(stat.state)) ?? alive[0];
		if (shown === undefined) return this.#facts(null, {...tick, isListening: true});
		this.#shown = shown.process;
		this.#about = this.#reader.of(shown.process);
		this.#watchKills(shown.process, tick);
		const files = this.#nearestToLimit(alive, tick);
		return {
			...this.#facts(shown.stat.state, {...tick, isListening: true}),
			openFiles: files?.open ?? null,
			openFilesLimit: files?.limit ?? null,
			workers: isWhole ? workersAmong(alive, servers.length) : null,
			cpuPercent: isWhole && servers.length <= MAX_HOLDERS_READ ? this.#cpuOf(alive, clockMs) : null,
		};
	}

	/** Nothing listens: who did, and what became of that process. */
	notListening(tick: ProcessTick): ProcessFacts {
		const stat = this.#shown === null ? null : this.#reader.stat(this.#shown, tick);
		if (this.#shown !== null && (stat === null || stat.isZombie)) this.#end(tick);
		return this.#facts(stat?.state ?? null, {...tick, isListening: false});
	}

	/**
	Another began where one had ended. What began is told by its age, so that an older helper does not count. A socket
	that is still there has been handed over, as HAProxy does at a reload: the kernel closes those of who dies.
	*/
	#follow(main: Process | null, held: readonly number[], tick: ProcessTick): void {
		if (main === null) return;
		const [before, heldBefore] = [this.#main, this.#held];
		this.#held = held;
		if (before === main) return;
		this.#main = main;
		if (before === null || main.startTicks < before.startTicks || this.#reader.stat(before, tick) !== null) return;
		if (held.some((inode) => heldBefore.includes(inode))) return;
		this.#end(tick);
		this.#restarts.push(tick.clockMs);
		this.#restarts = this.#restarts.slice(-MAX_REMEMBERED);
		this.#endedAt = null;
		this.#cgroup = null;
	}

	/** Once for each process. */
	#end(tick: ProcessTick): void {
		const {time, clockMs, machineOomKills} = tick;
		if (this.#endedAt !== null) return;
		this.#endedAt = time;
		const now = this.#shown === null ? null : this.#reader.cgroup(this.#shown, tick);
		const own = this.#killsSince(this.#shown, now);
		const machine = grown(this.#machineOomKills, machineOomKills);
		// the kill is counted before the process has ended
		const isKilled = own > 0 || clockMs - (this.#kills.at(-1) ?? Number.NEGATIVE_INFINITY) <= KILLED_JUST_NOW_MS;
		this.#oomKill = isKilled ? 'own' : machine > 0 ? 'machine' : null;
		if (own > 0) this.#addKills(own, clockMs);
	}

	#watchKills(process: Process, tick: ProcessTick): void {
		const {clockMs, machineOomKills} = tick;
		const use = this.#reader.cgroup(process, tick);
		const more = this.#killsSince(process, use);
		if (more > 0) this.#addKills(more, clockMs);
		this.#cgroup = use;
		this.#group = this.#reader.groupOf(process);
		this.#machineOomKills = machineOomKills;
		this.#endedAt = null;
	}

	/** In one group: those of another, or of whoever has got the number of a process that ended, say nothing. */
	#killsSince(process: Process | null, now: CgroupUse | null): number {
		if (process === null || this.#reader.groupOf(process) !== this.#group) return 0;
		return grown(this.#cgroup?.oomKills ?? null, now?.oomKills ?? null);
	}

	#addKills(count: number, clockMs: number): void {
		for (let i = 0; i < Math.min(count, MAX_REMEMBERED); i++) this.#kills.push(clockMs);
		this.#kills = this.#kills.slice(-MAX_REMEMBERED);
	}

	#facts(state: string | null, {clockMs, isListening}: ProcessTick & {isListening: boolean}): ProcessFacts {
		const isRecent = (at: number) => clockMs - at < RESTARTS_MS;
		this.#restarts = this.#restarts.filter(isRecent);
		this.#kills = this.#kills.filter(isRecent);
		const isKnown = this.#shown !== null;
		const use = isListening && isKnown ? this.#cgroup : null;
		return {
			pid: this.#shown?.pid ?? null,
			name: this.#about?.name ?? null,
			state,
			startedAt: this.#about?.startedAt ?? null,
			endedAt: this.#endedAt,
			restarts: isKnown ? this.#restarts.length : null,
			oomKill: this.#endedAt !== null || this.#restarts.length > 0 ? this.#oomKill : null,
			oomKills: isKnown ? this.#kills.length : null,
			forwardsTo: this.#about?.forwardsTo ?? null,
			...{openFiles: null, openFilesLimit: null, workers: null, cpuPercent: null},
			throttledPercent: use?.throttledPercent ?? null,
			cpuLimit: use?.cpuLimit ?? null,
			memoryBytes: use?.memoryBytes ?? null,
			memoryLimitBytes: use?.memoryLimitBytes ?? null,
		};
	}

	#nearestToLimit(alive: readonly Alive[], tick: ProcessTick): OpenFiles | null {
		let nearest: OpenFiles | null = null;
		for (const {process} of alive) {
			const files = this.#reader.openFiles(process, tick);
			if (files !== null && (nearest === null || files.open * nearest.limit > nearest.open * files.limit)) {
				nearest = files;
			}
		}
		return nearest;
	}

	/** Of all; null until each was seen twice. */
	#cpuOf(alive: readonly Alive[], clockMs: number): number | null {
		let sum: number | null = 0;
		for (const each of alive) {
			const percent = this.#reader.cpuPercent(each, clockMs);
			sum = percent === null || sum === null ? null : sum + percent;
		}
		return sum;
	}
}

/** How many take connections: those that hold the socket, but for a parent that only watches over them. */
function workersAmong(alive: readonly Alive[], holders: number): number | null {
	if (alive.length === 0) return null;
	const parents = new Set(alive.map(({stat}) => stat.ppid));
	const hasParent = alive.length > 1 && alive.some(({process}) => parents.has(process.pid));
	return Math.max(holders, alive.length) - (hasParent ? 1 : 0);
}

function grown(before: number | null, now: number | null): number {
	return before === null || now === null ? 0 : Math.max(0, now - before);
}

const DOCKER_PROXY = 'docker-proxy';

/** `172.17.0.2:80` from `-container-ip 172.17.0.2 -container-port 80`; null where the command line says something else. */
export function dockerProxyTarget(cmdline: string): string | null {
	const words = cmdline.split('\0');
	const after = (option: string) => words[words.findIndex((word) => word.replace(/^--?/, '') === option) + 1];
	const address = words.some((word) => /^--?container-ip$/.test(word)) ? after('container-ip') : undefined;
	const port = words.some((word) => /^--?container-port$/.test(word)) ? after('container-port') : undefined;
	if (address === undefined || port === undefined || !/^[\da-fA-F.:]{2,45}$/.test(address) || !/^\d{1,5}$/.test(port)) {
		return null;
	}
	return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Node calls its main thread so, which says nothing; the executable's name does. */
const NODES_NAME = 'MainThread';
const INTERPRETER = /^(?:python|pypy|ruby|perl|php|node|java|bash|sh)[\d.]*(?:-fpm)?$/;
const LONGEST_NAME = 64;

/** The script's name rather than its interpreter's: `gunicorn`, not `python3`. `args` are the command line's. */
export function serverName(comm: string | null, executable: string | null, args: readonly string[]): string | null {
	const name = comm === NODES_NAME && executable !== null ? basename(executable) : comm;
	if (name === null) return null;
	const told = INTERPRETER.test(name) ? (scriptOf(args.slice(1)) ?? name) : name;
	// a whole name as a capture holds it: without half a character at its end, and never empty
	return stripControls(told).slice(0, LONGEST_NAME).toWellFormed() || null;
}

/** What follows `-m` or `-jar`, or the first word that is neither an option nor an option's value; null: a program in an option. */
function scriptOf(words: readonly string[]): string | null {
	for (let i = 0; i < words.length; i++) {
		const word = words[i] ?? '';
		if (word === '-m' || word === '-jar') return scriptName(words[i + 1] ?? '');
		if (!word.startsWith('-')) return scriptName(word);
		if (VALUED.has(word)) i++;
		else if (/^-[a-zA-Z]$/.test(word) && !FLAGS.has(word)) return null;
	}
	return null;
}

/** Options of interpreters whose value is the next word. */
const VALUED: ReadonlySet<string> = new Set(
	'-r --require --import --loader --experimental-loader --title -C --conditions -X -W -cp -classpath --class-path -p'.split(
		' ',
	),
);

/** Short ones that take no value. */
const FLAGS: ReadonlySet<string> = new Set(['-u', '-B', '-E', '-I', '-O', '-s', '-S', '-w']);

function scriptName(path: string): string | null {
	const name = basename(path).replace(/\.(?:py|js|mjs|cjs|ts|rb|pl|php|jar|sh)$/, '');
	return /^[\w.@+-]+$/.test(name) && name !== '' ? name : null;
}
