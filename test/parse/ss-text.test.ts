import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import test from 'node:test';
import fc from 'fast-check';
import {formatEndpoint} from '../../src/parse/address.ts';
import {newRow, type Row, type TableCount} from '../../src/parse/row.ts';
import {parseSsText} from '../../src/parse/ss-text.ts';
import {parseTcpTable} from '../../src/parse/tcp-table.ts';

const net = new URL('../../fixtures/proc/slow-readers/3744/net/', import.meta.url);

function parse(text: string): TableCount & {readonly visited: readonly Row[]} {
	// Stale bytes of a longer text follow: a reader must not run on into them.
	const bytes = Buffer.from(`${text} 9 ino:9 cwnd:9\nESTAB 0 0 1.1.1.1:1 2.2.2.2:2 \n`, 'latin1');
	const visited: Row[] = [];
	const count = parseSsText(bytes, text.length, newRow(), (row) => {
		visited.push({...row, local: row.local.slice(), remote: row.remote.slice()});
	});
	return {...count, visited};
}

function only(text: string): Row {
	const {visited, torn} = parse(text);
	assert.equal(torn, 0);
	assert.equal(visited.length, 1);
	return visited[0] as Row;
}

const local = (row: Row) => formatEndpoint(row.local, row.localPort);
const remote = (row: Row) => formatEndpoint(row.remote, row.remotePort);

test('parseSsText reads a connection with its tcp_info', () => {
	const row = only(
		'ESTAB  2      246   10.77.0.2:51868   10.77.0.12:8080  timer:(on,208ms,3) uid:65532 ino:476560 sk:ad81 cgroup:/ <-> ' +
			'ts sack cubic wscale:10,10 rto:224 backoff:1 rtt:21.123/0.62 ato:40 mss:1448 pmtu:1500 rcvmss:536 advmss:1448 ' +
			'cwnd:10 ssthresh:7 bytes_sent:14045 bytes_retrans:246 bytes_acked:13800 bytes_received:7504 segs_out:99 ' +
			'segs_in:60 data_segs_out:57 data_segs_in:56 send 5484069bps lastsnd:16 lastrcv:60 lastack:64 ' +
			'pacing_rate 10967744bps/20000000bps delivery_rate 643555552bps delivered:58 app_limited busy:1196ms ' +
			'rwnd_limited:1916ms(48.2%) sndbuf_limited:8ms(0.1%) unacked:1 retrans:1/6 lost:1 rcv_rtt:0.016 ' +
			'rcv_space:14480 rcv_ssthresh:64088 notsent:12 minrtt:0.018 rcv_ooopack:3 snd_wnd:65536            \n',
	);
	assert.deepEqual(row, {
		...newRow(),
		table: 4,
		local: Uint32Array.of(0, 0, 0xffff, 0x0a4d0002),
		localPort: 51868,
		remote: Uint32Array.of(0, 0, 0xffff, 0x0a4d000c),
		remotePort: 8080,
		state: 1,
		rxQueue: 2,
		txQueue: 246,
		timer: 1,
		retransmits: 3,
		probes: 0,
		uid: 65532,
		inode: 476560,
		ato: 4,
		rto: 22,
		cwnd: 10,
		ssthresh: 7,
		hasInfo: true,
		bytesSent: 14045,
		bytesAcked: 13800,
		bytesReceived: 7504,
		segsOut: 99,
		segsIn: 60,
		dataSegsOut: 57,
		dataSegsIn: 56,
		lastSendMs: 16,
		lastReceiveMs: 60,
		lastAckMs: 64,
		deliveryRate: 643555552,
		delivered: 58,
		busyMs: 1196,
		rwndLimitedMs: 1916,
		sndbufLimitedMs: 8,
		unacked: 1,
		retrans: 1,
		totalRetrans: 6,
		rttUs: 21123,
		rttVarUs: 620,
		minRttUs: 18,
		notSent: 12,
	});
});

test('parseSsText takes what a line with tcp_info leaves out for 0, unless ss leaves it out for another reason', () => {
	const {hasInfo, bytesSent, bytesReceived, lastSendMs, lastAckMs, unacked, retrans, totalRetrans, notSent, ...row} =
		only(
			'ESTAB 0 0 10.0.0.1:1 10.0.0.2:2 ino:5 cgroup:/ <-> cubic rto:200 mss:1448 cwnd:10 bytes_acked:1 delivered:1\n',
		);
	assert.deepEqual({hasInfo, bytesSent, bytesReceived}, {hasInfo: true, bytesSent: 0, bytesReceived: 0});
	assert.deepEqual([lastSendMs, lastAckMs, unacked, retrans, totalRetrans, notSent], [0, 0, 0, 0, 0, 0]);
	assert.deepEqual([row.busyMs, row.ato, row.uid, row.timer, row.retransmits], [0, 0, 0, 0, 0]);
	assert.deepEqual([row.rttUs, row.rttVarUs, row.minRttUs, row.ssthresh], [-1, -1, -1, -1]);
	assert.deepEqual([row.quick, row.backlog, row.cgroup], [-1, -1, -1]);
});

test('parseSsText says unknown for bytes_sent and delivered of a kernel too old to count them', () => {
	const row = only(
		'ESTAB 0 0 10.0.0.1:1 10.0.0.2:2 ino:5 <-> rto:200 mss:1448 cwnd:10 bytes_acked:300 segs_out:4 data_segs_out:2\n',
	);
	assert.deepEqual([row.bytesSent, row.delivered, row.dataSegsOut], [-1, -1, 2]);
});

test('parseSsText knows that a left-out rto is one of 3 s', () => {
	assert.equal(only('ESTAB 0 0 10.0.0.1:1 10.0.0.2:2 ino:5 <-> cubic mss:1448 cwnd:10\n').rto, 300);
	assert.equal(only('TIME-WAIT 0 0 10.0.0.1:1 10.0.0.2:2 ino:0\n').rto, -1);
});

test('parseSsText has no ages for a dial: they would count from the boot of the machine', () => {
	const row = only(
		'SYN-SENT 0 1 10.0.0.1:1 10.0.0.2:2 timer:(on,244ms,2) ino:5 <-> rto:1000 mss:524 cwnd:10 segs_out:3 ' +
			'lastsnd:5369508 lastrcv:5369508 lastack:5369508 unacked:1\n',
	);
	assert.deepEqual([row.state, row.retransmits, row.unacked, row.rto], [2, 2, 1, 100]);
	assert.deepEqual([row.lastSendMs, row.lastReceiveMs, row.lastAckMs], [-1, -1, -1]);
});

test('parseSsText reads the accept queue of a listener and its limit', () => {
	const row = only('LISTEN 3 4096 *:80 *:* ino:476266 sk:54a0 cgroup:/ v6only:0 <-> cubic cwnd:10\n');
	assert.deepEqual([row.table, local(row), remote(row)], [6, '[::]:80', '[::]:0']);
	assert.deepEqual([row.rxQueue, row.txQueue, row.backlog, row.hasInfo], [3, 0, 4096, false]);
});

test('parseSsText reads rows without tcp_info, also right after one that has it', () => {
	const {visited} = parse(
		'ESTAB 0 0 10.0.0.1:1 10.0.0.2:2 ino:5 <-> rto:200 mss:1448 cwnd:10 bytes_sent:7\n' +
			'FIN-WAIT-2 0 0 10.0.0.1:1 10.0.0.2:2 timer:(timewait,59sec,0) ino:0 sk:b493      \n',
	);
	assert.deepEqual(visited[1], {
		...newRow(),
		local: Uint32Array.of(0, 0, 0xffff, 0x0a000001),
		localPort: 1,
		remote: Uint32Array.of(0, 0, 0xffff, 0x0a000002),
		remotePort: 2,
		state: 5,
		timer: 3,
		uid: 0,
	});
});

const timers: [timer: string, expected: [timer: number, retransmits: number, probes: number]][] = [
	['timer:(on,1.896ms,4) ', [1, 4, 0]],
	['timer:(keepalive,2min49sec,3) ', [2, 0, 3]],
	['timer:(persist,840ms,2) ', [4, 0, 2]],
	['timer:(timewait,59sec,0) ', [3, 0, 0]],
	['', [0, 0, 0]],
];
for (const [timer, expected] of timers) {
	test(`parseSsText tells retransmits from probes in ${timer === '' ? 'a line without a timer' : timer}`, () => {
		const row = only(`CLOSING 0 0 10.0.0.1:1 10.0.0.2:2 ${timer}ino:0\n`);
		assert.deepEqual([row.timer, row.retransmits, row.probes], expected);
	});
}

const endpoints: [local: string, remote: string, table: number, asLocal: string, asRemote: string][] = [
	['0.0.0.0:80', '0.0.0.0:*', 4, '0.0.0.0:80', '0.0.0.0:0'],
	['[::]:80', '[::]:*', 6, '[::]:80', '[::]:0'],
	['[::ffff:10.77.0.2]:80', '[::ffff:10.77.0.100]:53610', 6, '10.77.0.2:80', '10.77.0.100:53610'],
	['[fd00::7]:80', '[2001:db8::1]:4', 6, '[fd00::7]:80', '[2001:db8::1]:4'],
	['[fe80::1%eth0]:80', '[fe80::2%eth0]:4', 6, '[fe80::1]:80', '[fe80::2]:4'],
	['[fe80::1]%eth0:80', '[fe80::2]:4', 6, '[fe80::1]:80', '[fe80::2]:4'],
	['127.0.0.53%lo:53', '0.0.0.0:*', 4, '127.0.0.53:53', '0.0.0.0:0'],
	['*%eth0:53', '*:*', 6, '[::]:53', '[::]:0'],
	['::1:80', '::1:4', 6, '[::1]:80', '[::1]:4'],
	[':::80', ':::*', 6, '[::]:80', '[::]:0'],
	['::ffff:10.0.0.1:80', '::ffff:10.0.0.2:4', 6, '10.0.0.1:80', '10.0.0.2:4'],
	['[::ffff:10.0.0.1]:80', '*:*', 6, '10.0.0.1:80', '[::]:0'],
];
for (const [givenLocal, givenRemote, table, asLocal, asRemote] of endpoints) {
	test(`parseSsText reads ${givenLocal} ${givenRemote}`, () => {
		const row = only(`CLOSE-WAIT 0 0   ${givenLocal}     ${givenRemote}   ino:1\n`);
		assert.deepEqual([row.table, local(row), remote(row)], [table, asLocal, asRemote]);
	});
}

test('parseSsText reads rates with units, of versions that cannot print them in full', () => {
	const row = only(
		'ESTAB 0 0 10.0.0.1:1 10.0.0.2:2 ino:1 <-> mss:9 cwnd:1 send 5.5Mbps delivery_rate 1.25Gbps minrtt:1.2e+06\n',
	);
	assert.deepEqual([row.deliveryRate, row.minRttUs], [1_250_000_000, 1_200_000_000]);
});

test('parseSsText reads what is printed over two lines without -O, with a header and with a column of protocols', () => {
	const {rows, torn, visited} = parse(
		'State Recv-Q Send-Q Local Address:Port Peer Address:Port Process\n' +
			'tcp   ESTAB 0 0 10.0.0.1:1 10.0.0.2:2 ino:1 <->\n\t cubic mss:1448 cwnd:10 bytes_sent:7 lastsnd:4\n' +
			'\ntcp   ESTAB 0 0 10.0.0.1:3 10.0.0.2:2 ino:2 <->\n\t cubic mss:1448 cwnd:10\n',
	);
	assert.deepEqual([rows, torn], [2, 0]);
	assert.deepEqual(
		visited.map((row) => [row.inode, row.bytesSent, row.lastSendMs]),
		[
			[1, 7, 4],
			[2, 0, 0],
		],
	);
});

const broken = [
	'ESTAB',
	'ESTAB 0 0',
	'ESTAB 0 x 10.0.0.1:1 10.0.0.2:2 ino:1',
	'ESTAB 0 0 10.0.0.1 10.0.0.2:2',
	'ESTAB 0 0 10.0.0.300:1 10.0.0.2:2',
	'ESTAB 0 0 10.0.0.1:1 10.0.0.2:99999',
	'ESTAB 0 0 10.0.0.1:1',
	'ESTABLISH 0 0 10.0.0.1:1 10.0.0.2:2',
	'Cannot open netlink socket: Operation not permitted',
];
for (const line of broken) {
	test(`parseSsText counts as torn: ${line}`, () => {
		const whole = 'ESTAB 0 0 10.0.0.1:1 10.0.0.2:2 ino:7\n';
		const {rows, torn, visited} = parse(`${whole}${line}\n${whole}`);
		assert.deepEqual([rows, torn], [2, 1]);
		assert.equal(visited[1]?.inode, 7);
	});
}

test('parseSsText counts a last line without a newline as torn: its last number may be cut', () => {
	const {rows, torn} = parse('ESTAB 0 0 10.0.0.1:1 10.0.0.2:2 ino:7\nESTAB 0 0 10.0.0.1:1 10.0.0.2:2 ino:7');
	assert.deepEqual([rows, torn], [1, 1]);
});

test('parseSsText never throws, whatever is changed in a real text', () => {
	const text = readFileSync(new URL('diag', net), 'latin1').split('\n').slice(0, 6).join('\n');
	fc.assert(
		fc.property(fc.nat(text.length), fc.nat(20), fc.string({maxLength: 9, unit: 'binary-ascii'}), (at, cut, put) => {
			const {rows, torn} = parse(`${text.slice(0, at)}${put}${text.slice(at + cut)}\n`);
			assert.ok(rows + torn >= 4);
		}),
		{numRuns: 1000},
	);
});

test('parseSsText yields the rows that the tables beside it hold', () => {
	const key = (row: Row) => `${row.table} ${local(row)} ${remote(row)}`;
	const tables = new Map<string, Row>();
	for (const [name, table] of [
		['tcp', 4],
		['tcp6', 6],
	] as const) {
		const bytes = readFileSync(new URL(name, net));
		parseTcpTable(bytes, bytes.length, table, true, newRow(), (row) => {
			tables.set(key(row), {...row, local: row.local.slice(), remote: row.remote.slice()});
		});
	}
	const {visited, torn} = parse(readFileSync(new URL('diag', net), 'latin1'));
	assert.deepEqual([visited.length, torn], [69, 0]);
	for (const row of visited) {
		const beside = tables.get(key(row));
		assert.ok(beside !== undefined, key(row));
		// Queues, timers and estimates move on between the two reads; these do not.
		assert.deepEqual([row.state, row.inode, row.uid], [beside.state, beside.inode, beside.uid], key(row));
		if (row.hasInfo) assert.equal(row.ato === 0, beside.ato === 0, key(row));
	}
});

const cutOff: [where: string, text: string, rows: number, torn: number][] = [
	['before a second line', 'x\n\t', 0, 1],
	['in a second line', 'ESTAB 0 0 10.0.0.1:1 10.0.0.2:2 ino:1 <->\n\t cubic mss:1448 cwnd:1', 0, 1],
	[
		'in the second line of the second socket',
		'ESTAB 0 0 10.0.0.1:1 10.0.0.2:2\nESTAB 0 0 1.1.1.1:1 1.1.1.1:2\n\tcubic',
		1,
		1,
	],
	['in a timer', 'ESTAB 0 0 10.0.0.1:1 10.0.0.2:2 timer:(on,1', 0, 1],
	['with only a newline and a tab', '\n\t', 0, 1],
];
for (const [where, text, rows, torn] of cutOff) {
	test(`parseSsText ends at a text that is cut off ${where}`, () => {
		const count = parse(text);
		assert.deepEqual([count.rows, count.torn], [rows, torn]);
	});
}

test('parseSsText does not read on into a tab that is left of a longer text', () => {
	const text = 'ESTAB 0 0 10.0.0.1:1 10.0.0.2:2 ino:1\n';
	const bytes = Buffer.from(`${text}\tcwnd:9\n`, 'latin1');
	const row = newRow();
	assert.deepEqual(
		parseSsText(bytes, text.length, row, () => {}),
		{rows: 1, torn: 0},
	);
	assert.equal(row.cwnd, -1);
});

for (const timer of [
	'timer:x',
	'timer:',
	'timer:(',
	'timer:(on',
	'timer:(on,',
	'timer:(on,1ms',
	'timer:(on,1ms,',
	'timer:(,,',
	'timer:x,',
]) {
	test(`parseSsText counts the socket after one with ${timer}`, () => {
		const {rows, torn, visited} = parse(
			`ESTAB 0 0 10.0.0.1:1 10.0.0.2:2 ${timer}\nESTAB 0 0 10.0.0.1:3 10.0.0.2:4 ino:7\n`,
		);
		assert.deepEqual([rows, torn, visited[1]?.inode, visited[0]?.retransmits], [2, 0, 7, 0]);
	});
}

test('parseSsText knows no number that the kernel cannot have', () => {
	const many = '9'.repeat(400);
	const row = only(
		`ESTAB 0 0 10.0.0.1:1 10.0.0.2:2 ino:1 <-> mss:1448 cwnd:${many} rtt:${many}.5/1e+999 bytes_sent:1e+30\n`,
	);
	assert.deepEqual([row.cwnd, row.rttUs, row.rttVarUs, row.bytesSent], [-1, -1, -1, 0]);
	assert.equal(parse(`ESTAB 4294967296 0 10.0.0.1:1 10.0.0.2:2\n`).torn, 1);
});
