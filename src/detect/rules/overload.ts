import type {BackendModel} from '../../model/model.ts';
import {duration} from '../../text/duration.ts';
import {plural} from '../../text/plural.ts';
import {closedAtOnce} from '../closed-at-once.ts';
import {isUnanswered} from '../evidence-sockets.ts';
import {countOf, looks} from '../past.ts';
import {isSilent, type Requests, requestsOf, yardstickEvidence} from '../requests.ts';
import type {AboutRule, BackendRule, RuleContext, Verdict} from '../rule.ts';
import {resets} from './partial.ts';

export const aboutOverload = {
	id: 'overload',
	meaning: 'all workers are busy: answers are late, some requests wait long, new connections are not taken',
	thresholds: {},
	metric: 'waiting',
	columns: ['RESP', 'WAIT'],
	sockets: isUnanswered,
	ownEnd: ['unanswered'],
} as const satisfies AboutRule;

/** This many usual answers for each slow one, and it is a mix of requests (long polls among them), not the backend. */
export const USUAL_SHARE = 0.2;
/** This many requests, or one that has waited this long, need no second look. */
const MANY = 10;
const LONG_MS = 2_000;
/** What comes and goes in these times is weighed: is a queue growing, or is every answer just late? */
const STEADY_MS = 5_000;
const STEADY_SHARE = 0.7;
/** A burst is through by then. */
const QUEUED_WAIT_MS = 1_000;
/** In one that is full look after look, nobody waits for long: the next ones are dropped. */
const FULL_WAIT_MS = 300;
/** Of what answers usually take. */
const QUEUED_WAIT = 3;
const QUEUED = 4;
const QUEUED_BEFORE = 2;
/** A queue that shrinks by more from look to look is being worked off. */
const STAYS_SHARE = 0.75;
/** In a queue that does not grow, the oldest wait is about as long as answers take. */
const STEADY_WAIT = 1.5;

/**
Requests pile up: they wait for a multiple of what answers take, and hardly one is answered in the usual time. All workers
busy, a pool or an accept queue that is full, a dependency that is stuck look so at first; one finding follows it
through, and its text says what has been answered so far. A backend that answers nothing at all becomes `hung`, one that
keeps up with what it is asked, but late, `slow`.
*/
export const overload: BackendRule = {
	id: aboutOverload.id,
	scope: 'backend',
	opensAfterMs: 1_000,
	clearsAfterMs: 3_000,
	clearsUnansweredAfterMs: 8_000,
	yieldsTo: ['hung', 'unreachable', 'stalled', 'slow', 'fds', 'partial'],
	look(backend, context) {
		const requests = requestsOf(backend, context);
		// Dials to a full accept queue were told first: that finding says who waits as well.
		if (requests === null || context.openOf('partial')?.evidence['synSent'] !== undefined) return null;
		const queued = byOwnEnd(backend, context, requests);
		if (queued !== null) return queued;
		if (requests.yardstick === null) return requests.isQueue ? verdict(backend, context, requests) : null;
		const {longWaits, slowAnswers, usualAnswers} = requests;
		const late = longWaits + slowAnswers;
		const needed = context.thresholds['slow.waiting'];
		if (longWaits < (context.open === null ? needed : 1) || late < needed || usualAnswers > USUAL_SHARE * late)
			return null;
		if (keepsUp(backend, context, requests)) return null;
		return verdict(backend, context, requests);
	},
};

/**
The backend's own accept queue, where that can be seen, is a proof: look after look as many connections wait there as
before, and a request waits for longer than any used to.
*/
function byOwnEnd(backend: BackendModel, context: RuleContext, requests: Requests): Verdict | null {
	const {now, server, track} = backend;
	if (server === null || requests.yardstick === null) return null;
	const queued = now?.peerAcceptQueue ?? 0;
	const before = track.recent.at(-2)?.facts?.peerAcceptQueue ?? 0;
	const limit = server.acceptLimit ?? Number.POSITIVE_INFINITY;
	// dials that stay unanswered say the same from this end
	const isDropping = queued >= limit && requests.unansweredDials > 0;
	const isFull = isDropping || Math.min(queued, before) >= limit;
	const leastMs = Math.max(isFull ? FULL_WAIT_MS : QUEUED_WAIT_MS, QUEUED_WAIT * requests.yardstick.usualMs);
	if (requests.oldestWaitMs < leastMs) return null;
	const isStaying = queued >= QUEUED && before >= QUEUED_BEFORE && queued >= STAYS_SHARE * before;
	if (!isStaying && !isDropping) return null;
	return {...verdict(backend, context, requests), isCertain: true};
}

/** Answers come as fast as requests go out, each about as late as the next. */
function keepsUp(
	backend: BackendModel,
	{instance}: RuleContext,
	{answersMs, limitMs, oldestWaitMs, givenUp, unansweredDials, silentMs}: Requests,
): boolean {
	if (givenUp > 0 || unansweredDials > 0 || answersMs === null || silentMs >= STEADY_MS) return false;
	if (limitMs === null || answersMs < limitMs) return false;
	if (oldestWaitMs > STEADY_WAIT * answersMs + 1_000) return false;
	let asked = 0;
	let answered = 0;
	for (const {facts} of looks(backend, instance.snapshot.clockMs, STEADY_MS)) {
		if (facts?.info == null || facts.opened === null) continue;
		asked += facts.info.asked;
		answered += countOf(facts.info.answers) + countOf(facts.info.hidden) + countOf(facts.ends);
	}
	return answered > 0 && answered >= STEADY_SHARE * asked;
}

function verdict(backend: BackendModel, context: RuleContext, requests: Requests): Verdict {
	const {instance, thresholds, open} = context;
	const {waiting, oldestWaitMs, longWaits, answersMs, lateAnswers, silentMs} = requests;
	const isAnswered = lateAnswers > 0 && answersMs !== null && silentMs <= Math.max(STEADY_MS, STEADY_WAIT * answersMs);
	/** What answers took when there last were some. */
	const lastMs = isAnswered ? Math.round(answersMs) : open?.evidence['answersMs'];
	const parts = [
		`${plural(waiting, 'request')} waiting, oldest ${duration(oldestWaitMs)}`,
		isAnswered
			? `answers take ${duration(answersMs)}, ${comparison(requests)}`
			: `none ${requests.isHidden ? 'seen to be answered' : 'answered'} ${lastMs === undefined ? 'yet' : `for ${duration(silentMs)}`}, ${comparison(requests)}`,
		...troubles(backend, context, requests),
	];
	return {
		severity: isSilent(requests, thresholds) && silentMs >= thresholds['hung.down'] ? 'down' : 'degraded',
		message: parts.join('; '),
		hint: lastMs === undefined ? NOTHING_YET_HINT : LATE_HINT,
		beganMs: instance.snapshot.clockMs - oldestWaitMs,
		evidence: {
			waiting,
			oldestWaitMs: Math.round(oldestWaitMs),
			...(lastMs === undefined ? {} : {answersMs: lastMs}),
			...yardstickEvidence(requests),
			givenUp: requests.givenUp,
			unansweredDials: requests.unansweredDials,
		},
		isCertain: longWaits >= MANY || oldestWaitMs >= LONG_MS,
	};
}

/** Resolution of the kernel's ages at HZ=250. */
const FINEST_MS = 4;

const LATE_HINT =
	'more is asked of the backend than it answers: all of its workers or threads are busy, or wait for something slow behind it (a database, a lock, another service); compare its workers with what it is asked, and look at what each of them waits for';
const NOTHING_YET_HINT =
	'the backend has taken these requests and answered none so far: it is slow, overloaded or stopped, the next seconds will show; look at its load, its workers, and what they wait for';

/** `usually 20 ms`, or what stands in for it where the past is unknown. */
export function comparison({yardstick}: Requests): string {
	if (yardstick === null) return 'no past yet';
	const {usualMs, from} = yardstick;
	const time =
		from === 'lives' || usualMs < FINEST_MS ? `less than ${duration(Math.max(usualMs, FINEST_MS))}` : duration(usualMs);
	return from === 'others' ? `other backends ${time}` : `usually ${time}`;
}

/** What else the tables show of it: whether new connections are taken, and what users gave up. */
export function troubles(backend: BackendModel, context: RuleContext, requests: Requests): string[] {
	const {givenUp, unansweredDials, unansweredNew, lateAnswers} = requests;
	const said: string[] = [];
	// its own end says it where it is seen
	const queued = backend.server === null ? (backend.now?.peerAcceptQueue ?? 0) : 0;
	if (unansweredDials > 0) said.push(`${plural(unansweredDials, 'dial')} unanswered: its accept queue is full`);
	else if (queued > 0) said.push(`${plural(queued, 'connection')} not accepted`);
	else if (lateAnswers > 0 && unansweredNew > 0) said.push(`${plural(unansweredNew, 'new connection')} not answered`);
	const cut = resets(backend, context);
	const closed = cut === null ? closedAtOnce(backend, context) : null;
	if (cut !== null) said.push(cut.message);
	else if (closed !== null && (closed.evidence['resets'] ?? 0) > 0) {
		said.push(
			`closes new connections without an answer (${closed.evidence['closed']} recently): it may be at its connection limit`,
		);
	}
	if (givenUp > 0) said.push(`${givenUp} given up in 10 s`);
	return said;
}
