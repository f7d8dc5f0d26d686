import {plural} from '../../text/plural.ts';
import {hasProgressed, sumOf} from '../past.ts';
import type {BackendRule, InstanceRule} from '../rule.ts';

const SPAN_MS = 3_000;

/**
Dials refused while every known backend has connections: the share that averages hide, or something that Traefik dials
for itself. The counters are the namespace's, so it is the instance's finding.
*/
export const partial: InstanceRule = {
	id: 'partial',
	scope: 'instance',
	opensAfterMs: 1_000,
	clearsAfterMs: 3_000,
	yieldsTo: ['refused'],
	look({dials, instance, thresholds}) {
		if (dials.fallen.size > 0 || dials.isShared) return null;
		const {clockMs} = instance.snapshot;
		const since = instance.track.recent.find((snapshot) => snapshot.clockMs > clockMs - SPAN_MS);
		const spanMs = Math.max(1_000, clockMs - (since?.clockMs ?? clockMs) + (since?.sincePreviousMs ?? 0));
		const {count: refused} = dials.refusedSince(clockMs - SPAN_MS + 1);
		if (refused < 2 || (refused * 1_000) / spanMs < thresholds['partial.perSecond']) return null;
		let opened = 0;
		for (const snapshot of instance.track.recent) {
			if (snapshot.clockMs > clockMs - SPAN_MS) opened += snapshot.deltas.activeOpens ?? 0;
		}
		const dialling = instance.backends
			.filter((backend) => (backend.now?.opened ?? 0) > 0)
			.map((backend) => backend.address)
			.slice(0, 5);
		return {
			severity: 'degraded',
			message: `${plural(refused, 'dial')} of ${opened} refused while others succeed`,
			hint: `a listener behind one of the addresses is full, restarting or missing on some ports; Traefik dials ${dialling.join(', ') || 'none of the known backends'} now`,
			beganMs: clockMs - spanMs,
			evidence: {refused, dials: opened, share: opened === 0 ? 1 : refused / opened},
		};
	},
};

/** Dials of one backend that go unanswered while others of it succeed. */
export const partialDials: BackendRule = {
	id: 'partial',
	scope: 'backend',
	opensAfterMs: 1_000,
	clearsAfterMs: 4_000,
	yieldsTo: ['unreachable', 'hung', 'loss'],
	look(backend, {instance}) {
		const {clockMs} = instance.snapshot;
		const {now, connections} = backend;
		const retransmitted = sumOf(backend, clockMs, SPAN_MS, (facts) => facts.synRetransmitted);
		if (now === null || retransmitted < 2) return null;
		const lived = sumOf(backend, clockMs, SPAN_MS, (facts) => (facts.closed ?? 0) - (facts.synVanished ?? 0));
		if (!hasProgressed(now) && lived <= 0) return null;
		return {
			severity: 'degraded',
			message: `${plural(now.synRetransmitted, 'dial')} of ${connections.synSent + (now.openedLive ?? 0)} sent again while others succeed`,
			hint: 'some SYNs are dropped on the way or by the backend’s full accept queue: look at ListenOverflows and ListenDrops there, and at packet loss',
			beganMs: clockMs - (now.oldestSynSentMs ?? 0),
			evidence: {synRetransmitted: now.synRetransmitted, synSent: connections.synSent},
		};
	},
};
