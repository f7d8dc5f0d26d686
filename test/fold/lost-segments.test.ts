import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {ExchangeFacts} from '../../src/snapshot.ts';
import {backendOf, foldAll} from './readings.ts';

const B = '> 10.0.0.7:8080';

function infoOf(...looks: string[]): ExchangeFacts {
	const snapshots = foldAll(looks.map((row) => (row === '' ? '' : `40000 ${B} ${row}`)));
	return backendOf(snapshots.at(-1)).info ?? assert.fail('no tcp_info');
}

const lost: [why: string, looks: string[], count: number][] = [
	[
		'a segment that was lost and came through',
		['EST sent=200 acked=201 got=100 segs=2', 'EST sent=500 acked=401 got=200 segs=5 again=1'],
		1,
	],
	[
		'a segment that is still being sent again',
		['EST sent=200 acked=201 got=100 segs=2', 'EST sent=600 acked=201 got=100 segs=4 again=1 tx=200 unacked=1'],
		0,
	],
	[
		'the same once it came through',
		[
			'EST sent=200 acked=201 got=100 segs=2',
			'EST sent=600 acked=201 got=100 segs=4 again=1 tx=200 unacked=1',
			'EST sent=800 acked=401 got=200 segs=5 again=2',
		],
		2,
	],
	[
		'a flow that comes back from an outage',
		[
			'EST sent=200 acked=201 got=100 segs=2',
			'EST sent=1000 acked=201 got=100 segs=6 again=4 tx=200 timer=1 retr=4 unacked=1',
			'EST sent=1200 acked=401 got=200 segs=7 again=5',
		],
		0,
	],
	[
		'SYNs of a dial that was slow to succeed',
		['SYN retr=3 again=3', 'EST sent=200 acked=201 got=100 segs=1 again=3'],
		0,
	],
	[
		'segments of a connection that was never answered: it may not have been accepted',
		['EST sent=200 acked=1 got=0 segs=1 tx=200 unacked=1', 'EST sent=600 acked=201 got=0 segs=3 again=2'],
		0,
	],
	[
		'a closed connection that still sends its last data again',
		[
			'EST sent=200 acked=201 got=100 segs=2',
			'FW1 ino=0 sent=900 acked=201 got=100 segs=6 again=4\n41000 > 10.0.0.7:8080 EST sent=0',
		],
		0,
	],
	[
		'what a transfer loses while it looks for the path’s limit',
		['EST sent=200 acked=201 got=100 segs=2', 'EST sent=300000 acked=290001 got=100 segs=200 again=70'],
		0,
	],
	[
		'what it lost before, once it is told while little is sent',
		['EST sent=290000 acked=260001 got=100 segs=200 again=3', 'EST sent=300000 acked=265001 got=100 segs=205 again=60'],
		0,
	],
];
for (const [why, looks, count] of lost) {
	test(`the fold counts ${count} of ${why}`, () => {
		assert.equal(infoOf(...looks).segmentsRetransmitted, count);
	});
}

test('the fold counts each lost segment at one look only', () => {
	const row = 'EST sent=500 acked=401 got=200 segs=5 again=1';
	assert.equal(infoOf('EST sent=200 acked=201 got=100 segs=2', row, row).segmentsRetransmitted, 0);
});

test('the fold counts a dial as timed out at the look at which its first SYN turned out to be unanswered', () => {
	const looks = foldAll([`40000 ${B} SYN tx=1`, `40000 ${B} SYN tx=1 retr=1`, `40000 ${B} SYN tx=1 retr=2`]);
	assert.deepEqual(
		looks.map((look) => backendOf(look).dialsTimedOut),
		[null, 1, 0],
	);
});

test('the fold tells young unanswered dials from those left of an outage', () => {
	const [look] = foldAll([`40000 ${B} SYN tx=1 retr=2\n40001 ${B} SYN tx=1 retr=5`]);
	assert.deepEqual([backendOf(look).synRetransmitted, backendOf(look).synRetransmittedYoung], [2, 1]);
});

test('the fold takes the first keep-alive probe for unanswered only at the second look', () => {
	const looks = foldAll([`40000 ${B} EST timer=2 probes=1`, `40000 ${B} EST timer=2 probes=1`]);
	assert.deepEqual(
		looks.map((look) => backendOf(look).keepaliveUnanswered),
		[0, 1],
	);
});

const acknowledged: [why: string, looks: string[], freshestAckMs: number | null][] = [
	['the kernel’s own age', ['EST sent=9 got=9 lastack=300'], 300],
	['a dial that succeeded (text tables)', ['', 'EST'], 1_000],
	['a queue that became shorter (text tables)', ['EST tx=9', 'EST tx=5'], 1_000],
	['nothing that moved (text tables)', ['EST tx=9', 'EST tx=9'], null],
	['an idle connection (text tables)', ['EST', 'EST'], null],
];
for (const [why, looks, freshestAckMs] of acknowledged) {
	test(`the fold knows when the host last acknowledged something by ${why}`, () => {
		const snapshots = foldAll(looks.map((row) => (row === '' ? '' : `40000 ${B} ${row}`)));
		assert.equal(backendOf(snapshots.at(-1)).freshestAckMs, freshestAckMs);
	});
}

test('the fold counts connections that this end closed first, by their TIME_WAIT', () => {
	const looks = foldAll([
		`40000 ${B} EST`,
		`40000 ${B} TW ino=0\n40001 ${B} TW ino=0`,
		`40000 ${B} TW ino=0\n40001 ${B} TW ino=0`,
	]);
	assert.deepEqual(
		looks.map((look) => backendOf(look).ownCloses),
		[null, 2, 0],
	);
});

test('the fold does not count a request as given up that was never acknowledged: it did not reach the backend', () => {
	const waiting = 'EST sent=200 acked=1 got=100 segs=3 tx=200 lastrcv=9000 lastsnd=';
	const ended = (retransmits: number): number | null => {
		const row = `40000 ${B} ${waiting}8000 timer=1 retr=${retransmits} unacked=1`;
		const looks = foldAll([row, row.replace('=8000', '=8500'), `40000 ${B} FW1 ino=0 tx=200`]);
		return backendOf(looks.at(-1)).abandoned;
	};
	assert.deepEqual([ended(0), ended(4)], [1, 0]);
});
