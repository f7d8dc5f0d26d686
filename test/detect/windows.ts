/** Looks made by hand, a second apart, run through History, build() and the Detector as a source's would be. */
import type {Assessment} from '../../src/detect/assessment.ts';
import {Detector} from '../../src/detect/detector.ts';
import type {Finding} from '../../src/detect/finding.ts';
import type {RuleId} from '../../src/detect/index.ts';
import {DEFAULT_THRESHOLDS, type Thresholds} from '../../src/detect/thresholds.ts';
import {build} from '../../src/model/build.ts';
import {History} from '../../src/model/history.ts';
import {allConnections, type Connections, noConnections} from '../../src/parse/tcp-state.ts';
import {type Counters, NO_COUNTERS} from '../../src/reading.ts';
import type {BackendFacts, ExchangeFacts, ListenerFacts, Snapshot} from '../../src/snapshot.ts';

/** 2026-11-22 14:00:00 UTC. */
export const START = Date.UTC(2026, 10, 22, 14);
export const B = '10.0.0.7:8080';
export const OTHER = '10.0.0.8:8080';

/** Connections by state are beside the facts; what is left out is what a healthy backend shows. */
export type Facts = Partial<Omit<BackendFacts, 'connections' | 'info'>> &
	Partial<Connections> & {readonly info?: Partial<ExchangeFacts> | null};

export type LookSpec = {
	/** Seconds after START; a second after the look before by default. */
	readonly at?: number;
	readonly backends?: Readonly<Record<string, Facts>>;
	readonly acceptQueue?: number;
	readonly deltas?: Partial<Counters>;
	readonly snapshot?: Partial<Snapshot>;
	readonly instances?: readonly string[];
};

/** This many looks; `spec` may depend on how many of them came before. */
export function span(count: number, spec: LookSpec | ((i: number) => LookSpec)): LookSpec[] {
	return Array.from({length: count}, (_, i) => (typeof spec === 'function' ? spec(i) : spec));
}

/** The same of one backend. */
export function spanOf(count: number, facts: Facts | ((i: number) => Facts)): LookSpec[] {
	return span(count, (i) => ({backends: {[B]: typeof facts === 'function' ? facts(i) : facts}}));
}

const STATE_NAMES = Object.keys(noConnections());

export function factsOf(address: string, facts: Facts): BackendFacts {
	const connections = noConnections();
	const rest: Record<string, unknown> = {};
	for (const [key, value] of Object.entries(facts)) {
		if (STATE_NAMES.includes(key)) connections[key as keyof Connections] = value as number;
		else rest[key] = value;
	}
	const {info, ...said} = rest as Pick<Facts, 'info'>;
	return {
		...{address, connections, vanished: 0, abandoned: 0, oldestAbandonedMs: null},
		...{vanishedWaiting: 0, ends: [], answeredNew: 0},
		answeredAgoMs: isAnswering(connections.established, facts) ? 0 : null,
		...{opened: 0, closed: 0, openedLive: 0, survivors: connections.established, synVanished: 0},
		...{moved: connections.established > 0 ? 1 : 0},
		...{oldestCloseWaitMs: null, closeWaitEmpty: 0, closeWaitFinOnly: 0, closeWaitData: 0},
		...{peerAcceptQueue: null, peerAcceptLimit: null, peerCloseWait: null, oldestPeerCloseWaitMs: null},
		...{oldestSynSentMs: null, finWait2Orphans: 0, oldestFinWait2OrphanMs: null},
		...{
			synRetransmittedYoung: (rest['synRetransmitted'] as number | undefined) ?? 0,
			dialsTimedOut: 0,
			freshestAckMs: null,
		},
		...{stuckWhole: 0, youngestStuckMs: null, lossy: (rest['retransmittingOnce'] as number | undefined) ?? 0},
		...{youngestFinWait2OrphanMs: null, ownCloses: 0, connected: (rest['openedLive'] as number | undefined) ?? 0},
		...{synRetransmitted: 0, retransmittingOnce: 0, retransmittingTwice: 0},
		...{keepaliveUnanswered: 0, zeroWindow: 0, oldestZeroWindowMs: null, unsentSockets: 0, oldestUnsentMs: null},
		...{neverAnswered: 0, oldestNeverAnsweredMs: null, neverAnsweredGrown: 0, oldestNeverAnsweredGrownMs: null},
		...{used: connections.established, txQueueBytes: 0, rxQueueBytes: 0},
		...{localPorts: allConnections(connections)},
		...said,
		info: info == null ? null : {...exchangesOf(connections.established), ...answersOf(info), ...info},
	};
}

/** Whether something came back since the look before, as the other facts tell it. */
function isAnswering(established: number, {info, moved}: Facts): boolean {
	if (info == null) return (moved ?? established) > 0;
	return (info.progressed ?? established) > 0;
}

/** A backend that answers ten requests between two looks, each in 20 ms. */
function exchangesOf(sockets: number): ExchangeFacts {
	return {
		...{hidden: [], rests: [], asked: 10, waitingUsedOver2s: 0},
		...{sockets, waiting: 0, oldestWaitMs: null, waits: [], youngUnanswered: 0, youngAnswered: 0},
		...{
			spare: 0,
			streaming: 0,
			multiplexed: 0,
			largeAnswers: 0,
			passedOver: 0,
			oldestPassedOverMs: null,
			multiplexedOwing: 0,
			multiplexedSilentMs: null,
			completed: 10,
			responses: [20, 10],
			answers: [20, 10],
			sentBytes: 1_000,
		},
		...{progressed: Math.min(10, sockets), segmentsOut: 10, segmentsRetransmitted: 0, socketsRetransmitting: 0},
		...{rttUs: 200, minRttUs: 90},
	};
}

/** One exchange a connection, unless it is said otherwise. */
function answersOf({responses}: Partial<ExchangeFacts>): Partial<ExchangeFacts> {
	return responses === undefined ? {} : {answers: responses};
}

/** Nothing came back since the look before. */
export const SILENT: Partial<ExchangeFacts> = {completed: 0, responses: [], progressed: 0};

function snapshotOf(spec: LookSpec, at: number, previous: number | null, id: string): Snapshot {
	const time = START + at * 1_000;
	const listener: ListenerFacts = {
		...{address: '[::]:80', acceptQueue: spec.acceptQueue ?? 0, acceptLimit: null},
		...{connections: {...noConnections(), established: 100}, opened: 5, closed: 5},
	};
	const isRead = spec.snapshot?.problem == null;
	const backends = Object.entries(spec.backends ?? {}).map(([address, facts]) => factsOf(address, facts));
	return {
		instance: {id, host: 'lb1', via: null, pid: 361, startedAt: START - 60_000, netns: 4026531840},
		...{time, clockMs: time, isTimeAssumed: false, problem: null},
		sincePreviousMs: previous === null ? null : (at - previous) * 1_000,
		isAfterGap: previous !== null && at - previous > 3,
		...{attribution: 'namespace', descriptors: 'readable'},
		rowSource: backends.some(({info}) => info !== null) ? 'netlink' : 'text',
		listeners: isRead ? [listener] : [],
		backends: isRead ? backends : [],
		...{counters: NO_COUNTERS, deltas: {...NO_COUNTERS, ...spec.deltas}},
		ports: {low: 32_768, high: 60_999, isAssumed: false},
		...{openFiles: {open: 100, limit: 1_000}, names: new Map(), rows: 0, tornRows: 0, isShared: false},
		...{foreignRows: 0, foreignOpened: 0, readMs: 0},
		...spec.snapshot,
	};
}

/** The assessment after each look. */
export function assessAll(looks: readonly LookSpec[], thresholds: Partial<Thresholds> = {}): Assessment[] {
	const history = new History();
	const detector = new Detector({...DEFAULT_THRESHOLDS, ...thresholds});
	let before: number | null = null;
	return looks.map((spec) => {
		const at: number = spec.at ?? (before === null ? 0 : before + 1);
		const snapshots = (spec.instances ?? ['lb1/361']).map((id) => snapshotOf(spec, at, before, id));
		before = at;
		const time = START + at * 1_000;
		const window = history.add({time, clockMs: time, snapshots, problem: null});
		return detector.assess(build(window, {source: 'recording'}));
	});
}

/** Every finding of one rule that opened, in the order in which they did. */
export function openedBy(rule: RuleId, looks: readonly LookSpec[], thresholds?: Partial<Thresholds>): Finding[] {
	return assessAll(looks, thresholds)
		.flatMap(({opened}) => opened)
		.filter((finding) => finding.rule === rule);
}

/** `rule opened 3` and `rule closed 9` with seconds after START, in order. */
export function course(looks: readonly LookSpec[], thresholds?: Partial<Thresholds>): string[] {
	const second = (ms: number) => (ms - START) / 1_000;
	return assessAll(looks, thresholds).flatMap(({opened, closed}) => [
		...closed.map(({rule, to}) => `${rule} closed ${second(to ?? Number.NaN)}`),
		...opened.map(({rule, from}) => `${rule} opened ${second(from)}`),
	]);
}
