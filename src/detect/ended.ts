/**
How the connections to one backend ended lately, where the kernel told of each (parse/ending.ts).
*/
import type {BackendModel} from '../model/model.ts';
import {RECENT_MS} from '../model/track.ts';
import type {EndedFacts} from '../snapshot.ts';
import {looks, looksOf} from './past.ts';

/** A run of failures without an answer between them. */
export type Outage = {
	/** clockMs of the first and the last failure. */
	beganMs: number;
	lastMs: number;
	/** clockMs of the look that shows an answer after them; null: none came yet. */
	endedMs: number | null;
	refused: number;
	/** Accepted, and closed or reset without an answer. */
	cut: number;
	/** Looks with some of these: a process that ends cuts all its connections at one instant. */
	cutLooks: number;
	/** Whether dials were refused, rather than connections cut, in the newest look with failures. */
	isRefusing: boolean;
	/** Another process may have dialled, too. */
	isShared: boolean;
};

/**
The outages of the last 90 s, oldest first. Of failures within one look only those after its newest answer are known to follow
each other: where failures and answers alternate, there is no outage.
*/
export function outages(backend: BackendModel, clockMs: number): Outage[] {
	const found: Outage[] = [];
	let open: Outage | null = null;
	for (const {clockMs: at, facts, snapshot} of looksOf(backend, clockMs, RECENT_MS)) {
		const ended = facts?.ended ?? null;
		const hasAnswer = facts?.answeredAgoMs != null && facts.answeredAgoMs <= (snapshot.sincePreviousMs ?? 0);
		const ends = hasAnswer ? open : null;
		if (ends !== null) {
			ends.endedMs = at;
			open = null;
		}
		if (ended === null) continue;
		const refused = hasAnswer ? ended.refusedSinceAnswer : ended.refused;
		const cut = hasAnswer ? ended.cutSinceAnswer : ended.unanswered + ended.resetBefore;
		const oldestMs = hasAnswer ? ended.oldestSinceAnswerMs : ended.oldestFailedMs;
		if (hasAnswer && refused + cut === 0 && facts !== null && isMostlyRefused(ended.refused, facts.opened ?? 0)) {
			// what was refused before the answer that ended the outage belongs to it
			if (ends === null) found.push(passed(ended, at));
			else ends.refused += ended.refused;
			continue;
		}
		if (refused + cut === 0 || oldestMs === null) continue;
		if (open === null) {
			open = {
				beganMs: at - oldestMs,
				lastMs: at,
				endedMs: null,
				refused: 0,
				cut: 0,
				cutLooks: 0,
				isRefusing: false,
				isShared: false,
			};
			found.push(open);
		}
		open.lastMs = at - (ended.newestFailedMs ?? 0);
		open.refused += refused;
		open.cut += cut;
		if (cut > 0) open.cutLooks++;
		open.isRefusing = refused >= cut;
		open.isShared ||= ended.isShared;
	}
	return found;
}

/** Where a share is refused all the time others succeed beside it: so few that do come after an outage. */
export function isMostlyRefused(refused: number, connected: number): boolean {
	return refused > 1 && refused >= MOSTLY_TIMES * connected;
}

const MOSTLY_TIMES = 4;

/** The share of dials that were refused while others succeeded, in the `spanMs` before `clockMs`, outages left out. */
export function refusedShareBefore(backend: BackendModel, clockMs: number, spanMs: number): number {
	let refused = 0;
	let connected = 0;
	for (const {facts, snapshot} of looks(backend, clockMs, spanMs)) {
		const ended = facts?.ended;
		const hasAnswer = facts?.answeredAgoMs != null && facts.answeredAgoMs <= (snapshot.sincePreviousMs ?? 0);
		if (ended == null || !hasAnswer || isMostlyRefused(ended.refused, facts?.opened ?? 0)) continue;
		refused += ended.refused - ended.refusedSinceAnswer;
		connected += facts?.opened ?? 0;
	}
	return refused === 0 ? 0 : refused / (refused + connected);
}

/** One that began and ended within a look. */
function passed(ended: EndedFacts, at: number): Outage {
	const beganMs = at - (ended.oldestFailedMs ?? 0);
	const lastMs = at - (ended.newestFailedMs ?? 0);
	const {refused, isShared} = ended;
	return {beganMs, lastMs, endedMs: at, refused, cut: 0, cutLooks: 0, isRefusing: true, isShared};
}

export type EndedSum = {
	readonly refused: number;
	readonly cut: number;
	readonly reset: number;
	readonly answered: number;
	/** In order, whoever closed first, and those of them that Traefik's end did. */
	readonly closed: number;
	readonly ownClosed: number;
	readonly total: number;
	/** Connections that came up. */
	readonly connected: number;
	readonly spanMs: number;
	readonly isShared: boolean;
};

/** Over the last `spanMs`; null: in none of these looks are they known. */
export function endedWithin(backend: BackendModel, clockMs: number, spanMs: number): EndedSum | null {
	const sum = {
		refused: 0,
		cut: 0,
		reset: 0,
		answered: 0,
		closed: 0,
		ownClosed: 0,
		total: 0,
		connected: 0,
		spanMs: 0,
		isShared: false,
	};
	let isKnown = false;
	for (const {facts, snapshot} of looks(backend, clockMs, spanMs)) {
		sum.spanMs += snapshot.sincePreviousMs ?? 0;
		sum.connected += facts?.opened ?? 0;
		const ended = facts?.ended;
		if (ended == null) continue;
		isKnown = true;
		sum.refused += ended.refused;
		sum.cut += ended.unanswered + ended.resetBefore;
		sum.reset += ended.resetBefore + ended.resetAfter;
		sum.answered += ended.answered;
		sum.closed += ended.answered + ended.unanswered + ended.unused + ended.givenUp;
		sum.ownClosed += ended.ownClosed;
		sum.total += ended.total;
		sum.isShared ||= ended.isShared;
	}
	return isKnown ? sum : null;
}

/** clockMs of the oldest look of the last `spanMs` in which something was counted; now, if none was. */
export function firstCounted(
	backend: BackendModel,
	clockMs: number,
	spanMs: number,
	count: (ended: EndedFacts) => number,
): number {
	let firstMs = clockMs;
	for (const {clockMs: at, facts} of looks(backend, clockMs, spanMs)) {
		if (facts?.ended != null && count(facts.ended) > 0) firstMs = at;
	}
	return firstMs;
}

/**
In how many seconds of the last `spanMs` something failed by `count` while something was answered, too: a share that fails by
itself, and not an outage of which these looks saw an end.
*/
export function mixedSeconds(
	backend: BackendModel,
	clockMs: number,
	spanMs: number,
	count: (ended: EndedFacts) => number,
): number {
	const seconds = new Set<number>();
	for (const {clockMs: at, facts, snapshot} of looks(backend, clockMs, spanMs)) {
		const ended = facts?.ended;
		if (ended == null || count(ended) === 0) continue;
		const sinceMs = snapshot.sincePreviousMs ?? 0;
		if (facts?.answeredAgoMs != null && facts.answeredAgoMs <= sinceMs) seconds.add(Math.floor(at / 1_000));
	}
	return seconds.size;
}
