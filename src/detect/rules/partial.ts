import type {BackendModel} from '../../model/model.ts';
import {RECENT_MS} from '../../model/track.ts';
import {duration} from '../../text/duration.ts';
import {plural} from '../../text/plural.ts';
import {countOf, hasProgressed, looks, progressShare, sumOf} from '../past.ts';
import type {BackendRule, Context, Verdict} from '../rule.ts';

const SPAN_MS = 3_000;
/** Resets must go on: a backend that comes back to life resets what it missed in one go. */
const RESET_SPAN_MS = 4_000;
/** Answers given up are rare events: they are counted over longer. */
const ABANDONED_SPAN_MS = 10_000;

/** The backend answered others all the while: in this share of the looks. */
const WORKING_SHARE = 0.8;

/** A share of what is sent to one backend fails while the rest works: the 20 % that averages hide. */
export const partial: BackendRule = {
	id: 'partial',
	scope: 'backend',
	opensAfterMs: 1_000,
	clearsAfterMs: 4_000,
	yieldsTo: ['unreachable', 'hung', 'loss', 'refused', 'churn', 'slow', 'fds', 'stalled'],
	look(backend, context) {
		return unansweredDials(backend, context) ?? resets(backend, context) ?? abandoned(backend, context);
	},
};

/** SYNs that are sent again while other dials of the same backend succeed. */
function unansweredDials(backend: BackendModel, {instance}: Context): Verdict | null {
	const {clockMs} = instance.snapshot;
	const {now, connections} = backend;
	const retransmitted = sumOf(backend, clockMs, SPAN_MS, (facts) => facts.synRetransmitted);
	if (now === null || retransmitted < 2) return null;
	const lived = sumOf(backend, clockMs, SPAN_MS, (facts) => (facts.closed ?? 0) - (facts.synVanished ?? 0));
	if (!hasProgressed(now) && lived <= 0) return null;
	return {
		severity: 'degraded',
		message: `${plural(now.synRetransmitted, 'dial')} of ${connections.synSent + (now.openedLive ?? 0)} sent again while others succeed`,
		hint: 'some SYNs are dropped on the way or by the backend’s full accept queue: look at ListenOverflows and ListenDrops there, and at packet loss',
		beganMs: clockMs - (now.oldestSynSentMs ?? 0),
		evidence: {synRetransmitted: now.synRetransmitted, synSent: connections.synSent},
	};
}

/**
Connections that end in a reset from the other end: EstabResets counts them for the namespace, OutRsts those that were
reset from here (a client that left while an answer was under way), and the backend's rows vanish without a close.
*/
function resets(backend: BackendModel, {instance, dials, thresholds}: Context): Verdict | null {
	if (dials.isShared) return null;
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
Requests that were given up after a long wait (their connection was closed by Traefik or lost) while others are answered
at once, and none that waited so long was ever answered: long polls are.
*/
function abandoned(backend: BackendModel, {instance, thresholds}: Context): Verdict | null {
	const {clockMs} = instance.snapshot;
	const count = sumOf(backend, clockMs, ABANDONED_SPAN_MS, (facts) => facts.abandoned);
	if (count < thresholds['partial.abandoned'] || !hasProgressed(backend.now)) return null;
	let oldestMs = 0;
	let answered = 0;
	for (const {facts} of looks(backend, clockMs, ABANDONED_SPAN_MS)) {
		oldestMs = Math.max(oldestMs, facts?.oldestAbandonedMs ?? 0);
		answered += facts?.info?.completed ?? 0;
	}
	if (oldestMs < thresholds['partial.abandonedAge'] || answered === 0) return null;
	if (progressShare(backend, clockMs, oldestMs + ABANDONED_SPAN_MS) < WORKING_SHARE) return null;
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
