/** Models and assessments made by hand: what the screen is fed in tests. */
import type {Assessment, InstanceVerdict, Verdict} from '../../src/detect/assessment.ts';
import {type Finding, type RuleId, type Severity, STATES, type State} from '../../src/finding.ts';
import type {BackendModel, InstanceModel, Model} from '../../src/model/model.ts';
import {BackendTrack} from '../../src/model/track.ts';
import {allConnections, type Connections, noConnections} from '../../src/parse/tcp-state.ts';
import {NO_COUNTERS} from '../../src/reading.ts';
import type {BackendFacts, ExchangeFacts, Snapshot} from '../../src/snapshot.ts';
import {NEW_PLAYBACK, type Playback} from '../../src/ui/playback.ts';

/** 2026-11-22 14:02:11 UTC. */
export const NOW = Date.UTC(2026, 10, 22, 14, 2, 11);

export type Spec = {
	readonly address: string;
	readonly name?: string | null;
	readonly state?: State;
	readonly role?: string;
	/** Counts now, or at an age of so many seconds. */
	readonly at?: (ageSeconds: number) => Partial<Connections>;
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

function instance(spec: WorldSpec & {readonly time: number}): {model: InstanceModel; verdict: InstanceVerdict} {
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
		spec.backends.map((backend): [string, Verdict] => [
			backend.address,
			{
				state: problem === null ? (backend.state ?? 'ok') : 'unknown',
				since: time - 74_000,
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
		timeWaitShare: total === 0 ? null : connections.timeWait / total,
		waiting: spec.waiting === undefined ? 2 : spec.waiting,
		oldestWaitMs: 24,
		responseMs: responseMs === null ? null : {p50: responseMs, p95: responseMs * 2, count: 310},
		rttMs: 0.1,
		retransmitting: connections.synSent,
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
						waitingOver2s: 0,
						oldestWaitMs: 24,
						spare: 0,
						streaming: 0,
					},
					...{waits: [], youngUnanswered: 0, youngAnswered: 0},
					...{completed: 10, responses: [responseMs, 10], receivedBytes: 1000, sentBytes: 1000, progressed: 10},
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
			abandoned: 0,
			oldestAbandonedMs: null,
			moved: 5,
		},
		...{oldestCloseWaitMs: null, closeWaitEmpty: 0, closeWaitFinOnly: 0, closeWaitData: 0, closeWaitOver60s: 0},
		...{peerAcceptQueue: null, peerAcceptLimit: null, peerCloseWait: null, oldestPeerCloseWaitMs: null},
		...{oldestSynSentMs: null, finWait2Orphans: 0, oldestFinWait2OrphanMs: null, closingRetransmitting: 0},
		...{synRetransmitted: connections.synSent, retransmittingOnce: 0, retransmittingTwice: 0, maxRetransmits: 0},
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
				...{address: '[::]:80', acceptQueue: 0, acceptLimit: 4096, closeWaitUnread: 0, opened: 30, closed: 30},
				connections: {...noConnections(), established: 1204},
			},
		],
		...{
			counters: {...NO_COUNTERS, attemptFails: 7},
			deltas: NO_COUNTERS,
			ports: {low: 32768, high: 60999, isAssumed: false},
		},
		...{openFiles: {open: 1400, limit: 1_048_576}, names: new Map(), rows: 1630, tornRows: 0, foreignRows: 0},
		...{isShared: false, foreignSynSent: 0, foreignOpened: 0, readMs: 1.8},
		...part,
	};
}

const UNREACHABLE: FindingSpec = {
	rule: 'unreachable',
	severity: 'down',
	message: '3 dials unanswered for 4 s',
	hint: 'nobody answers at 10.0.3.12: look whether the machine is up and reachable from here (route, firewall)',
};
const CLOSE_WAIT: FindingSpec = {
	rule: 'close-wait',
	severity: 'degraded',
	message: '37 sockets, oldest 74 s',
	hint: 'the other end closed, Traefik has not: a slow client is still reading',
	openedAgo: 16,
};

/** The picture of the contract: one down, one degraded, five ok, one idle. `tick` moves it on. */
export function incident(tick = 0): World {
	const wave = (base: number, phase: number) => (age: number) => ({
		established: Math.max(0, base + Math.round(4 * Math.sin((age - tick + phase) / 5))),
		timeWait: 4,
	});
	return world({
		time: NOW + tick * 1000,
		backends: [
			{address: '10.0.3.11:8080', name: 'api-1', at: wave(52, 1)},
			{
				address: '10.0.3.12:8080',
				name: 'api-2',
				state: 'down',
				responseMs: null,
				waiting: null,
				at: (age) => (age > 12 ? {established: 48} : age > 8 ? {established: 20} : {synSent: 3}),
				findings: [UNREACHABLE],
			},
			{
				address: '10.0.3.13:8080',
				name: 'api-3',
				state: 'degraded',
				responseMs: 24,
				waiting: 1,
				at: (age) => ({established: 41, timeWait: 2, closeWait: Math.max(0, 37 - Math.floor(age / 2))}),
				findings: [CLOSE_WAIT],
			},
			{address: '10.0.3.14:8080', name: 'api-4', at: wave(38, 2)},
			{address: '10.0.4.21:9000', name: 'web-1', at: wave(11, 3)},
			{address: '10.0.4.22:9000', name: 'web-2', at: wave(12, 4)},
			{address: '[fd00::7]:8080', name: 'auth', at: wave(3, 5)},
			{address: '10.0.5.5:8500', state: 'idle', role: 'Consul?', at: () => ({})},
		],
	});
}

export function healthy(): World {
	const backends = Array.from({length: 12}, (_, i): Spec => ({address: `10.77.0.${11 + i}:8080`, name: `b${1 + i}`}));
	return world({backends});
}

export function empty(): World {
	return world();
}

export function unreadable(): World {
	const problem = 'cannot read /proc/4121/net/tcp: permission denied';
	return world({backends: [{address: '10.0.3.11:8080', name: 'api-1'}], problem});
}

/** So many backends, of which every twentieth is in trouble. */
export function crowd(count: number, tick = 0): World {
	const backends = Array.from({length: count}, (_, i): Spec => {
		const address = `10.${1 + Math.floor(i / 250)}.0.${1 + (i % 250)}:8080`;
		const at = (age: number) => ({established: 5 + ((i * 7 + age + tick) % 23)});
		if (i % 20 !== 7) return {address, name: `svc-${i}`, at};
		return {address, name: `svc-${i}`, at, state: 'degraded', findings: [CLOSE_WAIT]};
	});
	return world({backends, time: NOW + tick * 1000, history: 12});
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
