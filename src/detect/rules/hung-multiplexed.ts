import type {BackendModel} from '../../model/model.ts';
import {duration} from '../../text/duration.ts';
import {plural} from '../../text/plural.ts';
import {hasProgressed, looks, progressShare} from '../past.ts';
import type {RuleContext, Verdict} from '../rule.ts';

/** Something used to come back in nearly every look of this long, or of the shorter time it was watched. */
const STEADY_MS = 20_000;
const STEADY_SHARE = 0.9;
const STEADY_LOOKS = 3;
/** Where requests and answers come several to a second, a shorter silence tells. */
const BUSY_FOR_MS = 1_800;
const BUSY_SPAN_MS = 20_000;
const BUSY_LOOKS = 10;
const BUSY_SEGMENTS = 4;
/** Where no look shows how it used to answer, its silence must be longer than an event stream pauses. */
const UNKNOWN_PAST_MS = 10_000;

/**
Many requests on one connection (HTTP/2, gRPC): which of them waits cannot be told, but a backend that used to send
something in nearly every look and sends nothing any more while it is asked on and on does not answer. How long it has been
silent is the kernel's own age, so a hang that began before the first look is found, too.
*/
export function hungMultiplexed(
	backend: BackendModel,
	{clockMs, silentMs, thresholds}: {clockMs: number; silentMs: number; thresholds: RuleContext['thresholds']},
): Verdict | null {
	const info = backend.now?.info;
	const forAll = thresholds['hung.textFor'];
	const needMs = isBusy(backend, clockMs) ? Math.min(BUSY_FOR_MS, forAll) : forAll;
	if (!info || info.sockets === 0 || info.waiting * 2 > info.sockets) return null;
	const isOwing = info.multiplexed > 0 && info.multiplexedOwing === info.multiplexed;
	const forMs = isOwing ? Math.max(silentMs, info.multiplexedSilentMs ?? 0) : silentMs;
	if (forMs < needMs * 0.9) return null;
	const asked = looksAsked(backend, clockMs, needMs);
	if (asked === null) return null;
	const hasPast = usedToAnswer(backend, clockMs - forMs);
	if (!hasPast && (!isOwing || forMs < UNKNOWN_PAST_MS)) return null;
	const connections = backend.now?.connections.established ?? 0;
	return {
		severity: forMs >= thresholds['hung.down'] ? 'down' : 'degraded',
		message: `${plural(connections, 'connection')} on which requests go out, nothing came back for ${duration(forMs)}`,
		hint: 'its kernel acknowledges requests, its process answers none: it is stopped, deadlocked, or waits for something behind it, or answers now take longer than this; the connections are multiplexed (HTTP/2, gRPC), so single requests cannot be seen from here',
		beganMs: clockMs - forMs,
		evidence: {asked, silentMs: Math.round(forMs), multiplexed: info.multiplexed},
	};
}

/** In how many of the last looks something was sent; null: in too few, or on connections that do not last. */
function looksAsked(backend: BackendModel, clockMs: number, spanMs: number): number | null {
	let asked = 0;
	let looked = 0;
	for (const {facts} of looks(backend, clockMs, spanMs)) {
		// Connections that are new at every look are `churn`: their answers leave no trace.
		if ((facts?.survivors ?? 0) === 0) return null;
		looked++;
		if ((facts?.info?.sentBytes ?? 0) > 0) asked++;
	}
	return asked < Math.min(3, spanMs / 900) || asked < looked / 2 ? null : asked;
}

/** Whether every look of the last half minute, the present left out, shows several answers on multiplexed connections. */
function isBusy(backend: BackendModel, clockMs: number): boolean {
	if ((backend.now?.info?.multiplexed ?? 0) === 0) return false;
	const before = [...looks(backend, clockMs - BUSY_FOR_MS - 1_500, BUSY_SPAN_MS)];
	return (
		before.length >= BUSY_LOOKS &&
		before.every(({facts}) => (facts?.info?.segmentsOut ?? 0) >= BUSY_SEGMENTS && hasProgressed(facts))
	);
}

function usedToAnswer(backend: BackendModel, untilMs: number): boolean {
	const {firstSeenMs, recent} = backend.track;
	const watchedMs = untilMs - firstSeenMs;
	const before = recent.filter(({clockMs}) => clockMs <= untilMs).length;
	if (before < STEADY_LOOKS || (watchedMs < STEADY_MS / 2 && (backend.now?.info?.multiplexed ?? 0) === 0)) return false;
	return progressShare(backend, untilMs, Math.min(STEADY_MS, watchedMs)) >= STEADY_SHARE;
}
