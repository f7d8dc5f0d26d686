import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Fold} from '../../src/fold/fold.ts';
import {allConnections} from '../../src/parse/tcp-state.ts';
import {NO_COUNTERS} from '../../src/reading.ts';
import {LOOKBACK_MS} from '../../src/snapshot.ts';
import {backendOf, foldAll, readingOf, START, tickOf} from './readings.ts';

const B = '> 10.0.0.7:8080';

test('the fold counts the rows of a backend by state, those of a listener apart', () => {
	const [snapshot] = foldAll([
		`[::]:80 LISTEN rx=3
		10.0.0.2:80 > 10.9.0.1:51000 EST *4
		10.0.0.2:80 > 10.9.0.1:52000 TW ino=0
		40000 ${B} EST *5
		41000 ${B} SYN *2
		42000 ${B} FW1 ino=0
		42100 ${B} FW2 ino=0 *3
		42200 ${B} TW ino=0 *6
		42300 ${B} CW *7
		42400 ${B} LAST_ACK ino=0
		42500 ${B} CLOSING ino=0 *2
		42600 ${B} CLOSE`,
	]);
	assert.deepEqual(backendOf(snapshot).connections, {
		...{established: 5, synSent: 2, synRecv: 0, finWait1: 1, finWait2: 3, timeWait: 6},
		...{close: 1, closeWait: 7, lastAck: 1, closing: 2},
	});
	assert.equal(snapshot?.listeners[0]?.address, '[::]:80');
	assert.equal(snapshot?.listeners[0]?.acceptQueue, 3);
	assert.equal(snapshot?.listeners[0]?.connections.established, 4);
	assert.equal(snapshot?.listeners[0]?.connections.timeWait, 1);
	assert.equal(backendOf(snapshot).localPorts, 28);
});

test('the fold counts a request socket (TCP_NEW_SYN_RECV) as SYN_RECV', () => {
	const [snapshot] = foldAll([`[::]:80 LISTEN\n10.0.0.2:80 > 10.9.0.1:51000 NEW_SYN_RECV ino=0`]);
	assert.equal(snapshot?.listeners[0]?.connections.synRecv, 1);
});

test('the fold does not know in the first look what opened or closed, nor any age', () => {
	const [first] = foldAll([`40000 ${B} EST\n41000 ${B} SYN\n42000 ${B} CW\n43000 ${B} FW2 ino=0`]);
	const {opened, closed, openedLive, survivors, moved, vanished, synVanished, abandoned, ...rest} = backendOf(first);
	assert.deepEqual(
		[opened, closed, openedLive, survivors, moved, vanished, synVanished, abandoned],
		new Array(8).fill(null),
	);
	assert.deepEqual(
		[rest.oldestCloseWaitMs, rest.oldestSynSentMs, rest.oldestFinWait2OrphanMs, rest.oldestNeverAnsweredMs],
		[null, null, null, null],
	);
	assert.equal(first?.sincePreviousMs, null);
	assert.deepEqual(first?.deltas, NO_COUNTERS);
});

test('the fold counts what opened and what closed between two looks', () => {
	const [, second, third] = foldAll([
		`40000 ${B} EST *5`,
		`40002 ${B} EST *3\n50000 ${B} EST *4\n51000 ${B} TW ino=0`,
		`50000 ${B} EST`,
	]);
	const {opened, openedLive, closed, survivors, vanished} = backendOf(second);
	assert.deepEqual(
		{opened, openedLive, closed, survivors, vanished},
		{
			...{opened: 5, openedLive: 4, closed: 2, survivors: 3, vanished: 2},
		},
	);
	assert.equal(backendOf(third).closed, 7);
	assert.equal(backendOf(third).vanished, 6);
	assert.equal(backendOf(third).opened, 0);
});

test('the fold says once that a backend closed when its last row has gone', () => {
	const [, second, third] = foldAll([`40000 ${B} EST *2`, '', '']);
	assert.equal(allConnections(backendOf(second).connections), 0);
	assert.equal(backendOf(second).closed, 2);
	assert.deepEqual(third?.backends, []);
});

test('the fold tells a dial that ended in SYN_SENT from a connection that ended', () => {
	const [, second] = foldAll([`40000 ${B} SYN *2\n41000 ${B} EST *3`, `40000 ${B} EST`]);
	const {synVanished, vanished, closed} = backendOf(second);
	assert.deepEqual({synVanished, vanished, closed}, {synVanished: 1, vanished: 3, closed: 4});
});

test('the fold counts a TIME_WAIT whose 4-tuple is dialled again as one closed and one opened', () => {
	const [, , third] = foldAll([`40000 ${B} EST tx=5`, `40000 ${B} TW ino=0`, `40000 ${B} EST ino=77 tx=5`]);
	const {opened, openedLive, closed, survivors, oldestUnsentMs} = backendOf(third);
	assert.deepEqual({opened, openedLive, closed, survivors}, {opened: 1, openedLive: 1, closed: 1, survivors: 0});
	assert.equal(oldestUnsentMs, 0);
});

test('the fold counts a socket that is twice in one table once', () => {
	const [, second] = foldAll([`40000 ${B} EST`, `40000 ${B} EST\n40000 ${B} EST\n41000 ${B} SYN\n41000 ${B} EST`]);
	const {connections, opened, survivors} = backendOf(second);
	assert.equal(allConnections(connections), 2);
	assert.deepEqual({opened, survivors}, {opened: 1, survivors: 1});
});

test('the fold measures the age in a state from the look that first showed it', () => {
	const closing = `40000 ${B} CW\n41000 ${B} FW2 ino=0\n42000 ${B} SYN`;
	const looks = foldAll([`40000 ${B} EST\n41000 ${B} FW1 ino=0`, closing, closing, closing]);
	const ages = looks.map((look) => {
		const {oldestCloseWaitMs, oldestFinWait2OrphanMs, oldestSynSentMs} = backendOf(look);
		return [oldestCloseWaitMs, oldestFinWait2OrphanMs, oldestSynSentMs];
	});
	assert.deepEqual(ages, [
		[null, null, null],
		[0, 0, 0],
		[1_000, 1_000, 1_000],
		[2_000, 2_000, 2_000],
	]);
});

test('the fold takes sockets of the first look for at least as old as that', () => {
	const [, , third] = foldAll([`40000 ${B} CW`, `40000 ${B} CW`, `40000 ${B} CW`]);
	assert.equal(backendOf(third).oldestCloseWaitMs, 2_000);
});

test('the fold clamps an age to what is remembered', () => {
	const fold = new Fold();
	let age: number | null = null;
	for (let second = 0; second <= LOOKBACK_MS / 1_000 + 100; second += 10) {
		const reading = readingOf(`40000 ${B} CW`, {at: second, intervalMs: 10_000});
		age = backendOf(fold.fold(tickOf(reading)).snapshots[0]).oldestCloseWaitMs;
	}
	assert.equal(age, LOOKBACK_MS);
});

test('the fold tells a FIN_WAIT2 that still has an owner from one that nobody waits for', () => {
	const [snapshot] = foldAll([`40000 ${B} FW2 ino=7\n41000 ${B} FW2 ino=0 *2`]);
	assert.equal(backendOf(snapshot).connections.finWait2, 3);
	assert.equal(backendOf(snapshot).finWait2Orphans, 2);
});

test('the fold tells by what waits to be read who owes the close of a CLOSE_WAIT', () => {
	const [snapshot] = foldAll([`40000 ${B} CW rx=0\n41000 ${B} CW rx=1 *2\n42000 ${B} CW rx=900 *3`]);
	const {closeWaitEmpty, closeWaitFinOnly, closeWaitData} = backendOf(snapshot);
	assert.deepEqual([closeWaitEmpty, closeWaitFinOnly, closeWaitData], [1, 2, 3]);
});

test('the fold tells retransmits, keep-alive probes and a shut window by their timer', () => {
	const [snapshot] = foldAll([
		`40000 ${B} EST timer=1 retr=1 tx=9
		41000 ${B} EST timer=1 retr=3 tx=9 *2
		42000 ${B} EST timer=2 probes=2
		42001 ${B} EST timer=2 probes=1
		43000 ${B} EST timer=4 probes=1 tx=70 *3
		44000 ${B} SYN timer=1 retr=0
		45000 ${B} SYN timer=1 retr=1
		46000 ${B} LAST_ACK ino=0 timer=1 retr=2`,
	]);
	const facts = backendOf(snapshot);
	assert.equal(facts.retransmittingOnce, 3);
	assert.equal(facts.retransmittingTwice, 2);
	assert.equal(facts.keepaliveUnanswered, 1);
	assert.equal(facts.zeroWindow, 3);
	assert.equal(facts.synRetransmitted, 1);
	assert.equal(facts.unsentSockets, 6);
	assert.equal(facts.txQueueBytes, 27 + 210);
});

const moving: [why: string, looks: string[]][] = [
	['a queue that became shorter (text tables)', [`tx=9 timer=4 probes=1`, `tx=9 timer=4`, `tx=5 timer=4`]],
	[
		'bytes that were acknowledged, whatever the queue holds',
		[
			`sent=100 got=50 acked=91 tx=9 timer=4`,
			`sent=100 got=50 acked=91 tx=9 timer=4`,
			`sent=900 got=50 acked=891 tx=9 timer=4`,
		],
	],
];
for (const [why, looks] of moving) {
	test(`the fold starts measuring again after ${why}`, () => {
		const [, second, third] = foldAll(looks.map((fields) => `40000 ${B} EST ${fields}`)).map((look) => backendOf(look));
		assert.deepEqual([second?.oldestUnsentMs, second?.oldestZeroWindowMs], [1_000, 1_000]);
		assert.deepEqual([third?.oldestUnsentMs, third?.oldestZeroWindowMs], [0, 0]);
	});
}

test('the fold measures for how long a send queue has not been empty, and a window has been shut', () => {
	const looks = foldAll([
		`40000 ${B} EST tx=9`,
		`40000 ${B} EST tx=9 timer=4 probes=1`,
		`40000 ${B} EST tx=9 timer=4`,
		`40000 ${B} EST`,
		`40000 ${B} EST tx=1`,
	]);
	assert.deepEqual(
		looks.map((look) => [backendOf(look).oldestUnsentMs, backendOf(look).oldestZeroWindowMs]),
		[
			[0, null],
			[1_000, 0],
			[2_000, 1_000],
			[null, null],
			[0, null],
		],
	);
});

test('the fold counts connections that never received a byte apart from used ones', () => {
	const [, second] = foldAll([
		'',
		`40000 ${B} EST ato=0 *3\n41000 ${B} EST ato=0 cwnd=11 *2\n42000 ${B} EST ato=0 cwnd=10\n43000 ${B} EST`,
	]);
	const {neverAnswered, neverAnsweredGrown, used} = backendOf(second);
	assert.deepEqual({neverAnswered, neverAnsweredGrown, used}, {neverAnswered: 6, neverAnsweredGrown: 2, used: 1});
});

const movements: [what: string, before: string, after: string, moved: number][] = [
	['a delayed-ACK estimate that changed', 'ato=10', 'ato=11', 1],
	['a window that grew', 'cwnd=10', 'cwnd=12', 1],
	['a queue that filled', 'rx=0', 'rx=50', 1],
	['nothing', '', '', 0],
	['an inode that a torn read changed', 'ino=5', 'ino=6', 0],
	['a connection that never received a byte', 'ato=0 cwnd=10', 'ato=0 cwnd=14', 0],
	['a retransmission', 'rto=51', 'rto=102 timer=1 retr=1', 0],
	['an unanswered probe', 'timer=0', 'timer=2 probes=1', 0],
];
for (const [what, before, after, moved] of movements) {
	test(`${moved ? 'takes' : 'does not take'} ${what} for movement`, () => {
		const [, second] = foldAll([`40000 ${B} EST ${before}`.trim(), `40000 ${B} EST ${after}`.trim()]);
		assert.equal(backendOf(second).moved, moved);
	});
}

test('the fold gives the growth of counters since the look before, and none where one went down', () => {
	const counters = (activeOpens: number, attemptFails: number | null) => ({
		counters: {...NO_COUNTERS, activeOpens, attemptFails},
	});
	const looks = foldAll([
		['', counters(10, 0)],
		['', counters(14, 2)],
		['', counters(3, null)],
		['', counters(4, 2)],
	]);
	assert.deepEqual(
		looks.map(({deltas}) => [deltas.activeOpens, deltas.attemptFails]),
		[
			[null, null],
			[4, 2],
			[null, null],
			[1, null],
		],
	);
});

test('the fold says nothing of what happened across a gap, and knows ages beyond it', () => {
	const looks = foldAll([
		...new Array<string>(5).fill(`40000 ${B} CW`),
		[`40000 ${B} CW\n50000 ${B} EST *3`, {at: 60}],
		[`40000 ${B} CW\n50000 ${B} EST *4`, {at: 61}],
	]);
	assert.deepEqual(
		looks.map(({isAfterGap}) => isAfterGap),
		[false, false, false, false, false, true, false],
	);
	assert.equal(looks[5]?.sincePreviousMs, null);
	assert.equal(backendOf(looks[5]).opened, null);
	assert.equal(backendOf(looks[5]).oldestCloseWaitMs, 60_000);
	assert.equal(backendOf(looks[6]).opened, 1);
});

const steps: [why: string, step: number, isGap: boolean][] = [
	['exactly 3 intervals', 3, false],
	['more than 3 intervals', 3.1, true],
];
for (const [why, step, isGap] of steps) {
	test(`${isGap ? 'sees a gap in' : 'sees no gap in'} ${why}`, () => {
		const looks = foldAll([...new Array<string>(5).fill(''), ['', {at: 4 + step}]]);
		assert.equal(looks.at(-1)?.isAfterGap, isGap);
	});
}

test('the fold makes a reading with a problem an empty snapshot that says why', () => {
	const [, failed] = foldAll([`[::]:80 LISTEN\n40000 ${B} EST`, ['', {problem: 'permission denied'}]]);
	assert.equal(failed?.problem, 'permission denied');
	assert.deepEqual(failed?.backends, []);
	assert.deepEqual(failed?.listeners, []);
	assert.deepEqual(failed?.deltas, NO_COUNTERS);
});

test('the fold takes the look after an unreadable one for one after a gap, and keeps ages', () => {
	const looks = foldAll([
		`40000 ${B} CW`,
		['', {problem: 'permission denied', counters: {...NO_COUNTERS, activeOpens: 1}}],
		[`40000 ${B} CW\n41000 ${B} EST`, {counters: {...NO_COUNTERS, activeOpens: 9}}],
		[`40000 ${B} CW\n41000 ${B} EST`, {counters: {...NO_COUNTERS, activeOpens: 10}}],
	]);
	assert.deepEqual(
		looks.map(({isAfterGap}) => isAfterGap),
		[false, false, true, false],
	);
	assert.equal(backendOf(looks[2]).opened, null);
	assert.equal(looks[2]?.deltas.activeOpens, null);
	assert.equal(backendOf(looks[2]).oldestCloseWaitMs, 2_000);
	assert.equal(looks[3]?.deltas.activeOpens, 1);
	assert.equal(backendOf(looks[3]).opened, 0);
});

test('the fold keeps two instances of one source apart', () => {
	const fold = new Fold();
	const other = {id: 'lb1/999', host: 'lb1', via: null, pid: 999, startedAt: START, netns: 1};
	const look = (second: number, mine: string, theirs: string) =>
		fold.fold(tickOf(readingOf(mine, {at: second}), readingOf(theirs, {at: second, instance: other})));
	look(0, `40000 ${B} EST`, `40000 ${B} EST *2`);
	const {snapshots} = look(1, `40000 ${B} EST`, `40000 ${B} EST *5`);
	assert.deepEqual(
		snapshots.map((snapshot) => [snapshot.instance.id, backendOf(snapshot).opened]),
		[
			['lb1/361', 0],
			['lb1/999', 3],
		],
	);
});

test('the fold starts again with a restarted process', () => {
	const again = {id: 'lb1/361', host: 'lb1', via: null, pid: 361, startedAt: START + 500, netns: 4026531840};
	const [, second] = foldAll([`40000 ${B} EST`, [`40000 ${B} EST`, {instance: again}]]);
	assert.equal(backendOf(second).opened, null);
});

test('the fold gives the rows of one backend, oldest in their state first, up to a limit', () => {
	const fold = new Fold();
	fold.fold(tickOf(readingOf(`40000 ${B} CW\n50000 > 10.0.0.8:8080 EST`)));
	fold.fold(tickOf(readingOf(`40000 ${B} CW\n41000 ${B} EST tx=7 *2\n50000 > 10.0.0.8:8080 EST`, {at: 1})));
	const rows = fold.rowsOf('lb1/361', '10.0.0.7:8080', 2);
	assert.deepEqual(
		rows.map(({localPort, state, inStateMs, txQueue}) => ({localPort, state, inStateMs, txQueue})),
		[
			{localPort: 40000, state: 8, inStateMs: 1_000, txQueue: 0},
			{localPort: 41000, state: 1, inStateMs: 0, txQueue: 7},
		],
	);
	assert.deepEqual(fold.rowsOf('lb1/361', '10.0.0.9:8080', 2), []);
	assert.deepEqual(fold.rowsOf('other/361', '10.0.0.7:8080', 2), []);
});
