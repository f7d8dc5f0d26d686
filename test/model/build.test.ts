import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Fold} from '../../src/fold/fold.ts';
import {type BuildOptions, build} from '../../src/model/build.ts';
import {History} from '../../src/model/history.ts';
import type {BackendModel, Model} from '../../src/model/model.ts';
import {NO_COUNTERS} from '../../src/reading.ts';
import {LOOKBACK_MS} from '../../src/snapshot.ts';
import {readingOf, type Said, tickOf} from '../fold/readings.ts';

const B = '> 10.0.0.7:8080';

/** The model after each reading, a second apart unless it says `at`. */
function models(looks: readonly (string | readonly [string, Said])[], options: Partial<BuildOptions> = {}): Model[] {
	const fold = new Fold();
	const history = new History();
	return looks.map((look, second) => {
		const [rows, said] = typeof look === 'string' ? [look, {}] : look;
		const window = history.add(fold.fold(tickOf(readingOf(rows, {at: second, ...said}))));
		return build(window, {source: 'recording', ...options});
	});
}

const only = (model: Model | undefined): BackendModel => {
	const [backend, ...others] = model?.instances[0]?.backends ?? [];
	assert.equal(others.length, 0);
	return backend ?? assert.fail('no backend');
};

test('shares TIME_WAIT out of all rows of the backend, TIME_WAIT included', () => {
	const [model] = models([`40000 ${B} EST *3\n41000 ${B} TW ino=0`]);
	assert.equal(only(model).timeWaitShare, 0.25);
	assert.equal(only(model).total, 4);
});

test('the model knows no rate in the first look, nor across a gap', () => {
	const looks = models([
		`40000 ${B} EST`,
		`40000 ${B} EST *4`,
		`40000 ${B} EST *4`,
		`40000 ${B} EST *4`,
		[`40000 ${B} EST *9`, {at: 60}],
	]);
	assert.deepEqual(
		looks.map((model) => only(model).openedPerSecond),
		[null, 3, 0, 0, null],
	);
	assert.deepEqual(
		looks.map(({instances}) => instances[0]?.openedPerSecond),
		[null, 3, 0, 0, null],
	);
});

test('the model makes rates of the time between readings, and none of readings that lie too close', () => {
	const at = (seconds: number, dials: number): [string, Said] => [
		`40000 ${B} EST *${1 + dials}`,
		{at: seconds, intervalMs: 500, counters: {...NO_COUNTERS, attemptFails: dials, retransSegs: 2 * dials}},
	];
	const [, half, close] = models([at(0, 0), at(0.5, 4), at(0.54, 8)]);
	assert.equal(only(half).openedPerSecond, 8);
	assert.equal(half?.instances[0]?.refusedPerSecond, 8);
	assert.equal(half?.instances[0]?.retransmittedPerSecond, 16);
	assert.equal(only(close).openedPerSecond, null);
});

test('the model knows no waiting requests without tcp_info, and none of a backend that has no row', () => {
	const [text] = models([`40000 ${B} EST`]);
	assert.equal(only(text).waiting, null);
	const said: Said = {rowSource: 'netlink'};
	const [, gone] = models([
		[`40000 ${B} EST sent=100 got=0 lastsnd=700 lastrcv=900`, said],
		['', said],
	]);
	assert.equal(only(gone).waiting, 0);
	assert.equal(only(gone).oldestWaitMs, null);
});

test('the model knows nothing of a backend while the tables cannot be read, and keeps it', () => {
	const [, unread] = models([`40000 ${B} EST`, ['', {problem: 'permission denied'}]]);
	assert.equal(only(unread).now, null);
	assert.equal(only(unread).openedPerSecond, null);
	assert.equal(only(unread).waiting, null);
	assert.equal(unread?.instances[0]?.problem, 'permission denied');
	assert.equal(unread?.instances[0]?.lastRead?.backends.length, 1);
});

test('the model takes response times from the exchanges of the last 15 s', () => {
	const exchange = (n: number, ms: number) => `40000 ${B} EST sent=${n}00 got=${n}00 lastsnd=${ms + 100} lastrcv=100`;
	const idle = `40000 ${B} EST sent=400 got=400 lastsnd=5100 lastrcv=5000`;
	const looks = models([
		`40000 ${B} EST sent=100 got=100 lastsnd=90000 lastrcv=80000`,
		...[2, 3, 4].map((n) => exchange(n, n * 8)),
		...new Array<string>(15).fill(idle),
	]);
	assert.deepEqual(only(looks[3]).responseMs, {p50: 24, p95: 32, count: 3});
	assert.deepEqual(only(looks[16]).responseMs, {p50: 24, p95: 32, count: 2});
	assert.equal(only(looks[18]).responseMs, null);
});

test('the model names a backend as the user says, else as a source does, by address and port before the address', () => {
	const found = new Map([
		['10.0.0.7', 'host'],
		['10.0.0.7:8080', 'container'],
	]);
	const named = (names?: ReadonlyMap<string, string>) =>
		only(models([[`40000 ${B} EST`, {names: found}]], names === undefined ? {} : {names})[0]).name;
	assert.equal(named(), 'container');
	assert.equal(named(new Map([['10.0.0.7', 'mine']])), 'mine');
	assert.equal(named(new Map([['10.0.0.8', 'other']])), 'container');
});

test('the model names an IPv6 backend by its address without brackets', () => {
	const said: Said = {names: new Map([['fd00::7', 'auth']])};
	assert.equal(only(models([['[fd00::2]:40000 > [fd00::7]:8080 EST', said]])[0]).name, 'auth');
});

test('hints at what a well-known port may be', () => {
	assert.equal(only(models(['40000 > 10.0.0.9:8500 EST'])[0]).role, 'Consul?');
	assert.equal(only(models([`40000 ${B} EST`])[0]).role, null);
});

test('the model counts what opened and closed within 15 minutes, in any interval', () => {
	const minutes = 40;
	const looks = models(
		Array.from({length: minutes}, (_, i): [string, Said] => [
			`${40_000 + i} ${B} EST`,
			{at: i * 60, intervalMs: 60_000},
		]),
	);
	const {opened, closed} = only(looks.at(-1));
	assert(opened >= 15 && opened <= 16, `${opened} opened`);
	assert(closed >= 15 && closed <= 16, `${closed} closed`);
});

test('the model keeps a backend for 15 minutes after its last row, and no longer', () => {
	const at = (seconds: number): [string, Said] => ['', {at: seconds}];
	const end = LOOKBACK_MS / 1_000;
	const [, , kept, gone] = models([`40000 ${B} EST`, at(1), at(end), at(end + 1)]);
	assert.equal(kept?.instances[0]?.backends.length, 1);
	assert.equal(gone?.instances[0]?.backends.length, 0);
});

test('the model adds up the connections of all backends and of all listeners', () => {
	const [model] = models([
		`[::]:80 LISTEN\n10.0.0.2:80 > 10.9.0.1:51000 EST *4\n40000 ${B} EST *3\n50000 > 10.0.0.8:8080 EST *2`,
	]);
	assert.equal(model?.instances[0]?.clients.established, 4);
	assert.equal(model?.instances[0]?.connections.established, 5);
});

test('the model counts sockets that retransmit or are probed in vain as retransmitting', () => {
	const [model] = models([
		`40000 ${B} EST timer=1 retr=1\n41000 ${B} SYN timer=1 retr=2\n42000 ${B} EST timer=2 probes=2\n43000 ${B} EST`,
	]);
	assert.equal(only(model).retransmitting, 3);
});

test('the model knows nothing of single requests on multiplexed connections', () => {
	const [first, second] = models([
		`40000 ${B} EST sent=900 got=900 segs=3 segsin=3 lastsnd=60 lastrcv=40`,
		`40000 ${B} EST sent=1000 got=1200 segs=12 segsin=12 lastsnd=30 lastrcv=60`,
	]);
	assert.equal(only(first).isMultiplexed, false);
	assert.deepEqual(only(first).responseMs?.count, 1);
	const {isMultiplexed, waiting, oldestWaitMs, responseMs} = only(second);
	assert.deepEqual(
		{isMultiplexed, waiting, oldestWaitMs, responseMs},
		{isMultiplexed: true, waiting: null, oldestWaitMs: null, responseMs: null},
	);
});
