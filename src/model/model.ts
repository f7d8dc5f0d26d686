/**
The model: what a window of snapshots means, before any verdict. Made by `build()`, read by rules and views.
*/
import type {Connections} from '../parse/tcp-state.ts';
import type {Backoff, Instance, Server} from '../reading.ts';
import type {BackendFacts, ListenerFacts, Snapshot} from '../snapshot.ts';
import type {BackendTrack, EndedCounts, InstanceTrack} from './track.ts';

export type ResponseTimes = {
	/** ms. */
	readonly p50: number;
	readonly p95: number;
	/** Exchanges they are taken from. */
	readonly count: number;
};

export type BackendModel = {
	readonly address: string;
	/** From --name, the config, or files on disk; sanitised. */
	readonly name: string | null;
	/** What a well-known port suggests when it may not be a backend (a provider, tracing, ACME): a hint to --ignore. */
	readonly role: string | null;
	/** This reading's facts; null when it has no row and none vanished. */
	readonly now: BackendFacts | null;
	readonly connections: Connections;
	/** Every row, TIME_WAIT included. */
	readonly total: number;
	/** 4-tuples that came and went within LOOKBACK_MS. */
	readonly opened: number;
	readonly closed: number;
	readonly openedPerSecond: number | null;
	/** Connections that ended within LOOKBACK_MS; null: the kernel's notices are not to be had. */
	readonly ended: EndedCounts | null;
	/** TIME_WAIT ÷ all rows; null without rows. */
	readonly timeWaitShare: number | null;
	/** Its connections carry many requests at a time (HTTP/2, gRPC): what waits and how long answers take is unknown. */
	readonly isMultiplexed: boolean;
	readonly waiting: number | null;
	readonly oldestWaitMs: number | null;
	/** Over the last 15 s. */
	readonly responseMs: ResponseTimes | null;
	readonly rttMs: number | null;
	/** SYN_SENT or ESTABLISHED sockets that retransmit, or whose probes go unanswered. */
	readonly retransmitting: number;
	/** ms for which it has been watched, at most LOOKBACK_MS. */
	readonly seenMs: number;
	/** What runs there, where that is on the machine that is read and was found; null: not known. */
	readonly server: Server | null;
	/** Facts over time. */
	readonly track: BackendTrack;
};

export type InstanceModel = {
	readonly id: string;
	readonly instance: Instance;
	/** The newest snapshot, which may have a `problem`. */
	readonly snapshot: Snapshot;
	/** The newest one that was read; null: none yet. */
	readonly lastRead: Snapshot | null;
	readonly problem: string | null;
	readonly listeners: readonly ListenerFacts[];
	/** Client connections of all listeners, by state. */
	readonly clients: Connections;
	/** Those of all backends. */
	readonly connections: Connections;
	readonly backends: readonly BackendModel[];
	/** Traefik's own process; null: not known. */
	readonly process: Server | null;
	/** Per second since the reading before; null: unknown. */
	readonly openedPerSecond: number | null;
	readonly refusedPerSecond: number | null;
	readonly retransmittedPerSecond: number | null;
	readonly track: InstanceTrack;
};

export type Model = {
	/** Unix ms of the newest look. */
	readonly time: number;
	readonly clockMs: number;
	readonly source: 'live' | 'recording';
	readonly isTimeAssumed: boolean;
	/** Why no instance can be seen at all, else null. */
	readonly problem: string | null;
	/** Live: looks are rarer than was asked for, because of what they cost; null or left out: they are not. */
	readonly backoff?: Backoff | null;
	readonly instances: readonly InstanceModel[];
};
