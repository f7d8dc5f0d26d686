import assert from 'node:assert/strict';
import {test} from 'node:test';
import {backendOf, foldAll, type Said} from './readings.ts';

const OWNED = [80, ...Array.from({length: 10_000}, (_, i) => 40_000 + i)];
const onHost = (rows: string): [string, Said] => [rows, {isAlone: false, owned: OWNED}];
const queue = (rows: string, looks = 2) => {
	const facts = backendOf(foldAll(new Array<[string, Said]>(looks).fill(onHost(rows))).at(-1));
	return [facts.peerAcceptQueue, facts.peerAcceptLimit];
};

const DIAL = '127.0.0.1:40000 > 127.0.0.1:8080 EST *3';

const visible: [why: string, rows: string, expected: [number | null, number | null]][] = [
	['bound to the backend’s address', `127.0.0.1:8080 LISTEN rx=7 backlog=128\n${DIAL}`, [7, 128]],
	['bound to any IPv4 address, the backend on loopback', `0.0.0.0:8080 LISTEN rx=7\n${DIAL}`, [7, null]],
	['bound to any address, the backend on loopback', `[::]:8080 LISTEN rx=7\n${DIAL}`, [7, null]],
	[
		'bound to any address, the backend’s own end in the same table',
		`[::]:8080 LISTEN rx=7
		10.0.0.5:40000 > 10.0.0.5:8080 EST
		10.0.0.5:8080 > 10.0.0.5:40000 EST ino=0`,
		[7, null],
	],
	['shared by two sockets', `127.0.0.1:8080 LISTEN rx=7 *1\n127.0.0.1:8080 LISTEN rx=2\n${DIAL}`, [9, null]],
	['an IPv6 one', '[::1]:8080 LISTEN rx=7\n[::1]:40000 > [::1]:8080 EST', [7, null]],
];
for (const [why, rows, expected] of visible) {
	test(`the fold sees the accept queue of a backend’s listener ${why}`, () => {
		assert.deepEqual(queue(rows), expected);
	});
}

const invisible: [why: string, rows: string][] = [
	['nobody listens on its port', `127.0.0.1:8081 LISTEN rx=7\n${DIAL}`],
	['its port is published here for a container elsewhere', '[::]:8080 LISTEN rx=7\n40000 > 172.17.0.5:8080 EST'],
	['the listener is on another address', `127.0.0.2:8080 LISTEN rx=7\n${DIAL}`],
	['the listener is Traefik’s own', `127.0.0.1:8080 LISTEN rx=7 ino=80\n${DIAL}`],
];
for (const [why, rows] of invisible) {
	test(`the fold knows no accept queue of a backend where ${why}`, () => {
		assert.deepEqual(queue(rows), [null, null]);
	});
}

test('the fold prefers the listener on the backend’s address to one on any address', () => {
	assert.deepEqual(queue(`0.0.0.0:8080 LISTEN rx=90\n127.0.0.1:8080 LISTEN rx=7\n${DIAL}`), [7, null]);
});

test('the fold knows nothing of the backend’s end where it is elsewhere', () => {
	const [, facts] = foldAll(['40000 > 10.0.0.7:8080 EST', '40000 > 10.0.0.7:8080 EST']).map((look) => backendOf(look));
	assert.equal(facts?.peerAcceptQueue, null);
	assert.equal(facts?.peerCloseWait, null);
	assert.equal(facts?.oldestPeerCloseWaitMs, null);
});

test('the fold counts the CLOSE_WAIT sockets of the backend’s own end and their age, those it never accepted left out', () => {
	const open = `127.0.0.1:8080 LISTEN
		127.0.0.1:40000 > 127.0.0.1:8080 EST *3
		127.0.0.1:8080 > 127.0.0.1:40000 EST *3`;
	const leaking = `127.0.0.1:8080 LISTEN
		127.0.0.1:40000 > 127.0.0.1:8080 FW2 ino=0 *3
		127.0.0.1:8080 > 127.0.0.1:40000 CW ino=70001
		127.0.0.1:8080 > 127.0.0.1:40001 CW ino=70002
		127.0.0.1:8080 > 127.0.0.1:40002 CW ino=0`;
	const looks = foldAll([open, leaking, leaking, leaking].map(onHost)).map((look) => backendOf(look));
	assert.deepEqual(
		looks.map(({peerCloseWait, oldestPeerCloseWaitMs}) => [peerCloseWait, oldestPeerCloseWaitMs]),
		[
			[0, null],
			[2, 0],
			[2, 1_000],
			[2, 2_000],
		],
	);
	assert.equal(looks[3]?.connections.closeWait, 0);
});

test('the fold does not show a backend whose own end alone is in the table', () => {
	const looks = foldAll([
		onHost('127.0.0.1:8080 LISTEN\n127.0.0.1:40000 > 127.0.0.1:8080 EST'),
		onHost('127.0.0.1:8080 LISTEN'),
		onHost('127.0.0.1:8080 LISTEN\n127.0.0.1:8080 > 127.0.0.1:61000 EST'),
	]);
	assert.deepEqual(looks[2]?.backends, []);
});
