/**
A recording that can be shown to strangers: everything that tells who somebody is has a stand-in (stand-ins.ts), and
everything that the rules look at is as it was. Each field is named here: one that is added elsewhere is left out until
somebody has thought about it.
*/

import {idOf} from '../capture/head.ts';
import {formatAddress, formatEndpoint, parseAddress, parseEndpoint} from '../parse/address.ts';
import {newRow, type Row} from '../parse/row.ts';
import {type Instance, OWN_PROCESS, type Reading, type Server, type Tick} from '../reading.ts';
import type {Recording} from '../source.ts';
import type {StandIns} from './stand-ins.ts';

/** Problems that name nobody once their numbers are gone; any other text may say anything. */
const TELLING_NOTHING =
	/^(?:gone|(?:there is )?no process \d+|no row of the tcp table can be read|cannot read \/proc\/\d+\/[a-z0-9/]+: [a-z ]+)$/;
const NOBODY = 'no Traefik process found';

export function anonymized(recording: Recording, standIns: StandIns): Recording {
	return {
		...recording,
		host: recording.host === null ? null : standIns.host(recording.host),
		async *ticks(from) {
			for await (const tick of recording.ticks(from)) yield anonymousTick(tick, standIns);
		},
	};
}

function anonymousTick({time, readings, between, problem}: Tick, standIns: StandIns): Tick {
	return {
		time,
		readings: readings.map((reading) => anonymousReading(reading, standIns)),
		problem: anonymousProblem(problem, standIns),
		...(between === undefined ? {} : {between: between.map((id) => anonymousId(id, standIns))}),
	};
}

function anonymousReading(reading: Reading, standIns: StandIns): Reading {
	const {rowSourceReason, servers, serversReason} = reading;
	let own: ReadonlySet<number> | null = null;
	return {
		instance: anonymousInstance(reading.instance, standIns),
		time: reading.time,
		monotonicMs: reading.monotonicMs,
		isTimeAssumed: reading.isTimeAssumed,
		intervalMs: reading.intervalMs,
		problem: anonymousProblem(reading.problem, standIns),
		rowSource: reading.rowSource,
		...(rowSourceReason === undefined ? {} : {rowSourceReason: anonymousProblem(rowSourceReason, standIns)}),
		isAlone: reading.isAlone,
		descriptors: reading.descriptors,
		inodes() {
			const inodes = reading.inodes();
			if (inodes === null) return null;
			own ??= new Set(Array.from(inodes, (inode) => standIns.inode(inode)));
			return own;
		},
		counters: reading.counters,
		ports: reading.ports,
		names: anonymousNames(reading.names, standIns),
		openFiles: reading.openFiles,
		...(servers == null ? {} : {servers: (dialled) => anonymousServers(servers(dialled), standIns)}),
		...(serversReason == null ? {} : {serversReason: anonymousProblem(serversReason, standIns)}),
		readMs: reading.readMs,
		visit(visit) {
			const row = newRow();
			const count = reading.visit((original) => visit(anonymousRow(original, row, standIns)));
			const {problem} = count;
			return problem === undefined ? count : {...count, problem: anonymousProblem(problem, standIns)};
		},
	};
}

/** Fills `row` and returns it: the reader's own row stays as it is. */
function anonymousRow(original: Row, row: Row, standIns: StandIns): Row {
	const {local, remote} = row;
	Object.assign(row, original, {local, remote});
	standIns.address(original.local, local);
	standIns.address(original.remote, remote);
	row.inode = standIns.inode(original.inode);
	// no rule compares it
	row.cgroup = -1;
	return row;
}

function anonymousInstance({id, host, via, pid, startedAt, netns}: Instance, standIns: StandIns): Instance {
	const known = {
		host: host === null ? null : standIns.host(host),
		via: via === null ? null : standIns.via(via),
		pid: pid === null ? null : standIns.pid(pid),
	};
	return {
		id: id === idOf(host, pid) ? idOf(known.host, known.pid) : anonymousId(id, standIns),
		...known,
		startedAt,
		netns: netns === null ? null : standIns.inode(netns),
	};
}

/** `host/pid`, `pid` or `?`, with what a number or a command after it tells two of one name apart. */
function anonymousId(id: string, standIns: StandIns): string {
	const match = /^(?:(.*)\/)?(\d+|\?)(?: \((\d+)\))?$/.exec(id);
	if (match === null) return standIns.host(id);
	const [, host, pid = '?', number] = match;
	const own = idOf(host === undefined ? null : standIns.host(host), pid === '?' ? null : standIns.pid(Number(pid)));
	return number === undefined ? own : `${own} (${number})`;
}

function anonymousNames(names: ReadonlyMap<string, string>, standIns: StandIns): ReadonlyMap<string, string> {
	const anonymous = new Map<string, string>();
	for (const [place, name] of names) {
		const standIn = anonymousPlace(place, standIns);
		if (standIn !== null) anonymous.set(standIn, standIns.name(name));
	}
	return anonymous;
}

/** A program's name tells what runs there, and with it somebody's name for it. */
function anonymousServers(
	servers: ReadonlyMap<string, Server> | null,
	standIns: StandIns,
): ReadonlyMap<string, Server> | null {
	if (servers === null) return null;
	const anonymous = new Map<string, Server>();
	for (const [address, server] of servers) {
		const place = address === OWN_PROCESS ? OWN_PROCESS : anonymousPlace(address, standIns);
		if (place === null) continue;
		const {pid, name, forwardsTo} = server;
		anonymous.set(place, {
			pid: pid === null ? null : standIns.pid(pid),
			name: name === null ? null : standIns.name(name),
			state: server.state,
			isListening: server.isListening,
			acceptQueue: server.acceptQueue,
			acceptLimit: server.acceptLimit,
			unread: server.unread,
			closeWait: server.closeWait,
			openFiles: server.openFiles,
			openFilesLimit: server.openFilesLimit,
			accepted: server.accepted,
			startedAt: server.startedAt,
			endedAt: server.endedAt,
			restarts: server.restarts,
			oomKill: server.oomKill,
			workers: server.workers,
			cpuPercent: server.cpuPercent,
			throttledPercent: server.throttledPercent,
			cpuLimit: server.cpuLimit,
			memoryBytes: server.memoryBytes,
			memoryLimitBytes: server.memoryLimitBytes,
			oomKills: server.oomKills,
			forwardsTo: forwardsTo === null ? null : anonymousPlace(forwardsTo, standIns),
		});
	}
	return anonymous;
}

/** Of `ip` or `ip:port`; null: invalid. */
function anonymousPlace(place: string, standIns: StandIns): string | null {
	const out = new Uint32Array(4);
	const address = parseAddress(place);
	if (address !== null) {
		standIns.address(address, out);
		return formatAddress(out);
	}
	const endpoint = parseEndpoint(place);
	if (endpoint === null) return null;
	standIns.address(endpoint.words, out);
	return formatEndpoint(out, endpoint.port);
}

function anonymousProblem<T extends string | null>(problem: T, standIns: StandIns): T | string {
	if (problem === null) return problem;
	if (problem.startsWith(NOBODY)) return NOBODY;
	if (!TELLING_NOTHING.test(problem)) return 'could not be read (reason withheld)';
	return problem.replace(/(?<=\/proc\/|process )\d+/, (pid) => String(standIns.pid(Number(pid))));
}
