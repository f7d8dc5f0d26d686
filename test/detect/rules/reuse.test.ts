import assert from 'node:assert/strict';
import {test} from 'node:test';
import {B, type Facts, type LookSpec, openedBy, span, spanOf} from '../windows.ts';
import {variants} from './variants.ts';

const PORTS = 60_999 - 32_768 + 1;

const churning: Facts = {established: 1, survivors: 0, moved: 0, opened: 9, closed: 9};
variants('churn', [
	[
		'a backend that always closed each connection',
		spanOf(16, churning),
		'notice',
		/9 connections a second, none lasts .*the backend \(or a proxy before it\) closes/,
	],
	[
		'connections that this end always closed first',
		spanOf(16, {...churning, ownCloses: 9, timeWait: 40}),
		'notice',
		/Traefik’s end closes first/,
	],
	['such a backend with long polls beside', spanOf(16, {...churning, established: 7, survivors: 6}), 'notice'],
	['connections that are used again', spanOf(16, {...churning, established: 7, survivors: 6, moved: 3}), null],
	['a backend that closed each connection for some seconds only', spanOf(8, churning), null],
	['one that kept them before', [...spanOf(25, {established: 5}), ...spanOf(5, churning)], 'degraded'],
	[
		'one that kept them before, while one survives',
		[...spanOf(25, {established: 5}), ...spanOf(5, {...churning, survivors: 1})],
		null,
	],
	['few connections', spanOf(16, {...churning, opened: 4}), null],
	[
		'one that leaks them, which says more',
		spanOf(20, {...churning, finWait2: 5, finWait2Orphans: 5, oldestFinWait2OrphanMs: 6_000}),
		null,
	],
	['two looks', spanOf(2, churning), null],
	[
		'connections that leave no row, of the only backend that turns them over',
		spanOf(16, {established: 1, survivors: 0, moved: 0, opened: 1}).map(
			(look): LookSpec => ({
				...look,
				deltas: {activeOpens: 20, attemptFails: 0},
			}),
		),
		'notice',
	],
	[
		'the same in a namespace that others dial from',
		spanOf(16, {established: 1, survivors: 0, moved: 0, opened: 1}).map(
			(look): LookSpec => ({
				...look,
				deltas: {activeOpens: 20, attemptFails: 0},
				snapshot: {isShared: true},
			}),
		),
		null,
	],
	['a backend that is unreachable', spanOf(5, {...churning, moved: 0, closed: 0, keepaliveUnanswered: 1}), null],
]);

const pool: Facts = {established: 2, survivors: 2, moved: 2, opened: 10, timeWait: 600};
variants('pool', [
	['two kept, the others opened and closed by Traefik', spanOf(18, pool), 'notice', /2 kept .*maxIdleConnsPerHost/],
	['five kept', spanOf(18, {...pool, survivors: 5, established: 5}), null],
	['connections that the backend closes', spanOf(18, {...pool, timeWait: 0}), null],
	['none used again: there is no pool', spanOf(18, {...pool, moved: 0}), null],
	['a moment only', spanOf(6, pool), null],
]);

variants('time-wait', [
	['a share above the floor', spanOf(12, {established: 100, timeWait: 60}), 'notice', /60 sockets, 38 ?%/],
	['a large share of few rows', spanOf(12, {established: 2, timeWait: 24}), null],
	['many rows that are a small share', spanOf(12, {established: 1_000, timeWait: 200}), null],
	['a moment only', spanOf(8, {established: 100, timeWait: 60}), null],
	['ports running short', spanOf(12, {established: 100, timeWait: 15_000}), 'degraded', /local ports/],
	['ports run out, which says it all', spanOf(12, {established: 100, timeWait: 25_000}), null],
]);

const growing = (count: number, from: number, by: number) =>
	spanOf(count, (i) => ({established: 5, localPorts: from + i * by}));
variants('ports', [
	['most of them in use', growing(1, 0.9 * PORTS, 0), 'degraded', /90 ?%, not growing/],
	['their growth, with the time left', growing(3, 25_000, 100), 'degraded', /full in 30 s/],
	['all of them in use', growing(1, PORTS, 0), 'down'],
	[
		'a range that is not known',
		[{backends: {[B]: {established: 5, localPorts: 28_000}}, snapshot: {ports: null}}],
		null,
	],
	[
		'a range that is assumed, and says so',
		[
			{
				backends: {[B]: {established: 5, localPorts: 28_000}},
				snapshot: {ports: {low: 32_768, high: 60_999, isAssumed: true}},
			},
		],
		'degraded',
		/\(assumed\)/,
	],
]);

const line = (value: (i: number) => number, looks = 90) =>
	span(looks, (i) => ({
		at: i * 5,
		backends: {[B]: {established: 5, closeWait: value(i)}},
		snapshot: {isAfterGap: false},
	}));
variants('drift', [
	['sockets that pile up on a line', line((i) => 10 + i / 2), 'notice', /CLOSE_WAIT sockets growing .*100 in/],
	['sockets that become fewer', line((i) => 60 - i / 2), null],
	['sockets that stay', line(() => 40), null],
	['waves', line((i) => 40 + 20 * Math.sin(i / 3)), null],
	['a trend of 4 minutes', line((i) => 10 + i / 2, 48), null],
	['a trend that is past its limit', line((i) => 80 + i), null],
]);

test('churn of a backend whose rate goes up and down is told once', () => {
	const looks = spanOf(120, (i) => ({...churning, opened: i % 4 === 0 ? 3 : 8, survivors: i % 5 === 0 ? 1 : 0}));
	assert.equal(openedBy('churn', looks).length, 1);
});
