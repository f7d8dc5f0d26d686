/** ICMP "destination unreachable": a router or a firewall says outright what a silent drop leaves to be guessed. */
import type {InstanceModel} from '../model/model.ts';
import {plural} from '../text/plural.ts';
import type {RuleContext} from './rule.ts';

const SPAN_MS = 10_000;

/** The hint where this host's own kernel refuses. */
export const NO_WAY =
	'this host itself cannot reach the address (no route, or nobody answers ARP for it): check whether the host is up and in this network';

export type Refusals = {
	/** Received in the last 10 s, those that this host sent itself left out. */
	readonly fromOthers: number;
	/** Sent by this host's own kernel: no route, or nobody answers ARP for the address. */
	readonly own: number;
};

/** The counters are the namespace's and not TCP's alone: a name server that is gone counts, too. */
export function icmpRefusals({snapshot, track}: InstanceModel): Refusals {
	let fromOthers = 0;
	let own = 0;
	for (const {clockMs, deltas} of track.recent) {
		if (clockMs <= snapshot.clockMs - SPAN_MS) continue;
		const received = deltas.inDestUnreachs ?? 0;
		const sent = Math.min(received, deltas.outDestUnreachs ?? 0);
		own += sent;
		fromOthers += received - sent;
	}
	return {fromOthers, own};
}

/** What to say of refused dials that ICMP refused, and not the backend's own kernel; null: nothing says so. */
export function icmpHint({instance, dials}: RuleContext): string | null {
	const {fromOthers, own} = icmpRefusals(instance);
	const {count} = dials.refusedSince(instance.snapshot.clockMs - SPAN_MS);
	if (count === 0 || (fromOthers + own) * 2 < count) return null;
	if (own > fromOthers) return NO_WAY;
	return `${plural(fromOthers, 'ICMP message')} in 10 s said “destination unreachable”: it is a firewall or router that refuses, or the host’s own firewall (REJECT), and not a process that is gone; look at their rules`;
}
