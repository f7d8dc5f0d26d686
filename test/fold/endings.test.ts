import assert from 'node:assert/strict';
import test from 'node:test';
import {responseBucket, responseOf} from '../../src/fold/exchange.ts';
import type {EndedKind} from '../../src/parse/ending.ts';
import {type Ending, newEnding} from '../../src/parse/ending.ts';
import type {Row} from '../../src/parse/row.ts';
import type {Reading} from '../../src/reading.ts';
import type {BackendFacts, Snapshot} from '../../src/snapshot.ts';
import {foldAll, rowsOf} from './readings.ts';

type Endings = NonNullable<Reading['endings']>;

/** Endings in the notation of rows (readings.ts); the state is not looked at. */
function endings(text: string, also: Partial<Ending> = {}, lost = 0): {readonly endings: Endings} {
	const rows = rowsOf(text);
	return {
		endings(visit) {
			for (const {local, localPort, remote, remotePort} of rows) {
				visit({...newEnding(), local, localPort, remote, remotePort, ...ANSWERED, ...also});
			}
			return {rows: rows.length, torn: 0, lost};
		},
	};
}

/** 100 bytes sent, 200 received, closed by the backend; the answer took 52 ms. */
const ANSWERED: Partial<Row> = {
	...{
		rxQueue: 0,
		txQueue: 0,
		retransmits: 0,
		bytesSent: 100,
		bytesAcked: 102,
		bytesReceived: 201,
		segsOut: 5,
		segsIn: 5,
	},
	...{dataSegsOut: 1, dataSegsIn: 1, totalRetrans: 0, lastSendMs: 52, lastReceiveMs: 0},
};
const REFUSED: Partial<Row> = {
	...{txQueue: 1, bytesSent: 0, bytesAcked: 0, bytesReceived: 0, segsOut: 1, segsIn: 1, dataSegsOut: 0, dataSegsIn: 0},
	...{lastSendMs: -1, lastReceiveMs: -1},
};

function ended(
	snapshot: Snapshot | undefined,
	address: string,
): Partial<Record<EndedKind | 'total' | 'ownClosed', number>> {
	const facts = snapshot?.backends.find((backend) => backend.address === address);
	if (facts?.ended == null) return {};
	const {isShared, oldestFailedMs, newestFailedMs, oldestSinceAnswerMs, refusedSinceAnswer, cutSinceAnswer, ...counts} =
		facts.ended;
	return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}

const A = '10.0.0.7:8080';
const last = (snapshots: readonly Snapshot[]) => snapshots.at(-1);
const infoOf = (snapshot: Snapshot | undefined): BackendFacts['info'] => snapshot?.backends[0]?.info ?? null;

test('the fold counts a connection that no look saw, with its response time', () => {
	const [, second] = foldAll(['40000 > 10.0.0.7:8080 EST', ['', endings(`41000 > ${A} CLOSE *3`)]]);
	assert.deepEqual(ended(second, A), {answered: 3, total: 3});
	assert.deepEqual(infoOf(second)?.responses, [52, 3]);
	const [facts] = second?.backends ?? [];
	assert.deepEqual([facts?.opened, facts?.closed], [3, 4]);
});

test('the fold names the backend of each refused dial, one that it never saw included', () => {
	const [snapshot] = foldAll([
		['40000 > 10.0.0.7:8080 EST', endings('41000 > 10.0.0.7:8080 CLOSE *2\n42000 > [fd00::9]:80 CLOSE', REFUSED)],
	]);
	assert.deepEqual(ended(snapshot, A), {refused: 2, total: 2});
	assert.deepEqual(ended(snapshot, '[fd00::9]:80'), {refused: 1, total: 1});
	assert.equal(infoOf(snapshot), null, 'no answer');
});

const bucket = (ms: number) => responseOf(responseBucket(ms));
const INFO = 'sent=100 got=200 lastsnd=500 lastrcv=448 segs=1';
const exchanges: [why: string, row: string, ending: Partial<Row>, responses: number[]][] = [
	['was counted by a look', `40000 > ${A} EST ${INFO}`, {lastSendMs: 900, lastReceiveMs: 848}, []],
	[
		'came after the look that counted the one before',
		`40000 > ${A} EST ${INFO}`,
		{bytesSent: 200, bytesAcked: 202, bytesReceived: 401, dataSegsOut: 2, lastSendMs: 80, lastReceiveMs: 0},
		[bucket(80), 1],
	],
	[
		'was waited for at the look',
		`40000 > ${A} EST sent=100 got=0 lastsnd=500 lastrcv=900 segs=1`,
		{lastSendMs: 708, lastReceiveMs: 0},
		[bucket(708), 1],
	],
	['is not known: something was sent after it', `41000 > ${A} EST`, {lastSendMs: 0, lastReceiveMs: 4}, []],
];
for (const [why, row, ending, responses] of exchanges) {
	test(`the fold takes the response time of a last exchange that ${why}: ${responses}`, () => {
		for (const after of ['', `40000 > ${A} TW ino=0`]) {
			const [, second] = foldAll([row, [after, endings(`40000 > ${A} CLOSE`, ending)]]);
			assert.deepEqual(infoOf(second)?.responses ?? [], responses);
			assert.equal(ended(second, A).answered, 1);
		}
	});
}

test('the fold takes an ending of a connection that this very look shows', () => {
	const info = 'sent=100 got=200 lastsnd=60 lastrcv=8 segs=1';
	const [, second, third] = foldAll([
		`39000 > ${A} EST`,
		[`40000 > ${A} EST ${info}`, endings(`40000 > ${A} CLOSE`, {lastSendMs: 60, lastReceiveMs: 8})],
		'',
	]);
	assert.deepEqual([infoOf(second)?.responses, infoOf(third)], [[52, 1], null]);
});

test('the fold says whose end closed first', () => {
	const unread = {rxQueue: 1};
	const [, second] = foldAll([
		`40000 > ${A} EST *6`,
		[
			`40000 > ${A} TW ino=0 *2\n40002 > ${A} FW2 ino=0`,
			{
				endings(visit) {
					const own = endings(`40000 > ${A} CLOSE *4`, unread).endings(visit);
					const theirs = endings(`40004 > ${A} CLOSE *2`).endings(visit);
					return {...own, rows: own.rows + theirs.rows};
				},
			},
		],
	]);
	// of 40003 neither a TIME_WAIT nor a FIN_WAIT is left: the backend’s FIN came before ours
	assert.deepEqual(ended(second, A), {answered: 6, ownClosed: 3, total: 6});
});

test('the fold counts the resets of Traefik’s own end for the instance', () => {
	const abort = {txQueue: 65_538, bytesSent: 0, bytesAcked: 0, bytesReceived: 0};
	const [snapshot] = foldAll([['', endings('41000 > 10.0.0.7:0 CLOSE *2', abort)]]);
	assert.deepEqual([snapshot?.endings, snapshot?.backends], [{lost: 0, anonymous: 2, foreign: 0}, []]);
});

test('the fold ignores the end of a client’s connection, of a listener, and of a remote that is not watched', () => {
	const [snapshot] = foldAll(
		[
			[
				'[::]:80 LISTEN',
				{
					endings(visit) {
						endings('10.0.0.2:80 > 10.1.0.9:50000 CLOSE').endings(visit);
						endings('9000 > 10.0.0.7:0 CLOSE', {...REFUSED, txQueue: 0}).endings(visit);
						return endings('41000 > 10.9.9.9:80 CLOSE').endings(visit);
					},
				},
			],
		],
		{isWatched: (_, port) => port !== 80},
	);
	assert.deepEqual([snapshot?.endings, snapshot?.backends], [{lost: 0, anonymous: 0, foreign: 0}, []]);
});

test('the fold tells dials of others apart where the table does, and says where it does not', () => {
	const mine = `40000 > ${A} EST ino=501`;
	const theirs = `45000 > ${A} EST ino=777\n45001 > 10.0.0.8:80 EST ino=778`;
	const shared = {owned: [501, 502], isAlone: false};
	const [, second] = foldAll([
		[`${mine}\n${theirs}`, shared],
		[
			theirs,
			{
				...shared,
				endings(visit) {
					endings(`40000 > ${A} CLOSE\n45000 > ${A} CLOSE\n45001 > 10.0.0.8:80 CLOSE`).endings(visit);
					// nobody saw these: to a backend of ours that others dial, too, and to a remote of others
					return endings(`41000 > ${A} CLOSE\n41001 > 10.0.0.8:80 CLOSE`, REFUSED).endings(visit);
				},
			},
		],
	]);
	assert.deepEqual(ended(second, A), {answered: 1, refused: 1, total: 2});
	assert.equal(second?.backends[0]?.ended?.isShared, true);
	assert.deepEqual(
		second?.backends.map(({address}) => address),
		[A],
	);
	assert.equal(second?.endings?.foreign, 1);
});

test('the fold says that endings are not to be had, and why', () => {
	const [without, refusedThem] = foldAll([
		`40000 > ${A} EST`,
		[`40000 > ${A} EST`, {endings: null, endingsReason: 'no netlink socket (EPERM)'}],
	]);
	for (const snapshot of [without, refusedThem]) assert.equal(snapshot?.backends[0]?.ended, null);
	assert.deepEqual([without?.endingsReason, refusedThem?.endingsReason], [null, 'no netlink socket (EPERM)']);
});

test('the fold says which failures came after the newest answer, whichever connection told of it', () => {
	const answerAt = (ms: number) => `40000 > ${A} EST sent=100 got=200 lastsnd=${ms + 50} lastrcv=${ms} segs=1`;
	const refused = (agoMs: number) => endings(`41000 > ${A} CLOSE *2`, {...REFUSED, agoMs});
	const answered = endings(`42000 > ${A} CLOSE`, {agoMs: 300});
	const both = (...parts: ReturnType<typeof endings>[]) => ({
		endings: (visit: Parameters<Endings>[0]) => parts.map((part) => part.endings(visit)).at(-1) ?? assert.fail(),
	});
	const looks: [rows: string, said: {endings: Endings}, since: number, oldestMs: number | null][] = [
		[answerAt(500), refused(400), 2, 400],
		[answerAt(300), refused(400), 0, null],
		['', refused(400), 2, 400],
		['', both(refused(500), answered), 0, null],
		// within one look of the source their order tells
		['', both(answered, refused(300)), 2, 300],
		['', both(refused(500), answered, refused(300)), 2, 300],
	];
	for (const [rows, said, since, oldestMs] of looks) {
		const facts = foldAll([`39000 > ${A} EST`, [rows, said]])[1]?.backends[0]?.ended;
		assert.deepEqual([facts?.refusedSinceAnswer, facts?.oldestSinceAnswerMs], [since, oldestMs]);
	}
});

test('the fold says how many endings were lost', () => {
	assert.equal(last(foldAll([['', endings(`41000 > ${A} CLOSE`, {}, 17)]]))?.endings?.lost, 17);
});

test('the fold counts the end of a websocket as no response time', () => {
	const looks = Array.from(
		{length: 4},
		(_, i) => `40000 > ${A} EST sent=${100 * (i + 1)} got=${300 * (i + 1)} lastsnd=400 lastrcv=4 segs=1`,
	);
	const streaming = looks.map((row) => row.replace(/sent=\d+/, 'sent=100'));
	const snapshots = foldAll([
		...streaming,
		['', endings(`40000 > ${A} CLOSE`, {bytesReceived: 9_001, dataSegsIn: 30})],
	]);
	assert.deepEqual(infoOf(last(snapshots))?.responses ?? [], []);
});
