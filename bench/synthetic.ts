/** Readings without a kernel: dials of one Traefik to its backends, some of them replaced every second. */
import {newRow, type Row} from '../src/parse/row.ts';
import {NO_COUNTERS, NOTHING_READ, type Reading, type Tick} from '../src/reading.ts';

export type Load = {readonly sockets: number; readonly backends: number; readonly newPerSecond: number};

const START = 1_700_000_000_000;
const ANSWER_MS = 20;
/** Every socket is asked once in this many seconds. */
const PERIOD = 5;

/** The tick of second `at`. The kernel's order is kept: a new connection takes the place of an old one. */
export function syntheticTick(at: number, load: Load): Tick {
	const time = START + 1000 * at;
	const reading: Reading = {
		...NOTHING_READ,
		instance: {id: 'bench', host: 'bench', via: null, pid: 1, startedAt: START, netns: 1},
		time,
		monotonicMs: 1000 * at,
		intervalMs: 1000,
		rowSource: 'netlink',
		isAlone: true,
		descriptors: 'readable',
		counters: {...NO_COUNTERS, activeOpens: at * load.newPerSecond, attemptFails: 0},
		ports: {low: 1024, high: 65_535, isAssumed: false},
		openFiles: {open: load.sockets, limit: 1_048_576},
		readMs: 1,
		visit(visit) {
			const row = newRow();
			for (let i = 0; i < load.sockets; i++) visit(fill(row, i, at, load));
			return {rows: load.sockets, torn: 0};
		},
	};
	return {time, readings: [reading], problem: null};
}

/** Row `i` of second `at`. */
function fill(row: Row, i: number, at: number, {sockets, backends, newPerSecond}: Load): Row {
	// The place i is taken again whenever the count of new connections, going round, comes to it.
	const round = Math.floor((at * newPerSecond + sockets - 1 - i) / sockets);
	const openedAt = newPerSecond === 0 ? 0 : Math.max(0, (round * sockets - sockets + 1 + i) / newPerSecond);
	const asked = Math.max(1, Math.floor((at - openedAt + (i % PERIOD)) / PERIOD));
	const sinceMs = 1000 * ((((at - openedAt) | 0) + (i % PERIOD)) % PERIOD) + ANSWER_MS + (i % 7) * 4;
	row.local.set([0, 0, 0xffff, 0x0a000002 + (round % 200) * 65_536]);
	row.remote.set([0, 0, 0xffff, 0x0a4d0000 + (i % backends)]);
	return Object.assign(row, {
		localPort: 1024 + (i % 60_000),
		remotePort: 8080 + (i >= 60_000 ? 1 : 0),
		state: 1,
		inode: 1000 + i + (round % 1000) * sockets,
		ato: 4,
		quick: 1,
		cwnd: 10,
		rto: 20,
		hasInfo: true,
		bytesSent: 100 * asked,
		bytesReceived: 900 * asked,
		lastSendMs: sinceMs,
		lastReceiveMs: sinceMs - ANSWER_MS,
		rttUs: 20_000,
		minRttUs: 30,
		totalRetrans: 0,
		dataSegsOut: asked,
	});
}
