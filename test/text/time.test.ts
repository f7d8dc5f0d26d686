import assert from 'node:assert/strict';
import {test} from 'node:test';
import {UserError} from '../../src/errors.ts';
import {formatClock, formatTime, parseDuration, parseTime, parseZone, zoneName} from '../../src/text/time.ts';

const from = Date.parse('2026-11-22T13:00:00Z');
const to = Date.parse('2026-11-22T14:30:00.500Z');
const inUtc = {from, to, zone: 'UTC'};
const iso = (time: number) => new Date(time).toISOString();

const times: [text: string, means: string][] = [
	['1795356000', '2026-11-22T14:00:00.000Z'],
	['1795356000123', '2026-11-22T14:00:00.123Z'],
	['946684801', '2000-01-01T00:00:01.000Z'],
	['946684801000', '2000-01-01T00:00:01.000Z'],
	['2026-11-22T14:02:11Z', '2026-11-22T14:02:11.000Z'],
	['2026-11-22T14:02:11.250+01:00', '2026-11-22T13:02:11.250Z'],
	['2026-11-22T14:02-0530', '2026-11-22T19:32:00.000Z'],
	['2026-11-22T14:02:11', '2026-11-22T14:02:11.000Z'],
	['2026-11-22 14:02', '2026-11-22T14:02:00.000Z'],
	['2026-11-22 14:02:59', '2026-11-22T14:02:59.000Z'],
	['2026-11-22', '2026-11-22T00:00:00.000Z'],
	['14:02', '2026-11-22T14:02:00.000Z'],
	['9:05:01', '2026-11-22T09:05:01.000Z'],
	['14:30', '2026-11-22T14:30:00.000Z'],
	['14:30:00.5', '2026-11-22T14:30:00.500Z'],
	['14:30:01', '2026-11-21T14:30:01.000Z'],
	['today 13:05', '2026-11-22T13:05:00.000Z'],
	['yesterday 03:12', '2026-11-21T03:12:00.000Z'],
	['Yesterday at 3:12:09', '2026-11-21T03:12:09.000Z'],
	['yesterday', '2026-11-21T00:00:00.000Z'],
	['-90s', '2026-11-22T14:28:30.500Z'],
	['-1h30m', '2026-11-22T13:00:00.500Z'],
	['+5m', '2026-11-22T13:05:00.000Z'],
	['0%', '2026-11-22T13:00:00.000Z'],
	['50%', '2026-11-22T13:45:00.250Z'],
	['100%', '2026-11-22T14:30:00.500Z'],
];
for (const [text, means] of times) {
	test(`parseTime reads ${text} as ${means}`, () => assert.equal(iso(parseTime(text, inUtc)), means));
}

test('parseTime counts days from now where now is known', () => {
	const now = Date.parse('2026-11-24T08:00:00Z');
	assert.equal(iso(parseTime('yesterday 14:02', {...inUtc, now})), '2026-11-23T14:02:00.000Z');
	const berlin = {from, to, zone: 'Europe/Berlin', now: Date.parse('2026-11-22T23:30:00Z')};
	assert.equal(iso(parseTime('yesterday 14:02', berlin)), '2026-11-22T13:02:00.000Z');
});

for (const text of [
	'',
	'noon',
	'24:00',
	'14:60',
	'14:02:60',
	'2026-02-30 12:00',
	'2026-13-01',
	'5',
	'-5',
	'+',
	'12:3',
	'%',
]) {
	test(`parseTime refuses "${text}" and names what it accepts`, () => {
		assert.throws(
			() => parseTime(text, inUtc),
			(error) => error instanceof UserError && error.exitCode === 2 && /-5m \(before the end\)/.test(error.hint),
		);
	});
}

test('parseTime counts -DUR from the current position', () => {
	assert.equal(parseTime('-10s', {...inUtc, current: from + 60_000}), from + 50_000);
	assert.equal(parseTime('+10s', {...inUtc, current: from + 60_000}), from + 10_000);
});

test('parseTime reads wall times in the given zone', () => {
	const zone = 'America/New_York';
	assert.equal(iso(parseTime('09:02', {from, to, zone})), '2026-11-22T14:02:00.000Z');
	assert.equal(iso(parseTime('2026-07-01 09:00', {from, to, zone})), '2026-07-01T13:00:00.000Z');
	assert.equal(iso(parseTime('2026-07-01 09:00Z', {from, to, zone})), '2026-07-01T09:00:00.000Z');
});

const berlin = 'Europe/Berlin';

test('parseTime takes the first of two equal wall times, unless only the second was recorded', () => {
	const early = {from: Date.parse('2026-10-25T00:00Z'), to: Date.parse('2026-10-25T06:00Z'), zone: berlin};
	assert.equal(iso(parseTime('2026-10-25 02:30', early)), '2026-10-25T00:30:00.000Z');
	const late = {...early, from: Date.parse('2026-10-25T01:00Z')};
	assert.equal(iso(parseTime('2026-10-25 02:30', late)), '2026-10-25T01:30:00.000Z');
});

test('parseTime takes the last occurrence of a clock time that happens twice', () => {
	const day = {from: 0, zone: berlin};
	assert.equal(iso(parseTime('02:30', {...day, to: Date.parse('2026-10-25T06:00Z')})), '2026-10-25T01:30:00.000Z');
	assert.equal(iso(parseTime('02:30', {...day, to: Date.parse('2026-10-25T01:29Z')})), '2026-10-25T00:30:00.000Z');
});

test('parseTime finds a skipped clock time on the day before', () => {
	const to = Date.parse('2026-03-29T06:00Z');
	assert.equal(iso(parseTime('02:30', {from: 0, to, zone: berlin})), '2026-03-28T01:30:00.000Z');
	assert.equal(iso(parseTime('03:30', {from: 0, to, zone: berlin})), '2026-03-29T01:30:00.000Z');
	assert.equal(iso(parseTime('01:59', {from: 0, to, zone: berlin})), '2026-03-29T00:59:00.000Z');
});

test('parseTime moves a skipped wall time past the jump', () => {
	assert.equal(iso(parseTime('2026-03-29 02:30', {from, to, zone: berlin})), '2026-03-29T01:30:00.000Z');
});

test('parseTime reads back every time that formatTime prints, east and west of UTC', () => {
	for (const zone of ['UTC', berlin, 'America/New_York', 'Asia/Kolkata', 'Pacific/Apia', 'Australia/Lord_Howe']) {
		for (let day = 0; day < 400; day += 7) {
			const time = from + day * 86_400_000 + 12_345_000;
			assert.equal(parseTime(formatTime(time, zone), {from: time, to: time, zone}), time, `${zone} ${iso(time)}`);
		}
	}
});

test('formatTime prints date, clock and zone', () => {
	const time = Date.parse('2026-01-02T23:04:05.678Z');
	assert.equal(formatTime(time, 'UTC'), '2026-01-02 23:04:05');
	assert.equal(formatTime(time, berlin), '2026-01-03 00:04:05');
	assert.equal(formatClock(time, berlin), '00:04:05');
	assert.deepEqual(
		[zoneName(time, 'UTC'), zoneName(time, berlin), zoneName(time, 'America/New_York')],
		['UTC', 'GMT+1', 'EST'],
	);
});

test('zones are IANA names; others are refused', () => {
	assert.equal(parseZone('utc'), 'UTC');
	assert.equal(parseZone('europe/berlin'), berlin);
	assert.throws(() => parseZone('Mars/Olympus'), /not a time zone: "Mars\/Olympus"/);
});

const durations: [text: string, ms: number | null][] = [
	['90s', 90_000],
	['5m', 300_000],
	['1h30m', 5_400_000],
	['2d', 172_800_000],
	['200ms', 200],
	['1.5s', 1500],
	['1m500ms', 60_500],
	['0s', 0],
	['', null],
	['90', null],
	['s', null],
	['5m1h', null],
	['1h1h', null],
	['-5m', null],
	['1e3s', null],
	[`${'9'.repeat(30)}d`, null],
];
for (const [text, ms] of durations) {
	test(`parseDuration reads "${text}" as ${ms === null ? 'none' : `${ms} ms`}`, () => {
		assert.equal(parseDuration(text), ms);
	});
}
