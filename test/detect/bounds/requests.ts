/** Thresholds of rules that look at requests and answers. */
import type {ThresholdKey} from '../../../src/detect/thresholds.ts';
import {B, type Facts, type LookSpec, SILENT, span, spanOf} from '../windows.ts';
import type {Bound} from './bound.ts';

/** Nothing is asked either: what waits stays what it is. */
const STILL = {...SILENT, sentBytes: 0};
const healthy = (count: number, responseMs = 20): LookSpec[] =>
	spanOf(count, {established: 5, info: {responses: [responseMs, 10]}});

/** A backend of text tables whose connections stopped moving while Traefik dials on. */
const UNMOVED: Facts = {established: 20, moved: 0, openedLive: 10, neverAnswered: 10, oldestNeverAnsweredMs: 2_000};

export const REQUEST_BOUNDS = {
	'hung.waiting': {
		looks: (waiting) => [
			...healthy(25, 2_000),
			...spanOf(11, (i) => ({established: 5, info: {...STILL, waiting, oldestWaitMs: 1_000 * (i + 1)}})),
		],
		step: 1,
	},
	'hung.for': {
		looks: (ms) => [
			...healthy(25),
			...spanOf(6, (i) => ({established: 5, info: {...STILL, waiting: 4, oldestWaitMs: i === 5 ? ms : 0}})),
		],
		step: 1,
	},
	'hung.grownFor': {
		looks: (ms) => [
			...spanOf(5, {established: 5, moved: 3}),
			...spanOf(2, (i) => ({
				...UNMOVED,
				neverAnsweredGrown: 6,
				oldestNeverAnsweredGrownMs: i === 1 ? ms * 0.9 : 0,
			})),
		],
		step: 2,
	},
	'hung.textFor': {
		looks: (ms) => [
			...spanOf(6, {established: 5, moved: 3}),
			...spanOf(2, UNMOVED),
			{at: 5 + (ms * 0.9) / 1_000, backends: {[B]: UNMOVED}},
		],
		step: 10,
	},
	'hung.down': {
		looks: (ms) => [
			...healthy(25),
			...spanOf(5, (i) => ({established: 5, info: {...STILL, waiting: 4, oldestWaitMs: i === 4 ? ms : 0}})),
		],
		thresholds: {'hung.for': 3_000},
		step: 1,
		severity: 'down',
	},
	'slow.times': {looks: (times) => [...healthy(25, 100), ...healthy(4, 100 * times)], step: 0.1},
	'slow.floor': {looks: (ms) => [...healthy(25), ...healthy(4, ms)], step: 1},
	'slow.waiting': {
		looks: (answers) => [
			...healthy(25),
			...spanOf(16, {established: 5, info: STILL}),
			...spanOf(1, {established: 5, info: {responses: [400, answers]}}),
		],
		step: 1,
	},
	'fds.unanswered': {
		looks: (youngUnanswered) =>
			spanOf(3, {established: 5, info: {youngUnanswered, waiting: youngUnanswered, oldestWaitMs: 2_500}}),
		step: 1,
	},
	'fds.age': {
		looks: (oldestWaitMs) => spanOf(3, {established: 5, info: {youngUnanswered: 4, waiting: 4, oldestWaitMs}}),
		step: 1,
	},
	'fds.limit': {
		looks: (share) => span(3, {snapshot: {openFiles: {open: 1_000 * share, limit: 1_000}}}),
		step: 0.001,
	},
} as const satisfies Partial<Record<ThresholdKey, Bound>>;
