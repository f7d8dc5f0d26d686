import type {InstanceModel} from '../../model/model.ts';
import {duration} from '../../text/duration.ts';
import {plural} from '../../text/plural.ts';
import {isDialling, isRepeating} from '../evidence-sockets.ts';
import {icmpRefusals, NO_WAY} from '../icmp.ts';
import {hostAnswers, isLeftOver} from '../life.ts';
import {hasProgressed} from '../past.ts';
import type {AboutRule, BackendRule} from '../rule.ts';

export const aboutUnreachable = {
	id: 'unreachable',
	meaning: 'dials and data are not answered at all: host, route or firewall',
	thresholds: {
		dials: {
			value: 2,
			unit: 'sockets',
			about: 'sockets that retransmit unanswered at which one look suffices',
		},
		probes: {value: 1, unit: 'sockets', about: 'connections whose keep-alive probes go unanswered'},
	},
	metric: 'synSent',
	columns: ['SYN', 'RTX'],
	sockets: (socket) => isDialling(socket) || isRepeating(socket),
	ownEnd: ['unanswered', 'absent'],
} as const satisfies AboutRule;

/**
The backend's host does not answer: a SYN is sent again after 1 s (TCP_TIMEOUT_INIT), data after the retransmission
timeout (200 ms and doubling), a silent connection is probed (15 s apart by Go). None of these is ever unanswered on a
healthy path. Where something comes back at the same time, an acknowledgement on another connection included, the host is
there, and it is `hung`, `partial`, `stalled` or `loss` instead.
*/
export const unreachable: BackendRule = {
	id: aboutUnreachable.id,
	scope: 'backend',
	opensAfterMs: 1_000,
	clearsAfterMs: 2_000,
	yieldsTo: ['crash-loop', 'hung', 'overload', 'stalled'],
	look(backend, {instance, thresholds}) {
		const {now, connections, track} = backend;
		if (now === null) return null;
		const {synRetransmitted, retransmittingTwice, keepaliveUnanswered} = now;
		const isSilent = retransmittingTwice > 0 && retransmittingTwice * 2 >= connections.established;
		const isProbed = keepaliveUnanswered >= thresholds['unreachable.probes'];
		if (synRetransmitted === 0 && !isSilent && !isProbed) return null;
		// Connections that came and went between two looks, as with a backend that closes each one, were answered.
		const hasLived = (now.closed ?? 0) - (now.synVanished ?? 0) > 0 && now.survivors === 0;
		if (hasProgressed(now) || hasLived || hostAnswers(now)) return null;
		if (isLeftOver(backend, now, instance.snapshot.clockMs)) return null;
		const isOld = (track.lastUsedMs ?? 0) > instance.snapshot.clockMs - 1;
		if (synRetransmitted > 0 && !isSilent && !isProbed && isOld && now.used > now.synRetransmitted) {
			if (now.info !== null && now.info.waiting === 0) return null;
		}
		const stuck = synRetransmitted + (isSilent ? retransmittingTwice : 0);
		const ageMs = Math.max(now.oldestSynSentMs ?? 0, now.oldestUnsentMs ?? 0, now.info?.oldestWaitMs ?? 0);
		const parts: string[] = [];
		if (connections.synSent > 0) parts.push(`${plural(connections.synSent, 'dial')} unanswered`);
		if (isSilent) parts.push(`${plural(retransmittingTwice, 'connection')} retransmitting`);
		if (isProbed) parts.push(`${plural(keepaliveUnanswered, 'connection')} with unanswered keep-alive probes`);
		return {
			severity: 'down',
			message: `${parts.join(', ')}${ageMs >= 1000 ? ` for ${duration(ageMs)}` : ''}`,
			hint: hintOf(instance),
			beganMs: instance.snapshot.clockMs - ageMs,
			evidence: {
				synSent: connections.synSent,
				synRetransmitted,
				retransmitting: retransmittingTwice,
				keepaliveUnanswered,
				oldestMs: Math.round(ageMs),
			},
			isCertain: stuck >= thresholds['unreachable.dials'],
		};
	},
};

function hintOf(instance: InstanceModel): string {
	const {fromOthers, own} = icmpRefusals(instance);
	if (fromOthers > 0) {
		return `${plural(fromOthers, 'ICMP message')} in 10 s said “destination unreachable”: a router has no route to this address, or a firewall prohibits it; look at routes and firewalls on the way`;
	}
	if (own > 0) return NO_WAY;
	return 'the host behind this address answers nothing, not even a refusal: check whether it is up, at its network, route and firewall (packets dropped)';
}
