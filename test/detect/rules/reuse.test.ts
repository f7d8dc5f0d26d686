import {B, type Facts, type LookSpec, span, spanOf} from '../windows.ts';
import {variants} from './variants.ts';

const PORTS = 60_999 - 32_768 + 1;

const churning: Facts = {established: 1, survivors: 0, opened: 9, closed: 9};
variants('churn', [
	['a backend that always closed each connection', spanOf(5, churning), 'notice', /9 connections a second, none lasts/],
	['one that kept them before', [...spanOf(25, {established: 5}), ...spanOf(5, churning)], 'degraded'],
	['connections of which one survives', spanOf(5, {...churning, survivors: 1}), null],
	['few connections', spanOf(5, {...churning, opened: 4}), null],
	['two looks', spanOf(2, churning), null],
	[
		'connections that leave no row, of the only backend that turns them over',
		spanOf(5, {established: 1, survivors: 0, opened: 1}).map(
			(look): LookSpec => ({
				...look,
				deltas: {activeOpens: 20, attemptFails: 0},
			}),
		),
		'notice',
	],
	[
		'the same in a namespace that others dial from',
		spanOf(5, {established: 1, survivors: 0, opened: 1}).map(
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

const pool: Facts = {established: 2, survivors: 2, opened: 10, timeWait: 600};
variants('pool', [
	['two kept, the others opened and closed by Traefik', spanOf(18, pool), 'notice', /2 kept .*maxIdleConnsPerHost/],
	['five kept', spanOf(18, {...pool, survivors: 5, established: 5}), null],
	['connections that the backend closes', spanOf(18, {...pool, timeWait: 0}), null],
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
