import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {readlinkSync} from 'node:fs';
import test from 'node:test';
import {type NetlinkCount, type NetlinkSource, openNetlink} from '../../src/live/netlink.ts';
import {newRow} from '../../src/parse/row.ts';
import {type Libc, loadLibc} from '../../src/system/libc.ts';
import {makeSockets, whyNoSockets} from '../lab/sockets.ts';

const skip = whyNoSockets();
const libc = loadLibc();
const noLibc = 'problem' in libc ? libc.problem : false;
const real = libc as Libc;

/** The real system calls, but the nth one of a name fails with an errno, and so do those up to `until`. */
function failing(name: 'socket' | 'setns' | 'send' | 'recv', nth: number, errno: number, until = nth): Libc {
	let calls = 0;
	let last = 0;
	const call = real[name] as (...args: unknown[]) => number;
	return {
		...real,
		[name]: (...args: unknown[]) => {
			calls++;
			last = calls >= nth && calls <= until ? errno : 0;
			return last === 0 ? call(...args) : -1;
		},
		errno: () => (last === 0 ? real.errno() : last),
	};
}

function opened(source: NetlinkSource | {problem: string}): NetlinkSource {
	assert.ok(!('problem' in source), JSON.stringify(source));
	return source;
}

function visited(source: NetlinkSource): Pick<NetlinkCount, 'rows' | 'torn' | 'interrupted' | 'problem'> {
	const {rows, torn, interrupted, problem} = source.visit(newRow(), () => {});
	return {rows, torn, interrupted, problem};
}

const EPERM = 1;
const ENOENT = 2;
const EINTR = 4;
const EAGAIN = 11;
const EINVAL = 22;
const ENOBUFS = 105;
const TCPDIAG_GETSOCK = 18;
const SOCK_DIAG_BY_FAMILY = 20;

test('openNetlink says why a namespace cannot be opened', {skip: noLibc}, () => {
	assert.deepEqual(openNetlink(2 ** 22 + 1), {
		problem: 'the network namespace of process 4194305 cannot be opened (ENOENT)',
	});
});

test('openNetlink says that a netlink socket is refused, as by seccomp', {skip: noLibc}, () => {
	const source = openNetlink(null, {libc: failing('socket', 1, EPERM)});
	assert.deepEqual(source, {problem: 'no netlink socket (EPERM)'});
});

const refused: [why: string, nth: number][] = [
	['coming back would be refused', 1],
	['entering is refused', 2],
];
for (const [why, nth] of refused) {
	test(`openNetlink stays in its own namespace if ${why}`, {skip}, async (t) => {
		const lab = await makeSockets({});
		t.after(() => lab.close());
		const before = readlinkSync('/proc/thread-self/ns/net');
		const source = openNetlink(lab.pid, {libc: failing('setns', nth, EPERM)});
		assert.deepEqual(source, {problem: `the network namespace of process ${lab.pid} cannot be entered (EPERM)`});
		assert.equal(readlinkSync('/proc/thread-self/ns/net'), before);
	});
}

test('openNetlink comes back if the socket is refused in the other namespace', {skip}, async (t) => {
	const lab = await makeSockets({});
	t.after(() => lab.close());
	const before = readlinkSync('/proc/thread-self/ns/net');
	assert.deepEqual(openNetlink(lab.pid, {libc: failing('socket', 1, EPERM)}), {problem: 'no netlink socket (EPERM)'});
	assert.equal(readlinkSync('/proc/thread-self/ns/net'), before);
});

test('openNetlink ends the process, whichever the thread, if it cannot come back', {skip}, async (t) => {
	const lab = await makeSockets({});
	t.after(() => lab.close());
	const netlink = new URL('../../src/live/netlink.ts', import.meta.url).href;
	const bindings = new URL('../../src/system/libc.ts', import.meta.url).href;
	const program = `
		import {Worker, isMainThread} from 'node:worker_threads';
		const {openNetlink} = await import('${netlink}');
		const {loadLibc} = await import('${bindings}');
		const libc = loadLibc();
		let calls = 0;
		openNetlink(${lab.pid}, {libc: {
			...libc,
			setns: (...args) => ++calls === 3 ? -1 : libc.setns(...args),
			errno: () => 1,
		}});
		console.log('still here');`;
	const inWorker = `
		import {Worker} from 'node:worker_threads';
		new Worker(${JSON.stringify(program)}, {eval: true}).on('exit', () => console.log('only the worker ended'));`;
	for (const source of [program, inWorker]) {
		const {status, stdout, stderr} = spawnSync(process.execPath, ['--input-type=module', '-e', source], {
			encoding: 'utf8',
		});
		assert.deepEqual([status, stdout], [1, '']);
		const message = `cannot return from the network namespace of process ${lab.pid} (EPERM): stopping`;
		assert.ok(stderr.includes(message), stderr);
	}
});

const answers: [errno: number, call: 'send' | 'recv', problem: string | null][] = [
	[EINTR, 'recv', null],
	[EAGAIN, 'recv', null],
	[ENOBUFS, 'recv', null],
	[EPERM, 'send', 'the kernel did not list its sockets (EPERM)'],
	[ENOENT, 'send', 'the kernel has no inet_diag (module tcp_diag)'],
	[12, 'recv', 'the kernel did not list its sockets (ENOMEM)'],
];
for (const [errno, call, problem] of answers) {
	const outcome = problem === null ? 'goes on after' : 'gives up on';
	test(`a netlink source ${outcome} errno ${errno} of ${call}, and can be asked again`, {skip}, async (t) => {
		const lab = await makeSockets({4: {established: 300}, 6: {established: 20}});
		t.after(() => lab.close());
		// ENOENT is also what a kernel says that does not know the first form of the request: it is asked in another.
		const libc = failing(call, 1, errno, errno === ENOENT ? 2 : 1);
		const source = opened(openNetlink(lab.pid, {libc}));
		t.after(() => source.close());
		const whole = {rows: 320, torn: 0, interrupted: false, problem: null};
		const none = {rows: 0, torn: 0, interrupted: false, problem};
		assert.deepEqual(visited(source), problem === null ? whole : none);
		assert.deepEqual(visited(source), whole);
	});
}

test('a netlink source asks once more when the tables changed under it, and then says so', {skip}, async (t) => {
	const lab = await makeSockets({4: {established: 5}});
	t.after(() => lab.close());
	let requests = 0;
	const source = opened(
		openNetlink(lab.pid, {
			libc: {
				...real,
				send: (...args) => {
					requests++;
					return real.send(...args);
				},
				recv: (descriptor, bytes, length, flags) => {
					const received = real.recv(descriptor, bytes, length, flags);
					// NLM_F_DUMP_INTR in the first message of each piece.
					if (received > 0) new DataView(bytes.buffer, bytes.byteOffset).setUint8(6, (bytes[6] ?? 0) | 0x10);
					return received;
				},
			},
		}),
	);
	t.after(() => source.close());
	assert.deepEqual(visited(source), {rows: 5, torn: 0, interrupted: true, problem: null});
	assert.equal(requests, 2);
});

test('a netlink source asks for each family where both at once are refused', {skip}, async (t) => {
	const lab = await makeSockets({4: {established: 300}, 6: {established: 20}});
	t.after(() => lab.close());
	const requests: number[] = [];
	const refusing: Libc = {
		...real,
		send: (descriptor, bytes, length, flags) => {
			const type = new Uint16Array(bytes.buffer, bytes.byteOffset)[2] ?? 0;
			requests.push(type);
			return type === TCPDIAG_GETSOCK ? -1 : real.send(descriptor, bytes, length, flags);
		},
		errno: () => (requests.at(-1) === TCPDIAG_GETSOCK ? EINVAL : real.errno()),
	};
	const source = opened(openNetlink(lab.pid, {libc: refusing}));
	t.after(() => source.close());
	const whole = {rows: 320, torn: 0, interrupted: false, problem: null};
	assert.deepEqual(visited(source), whole);
	assert.deepEqual(visited(source), whole);
	assert.deepEqual(requests, [TCPDIAG_GETSOCK, ...Array(4).fill(SOCK_DIAG_BY_FAMILY)]);
});

test('a netlink source that fails in the middle says so, and can be asked again', {skip}, async (t) => {
	const lab = await makeSockets({4: {established: 3000}});
	t.after(() => lab.close());
	const source = opened(openNetlink(lab.pid, {libc: failing('recv', 5, ENOBUFS)}));
	t.after(() => source.close());
	assert.equal(source.begin(), null);
	const {rows, problem} = visited(source);
	assert.equal(problem, 'the kernel did not list its sockets (ENOBUFS)');
	assert.ok(rows > 0 && rows < 3000, `${rows} rows`);
	assert.deepEqual(visited(source), {rows: 3000, torn: 0, interrupted: false, problem: null});
});

test('a netlink source does not wait for ever for an answer', {skip: noLibc}, () => {
	const source = opened(openNetlink(null, {libc: {...real, send: (_, __, length) => length, pollReadable: () => 0}}));
	assert.equal(visited(source).problem, 'the kernel did not list its sockets (EAGAIN)');
	source.close();
});
