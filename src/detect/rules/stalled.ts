import type {BackendModel} from '../../model/model.ts';
import {duration} from '../../text/duration.ts';
import {plural} from '../../text/plural.ts';
import {hasProgressed, sumOf, withoutAnswerMs} from '../past.ts';
import type {AboutRule, BackendRule, RuleContext, Verdict} from '../rule.ts';

export const aboutStalled = {
	id: 'stalled',
	meaning: 'sent data is not acknowledged, or the backend does not read it',
	thresholds: {
		for: {value: 2_000, unit: 'ms', about: 'time for which the other end does not read'},
		unsent: {
			value: 3_000,
			unit: 'ms',
			about: 'time for which data is sent again without an acknowledgement while other connections work',
		},
	},
	metric: 'retransmitting',
	columns: ['WAIT', 'RTX'],
	sockets: ({txQueue, timer}) => txQueue > 0 || timer === 4,
	ownEnd: ['unanswered'],
} as const satisfies AboutRule;

/** Fewer dead flows may be bad luck on a path that loses a lot. */
const FEW = 2;
const FEW_FOR_MS = 10_000;
const LOST_SPAN_MS = 5_000;
/** More requests than this wait beside a shut window: the process has stopped, not just this reading. */
const OTHERS_WAITING = 3;

/**
Data that Traefik has for the backend does not move, although the host is there. Either the window is shut (timer 4):
its kernel acknowledges, its process does not read. Or what was sent is sent again and again without an acknowledgement
while other connections work. A send queue that is not empty says nothing: a transfer always has one, and it moves.
*/
export const stalled: BackendRule = {
	id: aboutStalled.id,
	scope: 'backend',
	opensAfterMs: 0,
	clearsAfterMs: 2_000,
	yieldsTo: ['unreachable', 'hung'],
	look(backend, context) {
		return unread(backend, context) ?? unacknowledged(backend, context);
	},
};

function unread(backend: BackendModel, {instance, thresholds}: RuleContext): Verdict | null {
	const {now} = backend;
	const forMs = now?.oldestZeroWindowMs ?? 0;
	if (now === null || now.zeroWindow === 0 || forMs < thresholds['stalled.for']) return null;
	const {clockMs} = instance.snapshot;
	const silentMs = withoutAnswerMs(backend, clockMs);
	const waiting = now.info?.waiting ?? 0;
	// Nothing is answered at all: `hung` says more.
	if (waiting >= now.zeroWindow + OTHERS_WAITING && silentMs >= thresholds['hung.textFor']) return null;
	const isDown = silentMs >= 5_000 && forMs >= 5_000;
	return {
		severity: isDown ? 'down' : 'degraded',
		message: `${plural(now.zeroWindow, 'connection')} on which the backend does not read, ${duration(forMs)}`,
		hint: 'the backend’s receive window is shut: its process does not read what Traefik sends; look at what blocks it (disk, a full queue, a stopped thread)',
		beganMs: clockMs - forMs,
		evidence: {zeroWindow: now.zeroWindow, unsent: now.unsentSockets, txQueueBytes: now.txQueueBytes},
	};
}

/** Flows that nobody acknowledges any more, beside others that work. */
function unacknowledged(backend: BackendModel, {instance, thresholds}: RuleContext): Verdict | null {
	const {now} = backend;
	const sockets = now?.retransmittingTwice ?? 0;
	const forMs = now?.oldestUnsentMs ?? 0;
	// Where dials go unanswered, too, these may be connections that were never accepted: `partial`.
	if (now === null || sockets === 0 || now.synRetransmittedYoung > 0 || forMs < thresholds['stalled.unsent'])
		return null;
	if (sockets < FEW && forMs < FEW_FOR_MS) return null;
	const {clockMs} = instance.snapshot;
	const works = hasProgressed(now) || (now.connected ?? 0) > 0;
	const recovered = sumOf(backend, clockMs, LOST_SPAN_MS, ({info}) => info?.segmentsRetransmitted ?? 0);
	if (!works || recovered >= sockets) return null;
	const isForgotten = now.youngestStuckMs !== null && now.youngestStuckMs > forMs + 1_000;
	const isWhole = now.stuckWhole * 2 >= sockets;
	return {
		severity: 'degraded',
		message: `${plural(sockets, isForgotten && !isWhole ? 'old connection' : 'connection')} on which nothing is acknowledged for ${duration(forMs)}, while others work`,
		hint: isWhole
			? 'small packets pass and large ones do not: an MTU that is too small on the way (tunnel, VPN) and no ICMP to say so; try ping -M do -s 1400'
			: isForgotten
				? 'old connections are dead and new ones work: a firewall, NAT or load balancer on the way has forgotten them (restarted, failed over, idle timeout), or this is one of several hosts behind an address and that one is gone'
				: 'a part of the flows is dropped on the way: look at firewalls and at whether several hosts are behind this address',
		beganMs: clockMs - forMs,
		evidence: {unacknowledged: sockets, whole: now.stuckWhole, oldestMs: Math.round(forMs)},
	};
}
