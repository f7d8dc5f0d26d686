/** Models and assessments made by hand: what the screen is fed in tests. */
import type {Assessment, BackendAssessment, InstanceAssessment} from '../../src/detect/assessment.ts';
import {type Finding, type Severity, STATES, type State} from '../../src/detect/finding.ts';
import type {RuleId} from '../../src/detect/index.ts';
import type {BackendModel, InstanceModel, Model} from '../../src/model/model.ts';
import {BackendTrack} from '../../src/model/track.ts';
import {allConnections, type Connections, noConnections} from '../../src/parse/tcp-state.ts';
import {NO_COUNTERS, type Server} from '../../src/reading.ts';
import type {BackendFacts, ExchangeFacts, Snapshot} from '../../src/snapshot.ts';
import {NEW_PLAYBACK, type Playback} from '../../src/ui/state/playback.ts';

/** 2026-11-22 14:02:11 UTC. */
export const NOW = Date.UTC(2026, 10, 22, 14, 2, 11);

export type Spec = {
	readonly server?: Server;
	readonly address: string;
	readonly name?: string | null;
	readonly state?: State;
	readonly role?: string;
	/** Counts now, or at an age of this many seconds. */
	readonly at?: (ageSeconds: number) => Partial<Connections>;
	/** Why its state is unknown. */
	readonly caveat?: string;
	readonly isMultiplexed?: boolean;
	readonly responseMs?: number | null;
	readonly waiting?: number | null;
	readonly findings?: readonly FindingSpec[];
};

export type FindingSpec = {
	readonly rule: RuleId;
	readonly severity: Severity;
	readonly message: string;
	readonly hint?: string;
	/** Seconds ago. */
	readonly openedAgo?: number;
};

export type WorldSpec = {
	readonly backends: readonly Spec[];
	readonly time?: number;
	readonly problem?: string | null;
	readonly id?: string;
	readonly snapshot?: Partial<Snapshot>;
	/** Seconds of history. */
	readonly history?: number;
	readonly findings?: readonly FindingSpec[];
};

export type World = {readonly model: Model; readonly assessment: Assessment};

export function world(...specs: WorldSpec[]): World {
	const time = specs[0]?.time ?? NOW;
	const built = specs.map((spec) => instance({...spec, time}));
	const verdicts = new Map(built.map(({model, verdict}) => [model.id, verdict]));
	const counts = {down: 0, degraded: 0, unknown: 0, ok: 0, idle: 0};
	for (const verdict of verdicts.values()) for (const {state} of verdict.backends.values()) counts[state]++;
	const open = [...verdicts.values()].flatMap(({findings, backends}) => [
		...findings,
		...[...backends.values()].flatMap((backend) => backend.findings),
	]);
	const rank = ({severity}: Finding) => ['down', 'degraded', 'notice'].indexOf(severity);
	open.sort((a, b) => rank(a) - rank(b) || a.from - b.from);
	return {
		model: {
			time,
			clockMs: time,
			source: 'live',
			isTimeAssumed: false,
			problem: specs.length === 0 ? 'no process named traefik' : null,
			instances: built.map(({model}) => model),
		},
		assessment: {
			state: STATES.find((state) => counts[state] > 0) ?? 'idle',
			counts,
			instances: verdicts,
			open,
			opened: [],
			closed: [],
			worst: open.find(({severity}) => severity !== 'notice') ?? null,
		},
	};
}

function instance(spec: WorldSpec & {readonly time: number}): {model: InstanceModel; verdict: InstanceAssessment} {
	const {time, problem = null, id = 'lb1/4121'} = spec;
	const [host = 'lb1', pid = '0'] = id.split('/');
	const snapshot = snapshotOf(time, {
		problem,
		instance: {id, host, via: null, pid: Number(pid), startedAt: time - 273_600_000, netns: 4026531840},
		...spec.snapshot,
	});
	const backends = spec.backends.map((backend) => backendOf(backend, snapshot, spec.history ?? 70));
	const all = noConnections();
	for (const {connections} of backends) all.established += connections.established;
	for (const {connections} of backends) all.timeWait += connections.timeWait;
	for (const {connections} of backends) all.closeWait += connections.closeWait;
	const verdicts = new Map(
		spec.backends.map((backend): [string, BackendAssessment] => [
			backend.address,
			{
				state: problem === null ? (backend.state ?? 'ok') : 'unknown',
				since: time - 74_000,
				caveat: backend.caveat ?? null,
				findings: (backend.findings ?? []).map((finding) => findingOf(finding, id, backend.address, time)),
			},
		]),
	);
	return {
		model: {
			id,
			instance: snapshot.instance,
			snapshot,
			lastRead: problem === null ? snapshot : null,
			problem,
			listeners: snapshot.listeners,
			clients: {...noConnections(), established: 1204},
			connections: all,
			backends,
			process: null,
			openedPerSecond: 38,
			refusedPerSecond: 0,
			retransmittedPerSecond: 3,
			track: {firstSeenMs: 0, recent: [snapshot]},
		},
		verdict: {
			state: 'ok',
			since: time - 60_000,
			findings: (spec.findings ?? []).map((finding) => findingOf(finding, id, null, time)),
			backends: verdicts,
		},
	};
}

export function findingOf(spec: FindingSpec, instance: string, backend: string | null, time: number): Finding {
	const from = Math.min(time, NOW) - (spec.openedAgo ?? 4) * 1000;
	return {
		instance,
		backend,
		rule: spec.rule,
		severity: spec.severity,
		from,
		to: null,
		message: spec.message,
		hint: spec.hint ?? 'look at the process behind this address',
		evidence: {began: from - 3000, sockets: 37, oldestSeconds: 74.2},
	};
}

function backendOf(spec: Spec, snapshot: Snapshot, history: number): BackendModel {
	const {address, at = () => ({established: 12})} = spec;
	const track = new BackendTrack(address, snapshot.clockMs - history * 1000);
	let now: BackendFacts | null = null;
	for (let age = history; age >= 0; age--) {
		const clockMs = snapshot.clockMs - age * 1000;
		const connections = {...noConnections(), ...at(age)};
		now = allConnections(connections) === 0 ? null : factsOf(address, connections, spec);
		track.add({time: clockMs, clockMs, facts: now, snapshot: {...snapshot, time: clockMs, clockMs}});
	}
	const connections = {...noConnections(), ...at(0)};
	const total = allConnections(connections);
	const {responseMs = 20} = spec;
	return {
		address,
		name: spec.name ?? null,
		role: spec.role ?? null,
		now,
		connections,
		total,
		opened: 1234,
		closed: 1200,
		openedPerSecond: 4,
		ended: null,
		timeWaitShare: total === 0 ? null : connections.timeWait / total,
		isMultiplexed: spec.isMultiplexed ?? false,
		waiting: spec.waiting === undefined ? 2 : spec.waiting,
		oldestWaitMs: 24,
		responseMs: responseMs === null ? null : {p50: responseMs, p95: responseMs * 2, count: 310},
		rttMs: 0.1,
		retransmitting: connections.synSent,
		seenMs: history * 1000,
		server: spec.server ?? null,
		track,
	};
}

function factsOf(address: string, connections: Connections, {responseMs = 20, waiting = 2}: Spec): BackendFacts {
	const info: ExchangeFacts | null =
		responseMs === null
			? null
			: {
					...{
						sockets: connections.established,
						waiting: waiting ?? 0,

						oldestWaitMs: 24,
						spare: 0,
						streaming: 0,
					},
					...{
						largeAnswers: 0,
						passedOver: 0,
						oldestPassedOverMs: null,
						multiplexed: 0,
						multiplexedOwing: 0,
						multiplexedSilentMs: null,
					},
					...{hidden: [], rests: [], asked: 10, waitingUsedOver2s: 0},
					...{waits: [], youngUnanswered: 0, youngAnswered: 0},
					...{
						completed: 10,
						responses: [responseMs, 10],
						answers: [responseMs, 10],
						sentBytes: 1000,
						progressed: 10,
					},
					...{segmentsOut: 10, segmentsRetransmitted: 0, socketsRetransmitting: 0, rttUs: 100, minRttUs: 50},
				};
	return {
		...{
			address,
			connections,
			opened: 4,
			closed: 4,
			openedLive: 4,
			survivors: connections.established,
			synVanished: 0,
			vanished: 0,
			vanishedWaiting: 0,
			ends: [],
			answeredAgoMs: 24,
			answeredNew: 4,
			abandoned: 0,
			oldestAbandonedMs: null,
			moved: 5,
		},
		...{oldestCloseWaitMs: null, closeWaitEmpty: 0, closeWaitFinOnly: 0, closeWaitData: 0},
		...{peerAcceptQueue: null, peerAcceptLimit: null, peerCloseWait: null, oldestPeerCloseWaitMs: null},
		...{oldestSynSentMs: null, finWait2Orphans: 0, oldestFinWait2OrphanMs: null},
		...{synRetransmitted: connections.synSent, retransmittingOnce: 0, retransmittingTwice: 0},
		...{
			synRetransmittedYoung: 0,
			dialsTimedOut: 0,
			freshestAckMs: null,
			stuckWhole: 0,
			youngestStuckMs: null,
			lossy: 0,
		},
		...{youngestFinWait2OrphanMs: null, ownCloses: 0, connected: 0},
		...{keepaliveUnanswered: 0, zeroWindow: 0, oldestZeroWindowMs: null, unsentSockets: 0, oldestUnsentMs: null},
		...{neverAnswered: 0, oldestNeverAnsweredMs: null, neverAnsweredGrown: 0, oldestNeverAnsweredGrownMs: null},
		...{used: connections.established, txQueueBytes: 0, rxQueueBytes: 0, info, localPorts: 10},
	};
}

function snapshotOf(time: number, part: Partial<Snapshot> & Pick<Snapshot, 'instance'>): Snapshot {
	return {
		...{time, clockMs: time, isTimeAssumed: false, sincePreviousMs: 1000, isAfterGap: false, problem: null},
		...{attribution: 'namespace', descriptors: 'readable', rowSource: 'netlink', backends: []},
		listeners: [
			{
				...{address: '[::]:80', acceptQueue: 0, acceptLimit: 4096, opened: 30, closed: 30},
				connections: {...noConnections(), established: 1204},
			},
		],
		...{
			counters: {...NO_COUNTERS, attemptFails: 7},
			deltas: NO_COUNTERS,
			ports: {low: 32768, high: 60999, isAssumed: false},
		},
		...{openFiles: {open: 1400, limit: 1_048_576}, names: new Map(), rows: 1630, tornRows: 0, foreignRows: 0},
		...{isShared: false, foreignOpened: 0, readMs: 1.8},
		...part,
	};
}

export function playback(part: Partial<Playback> = {}): Playback {
	return {
		...NEW_PLAYBACK,
		position: NOW,
		from: NOW - 900_000,
		to: NOW,
		self: {cpuPercent: 0.4, rssBytes: 61_000_000},
		...part,
	};
}
