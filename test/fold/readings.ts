/**
Readings from rows in a compact notation, one row a line, for tests of the fold and of all that is built on it:

	10.0.0.2:40000 > 10.0.0.7:8080 EST tx=5 timer=1 retr=2 ino=0 ato=0 cwnd=20
	10.0.0.2:40000 > 10.0.0.7:8080 EST sent=100 got=0 lastsnd=900 lastrcv=1200
	[::]:80 LISTEN rx=3

The local end may be a port alone (10.0.0.2 then). A row has inode = local port and ato = 10 unless it says otherwise,
and tcp_info if it says `sent`. `*3` at the end repeats it with ports counted up.
*/
import assert from 'node:assert/strict';
import {Fold, type FoldOptions} from '../../src/fold/fold.ts';
import {parseEndpoint} from '../../src/parse/address.ts';
import {newRow, type Row} from '../../src/parse/row.ts';
import {STATE_NAMES} from '../../src/parse/tcp-state.ts';
import {NO_COUNTERS, type Reading, type Tick} from '../../src/reading.ts';
import type {BackendFacts, Snapshot} from '../../src/snapshot.ts';

/** 2026-11-22 14:00:00 UTC. */
export const START = Date.UTC(2026, 10, 22, 14);
const US = '10.0.0.2';

const STATES: Readonly<Record<string, number>> = {
	...Object.fromEntries(Object.entries(STATE_NAMES).map(([number, name]) => [name, Number(number)])),
	EST: 1,
	SYN: 2,
	FW1: 4,
	FW2: 5,
	TW: 6,
	CW: 8,
	SYN_RECV: 3,
	NEW_SYN_RECV: 12,
};

const FIELDS: Readonly<Record<string, keyof Row>> = {
	tx: 'txQueue',
	rx: 'rxQueue',
	timer: 'timer',
	retr: 'retransmits',
	probes: 'probes',
	ino: 'inode',
	ato: 'ato',
	quick: 'quick',
	cwnd: 'cwnd',
	rto: 'rto',
	ssthresh: 'ssthresh',
	sent: 'bytesSent',
	got: 'bytesReceived',
	lastsnd: 'lastSendMs',
	lastrcv: 'lastReceiveMs',
	rtt: 'rttUs',
	minrtt: 'minRttUs',
	segs: 'dataSegsOut',
	again: 'totalRetrans',
	acked: 'bytesAcked',
	lastack: 'lastAckMs',
	unacked: 'unacked',
	notsent: 'notSent',
	segsin: 'dataSegsIn',
	backlog: 'backlog',
};

function endpointOf(text: string): {words: Uint32Array; port: number} {
	const endpoint = parseEndpoint(/^\d+$/.test(text) ? `${US}:${text}` : text);
	assert(endpoint !== null, `no address and port: ${text}`);
	return endpoint;
}

/** The rows of a text in the notation above. */
export function rowsOf(text: string): Row[] {
	return text
		.split('\n')
		.map((line) => line.trim())
		.filter((line) => line !== '')
		.flatMap(rowsOfLine);
}

function rowsOfLine(line: string): Row[] {
	const {left, right, rest} =
		/^(?<left>\S+)(?: > (?<right>\S+))? (?<rest>.*)$/.exec(line)?.groups ?? assert.fail(`no row: ${line}`);
	const words = (rest ?? '').split(' ');
	const repeat = words.at(-1)?.startsWith('*') ? Number(words.pop()?.slice(1)) : 1;
	const [state = '', ...fields] = words;
	const local = endpointOf(left ?? '');
	const remote = right === undefined ? {words: new Uint32Array(4), port: 0} : endpointOf(right);
	const rows: Row[] = [];
	for (let i = 0; i < repeat; i++) {
		// Where many connections come to one local address it is the other end's port that tells them apart.
		const isServer = local.port < 10_000 && remote.port >= 10_000;
		const localPort = local.port + (isServer ? 0 : i);
		const remotePort = remote.port + (isServer ? i : 0);
		const row: Row = {
			...newRow(),
			...{local: local.words, localPort, remote: remote.words, remotePort},
			state: STATES[state] ?? assert.fail(`no state: ${line}`),
			...{inode: localPort, ato: 10, quick: 0, cwnd: 10, rto: 51},
		};
		for (const field of fields) set(row, field, line);
		if (isServer && !fields.some((field) => field.startsWith('ino='))) row.inode = remotePort;
		rows.push(row);
	}
	return rows;
}

function set(row: Row, field: string, line: string): void {
	const [name = '', value = ''] = field.split('=');
	const key = FIELDS[name] ?? assert.fail(`no field ${name}: ${line}`);
	Object.assign(row, {[key]: Number(value)});
	if (key !== 'bytesSent') return;
	row.hasInfo = true;
	for (const other of ['bytesReceived', 'lastSendMs', 'lastReceiveMs', 'dataSegsOut', 'totalRetrans'] as const) {
		if (row[other] < 0) row[other] = 0;
	}
}

/** What a reading says besides its rows. */
export type Said = Partial<Omit<Reading, 'visit' | 'inodes'>> & {
	/** The process's socket inodes. */
	readonly owned?: Iterable<number>;
	/** Seconds after START. */
	readonly at?: number;
};

export function readingOf(rows: string | readonly Row[], {owned, at = 0, ...said}: Said = {}): Reading {
	const inodes = owned === undefined ? null : new Set(owned);
	return {
		instance: {id: 'lb1/361', host: 'lb1', via: null, pid: 361, startedAt: START - 5_000, netns: 4026531840},
		time: START + at * 1_000,
		monotonicMs: 5_000 + at * 1_000,
		...{isTimeAssumed: false, intervalMs: 1_000, problem: null, rowSource: 'text', isAlone: inodes === null},
		descriptors: inodes === null ? 'denied' : 'readable',
		inodes: () => inodes,
		counters: NO_COUNTERS,
		ports: {low: 32_768, high: 60_999, isAssumed: false},
		...{names: new Map(), openFiles: null, readMs: 0},
		...said,
		visit(visit) {
			const all = typeof rows === 'string' ? rowsOf(rows) : rows;
			for (const row of all) visit(row);
			return {rows: all.length, torn: 0};
		},
	};
}

export function tickOf(...readings: Reading[]): Tick {
	return {time: readings[0]?.time ?? START, readings, problem: null};
}

/** A reading each second, through one fold; `looks` are its rows, or rows and what else it says. */
export function foldAll(looks: readonly (string | readonly [rows: string, said: Said])[], options?: FoldOptions) {
	const fold = new Fold(options);
	return looks.map((look, second): Snapshot => {
		const [rows, said] = typeof look === 'string' ? [look, {}] : look;
		const [snapshot] = fold.fold(tickOf(readingOf(rows, {at: second, ...said}))).snapshots;
		return snapshot ?? assert.fail('no snapshot');
	});
}

/** The facts of one backend in a snapshot: the only one, or that of `address`. */
export function backendOf(snapshot: Snapshot | undefined, address?: string): BackendFacts {
	const {backends = []} = snapshot ?? {};
	if (address === undefined) assert.equal(backends.length, 1, `backends: ${backends.map((b) => b.address).join(' ')}`);
	const found = address === undefined ? backends[0] : backends.find((backend) => backend.address === address);
	return found ?? assert.fail(`no backend ${address}`);
}
