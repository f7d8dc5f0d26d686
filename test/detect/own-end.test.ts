import assert from 'node:assert/strict';
import {test} from 'node:test';
import {withOwnEnd} from '../../src/detect/own-end.ts';
import type {Verdict} from '../../src/detect/rule.ts';
import type {RuleId} from '../../src/finding.ts';
import type {BackendModel} from '../../src/model/model.ts';
import type {Server} from '../../src/reading.ts';
import {serverOf} from '../capture/readings.ts';
import {assessAll, B, SILENT, span, spanOf} from './windows.ts';

const verdict: Verdict = {severity: 'down', message: 'm', hint: 'h', beganMs: 0, evidence: {}};
const ended = {isListening: false, acceptQueue: null, acceptLimit: null, unread: null, openFiles: null};

function said(rule: RuleId, server: Server | null): [message: string | undefined, isOwnHint: boolean] {
	const found = withOwnEnd(rule, verdict, {server} as BackendModel);
	return [found?.message.replace(/^m(?:; its own end: )?/, ''), found?.hint !== 'h'];
}

const cases: [what: string, rule: RuleId, server: Server | null, says: string, isOwnHint: boolean][] = [
	['no server', 'hung', null, '', false],
	['a stopped process', 'hung', serverOf({state: 'T'}), 'gunicorn (pid 812) is stopped (T)', true],
	['one that a debugger stopped', 'slow', serverOf({state: 't'}), 'gunicorn (pid 812) is stopped (t)', true],
	['one that is stopped, where that explains nothing', 'leak', serverOf({state: 'T'}), '', false],
	['requests that lie unread', 'hung', serverOf({unread: 40}), '40 requests lie unread', false],
	['a request that lies unread', 'stalled', serverOf({unread: 1}), '1 request lies unread', false],
	['a queue below its limit', 'overload', serverOf({acceptQueue: 37}), 'accept queue 37 of 64', false],
	['a queue at its limit', 'overload', serverOf({acceptQueue: 64}), 'accept queue 64 of 64', false],
	['a full queue', 'overload', serverOf({acceptQueue: 65}), 'accept queue full (limit 64)', false],
	[
		'a queue without a limit',
		'partial',
		serverOf({acceptQueue: 2, acceptLimit: null}),
		'2 connections not accepted',
		false,
	],
	['descriptors below the share', 'fds', serverOf({openFiles: 972}), '', false],
	['descriptors used up', 'fds', serverOf({openFiles: 1024}), '1,024 of 1,024 descriptors open', false],
	['one that has read all', 'hung', serverOf(), 'gunicorn (pid 812) has read every request and answers none', false],
	['one that may have read all', 'hung', serverOf({unread: null}), '', false],
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
		'nothing listens, gunicorn (pid 812) has ended',
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
	['nobody known', 'refused', serverOf({...ended, pid: null, name: null}), 'nothing listens', false],
	['a process without a name', 'hung', serverOf({name: null, state: 'T'}), 'pid 812 is stopped (T)', true],
	['refused dials where somebody listens', 'refused', serverOf(), '', false],
];
for (const [what, rule, server, says, isOwnHint] of cases) {
	test(`it says of ${what} (${rule}): ${says === '' ? 'nothing' : says}`, () => {
		assert.deepEqual(said(rule, server), [says, isOwnHint]);
	});
}

test('it adds to a finding what the own end shows, and finds nothing by itself', () => {
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
