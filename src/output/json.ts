/** `snapshot --json` and the lines of `watch`: product.md, "The JSON that scripts rely on". Fields are only ever added. */
import type {Assessment, BackendAssessment, InstanceAssessment} from '../detect/assessment.ts';
import type {Finding} from '../detect/finding.ts';
import type {BackendModel, InstanceModel, Model} from '../model/model.ts';
import {type Connections, noConnections} from '../parse/tcp-state.ts';
import {type Server, UNKNOWN_SERVER} from '../reading.ts';
import type {ListenerFacts} from '../snapshot.ts';
import type {SocketEntry} from './sockets.ts';
import {limitsOf} from './words.ts';

export type SocketsByInstance = ReadonlyMap<string, {entries(): readonly SocketEntry[]}>;

/** The object of one snapshot. `sockets`: every row of each instance's namespace, for `--sockets`. */
export function snapshotObject(model: Model, assessment: Assessment, sockets?: SocketsByInstance): object {
	return {
		schema: 1,
		time: model.time,
		source: model.source,
		state: assessment.state,
		instances: model.instances.map((instance) => ({
			...instanceObject(instance, assessment.instances.get(instance.id), model),
			...(sockets === undefined ? {} : {sockets: sockets.get(instance.id)?.entries() ?? []}),
		})),
		backoff: model.backoff ?? null,
	};
}

/** One line of `watch` per snapshot, and one per finding opened or closed at it. */
export function watchLines(model: Model, assessment: Assessment): string[] {
	const findings = (event: 'opened' | 'closed', list: readonly Finding[]) =>
		list.map((finding) => JSON.stringify({type: 'finding', event, ...findingObject(finding)}));
	return [
		JSON.stringify({type: 'snapshot', ...snapshotObject(model, assessment)}),
		...findings('closed', assessment.closed),
		...findings('opened', assessment.opened),
	];
}

/** In the order of the contract, whatever the order in which a rule wrote it. */
export function findingObject(finding: Finding): object {
	const {instance, backend, rule, severity, from, to, message, hint, evidence, peak} = finding;
	const {began, ...numbers} = evidence;
	const short = (all: Readonly<Record<string, number>>) =>
		Object.fromEntries(Object.entries(all).map(([name, value]) => [name, rounded(value, 4)]));
	const said = {instance, backend, rule, severity, from, to, message, hint, evidence: {began, ...short(numbers)}};
	return {...said, peak: short(peak ?? {})};
}

function instanceObject(model: InstanceModel, verdict: InstanceAssessment | undefined, look: Model): object {
	const {instance, problem} = model;
	const isRead = problem === null;
	const listeners = isRead ? model.listeners : (model.lastRead?.listeners ?? []);
	return {
		id: model.id,
		host: instance.host,
		via: instance.via,
		pid: instance.pid,
		netns: instance.netns,
		state: verdict?.state ?? 'unknown',
		problem,
		findings: (verdict?.findings ?? []).map(findingObject),
		listeners: listeners.map((listener) => listenerObject(listener, isRead)),
		backends: model.backends.map((backend) => backendObject(backend, verdict?.backends.get(backend.address), isRead)),
		caveat: isRead ? (verdict?.caveat ?? null) : null,
		notes: [...(model.snapshot.isTimeAssumed ? ['times are assumed: none were saved'] : []), ...limitsOf(model, look)],
		process: isRead ? processObject(model) : null,
	};
}

/** Traefik's own; its descriptors are known where its process is not. */
function processObject({process, snapshot: {openFiles}}: InstanceModel): object | null {
	if (process === null && openFiles === null) return null;
	const {state, startedAt, cpuPercent, throttledPercent, cpuLimit, memoryBytes, memoryLimitBytes} =
		process ?? UNKNOWN_SERVER;
	return {
		...{state, startedAt, openFiles: openFiles?.open ?? null, openFilesLimit: openFiles?.limit ?? null},
		...{cpuPercent, throttledPercent, cpuLimit, memoryBytes, memoryLimitBytes},
	};
}

function listenerObject(listener: ListenerFacts, isRead: boolean): object {
	const {address, acceptQueue, acceptLimit, connections} = listener;
	return {
		address,
		acceptQueue: isRead ? acceptQueue : null,
		connections: isRead ? inOrder(connections) : unknownConnections(),
		acceptLimit: isRead ? acceptLimit : null,
	};
}

function backendObject(backend: BackendModel, verdict: BackendAssessment | undefined, isRead: boolean): object {
	const {now, responseMs} = backend;
	const known = <T>(value: T): T | null => (isRead ? value : null);
	const oldestCloseWaitMs = now?.oldestCloseWaitMs ?? null;
	return {
		address: backend.address,
		name: backend.name,
		state: isRead ? (verdict?.state ?? 'unknown') : 'unknown',
		stateSince: verdict?.since ?? null,
		connections: isRead ? inOrder(backend.connections) : unknownConnections(),
		opened: known(backend.opened),
		closed: known(backend.closed),
		openedPerSecond: known(rounded(backend.openedPerSecond, 2)),
		waiting: known(backend.waiting),
		oldestWaitMs: known(rounded(backend.oldestWaitMs, 0)),
		responseMs: known(
			responseMs === null
				? null
				: {p50: rounded(responseMs.p50, 1), p95: rounded(responseMs.p95, 1), count: responseMs.count},
		),
		rttMs: known(rounded(backend.rttMs, 3)),
		txQueueBytes: known(now?.txQueueBytes ?? 0),
		rxQueueBytes: known(now?.rxQueueBytes ?? 0),
		retransmitting: known(backend.retransmitting),
		oldestCloseWaitSeconds: known(rounded(oldestCloseWaitMs === null ? null : oldestCloseWaitMs / 1000, 1)),
		findings: (verdict?.findings ?? []).map(findingObject),
		caveat: known(verdict?.caveat ?? null),
		ended: known(backend.ended),
		seenSeconds: Math.floor(backend.seenMs / 1000),
		server: known(serverObject(backend.server)),
		multiplexed: known(backend.isMultiplexed || (now?.info ? false : null)),
	};
}

function serverObject(server: Server | null): object | null {
	if (server === null) return null;
	const {pid, name, state, isListening, acceptQueue, acceptLimit, unread, closeWait, openFiles, openFilesLimit} =
		server;
	return {
		...{pid, name, state, acceptQueue, acceptLimit, unread, closeWait, openFiles, openFilesLimit},
		listening: isListening,
		...{accepted: server.accepted, startedAt: server.startedAt, endedAt: server.endedAt},
		...{restarts: server.restarts, oomKill: server.oomKill, oomKills: server.oomKills, workers: server.workers},
		...{cpuPercent: server.cpuPercent, throttledPercent: server.throttledPercent, cpuLimit: server.cpuLimit},
		...{memoryBytes: server.memoryBytes, memoryLimitBytes: server.memoryLimitBytes, forwardsTo: server.forwardsTo},
	};
}

/** Every state, in the order of the contract. */
function inOrder(connections: Connections): Connections {
	return {...noConnections(), ...connections};
}

function unknownConnections(): Record<string, null> {
	return Object.fromEntries(Object.keys(noConnections()).map((state) => [state, null]));
}

function rounded(value: number | null, digits: number): number | null {
	return value === null ? null : Number(value.toFixed(digits));
}
