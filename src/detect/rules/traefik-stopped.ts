import {plural} from '../../text/plural.ts';
import type {InstanceRule} from '../rule.ts';

const MANY = 50;

/**
Clients wait in the accept queue of Traefik's own listener (rx_queue of its LISTEN row) look after look: a running
Traefik empties it within microseconds.
*/
export const traefikStopped: InstanceRule = {
	id: 'traefik-stopped',
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
