import {plural} from '../../text/plural.ts';
import {isCrashLooping} from '../crashes.ts';
import {sumOf} from '../past.ts';
import type {InstanceRule, RuleContext} from '../rule.ts';

const SPAN_MS = 3_000;
const SHARE_SPAN_MS = 10_000;
const SEEN_SHARE = 0.15;

/**
Dials refused while every known backend has connections: the share that averages hide, or something that Traefik dials
for itself. The counters are the namespace's, so it is the instance's finding.
*/
export const partialSomewhere: InstanceRule = {
	id: 'partial',
	scope: 'instance',
	opensAfterMs: 'partial.refusedFor',
	clearsAfterMs: 3_000,
	yieldsTo: ['refused'],
	look(context) {
		const {dials, instance, thresholds} = context;
		if (dials.fallen.size > 0 || dials.isShared) return null;
		const {clockMs} = instance.snapshot;
		const since = instance.track.recent.find((snapshot) => snapshot.clockMs > clockMs - SPAN_MS);
		const spanMs = Math.max(1_000, clockMs - (since?.clockMs ?? clockMs) + (since?.sincePreviousMs ?? 0));
		// What was refused before a backend came back is explained.
		const {count: refused} = dials.refusedSince(Math.max(clockMs - SPAN_MS, dials.recoveredMs) + 1);
		if (refused < 2 || (refused * 1_000) / spanMs < thresholds['partial.perSecond']) return null;
		if (instance.backends.some((backend) => isCrashLooping(backend, context))) return null;
		let opened = 0;
		for (const snapshot of instance.track.recent) {
			if (snapshot.clockMs > clockMs - SPAN_MS) opened += snapshot.deltas.activeOpens ?? 0;
		}
		const isOurs = instance.snapshot.attribution === 'namespace' || hasOwnDials(instance, clockMs);
		return {
			severity: isOurs ? 'degraded' : 'notice',
			message:
				opened > refused
					? `${plural(refused, 'dial')} of ${opened} refused while others succeed`
					: `${plural(refused, 'dial')} refused, by no backend that had a connection before`,
			hint: `the kernel counts refusals for all remotes together: a backend that is down since before this watch began, one of several listeners behind an address, or something that Traefik dials for itself; ${dialled(instance)}`,
			beganMs: clockMs - spanMs,
			evidence: {refused, dials: opened, share: opened === 0 ? 1 : refused / opened},
		};
	},
};

/**
Where nobody says that Traefik is alone in its namespace, a fair share of the dials that succeed must be seen to be its
own, live ones among them: those of others leave no row that is taken for Traefik's.
*/
function hasOwnDials({backends, track}: RuleContext['instance'], clockMs: number): boolean {
	let succeeded = 0;
	for (const {clockMs: at, deltas} of track.recent) {
		if (at > clockMs - SHARE_SPAN_MS) succeeded += (deltas.activeOpens ?? 0) - (deltas.attemptFails ?? 0);
	}
	let seen = 0;
	let live = 0;
	for (const backend of backends) {
		seen += sumOf(backend, clockMs, SHARE_SPAN_MS, (facts) => facts.opened);
		live += sumOf(backend, clockMs, SHARE_SPAN_MS, (facts) => facts.openedLive);
	}
	return live > 0 && seen >= SEEN_SHARE * succeeded;
}

function dialled({backends}: RuleContext['instance']): string {
	const addresses = backends.filter((backend) => (backend.now?.opened ?? 0) > 0).map((backend) => backend.address);
	return addresses.length === 0
		? 'no known backend is dialled now'
		: `dialled now: ${addresses.slice(0, 5).join(', ')}`;
}
