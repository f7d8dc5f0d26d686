/** `snapshot --json --sockets` of the built bin beside what ss lists in the same namespace, for every TCP state. */
import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';
import {makeSockets, type SocketLab, whyNoSockets} from '../lab/sockets.ts';
import {runBin} from './bin.ts';
import {SS_STATES} from './ss-states.ts';

type Entry = {readonly local: string; readonly remote: string; readonly state: string; readonly inode: number};

/** Prime numbers, so that no sum of others looks like one. */
const COUNTS = {
	4: {
		established: 101,
		keepalive: 3,
		unanswered: 2,
		syn_sent: 5,
		listen: 7,
		syn_recv: 11,
		fin_wait1: 13,
		fin_wait2: 17,
		fin_wait2_orphan: 19,
		time_wait: 23,
		close_wait: 29,
		last_ack: 31,
		closing: 37,
		exchanged: 5,
		zero_window: 2,
	},
	6: {
		established: 41,
		syn_sent: 43,
		listen: 3,
		syn_recv: 2,
		fin_wait1: 5,
		fin_wait2: 7,
		fin_wait2_orphan: 13,
		time_wait: 47,
		close_wait: 11,
		last_ack: 17,
		closing: 19,
		exchanged: 3,
	},
	mapped: {
		established: 53,
		syn_sent: 3,
		listen: 2,
		syn_recv: 13,
		fin_wait1: 2,
		fin_wait2: 5,
		fin_wait2_orphan: 3,
		time_wait: 59,
		close_wait: 7,
		last_ack: 11,
		closing: 17,
		zero_window: 2,
	},
} as const;

async function socketsOf(lab: SocketLab, source: 'netlink' | 'text'): Promise<Entry[]> {
	const ran = await runBin(['snapshot', '--json', '--sockets', '--source', source, '--pid', String(lab.pid)]);
	assert.equal(ran.code, 0, ran.stderr);
	const {instances} = JSON.parse(ran.stdout) as {instances: {sockets: Entry[]}[]};
	assert.equal(instances.length, 1);
	return instances[0]?.sockets ?? [];
}

/** Queues and timers of these sockets move by themselves; who they are and in which state does not. */
const identity = ({state, local, remote}: Entry) => `${state} ${local} ${remote}`;
const identityWithInode = (entry: Entry) => `${identity(entry)} ${entry.inode}`;

/** What ss lists, as `identity` writes it. */
function listWithSs(lab: SocketLab, family: '-4' | '-6'): string[] {
	const lines = lab.run('ss', '-Htan', family).trim().split('\n');
	return lines.map((line) => {
		const [state = '', , , local = '', remote = ''] = line.split(/\s+/);
		return `${SS_STATES[state] ?? state} ${endpointOf(local, family)} ${endpointOf(remote, family)}`;
	});
}

/** `[::ffff:10.9.0.1]:80` is the IPv4 address, `*` an IPv6 socket's any address, and port `*` is 0. */
function endpointOf(text: string, family: '-4' | '-6'): string {
	return text
		.replace(/^\[::ffff:([0-9.]+)\]/, '$1')
		.replace(/^\*:/, family === '-4' ? '0.0.0.0:' : '[::]:')
		.replace(/:\*$/, ':0');
}

function tally(identities: readonly string[]): Record<string, number> {
	const counts: Record<string, number> = {};
	for (const each of identities) {
		const [state = ''] = each.split(' ');
		counts[state] = (counts[state] ?? 0) + 1;
	}
	return counts;
}

/** Rows of the kernel's tables, in their order; the states as they are printed there. */
function listWithCat(lab: SocketLab): string[] {
	const rows = [];
	for (const table of ['tcp', 'tcp6']) {
		const [, ...lines] = lab.run('cat', `/proc/${lab.pid}/net/${table}`).trim().split('\n');
		for (const line of lines) {
			const [, local = '', remote = '', , , , , , , inode = ''] = line.trim().split(/\s+/);
			rows.push(`${portOf(local)} ${portOf(remote)} ${inode}`);
		}
	}
	return rows;
}

const portOf = (address: string) => Number.parseInt(address.split(':')[1] ?? '', 16);
const portsAndInode = ({local, remote, inode}: Entry) =>
	`${local.split(':').at(-1)} ${remote.split(':').at(-1)} ${inode}`;

describe('sockets in every state', {skip: whyNoSockets()}, () => {
	let lab: SocketLab;
	before(async () => {
		lab = await makeSockets(COUNTS);
	});
	after(() => lab.close());

	for (const source of ['netlink', 'text'] as const) {
		test(`are those that ss lists, state by state and address by address (--source ${source})`, async () => {
			const entries = (await socketsOf(lab, source)).map(identity);
			const listed = [...listWithSs(lab, '-4'), ...listWithSs(lab, '-6')];
			assert.deepEqual(tally(entries), tally(listed));
			assert.deepEqual(Object.keys(tally(entries)).sort(), Object.values(SS_STATES).sort());
			assert.deepEqual(entries.toSorted(), listed.toSorted());
		});

		test(`are those that were made, in number (--source ${source})`, async () => {
			const counts = tally((await socketsOf(lab, source)).map(identity));
			assert.deepEqual(counts, {
				synSent: 5 + 43 + 3,
				timeWait: 23 + 47 + 59,
				closeWait: 29 + 11 + 7,
				lastAck: 31 + 17 + 11,
				closing: 37 + 19 + 17,
				synRecv: 11 + 2 + 13,
				finWait1: 13 + 5 + 2,
				finWait2: 17 + 19 + 7 + 13 + 5 + 3,
				established: 101 + 3 + 2 + 2 * (5 + 2) + 41 + 2 * 3 + 53 + 2 * 2,
				// those wanted, one for the handshakes of each form, and one for each form of connections with both ends here
				listen: 7 + 3 + 2 + 3 + 3,
			});
		});

		test(`are in the order of tcp, then tcp6 (--source ${source})`, async () => {
			assert.deepEqual((await socketsOf(lab, source)).map(portsAndInode), listWithCat(lab));
		});
	}

	test('are the same in the same order by netlink and in the text tables', async () => {
		const [netlink, text] = [await socketsOf(lab, 'netlink'), await socketsOf(lab, 'text')];
		assert.deepEqual(netlink.map(identityWithInode), text.map(identityWithInode));
	});
});

describe('more than 10,000 sockets', {skip: whyNoSockets()}, () => {
	const MANY = 10_007;
	let lab: SocketLab;
	before(async () => {
		lab = await makeSockets({
			4: {established: MANY, close_wait: 211},
			6: {established: 307},
			mapped: {established: 401},
		});
	});
	after(() => lab.close());

	for (const source of ['netlink', 'text'] as const) {
		test(`are all listed, in the order of the table whose row numbers widen (--source ${source})`, async () => {
			const entries = await socketsOf(lab, source);
			assert.deepEqual(tally(entries.map(identity)), {established: MANY + 307 + 401, closeWait: 211});
			assert.deepEqual(entries.map(portsAndInode), listWithCat(lab));
			const listed = [...listWithSs(lab, '-4'), ...listWithSs(lab, '-6')];
			assert.deepEqual(entries.map(identity).toSorted(), listed.toSorted());
		});
	}
});
