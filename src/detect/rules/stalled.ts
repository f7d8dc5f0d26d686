import {duration} from '../../text/duration.ts';
import {plural} from '../../text/plural.ts';
import {withoutAnswerMs} from '../past.ts';
import type {BackendRule} from '../rule.ts';

/**
Data that Traefik has for the backend stays: the backend's window is shut (timer 4, zero-window probes) because its
process does not read, or what was sent is not acknowledged although nothing is retransmitted.
*/
export const stalled: BackendRule = {
	id: 'stalled',
	scope: 'backend',
	opensAfterMs: 0,
	clearsAfterMs: 2_000,
	yieldsTo: ['unreachable', 'hung'],
	look(backend, {instance, thresholds}) {
		const {now} = backend;
		if (now === null) return null;
		const {clockMs} = instance.snapshot;
		const shutMs = now.oldestZeroWindowMs ?? 0;
		const isShut = now.zeroWindow > 0 && shutMs >= thresholds['stalled.for'];
		const unsentMs = now.retransmittingOnce === 0 ? (now.oldestUnsentMs ?? 0) : 0;
		if (!isShut && unsentMs < thresholds['stalled.unsent']) return null;
		const forMs = Math.max(isShut ? shutMs : 0, unsentMs);
		const sockets = isShut ? now.zeroWindow : now.unsentSockets;
		const isDown = withoutAnswerMs(backend, clockMs) >= 5_000 && forMs >= 5_000;
		return {
			severity: isDown ? 'down' : 'degraded',
			message: `${plural(sockets, 'connection')} on which the backend does not read, ${duration(forMs)}`,
			hint: 'the backend’s receive window is shut: its process does not read what Traefik sends; look at what blocks it (disk, a full queue, a stopped thread)',
			beganMs: clockMs - forMs,
			evidence: {zeroWindow: now.zeroWindow, unsent: now.unsentSockets, txQueueBytes: now.txQueueBytes},
		};
	},
};
