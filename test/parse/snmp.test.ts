import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import test from 'node:test';
import {parseCounters} from '../../src/parse/snmp.ts';
import {NO_COUNTERS} from '../../src/reading.ts';

const net = new URL('../../fixtures/proc/slow-readers/3744/net/', import.meta.url);

test('parseCounters reads the counters of a real namespace', () => {
	const counters = parseCounters(readFileSync(new URL('snmp', net)), readFileSync(new URL('netstat', net), 'utf8'));
	const snmp = readFileSync(new URL('snmp', net), 'utf8');
	const values = /^Tcp: \d.*$/m.exec(snmp)?.[0].split(' ').slice(5).map(Number) ?? [];
	assert.equal(counters.activeOpens, values[0]);
	assert.equal(counters.passiveOpens, values[1]);
	assert.equal(counters.attemptFails, values[2]);
	assert.equal(counters.estabResets, values[3]);
	assert.equal(counters.inSegs, values[5]);
	assert.equal(counters.outSegs, values[6]);
	assert.equal(counters.retransSegs, values[7]);
	assert.equal(counters.outRsts, values[9]);
	assert.equal(counters.inDestUnreachs, 0);
	assert.equal(counters.outDestUnreachs, 0);
	assert.equal(counters.listenOverflows, 0);
	assert.equal(counters.listenDrops, 0);
	assert.ok((counters.tcpTimeouts ?? 0) > 0);
});

test('parseCounters finds columns by name, whatever their order', () => {
	const counters = parseCounters('Tcp: New AttemptFails ActiveOpens\nTcp: 1 2 3\n', 'TcpExt: ListenDrops\nTcpExt: 4\n');
	assert.deepEqual(counters, {...NO_COUNTERS, attemptFails: 2, activeOpens: 3, listenDrops: 4});
});

test('parseCounters reads the ICMP counters of unreachable destinations beside other groups', () => {
	const snmp = 'Icmp: InMsgs InDestUnreachs OutDestUnreachs\nIcmp: 9 7 2\nIcmpMsg: InType3\nIcmpMsg: 5\n';
	assert.deepEqual(parseCounters(snmp, null), {...NO_COUNTERS, inDestUnreachs: 7, outDestUnreachs: 2});
});

const unknown: [why: string, snmp: string | null, netstat: string | null][] = [
	['files that were not read', null, null],
	['empty files', '', ''],
	['names without values', 'Tcp: ActiveOpens\n', 'TcpExt: ListenDrops'],
	['a torn line of values', 'Tcp: ActiveOpens PassiveOpens\nTcp: 12\n', null],
	['values that are not numbers', 'Tcp: ActiveOpens\nTcp: -x1\n', 'TcpExt: ListenDrops\nTcpExt: \u0000\n'],
	['another group', 'Udp: ActiveOpens\nUdp: 1\n', 'IpExt: ListenDrops\nIpExt: 1\n'],
];
for (const [why, snmp, netstat] of unknown) {
	test(`parseCounters says null for ${why}`, () => {
		assert.deepEqual(parseCounters(snmp, netstat), NO_COUNTERS);
	});
}
