import type {BackendModel} from '../../model/model.ts';
import {RECENT_MS} from '../../model/track.ts';
import type {BackendFacts} from '../../snapshot.ts';
import {duration} from '../../text/duration.ts';
import {plural} from '../../text/plural.ts';
import {isBeyondChance} from '../chance.ts';
import {closedAtOnce} from '../closed-at-once.ts';
import {isDialling, isRepeating, isUnanswered} from '../evidence-sockets.ts';
import {failingShare} from '../failing-share.ts';
import {givenUp} from '../given-up.ts';
import {looksSinceOutage, showsLife, succeededDials} from '../life.ts';
import {countOf, hasAnsweredSince, hasProgressed, looks, sumOf} from '../past.ts';
import {hasReusedConnections} from '../reuse.ts';
import type {AboutRule, BackendRule, RuleContext, Verdict} from '../rule.ts';
import {midway} from './partial-midway.ts';

export const aboutPartial = {
	id: 'partial',
	meaning: 'a share of dials or requests fails while the rest works',
	thresholds: {
		perSecond: {value: 1, unit: 'perSecond', about: 'refused dials a second while connections work'},
		refusedFor: {
			value: 1_000,
			unit: 'ms',
			about: 'time for which dials are refused while connections work; `status` without --follow takes one look',
		},
		abandoned: {value: 3, unit: 'sockets', about: 'requests given up within 10 s while others are answered'},
		abandonedAge: {value: 4_000, unit: 'ms', about: 'how long the oldest of them had waited'},
	},
	metric: 'waiting',
	columns: ['SYN', 'RTX', 'REF/s', 'RST/s'],
	sockets: (socket) => isUnanswered(socket) || isDialling(socket) || isRepeating(socket),
	ownEnd: ['unanswered', 'absent'],
	failsAtOnce: true,
} as const satisfies AboutRule;

const SPAN_MS = 3_000;
const DIAL_LONG_SPAN_MS = 10_000;
const DIAL_SPANS_MS = [SPAN_MS, DIAL_LONG_SPAN_MS];
/** Shares that differ by no more than this factor have one cause. */
const LIKE_SHARE = 3;
/** A real path loses a SYN now and then. */
const HEALTHY_SHARE = 0.02;
/** Resets must go on: a backend that comes back to life resets what it missed in one go. */
const RESET_SPAN_MS = 4_000;
/** Answers given up are rare events: they are counted over longer. */
const ABANDONED_SPAN_MS = 10_000;

/** A share of the requests beyond a long poll here and there. */
const HANGING_SHARE = 0.2;
const HANGING_PAST_LOOKS = 5;
const NEW_HANGING_SHARE = 0.05;
const ANSWERED_MS = 2_500;
const ANSWERED_TOLD_MS = 10_000;

/** The backend answered others all the while: in this share of the looks. */
const WORKING_SHARE = 0.8;

/** A share of what is sent to one backend fails while the rest works: the 20 % that averages hide. */
export const partial: BackendRule = {
	id: aboutPartial.id,
	scope: 'backend',
	opensAfterMs: 1_000,
	clearsAfterMs: 4_000,
	yieldsTo: ['crash-loop', 'unreachable', 'hung', 'overload', 'refused', 'premature-close', 'slow', 'fds', 'stalled'],
	look(backend, context) {
		return (
			failingShare(backend, context) ??
			(context.instance.snapshot.endings == null ? closedAtOnce(backend, context) : null) ??
			unansweredDials(backend, context) ??
			resets(backend, context) ??
			midway(backend, context) ??
			hanging(backend, context) ??
			abandoned(backend, context)
		);
	},
};

/** Dials that go unanswered while the host answers otherwise. */
function unansweredDials(backend: BackendModel, {instance}: RuleContext): Verdict | null {
	const {clockMs} = instance.snapshot;
	const {now, connections} = backend;
	// A SYN_SENT row lives for 30 s and more: old ones are left of what is over.
	if (now === null || now.synRetransmittedYoung === 0 || !showsLife(now)) return null;
	if (now.dialsTimedOut === null) {
		if (now.synRetransmitted < 2) return null;
	} else if (!DIAL_SPANS_MS.some((spanMs) => isDroppingDials(backend, clockMs, spanMs))) return null;
	const succeeded = sumOf(backend, clockMs, SPAN_MS, succeededDials);
	const oldestMs = now.oldestSynSentMs ?? 0;
	const age = oldestMs >= 1_000 ? `, oldest ${duration(oldestMs)}` : '';
	return {
		severity: 'degraded',
		message: `${plural(connections.synSent, 'dial')} unanswered${age}, while ${succeeded > 0 ? 'others succeed' : 'established connections work'}${waitingText(now)}`,
		hint: `${succeeded > 0 ? 'some SYNs are' : 'SYNs are'} dropped, and the host is there: its accept queue (backlog) is full, or a firewall drops SYNs on the way; look at ListenOverflows, ListenDrops and ss -ltn there, and at packet loss`,
		beganMs: clockMs - oldestMs,
		evidence: {synRetransmitted: now.synRetransmitted, synSent: connections.synSent, succeeded},
	};
}

const LONG_WAIT_MS = 2_000;

function waitingText({info}: BackendFacts): string {
	const oldestMs = info?.oldestWaitMs ?? 0;
	return info === null || oldestMs < LONG_WAIT_MS
		? ''
		: `; ${plural(info.waiting, 'request')} waiting, oldest ${duration(oldestMs)}`;
}

/**
Whether more dials turned out to be unanswered than bad luck explains. Where as large a share of the segments on old
connections is lost, it is the path that loses: `loss`.
*/
function isDroppingDials(backend: BackendModel, clockMs: number, spanMs: number): boolean {
	let timedOut = 0;
	let dials = 0;
	let lost = 0;
	let sent = 0;
	for (const {facts} of looksSinceOutage(backend, clockMs, spanMs)) {
		timedOut += facts?.dialsTimedOut ?? 0;
		dials += facts?.opened ?? 0;
		lost += facts?.info?.segmentsRetransmitted ?? 0;
		sent += facts?.info?.segmentsOut ?? 0;
	}
	if (timedOut < 2 || !isBeyondChance(timedOut, dials, HEALTHY_SHARE)) return false;
	return !isBeyondChance(lost, sent, HEALTHY_SHARE) || lost * dials * LIKE_SHARE < timedOut * sent;
}

/**
Connections that end in a reset from the other end: EstabResets counts them for the namespace, OutRsts those that were
reset from here (a client that left while an answer was under way), and the backend's rows vanish without a close.
*/
export function resets(backend: BackendModel, {instance, dials, thresholds}: RuleContext): Verdict | null {
	if (dials.isShared || instance.snapshot.endings != null) return null;
	const {clockMs} = instance.snapshot;
	let received = 0;
	let spanMs = 0;
	let vanished = 0;
	const seconds = new Set<number>();
	for (const {facts, snapshot} of looks(backend, clockMs, RESET_SPAN_MS)) {
		const {estabResets, outRsts} = snapshot.deltas;
		const sent = outRsts ?? 0;
		received += Math.max(0, (estabResets ?? 0) - sent);
		vanished += Math.max(0, (facts?.vanished ?? 0) - sent);
		if ((estabResets ?? 0) > sent && (facts?.vanished ?? 0) > sent) seconds.add(Math.floor(snapshot.clockMs / 1_000));
		spanMs += snapshot.sincePreviousMs ?? 0;
	}
	const seen = Math.min(received, vanished);
	if (seconds.size < 3 || seen < 3 || !hasProgressed(backend.now)) return null;
	if ((received * 1_000) / spanMs < thresholds['partial.perSecond']) return null;
	// Last: it goes through all backends, and for each of a thousand that is a million.
	if (vanishedElsewhere(backend, instance.backends, clockMs) * 4 > vanished) return null;
	return {
		severity: 'degraded',
		message: `${plural(received, 'connection')} reset in ${duration(spanMs)} while others work`,
		hint: 'the backend resets connections instead of answering: look for worker crashes, a proxy or firewall that cuts connections, or a limit on requests a connection',
		beganMs: clockMs - spanMs,
		evidence: {resets: received, vanished},
	};
}

function vanishedElsewhere(backend: BackendModel, all: readonly BackendModel[], clockMs: number): number {
	const others = all.filter((other) => other !== backend);
	return others.reduce((sum, other) => sum + sumOf(other, clockMs, RESET_SPAN_MS, ({vanished}) => vanished), 0);
}

/**
A fair share of the requests waits while the rest is answered: one of several servers behind the address is dead, say. Long
polls are told by the time before, in which none waited for half as long.
*/
function hanging(backend: BackendModel, {instance, thresholds, open}: RuleContext): Verdict | null {
	const {clockMs} = instance.snapshot;
	const info = backend.now?.info;
	const oldestMs = info?.oldestWaitMs ?? 0;
	if (!info || oldestMs < thresholds['partial.abandonedAge']) return null;
	const waiting = countOf(info.waits, thresholds['partial.abandonedAge'] / 2);
	// What was told of goes on through a pause of the part that works, and through waits that were given up.
	const isTold = open?.evidence['oldestWaitMs'] !== undefined;
	const answeredMs = isTold ? ANSWERED_TOLD_MS : ANSWERED_MS;
	const answered = sumOf(backend, clockMs, Math.max(oldestMs, answeredMs), answers);
	if (waiting < thresholds['partial.abandoned'] || answered === 0) return null;
	// Most requests go out on the connections that work: Go reuses them. Then those to new ones tell.
	const isOfNew =
		info.youngUnanswered >= thresholds['partial.abandoned'] &&
		info.youngUnanswered > info.youngAnswered &&
		hasReusedConnections(backend, clockMs);
	const share = isOfNew ? NEW_HANGING_SHARE : HANGING_SHARE;
	// Answers hide each other where looks are far apart; what was asked does not.
	const asked = sumOf(backend, clockMs, oldestMs, ({info: at}) => at?.asked ?? 0);
	if (!isTold && waiting < share * Math.max(waiting + answered, asked)) return null;
	if (!hasAnsweredSince(backend, clockMs - answeredMs)) return null;
	const before = [...looks(backend, clockMs - oldestMs - SPAN_MS, RECENT_MS)];
	if (!isTold && before.length < HANGING_PAST_LOOKS) return null;
	if (!isTold && before.some(({facts}) => (facts?.info?.oldestWaitMs ?? 0) >= thresholds['partial.abandonedAge'] / 2))
		return null;
	return {
		severity: 'degraded',
		message: `${plural(waiting, 'request')} waiting, oldest ${duration(oldestMs)}, while others are answered`,
		hint: 'a part does not answer: one of several servers behind this address, a part of its workers, or what one kind of request needs; compare which URLs and which of the servers time out',
		beganMs: clockMs - oldestMs,
		evidence: {waiting, oldestWaitMs: Math.round(oldestMs), answered},
	};
}

function isAnswering(facts: BackendFacts | null): boolean {
	return facts !== null && (hasProgressed(facts) || (facts.answeredNew ?? 0) > 0);
}

/** Answers that the look shows, on connections that stay and on those that came and went. */
function answers({info, answeredNew}: BackendFacts): number {
	return Math.max(countOf(info?.answers ?? []), answeredNew ?? 0);
}

/**
Requests that were given up after a long wait (their connection was closed by Traefik or lost) while others are answered
at once, and none that waited this long was ever answered: long polls are.
*/
function abandoned(backend: BackendModel, {instance, thresholds}: RuleContext): Verdict | null {
	const {clockMs} = instance.snapshot;
	const count = givenUp(backend, clockMs, ABANDONED_SPAN_MS);
	if (count < thresholds['partial.abandoned'] || !isAnswering(backend.now)) return null;
	let oldestMs = 0;
	let answered = 0;
	for (const {facts} of looks(backend, clockMs, ABANDONED_SPAN_MS)) {
		oldestMs = Math.max(oldestMs, facts?.oldestAbandonedMs ?? 0);
		answered += facts === null ? 0 : answers(facts);
	}
	if (oldestMs < thresholds['partial.abandonedAge'] || answered === 0) return null;
	const all = [...looks(backend, clockMs, oldestMs + ABANDONED_SPAN_MS)];
	if (all.filter(({facts}) => isAnswering(facts)).length < WORKING_SHARE * all.length) return null;
	for (const {facts} of looks(backend, clockMs, RECENT_MS)) {
		if (countOf(facts?.info?.responses ?? [], oldestMs / 2) > 0) return null;
	}
	const {waiting = 0} = backend.now?.info ?? {};
	return {
		severity: 'degraded',
		message: `${plural(count, 'request')} given up after ${duration(oldestMs)} without an answer, ${waiting} waiting, others answered`,
		hint: 'some requests are never answered: a part of its workers, or what one kind of request needs, hangs; compare which URLs time out',
		beganMs: clockMs - oldestMs,
		evidence: {abandoned: count, oldestMs: Math.round(oldestMs), waiting, answered},
	};
}
