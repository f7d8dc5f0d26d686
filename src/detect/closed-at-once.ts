/**
Connections that are accepted and closed at once, from the namespace's counters, where the kernel's notices of endings are not
to be had: dials that leave no row and are not refused, and resets of established connections. Go dials only where no
connection rests in its pool: a backend with one that does is not the one that is dialled.
*/
import type {BackendModel, InstanceModel} from '../model/model.ts';
import type {Snapshot} from '../snapshot.ts';
import {duration} from '../text/duration.ts';
import {plural} from '../text/plural.ts';
import {looks, sumOf} from './past.ts';
import {hasReusedConnections} from './reuse.ts';
import type {RuleContext, Verdict} from './rule.ts';
import {unseenDials} from './unseen-dials.ts';

const SPAN_MS = 4_000;
const SECONDS = 3;
const LEAST = 4;
/** Some are closed before their request comes, in order: the rest is reset. */
const RESET_SHARE = 0.25;
/** Some rest for a moment between two requests. */
const BUSY_SHARE = 0.75;
/** A backend without a connection for this long is no longer asked. */
const ASKED_MS = 60_000;

export function closedAtOnce(backend: BackendModel, context: RuleContext): Verdict | null {
	const {instance, dials, open, thresholds} = context;
	const {clockMs} = instance.snapshot;
	if (dials.isShared || !mayBeDialled(backend, clockMs, open !== null)) return null;
	const {unseen, resets, seconds, spanMs} = countersOf(context);
	if (seconds < SECONDS || unseen < LEAST || (unseen * 1_000) / spanMs < thresholds['partial.perSecond']) return null;
	// Last: it goes through all backends.
	if (instance.backends.some((other) => other !== backend && mayBeDialled(other, clockMs, false))) return null;
	const isReset = resets >= unseen * RESET_SHARE;
	if (!hasReusedConnections(backend, clockMs)) return null;
	const isWithout = [...looks(backend, clockMs, SPAN_MS)].every(
		({facts}) => (facts?.connections.established ?? 0) === 0,
	);
	// With a row of some of them it is `churn`, which knows who closes.
	if (!isReset && (!isWithout || sumOf(backend, clockMs, SPAN_MS, ({opened}) => opened) > 0)) return null;
	const began = context.instance.track.recent.find((snapshot) => snapshot.clockMs > clockMs - SPAN_MS);
	return {
		severity: 'degraded',
		message: `${plural(unseen, 'new connection')} closed at once in ${duration(spanMs)}${isReset ? ', without an answer' : ''}${isWithout ? ', none lasts' : ' while older ones work'}`,
		hint: isReset
			? CLOSED_HINT
			: 'connections come and go between two looks, where it used to keep them: the backend closes each after its answer, or before one (a crash on each request, a proxy whose backend is gone); Traefik’s log and its error rate tell which',
		beganMs: (began?.clockMs ?? clockMs) - (began?.sincePreviousMs ?? 0),
		evidence: {closed: unseen, resets},
	};
}

/**
The same where several backends had their connections closed at once: the counters cannot say which of them it is, or
whether it is all. null: nothing of the kind, or the kernel's notices tell of each backend.
*/
export function closedAtOnceSomewhere(context: RuleContext): Verdict | null {
	const {instance, dials, thresholds} = context;
	const {clockMs, endings = null} = instance.snapshot;
	if (endings !== null || dials.isShared) return null;
	const {unseen, resets, seconds, spanMs} = countersOf(context);
	if (seconds < SECONDS || unseen < LEAST || (unseen * 1_000) / spanMs < thresholds['partial.perSecond']) return null;
	// Without resets the connections may have been answered and closed in order.
	if (resets < unseen * RESET_SHARE) return null;
	const asked = instance.backends.filter(
		(backend) => mayBeDialled(backend, clockMs, context.open !== null) && hasReusedConnections(backend, clockMs),
	);
	if (asked.length < 2) return null;
	const isAll = instance.backends.every((backend) => asked.includes(backend) || backend.total === 0);
	const began = instance.track.recent.find((snapshot) => snapshot.clockMs > clockMs - SPAN_MS);
	const names = asked.slice(0, 5).map(({address}) => address);
	return {
		severity: isAll ? 'down' : 'degraded',
		message: `${plural(unseen, 'new connection')} closed at once in ${duration(spanMs)}, without an answer; none lasts at ${names.join(', ')}`,
		hint: `${CLOSED_HINT}; the kernel counts the resets of all backends together, so it is one or more of these`,
		beganMs: (began?.clockMs ?? clockMs) - (began?.sincePreviousMs ?? 0),
		evidence: {closed: unseen, resets, candidates: asked.length},
	};
}

const CLOSED_HINT =
	'something accepts connections and closes them before an answer: a server at its limit of connections, one that crashes on each request, a port that is published for a container that is gone (docker-proxy), a sidecar whose application is not there';

/** Long enough for the seconds that are asked for, where looks are far apart. */
function spanOf({snapshot}: InstanceModel): number {
	return Math.max(SPAN_MS, SECONDS * (snapshot.sincePreviousMs ?? 0) + 500);
}

type Growth = {readonly unseen: number; readonly resets: number; readonly seconds: number; readonly spanMs: number};

function countersOf({instance}: RuleContext): Growth {
	const {clockMs} = instance.snapshot;
	const seconds = new Set<number>();
	let unseen = 0;
	let resets = 0;
	let spanMs = 0;
	for (const snapshot of instance.track.recent) {
		if (snapshot.clockMs <= clockMs - spanOf(instance) || snapshot.sincePreviousMs === null) continue;
		const count = unseenDials(snapshot);
		if (count > 0) seconds.add(Math.floor(snapshot.clockMs / 1_000));
		unseen += count;
		resets += resetsOf(snapshot);
		spanMs += snapshot.sincePreviousMs;
	}
	return {unseen, resets, seconds: seconds.size, spanMs: Math.max(1, spanMs)};
}

/** Established connections that the other end reset. */
function resetsOf({deltas}: Snapshot): number {
	return Math.max(0, (deltas.estabResets ?? 0) - (deltas.outRsts ?? 0));
}

/** It was asked recently, and had hardly a connection at rest at any of the last looks. */
function mayBeDialled(backend: BackendModel, clockMs: number, isTold: boolean): boolean {
	const {lastEstablishedMs} = backend.track;
	if (lastEstablishedMs === null || (!isTold && clockMs - lastEstablishedMs > ASKED_MS)) return false;
	for (const {facts} of looks(backend, clockMs, SPAN_MS)) {
		if (facts === null || facts.connections.established === 0) continue;
		const {info} = facts;
		if (info === null || info.waiting < BUSY_SHARE * (info.sockets - info.streaming - info.spare)) return false;
	}
	return true;
}
