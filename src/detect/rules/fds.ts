import {plural} from '../../text/plural.ts';
import {hasProgressed, looks} from '../past.ts';
import type {BackendRule, InstanceRule} from '../rule.ts';

const SPAN_MS = 3_000;

/**
New connections are never answered while old ones work: the backend's kernel completes the handshake and acknowledges
the request, but its process does not take them from the accept queue, most often because accept() fails with EMFILE.
*/
export const fds: BackendRule = {
	id: 'fds',
	scope: 'backend',
	opensAfterMs: 1_000,
	clearsAfterMs: 3_000,
	yieldsTo: ['hung', 'unreachable', 'stalled'],
	look(backend, {instance, thresholds}) {
		const info = backend.now?.info;
		if (!info || info.youngUnanswered < thresholds['fds.unanswered'] || info.youngAnswered > 0) return null;
		if ((info.oldestWaitMs ?? 0) < thresholds['fds.age']) return null;
		const {clockMs} = instance.snapshot;
		let worked = false;
		for (const {facts} of looks(backend, clockMs, SPAN_MS)) worked ||= hasProgressed(facts);
		if (!worked) return null;
		return {
			severity: 'degraded',
			message: `${plural(info.youngUnanswered, 'new connection')} never answered while old ones work`,
			hint: 'its process does not accept: it may be out of file descriptors (EMFILE: compare /proc/PID/fd with its limit) or of workers; its own LISTEN queue (ss -ltn there) shows how many wait',
			beganMs: clockMs - (info.oldestWaitMs ?? 0),
			evidence: {unanswered: info.youngUnanswered, waiting: info.waiting},
		};
	},
};

/** Traefik's own descriptors: at the limit it can neither accept nor dial. */
export const ownFds: InstanceRule = {
	id: 'fds',
	scope: 'instance',
	opensAfterMs: 1_000,
	clearsAfterMs: 5_000,
	yieldsTo: [],
	look({instance, thresholds}) {
		const {openFiles, clockMs} = instance.snapshot;
		if (openFiles === null || openFiles.limit <= 0) return null;
		const share = openFiles.open / openFiles.limit;
		if (share < thresholds['fds.limit']) return null;
		return {
			severity: 'degraded',
			message: `Traefik uses ${openFiles.open} of ${openFiles.limit} file descriptors`,
			hint: 'at the limit it can neither accept clients nor dial backends: raise LimitNOFILE, or look for connections that are never closed',
			beganMs: clockMs,
			evidence: {open: openFiles.open, limit: openFiles.limit},
		};
	},
};
