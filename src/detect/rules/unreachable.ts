import {duration} from '../../text/duration.ts';
import {plural} from '../../text/plural.ts';
import {hasProgressed} from '../past.ts';
import type {BackendRule} from '../rule.ts';

/**
The backend's host does not answer: a SYN is sent again after 1 s (TCP_TIMEOUT_INIT), data after the retransmission
timeout (200 ms and doubling), a silent connection is probed (15 s apart by Go). None of these is ever unanswered on a
healthy path. Where something comes back at the same time, it is `loss` or `partial` instead.
*/
export const unreachable: BackendRule = {
	id: 'unreachable',
	scope: 'backend',
	opensAfterMs: 1_000,
	clearsAfterMs: 2_000,
	yieldsTo: ['hung', 'stalled'],
	look({now, connections, track}, {instance, thresholds}) {
		if (now === null) return null;
		const {synRetransmitted, retransmittingTwice, keepaliveUnanswered} = now;
		const isSilent = retransmittingTwice > 0 && retransmittingTwice * 2 >= connections.established;
		const isProbed = keepaliveUnanswered >= thresholds['unreachable.probes'];
		if (synRetransmitted === 0 && !isSilent && !isProbed) return null;
		// Connections that came and went between two looks, as with a backend that closes each one, were answered.
		const hasLived = (now.closed ?? 0) - (now.synVanished ?? 0) > 0 && now.survivors === 0;
		if (hasProgressed(now) || hasLived) return null;
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
			hint: 'the host behind this address answers nothing, not even a refusal: look whether it is up, at its network, route and firewall (packets dropped)',
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
