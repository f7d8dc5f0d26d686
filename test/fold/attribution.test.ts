import assert from 'node:assert/strict';
import {test} from 'node:test';
import {parseAddress} from '../../src/parse/address.ts';
import type {Snapshot} from '../../src/snapshot.ts';
import {backendOf, foldAll, type Said} from './readings.ts';

const addresses = (snapshot: Snapshot | undefined) => snapshot?.backends.map(({address}) => address).sort();

/** A shared namespace in which Traefik owns what it dials from the ports below 50000, and the listener 80. */
function shared(rows: string, owned: readonly number[] = range(40_000, 50_000)): [string, Said] {
	return [rows, {isAlone: false, owned: [80, ...owned]}];
}

function range(from: number, to: number): number[] {
	return Array.from({length: to - from}, (_, i) => from + i);
}

test('attribution takes every row for Traefik’s where nobody else has a socket', () => {
	const [snapshot] = foldAll([['40000 > 10.0.0.7:8080 EST', {isAlone: true, descriptors: 'denied'}]]);
	assert.equal(snapshot?.attribution, 'namespace');
	assert.deepEqual(addresses(snapshot), ['10.0.0.7:8080']);
});

for (const descriptors of ['denied', 'absent'] as const) {
	test(`attribution says that every row is assumed to be Traefik’s where descriptors are ${descriptors}`, () => {
		const [snapshot] = foldAll([['60000 > 10.0.0.7:8080 EST', {isAlone: false, descriptors}]]);
		assert.equal(snapshot?.attribution, 'assumed');
		assert.deepEqual(addresses(snapshot), ['10.0.0.7:8080']);
	});
}

test('attribution tells Traefik’s dials from others’ by the descriptors', () => {
	const [snapshot] = foldAll([
		shared('40000 > 10.0.0.7:8080 EST *3\n60000 > 10.0.0.9:5432 EST *4\n61000 > 10.0.0.9:5433 SYN'),
	]);
	assert.equal(snapshot?.attribution, 'descriptors');
	assert.deepEqual(addresses(snapshot), ['10.0.0.7:8080']);
	assert.equal(snapshot?.foreignRows, 5);
});

test('attribution gives rows that nobody owns any more to Traefik by their endpoint, known before or in the same table', () => {
	const [first, second] = foldAll([
		shared('48000 > 10.0.0.7:8080 TW ino=0 *2\n40000 > 10.0.0.7:8080 EST\n60000 > 10.0.0.9:5432 EST'),
		shared('48000 > 10.0.0.7:8080 TW ino=0 *5\n60000 > 10.0.0.9:5432 EST\n60500 > 10.0.0.9:5432 TW ino=0'),
	]);
	assert.equal(backendOf(first).connections.timeWait, 2);
	assert.equal(backendOf(second).connections.timeWait, 5);
	assert.equal(second?.foreignRows, 2);
});

test('attribution gives ownerless rows of an unknown endpoint to others where others own sockets', () => {
	const [, , third] = foldAll([
		shared('40000 > 10.0.0.7:8080 EST\n60000 > 10.0.0.9:5432 EST'),
		shared('40000 > 10.0.0.7:8080 EST\n60000 > 10.0.0.9:5432 EST'),
		shared('40000 > 10.0.0.7:8080 EST\n60000 > 10.0.0.9:5432 EST\n60500 > 10.0.0.10:5432 TW ino=0'),
	]);
	assert.deepEqual(addresses(third), ['10.0.0.7:8080']);
	assert.equal(third?.isShared, true);
});

test('attribution gives ownerless rows of an unknown endpoint to Traefik where every owned socket is its', () => {
	const [, , third] = foldAll([
		shared('40000 > 10.0.0.7:8080 EST'),
		shared('40000 > 10.0.0.7:8080 EST'),
		shared('40000 > 10.0.0.7:8080 EST\n48000 > 10.0.0.10:8080 TW ino=0'),
	]);
	assert.deepEqual(addresses(third), ['10.0.0.10:8080', '10.0.0.7:8080']);
	assert.equal(third?.isShared, false);
});

test('attribution takes a socket dialled after the descriptors were read for nobody’s, not for a sign of others', () => {
	const looks = foldAll(
		[50_001, 50_002, 50_003].map((port) => shared(`40000 > 10.0.0.7:8080 EST\n${port} > 10.0.0.7:8080 EST`)),
	);
	assert.deepEqual(
		looks.map(({isShared, foreignRows}) => [isShared, foreignRows]),
		[
			[false, 1],
			[false, 1],
			[false, 1],
		],
	);
});

test('attribution leaves another process’s connections to a shared backend out', () => {
	const rows = '40000 > 10.0.0.7:8080 EST *3\n60000 > 10.0.0.7:8080 EST *4';
	const looks = foldAll([shared(rows), shared(rows), shared(`${rows}\n61000 > 10.0.0.7:8080 EST`)]);
	for (const look of looks) assert.equal(backendOf(look).connections.established, 3);
	assert.equal(looks[2]?.foreignOpened, 1);
});

test('attribution finds out that a backend is shared when the descriptors are read again', () => {
	const rows = '40000 > 10.0.0.7:8080 EST *3\n60000 > 10.0.0.7:8080 EST *4';
	// The first look knows no descriptors of 60000 ff.; a look at 10 s and one at 20 s miss them: two misses are proof.
	const looks = foldAll([shared('40000 > 10.0.0.7:8080 EST *3'), ...new Array<[string, Said]>(24).fill(shared(rows))]);
	assert.equal(backendOf(looks[5]).connections.established, 7);
	assert.equal(backendOf(looks.at(-1)).connections.established, 3);
	assert.equal(looks.at(-1)?.foreignRows, 4);
});

test('attribution keeps a socket that one read of the descriptors missed', () => {
	const rows = '40000 > 10.0.0.7:8080 EST *3';
	const missing = shared(rows, range(40_000, 40_002));
	const looks = foldAll([
		...new Array<[string, Said]>(9).fill(shared(rows)),
		missing,
		missing,
		...new Array<[string, Said]>(20).fill(shared(rows)),
	]);
	for (const look of looks) assert.equal(backendOf(look).connections.established, 3);
});

test('attribution takes a socket back that was given to others because the descriptors came too late', () => {
	const rows = '60000 > 10.0.0.9:5432 EST\n40000 > 10.0.0.7:8080 EST *3';
	const looks = foldAll([shared(rows, []), ...new Array<[string, Said]>(12).fill(shared(rows))]);
	assert.deepEqual(addresses(looks[0]), []);
	assert.equal(backendOf(looks.at(-1)).connections.established, 3);
});

test('attribution asks for the descriptors only when it must', () => {
	let asked = 0;
	const inodes = new Set([80, ...range(40_000, 50_000)]);
	const rows = (count: number): [string, Said] => [
		`[::]:80 LISTEN ino=80\n40000 > 10.0.0.7:8080 EST *${count}`,
		{
			isAlone: false,
			descriptors: 'readable',
			...{
				inodes: () => {
					asked++;
					return inodes;
				},
			},
		},
	];
	foldAll([rows(3), rows(4), rows(5), rows(6), rows(7)]);
	assert.equal(asked, 1);
});

const listeners: [why: string, listener: string, local: string, isClient: boolean][] = [
	['an IPv4 client of [::]', '[::]:80', '10.0.0.2:80', true],
	['an IPv6 client of [::]', '[::]:80', '[fd00::2]:80', true],
	['an IPv4 client of 0.0.0.0', '0.0.0.0:80', '10.0.0.2:80', true],
	['an IPv6 client beside 0.0.0.0', '0.0.0.0:80', '[fd00::2]:80', false],
	['a client of one IPv4 address', '10.0.0.2:80', '10.0.0.2:80', true],
	['a row of another address', '10.0.0.2:80', '10.0.0.3:80', false],
	['a client of one IPv6 address', '[fd00::2]:80', '[fd00::2]:80', true],
	['a row of another IPv6 address', '[fd00::2]:80', '[fd00::3]:80', false],
	['a row of another port', '[::]:80', '10.0.0.2:81', false],
];
for (const [why, listener, local, isClient] of listeners) {
	test(`attribution takes ${why} for ${isClient ? 'a client' : 'no client'}`, () => {
		const [snapshot] = foldAll([`${listener} LISTEN\n${local} > 10.9.0.1:51000 EST`]);
		assert.equal(snapshot?.listeners[0]?.connections.established, isClient ? 1 : 0);
		assert.equal(snapshot?.backends.length, isClient ? 0 : 1);
	});
}

test('attribution knows a backend by one address whether it is in tcp or, mapped, in tcp6', () => {
	const [snapshot] = foldAll(['40000 > 10.0.0.7:8080 EST\n41000 > [::ffff:10.0.0.7]:8080 EST']);
	assert.equal(backendOf(snapshot).connections.established, 2);
});

test('attribution knows an IPv6 backend', () => {
	const [snapshot] = foldAll(['[fd00::2]:40000 > [fd00::7]:8080 EST *2\n[fd00::2]:40000 > [fd00::8]:8080 EST']);
	assert.deepEqual(addresses(snapshot), ['[fd00::7]:8080', '[fd00::8]:8080']);
});

test('attribution adds the queues of listeners that share an address', () => {
	const [snapshot] = foldAll(['[::]:80 LISTEN rx=2 ino=1 backlog=4096\n[::]:80 LISTEN rx=3 ino=2 backlog=4096']);
	assert.equal(snapshot?.listeners.length, 1);
	assert.equal(snapshot?.listeners[0]?.acceptQueue, 5);
	assert.equal(snapshot?.listeners[0]?.acceptLimit, 8_192);
});

test('attribution keeps the clients of another Traefik in the namespace out of both lists', () => {
	const rows = `[::]:80 LISTEN ino=80
		[::]:8000 LISTEN ino=8000
		10.0.0.2:80 > 10.9.0.1:51000 EST ino=40100 *2
		10.0.0.2:8000 > 10.9.0.1:52000 EST ino=60100 *3
		40000 > 10.0.0.7:8080 EST
		60000 > 10.0.0.7:8080 EST *2`;
	const mine = foldAll([shared(rows), shared(rows)]).at(-1);
	assert.equal(mine?.listeners.length, 1);
	assert.equal(mine?.listeners[0]?.connections.established, 2);
	assert.equal(backendOf(mine).connections.established, 1);
	const theirs = foldAll([[rows, {isAlone: false, owned: [8000, ...range(60_000, 60_200)]}]])[0];
	assert.equal(theirs?.listeners[0]?.address, '[::]:8000');
	assert.equal(theirs?.listeners[0]?.connections.established, 3);
	assert.equal(backendOf(theirs).connections.established, 2);
});

test('attribution takes a listener that opened while the descriptors were read for Traefik’s at the next read', () => {
	const rows = '[::]:80 LISTEN ino=80\n[::]:443 LISTEN ino=443\n10.0.0.2:443 > 10.9.0.1:51000 EST ino=40100';
	const late: [string, Said] = [rows, {isAlone: false, owned: [80, 40_100]}];
	const looks = foldAll([
		['[::]:80 LISTEN ino=80', {isAlone: false, owned: [80]}],
		late,
		...new Array<[string, Said]>(25).fill([rows, {isAlone: false, owned: [80, 443, 40_100]}]),
	]);
	assert.equal(looks.at(-1)?.listeners.find(({address}) => address === '[::]:443')?.connections.established, 1);
	assert.deepEqual(looks.at(-1)?.backends, []);
});

test('attribution leaves an ignored backend out, but knows that it was dialled', () => {
	const ignored = parseAddress('10.0.0.9')?.[3];
	const looks = foldAll(['40000 > 10.0.0.7:8080 EST', '40000 > 10.0.0.7:8080 EST\n41000 > 10.0.0.9:8500 EST *2'], {
		isWatched: (remote) => remote[3] !== ignored,
	});
	assert.deepEqual(addresses(looks[1]), ['10.0.0.7:8080']);
	assert.equal(looks[1]?.foreignOpened, 2);
	assert.equal(looks[1]?.foreignRows, 0);
});

test('attribution keeps the age of an ownerless row over a reading that failed', () => {
	const rows = shared('48000 > 10.0.0.7:8080 FW2 ino=0\n40000 > 10.0.0.7:8080 EST');
	const [, , third] = foldAll([rows, ['', {problem: 'permission denied'}], rows]);
	assert.equal(backendOf(third).oldestFinWait2OrphanMs, 2_000);
});
