/** What the backend's own end opens by itself: nothing that requests do not suffer from. */
import type {Server} from '../../../src/reading.ts';
import {serverOf} from '../../capture/readings.ts';
import {B, type Facts, type LookSpec, SILENT, spanOf} from '../windows.ts';
import {variants} from './variants.ts';

const beside = (server: Partial<Server>, looks: readonly LookSpec[]): LookSpec[] =>
	looks.map((look) => ({...look, snapshot: {...look.snapshot, servers: new Map([[B, serverOf(server)]])}}));
const healthy = (count: number) => spanOf(count, {established: 5, info: {responses: [20, 10]}});
const waits = (oldestWaitMs: number, waiting: number, more: Facts = {}) =>
	spanOf(1, {
		established: 5 + waiting,
		...more,
		info: {...SILENT, waiting, waits: [oldestWaitMs, waiting], oldestWaitMs},
	});

variants('hung', [
	['a stopped process, once a request has waited', [...healthy(9), ...beside({state: 'T'}, waits(600, 1))], 'down'],
	['one that a debugger stopped', [...healthy(9), ...beside({state: 't'}, waits(600, 3))], 'down', /kill -CONT/],
	['a stopped process that was asked just now', [...healthy(9), ...beside({state: 'T'}, waits(400, 1))], null],
	['a stopped process that nobody asks', [...healthy(9), ...beside({state: 'T'}, healthy(3))], null],
	['one that runs', [...healthy(9), ...beside({state: 'S'}, waits(600, 1))], null],
]);

/** While others are answered in the usual time, which alone would not be an overload. */
const ANSWERED: Facts = {info: {responses: [20, 10], completed: 10, asked: 10}};
const queue = (...looks: readonly (readonly [queued: number, oldestWaitMs: number])[]) =>
	looks.flatMap(([queued, oldestWaitMs]) =>
		beside(
			{acceptQueue: queued},
			spanOf(1, {
				...{established: 7 + queued, peerAcceptQueue: queued, peerAcceptLimit: 64},
				info: {...ANSWERED.info, waiting: queued + 2, waits: [oldestWaitMs, queued + 2], oldestWaitMs},
			}),
		),
	);
const full65 = {peerAcceptQueue: 65, peerAcceptLimit: 64};
variants('overload', [
	['a queue that grows while requests wait', [...healthy(20), ...queue([4, 600], [10, 1_200])], 'degraded', /10 of 64/],
	['a full queue that stays full', [...healthy(20), ...queue([65, 900], [64, 1_000])], 'degraded', /64 of 64/],
	['a short wait before a full queue', [...healthy(20), ...queue([65, 300], [64, 300])], 'degraded'],
	['a shorter one', [...healthy(20), ...queue([9, 200], [9, 290])], null],
	[
		'a full queue of one look, and dials that it drops',
		[...healthy(20), ...beside({acceptQueue: 65}, waits(400, 9, {...full65, synRetransmitted: 1}))],
		'degraded',
		/1 dial unanswered/,
	],
	['a queue of one look', [...healthy(20), ...queue([0, 20], [10, 1_200])], null],
	['a queue that is worked off', [...healthy(20), ...queue([20, 600], [10, 1_200])], null],
	['a short queue', [...healthy(20), ...queue([3, 600], [3, 1_200])], null],
	['a burst', [...healthy(20), ...queue([4, 200], [10, 900])], null],
	[
		'a queue of what always takes long',
		[...spanOf(20, {established: 5, info: {responses: [2_000, 10]}}), ...queue([4, 600], [10, 1_200])],
		null,
	],
]);

const full = {openFiles: 1_023, openFilesLimit: 1_024};
variants('fds', [
	[
		'a process without a descriptor before which connections wait',
		[...healthy(20), ...beside({...full, acceptQueue: 9}, [...waits(400, 9), ...waits(1_400, 20)])],
		'degraded',
		/^9 connections not accepted, no file descriptor left.*LimitNOFILE/,
	],
	['such a process that accepts', [...healthy(20), ...beside(full, healthy(3))], null],
	[
		'a process that has some left',
		[...healthy(20), ...beside({...full, openFiles: 1_000, acceptQueue: 9}, [...waits(400, 9), ...waits(1_400, 20)])],
		null,
	],
]);

const unaccepted = (...lengths: readonly number[]) =>
	lengths.flatMap((queued) =>
		beside({acceptQueue: queued}, spanOf(1, {established: 5, peerAcceptQueue: queued, peerAcceptLimit: 64})),
	);
variants('accept-queue', [
	['half of the room taken, look after look', unaccepted(0, 32, 40, 50), 'degraded'],
	['a full queue, whether one more fits or not', unaccepted(0, 65, 64, 65, 64), 'degraded'],
	['less than half', unaccepted(0, 30, 31, 31), null],
]);
