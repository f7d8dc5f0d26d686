import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {RuleId} from '../../src/detect/index.ts';
import {throttledNote, withOwnEnd} from '../../src/detect/own-end.ts';
import type {Verdict} from '../../src/detect/rule.ts';
import type {BackendModel, InstanceModel} from '../../src/model/model.ts';
import type {Server} from '../../src/reading.ts';
import {serverOf} from '../capture/readings.ts';
import {assessAll, B, SILENT, span, spanOf} from './windows.ts';

const verdict: Verdict = {severity: 'down', message: 'm', hint: 'h', beganMs: 0, evidence: {}};
const NOW = 1_795_364_100_000;
const at = (process: Server | null) => ({process, snapshot: {time: NOW}}) as InstanceModel;
const ended = {isListening: false, acceptQueue: null, acceptLimit: null, unread: null, openFiles: null};

function said(rule: RuleId, server: Server | null): [message: string | undefined, isOwnHint: boolean] {
	const found = withOwnEnd(rule, verdict, {server} as BackendModel, at(null));
	return [found?.message.replace(/^m(?:; its own end: )?/, ''), found?.hint !== 'h'];
}

const cases: [what: string, rule: RuleId, server: Server | null, says: string, isOwnHint: boolean][] = [
	['no server', 'hung', null, '', false],
	['a stopped process', 'hung', serverOf({state: 'T'}), 'gunicorn (pid 812) is stopped (T)', true],
	['one that a debugger stopped', 'slow', serverOf({state: 't'}), 'gunicorn (pid 812) is stopped (t)', true],
	['one that is stopped, where that explains nothing', 'leak', serverOf({state: 'T'}), '', false],
	[
		'requests that lie unread',
		'hung',
		serverOf({unread: 40}),
		'40 requests lie unread, CPU 3 %: waiting or deadlocked',
		false,
	],
	[
		'unread requests of one that computes',
		'hung',
		serverOf({unread: 40, cpuPercent: 200}),
		'40 requests lie unread, CPU 200 %: busy',
		false,
	],
	[
		'unread requests of one that is half busy',
		'hung',
		serverOf({unread: 40, cpuPercent: 80}),
		'40 requests lie unread, CPU 80 %',
		false,
	],
	['one that computes', 'slow', serverOf({cpuPercent: 198}), 'CPU 198 %: busy', false],
	['one that computes as much as it may', 'slow', serverOf({cpuPercent: 49, cpuLimit: 0.5}), 'CPU 49 %: busy', false],
	[
		'one whose CPU is throttled',
		'hung',
		serverOf({throttledPercent: 93, cpuLimit: 0.25, cpuPercent: 25}),
		'throttled 93 % of the time (CPU limit 0.25)',
		true,
	],
	[
		'one whose CPU is throttled a little',
		'slow',
		serverOf({throttledPercent: 20}),
		'throttled 20 % of the time',
		false,
	],
	['one whose CPU is hardly throttled', 'slow', serverOf({throttledPercent: 19}), '', false],
	['a request that lies unread', 'stalled', serverOf({unread: 1}), '1 request lies unread', false],
	[
		'a queue below its limit',
		'overload',
		serverOf({acceptQueue: 37}),
		'accept queue 37 of 64, 2 workers, both waiting (CPU 3 %)',
		false,
	],
	[
		'a queue at its limit',
		'overload',
		serverOf({acceptQueue: 64, cpuPercent: 197}),
		'accept queue 64 of 64, 2 workers, both busy (CPU 197 %)',
		false,
	],
	[
		'a full queue',
		'overload',
		serverOf({acceptQueue: 65, workers: null, cpuPercent: null}),
		'accept queue full (limit 64)',
		false,
	],
	[
		'a full queue of many',
		'overload',
		serverOf({acceptQueue: 65, workers: 8, cpuPercent: null}),
		'accept queue full (limit 64), 8 workers, all busy',
		false,
	],
	[
		'a full queue of one',
		'overload',
		serverOf({acceptQueue: 65, workers: 1, cpuPercent: 99}),
		'accept queue full (limit 64), its only process is busy (CPU 99 %)',
		false,
	],
	[
		'a queue of a stopped process',
		'accept-queue',
		serverOf({acceptQueue: 9, state: 'T'}),
		'gunicorn (pid 812) is stopped (T)',
		true,
	],
	[
		'a queue without a limit',
		'partial',
		serverOf({acceptQueue: 2, acceptLimit: null, workers: null}),
		'2 connections not accepted',
		false,
	],
	['descriptors below the share', 'fds', serverOf({openFiles: 972}), '', false],
	['descriptors used up', 'fds', serverOf({openFiles: 1024}), '1,024 of 1,024 descriptors open', false],
	[
		'one that has read all',
		'hung',
		serverOf(),
		'gunicorn (pid 812) has read every request and answers none, CPU 3 %: waiting or deadlocked',
		false,
	],
	['one that may have read all', 'hung', serverOf({unread: null, cpuPercent: null}), '', false],
	['one that has read all and is late', 'slow', serverOf(), '', false],
	[
		'sockets left open',
		'leak',
		serverOf({closeWait: 312}),
		'312 sockets in CLOSE_WAIT that gunicorn (pid 812) does not close',
		false,
	],
	['no socket left open', 'leak', serverOf(), '', false],
	[
		'a process that ended',
		'refused',
		serverOf({...ended, state: null}),
		'nothing listens, gunicorn (pid 812) ended',
		true,
	],
	[
		'a zombie',
		'refused',
		serverOf({...ended, state: 'Z'}),
		'nothing listens, gunicorn (pid 812) is a zombie (Z)',
		true,
	],
	[
		'one that listens no more',
		'refused',
		serverOf({...ended, state: 'S'}),
		'nothing listens, gunicorn (pid 812) runs (S)',
		true,
	],
	[
		'one that ended at a known time',
		'refused',
		serverOf({...ended, state: null, endedAt: NOW - 12_300}),
		'nothing listens, gunicorn (pid 812) ended 12 s ago',
		true,
	],
	[
		'one that keeps ending',
		'refused',
		serverOf({...ended, state: null, endedAt: NOW - 300, restarts: 4, oomKill: 'own'}),
		'nothing listens, gunicorn (pid 812) ended just now, restarted 4 times in 5 min, killed for memory (oom_kill)',
		true,
	],
	[
		'one that ended while something was killed',
		'no-established',
		serverOf({...ended, state: null, endedAt: NOW - 2_000, oomKill: 'machine'}),
		'nothing listens, gunicorn (pid 812) ended 2 s ago, the kernel killed a process for memory then (oom_kill)',
		true,
	],
	[
		'one that is back',
		'refused',
		serverOf({startedAt: NOW - 3_000, restarts: 1}),
		'gunicorn (pid 812) started 3 s ago, restarted once in 5 min',
		true,
	],
	[
		'one that is back since nobody knows when',
		'premature-close',
		serverOf({startedAt: null, restarts: 2}),
		'gunicorn (pid 812) was replaced, restarted 2 times in 5 min',
		true,
	],
	[
		'one whose workers are killed',
		'partial',
		serverOf({oomKills: 3}),
		'3 processes killed for memory in 5 min (oom_kill)',
		false,
	],
	[
		'one of whose workers one was killed',
		'hung',
		serverOf({oomKills: 1, unread: null, cpuPercent: null}),
		'a process killed for memory in 5 min (oom_kill)',
		false,
	],
	['one that is back, where that explains nothing', 'leak', serverOf({restarts: 2}), '', false],
	[
		'a proxy',
		'premature-close',
		serverOf({name: 'docker-proxy', forwardsTo: '172.17.0.2:80'}),
		'docker-proxy (pid 812) forwards to 172.17.0.2:80, which refuses or closes',
		true,
	],
	[
		'a proxy before a hung container',
		'hung',
		serverOf({name: 'docker-proxy', forwardsTo: '172.17.0.2:80', cpuPercent: 0}),
		'docker-proxy (pid 812) forwards to 172.17.0.2:80',
		true,
	],
	['nobody known', 'refused', serverOf({...ended, pid: null, name: null}), 'nothing listens', false],
	['a process without a name', 'hung', serverOf({name: null, state: 'T'}), 'pid 812 is stopped (T)', true],
	['refused dials where somebody listens', 'refused', serverOf(), '', false],
];
for (const [what, rule, server, says, isOwnHint] of cases) {
	test(`${rule} says of ${what}: ${says === '' ? 'nothing' : says}`, () => {
		assert.deepEqual(said(rule, server), [says, isOwnHint]);
	});
}

const traefik = (said: Partial<Server>) => serverOf({name: 'traefik', pid: 7, ...said});
const own: [what: string, rule: RuleId, process: Server | null, says: string][] = [
	['a stopped Traefik', 'traefik-stopped', traefik({state: 'T'}), 'traefik (pid 7) is stopped (T)'],
	[
		'a throttled one',
		'traefik-stopped',
		traefik({throttledPercent: 93, cpuLimit: 0.5}),
		'throttled 93 % of the time (CPU limit 0.5)',
	],
	['one that waits', 'traefik-stopped', traefik({cpuPercent: 0}), 'CPU 0 %: waiting or deadlocked'],
	['one of which nothing is known', 'traefik-stopped', null, ''],
	['another finding', 'fds', traefik({state: 'T'}), ''],
];
for (const [what, rule, process, says] of own) {
	test(`${rule} says of ${what}: ${says === '' ? 'nothing' : says}`, () => {
		const found = withOwnEnd(rule, verdict, null, at(process));
		assert.equal(found?.message.replace(/^m(?:; its own end: )?/, ''), says);
	});
}

test('a note says that Traefik itself is throttled', () => {
	assert.equal(throttledNote(traefik({throttledPercent: 19})), null);
	assert.equal(throttledNote(traefik({throttledPercent: null})), null);
	assert.match(throttledNote(traefik({throttledPercent: 40, cpuLimit: 2})) ?? '', /40 % of the time \(CPU limit 2\)/);
});

test('the own end adds to a finding and opens none', () => {
	const servers = new Map([[B, serverOf({state: 'T', unread: 6, acceptQueue: 3})]]);
	const healthy = span(20, {backends: {[B]: {established: 5, info: {}}}, snapshot: {servers}});
	assert.deepEqual(
		assessAll(healthy).flatMap(({opened}) => opened),
		[],
	);
	const hung = spanOf(10, (i) => ({
		established: 6,
		moved: 0,
		info: {...SILENT, waiting: 6, waitingUsedOver2s: 6, oldestWaitMs: 2_000 + i * 1_000},
	})).map((look) => ({...look, snapshot: {servers}}));
	const findings = assessAll([...healthy, ...hung]).flatMap(({opened}) => opened);
	assert.ok(findings.length > 0);
	for (const {message, hint} of findings) {
		assert.match(
			message,
			/; its own end: gunicorn \(pid 812\) is stopped \(T\), accept queue 3 of 64, 6 requests lie unread$/,
		);
		assert.match(hint, /kill -CONT 812/);
	}
});
