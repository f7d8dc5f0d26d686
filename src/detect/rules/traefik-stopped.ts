import {plural} from '../../text/plural.ts';
import type {AboutRule, InstanceRule} from '../rule.ts';

export const aboutTraefikStopped = {
	id: 'traefik-stopped',
	meaning: 'Traefik does not accept its own clients',
	thresholds: {
		for: {value: 2_000, unit: 'ms', about: 'time for which Traefik accepts none of its clients'},
	},
	metric: null,
	columns: [],
} as const satisfies AboutRule;

const MANY = 50;

/**
Clients wait in the accept queue of Traefik's own listener (rx_queue of its LISTEN row) look after look: a running
Traefik empties it within microseconds.
*/
export const traefikStopped: InstanceRule = {
	id: aboutTraefikStopped.id,
	scope: 'instance',
	opensAfterMs: 'traefik-stopped.for',
	clearsAfterMs: 1_000,
	yieldsTo: [],
	look({instance}) {
		const queued = instance.listeners.reduce((sum, listener) => sum + listener.acceptQueue, 0);
		if (queued === 0) return null;
		const before = instance.track.recent.at(-2)?.listeners.reduce((sum, listener) => sum + listener.acceptQueue, 0);
		const listener = instance.listeners.toSorted((a, b) => b.acceptQueue - a.acceptQueue)[0];
		return {
			severity: 'down',
			message: `${plural(queued, 'client')} not accepted on ${listener?.address ?? '?'}`,
			hint: 'Traefik does not accept its own clients: it is stopped, starved of CPU, or out of file descriptors; look at its process state and its log',
			beganMs: instance.snapshot.clockMs,
			evidence: {acceptQueue: queued},
			isCertain: queued >= MANY && before !== undefined && before > 0 && queued > before,
		};
	},
};
