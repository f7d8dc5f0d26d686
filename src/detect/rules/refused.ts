import type {BackendModel} from '../../model/model.ts';
import {duration} from '../../text/duration.ts';
import {greatest, least} from '../../text/greatest.ts';
import {plural} from '../../text/plural.ts';
import {type Outage, outages, refusedShareBefore} from '../ended.ts';
import {isDialling} from '../evidence-sockets.ts';
import {icmpHint} from '../icmp.ts';
import {hasAnsweredSince} from '../past.ts';
import type {AboutRule, BackendRule, Fall, InstanceRule, RefusedDials, RuleContext, Verdict} from '../rule.ts';

export const aboutRefused = {
	id: 'refused',
	meaning: 'dials are refused: nothing listens at that address',
	thresholds: {
		dials: {value: 1, unit: 'sockets', about: 'refused dials since the backend’s last connection was gone'},
		down: {
			value: 3_000,
			unit: 'ms',
			about: 'time for which every dial is refused after which it is down, while another backend answers',
		},
	},
	metric: 'established',
	columns: ['EST', 'REF/s'],
	sockets: isDialling,
	ownEnd: ['absent'],
	failsAtOnce: true,
} as const satisfies AboutRule;

/** Refusals that went on before the backend fell are somebody else's (a provider that is down, another backend). */
const BEFORE_MS = 60_000;
/** This many standard deviations more than expected of them, and they are not theirs alone. */
const DEVIATIONS = 3;
/** Where several may be refusing, each should have been dialled about this often by turns: those that work would have shown. */
const TURNS = 2;
/** One request may dial this often: Go tries again, and so does Traefik’s retry. */
const DIALS_A_REQUEST = 4;
/** No refused dial for this long: Traefik has stopped trying, or somebody listens again. */
const TRYING_MS = 20_000;
/** Where others dial from the same namespace, more must be refused before it counts. */
const SHARED_DIALS = 3;

/** Refused dials that belong to a fall at `atMs`; null when they do not stand out from those before it. */
function refusedSinceFall({dials, instance}: RuleContext, atMs: number): RefusedDials | null {
	const {clockMs} = instance.snapshot;
	const since = dials.refusedSince(atMs);
	if (since.lastMs === null || clockMs - since.lastMs > TRYING_MS) return null;
	const earlier = dials.refusedSince(atMs - BEFORE_MS);
	const before = earlier.count - since.count;
	if (before === 0) return since;
	const rateBefore = before / Math.max(1_000, atMs - (earlier.firstMs ?? atMs));
	const expected = rateBefore * Math.max(1_000, clockMs - atMs);
	// Dials come in lumps, so their number spreads more widely than that of independent ones.
	return since.count > expected + DEVIATIONS * Math.sqrt(DIALS_A_REQUEST * (expected + 1)) ? since : null;
}

/** Backends without a connection that may be refusing: refusals rose since, and they gave no sign of life. */
function suspects(context: RuleContext): {backend: BackendModel; fall: Fall; refused: RefusedDials}[] {
	const {dials, instance, thresholds} = context;
	if (dials.fallen.size === 0) return [];
	const needed = Math.max(1, dials.isShared ? SHARED_DIALS : thresholds['refused.dials']);
	const found: {backend: BackendModel; fall: Fall; refused: RefusedDials}[] = [];
	for (const backend of instance.backends) {
		const fall = dials.fallen.get(backend.address);
		if (fall === undefined || hasAnsweredSince(backend, fall.atMs)) continue;
		const refused = refusedSinceFall(context, fall.atMs);
		if (refused !== null && refused.count >= needed) found.push({backend, fall, refused});
	}
	return found;
}

const HINT =
	'nothing listens on this address and port: the process is gone or restarting, or the port is wrong; look at the process, its log and its exit code';

/** One refused dial may be a restart that is over when it is seen; two are a backend that refuses. */
const CERTAIN_DIALS = 2;
/** Where a share is refused anyway, so unlikely must a row of refusals be. */
const UNLIKELY = 0.001;
const SHARE_SPAN_MS = 15_000;
const MOST_SHARE = 0.8;
/** Another backend that has answered this lately still serves. */
const SERVING_MS = 5_000;
/** Said for this long after the first answer: a process that is restarted again and again is down between. */
const AFTERWARDS_MS = 1_600;
/** After two outages the next one is awaited for this many times the distance of the last two, up to … */
const NEXT_OUTAGE_TIMES = 1.5;
const SECOND_OUTAGE_MS = 6_000;
/** … and after three up to … */
const NEXT_OUTAGE_MS = 30_000;
const LOOP_OUTAGES = 3;

/**
From the endings: each refused dial has its backend's address. None was answered since, and some were refused lately; a row of
outages is a crash loop, one finding.
*/
function byEndings(backend: BackendModel, context: RuleContext): Verdict | null {
	const {clockMs} = context.instance.snapshot;
	const all = outages(backend, clockMs).filter(({isRefusing}) => isRefusing);
	const last = all.at(-1);
	if (last === undefined) return null;
	if (last.endedMs !== null) {
		const isFollowed = context.open !== null || all.length >= LOOP_OUTAGES;
		return isFollowed && clockMs - last.endedMs <= awaitedMs(all) ? answersAgain(all, last, clockMs) : null;
	}
	const likely = context.open === null ? likelyRow(backend, last.beganMs) : 1;
	const needed = Math.max(1, context.thresholds['refused.dials'], likely);
	if (last.refused < needed || clockMs - last.lastMs > TRYING_MS) return null;
	const forMs = clockMs - last.beganMs;
	const loop =
		all.length >= LOOP_OUTAGES
			? `down for the ${ordinal(all.length)} time in ${duration(clockMs - beganOf(all))}; `
			: '';
	const left = backend.connections.established === 0 ? ', no connection left' : '';
	const hasWorked = backend.track.lastAnswerMs !== null;
	const mayBeRestart = hasWorked && forMs < context.thresholds['refused.down'] && all.length < LOOP_OUTAGES;
	return {
		// a deployment looks the same for its first seconds, and other replicas serve meanwhile (docs/adr/0007)
		severity: mayBeRestart && othersServe(backend, context) ? 'degraded' : 'down',
		message: `${loop}${plural(last.refused, 'dial')} refused${forMs >= 1000 ? ` in ${duration(forMs)}` : ''}${left}${doubt(last)}`,
		hint: HINT,
		beganMs: last.beganMs,
		evidence: {refused: last.refused, outages: all.length, shared: last.isShared ? 1 : 0},
		isCertain: last.refused >= Math.max(needed, CERTAIN_DIALS),
	};
}

function othersServe(backend: BackendModel, {instance}: RuleContext): boolean {
	const {clockMs} = instance.snapshot;
	return instance.backends.some(
		(other) =>
			other !== backend &&
			hasAnsweredSince(other, clockMs - SERVING_MS) &&
			outages(other, clockMs).at(-1)?.endedMs !== null,
	);
}

function ordinal(count: number): string {
	const ending = count % 100 > 10 && count % 100 < 14 ? 'th' : (['th', 'st', 'nd', 'rd'][count % 10] ?? 'th');
	return `${count}${ending}`;
}

/** How many dials in a row may be refused by chance, as many as were before. */
function likelyRow(backend: BackendModel, beganMs: number): number {
	const share = Math.min(MOST_SHARE, refusedShareBefore(backend, beganMs, SHARE_SPAN_MS));
	return share === 0 ? 1 : Math.log(UNLIKELY) / Math.log(share);
}

function beganOf(all: readonly Outage[]): number {
	return all[0]?.beganMs ?? 0;
}

function awaitedMs(all: readonly Outage[]): number {
	const [before, last] = all.slice(-2);
	if (before === undefined || last === undefined) return AFTERWARDS_MS;
	const most = all.length < LOOP_OUTAGES ? SECOND_OUTAGE_MS : NEXT_OUTAGE_MS;
	return Math.max(AFTERWARDS_MS, Math.min(most, NEXT_OUTAGE_TIMES * (last.beganMs - before.beganMs)));
}

function answersAgain(all: readonly Outage[], last: Outage, clockMs: number): Verdict {
	const dials = all.reduce((sum, {refused}) => sum + refused, 0);
	const isLoop = all.length >= LOOP_OUTAGES;
	return {
		severity: 'degraded',
		message: isLoop
			? `restarted ${all.length} times in ${duration(clockMs - beganOf(all))}, ${plural(dials, 'dial')} refused; answers now`
			: `${plural(last.refused, 'dial')} refused, answers again`,
		hint: HINT,
		beganMs: last.beganMs,
		evidence: {refused: last.refused, outages: all.length, shared: last.isShared ? 1 : 0},
	};
}

function doubt({isShared}: Outage): string {
	return isShared
		? ' (other processes of this namespace dial this backend, too: some of these dials may be theirs)'
		: '';
}

/**
Dials answered with RST. They never show in a table that is read once a second. The kernel tells of each when its socket
ends. Where those notices are not to be had, it still counts them for the whole namespace (dials.ts): then this is said of a
backend only if it alone fell to no connection, without Traefik closing them.
*/
export const refused: BackendRule = {
	id: aboutRefused.id,
	scope: 'backend',
	opensAfterMs: 1_000,
	clearsAfterMs: 1_000,
	yieldsTo: ['crash-loop'],
	look(backend, context) {
		const {dials, instance} = context;
		const told = byEndings(backend, context);
		if (told !== null) return told;
		if (!dials.fallen.has(backend.address)) return null;
		const [suspect, ...others] = suspects(context);
		if (suspect?.backend !== backend || others.length > 0) return null;
		const {fall} = suspect;
		const {count} = suspect.refused;
		const ageMs = instance.snapshot.clockMs - fall.atMs;
		return {
			severity: 'down',
			message: `${plural(count, 'dial')} refused${ageMs >= 1000 ? ` in ${duration(ageMs)}` : ''}, no connection left`,
			hint: icmpHint(context) ?? HINT,
			beganMs: fall.atMs,
			evidence: {refused: count, lost: fall.lost, shared: dials.isShared ? 1 : 0},
		};
	},
};

/** The same where several backends fell: the counters cannot say which of them refuses. */
export const refusedSomewhere: InstanceRule = {
	id: aboutRefused.id,
	scope: 'instance',
	opensAfterMs: 1_000,
	clearsAfterMs: 2_000,
	yieldsTo: [],
	look(context) {
		const all = suspects(context);
		if (all.length < 2) return null;
		const atMs = least(all.map(({fall}) => fall.atMs));
		const count = greatest(all.map(({refused}) => refused.count));
		const looks = greatest(all.map(({refused}) => refused.looks));
		const turns = TURNS * all.length;
		if (count < turns * DIALS_A_REQUEST && looks <= turns) return null;
		const names = all
			.slice(0, 5)
			.map(({backend}) => backend.address)
			.join(', ');
		return {
			severity: 'down',
			message: `${plural(count, 'dial')} refused; without a connection: ${names}`,
			hint: `${icmpHint(context) ?? HINT}; the kernel counts refusals for all backends together, so it is one or more of these`,
			beganMs: atMs,
			evidence: {refused: count, candidates: all.length},
		};
	},
};
