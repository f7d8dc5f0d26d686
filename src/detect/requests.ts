/**
What a backend's requests look like now, against what is usual: the one assessment that `hung`, `overload`, `slow` and `fds`
share, so that they never tell of one look in two ways. Every time in it is the kernel's: how long a request has waited, and
when a byte of an answer last came.
*/

import {responseHistogram} from '../model/build.ts';
import {merged, quantile} from '../model/metric.ts';
import type {BackendModel, InstanceModel} from '../model/model.ts';
import {RECENT_MS} from '../model/track.ts';
import type {BackendFacts, ExchangeFacts} from '../snapshot.ts';
import type {Finding} from './finding.ts';
import {givenUp} from './given-up.ts';
import type {RuleId} from './index.ts';
import {hostAnswers} from './life.ts';
import {askedOf, countOf, looks, sumOf, usualResponseMs, withoutAnswerMs} from './past.ts';
import {hasReusedConnections} from './reuse.ts';
import type {RuleContext} from './rule.ts';
import type {Thresholds} from './thresholds.ts';
import {unseenDials} from './unseen-dials.ts';
import {unseenLivesMs} from './unseen-past.ts';

/** Answers of this long are the present, beside what waits now. */
const PRESENT_MS = 2_500;
/** … and of this long where few requests come. */
const SPARSE_MS = 15_000;
const ENOUGH = 5;
/** Usual answers are looked for over the time that half of the waiting have waited, within these bounds. */
const SHORTEST_MS = 500;
const LONGEST_MS = 15_000;
/** Answers older than this tell what a backend's slowest usually take: SHARE of them take less. */
const TAIL_FROM_MS = 15_000;
const TAIL_SHARE = 0.95;
const TAIL_ENOUGH = 20;
const TAIL_TIMES = 1.5;
/** Where the past is unknown, only what waits for this long, and this many times longer than others, is out of the usual. */
const NO_PAST_MS = 2_000;
const NO_PAST_TIMES = 10;
const CROWD = 8;
const CROWD_AGE_MS = 3_000;
const CROWD_SILENT_MS = 1_800;
const YOUNG_SHARE = 0.15;
/** The network is to blame where one in this many of the waiting is being sent again. */
const NETWORKS_SHARE = 4;
/** What waits for less says nothing yet of how late the next answer may be. */
const LATE_MS = 2_000;
const SEVERAL = 3;
const LASTING_SHARE = 0.1;
/** Replicas are looked for among this many backends that are asked as often, to either side. */
const NEIGHBOURS = 4;
/** A connection that lives for this many looks was not answered as the others are. */
const LIVES_TIMES = 2;
/** Of this many late requests half have waited for the median of them; of fewer the oldest wait counts. */
const MANY = 10;
/** A pause of this long in which requests waited: what was asked before its end is of the past. */
const PAUSE_MS = 3_000;
/** The ages of what the fold calls a young connection. */
const YOUNG_FROM_MS = 2_000;
const YOUNG_SPAN_MS = 10_000;
/** Requests that were given up this long ago still belong to the present. */
const GIVEN_UP_MS = 10_000;

const HIDDEN_SPAN_MS = 5_000;
const HIDDEN_SHARE = 0.3;
/** Where this many signs should have been seen, that there is none is no chance (one in twenty). */
const CERTAIN_SIGNS = 3;

/** What a response time is held against. */
export type Yardstick = {
	readonly usualMs: number;
	/**
	Its own past, the answers that its resting connections got before, what other backends take, or, of a backend that closes
	after each answer, the time between two looks: a connection lives no longer.
	*/
	readonly from: 'past' | 'rests' | 'others' | 'lives';
};

export type Requests = {
	readonly yardstick: Yardstick | null;
	/** A wait or an answer of this long is out of the usual; null: nothing to compare with. */
	readonly limitMs: number | null;
	readonly waiting: number;
	readonly oldestWaitMs: number;
	/** Waits beyond the limit. */
	readonly longWaits: number;
	/** Median of the answers of the last 15 s; null: there was none. */
	readonly lastAnswersMs: number | null;
	/** Answers of the present: their median, those beyond the limit, and those within it. */
	readonly answersMs: number | null;
	readonly lateAnswers: number;
	/** … and of those, to requests that were sent after the last pause. */
	readonly slowAnswers: number;
	readonly usualAnswers: number;
	/** ms since anything came back or was ended by the backend, no longer than the oldest wait. */
	readonly silentMs: number;
	/** Answers may come on connections that live between two looks only: that none is seen says nothing. */
	readonly isHidden: boolean;
	/** The waiting look like a queue that nobody serves, whatever the past was. */
	readonly isQueue: boolean;
	/** Requests given up in the last 10 s. */
	readonly givenUp: number;
	/** New connections are not answered: 2 to 12 s old ones, while none of their age is. */
	readonly unansweredNew: number;
	/** … and of all that were opened in that time, the share that is not answered. */
	readonly unansweredShare: number;
	/** Dials that had to be sent again: the backend's kernel drops them, because its accept queue is full. */
	readonly unansweredDials: number;
};

/** Rules that tell of requests; while one of them is open, what it was opened against is held on to. */
const FAMILY = ['overload', 'hung', 'slow', 'fds'] as const satisfies readonly RuleId[];

/** null: nothing is known of its requests (no tcp_info, no row), or the network keeps them. The same for all rules of a look. */
export function requestsOf(backend: BackendModel, context: RuleContext): Requests | null {
	let requests = known.get(backend);
	if (requests === undefined) {
		requests = assess(backend, context);
		known.set(backend, requests);
	}
	return requests;
}

/** A backend's model is rebuilt for each look. */
const known = new WeakMap<BackendModel, Requests | null>();

function assess(backend: BackendModel, context: RuleContext): Requests | null {
	const info = backend.now?.info;
	if (!info || isNetworksFault(backend, info, context)) return null;
	const {clockMs} = context.instance.snapshot;
	const open = FAMILY.map((id) => context.openOf(id)).find((finding) => finding !== null)?.evidence;
	const yardstick = (open && yardstickIn(open)) ?? yardstickOf(backend, context);
	const recent = presentAnswers(backend, clockMs, PRESENT_MS);
	const limitMs = open?.['limitMs'] ?? (yardstick === null ? null : limitOf(backend, context, yardstick, recent));
	const oldestWaitMs = info.oldestWaitMs ?? 0;
	const longWaits = limitMs === null ? 0 : countOf(info.waits, limitMs);
	// Where few requests come, the present is longer.
	const isSparse = countOf(recent) + longWaits < ENOUGH;
	const presentMs = isSparse ? SPARSE_MS : PRESENT_MS;
	const present = isSparse ? presentAnswers(backend, clockMs, SPARSE_MS) : recent;
	const lateAnswers = limitMs === null ? 0 : countOf(present, limitMs);
	const slowAnswers = limitMs === null || lateAnswers === 0 ? 0 : slowSince(backend, clockMs, presentMs, limitMs);
	const isInQuestion = longWaits + slowAnswers + info.youngUnanswered > 0;
	const waitsMs = longWaits < MANY ? oldestWaitMs : quantile(above(info.waits, limitMs ?? 0), 0.5);
	const spanMs = longWaits > 0 && waitsMs !== null ? waitsMs : presentMs;
	// A stopped backend ends no connection, either.
	const quietMs = Math.min(
		withoutAnswerMs(backend, clockMs),
		clockMs - (backend.track.lastEndMs ?? Number.NEGATIVE_INFINITY),
	);
	return {
		yardstick,
		limitMs,
		waiting: info.waiting,
		oldestWaitMs,
		longWaits,
		lastAnswersMs: oldestWaitMs < LATE_MS ? null : quantile(presentAnswers(backend, clockMs, LONGEST_MS), 0.5),
		answersMs: quantile(present, 0.5),
		lateAnswers,
		slowAnswers,
		usualAnswers:
			limitMs === null || !isInQuestion
				? 0
				: usualSince(backend, clockMs, Math.min(LONGEST_MS, Math.max(SHORTEST_MS, spanMs)), limitMs),
		silentMs: Math.min(oldestWaitMs, quietMs),
		isHidden: oldestWaitMs >= LATE_MS && mayHide(backend, context, yardstick, quietMs),
		isQueue: isQueue(info.waits, oldestWaitMs, quietMs),
		givenUp: givenUp(backend, clockMs, GIVEN_UP_MS),
		unansweredNew: info.youngAnswered === 0 ? info.youngUnanswered : 0,
		unansweredShare: info.youngUnanswered === 0 ? 0 : info.youngUnanswered / Math.max(1, openedYoung(backend, clockMs)),
		unansweredDials: backend.now?.synRetransmitted ?? 0,
	};
}

/** Requests that the network has not delivered wait for it, not for the backend. */
function isNetworksFault({now}: BackendModel, {waiting}: ExchangeFacts, context: RuleContext): boolean {
	const retransmitting = now?.retransmittingOnce ?? 0;
	// A full accept queue also drops what comes on connections that it could not take: part of an overload that is told.
	if (now !== null && now.synRetransmitted > 0 && hostAnswers(now) && context.openOf('overload') !== null) return false;
	return retransmitting > 0 && retransmitting * NETWORKS_SHARE >= waiting;
}

/**
Whether the waiting are a queue that nobody serves, when nothing is known of the backend's past: requests have come at a
steady rate (the young are a fair share), so answers should leave at that rate, too, and none did for ten times as long as
one should take. Long polls that began together are all of one age.
*/
function isQueue(waits: readonly number[], oldestMs: number, quietMs: number): boolean {
	const waiting = countOf(waits);
	const young = waiting - countOf(waits, oldestMs / 3);
	if (waiting < CROWD || oldestMs < CROWD_AGE_MS || young < waiting * YOUNG_SHARE) return false;
	return quietMs >= Math.max(CROWD_SILENT_MS, (10 * oldestMs) / waiting);
}

/**
Whether answers may come and go unseen: the backend closes each connection after its answer, as many dials as it has rows or
more leave none, and it was silent for less than it takes to see some of them with near certainty, by how many of the looks
before showed one.
*/
function mayHide(
	backend: BackendModel,
	{instance}: RuleContext,
	yardstick: Yardstick | null,
	quietMs: number,
): boolean {
	const {clockMs, isShared} = instance.snapshot;
	if (yardstick !== null && yardstick.from !== 'lives') return false;
	if (hasReusedConnections(backend, clockMs)) return false;
	let unseen = 0;
	let opened = 0;
	let before = 0;
	let signs = 0;
	for (const snapshot of instance.track.recent) {
		if (snapshot.clockMs > clockMs - HIDDEN_SPAN_MS) unseen += unseenDials(snapshot);
		if (snapshot.clockMs < clockMs - quietMs) before++;
	}
	for (const {facts, clockMs: at} of looks(backend, clockMs, RECENT_MS)) {
		if (at > clockMs - HIDDEN_SPAN_MS) opened += facts?.opened ?? 0;
		if (at < clockMs - quietMs && ((facts?.vanished ?? 0) > 0 || (facts?.answeredAgoMs ?? null) !== null)) signs++;
	}
	if (!isShared && unseen < HIDDEN_SHARE * opened) return false;
	const beatMs = backend.track.beatMs();
	return beatMs === 0 || (quietMs / beatMs) * signs < CERTAIN_SIGNS * before;
}

/** The evidence that says what a finding was held against, and a later look goes on with. */
export function yardstickEvidence({yardstick, limitMs}: Requests): Record<string, number> {
	if (yardstick === null || limitMs === null) return {};
	return {[EVIDENCE[yardstick.from]]: Math.round(yardstick.usualMs), limitMs: Math.round(limitMs)};
}

const EVIDENCE = {
	past: 'usualMs',
	rests: 'earlierMs',
	others: 'othersMs',
	lives: 'usualBelowMs',
} as const satisfies Record<Yardstick['from'], string>;

function yardstickIn(evidence: Finding['evidence']): Yardstick | null {
	for (const from of ['past', 'rests', 'others', 'lives'] as const) {
		const usualMs = evidence[EVIDENCE[from]];
		if (usualMs !== undefined) return {usualMs, from};
	}
	return null;
}

/** What to hold a response time against: its own past, what rests, what others take. */
function yardstickOf(backend: BackendModel, context: RuleContext): Yardstick | null {
	const {clockMs} = context.instance.snapshot;
	const past = usualResponseMs(backend, clockMs);
	if (past !== null) return {usualMs: past, from: 'past'};
	const own = restingMs(backend, clockMs);
	const others = othersMs(backend, context);
	if (others !== null && (own === null || own >= NO_PAST_TIMES * others)) return {usualMs: others, from: 'others'};
	if (own !== null) return {usualMs: own, from: 'rests'};
	const lives = livesMs(backend, clockMs) ?? unseenLivesMs(backend, context.instance);
	return lives === null ? null : {usualMs: lives, from: 'lives'};
}

/**
The longest time between two looks before the oldest wait, where hardly a connection lasted from one to the next although some
were seen: the backend closes after each answer, and most come and go unseen. null: not so.
*/
function livesMs(backend: BackendModel, clockMs: number): number | null {
	const sinceMs = clockMs - (backend.now?.info?.oldestWaitMs ?? 0);
	let opened = 0;
	let looked = 0;
	let lasted = 0;
	let longestMs = 0;
	for (const {facts, snapshot} of looks(backend, sinceMs, RECENT_MS)) {
		if (snapshot.sincePreviousMs === null) continue;
		if ((facts?.survivors ?? 0) > 0) lasted++;
		opened += facts?.opened ?? 0;
		looked++;
		longestMs = Math.max(longestMs, snapshot.sincePreviousMs);
	}
	return looked < ENOUGH || opened < SEVERAL || lasted > LASTING_SHARE * looked ? null : longestMs;
}

/** The lower quartile of the last answers on connections that rest, and of those before the present. */
function restingMs(backend: BackendModel, clockMs: number): number | null {
	const earlier: (readonly number[])[] = [backend.now?.info?.rests ?? []];
	for (const {facts} of looks(backend, clockMs - PRESENT_MS, RECENT_MS)) earlier.push(facts?.info?.answers ?? []);
	const all = merged(earlier);
	return countOf(all) < ENOUGH ? null : quantile(all, 0.25);
}

/**
What replicas take: backends of this Traefik that are asked about as often, as they are where it deals requests out by turns.
The median of their medians, over what is known of each.
*/
function othersMs(backend: BackendModel, {instance}: RuleContext): number | null {
	const all = asksOf(instance);
	const at = all.findIndex((each) => each.backend === backend);
	const mine = all[at]?.asked ?? 0;
	if (mine < ENOUGH) return null;
	const medians: number[] = [];
	for (const {backend: other, asked} of all.slice(Math.max(0, at - NEIGHBOURS), at + NEIGHBOURS + 1)) {
		if (other === backend || asked > 2 * mine || mine > 2 * asked) continue;
		const median = quantile(responseHistogram(other.track, instance.snapshot.clockMs - LONGEST_MS), 0.5);
		if (median !== null) medians.push(median);
	}
	return medians.length === 0 ? null : (medians.sort((a, b) => a - b)[medians.length >> 1] ?? null);
}

type Ask = {readonly backend: BackendModel; readonly asked: number};

/** The backends of a look by how often they were asked recently. */
function asksOf(instance: InstanceModel): Ask[] {
	let asks = askOrders.get(instance);
	if (asks === undefined) {
		const {clockMs} = instance.snapshot;
		asks = instance.backends.map((backend) => ({backend, asked: askedOf(backend, clockMs)}));
		asks.sort((a, b) => a.asked - b.asked);
		askOrders.set(instance, asks);
	}
	return asks;
}

const askOrders = new WeakMap<InstanceModel, Ask[]>();

function limitOf(
	backend: BackendModel,
	{instance, thresholds}: RuleContext,
	{usualMs, from}: Yardstick,
	recent: readonly number[],
): number {
	if (from === 'lives') return Math.max(NO_PAST_MS, LIVES_TIMES * usualMs);
	if (from !== 'past') return Math.max(NO_PAST_MS, NO_PAST_TIMES * usualMs);
	const limitMs = Math.max(thresholds['slow.floor'], thresholds['slow.times'] * usualMs);
	// Asked for where it may matter: it goes through much of the past.
	const isInQuestion = (backend.now?.info?.oldestWaitMs ?? 0) >= limitMs || countOf(recent, limitMs) > 0;
	return isInQuestion ? Math.max(limitMs, tailMs(backend, instance.snapshot.clockMs)) : limitMs;
}

/** What its slowest usually take, and half as much again: a report endpoint or long polls are not news. */
function tailMs(backend: BackendModel, clockMs: number): number {
	const before: (readonly number[])[] = [];
	for (const {facts} of looks(backend, clockMs - TAIL_FROM_MS, RECENT_MS)) {
		if (facts !== null) before.push(facts.info?.answers ?? [], facts.ends);
	}
	const all = merged(before);
	return countOf(all) < TAIL_ENOUGH ? 0 : TAIL_TIMES * (quantile(all, TAIL_SHARE) ?? 0);
}

/** Answers and ends of the last `spanMs`. */
function presentAnswers(backend: BackendModel, clockMs: number, spanMs: number): number[] {
	const all: (readonly number[])[] = [];
	for (const {facts} of looks(backend, clockMs, spanMs)) {
		if (facts !== null) all.push(facts.info?.answers ?? [], facts.ends);
	}
	return merged(all);
}

/**
Answers beyond the limit to requests that were not sent in or before a pause of the backend's: after a hang the answers to
its backlog come at once, and say nothing of how it answers now.
*/
function slowSince(backend: BackendModel, clockMs: number, spanMs: number, limitMs: number): number {
	const resumedMs = resumedAt(backend, clockMs);
	let count = 0;
	for (const {facts, clockMs: at} of looks(backend, clockMs, spanMs)) {
		if (facts === null) continue;
		for (const histogram of [facts.info?.answers ?? [], facts.ends]) {
			count += countOf(histogram, limitMs);
			if (resumedMs !== null) count -= countOf(histogram, Math.max(limitMs, at - resumedMs));
		}
	}
	return count;
}

/** clockMs at which the first answer came after a pause in which several requests waited; null: there was none lately. */
function resumedAt(backend: BackendModel, clockMs: number): number | null {
	let later: number | null = null;
	for (const {facts, clockMs: at} of looks(backend, clockMs, LONGEST_MS)) {
		if (facts === null) continue;
		const silentMs = facts.answeredAgoMs ?? Number.POSITIVE_INFINITY;
		if (later !== null && (facts.info?.waiting ?? 0) >= 3 && (facts.info?.oldestWaitMs ?? 0) >= PAUSE_MS) {
			if (silentMs >= PAUSE_MS) return later;
		}
		if (facts.answeredAgoMs !== null && facts.answeredAgoMs < PAUSE_MS) later = at - facts.answeredAgoMs;
	}
	return null;
}

/** Answers within the limit in the last `spanMs`, those that left only a TIME_WAIT among them. */
function usualSince(backend: BackendModel, clockMs: number, spanMs: number, limitMs: number): number {
	let count = 0;
	for (const {facts, snapshot} of looks(backend, clockMs, spanMs)) {
		if (facts === null) continue;
		for (const histogram of [facts.info?.answers ?? [], facts.info?.hidden ?? [], facts.ends]) {
			count += countOf(histogram) - countOf(histogram, limitMs);
		}
		// Connections that came and went between two looks, or that rested and were ended by the backend.
		if ((snapshot.sincePreviousMs ?? Number.POSITIVE_INFINITY) > limitMs) continue;
		if (facts.connections.timeWait > 0) count += facts.answeredNew ?? 0;
		count += (facts.vanished ?? 0) - (facts.vanishedWaiting ?? 0);
	}
	return count;
}

/** Connections opened 2 to 12 s ago, as far as they were seen. */
function openedYoung(backend: BackendModel, clockMs: number): number {
	const opened = ({opened: count}: BackendFacts): number | null => count;
	return sumOf(backend, clockMs - YOUNG_FROM_MS, YOUNG_SPAN_MS, opened);
}

/**
Whether requests wait and nothing completes, for longer than could be called late: several for `hung.for`, or a few for
longer. A server that has just answered something late may take as long again.
*/
export function isSilent(requests: Requests, thresholds: Thresholds): boolean {
	const {waiting, oldestWaitMs, silentMs, yardstick, limitMs, lastAnswersMs, isHidden} = requests;
	if (yardstick === null || isHidden) return false;
	const {usualMs} = yardstick;
	const needMs = Math.max(thresholds['hung.for'], 3 * usualMs, limitMs ?? 0, PATIENCE * (lastAnswersMs ?? 0));
	const isMany = waiting >= thresholds['hung.waiting'] && oldestWaitMs >= needMs;
	const isFew = waiting >= FEW_WAITING && oldestWaitMs >= Math.max(needMs, FEW_TIMES * usualMs);
	return (isMany || isFew) && silentMs >= needMs * PUNCTUALITY;
}

const FEW_WAITING = 2;
const FEW_TIMES = 6;
const PATIENCE = 2;
/** Looks come at their interval: what held for nine tenths of the time has held for all of it. */
const PUNCTUALITY = 0.9;

/** The part of a sparse histogram at and above `fromMs`. */
function above(histogram: readonly number[], fromMs: number): number[] {
	const part: number[] = [];
	for (let i = 0; i < histogram.length; i += 2) {
		if ((histogram[i] ?? 0) >= fromMs) part.push(histogram[i] ?? 0, histogram[i + 1] ?? 0);
	}
	return part;
}
