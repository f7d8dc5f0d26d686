import assert from 'node:assert/strict';
import {readFileSync, readlinkSync} from 'node:fs';
import test from 'node:test';
import {Worker} from 'node:worker_threads';
import {type NetlinkSource, openNetlink} from '../../src/live/netlink.ts';
import {formatEndpoint} from '../../src/parse/address.ts';
import {newRow, type Row, type Visit} from '../../src/parse/row.ts';
import {parseSsText} from '../../src/parse/ss-text.ts';
import {parseTcpTable} from '../../src/parse/tcp-table.ts';
import {makeSockets, type SocketCounts, type SocketLab, whyNoSockets} from '../lab/sockets.ts';

const skip = whyNoSockets();

/** A prime number of each, none twice, so that a row in the wrong place shows. */
function everyState(): SocketCounts {
	const primes = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47];
	const states = ['established', 'syn_sent', 'syn_recv', 'fin_wait1', 'fin_wait2', 'fin_wait2_orphan', 'time_wait'];
	states.push('close_wait', 'last_ack', 'closing', 'listen', 'unanswered', 'keepalive', 'exchanged', 'zero_window');
	const counts = (turn: number) =>
		Object.fromEntries(states.map((state, index) => [state, primes[(index + turn) % primes.length] ?? 2]));
	return {4: counts(0), 6: counts(5), mapped: counts(10)};
}

type Rows = Map<string, Row>;

function collect(read: (visit: Visit) => void): Rows {
	const rows: Rows = new Map();
	read((row) => {
		const {table, local, localPort, remote, remotePort} = row;
		const key = `${table} ${formatEndpoint(local, localPort)} ${formatEndpoint(remote, remotePort)}`;
		assert.ok(!rows.has(key), `twice: ${key}`);
		rows.set(key, {...row, local: local.slice(), remote: remote.slice()});
	});
	return rows;
}

function textRows(pid: number): Rows {
	return collect((visit) => {
		for (const [name, table] of [
			['tcp', 4],
			['tcp6', 6],
		] as const) {
			const bytes = readFileSync(`/proc/${pid}/net/${name}`);
			const {torn} = parseTcpTable(bytes, bytes.length, table, true, newRow(), visit);
			assert.equal(torn, 0);
		}
	});
}

function netlinkRows(source: NetlinkSource): Rows {
	return collect((visit) => {
		const {torn, interrupted, problem} = source.visit(newRow(), visit);
		assert.deepEqual({torn, interrupted, problem}, {torn: 0, interrupted: false, problem: null});
	});
}

function ssRows(lab: SocketLab): Rows {
	const text = Buffer.from(lab.run('ss', '-tinaOHe'), 'latin1');
	return collect((visit) => {
		assert.equal(parseSsText(text, text.length, newRow(), visit).torn, 0);
	});
}

/** Reads before and after until nothing moved meanwhile: a retransmission falls between two reads once in a while. */
function quiet<T>(look: () => Rows, read: () => T): {rows: Rows; other: T} {
	const still = (rows: Rows) => JSON.stringify([...rows].map(([key, row]) => [key, {...row, ...MOVING}]));
	for (let attempt = 0; ; attempt++) {
		const rows = look();
		const other = read();
		if (still(rows) === still(look())) return {rows, other};
		assert.ok(attempt < 50, 'the sockets never settle');
	}
}

/** Ages and times, which run on between two looks. */
const MOVING = {lastSendMs: 0, lastReceiveMs: 0, lastAckMs: 0, busyMs: 0, rwndLimitedMs: 0, sndbufLimitedMs: 0};

function openIn(lab: SocketLab): NetlinkSource {
	const source = openNetlink(lab.pid);
	assert.ok(!('problem' in source), JSON.stringify(source));
	return source;
}

/** What both tell of a socket. `null`: one of the two does not know it. */
function common(row: Row, also: Partial<Row>): Partial<Row> {
	const {table, state, timer, txQueue, rxQueue, inode, retransmits, uid, probes, rto, ato, cwnd, ssthresh} = row;
	const known = {table, state, timer, txQueue, rxQueue, inode, retransmits, uid, probes, rto, ato, cwnd, ssthresh};
	return {...known, ...also};
}

test('openNetlink lists the same sockets as the tables, field by field, in every state', {skip}, async (t) => {
	const lab = await makeSockets(everyState());
	t.after(() => lab.close());
	const source = openIn(lab);
	t.after(() => source.close());
	const {rows: text, other: netlink} = quiet(
		() => textRows(lab.pid),
		() => netlinkRows(source),
	);
	const states = new Set([...text.values()].map(({table, state}) => `${table}:${state}`));
	assert.equal(states.size, 2 * 10, 'ten states in each table');
	assert.deepEqual([...netlink.keys()].sort(), [...text.keys()].sort());
	for (const [key, row] of netlink) {
		// A listener's rto and ato, and the retransmits of a SYN_RECV, netlink does not tell: see inet-diag.ts.
		const unknown = row.state === 10 ? {rto: -1, ato: -1} : row.state === 3 ? {retransmits: -1} : {};
		assert.deepEqual(common(row, unknown), common(text.get(key) as Row, unknown), key);
	}
});

test('openNetlink gives the numbers that ss prints', {skip}, async (t) => {
	const lab = await makeSockets(everyState());
	t.after(() => lab.close());
	const source = openIn(lab);
	t.after(() => source.close());
	const {rows: netlink, other: printed} = quiet(
		() => netlinkRows(source),
		() => ssRows(lab),
	);
	assert.deepEqual([...printed.keys()].sort(), [...netlink.keys()].sort());
	let informed = 0;
	for (const [key, row] of netlink) {
		const ss = printed.get(key) as Row;
		if (row.hasInfo) informed++;
		// ss has no cgroup number, rounds what is long to six digits, and keeps other counts to itself.
		const rounded = {cgroup: -1, rttUs: 0, rttVarUs: 0, minRttUs: 0, ssthresh: 0, retransmits: 0, probes: 0};
		assert.deepEqual({...row, ...MOVING, ...rounded}, {...ss, ...MOVING, ...rounded}, key);
		for (const field of ['rttUs', 'rttVarUs', 'minRttUs'] as const) {
			assert.ok(Math.abs(row[field] - ss[field]) <= Math.abs(row[field]) * 1e-5 + 0.5, `${key} ${field}`);
		}
		for (const field of ['lastSendMs', 'lastReceiveMs', 'lastAckMs'] as const) {
			assert.ok(ss[field] - row[field] >= 0 && ss[field] - row[field] < 5000, `${key} ${field}`);
		}
	}
	assert.ok(informed > 300);
});

test('openNetlink follows what happens: a socket that sent, received and waits says so', {skip}, async (t) => {
	const lab = await makeSockets({4: {exchanged: 1, established: 1}, 6: {unanswered: 1}});
	t.after(() => lab.close());
	const source = openIn(lab);
	t.after(() => source.close());
	const rows = [...netlinkRows(source).values()].filter(({state}) => state === 1);
	const [asked, answered] = [3100, 6200];
	assert.deepEqual(
		rows.map(({bytesSent, bytesReceived}) => [bytesSent, bytesReceived]).sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0)),
		[
			[0, 0],
			[5, 0],
			[asked, answered],
			[answered, asked],
		],
	);
	assert.deepEqual(
		rows.map(({ato, bytesReceived}) => ato === 0 && bytesReceived > 0),
		[false, false, false, false],
	);
});

test('openNetlink enters a namespace and is back in its own, also in a worker', {skip}, async (t) => {
	const lab = await makeSockets({4: {listen: 3}});
	t.after(() => lab.close());
	const before = readlinkSync('/proc/thread-self/ns/net');
	const source = openIn(lab);
	t.after(() => source.close());
	assert.equal(readlinkSync('/proc/thread-self/ns/net'), before);
	assert.equal(`net:[${source.netns}]`, readlinkSync(`/proc/${lab.pid}/ns/net`));
	assert.equal(netlinkRows(source).size, 3);
	const worker = new Worker(
		`const {parentPort, workerData} = require('node:worker_threads');
		const {readlinkSync} = require('node:fs');
		import(workerData.netlink).then(async ({openNetlink}) => {
			const {newRow} = await import(workerData.row);
			const source = openNetlink(workerData.pid);
			const {rows} = source.visit(newRow(), () => {});
			source.close();
			parentPort.postMessage({rows, after: readlinkSync('/proc/thread-self/ns/net')});
		});`,
		{
			eval: true,
			workerData: {
				pid: lab.pid,
				netlink: new URL('../../src/live/netlink.ts', import.meta.url).href,
				row: new URL('../../src/parse/row.ts', import.meta.url).href,
			},
		},
	);
	const message = await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
	await worker.terminate();
	assert.deepEqual(message, {rows: 3, after: before});
	assert.equal(readlinkSync('/proc/thread-self/ns/net'), before);
});

test('openNetlink asks again and again through one socket', {skip}, async (t) => {
	const lab = await makeSockets({4: {established: 200}, 6: {established: 100}});
	t.after(() => lab.close());
	const source = openIn(lab);
	t.after(() => source.close());
	for (let turn = 0; turn < 5; turn++) assert.equal(netlinkRows(source).size, 300);
});

test('openNetlink gives every socket of an answer in many pieces, begun beforehand or not', {skip}, async (t) => {
	const lab = await makeSockets({4: {established: 3000}, 6: {established: 500}});
	t.after(() => lab.close());
	const source = openIn(lab);
	t.after(() => source.close());
	assert.equal(source.begin(), null);
	assert.equal(netlinkRows(source).size, 3500);
	assert.equal(netlinkRows(source).size, 3500);
});

test('openNetlink starts again after a visit that was broken off', {skip}, async (t) => {
	const lab = await makeSockets({4: {established: 3000}});
	t.after(() => lab.close());
	const source = openIn(lab);
	t.after(() => source.close());
	const breaksOff = () => {
		throw new Error('enough');
	};
	assert.throws(() => source.visit(newRow(), breaksOff), /enough/);
	assert.equal(source.begin(), null);
	assert.equal(source.begin(), null);
	assert.equal(netlinkRows(source).size, 3000);
});
