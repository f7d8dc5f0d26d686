/**
A Reading is what one instant's files said about one instance: live, remote and recorded differ only in where it comes
from. Everything after it (fold, model, findings, views) is the same code, which is why a replay equals the live view.
*/
import type {VisitEnding} from './parse/ending.ts';
import type {TableCount, Visit} from './parse/row.ts';
import type {Counters} from './parse/snmp.ts';

export type {Counters};

/** One Traefik process, as far as the reading knows. */
export type Instance = {
	/** `host/pid`, the pid alone where the host is unknown, `?` where both are. Unique among the instances of a source. */
	readonly id: string;
	readonly host: string | null;
	/** The `--via` command through which it is read. */
	readonly via: string | null;
	readonly pid: number | null;
	/** When the process started, Unix ms. */
	readonly startedAt: number | null;
	/** Inode number of its network namespace. */
	readonly netns: number | null;
};

/** The ephemeral ports Traefik dials from: net.ipv4.ip_local_port_range of its namespace. */
export type PortRange = {
	readonly low: number;
	readonly high: number;
	/** It could not be read from inside the namespace: the kernel's default was taken. */
	readonly isAssumed: boolean;
};

/** What a kernel dials from unless told otherwise, where the instance's own range is not to be had. */
export const ASSUMED_PORTS: PortRange = {low: 32768, high: 60999, isAssumed: true};

export type RowSource = 'netlink' | 'text' | 'text+ss';

/** Why not every row can be told apart, said on screen. */
export type Descriptors =
	/** A set of the process's socket inodes, as of `inodes()`. */
	| 'readable'
	/** /proc/PID/fd may not be read: needs root or the user Traefik runs as. */
	| 'denied'
	/** The recording holds none. */
	| 'absent';

/** What runs at a backend's address, where its connections end on the machine that is read: their other end was seen. */
export type Server = {
	/** The process that listens there, of several the oldest that is not stopped; null: it cannot be told who. */
	readonly pid: number | null;
	/** Its name (comm), or its script's where that is an interpreter; sanitised. */
	readonly name: string | null;
	/** Its state as in /proc/PID/stat: R, S, D, T (stopped), Z and so on; null: unknown, or it has ended. */
	readonly state: string | null;
	/** False: nothing listens there any more. */
	readonly isListening: boolean;
	/** Connections that it has not accepted, and how many may wait. */
	readonly acceptQueue: number | null;
	readonly acceptLimit: number | null;
	/** Its ends of connections on which bytes lie unread; null: not looked at. */
	readonly unread: number | null;
	/** Its ends that the other side closed and it has not. */
	readonly closeWait: number | null;
	/** Open descriptors and their soft limit, of the process among those that listen that is nearest to it. */
	readonly openFiles: number | null;
	readonly openFilesLimit: number | null;
	/** Its ends of connections that a process has accepted; null: not looked at. */
	readonly accepted: number | null;
	/** Unix ms at which the process began; null: unknown. */
	readonly startedAt: number | null;
	/** Unix ms of the look that found it ended; null: it runs, or is not known. */
	readonly endedAt: number | null;
	/** How often another process took its place within RESTARTS_MS, as far as that was watched. */
	readonly restarts: number | null;
	/** Whether the kernel killed for want of memory when the last one ended: in its control group, or somewhere on the machine. */
	readonly oomKill: 'own' | 'machine' | null;
	/** Processes that hold the listening socket beside their parent; null: unknown. */
	readonly workers: number | null;
	/** CPU of all of them, 100 for one processor; null: unknown. */
	readonly cpuPercent: number | null;
	/** Share of the time in which its control group was throttled, 0 to 100; null: unknown. */
	readonly throttledPercent: number | null;
	/** Processors that its control group may use at a time; null: no limit, or unknown. */
	readonly cpuLimit: number | null;
	readonly memoryBytes: number | null;
	readonly memoryLimitBytes: number | null;
	/** Processes killed for memory in its control group within RESTARTS_MS, as far as that was watched. */
	readonly oomKills: number | null;
	/** Where a proxy of the container engine (docker-proxy) passes connections on to, from its command line; sanitised. */
	readonly forwardsTo: string | null;
};

/** The key of Traefik's own process among the servers: no address. */
export const OWN_PROCESS = 'traefik';

/** Restarts and kills are counted over this long, ms. */
export const RESTARTS_MS = 5 * 60_000;

/** A server of which nothing is known. */
export const UNKNOWN_SERVER: Server = {
	...{pid: null, name: null, state: null, isListening: false, acceptQueue: null, acceptLimit: null, unread: null},
	...{closeWait: null, openFiles: null, openFilesLimit: null, accepted: null, startedAt: null, endedAt: null},
	...{restarts: null, oomKill: null, workers: null, cpuPercent: null, throttledPercent: null, cpuLimit: null},
	...{memoryBytes: null, memoryLimitBytes: null, oomKills: null, forwardsTo: null},
};

/** Whether all processes that listen there are stopped. */
export function isStopped({state, pid}: Server): boolean {
	return pid !== null && isStoppedState(state);
}

/** Of /proc/PID/stat. T: by a signal; t: by a debugger. */
export function isStoppedState(state: string | null): boolean {
	return state === 'T' || state === 't';
}

/** A backend whose server is asked for. */
export type Dialled = {
	readonly address: string;
	/** As in a Row. */
	readonly words: Uint32Array;
	readonly port: number;
	/** Something is wrong with it: its ends are worth a look. */
	readonly isInQuestion: boolean;
	/** This end of some of its connections. */
	connections(): readonly LocalEnd[];
};

export type LocalEnd = {readonly words: Uint32Array; readonly port: number};

export type Reading = {
	readonly instance: Instance;
	/** Unix ms. */
	readonly time: number;
	/** A clock that never jumps, ms; null in recordings that hold none. */
	readonly monotonicMs: number | null;
	/** The times are assumed (a hand-saved file without any), one second each. */
	readonly isTimeAssumed: boolean;
	/** The interval the recorder aimed at, ms; null where it is unknown. */
	readonly intervalMs: number | null;
	/** Why the tables could not be read, one clause; then there are no rows. */
	readonly problem: string | null;
	readonly rowSource: RowSource;
	/** Why the rows have no tcp_info although it was wanted, one clause; else null or left out. */
	readonly rowSourceReason?: string | null;
	/** Whether no other process has a socket in this namespace: then every row is Traefik's. null: unknown. */
	readonly isAlone: boolean | null;
	readonly descriptors: Descriptors;
	/**
	The process's socket inodes. The fold asks only when it meets a socket it cannot settle otherwise; a live source then
	reads /proc/PID/fd, a recording gives the set it holds. null: not to be had (now).
	*/
	inodes(): ReadonlySet<number> | null;
	readonly counters: Counters;
	readonly ports: PortRange | null;
	/** Names for `ip:port` or `ip` that the source knows (a container's name, /etc/hosts), sanitised. */
	readonly names: ReadonlyMap<string, string>;
	/** Open descriptors and their soft limit (/proc/PID/fd, /proc/PID/limits); null: unknown. */
	readonly openFiles: {readonly open: number; readonly limit: number} | null;
	/** How long reading took before the rows were visited, ms. */
	readonly readMs: number;
	/**
	Visits the connections of the namespace that ended since the reading before, in the order in which the kernel told of them
	(parse/ending.ts): call it after `visit`. null or left out: not to be had, for `endingsReason`.
	*/
	readonly endings?: ((visit: VisitEnding) => EndingCount) | null;
	/** One clause; null or left out: nobody wanted them. */
	readonly endingsReason?: string | null;
	/**
	What runs at the backends, by address, those only that were found on this machine; and under OWN_PROCESS Traefik's own
	process, without what its listeners and descriptors say elsewhere in the reading. Call it after `visit`: a live source
	then looks for them, a recording gives what it holds. null or left out: not to be had.
	*/
	readonly servers?: ((dialled: readonly Dialled[]) => ReadonlyMap<string, Server> | null) | null;
	/** Why those in other network namespaces are not among them, one clause; null or left out: they are, or nobody wanted them. */
	readonly serversReason?: string | null;
	/** Visits every row of the namespace, LISTEN ones before those of their connections. Call it once. */
	visit(visit: Visit): TableCount;
};

/** `lost`: endings that the kernel had no room for, at least this many: they are in no visit. */
export type EndingCount = {readonly rows: number; readonly torn: number; readonly lost: number};

export const NO_COUNTERS: Counters = {
	activeOpens: null,
	passiveOpens: null,
	attemptFails: null,
	estabResets: null,
	inSegs: null,
	outSegs: null,
	retransSegs: null,
	outRsts: null,
	inDestUnreachs: null,
	outDestUnreachs: null,
	listenOverflows: null,
	listenDrops: null,
	tcpTimeouts: null,
};

/** What a reading says that has seen nothing yet. */
export const NOTHING_READ = {
	isTimeAssumed: false,
	problem: null,
	rowSource: 'text',
	isAlone: null,
	descriptors: 'absent',
	inodes: () => null,
	counters: NO_COUNTERS,
	ports: null,
	names: new Map(),
	openFiles: null,
	readMs: 0,
	visit: () => ({rows: 0, torn: 0}),
} as const satisfies Partial<Reading>;

/** Looks cost too much for the interval that was asked for, so it is longer. */
export type Backoff = {
	readonly intervalMs: number;
	readonly wantedIntervalMs: number;
	/** CPU time of a look, all that is done with it included. */
	readonly costMs: number;
};

/** All instances' readings of one instant. Empty: no Traefik was seen. */
export type Tick = {
	readonly time: number;
	readonly readings: readonly Reading[];
	/**
	Ids of instances that are between two of their readings: recordings of different intervals, side by side. They are
	remembered as they were last seen.
	*/
	readonly between?: readonly string[];
	/** Why no instance can be seen at all, one clause (no Traefik, hidepid, the remote is silent); else null. */
	readonly problem: string | null;
	/** Live, and only while it is so. */
	readonly backoff?: Backoff;
	/** Of a recording whose times go back: it is the one that was asked for by its time. */
	readonly isMeant?: true;
};
