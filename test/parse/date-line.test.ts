import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {test} from 'node:test';
import {doubtText, parseDateLine} from '../../src/parse/date-line.ts';

const T = Date.UTC(2026, 10, 25, 22, 0, 10);

const forms: [line: string, time: number, doubt?: string][] = [
	['Wed Nov 25 22:00:10 UTC 2026', T],
	['Wed Nov 25 23:00:10 CET 2026\r', T],
	['Wed Nov  5 22:00:10 GMT 2026', Date.UTC(2026, 10, 5, 22, 0, 10)],
	['Wed Nov 25 10:00:10 PM UTC 2026', T],
	['Wed 25 Nov 2026 10:00:10 PM UTC', T],
	['Wed 25 Nov 2026 11:00:10 PM CET', T],
	['Wed 25 Nov 2026 12:00:10 AM UTC', Date.UTC(2026, 10, 25, 0, 0, 10)],
	['Wed 25 Nov 2026 12:00:10 PM UTC', Date.UTC(2026, 10, 25, 12, 0, 10)],
	['Wed 25 Nov 22:00:10 UTC 2026', T],
	['Wed 25 Nov 2026 22:00:10 UTC', T],
	['Wed, 25 Nov 2026 22:00:10 +0000', T],
	['Wed, 25 Nov 2026 17:00:10 -0500', T],
	['Thu, 26 Nov 2026 03:30:10 +0530', T],
	['Wednesday, November 25, 2026 10:00:10 PM UTC', T],
	['Wed Nov 25 2026 22:00:10 GMT+0000 (Coordinated Universal Time)', T],
	['2026-11-25T22:00:10+00:00', T],
	['2026-11-25T22:00:10Z', T],
	['2026-11-25T22:00:10,123456789+00:00', T + 123],
	['2026-11-25 23:00:10+01:00', T],
	['2026-11-25 22:00:10.5 UTC', T + 500],
	['2026-11-25 19:00:10 -03', T],
	['Wed Nov 25 19:00:10 -03 2026', T],
	['2026-11-25 22:00:10', T, 'no time zone'],
	['Wed Nov 25 22:00:10 2026', T, 'no time zone'],
	['Wed Nov 25 22:00:10 XYZ 2026', T, 'XYZ'],
	['Wed Nov 25 17:00:10 EST 2026', T, 'EST'],
	['Wed Nov 25 14:00:10 PST 2026', T],
	['1795644010', 1_795_644_010_000],
	['1795644010.25', 1_795_644_010_250],
	['1795644010123', 1_795_644_010_123],
	['1795644010123456789', 1_795_644_010_123],
];
for (const [line, time, doubt] of forms) {
	test(`parseDateLine reads ${JSON.stringify(line)}`, () => {
		assert.deepEqual(parseDateLine(line), {time, doubt: doubt ?? null});
	});
}

for (const line of [
	'',
	'12345678',
	'Wed Nov 31 22:00:10 UTC 2026',
	'Wed Nov 25 24:00:10 UTC 2026',
	'Wed Nov 25 13:00:10 PM UTC 2026',
	'2026-13-25T22:00:10Z',
	'2026-11-25T22:61:10Z',
	'Tcp: 1 200 120000 -1 15 12',
	'  sl  local_address rem_address   st tx_queue rx_queue tr',
	'Wed Nov 25 22:00:10 UTC 2026 and more',
	'Max open files            1024                 1048576              files',
]) {
	test(`parseDateLine leaves ${JSON.stringify(line)} alone`, () => {
		assert.equal(parseDateLine(line), null);
	});
}

for (const args of [
	[],
	['-u'],
	['-R'],
	['-Is'],
	['-Ins'],
	['--rfc-3339=seconds'],
	['+%s'],
	['+%s.%N'],
	['+%s%3N'],
	['+%s%N'],
]) {
	test(`parseDateLine reads what date ${args.join(' ')} prints here`, () => {
		for (const zone of ['UTC', 'Europe/Berlin', 'America/Los_Angeles', 'Asia/Kolkata', 'America/Sao_Paulo']) {
			const before = Math.floor(Date.now() / 1000) * 1000;
			const line = execFileSync('date', args, {env: {...process.env, TZ: zone, LC_ALL: 'C'}, encoding: 'latin1'});
			const time = parseDateLine(line)?.time ?? 0;
			assert.ok(time >= before && time <= Date.now(), `${zone}: ${line}`);
		}
	});
}

test('a doubtful zone is named in one clause', () => {
	assert.equal(doubtText('no time zone'), 'dates with no time zone are taken as UTC');
	assert.equal(doubtText('XYZ'), 'dates with the unknown time zone XYZ are taken as UTC');
	assert.equal(doubtText('EST'), 'the time zone EST is taken as UTC-05:00');
	assert.equal(doubtText('IST'), 'the time zone IST is taken as UTC+05:30');
});
