import {B, type Facts, type LookSpec, OTHER, span, spanOf} from '../windows.ts';
import {variants} from './variants.ts';

const kept = spanOf(30, {established: 5, info: {asked: 10}});
/** Each connection is closed after its answer. */
const closing: Facts = {
	established: 1,
	survivors: 0,
	moved: 0,
	opened: 12,
	openedLive: 1,
	answeredNew: 11,
	timeWait: 60,
	ownCloses: 11,
};
const closed = spanOf(30, {...closing, info: {asked: 12}});
/** Connections on which a request had waited for 26 s came to TIME_WAIT. */
const ended: Facts = {abandoned: 6, oldestAbandonedMs: 26_000, answeredNew: 11};

variants('partial', [
	[
		'long polls that are answered and closed by a backend that closes each connection',
		[...closed, ...spanOf(3, {...closing, ...ended, info: {asked: 12}})],
		null,
	],
	[
		'the same where the backend left them open',
		[...closed, ...spanOf(3, {...closing, ...ended, finWait2: 6, finWait2Orphans: 6, info: {asked: 12}})],
		'degraded',
		/6 requests given up after 26 s/,
	],
	[
		'connections that are kept, closed while a request waits',
		[...kept, ...spanOf(3, {established: 5, ...ended, info: {asked: 10}})],
		'degraded',
	],
	[
		'long polls that start, a tenth of what is asked, at looks that hide most answers',
		[
			...kept,
			...spanOf(5, (i) => ({
				established: 20,
				info: {
					waiting: 4,
					waits: [1_000 * (i + 1), 4],
					oldestWaitMs: 1_000 * (i + 1),
					asked: 10,
					answers: [20, 1],
					responses: [20, 1],
				},
			})),
		],
		null,
	],
]);

/** New connections are closed at once while all that it takes are busy with late answers. */
const full = (resets: number): LookSpec[] =>
	span(8, {
		deltas: {activeOpens: 5, attemptFails: 0, estabResets: resets, outRsts: 0},
		backends: {
			[OTHER]: {established: 3, info: {sockets: 3, waiting: 0}},
			[B]: {
				established: 12,
				info: {
					sockets: 12,
					waiting: 12,
					waits: [2_000, 12],
					oldestWaitMs: 2_000,
					responses: [2_000, 4],
					answers: [2_000, 4],
					asked: 4,
				},
			},
		},
	});
variants('slow', [
	[
		'the same at looks 2 s apart',
		[...kept, ...full(5).map((look, i) => ({...look, at: 31 + 2 * i}))],
		'degraded',
		/closes new connections without an answer/,
	],
	[
		'late answers at a limit of connections, and names it',
		[...kept, ...full(5)],
		'degraded',
		/closes new connections without an answer \(2\d recently\)/,
	],
	['late answers while connections come and go in order', [...kept, ...full(0)], 'degraded', /^((?!closes new).)*$/],
]);
