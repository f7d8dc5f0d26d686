import {TIME_WAIT} from '../../parse/tcp-state.ts';
import {percent} from '../../text/count.ts';
import {duration} from '../../text/duration.ts';
import type {AboutRule, BackendRule} from '../rule.ts';

export const aboutPorts = {
	id: 'ports',
	meaning: 'local ports towards this backend are running out',
	thresholds: {
		share: {value: 0.8, unit: 'share', about: 'share of the ephemeral ports in use towards one backend'},
	},
	metric: 'timeWait',
	columns: ['TW'],
	sockets: ({state}) => state === TIME_WAIT,
} as const satisfies AboutRule;

const SLOPE_MS = 60_000;

/**
Every connection to one remote address and port needs a local port of its own, TIME_WAIT rows included; at the end of
the range connect() fails with EADDRNOTAVAIL.
*/
export const ports: BackendRule = {
	id: aboutPorts.id,
	scope: 'backend',
	opensAfterMs: 0,
	clearsAfterMs: 5_000,
	yieldsTo: [],
	look({now, track}, {instance, thresholds}) {
		const range = instance.snapshot.ports;
		if (now === null || range === null) return null;
		const size = range.high - range.low + 1;
		const share = now.localPorts / size;
		if (share < thresholds['ports.share']) return null;
		const {clockMs} = instance.snapshot;
		const then = track.recent.find((sample) => sample.clockMs >= clockMs - SLOPE_MS && sample.facts !== null);
		const perMs = then?.facts ? (now.localPorts - then.facts.localPorts) / Math.max(1, clockMs - then.clockMs) : 0;
		const leftMs = perMs > 0 ? (size - now.localPorts) / perMs : null;
		const left = share >= 1 ? '' : leftMs === null ? ', not growing' : `, full in ${duration(leftMs)}`;
		return {
			severity: share >= 1 ? 'down' : 'degraded',
			message: `${now.localPorts} of ${size}${range.isAssumed ? ' (assumed)' : ''} local ports in use, ${percent(Math.min(1, share))}${left}`,
			hint: 'connections to this backend are not reused, and each keeps its port for 60 s after Traefik closed it: raise maxIdleConnsPerHost, widen net.ipv4.ip_local_port_range, or find what closes them',
			beganMs: clockMs,
			evidence: {localPorts: now.localPorts, range: size, ...(leftMs === null ? {} : {leftMs: Math.round(leftMs)})},
		};
	},
};
