import {responseHistogram} from '../../model/build.ts';
import {quantile} from '../../model/metric.ts';
import type {BackendModel} from '../../model/model.ts';
import {RECENT_MS} from '../../model/track.ts';
import {duration} from '../../text/duration.ts';
import {plural} from '../../text/plural.ts';
import {countOf, looks, sumOf, usualResponseMs, withoutAnswerMs} from '../past.ts';
import type {BackendRule, Context, Verdict} from '../rule.ts';
import {hungMultiplexed} from './hung-multiplexed.ts';

const HINT =
	'its kernel accepts connections and acknowledges requests, its process answers none: it is stopped, deadlocked, or waits for something behind it (a database, a lock); look at its threads and at what it waits for';
/** A backend whose past is unknown may serve long polls only. */
const UNKNOWN_PAST_MS = 30_000;
const ENOUGH = 5;
const CROWD = 8;
const CROWD_AGE_MS = 3_000;
const CROWD_SILENT_MS = 1_800;
const YOUNG_SHARE = 0.15;
const FEW_WAITING = 2;
const FEW_FOR_MS = 5_000;
/** Never answered connections with a grown window (bbr). */
const GROWN = 5;

/**
Requests wait and none completes. Of a slow backend the answers come after all, one by one; here nothing comes back on
any connection. Long polls are told by the backend's own past.
*/
export const hung: BackendRule = {
	id: 'hung',
	scope: 'backend',
	opensAfterMs: 0,
	clearsAfterMs: 1_500,
	yieldsTo: ['unreachable', 'stalled'],
	look(backend, context) {
		if (backend.now === null) return null;
		return backend.now.info === null ? byTables(backend, context) : byInfo(backend, context);
	},
};

function byInfo(backend: BackendModel, {instance, thresholds, open}: Context): Verdict | null {
	const info = backend.now?.info;
	const {clockMs} = instance.snapshot;
	const retransmitting = (backend.now?.synRetransmitted ?? 0) + (backend.now?.retransmittingOnce ?? 0);
	if (!info || retransmitting > 0) return null;
	const silentMs = withoutAnswerMs(backend, clockMs);
	const usual =
		open?.evidence['usualMs'] ?? usualResponseMs(backend, clockMs) ?? medianOfRecentAnswers(backend, clockMs);
	const needMs = usual === null ? UNKNOWN_PAST_MS : Math.max(thresholds['hung.for'], 3 * usual);
	const oldestMs = info.oldestWaitMs ?? 0;
	const isMany = info.waiting >= thresholds['hung.waiting'] && oldestMs >= needMs && silentMs >= needMs * 0.9;
	const isCrowd = usual === null && isQueue(info.waits, oldestMs, silentMs);
	const fewMs = Math.max(FEW_FOR_MS, needMs * 2);
	const isFew = usual !== null && info.waiting >= FEW_WAITING && Math.min(oldestMs, silentMs) >= fewMs;
	if (!isMany && !isFew && !isCrowd) return hungMultiplexed(backend, {clockMs, silentMs, thresholds});
	return verdict(
		info.waiting,
		'request',
		isCrowd ? silentMs : Math.min(oldestMs, Math.max(silentMs, needMs)),
		context(usual),
	);

	function context(usualMs: number | null) {
		return {clockMs, downMs: thresholds['hung.down'], evidence: usualMs === null ? {} : {usualMs}};
	}
}

/**
Whether the waiting are a queue that nobody serves, when nothing is known of the backend's past: requests have come at a
steady rate (the young are a fair share), so answers should leave at that rate, too, and none did for ten times as long as
one should take. Long polls that began together are all of one age.
*/
function isQueue(waits: readonly number[], oldestMs: number, silentMs: number): boolean {
	const waiting = countOf(waits);
	const young = waiting - countOf(waits, oldestMs / 3);
	if (waiting < CROWD || oldestMs < CROWD_AGE_MS || young < waiting * YOUNG_SHARE) return false;
	return silentMs >= Math.max(CROWD_SILENT_MS, (10 * oldestMs) / waiting);
}

/** What little is known of a backend that was seen for some seconds only; null: less than ENOUGH answers. */
function medianOfRecentAnswers(backend: BackendModel, clockMs: number): number | null {
	const answers = responseHistogram(backend.track, clockMs - RECENT_MS);
	return countOf(answers) < ENOUGH ? null : quantile(answers, 0.5);
}

/**
Without tcp_info: dials go on, the connections they make never receive a byte (ato 0), and none of those that ever did
moves any more. Spare connections look the same, but then others move. Where the congestion control lets the window grow
with every acknowledged segment (bbr), a window beyond the initial one says that a request was sent: two looks suffice.
*/
function byTables(backend: BackendModel, {instance, thresholds}: Context): Verdict | null {
	const {now} = backend;
	const {clockMs} = instance.snapshot;
	if (now === null || now.synRetransmitted + now.retransmittingOnce > 0 || backend.track.lastUsedMs === null)
		return null;
	const isGrown =
		now.neverAnsweredGrown >= GROWN && (now.oldestNeverAnsweredGrownMs ?? 0) >= thresholds['hung.grownFor'] * 0.9;
	const spanMs = thresholds[isGrown ? 'hung.grownFor' : 'hung.textFor'];
	const stillMs = motionlessMs(backend, clockMs);
	if (stillMs < spanMs * 0.9) return null;
	const opened = sumOf(backend, clockMs, spanMs + 500, (facts) => facts.openedLive);
	if (opened < thresholds['hung.waiting'] || now.neverAnswered < thresholds['hung.waiting']) return null;
	if ((now.oldestNeverAnsweredMs ?? 0) < spanMs * 0.5) return null;
	const downMs = thresholds['hung.down'];
	return verdict(now.neverAnswered, 'connection', stillMs, {clockMs, downMs, evidence: {opened}});
}

/** For how long no used connection has changed, ms: since the look before the first motionless one. */
function motionlessMs(backend: BackendModel, clockMs: number): number {
	for (const {facts, clockMs: at} of looks(backend, clockMs, Number.POSITIVE_INFINITY)) {
		if (facts === null || facts.moved === null || facts.moved > 0) return clockMs - at;
	}
	return 0;
}

function verdict(
	waiting: number,
	what: string,
	forMs: number,
	{clockMs, downMs, evidence}: {clockMs: number; downMs: number; evidence: Record<string, number>},
): Verdict {
	return {
		severity: forMs >= downMs ? 'down' : 'degraded',
		message: `${plural(waiting, what)} waiting, none answered for ${duration(forMs)}`,
		hint: HINT,
		beganMs: clockMs - forMs,
		evidence: {...evidence, waiting, oldestWaitMs: Math.round(forMs)},
	};
}
