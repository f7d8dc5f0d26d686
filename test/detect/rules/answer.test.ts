import {B, type Facts, type LookSpec, OTHER, SILENT, span, spanOf} from '../windows.ts';
import {variants} from './variants.ts';

const STILL = {...SILENT, sentBytes: 0};
const healthy = (count: number, responseMs = 20) =>
	spanOf(count, {established: 5, info: {responses: [responseMs, 10]}});
const waiting = (count: number, facts: Facts['info'] = {}, more: Facts = {}) =>
	spanOf(count, (i) => ({
		established: 5,
		...more,
		info: {...STILL, waiting: 4, waits: [1_000 * (i + 1), 4], oldestWaitMs: 1_000 * (i + 1), ...facts},
	}));

/** The backend ended a connection on which a request had waited this long. */
function ended(ms: number): Facts {
	return {vanished: 1, vanishedWaiting: 1, ends: [ms, 1]};
}

/** Requests pile up, and what is answered took 3 s. */
function late(count: number): LookSpec[] {
	return spanOf(count, {
		established: 20,
		info: {...{waiting: 20, waits: [3_000, 20], oldestWaitMs: 3_000}, responses: [3_000, 2], asked: 10, completed: 2},
	});
}

variants('hung', [
	[
		'requests that wait while none completes',
		[...healthy(25), ...waiting(6)],
		'down',
		/4 requests waiting, none answered for 6 s/,
	],
	['the same for 5 s, which may be slow answers', [...healthy(25), ...waiting(5)], null],
	['two requests for 6 s', [...healthy(25), ...waiting(6, {waiting: 2})], 'down'],
	['two requests for 5 s', [...healthy(25), ...waiting(5, {waiting: 2})], null],
	['one request, however long', [...healthy(25), ...waiting(30, {waiting: 1})], null],
	['requests that wait while others complete', [...healthy(25), ...waiting(8, {completed: 1, progressed: 1})], null],
	[
		'requests that wait while others leave a TIME_WAIT',
		[...healthy(25), ...waiting(8, {}, {answeredAgoMs: 0, answeredNew: 1, timeWait: 4})],
		null,
	],
	['requests whose connections the backend ends one by one', [...healthy(25), ...waiting(8, {}, ended(5_000))], null],
	['long polls of a backend whose past is long', [...healthy(25, 15_000), ...waiting(14)], null],
	['an unknown past for 29 s, which long polls may be', waiting(29), null],
	['an unknown past for 31 s', waiting(32), 'down'],
	[
		'segments that are sent again: the network’s fault',
		[...healthy(25), ...waiting(6, {}, {retransmittingOnce: 1})],
		null,
	],
	['one of many that is sent again', [...healthy(25), ...waiting(6, {waiting: 9}, {retransmittingOnce: 1})], 'down'],
	[
		'HTTP/2 on which requests go out and nothing comes back',
		[...healthy(25), ...spanOf(4, {established: 1, info: SILENT})],
		'degraded',
		/nothing came back for 4 s/,
	],
	['HTTP/2 on which nothing is asked', [...healthy(25), ...spanOf(6, {established: 1, info: STILL})], null],
	[
		'a stream that is silent now and then',
		[...spanOf(25, (i) => ({established: 1, info: i % 2 ? {} : SILENT})), ...spanOf(4, {established: 1, info: SILENT})],
		null,
	],
	['a server that had late answers before it fell silent', [...healthy(25), ...late(6), ...waiting(12)], null],
]);

/** A backend never seen to answer: this many requests of which some are young, the oldest this old. */
const queue = (young: number, old: number, looks = 5, oldestMs = 3_000) =>
	spanOf(looks, {
		established: 9,
		info: {...STILL, waiting: young + old, waits: [300, young, oldestMs, old], oldestWaitMs: oldestMs},
	});
variants('hung', [
	['a queue that nobody served for 6 s, of an unknown past', queue(3, 9, 8, 6_000), 'down', /12 requests waiting/],
	['the same for 3 s', queue(2, 6), null],
	[
		'requests that wait after five answers',
		[...spanOf(3, {established: 5, info: {responses: [20, 5]}}), ...waiting(6)],
		'down',
	],
]);
variants('overload', [
	['a queue that nobody serves, of an unknown past', queue(2, 6), 'degraded', /8 requests waiting.*no past yet/],
	['seven requests of an unknown past', queue(2, 5), null],
	['long polls that began together', queue(0, 12), null],
	['long polls of which few are young', queue(1, 8), null],
	['such a queue before an answer was due', queue(2, 6, 4), null],
]);

const unmoved: Facts = {established: 20, moved: 0, openedLive: 10, neverAnswered: 10, oldestNeverAnsweredMs: 2_000};
const moving = spanOf(6, {established: 5, moved: 3});
variants('hung', [
	[
		'text tables in which nothing moves and dials go on',
		[...moving, ...spanOf(3, unmoved)],
		'degraded',
		/10 connections waiting/,
	],
	['text tables in which one connection moves', [...moving, ...spanOf(4, {...unmoved, moved: 1})], null],
	['text tables in which nothing is dialled: idle', [...moving, ...spanOf(6, {...unmoved, openedLive: 0})], null],
	['text tables in which every connection was used', [...moving, ...spanOf(4, {...unmoved, neverAnswered: 0})], null],
	[
		'spare connections just made by a burst',
		[...moving, ...spanOf(4, {...unmoved, oldestNeverAnsweredMs: 1_000})],
		null,
	],
]);

/** As many answers as requests, each after 3 s. */
function keepingUp(count: number): LookSpec[] {
	return spanOf(count, {
		established: 30,
		info: {...{waiting: 30, waits: [1_500, 30], oldestWaitMs: 3_000}, responses: [3_000, 10], asked: 10},
	});
}

/** Two looks at ten requests that wait, and at one connection that carries as many that do not. */
const polled = (answers: number) =>
	waiting(2, {
		...{waiting: 10, waits: [1_500, 10], oldestWaitMs: 1_500},
		...{completed: 1, progressed: 1, responses: [20, 1], answers: [20, answers]},
	});

variants('overload', [
	[
		'requests of which none is answered yet',
		[...healthy(25), ...waiting(2)],
		'degraded',
		/^4 requests waiting, oldest 2 s; none answered yet, usually 20 ms.*slow, overloaded or stopped/,
	],
	['the same for a moment', [...healthy(25), ...waiting(1)], null],
	['ten of them for a moment', [...healthy(25), ...waiting(1, {waiting: 10, waits: [1_000, 10]})], 'degraded'],
	['two of them', [...healthy(25), ...waiting(3, {waiting: 2, waits: [3_000, 2]})], null],
	[
		'late answers, fewer than are asked for',
		[...healthy(25), ...late(6)],
		'degraded',
		/^20 requests waiting, oldest 3 s; answers take 3 s, usually 20 ms/,
	],
	[
		'connections that the backend ends after an answer that took long',
		[...healthy(25), ...waiting(6, {}, ended(5_000))],
		'degraded',
		/answers take 5 s, usually 20 ms/,
	],
	[
		'silence after late answers, as the same incident',
		[...healthy(25), ...late(6), ...waiting(12)],
		'down',
		/none answered for 12 s, usually 20 ms/,
	],
	[
		'dials that go unanswered',
		[
			...healthy(25),
			...waiting(3),
			...waiting(1, {oldestWaitMs: 4_000, waits: [4_000, 4]}, {synSent: 4, synRetransmitted: 4}),
		],
		'degraded',
		/4 dials unanswered: its accept queue is full/,
	],
	['requests given up', [...healthy(25), ...waiting(3, {}, {abandoned: 5})], 'degraded', /15 given up in 10 s/],
	['a backend that is hung', [...healthy(25), ...waiting(6)], null],
	[
		'requests that wait as long as the slowest usually take',
		[...spanOf(40, {established: 5, info: {responses: [20, 9, 3_000, 1]}}), ...waiting(3)],
		null,
	],
	[
		'a connection: close backend beside which requests wait',
		[...spanOf(12, {timeWait: 30, opened: 6, answeredNew: 6, answeredAgoMs: 0}), ...waiting(3, {}, {timeWait: 30})],
		'degraded',
		/usually less than 1 s/,
	],
	[
		'a connection: close backend that goes on answering others',
		[
			...spanOf(12, {timeWait: 30, opened: 6, answeredNew: 6, answeredAgoMs: 0}),
			...waiting(6, {}, {timeWait: 30, opened: 6, answeredNew: 6, answeredAgoMs: 0}),
		],
		null,
	],
	['text tables', [...spanOf(25, {established: 5}), ...spanOf(4, {established: 30})], null],
	['segments that are sent again', [...healthy(25), ...waiting(2, {}, {retransmittingOnce: 1})], null],
]);

/** Two backends that are asked as often; of one the waits are these from the first look on. */
const beside = (others: Facts['info'], asked = 10, count = 4): LookSpec[] =>
	span(count, (i) => ({
		backends: {
			[B]: {
				established: 9,
				info: {...STILL, asked: 10, waiting: 4, waits: [2_000 + 1_000 * i, 4], oldestWaitMs: 2_000 + 1_000 * i},
			},
			[OTHER]: {established: 5, info: {asked, ...others}},
		},
	}));
variants('overload', [
	['waits that others are far from, without a past', beside({}), 'degraded', /none answered yet, other backends 20 ms/],
	['the same where the others are asked far more often', beside({}, 40), null],
	['the same where the others take a third of it', beside({responses: [700, 10]}), null],
]);

variants('slow', [
	[
		'answers of five times the usual and more',
		[...healthy(25, 100), ...healthy(4, 700)],
		'degraded',
		/answers take 700 ms, usually 100 ms/,
	],
	['answers that are not there yet', [...healthy(25), ...waiting(4)], null],
	['a backend that is hung', [...healthy(25), ...waiting(6)], null],
	['a backend without a past', healthy(4, 3_000), null],
	[
		'a heavy tail: usual answers go on',
		[...healthy(25), ...spanOf(4, {established: 5, info: {responses: [20, 16, 2_000, 3]}})],
		null,
	],
	[
		'long polls beside usual answers',
		[...healthy(25), ...waiting(4, {completed: 10, progressed: 9, responses: [20, 10]})],
		null,
	],
	['ten long polls beside usual answers, all of them on one connection', [...healthy(25), ...polled(12)], null],
	[
		'ten long polls beside usual answers hidden by a request that waits',
		[...healthy(25), ...waiting(2, {waiting: 11, waits: [4, 1, 1_500, 10], oldestWaitMs: 1_500, hidden: [40, 12]})],
		null,
	],
	[
		'late answers that keep up with what is asked',
		[...healthy(25), ...waiting(2), ...keepingUp(9)],
		'degraded',
		/answers take 3 s/,
	],
	['late answers that do not keep up', [...healthy(25), ...waiting(2), ...late(9)], null],
	[
		'the backlog that is answered after a hang',
		[
			...healthy(25),
			...waiting(8, {waiting: 40}),
			...spanOf(1, {established: 40, info: {responses: [20, 3, 4_000, 40]}}),
		],
		null,
	],
	['text tables', [...spanOf(25, {established: 5}), ...spanOf(4, {established: 30})], null],
	[
		'segments that are sent again',
		[...healthy(25), ...spanOf(2, {established: 5, retransmittingOnce: 4, info: {responses: [3_000, 9]}})],
		null,
	],
]);

const shut: Facts = {established: 5, zeroWindow: 2, oldestZeroWindowMs: 3_000, txQueueBytes: 90_000};
const dead: Facts = {
	established: 9,
	retransmittingOnce: 3,
	retransmittingTwice: 3,
	unsentSockets: 3,
	oldestUnsentMs: 4_000,
};
variants('stalled', [
	['a window that is shut', spanOf(1, shut), 'degraded', /^2 connections on which the backend does not read, 3 s/],
	['the same for 5 s, nothing coming back', spanOf(6, {...shut, moved: 0, oldestZeroWindowMs: 9_000}), 'down'],
	['the same for 5 s while others are answered', spanOf(6, {...shut, oldestZeroWindowMs: 9_000}), 'degraded'],
	['a window that is shut for a moment', spanOf(2, {...shut, oldestZeroWindowMs: 500}), null],
	[
		'a send queue that is never empty: a transfer',
		spanOf(6, {established: 5, unsentSockets: 5, txQueueBytes: 9_000_000}),
		null,
	],
	[
		'a window that is shut while nobody is answered: hung',
		spanOf(6, {...shut, info: {...SILENT, waiting: 9, oldestWaitMs: 6_000}}),
		null,
	],
	[
		'flows that nobody acknowledges beside others that work',
		spanOf(1, dead),
		'degraded',
		/^3 connections on which nothing is acknowledged for 4 s/,
	],
	[
		'old flows that are dead while new ones work',
		spanOf(1, {...dead, youngestStuckMs: 60_000}),
		'degraded',
		/^3 old connections/,
	],
	['such flows that have just begun', spanOf(1, {...dead, oldestUnsentMs: 2_000}), null],
	['one such flow', spanOf(1, {...dead, retransmittingTwice: 1}), null],
	['one such flow for long', spanOf(1, {...dead, retransmittingTwice: 1, oldestUnsentMs: 11_000}), 'degraded'],
	['such flows while nothing works: unreachable', spanOf(1, {...dead, moved: 0}), null],
	['such flows while dials go unanswered, too', spanOf(1, {...dead, synSent: 3, synRetransmitted: 3}), null],
	['such flows where as many lost segments come through', spanOf(1, {...dead, info: {segmentsRetransmitted: 3}}), null],
]);

const frames = (silentMs: number): Facts => ({
	established: 1,
	info: {...SILENT, waiting: 0, streaming: 1, multiplexed: 1, multiplexedOwing: 1, multiplexedSilentMs: silentMs},
});
const answered: Facts = {established: 1, info: {streaming: 1, multiplexed: 1}};
const seldom: Facts = {established: 1, info: {streaming: 1, multiplexed: 1, segmentsOut: 2}};
variants('hung', [
	[
		'multiplexed connections that are asked on and on and fell silent soon after the watch began',
		[...spanOf(5, answered), ...spanOf(4, (i) => frames(i * 1_000))],
		'degraded',
		/^1 connection on which requests go out, nothing came back for 4 s/,
	],
	[
		'busy ones that are silent for 2 s',
		[...spanOf(20, answered), ...spanOf(2, (i) => frames(i * 1_000))],
		'degraded',
		/nothing came back for 2 s/,
	],
	['seldom asked ones that are silent for 2 s', [...spanOf(20, seldom), ...spanOf(2, (i) => frames(i * 1_000))], null],
	['the same before it began', spanOf(4, (i) => frames(24_000 + i * 1_000)), 'down', /nothing came back for 27 s/],
	['multiplexed connections whose past is unknown, silent for less', spanOf(4, (i) => frames(4_000 + i * 1_000)), null],
	[
		'multiplexed connections that nobody asks',
		spanOf(6, (i) => ({established: 1, info: {...frames(i * 1_000 + 24_000).info, sentBytes: 0}})),
		null,
	],
	[
		'one multiplexed connection of two that is silent',
		spanOf(6, () => ({established: 2, info: {...frames(24_000).info, multiplexed: 2, progressed: 1, sockets: 2}})),
		null,
	],
]);

const young = {youngUnanswered: 4, youngAnswered: 0, waiting: 4, oldestWaitMs: 2_500};
variants('fds', [
	[
		'new connections that are never answered',
		spanOf(3, {established: 9, info: young}),
		'degraded',
		/^4 new connections never answered/,
	],
	['one of them answered', spanOf(3, {established: 9, info: {...young, youngAnswered: 1}}), null],
	['none answered, the old ones neither', spanOf(5, {established: 9, info: {...young, ...STILL}}), null],
	[
		'an old one that waits, too: a worker hangs',
		spanOf(3, {established: 9, info: {...young, waitingUsedOver2s: 1}}),
		null,
	],
	['new ones that were answered lately', spanOf(3, {established: 9, answeredNew: 1, info: young}), null],
	[
		'as many new ones that came and went',
		[...spanOf(9, {established: 9, opened: 1}), ...spanOf(3, {established: 9, info: young})],
		null,
	],
	[
		'old ones that are late, too',
		[...healthy(25), ...spanOf(3, {established: 9, info: {...young, responses: [900, 9]}})],
		null,
	],
	['text tables', spanOf(3, {established: 9, neverAnswered: 9}), null],
	['descriptors that are not known', span(3, {snapshot: {openFiles: null}}), null],
	['Traefik’s own, at 95 %', span(3, {snapshot: {openFiles: {open: 950, limit: 1_000}}}), 'degraded', /950 of 1000/],
	['Traefik’s own, without a limit', span(3, {snapshot: {openFiles: {open: 950, limit: 0}}}), null],
]);

const dials: Facts = {established: 5, opened: 9, openedLive: 9, synSent: 3, synRetransmitted: 3, dialsTimedOut: 3};
const bothAnswer: LookSpec = {backends: {[B]: {established: 5, info: {}}, [OTHER]: {established: 5, info: {}}}};
const busy: Facts = {established: 5, info: {waiting: 5, oldestWaitMs: 300, waits: [300, 5]}};
const atItsLimit = (deltas: NonNullable<LookSpec['deltas']>): LookSpec => ({
	backends: {[B]: busy, [OTHER]: {established: 5, info: {}}},
	deltas,
});
const large: Facts = {established: 9, info: {largeAnswers: 2}};
const midway = (oldestPassedOverMs: number, largeAnswers = 0): Facts => ({
	established: 9,
	info: {largeAnswers, passedOver: oldestPassedOverMs < 2_000 ? 0 : 4, oldestPassedOverMs},
});
const streams: Facts = {established: 9, info: {passedOver: 4, oldestPassedOverMs: 9_000}};
const partlyWaiting = (waiting: number, oldestWaitMs: number): Facts => ({
	established: 30,
	info: {waiting, oldestWaitMs, waits: [Math.max(20, oldestWaitMs), waiting]},
});
const resetting = (i: number): LookSpec => ({
	backends: {[B]: {established: 5, vanished: 2, info: {}}},
	deltas: {estabResets: 2, outRsts: i < 0 ? 2 : 0},
});
variants('partial', [
	[
		'dials unanswered while others succeed',
		spanOf(4, {...dials, connected: 2}),
		'degraded',
		/^3 dials unanswered, while others succeed/,
	],
	[
		'dials unanswered while established connections work',
		spanOf(4, {...dials, connected: 0}),
		'degraded',
		/while established connections work/,
	],
	['dials unanswered while the host acknowledges', spanOf(4, {...dials, moved: 0, freshestAckMs: 20}), 'degraded'],
	['dials unanswered while nothing succeeds', spanOf(4, {...dials, moved: 0}), null],
	['dials unanswered, left of an outage', spanOf(4, {...dials, synRetransmittedYoung: 0}), null],
	['dials unanswered in the aftermath of an outage', [...spanOf(6, {...dials, moved: 0}), ...spanOf(2, dials)], null],
	[
		'one dial of many unanswered',
		[...spanOf(6, {established: 5, opened: 15}), ...spanOf(2, {...dials, opened: 15, dialsTimedOut: 1})],
		null,
	],
	[
		'dials and segments lost in equal shares: loss',
		spanOf(6, {...dials, opened: 20, info: {segmentsOut: 40, segmentsRetransmitted: 8, socketsRetransmitting: 4}}),
		null,
	],
	[
		'answers that stop midway: idle connections are passed over, and no large answer comes any more',
		[...spanOf(20, large), ...spanOf(6, (i) => midway(i * 1_000))],
		'degraded',
		/^4 answers stopped midway, oldest 5 s; no large answer came since .*MTU/,
	],
	[
		'the same while large answers still come, and connections that were given up stay half closed',
		[...spanOf(20, large), ...spanOf(6, (i) => ({...midway(i * 1_000, 1), finWait2Orphans: i < 2 ? 0 : 2}))],
		'degraded',
		/the application stops while it sends/,
	],
	['event streams, which lay idle before as well', [...spanOf(20, streams), ...spanOf(6, streams)], null],
	[
		'idle connections passed over while large answers come',
		[...spanOf(20, large), ...spanOf(6, (i) => midway(i * 1_000, 1))],
		null,
	],
	['idle connections passed over where nothing is known of before', spanOf(6, (i) => midway(i * 1_000)), null],
	[
		'a fair share of the requests that waits while the rest is answered',
		[...spanOf(20, {established: 9, info: {}}), ...spanOf(6, (i) => partlyWaiting(20, i * 1_000))],
		'degraded',
		/^20 requests waiting, oldest 5 s, while others are answered/,
	],
	[
		'a few long polls beside many answers',
		[...spanOf(20, {established: 9, info: {}}), ...spanOf(6, (i) => partlyWaiting(4, i * 1_000))],
		null,
	],
	['long polls, which there always were', spanOf(30, partlyWaiting(40, 9_000)), null],
	[
		'new connections closed at once, all that there were gone',
		[
			...span(25, bothAnswer),
			...span(5, {backends: {[OTHER]: {established: 5, info: {}}}, deltas: {activeOpens: 9, estabResets: 6}}),
		],
		'degraded',
		/new connections closed at once in 4 s, without an answer, none lasts/,
	],
	[
		'new connections closed at once beside busy ones',
		[...span(25, bothAnswer), ...span(5, atItsLimit({activeOpens: 9, estabResets: 6}))],
		'degraded',
		/without an answer while older ones work/,
	],
	[
		'connections that come and go without a reset beside busy ones',
		[...span(25, bothAnswer), ...span(5, atItsLimit({activeOpens: 9}))],
		null,
	],
	[
		'the same where another backend is as busy',
		[
			...span(25, bothAnswer),
			...span(5, {
				backends: {[B]: busy, [OTHER]: busy},
				deltas: {activeOpens: 9, estabResets: 6},
			}),
		],
		null,
	],
	['connections reset look after look', span(6, resetting), 'degraded', /reset in 4 s while others work/],
	[
		'connections reset at once, as after a pause',
		[...span(1, resetting), ...spanOf(3, {established: 5, info: {}})],
		null,
	],
	['connections that Traefik reset itself', span(6, () => resetting(-1)), null],
	['resets in a namespace that others share', span(6, (i) => ({...resetting(i), snapshot: {isShared: true}})), null],
	[
		'requests given up, but for answers that took as long',
		[
			...spanOf(20, {established: 5, info: {responses: [20, 9, 5_000, 1]}}),
			...spanOf(2, {established: 5, abandoned: 4, oldestAbandonedMs: 5_000, info: {}}),
		],
		null,
	],
	[
		'refused dials while every backend has connections, as the instance’s',
		span(6, {backends: {[B]: {established: 5}}, deltas: {activeOpens: 12, attemptFails: 3}}),
		'degraded',
		/9 dials of 36 refused/,
	],
	[
		'the same where others may dial and no backend is dialled',
		span(6, {
			backends: {[B]: {established: 5}},
			deltas: {activeOpens: 12, attemptFails: 3},
			snapshot: {attribution: 'assumed'},
		}),
		'notice',
	],
	[
		'the same where others dial from the namespace',
		span(6, {
			backends: {[B]: {established: 5}},
			deltas: {activeOpens: 12, attemptFails: 3},
			snapshot: {isShared: true},
		}),
		null,
	],
]);

const again = (segments: number, sockets = segments): Facts => ({
	established: 5,
	info: {segmentsOut: 10, segmentsRetransmitted: segments, socketsRetransmitting: sockets},
});
variants('loss', [
	['segments sent again on several sockets', spanOf(4, again(2)), 'degraded', /8 segments sent again in 5 s \(20 ?%\)/],
	['few segments of few, and for long enough', spanOf(14, (i) => again(i % 3 === 0 ? 2 : 0)), 'degraded', /in 15 s/],
	['three segments of few: bad luck', [...spanOf(9, again(0)), ...spanOf(2, again(1)), ...spanOf(1, again(1))], null],
	[
		'what an outage left behind',
		[...spanOf(3, {established: 5, moved: 0, synSent: 3, synRetransmitted: 3, info: SILENT}), ...spanOf(2, again(9))],
		null,
	],
	['segments sent again on one socket', [...spanOf(3, again(0)), ...spanOf(1, again(4, 1))], null],
	['segments sent again in one look', [...spanOf(3, again(0)), ...spanOf(1, again(4))], null],
	[
		'retransmissions in 3 s of the text tables',
		spanOf(3, {established: 5, retransmittingOnce: 1}),
		'degraded',
		/in 3 of/,
	],
	['retransmissions in 2 s of them', spanOf(2, {established: 5, retransmittingOnce: 1}), null],
	['dials alone that are sent again', spanOf(6, {established: 5, synSent: 3, synRetransmitted: 2}), null],
	['retransmissions without any answer', spanOf(4, {established: 5, moved: 0, retransmittingOnce: 1}), null],
]);

const unread = {snapshot: {problem: 'permission denied'}};
variants('blind', [
	['tables that cannot be read', span(5, unread), 'degraded', /permission denied/],
	['one reading that failed', [...span(3, {}), ...span(1, unread)], null],
	['tables that can be read again', [...span(5, unread), {snapshot: {isAfterGap: true}}], null],
]);
