/**
Finds what runs at a backend where that is on this machine: the network namespace in which a connection of Traefik's has
its other end, and who listens there. The proof is the connection itself: a socket of the same two endpoints, seen from
the other side. Behind address translation (docker-proxy, a published port, IPVS) no such socket exists, and nothing is said. One that
exists in two namespaces proves nothing either.

What it costs is bounded: MAX_OPENS namespaces are opened a tick and let go of at the next one, connections are asked for
only where somebody listens at the backend's port, MAX_LOOKS_AT_ENDS backends' ends are read while there is credit, and of a
namespace in which a backend was found only the listening sockets are read at every tick.
*/
import type {DumpFilter} from '../parse/inet-diag.ts';
import {newRow} from '../parse/row.ts';
import {CLOSE_WAIT, ESTABLISHED, LISTEN} from '../parse/tcp-state.ts';
import {type Dialled, OWN_PROCESS, type Server} from '../reading.ts';
import {Cgroups} from './cgroup.ts';
import type {Process} from './find.ts';
import {ListenerOwners, PUNCTUALITY} from './listener-owners.ts';
import {type NetlinkSource, openNetlink} from './netlink.ts';
import {namespaceKey, type ProcessList} from './procfs-neighbours.ts';
import {type ProcessFacts, ProcessReader, type ProcessTick, ServerHistory} from './server-process.ts';

type Listener = {
	readonly words: Uint32Array;
	readonly queue: number;
	readonly limit: number;
	readonly inode: number;
};

type ListenersByPort = ReadonlyMap<number, readonly Listener[]>;

/** A network namespace with processes in it. */
type Space = {
	readonly key: number;
	processes: Process[];
	isGone: boolean;
	netlink: NetlinkSource | null;
	/** Until then it may not be entered. */
	closedUntilMs: number;
	/** When a backend of it was last asked for. */
	usedMs: number;
	/** As of `readMs`, by port; null: they could not be read. */
	listeners: ListenersByPort | null;
	readMs: number;
};

/** Where a backend was looked for and found. */
type FoundServer = {
	space: Space | null;
	/** Spaces in which a connection has its other end, before all were searched. */
	candidates: Space[];
	tried: WeakSet<Space>;
	/** Whether all were searched, when that was, and for how long they are not searched again. */
	isSearched: boolean;
	searchedMs: number;
	pauseMs: number;
	provenMs: number;
	wasInQuestion: boolean;
	/** Proofs in a row that failed. */
	failures: number;
	/** Where it was found before such proofs, and what was known there: it may be found there again. */
	former: {readonly space: Space; readonly history: ServerHistory} | null;
	askedMs: number;
	/** Who listened there; null: nobody was found. */
	history: ServerHistory | null;
	/** When its namespace was last there. */
	seenMs: number;
	closeWait: number | null;
	closeWaitMs: number;
};

type Ends = {readonly unread: number; readonly closeWait: number; readonly accepted: number};

const MAX_BACKENDS = 512;
const MAX_OPENS = 40;
/** Between two looks at the ends of backends with which nothing is wrong: each walks through the kernel's whole table. */
const TURN_MS = 2_000;
const MAX_LOOKS_AT_ENDS = 16;
/**
A look at ends walks through the connections of the whole machine (inet_diag_dump_icsk()): 0.5 ms where those are few,
20 where they are 100,000. What it may take is earned over time and spent.
*/
const CREDIT_MS_PER_SECOND = 4;
const MOST_CREDIT_MS = 12;
/** A process may change its namespace without anybody being told. */
const KEYS_MS = 60_000;
const PROVE_AGAIN_MS = 5_000;
/** After a proof that failed. */
const PROVE_SOON_MS = 1_000;
/** Connections of a moment are gone before they are asked about. */
const MOST_FAILURES = 3;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
const CLOSED_MS = 30_000;
/** Processes by which a namespace is tried to be entered: each may have a guard of its own. */
const MAX_REFUSALS = 4;
/** A backend whose namespace ended is told of for this long. */
const ENDED_MS = 5 * 60_000;
const STALE_MS = 60_000;
const FORGET_MS = 15 * 60_000;

const LISTENERS: DumpFilter = {states: 1 << LISTEN, hasInfo: false};

export class OtherEnds {
	readonly #procRoot: string;
	readonly #list: ProcessList;
	readonly #owners: ListenerOwners;
	readonly #ownNamespace = namespaceKey('/proc', process.pid);
	readonly #spaces = new Map<number, Space>();
	/** By who asks, then by address. */
	readonly #places = new Map<number, Map<string, FoundServer>>();
	readonly #cgroups: Cgroups;
	readonly #processes: ProcessReader;
	readonly #row = newRow();
	#keys = new WeakMap<Process, number | 'denied' | null>();
	#keysMs = Number.NEGATIVE_INFINITY;
	#changes = -1;
	#tick: ProcessTick = {clockMs: Number.NaN, time: 0, machineOomKills: null};
	#opens = 0;
	#looksAtEnds = 0;
	#creditMs = MOST_CREDIT_MS;
	/** Backends whose ends are read in turn, and how far the turn is. */
	#turn = 0;
	#turnOf = 0;
	#turnMs = Number.NEGATIVE_INFINITY;
	#isTurn = false;

	constructor(procRoot: string, list: ProcessList) {
		this.#procRoot = procRoot;
		this.#list = list;
		this.#owners = new ListenerOwners(procRoot, list);
		this.#cgroups = new Cgroups(procRoot);
		this.#processes = new ProcessReader(procRoot, this.#cgroups);
	}

	/** What runs at the backends of the Traefik `asker`, where it was found, and `asker` itself. `time` is Unix ms. */
	ask(asker: Process, dialled: readonly Dialled[], clockMs: number, time: number): ReadonlyMap<string, Server> {
		this.#begin(clockMs, time);
		const places = this.#places.get(asker.pid) ?? new Map<string, FoundServer>();
		this.#places.set(asker.pid, places);
		const asked: [Dialled, FoundServer][] = [];
		for (const backend of dialled.slice(0, MAX_BACKENDS)) {
			const place = places.get(backend.address) ?? newPlace();
			places.set(backend.address, place);
			place.askedMs = clockMs;
			this.#proveAgain(backend, place, clockMs);
			asked.push([backend, place]);
		}
		this.#search(asked, clockMs);
		const servers = new Map<string, Server>();
		const own = this.#processes.alone(asker, this.#tick);
		if (own !== null) servers.set(OWN_PROCESS, own);
		for (const [backend, place] of asked) {
			const server = this.#serverOf(backend, place, clockMs);
			if (server !== null) servers.set(backend.address, server);
		}
		for (const [address, {askedMs}] of places) if (clockMs - askedMs > FORGET_MS) places.delete(address);
		return servers;
	}

	forget(asker: number): void {
		this.#places.delete(asker);
	}

	/** Lets go of what pins the namespaces. */
	close(): void {
		for (const space of this.#spaces.values()) closeSpace(space);
		this.#spaces.clear();
		this.#changes = -1;
	}

	/** The first question of a tick. Namespaces that nobody asked for in the tick before are let go of. */
	#begin(clockMs: number, time: number): void {
		const {clockMs: beforeMs} = this.#tick;
		if (beforeMs === clockMs) return;
		this.#tick = this.#processes.tick(clockMs, time);
		this.#cgroups.forgetOthers(clockMs);
		const sinceMs = Number.isNaN(beforeMs) ? 0 : clockMs - beforeMs;
		this.#creditMs = Math.min(MOST_CREDIT_MS, this.#creditMs + (CREDIT_MS_PER_SECOND * sinceMs) / 1_000);
		for (const space of this.#spaces.values()) if (space.usedMs !== beforeMs) closeSpace(space);
		this.#owners.forgetOthers(beforeMs);
		this.#opens = this.#looksAtEnds = 0;
		this.#isTurn = clockMs - this.#turnMs >= TURN_MS * PUNCTUALITY;
		if (this.#isTurn) {
			this.#turnMs = clockMs;
			this.#turn = this.#turnOf === 0 ? 0 : (this.#turn + 1) % this.#turnOf;
		}
		this.#turnOf = 0;
		this.#follow(clockMs);
	}

	/** Which namespaces there are, and who is in them. */
	#follow(clockMs: number): void {
		const isOld = clockMs - this.#keysMs >= KEYS_MS;
		if (!isOld && this.#changes === this.#list.changes) return;
		this.#changes = this.#list.changes;
		if (isOld) {
			this.#keysMs = clockMs;
			this.#keys = new WeakMap();
		}
		for (const space of this.#spaces.values()) space.processes = [];
		for (const process of this.#list.processes.values()) {
			const key = process.isKernelThread ? null : this.#keyOf(process);
			if (typeof key !== 'number') continue;
			const space = this.#spaces.get(key) ?? newSpace(key);
			this.#spaces.set(key, space);
			space.processes.push(process);
		}
		for (const [key, space] of this.#spaces) {
			if (space.processes.length > 0) continue;
			space.isGone = true;
			closeSpace(space);
			this.#spaces.delete(key);
		}
	}

	#keyOf(process: Process): number | 'denied' | null {
		let key = this.#keys.get(process);
		if (key === undefined) {
			key = namespaceKey(this.#procRoot, process.pid);
			this.#keys.set(process, key);
		}
		return key;
	}

	/** An address may come to belong to another container: the proof is made again from time to time. */
	#proveAgain(backend: Dialled, place: FoundServer, clockMs: number): void {
		const {space} = place;
		if (space === null) return;
		if (space.isGone) {
			searchAgain(place);
			return;
		}
		const pauseMs = place.failures === 0 ? PROVE_AGAIN_MS : PROVE_SOON_MS;
		if (clockMs - place.provenMs < pauseMs * PUNCTUALITY) return;
		const netlink = this.#open(space, clockMs);
		const isAsked = netlink !== null && backend.connections().length > 0;
		if (!isAsked) return;
		place.provenMs = clockMs;
		place.failures = this.#hasOtherEnd(netlink, backend) ? 0 : place.failures + 1;
		if (place.failures < MOST_FAILURES) return;
		if (place.history !== null) place.former = {space, history: place.history};
		place.history = null;
		searchAgain(place);
	}

	#search(asked: readonly [Dialled, FoundServer][], clockMs: number): void {
		const sought: [Dialled, FoundServer][] = [];
		for (const [backend, place] of asked) {
			if (place.space !== null) continue;
			// what is in question is worth another search, from the shortest pause on
			if (backend.isInQuestion && !place.wasInQuestion) place.pauseMs = FIRST_PAUSE_MS;
			place.wasInQuestion = backend.isInQuestion;
			if (place.isSearched && clockMs - place.searchedMs >= place.pauseMs) {
				place.isSearched = false;
				place.pauseMs = Math.min(2 * place.pauseMs, LONGEST_PAUSE_MS);
				place.tried = new WeakSet();
				place.candidates = [];
			}
			// without a connection there is nothing to ask for
			if (!place.isSearched && backend.connections().length > 0) sought.push([backend, place]);
		}
		if (sought.length === 0) return;
		let isWhole = true;
		for (const space of this.#spaces.values()) {
			const here = sought.filter(([, place]) => !place.tried.has(space));
			if (here.length === 0) continue;
			// one that is open, for another Traefik of this tick maybe, costs little
			if (space.netlink === null && clockMs >= space.closedUntilMs) {
				if (this.#opens >= MAX_OPENS) {
					isWhole = false;
					continue;
				}
				this.#opens++;
			}
			if (!this.#searchIn(space, here, clockMs)) isWhole = false;
		}
		if (!isWhole) return;
		for (const [, place] of sought) {
			place.searchedMs = clockMs;
			place.isSearched = true;
			const [only, ...others] = place.candidates.filter((space) => !space.isGone);
			if (only === undefined || others.length > 0) continue;
			place.space = only;
			if (place.former?.space === only) place.history = place.former.history;
			place.former = null;
			only.usedMs = clockMs;
			place.provenMs = clockMs;
			place.failures = 0;
		}
	}

	/** false: nobody that is known is left in it. Where it may not be entered, the others have to do. */
	#searchIn(space: Space, sought: readonly [Dialled, FoundServer][], clockMs: number): boolean {
		const netlink = this.#open(space, clockMs);
		if (netlink === null && clockMs >= space.closedUntilMs) return false;
		const listeners = this.#listenersOf(space, clockMs);
		for (const [backend, place] of sought) {
			place.tried.add(space);
			if (netlink === null || listeners === null || boundTo(listeners, backend).length === 0) continue;
			if (this.#hasOtherEnd(netlink, backend)) place.candidates.push(space);
		}
		return true;
	}

	#hasOtherEnd(netlink: NetlinkSource, backend: Dialled): boolean {
		for (const {words, port} of backend.connections()) {
			const ends = {local: backend.words, localPort: backend.port, remote: words, remotePort: port};
			if (netlink.hasSocket(ends, this.#row)) return true;
		}
		return false;
	}

	#open(space: Space, clockMs: number): NetlinkSource | null {
		if (space.netlink !== null || clockMs < space.closedUntilMs) return space.netlink;
		const isOurs = space.key === this.#ownNamespace;
		let refusals = 0;
		for (const {pid} of space.processes) {
			// who has ended, or has just been replaced, says nothing of the namespace
			if (namespaceKey(this.#procRoot, pid) !== space.key) continue;
			const opened = openNetlink(isOurs ? null : pid, {procRoot: this.#procRoot});
			if (!('problem' in opened)) {
				space.netlink = opened;
				return opened;
			}
			if (++refusals >= MAX_REFUSALS) break;
		}
		if (refusals > 0) space.closedUntilMs = clockMs + CLOSED_MS;
		return null;
	}

	#serverOf(backend: Dialled, place: FoundServer, clockMs: number): Server | null {
		const {space} = place;
		if (space === null) return this.#endedServer(place, clockMs);
		space.usedMs = clockMs;
		const listeners = this.#listenersOf(space, clockMs);
		if (listeners === null) return null;
		const own = boundTo(listeners, backend);
		const ends = this.#endsOf(space, backend, clockMs);
		if (ends !== null) {
			place.closeWait = ends.closeWait;
			place.closeWaitMs = clockMs;
		} else if (clockMs - place.closeWaitMs > STALE_MS) place.closeWait = null;
		const seen = {unread: ends?.unread ?? null, accepted: ends?.accepted ?? null, closeWait: place.closeWait};
		const limits = own.filter(({limit}) => limit >= 0);
		place.seenMs = clockMs;
		place.history ??= new ServerHistory(this.#processes);
		if (own.length === 0) return {...place.history.notListening(this.#tick), ...NO_LISTENER, ...seen};
		return {
			...this.#listening(own, space, place.history, {...this.#tick, isInQuestion: backend.isInQuestion}),
			isListening: true,
			acceptQueue: own.reduce((sum, {queue}) => sum + queue, 0),
			acceptLimit: limits.length === 0 ? null : limits.reduce((sum, {limit}) => sum + limit, 0),
			...seen,
		};
	}

	#listenersOf(space: Space, clockMs: number): ListenersByPort | null {
		if (space.readMs === clockMs) return space.listeners;
		space.readMs = clockMs;
		space.listeners = null;
		const netlink = this.#open(space, clockMs);
		if (netlink === null) return null;
		const found: Map<number, Listener[]> = new Map();
		const {problem} = netlink.visitSome(LISTENERS, this.#row, (row) => {
			const {local, localPort: port, rxQueue: queue, backlog: limit, inode, state} = row;
			if (state !== LISTEN) return;
			const listener = {words: local.slice(), queue, limit, inode};
			const there = found.get(port);
			if (there === undefined) found.set(port, [listener]);
			else there.push(listener);
		});
		if (problem === null) space.listeners = found;
		else closeSpace(space);
		return space.listeners;
	}

	/** Where something is wrong, and of one of the others at each turn; null: not now. */
	#endsOf(space: Space, {isInQuestion, port, words}: Dialled, clockMs: number): Ends | null {
		const isInTurn = this.#turnOf++ === this.#turn && this.#isTurn;
		if (this.#creditMs <= 0) return null;
		if (!isInTurn && (!isInQuestion || this.#looksAtEnds >= MAX_LOOKS_AT_ENDS)) return null;
		this.#looksAtEnds++;
		const ends = {unread: 0, closeWait: 0, accepted: 0};
		const filter = {states: (1 << ESTABLISHED) | (1 << CLOSE_WAIT), localPort: port, hasInfo: false};
		const netlink = this.#open(space, clockMs);
		if (netlink === null) return null;
		const start = performance.now();
		const {problem} = netlink.visitSome(filter, this.#row, ({local, state, rxQueue, inode}) => {
			if (!isSame(local, words)) return;
			// the other side's FIN counts as a byte; who has no inode was never accepted
			const isClosed = state === CLOSE_WAIT;
			if (rxQueue > (isClosed ? 1 : 0)) ends.unread++;
			if (isClosed && inode !== 0) ends.closeWait++;
			if (!isClosed && inode !== 0) ends.accepted++;
		});
		this.#creditMs -= performance.now() - start;
		return problem === null ? ends : null;
	}

	#listening(own: readonly Listener[], space: Space, history: ServerHistory, tick: ProcessTick): ProcessFacts {
		const holders = new Set<Process>();
		const sockets = own.map(({inode}) => inode).filter((inode) => inode > 0);
		let isWhole = true;
		for (const inode of sockets) {
			const owners = this.#owners.of(inode, space.processes, this.#tick.clockMs);
			for (const process of owners.processes) holders.add(process);
			isWhole &&= owners.isWhole;
		}
		return history.listening([...holders], tick, {sockets, isWhole});
	}

	/** The namespace has no process any more, so that nothing can listen in it. */
	#endedServer(place: FoundServer, clockMs: number): Server | null {
		if (place.history === null) return null;
		if (clockMs - place.seenMs > ENDED_MS) {
			place.history = null;
			return null;
		}
		const nothing = {unread: null, closeWait: null, accepted: null};
		return {...place.history.notListening(this.#tick), ...NO_LISTENER, ...nothing};
	}
}

const NO_LISTENERS: readonly Listener[] = [];
const NO_LISTENER = {isListening: false, acceptQueue: null, acceptLimit: null};

function newSpace(key: number): Space {
	return {
		...{key, processes: [], isGone: false, netlink: null, closedUntilMs: Number.NEGATIVE_INFINITY},
		...{usedMs: Number.NaN, listeners: null, readMs: Number.NaN},
	};
}

function closeSpace(space: Space): void {
	space.netlink?.close();
	space.netlink = null;
}

function newPlace(): FoundServer {
	return {
		...{space: null, candidates: [], tried: new WeakSet<Space>(), isSearched: true},
		...{
			searchedMs: Number.NEGATIVE_INFINITY,
			pauseMs: FIRST_PAUSE_MS,
			wasInQuestion: false,
			provenMs: 0,
			failures: 0,
			former: null,
			askedMs: 0,
			history: null,
			seenMs: 0,
		},
		...{closeWait: null, closeWaitMs: Number.NEGATIVE_INFINITY},
	};
}

function searchAgain(place: FoundServer): void {
	place.space = null;
	place.candidates = [];
	place.tried = new WeakSet();
	place.isSearched = true;
	place.pauseMs = FIRST_PAUSE_MS;
	place.closeWait = null;
}

/** The listeners that take connections to the backend's address: those bound to it, else those bound to any. */
function boundTo(listeners: ListenersByPort, {words, port}: Dialled): readonly Listener[] {
	const there = listeners.get(port) ?? NO_LISTENERS;
	const exact = there.filter((listener) => isSame(listener.words, words));
	if (exact.length > 0) return exact;
	const isIPv4 = words[0] === 0 && words[1] === 0 && words[2] === 0xffff;
	const toAny = (third: number) =>
		there.filter(({words: [a, b, c, d]}) => a === 0 && b === 0 && c === third && d === 0);
	// for IPv4 the kernel prefers a listener of IPv4 to one of both (compute_score() of inet_hashtables.c)
	const ofIPv4 = isIPv4 ? toAny(0xffff) : NO_LISTENERS;
	return ofIPv4.length > 0 ? ofIPv4 : toAny(0);
}

function isSame(a: Uint32Array, b: Uint32Array): boolean {
	return a[0] === b[0] && a[1] === b[1] && a[2] === b[2] && a[3] === b[3];
}
