import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {readdirSync, readFileSync} from 'node:fs';
import test from 'node:test';
import {EndingStore} from '../../src/live/ending-store.ts';
import {NamespaceEndings} from '../../src/live/namespace-endings.ts';
import {type EndingSource, openEndings} from '../../src/live/netlink-endings.ts';
import {formatEndpoint} from '../../src/parse/address.ts';
import {ENDED, ENDING_NUMBERS, type Ending, endedHow, newEnding, type VisitEnding} from '../../src/parse/ending.ts';
import type {Row} from '../../src/parse/row.ts';
import {type Libc, loadLibc} from '../../src/system/libc.ts';
import {type Ended, type EndingLab, openEndingLab, type Way} from '../lab/endings.ts';
import {whyNoSockets} from '../lab/sockets.ts';

const skip = whyNoSockets();
const loaded = loadLibc();
const real = loaded as Libc;
const NAMES = new Map<number, string>(Object.entries(ENDED).map(([name, kind]) => [kind, name]));

/** How each way is told. */
const KIND_OF: Readonly<Record<Way, string>> = {
	answered: 'answered',
	answeredOurClose: 'answered',
	unanswered: 'unanswered',
	resetBefore: 'resetBefore',
	resetAfter: 'resetAfter',
	givenUp: 'givenUp',
	unused: 'unused',
	unusedTheirClose: 'unused',
	aborted: 'aborted',
	lingerAborted: 'aborted',
	refused: 'refused',
	dialTimedOut: 'timedOut',
	dialGivenUp: 'unknown',
};

function openIn(lab: EndingLab): EndingSource {
	const source = openEndings(lab.pid);
	assert.ok(!('problem' in source), JSON.stringify(source));
	return source;
}

function collect(drain: (visit: VisitEnding) => unknown): Ending[] {
	const rows: Ending[] = [];
	drain((row) => rows.push({...row, local: row.local.slice(), remote: row.remote.slice()}));
	return rows;
}

const ofWhom = ({localPort, remotePort}: Pick<Row, 'localPort' | 'remotePort'>) => `${localPort} ${remotePort}`;

function told(rows: readonly Row[], ended: readonly Ended[]): string[] {
	const byPorts = new Map(rows.map((row) => [ofWhom(row), row]));
	return ended.map(({way, form, ...ports}) => {
		const row = byPorts.get(ofWhom(ports));
		return `${form} ${way}: ${row === undefined ? 'not told' : NAMES.get(endedHow(row))}`;
	});
}

test('openEndings tells how each connection ended, IPv4, IPv6 and mapped', {skip}, async (t) => {
	const each: Partial<Record<Way, number>> = Object.fromEntries(
		Object.keys(KIND_OF).map((way, i) => [way, 2 + (i % 3)]),
	);
	const lab = await openEndingLab({4: each, 6: each, mapped: each});
	t.after(() => lab.close());
	const source = openIn(lab);
	t.after(() => source.close());
	const ended = await lab.begin();
	let count: unknown;
	const rows = collect((visit) => {
		const {torn, lost, problem} = source.drain(visit);
		count = {torn, lost, problem};
	});
	assert.deepEqual(count, {torn: 0, lost: 0, problem: null});
	// an abort with LINGER 0 has no remote address any more
	const named = ended.filter(({way}) => way !== 'lingerAborted');
	assert.deepEqual(
		told(rows, named),
		named.map(({way, form}) => `${form} ${way}: ${KIND_OF[way]}`),
	);
	const dialled = new Set(ended.map(({localPort}) => localPort));
	const anonymous = rows.filter((row) => row.remotePort === 0 && row.txQueue > 0 && endedHow(row) === ENDED.aborted);
	assert.ok(anonymous.length >= ended.length - named.length, `${anonymous.length} aborts without a backend`);
	const mapped = rows.find(
		(row) => row.table === 6 && dialled.has(row.localPort) && formatEndpoint(row.remote, 1) === '10.9.0.1:1',
	);
	assert.ok(mapped !== undefined, 'a mapped address is the IPv4 address that it is');
});

test('openEndings tells the response time of a connection’s last exchange', {skip}, async (t) => {
	const lab = await openEndingLab({4: {answered: 5}, 6: {answeredOurClose: 5}});
	t.after(() => lab.close());
	const source = openIn(lab);
	t.after(() => source.close());
	const ended = await lab.begin();
	const rows = new Map(collect((visit) => source.drain(visit)).map((row) => [ofWhom(row), row]));
	const times = ended.map((each) => {
		const row = rows.get(ofWhom(each));
		return (row?.lastSendMs ?? 0) - (row?.lastReceiveMs ?? 0);
	});
	// 50 ms and what a sleep is late; jiffies of 4 ms
	assert.ok(Math.min(...times) >= 46, `${times}`);
});

test('openEndings tells what ss -E prints', {skip}, async (t) => {
	const lab = await openEndingLab({4: {answered: 3, refused: 2}, 6: {unanswered: 2}, mapped: {resetBefore: 2}});
	t.after(() => lab.close());
	const source = openIn(lab);
	t.after(() => source.close());
	const ss = spawn('ip', ['netns', 'exec', lab.namespace, 'stdbuf', '-oL', 'ss', '-E', '-tinOH']);
	t.after(() => ss.kill('SIGKILL'));
	let printed = '';
	ss.stdout.on('data', (chunk: Buffer) => {
		printed += chunk.toString();
	});
	// its socket must be bound before anything ends
	while (!readsEndings(lab.pid)) await new Promise((resolve) => setTimeout(resolve, 20));
	const ended = await lab.begin();
	const rows = collect((visit) => source.drain(visit));
	const wanted = new Set(ended.map(ofWhom));
	const ours = rows.filter((row) => wanted.has(ofWhom(row)));
	const lineOf = ({localPort, remotePort}: Row) =>
		printed
			.split('\n')
			.slice(0, -1)
			.find((line) => new RegExp(`:${localPort} +\\S+:${remotePort} `).test(line));
	while (!ours.every(lineOf)) await once(ss.stdout, 'data');
	for (const row of ours) {
		const line = lineOf(row);
		const number = (name: string) => Number(new RegExp(` ${name}:(\\d+)`).exec(line ?? '')?.[1] ?? 0);
		const names = [
			'bytes_sent',
			'bytes_acked',
			'bytes_received',
			'segs_out',
			'segs_in',
			'data_segs_in',
			'data_segs_out',
		];
		const {bytesSent, bytesAcked, bytesReceived, segsOut, segsIn, dataSegsIn, dataSegsOut} = row;
		assert.deepEqual(
			names.map(number),
			[bytesSent, bytesAcked, bytesReceived, segsOut, segsIn, dataSegsIn, dataSegsOut],
			line,
		);
	}
	assert.equal(ours.length, ended.length);
});

/** Whether another process has bound the groups, too: the kernel lists who (Eth 4: NETLINK_SOCK_DIAG; Groups in hex). */
function readsEndings(pid: number): boolean {
	const lines = readFileSync(`/proc/${pid}/net/netlink`, 'latin1')
		.split('\n')
		.map((line) => line.trim().split(/ +/));
	return (
		lines.filter(([, protocol, , groups]) => protocol === '4' && Number.parseInt(groups ?? '0', 16) !== 0).length >= 2
	);
}

test('ignoreLocalPorts has the kernel drop the endings of a listener’s own connections', {skip}, async (t) => {
	const lab = await openEndingLab({4: {answered: 8}, 6: {answered: 4}});
	t.after(() => lab.close());
	const source = openIn(lab);
	t.after(() => source.close());
	const first = await lab.begin();
	const listeners = new Set(first.map(({remotePort}) => remotePort));
	const isAccepted = ({localPort}: Row) => listeners.has(localPort);
	const before = collect((visit) => source.drain(visit));
	assert.equal(before.filter(isAccepted).length, first.length);
	source.ignoreLocalPorts([1, ...listeners, 2]);
	const second = await lab.begin();
	const after = collect((visit) => source.drain(visit));
	assert.deepEqual(after.filter(isAccepted), []);
	assert.deepEqual(
		told(after, second),
		second.map(({form}) => `${form} answered: answered`),
	);
	// more ports than a program can hold: the rest is not dropped, and nothing else is
	source.ignoreLocalPorts([...listeners, ...Array.from({length: 300}, (_, i) => i + 1)]);
	const third = await lab.begin();
	assert.deepEqual(
		told(
			collect((visit) => source.drain(visit)),
			third,
		),
		third.map(({form}) => `${form} answered: answered`),
	);
});

const EPERM = 1;
const ENOMEM = 12;
const ENOBUFS = 105;

test('openEndings says that the kernel does not tell, and leaves no socket behind', {skip}, () => {
	let last = 0;
	const libc: Libc = {
		...real,
		bind: () => {
			last = EPERM;
			return -1;
		},
		errno: () => last,
	};
	const before = readdirSync('/proc/self/fd').length;
	assert.deepEqual(openEndings(null, {libc}), {problem: 'the kernel does not report ended sockets (EPERM)'});
	assert.equal(readdirSync('/proc/self/fd').length, before);
});

test('drain says how many endings were lost, and goes on', {skip}, async (t) => {
	const lab = await openEndingLab({4: {answered: 3, refused: 40}});
	t.after(() => lab.close());
	// the smallest buffer that the kernel allows
	const small: Libc = {
		...real,
		setOption: (descriptor, level, name, _value, length) =>
			real.setOption(descriptor, level, name, new Uint8Array(Uint32Array.of(2048).buffer), length),
	};
	const source = openEndings(lab.pid, {libc: small});
	assert.ok(!('problem' in source));
	t.after(() => source.close());
	const watched = openIn(lab);
	t.after(() => watched.close());
	await lab.begin();
	const all = collect((visit) => watched.drain(visit)).length;
	let lost = 0;
	const rows = collect((visit) => {
		lost = source.drain(visit).lost;
	});
	assert.ok(lost > 0);
	assert.equal(rows.length + lost, all);
	await lab.begin();
	assert.ok(collect((visit) => source.drain(visit)).length > 0, 'and it goes on');
});

test('drain ends with a problem where the socket fails', {skip}, () => {
	let errno = ENOMEM;
	const source = openEndings(null, {libc: {...real, receiveBatch: () => -1, errno: () => errno}});
	assert.ok(!('problem' in source));
	const problem = 'the kernel’s notices of ended sockets cannot be read (ENOMEM)';
	assert.deepEqual(
		source.drain(() => {}),
		{endings: 0, torn: 0, lost: 0, problem},
	);
	errno = ENOBUFS;
	assert.ok(source.drain(() => {}).lost > 0, 'an error that never ends does not hang');
	source.close();
});

test('NamespaceEndings gives each reading what ended since the one before, and twice the same within one', {
	skip,
}, async (t) => {
	const lab = await openEndingLab({4: {answered: 5, refused: 3}});
	t.after(() => lab.close());
	const endings = new NamespaceEndings({});
	t.after(() => endings.close());
	endings.begin(lab.pid, 0);
	assert.equal(endings.reason, null);
	assert.equal(endings.visit(() => {}).rows, 0);
	const ended = await lab.begin();
	let noticed = 0;
	endings.drain(400, () => noticed++);
	endings.begin(lab.pid, 1000);
	const first = collect((visit) => endings.visit(visit));
	const second = collect((visit) => endings.visit(visit));
	assert.deepEqual(second, first);
	assert.equal(noticed, first.length);
	assert.deepEqual(new Set(first.map(({agoMs}) => agoMs)), new Set([1000]));
	const wanted = new Set(ended.map(ofWhom));
	assert.equal(first.filter((row) => wanted.has(ofWhom(row))).length, ended.length);
	endings.begin(lab.pid, 2000);
	assert.equal(endings.visit(() => {}).rows, 0);
});

test('NamespaceEndings counts a flood that it cannot keep', () => {
	const store = new EndingStore(3);
	for (let i = 0; i < 5; i++) store.add({...newEnding(), localPort: i});
	assert.deepEqual([store.count, store.dropped], [3, 2]);
	assert.deepEqual(
		collect((visit) => store.visit(visit)).map(({localPort}) => localPort),
		[0, 1, 2],
	);
});

test('NamespaceEndings lets go of a namespace that ended', {skip}, async () => {
	const lab = await openEndingLab({4: {answered: 1}});
	const endings = new NamespaceEndings({});
	endings.begin(lab.pid, 0);
	await lab.close();
	const before = readdirSync('/proc/self/fd').length;
	endings.begin(lab.pid, 1000);
	assert.equal(endings.visit(() => {}).torn, 0);
	endings.close();
	assert.equal(readdirSync('/proc/self/fd').length, before - 1);
	assert.equal(endings.visit(() => {}).rows, 0);
});

test('EndingStore keeps every number of an ending', () => {
	const store = new EndingStore();
	const numbers = Object.fromEntries(ENDING_NUMBERS.map((name, i) => [name, 1_000 + i]));
	store.add({...newEnding(), ...numbers, localPort: 7});
	const [kept] = collect((visit) => store.visit(visit));
	assert.deepEqual(kept, {...newEnding(), ...numbers, localPort: 7});
});
