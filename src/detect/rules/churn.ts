import type {BackendModel} from '../../model/model.ts';
import {TIME_WAIT} from '../../parse/tcp-state.ts';
import {rate} from '../../text/count.ts';
import {endedWithin} from '../ended.ts';
import {looks, sumOf} from '../past.ts';
import {hasReusedConnections} from '../reuse.ts';
import type {AboutRule, BackendRule, RuleContext, Verdict} from '../rule.ts';
import {unseenDials} from '../unseen-dials.ts';

export const aboutChurn = {
	id: 'churn',
	meaning: 'connections are opened again and again and none survives: no keep-alive',
	thresholds: {
		perSecond: {value: 5, unit: 'perSecond', about: 'connections opened a second none of which survives'},
	},
	metric: 'opened',
	columns: ['NEW/s'],
	sockets: ({state}) => state === TIME_WAIT,
} as const satisfies AboutRule;

/** A backend that used to keep its connections is told so soon. */
const SPAN_MS = 2_900;
/** One that never did is a habit: it is told once, and stays told. */
const HABIT_MS = 15_000;
/** Reuse of so few connections, as a share of those opened, is none: long polls that end, say. */
const REUSED_SHARE = 0.1;
/** So much less is enough to stay told. */
const STAYS = 0.5;
/** A backend without a row for this long is not the one that is dialled. */
const IDLE_MS = 60_000;
/** At this share of the closes it is this end that closes first. */
const OWN_SHARE = 0.5;

const BACKEND_CLOSES =
	'the backend (or a proxy before it) closes every connection: look for “Connection: close”, HTTP/1.0, a keep-alive limit, or a crash after each request';
const TRAEFIK_CLOSES =
	'Traefik’s end closes first (TIME_WAIT): its keep-alive is off (maxIdleConnsPerHost of the serversTransport), answers say “Connection: close”, or it gives up on the connection itself (TLS: a certificate that it refuses); its log says which';

/**
Connections are opened all the time and none is used again: each request pays for a handshake. It is an alarm only when the
backend did otherwise before; one that always closed is a notice. Who closed first shows by who keeps the TIME_WAIT.
*/
export const churn: BackendRule = {
	id: aboutChurn.id,
	scope: 'backend',
	opensAfterMs: 0,
	clearsAfterMs: 3_000,
	yieldsTo: ['crash-loop', 'refused', 'premature-close', 'unreachable', 'hung', 'partial', 'leak'],
	look(backend, context) {
		return suddenly(backend, context) ?? always(backend, context);
	},
};

function suddenly(backend: BackendModel, context: RuleContext): Verdict | null {
	const {clockMs} = context.instance.snapshot;
	const perSecond = openedUnsurvived(backend, context);
	if (perSecond === null || perSecond < context.thresholds['churn.perSecond']) return null;
	if (context.open?.severity !== 'degraded' && !hasReusedConnections(backend, clockMs)) return null;
	return verdict(backend, context, {severity: 'degraded', perSecond, spanMs: SPAN_MS});
}

/** The same on average over longer, whatever single looks show: survivors are requests under way, not connections kept. */
function always(backend: BackendModel, context: RuleContext): Verdict | null {
	const {open, thresholds, instance} = context;
	if (open?.severity === 'degraded') return null;
	const {clockMs} = instance.snapshot;
	let opened = 0;
	let reused = 0;
	let spanMs = 0;
	let unseen = 0;
	const isOnly = turnsOverAlone(backend, context);
	for (const {facts, snapshot} of looks(backend, clockMs, HABIT_MS)) {
		if (snapshot.sincePreviousMs === null) break;
		opened += facts?.opened ?? 0;
		reused += facts?.moved ?? 0;
		spanMs += snapshot.sincePreviousMs;
		if (isOnly && opened > 0) unseen += unseenDials(snapshot);
	}
	if (opened === 0 || spanMs < HABIT_MS * 0.8 || reused > REUSED_SHARE * (opened + unseen)) return null;
	const perSecond = ((opened + unseen) * 1_000) / spanMs;
	const isStill = open !== null && perSecond >= thresholds['churn.perSecond'] * STAYS;
	if (perSecond < thresholds['churn.perSecond'] && !isStill) return null;
	return verdict(backend, context, {severity: 'notice', perSecond, spanMs});
}

function verdict(
	backend: BackendModel,
	{instance}: RuleContext,
	{severity, perSecond, spanMs}: {severity: 'degraded' | 'notice'; perSecond: number; spanMs: number},
): Verdict {
	const {clockMs} = instance.snapshot;
	const own = sumOf(backend, clockMs, spanMs, ({ownCloses}) => ownCloses);
	const closer = whoCloses(backend, clockMs);
	const isOwn = closer === null ? own * 1_000 >= OWN_SHARE * perSecond * spanMs : closer === 'Traefik';
	return {
		severity,
		message: `${rate(perSecond)} connections a second, none lasts${closer === null ? '' : `; ${closer} closes them`}`,
		hint: isOwn ? TRAEFIK_CLOSES : BACKEND_CLOSES,
		beganMs: clockMs - spanMs,
		evidence: {perSecond: Math.round(perSecond * 10) / 10, closedByTraefik: own},
	};
}

/** From here on it is one end’s doing: at “Connection: close” both close at about the same time, and either may be first. */
const ALL_SHARE = 0.9;
const CLOSER_SPAN_MS = 5_000;
const LEAST_ENDED = 5;

/** Whose end closes first, from the kernel’s notices; null: they are not to be had, or it is now this end, now that one. */
function whoCloses(backend: BackendModel, clockMs: number): 'Traefik' | 'the backend' | null {
	const sum = endedWithin(backend, clockMs, CLOSER_SPAN_MS);
	if (sum === null || sum.closed < LEAST_ENDED) return null;
	const ownShare = sum.ownClosed / sum.closed;
	if (ownShare >= ALL_SHARE) return 'Traefik';
	return ownShare < 1 - OWN_SHARE ? 'the backend' : null;
}

/**
Connections opened a second over the last looks, none of which had a survivor; null: some survived. Most live and die
between two looks and leave no row: those of the namespace that nobody has a row for count as this backend's if it is the
only one that turns its connections over.
*/
function openedUnsurvived(backend: BackendModel, context: RuleContext): number | null {
	const {instance, dials} = context;
	const {clockMs} = instance.snapshot;
	let opened = 0;
	let spanMs = 0;
	for (const {facts, snapshot} of looks(backend, clockMs, SPAN_MS)) {
		if (facts === null || snapshot.sincePreviousMs === null || (facts.survivors ?? 1) > 0) return null;
		opened += facts.opened ?? 0;
		spanMs += snapshot.sincePreviousMs;
	}
	if (spanMs < SPAN_MS * 0.8 || opened === 0) return null;
	if (!turnsOverAlone(backend, context)) return (opened * 1_000) / spanMs;
	return (opened * 1_000) / spanMs + ((dials.unseen ?? 0) * 1_000) / (instance.snapshot.sincePreviousMs ?? 1_000);
}

/** Whether dials that leave no row can be no other backend's: the others keep their connections, and nobody else dials. */
function turnsOverAlone(backend: BackendModel, {instance, dials}: RuleContext): boolean {
	if (dials.isShared || (backend.now?.opened ?? 0) === 0) return false;
	const {clockMs} = instance.snapshot;
	return instance.backends.every(
		(other) => other === backend || (other.now?.survivors ?? 0) > 0 || isLongIdle(other, clockMs),
	);
}

function isLongIdle({now, track}: BackendModel, clockMs: number): boolean {
	return now === null && clockMs - (track.lastEstablishedMs ?? 0) > IDLE_MS;
}
