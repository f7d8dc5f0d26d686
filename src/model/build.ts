/** What a window of snapshots means, before any verdict: pure, and cheap enough for every tick. */
import {allConnections, noConnections, sumOfConnections} from '../parse/tcp-state.ts';
import {OWN_PROCESS} from '../reading.ts';
import type {BackendFacts, Snapshot} from '../snapshot.ts';
import type {InstanceWindow, Window} from './history.ts';
import {merged, quantile} from './metric.ts';
import type {BackendModel, InstanceModel, Model, ResponseTimes} from './model.ts';
import {MULTIPLEXED_FOR_MS} from './multiplexed.ts';
import {roleOf} from './roles.ts';
import type {BackendTrack} from './track.ts';

/** Response times are taken from the exchanges of this long. */
export const RESPONSE_SPAN_MS = 15_000;

export type BuildOptions = {
	readonly source: Model['source'];
	/** `--name` and the config: `ip:port` or `ip` → name. They win over what a source found on disk. */
	readonly names?: ReadonlyMap<string, string>;
};

export function build(window: Window, options: BuildOptions): Model {
	const instances = window.instances.map((instance) => buildInstance(instance, options));
	return {
		time: window.time,
		clockMs: window.clockMs,
		source: options.source,
		isTimeAssumed: instances.some((instance) => instance.snapshot.isTimeAssumed),
		problem: window.problem,
		backoff: window.backoff,
		instances,
	};
}

function buildInstance(window: InstanceWindow, options: BuildOptions): InstanceModel {
	const snapshot = window.recent.at(-1) as Snapshot;
	const facts = new Map(snapshot.backends.map((backend) => [backend.address, backend]));
	const backends = [...window.backends.values()].map((track) =>
		buildBackend(track, facts.get(track.address) ?? null, snapshot, options),
	);
	const {deltas, sincePreviousMs} = snapshot;
	return {
		id: window.id,
		instance: snapshot.instance,
		snapshot,
		lastRead: window.lastRead,
		problem: snapshot.problem,
		listeners: snapshot.listeners,
		clients: sumOfConnections(snapshot.listeners.map((listener) => listener.connections)),
		connections: sumOfConnections(backends.map((backend) => backend.connections)),
		backends,
		process: snapshot.servers?.get(OWN_PROCESS) ?? null,
		openedPerSecond: perSecond(
			snapshot.backends.reduce<number | null>(
				(sum, backend) => (sum === null || backend.opened === null ? null : sum + backend.opened),
				0,
			),
			sincePreviousMs,
		),
		refusedPerSecond: perSecond(deltas.attemptFails, sincePreviousMs),
		retransmittedPerSecond: perSecond(deltas.retransSegs, sincePreviousMs),
		track: window,
	};
}

function buildBackend(
	track: BackendTrack,
	now: BackendFacts | null,
	snapshot: Snapshot,
	options: BuildOptions,
): BackendModel {
	const connections = now?.connections ?? noConnections();
	const total = allConnections(connections);
	const isRead = snapshot.problem === null;
	const info = now?.info ?? null;
	const hasInfo = snapshot.rowSource !== 'text' && isRead;
	const {lastMultiplexedMs} = track;
	const isMultiplexed = lastMultiplexedMs !== null && snapshot.clockMs - lastMultiplexedMs < MULTIPLEXED_FOR_MS;
	const {opened, closed} = track.flows(snapshot.clockMs);
	return {
		address: track.address,
		name: nameOf(track.address, snapshot, options),
		role: roleOf(track.address),
		now,
		connections,
		total,
		opened,
		closed,
		openedPerSecond: isRead ? perSecond(now === null ? 0 : now.opened, snapshot.sincePreviousMs) : null,
		ended: snapshot.endings == null ? null : track.ended(snapshot.clockMs),
		timeWaitShare: total > 0 ? connections.timeWait / total : null,
		isMultiplexed,
		waiting: isMultiplexed ? null : (info?.waiting ?? (hasInfo ? 0 : null)),
		oldestWaitMs: isMultiplexed ? null : (info?.oldestWaitMs ?? null),
		responseMs: isMultiplexed ? null : responseTimes(track, snapshot.clockMs - RESPONSE_SPAN_MS),
		rttMs: info?.rttUs == null ? null : info.rttUs / 1000,
		server: snapshot.servers?.get(track.address) ?? null,
		seenMs: track.seenMs(snapshot.clockMs),
		retransmitting: now === null ? 0 : now.synRetransmitted + now.retransmittingOnce + now.keepaliveUnanswered,
		track,
	};
}

/** null when unknown, or when the readings lie too close together to make a rate of. */
function perSecond(count: number | null, sinceMs: number | null): number | null {
	if (count === null || sinceMs === null || sinceMs < 50) return null;
	return (count * 1000) / sinceMs;
}

function nameOf(address: string, snapshot: Snapshot, {names}: BuildOptions): string | null {
	const ip = address.slice(0, address.lastIndexOf(':')).replace(/^\[|\]$/g, '');
	return names?.get(address) ?? names?.get(ip) ?? snapshot.names.get(address) ?? snapshot.names.get(ip) ?? null;
}

/** The exchanges of all readings after `sinceClockMs`, in one histogram. */
export function responseHistogram(track: BackendTrack, sinceClockMs: number): number[] {
	const histograms: (readonly number[])[] = [];
	for (let i = track.recent.length - 1; i >= 0; i--) {
		const sample = track.recent[i];
		if (!sample || sample.clockMs <= sinceClockMs) break;
		histograms.push(sample.facts?.info?.answers ?? []);
	}
	return merged(histograms);
}

function responseTimes(track: BackendTrack, sinceClockMs: number): ResponseTimes | null {
	const histogram = responseHistogram(track, sinceClockMs);
	const p50 = quantile(histogram, 0.5);
	const p95 = quantile(histogram, 0.95);
	if (p50 === null || p95 === null) return null;
	let count = 0;
	for (let i = 1; i < histogram.length; i += 2) count += histogram[i] ?? 0;
	return {p50, p95, count};
}
