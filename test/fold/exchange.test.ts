import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {RESPONSE_BUCKETS, responseBucket, responseOf} from '../../src/fold/exchange.ts';
import {quantile} from '../../src/model/metric.ts';
import type {ExchangeFacts} from '../../src/snapshot.ts';
import {backendOf, foldAll} from './readings.ts';

const B = '> 10.0.0.7:8080';

/** What tcp_info said of one connection at each of several looks, a second apart. */
function exchanges(...looks: string[]): ExchangeFacts[] {
	return foldAll(looks.map((fields) => (fields === '' ? '' : `40000 ${B} EST ${fields}`))).map(
		(look) => backendOf(look).info ?? assert.fail('no tcp_info'),
	);
}

const last = (...looks: string[]) => exchanges(...looks).at(-1) ?? assert.fail('no look');

test('the fold has no exchanges to tell of without tcp_info', () => {
	const [snapshot] = foldAll([`40000 ${B} EST`]);
	assert.equal(backendOf(snapshot).info, null);
});

test('the fold takes the last exchange for what lay between the last byte sent and the last received', () => {
	const info = last('sent=100 got=50 lastsnd=900 lastrcv=880', 'sent=200 got=150 lastsnd=620 lastrcv=600');
	assert.equal(info.completed, 1);
	assert.deepEqual(info.responses, [20, 1]);
	assert.equal(info.waiting, 0);
	assert.equal(info.sentBytes, 100);
});

test('the fold counts an exchange once', () => {
	const info = last(
		'sent=100 got=50 lastsnd=900 lastrcv=880',
		'sent=200 got=150 lastsnd=620 lastrcv=600',
		'sent=200 got=150 lastsnd=1620 lastrcv=1600',
	);
	assert.equal(info.completed, 0);
	assert.deepEqual(info.responses, []);
});

test('the fold counts what ended within the 15 s before the first look, and nothing older', () => {
	assert.equal(last('sent=100 got=50 lastsnd=15000 lastrcv=14900').completed, 1);
	assert.equal(last('sent=100 got=50 lastsnd=15200 lastrcv=15100').completed, 0);
});

const waiting: [why: string, fields: string, waitMs: number | null][] = [
	['a request is out and nothing was ever received', 'sent=100 got=0 lastsnd=900 lastrcv=1200', 900],
	['the last byte sent is younger than the last received', 'sent=100 got=50 lastsnd=400 lastrcv=404', 400],
	['both are equally old', 'sent=100 got=50 lastsnd=400 lastrcv=400', null],
	['the answer came', 'sent=100 got=50 lastsnd=404 lastrcv=400', null],
	['nothing was ever sent', 'sent=0 got=0 lastsnd=400 lastrcv=400', null],
];
for (const [why, fields, waitMs] of waiting) {
	test(`${waitMs === null ? 'sees nothing wait' : 'sees a request wait'} where ${why}`, () => {
		const info = last(fields);
		assert.equal(info.waiting, waitMs === null ? 0 : 1);
		assert.equal(info.oldestWaitMs, waitMs);
	});
}

const long: [ms: number, over: number][] = [
	[1_999, 0],
	[2_000, 1],
];
for (const [ms, over] of long) {
	test(`the fold counts ${over} request as waiting for 2 s on a used connection after ${ms} ms`, () => {
		assert.equal(last(`sent=200 got=50 lastsnd=${ms} lastrcv=5000`).waitingUsedOver2s, over);
	});
}

test('the fold calls a connection that never sent a byte a spare one', () => {
	const info = last('sent=0 got=0 lastsnd=900 lastrcv=900');
	assert.equal(info.spare, 1);
	assert.equal(info.sockets, 1);
});

test('the fold keeps the age of a request that was sent again by TCP', () => {
	const info = last(
		'sent=100 got=0 lastsnd=500 lastrcv=2000 segs=1',
		'sent=200 got=0 lastsnd=100 lastrcv=3000 segs=2 again=1',
		'sent=300 got=0 lastsnd=50 lastrcv=4000 segs=3 again=2',
	);
	assert.equal(info.oldestWaitMs, 2_500);
	assert.equal(info.streaming, 0);
	assert.equal(info.segmentsOut, 1);
});

test('the fold gives a request its own age after an answer between two looks', () => {
	const info = last('sent=100 got=0 lastsnd=500 lastrcv=2000', 'sent=200 got=50 lastsnd=100 lastrcv=300');
	assert.equal(info.oldestWaitMs, 100);
	assert.equal(info.progressed, 1);
});

const streams: [what: string, looks: string[]][] = [
	[
		'an event stream, which goes on without being asked',
		['sent=100 got=50 lastsnd=900 lastrcv=100', 'sent=100 got=90 lastsnd=1900 lastrcv=100'],
	],
	[
		'an upload, which sends on while nothing comes back',
		['sent=100 got=0 lastsnd=10 lastrcv=900', 'sent=90000 got=0 lastsnd=10 lastrcv=1900'],
	],
	[
		'a websocket on which only the backend speaks',
		['sent=300 got=300 lastsnd=500 lastrcv=480', 'sent=300 got=340 lastsnd=1500 lastrcv=100'],
	],
	[
		'HTTP/2, on which requests go out before answers come back',
		['sent=100 got=50 lastsnd=5 lastrcv=30', 'sent=900 got=50 lastsnd=5 lastrcv=1030'],
	],
	['a server that speaks first', ['sent=0 got=80 lastsnd=900 lastrcv=890']],
];
for (const [what, looks] of streams) {
	test(`the fold takes ${what}, for no request and answer`, () => {
		const info = last(...looks);
		assert.deepEqual([info.streaming, info.waiting, info.completed], [1, 0, 0]);
	});
}

const MB = 1024 * 1024;
const transfers: [what: string, before: string, after: string, isCounted: boolean][] = [
	['a download of one request', 'sent=100 got=50 segs=1', `sent=200 got=${50 + MB} segs=2`, false],
	['an answer just short of one', 'sent=100 got=50 segs=1', `sent=200 got=${49 + MB / 2} segs=2`, true],
	['the answers to many requests', 'sent=100 got=50 segs=1', `sent=900 got=${50 + MB} segs=9`, true],
	[
		'a long answer on a kernel that counts no segments',
		'sent=100 got=50 segs=-1',
		`sent=200 got=${50 + MB} segs=-1`,
		true,
	],
];
for (const [what, before, after, isCounted] of transfers) {
	test(`${isCounted ? 'counts' : 'does not count'} the time of ${what}`, () => {
		const info = last(`${before} lastsnd=900 lastrcv=880`, `${after} lastsnd=600 lastrcv=200`);
		assert.deepEqual([info.completed, info.streaming], isCounted ? [1, 0] : [0, 1]);
	});
}

test('the fold counts a long answer that trickled in: the backend was not waiting for its bytes to pass', () => {
	const info = last(
		'sent=100 got=50 segs=1 lastsnd=1900 lastrcv=1880',
		`sent=200 got=${50 + MB} segs=2 lastsnd=1400 lastrcv=100`,
	);
	assert.deepEqual([info.completed, info.streaming], [1, 0]);
});

const asked: [what: string, before: string, after: string, requests: number][] = [
	['twelve requests on one connection', 'sent=100 got=50 segs=1', 'sent=1300 got=650 segs=13', 12],
	['one', 'sent=100 got=50 segs=1', 'sent=200 got=100 segs=2', 1],
	['an upload in many segments', 'sent=100 got=50 segs=1', 'sent=50100 got=100 segs=41', 1],
	['what no segments tell', 'sent=100 got=50 segs=-1', 'sent=1300 got=650 segs=-1', 1],
];
for (const [what, before, after, requests] of asked) {
	test(`the fold takes ${what} for ${requests} in \`answers\`, and for one in \`responses\``, () => {
		const info = last(`${before} lastsnd=900 lastrcv=880`, `${after} lastsnd=520 lastrcv=500`);
		assert.deepEqual(
			[info.responses, info.answers],
			[
				[20, 1],
				[20, requests],
			],
		);
	});
}

test('the fold lets a connection that streamed count again after it behaved for three exchanges', () => {
	const infos = exchanges(
		'sent=100 got=50 lastsnd=900 lastrcv=100',
		'sent=100 got=90 lastsnd=1900 lastrcv=100',
		...[2, 3, 4, 5].map((i) => `sent=${100 * i} got=${100 * i} lastsnd=520 lastrcv=500`),
	);
	assert.deepEqual(
		infos.map(({streaming}) => streaming),
		[0, 1, 1, 1, 0, 0],
	);
	assert.deepEqual(infos.at(-1)?.responses, [20, 1]);
});

test('the fold does not take a TLS greeting that came at once for an answer', () => {
	const infos = exchanges2('sent=500 got=3000 lastsnd=804 lastrcv=800', 'sent=500 got=3100 lastsnd=1804 lastrcv=500');
	assert.equal(infos[0]?.progressed, 0);
	assert.equal(infos[1]?.streaming, 0);
	assert.deepEqual([infos[1]?.completed, infos[1]?.responses], [1, [responseOf(responseBucket(1_304)), 1]]);
});

/** The same after a look without the connection: it is new in the second. */
function exchanges2(...looks: string[]): ExchangeFacts[] {
	return foldAll(['', ...looks.map((fields) => `40000 ${B} EST ${fields}`)])
		.slice(1)
		.map((look) => backendOf(look).info ?? assert.fail('no tcp_info'));
}

const first: [what: string, before: string, row: string, isAnswer: boolean][] = [
	['one segment that was answered at once', '', 'sent=100 got=300 segs=1 lastsnd=304 lastrcv=304', true],
	['several that were answered at once', '', 'sent=500 got=3000 segs=3 lastsnd=304 lastrcv=304', false],
	['several, after a round trip', '', 'sent=500 got=3000 segs=3 lastsnd=350 lastrcv=300 minrtt=26000', false],
	['several, later than a round trip', '', 'sent=500 got=3000 segs=3 lastsnd=360 lastrcv=300 minrtt=26000', true],
	[
		'several, of a backend that speaks plain text',
		`41000 ${B} EST sent=100 got=300 segs=1 lastsnd=304 lastrcv=304`,
		'sent=500 got=3000 segs=3 lastsnd=304 lastrcv=304',
		true,
	],
];
for (const [what, before, row, isAnswer] of first) {
	test(`the fold takes ${what} on a new connection for ${isAnswer ? 'an answer' : 'a TLS greeting'}`, () => {
		const [, second] = foldAll([before, `40000 ${B} EST ${row}`]);
		const {info, answeredNew, answeredAgoMs} = backendOf(second);
		assert.equal(info?.progressed, isAnswer ? 1 : 0);
		assert.equal(answeredNew, isAnswer ? 1 : 0);
		assert.equal(answeredAgoMs, isAnswer ? Number(/lastrcv=(\d+)/.exec(row)?.[1]) : null);
	});
}

test('the fold says how long ago the backend last gave a byte of an answer, by the kernel’s clock, in the first look too', () => {
	const [only] = foldAll([
		`40000 ${B} EST sent=100 got=300 lastsnd=9020 lastrcv=9000
		41000 ${B} EST sent=300 got=600 lastsnd=400 lastrcv=5000
		42000 ${B} EST sent=100 got=0 lastsnd=3000 lastrcv=3000`,
	]);
	assert.equal(backendOf(only).answeredAgoMs, 5_000);
	assert.equal(backendOf(only).answeredNew, null);
});

const lives: [what: string, before: string, now: string, agoMs: number | null, onNew: number][] = [
	['a new TIME_WAIT', '', `40000 ${B} TW ino=0`, 0, 1],
	['a TIME_WAIT that was established', `40000 ${B} EST`, `40000 ${B} TW ino=0`, null, 0],
	['a new connection that received (text tables)', '', `40000 ${B} EST ato=10`, 0, 1],
	['a new connection that received nothing (text tables)', '', `40000 ${B} EST ato=0`, null, 0],
	['a connection that moved (text tables)', `40000 ${B} EST ato=10`, `40000 ${B} EST ato=12`, 0, 0],
	['a connection that rests (text tables)', `40000 ${B} EST ato=10`, `40000 ${B} EST ato=10`, null, 0],
	['an orphan', `40000 ${B} EST`, `40000 ${B} FW2 ino=0`, null, 0],
];
for (const [what, before, now, agoMs, onNew] of lives) {
	test(`${agoMs === null ? 'takes no proof of life from' : 'takes for proof of life'} ${what}`, () => {
		const [, second] = foldAll([`${before}\n50000 ${B} SYN`, `${now}\n50000 ${B} SYN`]);
		const {answeredAgoMs, answeredNew} = backendOf(second);
		assert.deepEqual([answeredAgoMs, answeredNew], [agoMs, onNew]);
	});
}

test('the fold knows requests that we gave up after 2 s from those whose connection the backend ended', () => {
	const before = `40000 ${B} EST sent=100 got=0 lastsnd=1500 lastrcv=1500 *2
		41000 ${B} EST sent=100 got=0 lastsnd=300 lastrcv=1500
		42000 ${B} EST sent=100 got=90 lastsnd=1500 lastrcv=1400`;
	const [, second] = foldAll([before, `40000 ${B} FW2 ino=0 sent=100 got=0 lastsnd=2500 lastrcv=2500`]);
	assert.equal(backendOf(second).abandoned, 1);
	assert.equal(backendOf(second).oldestAbandonedMs, 2_500);
	assert.equal(backendOf(second).vanished, 3);
	assert.equal(backendOf(second).vanishedWaiting, 2);
	assert.deepEqual(backendOf(second).ends, [responseOf(responseBucket(2_000)), 1, responseOf(responseBucket(800)), 1]);
});

test('the fold counts young connections on which a request went out by whether one was ever answered', () => {
	const young = `40000 ${B} EST sent=100 got=0 lastsnd=900 lastrcv=900 *3
		41000 ${B} EST sent=100 got=80 lastsnd=900 lastrcv=880
		42000 ${B} EST sent=0 got=0 lastsnd=900 lastrcv=900`;
	const infos = foldAll(['', ...new Array<string>(15).fill(young)])
		.slice(1)
		.map((look) => backendOf(look).info);
	assert.deepEqual([infos[1]?.youngUnanswered, infos[1]?.youngAnswered], [0, 0]);
	assert.deepEqual([infos[2]?.youngUnanswered, infos[2]?.youngAnswered], [3, 1]);
	assert.deepEqual([infos[12]?.youngUnanswered, infos[12]?.youngAnswered], [3, 1]);
	assert.deepEqual([infos[13]?.youngUnanswered, infos[13]?.youngAnswered], [0, 0]);
});

test('the fold says what new connections sent in their first look', () => {
	const [, second] = foldAll([
		'',
		`40000 ${B} EST sent=100 got=50 lastsnd=30 lastrcv=10 segs=2 again=1 rtt=400 minrtt=90`,
	]);
	const info = backendOf(second).info;
	assert.deepEqual([info?.sentBytes, info?.progressed], [100, 1]);
	assert.deepEqual([info?.segmentsOut, info?.segmentsRetransmitted], [2, 1]);
	assert.deepEqual([info?.rttUs, info?.minRttUs], [400, 90]);
});

test('the fold puts every response time into a bucket within 4 ms or 5 %', () => {
	for (let ms = 0; ms <= 1_200_000; ms += ms < 20_000 ? 1 : 97) {
		const error = Math.abs(responseOf(responseBucket(ms)) - ms);
		assert(error <= Math.max(4, ms * 0.05), `${ms} ms is counted as ${responseOf(responseBucket(ms))}`);
	}
	assert(responseBucket(1e9) < RESPONSE_BUCKETS);
});

test('the fold gives a median within 4 ms or 5 % of the true one', () => {
	const times = fc.array(fc.integer({min: 0, max: 30_000}), {minLength: 1, maxLength: 60});
	fc.assert(
		fc.property(times, (tookMs) => {
			const rows = (state: (ms: number, i: number) => string) => tookMs.map(state).join('\n');
			const looks = foldAll([
				rows((_, i) => `${20_000 + i} ${B} EST sent=100 got=100 lastsnd=90000 lastrcv=80000`),
				rows((ms, i) => `${20_000 + i} ${B} EST sent=200 got=200 lastsnd=${ms + 100} lastrcv=100`),
			]);
			const {responses = [], completed} = backendOf(looks[1]).info ?? {};
			const median = tookMs.toSorted((a, b) => a - b)[Math.ceil(tookMs.length / 2) - 1] ?? 0;
			const said = quantile(responses, 0.5) ?? Number.NaN;
			assert.equal(completed, tookMs.length);
			assert(Math.abs(said - median) <= Math.max(4, median * 0.05), `${said} for ${median}`);
		}),
	);
});

const multiplexed: [why: string, looks: string[], isMultiplexed: boolean][] = [
	[
		'requests of a few bytes each, as of HTTP/2 after the first',
		['sent=300 got=200 segs=6 segsin=6 lastsnd=60 lastrcv=40'],
		true,
	],
	['requests of HTTP/1.1', ['sent=1500 got=900 segs=6 segsin=6 lastsnd=60 lastrcv=40'], false],
	[
		'small segments that are hardly answered: a stream to the backend',
		['sent=4000 got=90 segs=200 segsin=1 lastsnd=60 lastrcv=9000'],
		false,
	],
	['four small segments: too few to tell', ['sent=200 got=90 segs=4 segsin=4 lastsnd=60 lastrcv=40'], false],
	[
		'requests of any size that are sent while answers are due, look after look',
		[
			'sent=5000 got=9000 segs=10 segsin=20 lastsnd=100 lastrcv=90',
			'sent=6000 got=9000 segs=12 segsin=20 lastsnd=100 lastrcv=1090',
			'sent=7000 got=9000 segs=14 segsin=20 lastsnd=100 lastrcv=2090',
			'sent=8000 got=9000 segs=16 segsin=20 lastsnd=100 lastrcv=3090',
		],
		true,
	],
	[
		'an upload in pieces',
		[
			'sent=5000 got=200 segs=10 segsin=1 lastsnd=100 lastrcv=9000',
			'sent=6000 got=200 segs=12 segsin=1 lastsnd=100 lastrcv=10000',
			'sent=7000 got=200 segs=14 segsin=1 lastsnd=100 lastrcv=11000',
			'sent=8000 got=200 segs=16 segsin=1 lastsnd=100 lastrcv=12000',
		],
		false,
	],
];
for (const [why, looks, isMultiplexed] of multiplexed) {
	test(`${isMultiplexed ? 'recognises' : 'does not take for multiplexed'} ${why}`, () => {
		const info = last(...looks);
		assert.equal(info.multiplexed, isMultiplexed ? 1 : 0);
		if (isMultiplexed) assert.deepEqual([info.waiting, info.responses], [0, []]);
	});
}

test('the fold says since when a multiplexed connection that is still asked has been silent, by the kernel’s own age', () => {
	const frames = 'got=200 segsin=6';
	const info = last(
		`sent=300 segs=6 lastsnd=60 lastrcv=40 ${frames}`,
		`sent=400 segs=9 lastsnd=100 lastrcv=24000 ${frames}`,
	);
	assert.deepEqual([info.multiplexedOwing, info.multiplexedSilentMs], [1, 24_000]);
});

const idle = 'EST sent=200 acked=201 got=300 segs=2';
const passedOver: [why: string, looks: string[], count: number][] = [
	[
		'lies idle since before a newer one was dialled and used',
		[
			`40000 ${B} ${idle} lastsnd=3040 lastrcv=3020`,
			`40000 ${B} ${idle} lastsnd=4040 lastrcv=4020\n40001 ${B} EST sent=200 got=300 segs=2 lastsnd=60 lastrcv=40`,
			`40000 ${B} ${idle} lastsnd=5040 lastrcv=5020\n40001 ${B} EST sent=400 got=600 segs=4 lastsnd=60 lastrcv=40`,
			`40000 ${B} ${idle} lastsnd=6040 lastrcv=6020\n40001 ${B} EST sent=600 got=900 segs=6 lastsnd=60 lastrcv=40`,
		],
		1,
	],
	[
		'became idle after the newer one was dialled: a burst',
		[
			`40000 ${B} ${idle} lastsnd=40 lastrcv=20`,
			`40000 ${B} EST sent=400 got=600 segs=4 lastsnd=60 lastrcv=20\n40001 ${B} EST sent=200 got=300 segs=2 lastsnd=60 lastrcv=40`,
			`40000 ${B} EST sent=400 got=600 segs=4 lastsnd=1060 lastrcv=1020\n40001 ${B} EST sent=400 got=600 segs=4 lastsnd=60 lastrcv=40`,
			`40000 ${B} EST sent=400 got=600 segs=4 lastsnd=2060 lastrcv=2020\n40001 ${B} EST sent=600 got=900 segs=6 lastsnd=60 lastrcv=40`,
		],
		0,
	],
	[
		'lies idle while a health check comes and goes',
		[
			`40000 ${B} ${idle} lastsnd=3040 lastrcv=3020`,
			`40000 ${B} ${idle} lastsnd=4040 lastrcv=4020\n40001 ${B} EST sent=100 got=200 segs=1 lastsnd=9 lastrcv=4`,
			`40000 ${B} ${idle} lastsnd=5040 lastrcv=5020\n40001 ${B} TW ino=0`,
			`40000 ${B} ${idle} lastsnd=6040 lastrcv=6020\n40001 ${B} TW ino=0`,
		],
		0,
	],
];
for (const [why, looks, count] of passedOver) {
	test(`the fold counts ${count} as passed over of a connection that ${why}`, () => {
		assert.equal(backendOf(foldAll(looks).at(-1)).info?.passedOver, count);
	});
}
