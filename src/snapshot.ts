/**
What the fold says of one reading: small, posted from the worker to the screen, made of facts of this reading and of
the one before. Rates, normals, verdicts are not here: the model and the rules derive them.

Units are in the names. Ages are measured on `clockMs` and clamped to LOOKBACK_MS. null is "cannot be known", never 0.
*/
import type {EndedKind} from './parse/ending.ts';
import type {Connections} from './parse/tcp-state.ts';
import type {Backoff, Counters, Descriptors, Instance, PortRange, RowSource, Server} from './reading.ts';

/** How far back anything is remembered (design.md, "Memory is bounded in time"). */
export const LOOKBACK_MS = 15 * 60 * 1000;

/** What happened to a backend in one reading. Numbers count sockets unless the name says otherwise. */
export type BackendFacts = {
	/** `10.0.0.7:8080`, `[fd00::7]:8080`. */
	readonly address: string;
	readonly connections: Connections;
	/** ESTABLISHED in the reading before and gone without a trace: the backend closed it, or it was reset. */
	readonly vanished: number | null;
	/** Of `vanished`, those on which a request waited in the reading before: the backend answered and closed, or cut it off. */
	readonly vanishedWaiting: number | null;
	/** About how long those requests had waited at their end, as a sparse histogram like `responses`. */
	readonly ends: readonly number[];
	/**
	Proof of life: ms since the newest byte of an answer on any connection that has a row, by the kernel's own clock
	(tcp_info), or 0 for one that moved or came to TIME_WAIT since the reading before; null: no row tells of one.
	*/
	readonly answeredAgoMs: number | null;
	/** Connections that came since the reading before and were answered: open ones, and those in TIME_WAIT already. */
	readonly answeredNew: number | null;
	/** Requests that had waited 2 s or more and whose connection Traefik closed: given up, not answered. */
	readonly abandoned: number | null;
	readonly oldestAbandonedMs: number | null;
	/** 4-tuples that are new, or gone, since the reading before; null in the first one. */
	readonly opened: number | null;
	readonly closed: number | null;
	/** Of `opened`, those in SYN_SENT or ESTABLISHED now: dials of this interval that can be seen. */
	readonly openedLive: number | null;
	/** ESTABLISHED now and in the reading before. */
	readonly survivors: number | null;
	/** Sockets that left SYN_SENT without becoming ESTABLISHED (gone): timed-out or failed dials that could be seen. */
	readonly synVanished: number | null;
	/** ESTABLISHED and used (a byte was received) that changed since the reading before: proof that the backend answers. */
	readonly moved: number | null;

	readonly oldestCloseWaitMs: number | null;
	/** CLOSE_WAIT by what waits to be read (rx_queue): 0 a half-closed upgrade, 1 only the FIN, more: data. */
	readonly closeWaitEmpty: number;
	readonly closeWaitFinOnly: number;
	readonly closeWaitData: number;
	/**
	The backend's own end, where it is in the same table (host network, one pod) or was found on this machine: connections that it has not accepted
	(rx_queue of its LISTEN row), how many may wait, its CLOSE_WAIT sockets; null: not visible.
	*/
	readonly peerAcceptQueue: number | null;
	readonly peerAcceptLimit: number | null;
	readonly peerCloseWait: number | null;
	readonly oldestPeerCloseWaitMs: number | null;
	readonly oldestSynSentMs: number | null;
	/** FIN_WAIT2 with inode 0: closed by Traefik, acknowledged, never closed by the backend. */
	readonly finWait2Orphans: number;
	readonly oldestFinWait2OrphanMs: number | null;

	readonly synRetransmitted: number;
	/** … once or twice, so that the dial is some seconds old at most. */
	readonly synRetransmittedYoung: number;
	/** Dials whose first SYN turned out to be unanswered since the reading before. */
	readonly dialsTimedOut: number | null;
	/** How long ago the other end acknowledged anything on an ESTABLISHED connection; null: not known to have. */
	readonly freshestAckMs: number | null;
	/** ESTABLISHED, retransmits ≥ 2, with a whole segment or more unacknowledged. */
	readonly stuckWhole: number;
	/** How long the youngest of those with retransmits ≥ 2 has been ESTABLISHED. */
	readonly youngestStuckMs: number | null;
	/** ESTABLISHED that retransmit for the first or second time with little unacknowledged: no transfer, no dead flow. */
	readonly lossy: number;
	/** The youngest of `finWait2Orphans`. */
	readonly youngestFinWait2OrphanMs: number | null;
	/** Connections that turned into TIME_WAIT since the reading before: this end closed them first. */
	readonly ownCloses: number | null;
	/** Dials that succeeded since the reading before and whose connection is there: ESTABLISHED now, not then. */
	readonly connected: number | null;
	/** ESTABLISHED, timer 1, retransmits ≥ 1, ≥ 2. */
	readonly retransmittingOnce: number;
	readonly retransmittingTwice: number;
	/** ESTABLISHED with keep-alive probes (timer 2) unanswered for longer than a round trip. */
	readonly keepaliveUnanswered: number;
	/** ESTABLISHED whose other end has shut its window while data wait (timer 4: zero-window probes, answered or not). */
	readonly zeroWindow: number;
	/** How long one of them has been so, look after look, without any data taken. */
	readonly oldestZeroWindowMs: number | null;
	/** ESTABLISHED with data in the send queue, and how long one of them has been so without any data acknowledged. */
	readonly unsentSockets: number;
	readonly oldestUnsentMs: number | null;
	/** ESTABLISHED on which not one byte was received (ato 0): a spare connection or an unanswered request. */
	readonly neverAnswered: number;
	readonly oldestNeverAnsweredMs: number | null;
	/** ESTABLISHED, ato 0, congestion window grown beyond the initial 10: sent, acknowledged, unanswered (bbr only). */
	readonly neverAnsweredGrown: number;
	readonly oldestNeverAnsweredGrownMs: number | null;
	/** ESTABLISHED on which a byte was received. */
	readonly used: number;
	readonly txQueueBytes: number;
	readonly rxQueueBytes: number;

	/** tcp_info; null when no row of the backend has it. */
	readonly info: ExchangeFacts | null;
	/** Connections that ended since the reading before, as the kernel told of each; null or left out: it was not asked. */
	readonly ended?: EndedFacts | null;
	/** Rows by local port's ephemeral use: distinct local ports towards this backend, all states. */
	readonly localPorts: number;
};

/** How connections to one backend ended (parse/ending.ts), those that no look ever saw included. */
export type EndedFacts = Readonly<Record<EndedKind, number>> & {
	readonly total: number;
	/** Traefik's end closed first: its FIN is the one that left a TIME_WAIT, or nothing at all came from the backend's. */
	readonly ownClosed: number;
	/** Of those that were refused, or closed or reset without an answer: the first and the last one, ms before the reading. */
	readonly oldestFailedMs: number | null;
	readonly newestFailedMs: number | null;
	/** Of them, those after the newest byte of an answer, and the first of these, ms before the reading. */
	readonly refusedSinceAnswer: number;
	readonly cutSinceAnswer: number;
	readonly oldestSinceAnswerMs: number | null;
	/** Other processes of the namespace dial this remote, too: connections that no look saw may have been theirs. */
	readonly isShared: boolean;
};

/** The kernel's notices of a namespace's endings in one reading. */
export type EndingFacts = {
	/** Not known: the receive buffer was full. */
	readonly lost: number;
	/** Resets of Traefik's own end (or of another process of the namespace) of which no remote address is left. */
	readonly anonymous: number;
	/** Towards remotes that Traefik is not known to dial, where others dial, too. */
	readonly foreign: number;
};

/** What tcp_info says about requests and answers, of open connections and of those that have just ended. */
export type ExchangeFacts = {
	/** ESTABLISHED rows with tcp_info. */
	readonly sockets: number;
	/** A request is out, its answer is not: simple exchanges only. */
	readonly waiting: number;
	/** … of those, waiting for 2 s or more on connections that have been answered before. */
	readonly waitingUsedOver2s: number;
	readonly oldestWaitMs: number | null;
	/** How long each has been waiting, as a sparse histogram like `responses`. */
	readonly waits: readonly number[];
	/** Connections 2 to 12 s old on which a request went out: never answered, answered. */
	readonly youngUnanswered: number;
	readonly youngAnswered: number;
	/** Sockets that never sent a byte: spare connections. */
	readonly spare: number;
	/** Sockets that do not behave as request and answer (streams, upgrades, HTTP/2, transfers): in no percentile. */
	readonly streaming: number;
	/** Of those, connections that carry many requests at a time (HTTP/2, gRPC; a busy WebSocket looks the same). */
	readonly multiplexed: number;
	/** … on which something was sent after the last byte came, and how long ago that came on the last one to speak. */
	readonly multiplexedOwing: number;
	readonly multiplexedSilentMs: number | null;
	/** Connections on which more came for each request than fits into a segment, since the reading before. */
	readonly largeAnswers: number;
	/**
	Connections that were answered, have lain idle for 2 s or more and were passed over when a newer one was dialled: Go
	would have reused them, so their answers are not complete. And for how long the oldest has been silent.
	*/
	readonly passedOver: number;
	readonly oldestPassedOverMs: number | null;
	/** Exchanges that ended since the reading before, as seen (at most one a connection). */
	readonly completed: number;
	/** Their durations as a sparse histogram, `[middle of the bucket in ms, count, …]`, ascending. */
	readonly responses: readonly number[];
	/**
	The same with those answers that are hidden by a later one of their connection: as many as it was asked, each of them at
	what the last one took, or at the most that each can have taken on average in the time that was left.
	*/
	readonly answers: readonly number[];
	/** Answers hidden by a request that waits now on their connection: the most that each can have taken on average. */
	readonly hidden: readonly number[];
	/** What the last exchange took on every connection that rests, however long ago that was. */
	readonly rests: readonly number[];
	/** Requests sent since the reading before, on connections that have a row now. */
	readonly asked: number;
	/** Bytes sent since the reading before, over all the backend's sockets that were there in both. */
	readonly sentBytes: number;
	/** ESTABLISHED sockets on which bytes were received since the reading before, new ones included. */
	readonly progressed: number;
	/**
	Data segments sent since the reading before, and those that were lost and came through on a flow that goes on
	(fold/lost-segments.ts); big transfers, which lose some by design, in neither.
	*/
	readonly segmentsOut: number;
	readonly segmentsRetransmitted: number;
	/** Sockets with at least one of these. */
	readonly socketsRetransmitting: number;
	/** Median smoothed RTT and smallest min_rtt over the sockets, µs. */
	readonly rttUs: number | null;
	readonly minRttUs: number | null;
};

export type ListenerFacts = {
	readonly address: string;
	/** Connections that Traefik has not accepted (rx_queue of the LISTEN row), and how many may wait; null: unknown. */
	readonly acceptQueue: number;
	readonly acceptLimit: number | null;
	readonly connections: Connections;
	readonly opened: number | null;
	readonly closed: number | null;
};

/** How rows were told apart. */
export type Attribution =
	/** Nobody else has a socket in this namespace. */
	| 'namespace'
	/** By /proc/PID/fd, ownerless rows by their endpoint. */
	| 'descriptors'
	/** The descriptors may not be read: every row that is not a listener's is taken for Traefik's, and said so. */
	| 'assumed';

export type Snapshot = {
	readonly instance: Instance;
	/** Unix ms. */
	readonly time: number;
	/** ms on a clock that never goes back, within one source. Ages and rates are measured on it. */
	readonly clockMs: number;
	readonly isTimeAssumed: boolean;
	/** ms since the reading before of this instance; null in the first one and after a gap. */
	readonly sincePreviousMs: number | null;
	/** That was aimed at, ms; null or left out: unknown. */
	readonly intervalMs?: number | null;
	/** More than 3 intervals lie between this reading and the one before, or the one before could not be read. */
	readonly isAfterGap: boolean;
	/** Why it could not be read; then the rest is empty. */
	readonly problem: string | null;
	readonly attribution: Attribution;
	readonly descriptors: Descriptors;
	readonly rowSource: RowSource;
	/** Why the rows have no tcp_info although it was wanted, one clause; else null or left out. */
	readonly rowSourceReason?: string | null;
	readonly listeners: readonly ListenerFacts[];
	/** Backends with a row, or with one that vanished since the reading before. */
	readonly backends: readonly BackendFacts[];
	readonly counters: Counters;
	/** Growth since the reading before; null where unknown, in the first reading, after a gap. */
	readonly deltas: Counters;
	readonly ports: PortRange | null;
	readonly openFiles: {readonly open: number; readonly limit: number} | null;
	readonly names: ReadonlyMap<string, string>;
	/** What runs at the backends, by address: those found on this machine. null or left out: not to be had. */
	readonly servers?: ReadonlyMap<string, Server> | null;
	readonly serversReason?: string | null;
	/** Every row of the namespace and lines that were not rows. */
	readonly rows: number;
	readonly tornRows: number;
	/** Other processes own sockets here, in this reading and in the one before: the counters are not Traefik's alone. */
	readonly isShared: boolean;
	/** Rows of other processes in this namespace. */
	readonly foreignRows: number;
	/** 4-tuples of other processes that are new since the reading before and are not accepted connections. */
	readonly foreignOpened: number;
	/** null or left out: the kernel's notices of endings are not to be had, for `endingsReason`. */
	readonly endings?: EndingFacts | null;
	readonly endingsReason?: string | null;
	readonly readMs: number;
};

/** All instances of one instant; what a source yields and the worker posts. */
export type Look = {
	readonly time: number;
	readonly clockMs: number;
	readonly snapshots: readonly Snapshot[];
	/** Ids of instances that are between two of their readings: the window shows them as they were last seen. */
	readonly between?: readonly string[];
	/** Why no instance can be seen at all, else null. */
	readonly problem: string | null;
	/** Live: looks are rarer than was asked for, because of what they cost. */
	readonly backoff?: Backoff;
};

/** Keeps of what was remembered of instances by `id startedAt via` those that a tick names as between two readings. */
export function keepBetween<T>(before: ReadonlyMap<string, T>, kept: Map<string, T>, ids: readonly string[]): T[] {
	const found: T[] = [];
	for (const [key, value] of before) {
		if (kept.has(key) || !ids.some((id) => key.startsWith(`${id} `))) continue;
		kept.set(key, value);
		found.push(value);
	}
	return found;
}
