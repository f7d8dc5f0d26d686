/**
What forbids to call a backend well although no finding is open: a watch that is too young to judge by, and a sign of
trouble. One look is not a verdict, but it is never green on such a sign.
*/
import {merged, quantile} from '../model/metric.ts';
import type {BackendModel, InstanceModel} from '../model/model.ts';
import {RECENT_MS} from '../model/track.ts';
import {duration} from '../text/duration.ts';
import {plural} from '../text/plural.ts';
import {askedOf, countOf, looks, sumOf, usualResponseMs, withoutAnswerMs} from './past.ts';
import type {Dials} from './rule.ts';

/** After this long the rules know a backend's past. */
const KNOWN_AFTER_MS = 60_000;
/** What can only be told from look to look is not told before. */
const FIRST_MS = 10_000;
const LONG_MS = 2_000;
const SEVERAL = 3;
/** A wait is not news where an answer took half as long. */
const EXPLAINED_SHARE = 0.5;
/** Waits are long beside answers that take a tenth of it. */
const TIMES = 10;
/** Answers that come sooner are not trouble by themselves. */
const ALIKE_MS = 1_000;
/** After this long the request rates of two backends can be compared. */
const COUNTED_MS = 4_000;
/** Compare at most this many backends, each with each. */
const OTHERS = 8;
/** A few spare connections are common, this many are not. */
const MANY = 10;
const ONE_LOOK_TIMES = 3;
const UNSEEN_SPAN_MS = 3_000;

export type Doubt = {
	/** Its state is unknown; else it is only said what cannot be judged yet. */
	readonly isUnknown: boolean;
	/** One clause. */
	readonly text: string;
};

/** null: nothing contradicts what the rules say. */
export function doubtOf(backend: BackendModel, instance: InstanceModel, dials: Dials): Doubt | null {
	const {now, seenMs} = backend;
	const {clockMs} = instance.snapshot;
	if (instance.problem !== null) return null;
	const unseen = goneUnseen(backend, instance, dials);
	if (unseen !== null) return {isUnknown: true, text: unseen};
	if (now === null || seenMs >= KNOWN_AFTER_MS) return null;
	const sign =
		longWaits(backend, clockMs) ??
		unlikeOthers(backend, instance) ??
		unansweredRows(backend) ??
		(seenMs < FIRST_MS ? leftOpen(backend) : null);
	if (sign !== null) return {isUnknown: true, text: `no past yet, ${sign}`};
	if (now.info === null || usualResponseMs(backend, clockMs) !== null) return null;
	return {isUnknown: false, text: `seen for ${duration(seenMs)}; slow not judged yet`};
}

/** Requests that wait long, by the kernel's own clock, where no answer is known to take about as long. */
function longWaits(backend: BackendModel, clockMs: number): string | null {
	const info = backend.now?.info;
	if (!info || countOf(info.waits, LONG_MS) === 0) return null;
	// How long requests waited on connections that then ended explains nothing: they may have been given up on.
	const known = merged([info.rests, ...answersOf(backend, clockMs)]);
	const oldestMs = info.oldestWaitMs ?? 0;
	const waits = countOf(info.waits, Math.max(LONG_MS, TIMES * (quantile(known, 0.5) ?? 0)));
	const isNoneKnown = backend.track.lastAnswerMs === null || withoutAnswerMs(backend, clockMs) >= oldestMs;
	const isSilent = waits > 0 && waits === info.waiting && isNoneKnown;
	if ((waits < SEVERAL && !isSilent) || countOf(known, oldestMs * EXPLAINED_SHARE) > 0) return null;
	return `${waits} wait, oldest ${duration(oldestMs)}`;
}

function answersOf(backend: BackendModel, clockMs: number): (readonly number[])[] {
	const answers: (readonly number[])[] = [];
	for (const {facts} of looks(backend, clockMs, RECENT_MS)) answers.push(facts?.info?.answers ?? []);
	return answers;
}

/** Most of its answers and waits are far longer than what the other backends take, unless those are asked for other things. */
function unlikeOthers(backend: BackendModel, {backends, snapshot}: InstanceModel): string | null {
	const {clockMs} = snapshot;
	const waits = backend.now?.info?.waits;
	if (waits === undefined) return null;
	const answered = sumOf(backend, clockMs, RECENT_MS, ({info}) => countOf(info?.answers ?? [], ALIKE_MS));
	if (countOf(waits, ALIKE_MS) + answered < SEVERAL) return null;
	const ms = quantile(merged([waits, ...answersOf(backend, clockMs)]), 0.5);
	if (ms === null || ms < ALIKE_MS) return null;
	const asked = askedOf(backend, clockMs);
	const medians: number[] = [];
	for (const other of backends.slice(0, OTHERS)) {
		const theirs = askedOf(other, clockMs);
		const isUnlike =
			backend.seenMs >= COUNTED_MS && Math.min(asked, theirs) >= SEVERAL && (asked > 2 * theirs || theirs > 2 * asked);
		const median = other === backend || isUnlike ? null : quantile(merged(answersOf(other, clockMs)), 0.5);
		if (median !== null) medians.push(median);
	}
	const othersMs = medians.sort((a, b) => a - b)[medians.length >> 1];
	if (othersMs === undefined || ms < TIMES * othersMs) return null;
	return `answers take ${duration(ms)}, other backends ${duration(othersMs)}`;
}

/** Without tcp_info: dials go on, and of the connections hardly one was ever answered or moves. */
function unansweredRows({now}: BackendModel): string | null {
	if (now === null || now.info !== null) return null;
	// One look does not see whether anything moves, and spare connections look the same.
	const isOneLook = now.moved === null;
	if (!isOneLook && (now.moved !== 0 || (now.openedLive ?? 0) === 0)) return null;
	if (now.neverAnswered < (isOneLook ? MANY : SEVERAL)) return null;
	if (now.neverAnswered <= (isOneLook ? ONE_LOOK_TIMES : 1) * now.used) return null;
	return `${plural(now.neverAnswered, 'connection')} without an answer`;
}

/** Rows that no healthy backend has, and of which it takes some time to say how old they are. */
function leftOpen({now}: BackendModel): string | null {
	if (now === null) return null;
	if (now.synRetransmitted > 0) return `${plural(now.synRetransmitted, 'dial')} sent again`;
	if (now.retransmittingTwice > 0 || now.retransmittingOnce > 1) {
		return `${plural(now.retransmittingOnce, 'connection')} retransmitting`;
	}
	const again = now.info?.segmentsRetransmitted ?? 0;
	if (again > 1) return `${plural(again, 'segment')} sent again`;
	if (now.keepaliveUnanswered > 0) return `${plural(now.keepaliveUnanswered, 'connection')} with unanswered probes`;
	if (now.zeroWindow > 0) return `${plural(now.zeroWindow, 'connection')} on which it does not read`;
	if (now.finWait2Orphans >= SEVERAL) return `${plural(now.finWait2Orphans, 'connection')} that it has not closed`;
	return null;
}

/**
Dials that succeed and are gone before the next look, of a backend that kept its connections before and has none left:
whether they were answered cannot be seen. It may close after each answer from now on, or accept and close at once.
*/
function goneUnseen(backend: BackendModel, {backends, snapshot}: InstanceModel, dials: Dials): string | null {
	const {clockMs} = snapshot;
	if (dials.isShared || !dials.fallen.has(backend.address)) return null;
	const gone = dials.unseenSince(clockMs - UNSEEN_SPAN_MS);
	if (gone < SEVERAL || sumOf(backend, clockMs, UNSEEN_SPAN_MS, ({answeredNew}) => answeredNew) > 0) return null;
	// One that always let them come and go explains them.
	const isOthers = backends.some(
		(other) => other !== backend && !dials.fallen.has(other.address) && !keeps(other, clockMs),
	);
	if (isOthers || !keeps(backend, clockMs)) return null;
	return `${gone} connections came and went in ${duration(UNSEEN_SPAN_MS)}, none seen to be answered`;
}

/** Whether its connections lasted from look to look at some recent time. */
function keeps(backend: BackendModel, clockMs: number): boolean {
	for (const {facts} of looks(backend, clockMs, RECENT_MS)) if ((facts?.survivors ?? 0) > 0) return true;
	return false;
}

/** What forbids to call the instance well as a whole. */
export function instanceDoubt(instance: InstanceModel, dials: Dials): Doubt | null {
	return ownsNothing(instance) ?? refusedByNobody(instance, dials);
}

/** In a young watch a backend that is down has no row: its refused dials are all that is seen of it. */
function refusedByNobody({snapshot, track, problem}: InstanceModel, dials: Dials): Doubt | null {
	const watchedMs = snapshot.clockMs - track.firstSeenMs;
	if (problem !== null || watchedMs >= FIRST_MS) return null;
	const {count} = dials.refusedSince(track.firstSeenMs);
	return count < (dials.isShared ? SEVERAL : 1)
		? null
		: {isUnknown: true, text: `no past yet, ${plural(count, 'dial')} refused`};
}

/** Sockets are there, and by the descriptors not one of them is this Traefik's: then its descriptors were not understood. */
function ownsNothing({snapshot, listeners, backends, problem}: InstanceModel): Doubt | null {
	if (problem !== null || snapshot.rows === 0 || listeners.length > 0 || backends.length > 0) return null;
	if (snapshot.attribution !== 'descriptors') return null;
	return {isUnknown: true, text: `${plural(snapshot.rows, 'socket')} here, none of them Traefik’s by its descriptors`};
}
