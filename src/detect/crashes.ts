/**
Crashes of a backend that comes back each time: all of its connections are gone at once without a close by Traefik, dials
are refused until it listens again, and then it answers. Read from looks and counters alone.
*/
import type {BackendModel} from '../model/model.ts';
import type {BackendSample} from '../model/track.ts';
import {hasAnsweredSince, hasProgressed, looksOf} from './past.ts';
import type {RuleContext} from './rule.ts';

const SPAN_MS = 75_000;
/** Once is a restart, a deploy. */
const REPEATED = 2;
/** Two so far apart are two restarts. */
const APART_MS = 45_000;
/** It is over when the next crash is overdue by half. */
const OVERDUE = 1.5;
const OVERDUE_LEAST_MS = 5_000;
/** Traefik closed so large a share itself: a pool that expired, a reload. */
const OWN_SHARE = 0.5;
/** Refusals at this share of their rate while it is up are somebody else's. */
const ELSEWHERE_SHARE = 0.2;
/** Where others dial from the same namespace, more must be refused before it counts. */
const SHARED_DIALS = 3;

type Outage = {
	/** clockMs: after the look before the fall, at the first look without its connections, at the one with a new one. */
	readonly fromMs: number;
	readonly atMs: number;
	/** null: it is not back. */
	readonly backMs: number | null;
};

export type Crashes = {
	readonly count: number;
	readonly firstMs: number;
	readonly refused: number;
	/** For how long it has been away now; 0: it is back. */
	readonly awayMs: number;
};

/** The crashes of a loop that goes on; null: there is none. */
export function crashesOf(backend: BackendModel, context: RuleContext): Crashes | null {
	const {dials, instance} = context;
	const {clockMs} = instance.snapshot;
	const fromMs = clockMs - SPAN_MS;
	const all = dials.refusedBetween(fromMs, clockMs);
	const needed = dials.isShared ? SHARED_DIALS : 1;
	if (all < REPEATED * needed) return null;
	const samples = looksOf(backend, clockMs, SPAN_MS);
	const crashes: (Outage & {readonly refused: number})[] = [];
	for (const outage of outagesOf(samples)) {
		const refused = dials.refusedBetween(outage.fromMs, outage.backMs ?? clockMs);
		if (refused >= needed) crashes.push({...outage, refused});
	}
	while (crashes.length > 1 && (crashes[1]?.atMs ?? 0) - (crashes[0]?.atMs ?? 0) > APART_MS) crashes.shift();
	const [first, last] = [crashes[0], crashes.at(-1)];
	if (first === undefined || last === undefined || crashes.length < REPEATED) return null;
	const refused = crashes.reduce((sum, each) => sum + each.refused, 0);
	const downMs = crashes.reduce((sum, {fromMs: from, backMs}) => sum + (backMs ?? clockMs) - from, 0);
	// Of what happened before the first crash nothing is known to belong to it.
	const upMs = Math.max(1, clockMs - first.fromMs - downMs);
	const elsewhere = dials.refusedBetween(first.fromMs, clockMs) - refused;
	if (elsewhere / upMs > (ELSEWHERE_SHARE * refused) / downMs) return null;
	if (isAnothers(backend, context, crashes.at(-2)?.backMs ?? last.atMs)) return null;
	if (looksInPeace(samples, first.atMs, context) < crashes.length / 2) return null;
	if (last.backMs !== null && clockMs - last.backMs > overdueMs(crashes)) return null;
	return {count: crashes.length, firstMs: first.atMs, refused, awayMs: last.backMs === null ? clockMs - last.atMs : 0};
}

export function isCrashLooping(backend: BackendModel, context: RuleContext): boolean {
	return crashesOf(backend, context) !== null;
}

/** Whether another backend has been without a connection all the while: then it may be that one which refuses. */
function isAnothers(backend: BackendModel, {dials, instance}: RuleContext, sinceMs: number): boolean {
	if (dials.fallen.size === 0) return false;
	return instance.backends.some((other) => {
		const fall = other === backend ? undefined : dials.fallen.get(other.address);
		return fall !== undefined && fall.atMs <= sinceMs && !hasAnsweredSince(other, fall.atMs);
	});
}

/** Looks in which it answered and no dial was refused: where a share of the dials is refused all the time there are none. */
function looksInPeace(samples: readonly BackendSample[], sinceMs: number, {dials}: RuleContext): number {
	let count = 0;
	for (const [i, {facts, clockMs}] of samples.entries()) {
		if (clockMs <= sinceMs || !(hasProgressed(facts) || (facts?.answeredNew ?? 0) > 0)) continue;
		if (dials.refusedBetween(samples[i - 1]?.clockMs ?? clockMs, clockMs) === 0) count++;
	}
	return count;
}

function overdueMs(crashes: readonly Outage[]): number {
	let longestMs = 0;
	for (const [i, {atMs}] of crashes.entries()) longestMs = Math.max(longestMs, atMs - (crashes[i - 1]?.atMs ?? atMs));
	return Math.max(OVERDUE_LEAST_MS, OVERDUE * longestMs);
}

/**
Times without a connection that it lost all at once, oldest first, of one that otherwise keeps them from look to look. New
connections in the very look in which the old ones are gone count as well: it was away for less than a look.
*/
function outagesOf(samples: readonly BackendSample[]): Outage[] {
	const outages: Outage[] = [];
	/** Whether its connections ever lasted: one that closes each of them falls at every look. */
	let hasLasted = false;
	for (const [i, {facts, clockMs}] of samples.entries()) {
		const before = samples[i - 1];
		const held = before?.facts?.connections.established ?? 0;
		const survivors = facts?.survivors ?? 0;
		const open = outages.at(-1);
		if (open !== undefined && open.backMs === null) {
			if ((facts?.connections.established ?? 0) > 0 || (facts?.answeredNew ?? 0) > 0) {
				outages[outages.length - 1] = {...open, backMs: clockMs};
			}
			continue;
		}
		if (survivors > 0) hasLasted = true;
		if (before === undefined || held === 0 || survivors > 0 || !hasLasted) continue;
		if ((facts?.vanished ?? 0) === 0 || (facts?.ownCloses ?? 0) >= held * OWN_SHARE) continue;
		const isBack = (facts?.connections.established ?? 0) > 0;
		// The counters are read after the tables: the first refusals may have been counted with the look before.
		const fromMs = samples[i - 2]?.clockMs ?? before.clockMs;
		outages.push({fromMs, atMs: clockMs, backMs: isBack ? clockMs : null});
	}
	return outages;
}
