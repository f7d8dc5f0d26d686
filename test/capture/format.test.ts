import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import fc from 'fast-check';
import {BlockSplitter, TickAssembler} from '../../src/capture/blocks.ts';
import {CaptureEncoder, recorded} from '../../src/capture/encoder.ts';
import {decodeServers} from '../../src/capture/servers.ts';
import {Fold} from '../../src/fold/fold.ts';
import {ENDING_NUMBERS, type Ending} from '../../src/parse/ending.ts';
import type {Row} from '../../src/parse/row.ts';
import {newRow} from '../../src/parse/row.ts';
import {type Reading, type Server, type Tick, UNKNOWN_SERVER} from '../../src/reading.ts';
import {dial, endingsOf, readingOf, said, serverOf, T, tickOf} from './readings.ts';

function encode(ticks: readonly Tick[], encoder = new CaptureEncoder()): Buffer {
	return Buffer.concat(ticks.map((tick) => Buffer.from(recorded(tick, encoder).finish())));
}

function decode(text: Uint8Array, pieceBytes = text.length): {ticks: Tick[]; torn: string[]} {
	const torn: string[] = [];
	const splitter = new BlockSplitter((what, offset) => torn.push(`${what} at ${offset}`));
	const assembler = new TickAssembler({isTextOnly: false});
	const ticks: Tick[] = [];
	for (let at = 0; at < text.length; at += pieceBytes) {
		for (const block of splitter.push(text.subarray(at, at + pieceBytes))) ticks.push(...assembler.push(block));
	}
	splitter.end();
	ticks.push(...assembler.flush());
	return {ticks, torn};
}

const only = ({ticks}: {ticks: Tick[]}): Reading => {
	const reading = ticks[0]?.readings[0];
	assert.ok(reading);
	return reading;
};

const words = fc.oneof(
	fc.nat(0xffffffff).map((word) => Uint32Array.of(0, 0, 0xffff, word)),
	fc
		.tuple(fc.nat(0xffffffff), fc.nat(0xffffffff), fc.nat(0xffffffff), fc.nat(0xffffffff))
		.map((w) => Uint32Array.from(w)),
	fc.constant(new Uint32Array(4)),
);
const count = fc.oneof(fc.constant(-1), fc.nat(9), fc.nat(0xffffffff), fc.nat(2 ** 48));
const port = fc.nat(65535);
const rowKeys = Object.keys(newRow()).filter(
	(key) => !['table', 'local', 'localPort', 'remote', 'remotePort', 'state', 'hasInfo'].includes(key),
);
const infoKeys = rowKeys.slice(rowKeys.indexOf('bytesSent'));
const anyRow: fc.Arbitrary<Partial<Row>> = fc
	.record({
		table: fc.constantFrom<4 | 6>(4, 6),
		local: words,
		localPort: port,
		remote: words,
		remotePort: port,
		state: fc.integer({min: 1, max: 12}),
		hasInfo: fc.boolean(),
		...Object.fromEntries(rowKeys.map((key) => [key, count])),
	})
	.map(
		(row) => (row.hasInfo ? row : {...row, ...Object.fromEntries(infoKeys.map((key) => [key, -1]))}) as Partial<Row>,
	);

test('every row is read back as it was written', () => {
	fc.assert(
		fc.property(fc.array(anyRow, {maxLength: 20}), (rows) => {
			const sorted = rows.toSorted((a, b) => (a.table ?? 4) - (b.table ?? 4));
			const reading = readingOf(sorted);
			assert.deepEqual(said(only(decode(encode([{time: T, readings: [reading], problem: null}])))), {
				...(said(readingOf(sorted)) as object),
				tickTime: T,
				part: 1,
				parts: 1,
				isLittleEndian: true,
			});
		}),
		{numRuns: 200},
	);
});

const PROCESS = {
	...{accepted: 12, startedAt: T - 60_000, restarts: 4, workers: 2, cpuPercent: 137, throttledPercent: 93},
	...{cpuLimit: 0.25, memoryBytes: 2 ** 40, memoryLimitBytes: 2 ** 41, oomKills: 3},
};
const ENDED = {
	acceptQueue: null,
	acceptLimit: null,
	unread: null,
	closeWait: null,
	openFiles: null,
	openFilesLimit: null,
};

const anyEnding: fc.Arbitrary<Partial<Ending>> = fc.record({
	...{local: words, localPort: port, remote: words, remotePort: port},
	...Object.fromEntries(ENDING_NUMBERS.map((name) => [name, count])),
});

test('ended connections are read back as written: each, how many were lost, and none', () => {
	fc.assert(
		fc.property(fc.array(anyEnding, {maxLength: 20}), fc.nat(3), (endings, lost) => {
			const reading = readingOf([dial(40000)], {endings: endingsOf(endings, lost)});
			const back = said(only(decode(encode([{time: T, readings: [reading], problem: null}])))) as Said;
			const {ended, endings: count, rows} = said(reading) as Said;
			assert.deepEqual([back.ended, back.endings, back.rows.length], [ended, count, rows.length]);
		}),
		{numRuns: 200},
	);
});

type Said = {readonly ended: unknown[]; readonly endings: unknown; readonly rows: unknown[]};

test('a capture without ended connections says that they are unknown, and why', () => {
	const endingsReason = 'the kernel does not tell of sockets that end (EPERM)';
	const readings = [
		readingOf([]),
		readingOf([], {endings: null, endingsReason}),
		readingOf([], {endings: endingsOf([])}),
	];
	const back = readings.map((reading) => only(decode(encode([{time: T, readings: [reading], problem: null}]))));
	assert.deepEqual(
		back.map((reading) => [reading.endings?.(() => {}) ?? null, reading.endingsReason]),
		[
			[null, null],
			[null, endingsReason],
			[{rows: 0, torn: 0, lost: 0}, null],
		],
	);
});

test('damaged lines of ended connections are counted, the others read', () => {
	const endings = endingsOf([{localPort: 1}, {localPort: 2}, {localPort: 3}]);
	const text = encode([{time: T, readings: [readingOf([], {endings})], problem: null}]).toString('latin1');
	const damaged = text.replace(/(:0002 \S+ 0) /, '$1x ').replace(/end (\d+) \w+/, 'end $1');
	const ports: number[] = [];
	const count = only(decode(Buffer.from(damaged, 'latin1'))).endings?.((row) => ports.push(row.localPort));
	assert.deepEqual([count, ports], [{rows: 2, torn: 1, lost: 0}, [1, 3]]);
});

test('the endings of a failed reading come with the next one', () => {
	let asked = 0;
	const endings = (): {rows: number; torn: number; lost: number} => ({rows: asked++, torn: 0, lost: 0});
	const failed = readingOf([], {endings, visit: () => ({rows: 1, torn: 0, problem: 'gone'})});
	const reading = only(decode(encode([{time: T, readings: [failed], problem: null}])));
	assert.deepEqual([asked, reading.problem, reading.endings], [0, 'gone', null]);
});

const heads: [what: string, said: Partial<Reading>][] = [
	['an unknown host', {instance: {id: '?', host: null, via: null, pid: null, startedAt: null, netns: null}}],
	[
		'a command with spaces',
		{instance: {id: 'a/1', host: 'a', via: "ssh 'my lb' %41=é", pid: 1, startedAt: 0, netns: 1}},
	],
	['a problem', {problem: 'cannot read /proc/361/net/tcp: permission denied'}],
	['netlink rows of a lone process', {rowSource: 'netlink', isAlone: true}],
	['a shared namespace', {isAlone: false, descriptors: 'absent', ports: null, openFiles: null}],
	['assumed times', {isTimeAssumed: true, monotonicMs: null, intervalMs: null}],
	['assumed ports', {ports: {low: 32768, high: 60999, isAssumed: true}}],
	[
		'names',
		{
			names: new Map([
				['10.0.0.1:80', 'api 2'],
				['10.0.0.2', 'é=%'],
			]),
		},
	],
	['counters', {counters: {...readingOf([]).counters, attemptFails: 0, tcpTimeouts: 7, outRsts: 2 ** 45}}],
	[
		'what runs at the backends',
		{
			servers: () =>
				new Map([
					['10.77.0.12:8080', serverOf({name: 'a b%\u00e9', state: 'T', acceptQueue: 64, unread: 37})],
					['10.77.0.13:8080', serverOf({...ENDED, pid: 7, name: null, state: null, isListening: false})],
					['10.77.0.14:8080', serverOf({...PROCESS, oomKill: 'own', forwardsTo: '172.17.0.2:80'})],
					['10.77.0.15:8080', serverOf({oomKill: 'machine', endedAt: T - 12_000, cpuPercent: 0})],
				]),
		},
	],
	['torn rows', {visit: () => ({rows: 0, torn: 3})}],
];
for (const [what, head] of heads) {
	test(`${what} is read back as it was written`, () => {
		const reading = readingOf([], head);
		const back = said(only(decode(encode([{time: T, readings: [reading], problem: null}])))) as object;
		const expected = said(reading) as object;
		assert.deepEqual(
			{...back, ...{tickTime: 0, part: 0, parts: 0, isLittleEndian: 0}},
			{
				...expected,
				...{tickTime: 0, part: 0, parts: 0, isLittleEndian: 0},
			},
		);
	});
}

test('the answer of a source is recorded, not what it would say unasked', () => {
	const {tick, finish} = recorded(
		tickOf(T, [dial(40_000)], {
			servers: (dialled) => new Map(dialled.map(({address}) => [address, serverOf({name: address})])),
		}),
		new CaptureEncoder(),
	);
	const [seen] = new Fold().fold(tick).snapshots;
	const [again] = new Fold().fold(decode(Buffer.from(finish())).ticks[0] as Tick).snapshots;
	assert.equal(seen?.servers?.get('10.77.0.12:8080')?.name, '10.77.0.12:8080');
	assert.deepEqual(again?.servers, seen?.servers);
});

test('older lines of servers end before the newer fields', () => {
	const {accepted: _, ...older} = PROCESS;
	const line = '10.0.0.1:80 812 gunicorn S 1 3 64 2 0 40 1024';
	const [server] = decodeServers(line).values();
	const known = {pid: 812, name: 'gunicorn', state: 'S', isListening: true, acceptQueue: 3, acceptLimit: 64};
	assert.deepEqual(server, {...UNKNOWN_SERVER, ...known, unread: 2, closeWait: 0, openFiles: 40, openFilesLimit: 1024});
	assert.deepEqual(
		Object.keys(older).filter((name) => server?.[name as keyof Server] !== null),
		[],
	);
});

test('invalid lines of servers are left out', () => {
	const servers = decodeServers('10.0.0.1:80 - %zz ? 1 x -1 1e3 - - -\n10.0.0.2:80 1 a S\n\n:\n10.0.0.3:80 5 b%0a T 0');
	const nothing = {...UNKNOWN_SERVER, isListening: true};
	assert.deepEqual(
		[...servers],
		[
			['10.0.0.1:80', nothing],
			[
				'10.0.0.3:80',
				{...nothing, pid: 5, name: servers.get('10.0.0.3:80')?.name ?? null, state: 'T', isListening: false},
			],
		],
	);
	assert.ok(!servers.get('10.0.0.3:80')?.name?.includes('\n'));
});

test('several instances of one instant are one tick; a tick may hold none', () => {
	const other = {id: 'lb2/1', host: 'lb2', via: null, pid: 1, startedAt: null, netns: null};
	const both = {time: T, readings: [readingOf([]), readingOf([], {instance: other, time: T - 7})], problem: null};
	const none = {time: T + 1000, readings: [], problem: 'no Traefik process was found'};
	const {ticks} = decode(encode([both, none]));
	assert.deepEqual(
		ticks.map((tick) => [tick.time, tick.problem, tick.readings.map(({instance, time}) => [instance.id, time - T])]),
		[
			[
				T,
				null,
				[
					['lb1/361', 0],
					['lb2/1', -7],
				],
			],
			[T + 1000, 'no Traefik process was found', []],
		],
	);
});

test('a new socket’s owner is looked up once, and twice if it seems another process’s', () => {
	const encoder = new CaptureEncoder();
	let looks = 0;
	const tick = (i: number, inodes: number[], own: number[]) =>
		tickOf(
			T + i,
			inodes.map((inode) => dial(40000 + inode, {inode})),
			{
				descriptors: 'readable',
				inodes() {
					looks++;
					return new Set(own);
				},
			},
		);
	const looksAfter = [
		[1, 2],
		[1, 2],
		[1, 2],
		[1, 2, 3],
		[0, 1, 3],
	].map((inodes, i) => {
		const text = encode([tick(i, inodes, [1, 3])], encoder);
		const told = only(decode(text)).inodes();
		assert.deepEqual(
			[...(told ?? [])],
			inodes.filter((inode) => inode === 1 || inode === 3),
		);
		return looks;
	});
	assert.deepEqual(looksAfter, [1, 2, 2, 3, 3]);
});

test('the owner of a socket is corrected where its descriptor was seen late', () => {
	const encoder = new CaptureEncoder();
	const told = [new Set<number>(), new Set([1]), new Set<number>()].map((own, i) => {
		const tick = tickOf(T + i, [dial(1, {inode: 1})], {descriptors: 'readable', inodes: () => own});
		return [...(only(decode(encode([tick], encoder))).inodes() ?? [])];
	});
	assert.deepEqual(told, [[], [1], [1]]);
});

test('descriptors that the fold asked for are recorded', () => {
	const encoder = new CaptureEncoder();
	const own = [new Set([1, 2]), new Set([1])];
	const told = own.map((inodes, i) => {
		const rows = [dial(1, {inode: 1}), dial(2, {inode: 2})];
		const recording = recorded(tickOf(T + i, rows, {descriptors: 'readable', inodes: () => inodes}), encoder);
		for (const reading of recording.tick.readings) reading.visit(() => reading.inodes());
		return [...(only(decode(Buffer.from(recording.finish()))).inodes() ?? [])];
	});
	assert.deepEqual(told, [[1, 2], [1]]);
});

test('descriptors of a process that is alone are not asked for', () => {
	const inodes = () => assert.fail('asked');
	const text = encode([tickOf(T, [], {descriptors: 'readable', isAlone: true, inodes})]);
	assert.ok(!text.includes(':others'));
});

const quiet = {hasInfo: true, bytesSent: 100, dataSegsOut: 3};
test('the line of a quiet socket stays the same although its age jitters', () => {
	const encoder = new CaptureEncoder();
	const lines = [0, 1000, 2003].map((later) => {
		const wander = later === 1000 ? 8 : 0;
		const age = {lastSendMs: 40 + later + wander, lastReceiveMs: 20 + later + wander, lastAckMs: 20 + later + wander};
		return encode([tickOf(T + later, [dial(40000, {...quiet, ...age})])], encoder)
			.toString()
			.split('\n')[2];
	});
	assert.equal(lines[1], lines[0]);
	assert.equal(lines[2], lines[0]);
});

test('a socket that sent again gets its new time', () => {
	const encoder = new CaptureEncoder();
	const row = (bytesSent: number) => dial(40000, {...quiet, bytesSent, lastSendMs: 0});
	encode([tickOf(T, [row(100)])], encoder);
	const text = encode([tickOf(T + 8, [row(200)])], encoder).toString();
	assert.match(text, new RegExp(` \\| 200 - - ${T + 8} `));
});

test('the ages that are folded are those that are recorded', () => {
	const encoder = new CaptureEncoder();
	const ages: number[] = [];
	const texts = [40, 1052].map((lastSendMs, i) => {
		const recording = recorded(tickOf(T + i * 1000, [dial(40000, {...quiet, lastSendMs})]), encoder);
		for (const reading of recording.tick.readings) reading.visit((row) => ages.push(row.lastSendMs));
		return Buffer.from(recording.finish());
	});
	const back: number[] = [];
	for (const {readings} of decode(Buffer.concat(texts)).ticks) {
		for (const reading of readings) reading.visit((row) => back.push(row.lastSendMs));
	}
	assert.deepEqual(ages, [40, 1040]);
	assert.deepEqual(back, ages);
});

const three = [0, 1, 2].map((i) => tickOf(T + i * 1000, [dial(40000), dial(40001 + i)]));

test('text is read in pieces of any size', () => {
	const text = encode(three);
	const whole = decode(text).ticks.map(({readings}) => readings.map(said));
	for (const bytes of [1, 2, 3, 7, 64, 333]) {
		const {ticks, torn} = decode(text, bytes);
		assert.deepEqual([ticks.map(({readings}) => readings.map(said)), torn], [whole, []]);
	}
});

test('text cut at any byte is read up to its last whole block', () => {
	const text = encode(three);
	const ends = [...text.toString().matchAll(/^end .*\n/gm)].map((match) => match.index + match[0].length);
	for (let length = 0; length < text.length; length++) {
		const {ticks, torn} = decode(text.subarray(0, length));
		assert.equal(ticks.length, ends.filter((end) => end <= length).length);
		assert.equal(torn.length, length === 0 || ends.includes(length) ? 0 : 1, `${length}: ${torn}`);
	}
});

test('a block with a flipped bit is never taken for a whole one', () => {
	const text = encode(three);
	const whole = decode(text).ticks.map(({readings}) => JSON.stringify(readings.map(said)));
	for (let at = 0; at < text.length; at++) {
		const flipped = Buffer.from(text);
		flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
		for (const {readings} of decode(flipped).ticks)
			assert.ok(whole.includes(JSON.stringify(readings.map(said))), `${at}`);
	}
});

test('output of a login shell before the first head is ignored; lines between blocks are counted', () => {
	const text = encode(three.slice(0, 1));
	const noise = Buffer.from('Welcome to lb1\nlast login: today\n');
	assert.deepEqual(decode(Buffer.concat([noise, text])).torn, []);
	assert.deepEqual(decode(Buffer.concat([text, noise, text])).torn, [`a block is torn at ${text.length}`]);
	assert.equal(decode(Buffer.concat([text, noise, text])).ticks.length, 2);
});

test('control characters are stripped from names and hosts', () => {
	const instance = {id: 'a\u001b[31m/1', host: 'a\u001b]0;x\u0007', via: null, pid: 1, startedAt: null, netns: null};
	const reading = only(decode(encode([tickOf(T, [], {instance, names: new Map([['10.0.0.1', 'b\u202eb']])})])));
	assert.equal(reading.instance.host, 'a]0;x');
	assert.equal(reading.instance.id, 'a[31m/1');
	assert.equal(reading.names.get('10.0.0.1'), 'bb');
});

test('a block of a newer version is named as such', () => {
	const text = encode(three.slice(0, 1)).toString().replace('traefik-top/1', 'traefik-top/2');
	assert.match(decode(Buffer.from(text)).torn[0] ?? '', /version 2, newer than this program/);
});

test('the block in the documentation can be read', () => {
	const page = readFileSync(new URL('../../docs/capture-format.md', import.meta.url), 'utf8');
	const {ticks, torn} = decode(Buffer.from(page.split('```')[1]?.trimStart() ?? ''));
	assert.deepEqual(torn, []);
	const reading = only({ticks});
	const rows: unknown[] = [];
	const count = reading.visit((row) =>
		rows.push([row.table, row.state, row.localPort, row.lastSendMs, row.bytesAcked, row.backlog]),
	);
	assert.deepEqual(count, {rows: 3, torn: 0});
	assert.deepEqual(rows, [
		[4, 1, 0xe7bc, 172, 6899, -1],
		[4, 6, 0xaee6, -1, -1, -1],
		[6, 10, 80, -1, -1, 4096],
	]);
	assert.deepEqual([...(reading.inodes() ?? [])], [476285, 475286]);
	assert.equal(reading.counters.activeOpens, 15);
});
