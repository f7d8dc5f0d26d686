import type {BackendModel} from '../../model/model.ts';
import {plural} from '../../text/plural.ts';
import {isUnanswered} from '../evidence-sockets.ts';
import {hasProgressed, looks, sumOf} from '../past.ts';
import {type Requests, requestsOf} from '../requests.ts';
import type {AboutRule, BackendRule, InstanceRule, RuleContext, Verdict} from '../rule.ts';

export const aboutFds = {
	id: 'fds',
	meaning: 'file descriptors have run out: new connections are not answered while old ones work',
	thresholds: {
		unanswered: {value: 3, unit: 'sockets', about: 'new connections never answered while old ones work'},
		age: {value: 2_000, unit: 'ms', about: 'age from which a new connection counts as unanswered'},
		limit: {value: 0.9, unit: 'share', about: 'share of Traefik’s own descriptor limit in use'},
	},
	metric: 'waiting',
	columns: ['EST'],
	sockets: isUnanswered,
	ownEnd: ['unanswered', 'unclosed'],
} as const satisfies AboutRule;

/** A server keeps one or two for itself (its log, an epoll). */
const SPARE = 2;
const SPAN_MS = 3_000;
/** Of the connections that were opened, this share stays without an answer: where one of several workers hangs, it is its share. */
const NEW_SHARE = 0.8;
/** No new connection was answered for this long. */
const NEW_SPAN_MS = 5_000;

/**
New connections are never answered while old ones work: the backend's kernel completes the handshake and acknowledges
the request, but its process does not take them from the accept queue, most often because accept() fails with EMFILE.
*/
export const fds: BackendRule = {
	id: aboutFds.id,
	scope: 'backend',
	opensAfterMs: 1_000,
	clearsAfterMs: 3_000,
	yieldsTo: ['hung', 'unreachable', 'stalled', 'overload', 'slow'],
	look(backend, context) {
		const {instance, thresholds} = context;
		const exhausted = byOwnEnd(backend, context);
		if (exhausted !== null) return exhausted;
		const info = backend.now?.info;
		if (!info || info.youngUnanswered < thresholds['fds.unanswered'] || info.youngAnswered > 0) return null;
		if ((info.oldestWaitMs ?? 0) < thresholds['fds.age']) return null;
		// A connection that was answered before and waits now is not waiting to be accepted.
		if (info.waitingUsedOver2s > 0) return null;
		const {clockMs} = instance.snapshot;
		if (sumOf(backend, clockMs, NEW_SPAN_MS, ({answeredNew}) => answeredNew) > 0) return null;
		const requests = requestsOf(backend, context);
		if (requests === null || requests.unansweredShare < NEW_SHARE || !isAtUsualSpeed(backend, requests, clockMs))
			return null;
		return {
			severity: 'degraded',
			message: `${plural(info.youngUnanswered, 'new connection')} never answered while old ones work`,
			hint: 'its process does not accept: it may be out of file descriptors (EMFILE: compare /proc/PID/fd with its limit) or of workers; its own LISTEN queue (ss -ltn there) shows how many wait',
			beganMs: clockMs - (info.oldestWaitMs ?? 0),
			evidence: {unanswered: info.youngUnanswered, waiting: info.waiting},
		};
	},
};

/** Its process has no descriptor left and connections wait to be accepted: both are seen at its own end. */
function byOwnEnd({now, server}: BackendModel, {instance}: RuleContext): Verdict | null {
	if (server === null || server.openFiles === null || server.openFilesLimit === null) return null;
	const {openFiles: open, openFilesLimit: limit, acceptQueue} = server;
	if (open < limit - SPARE || acceptQueue === null || acceptQueue === 0) return null;
	return {
		severity: 'degraded',
		message: `${plural(acceptQueue, 'connection')} not accepted, no file descriptor left`,
		hint: `its process is out of file descriptors (EMFILE) and cannot accept: raise its limit (LimitNOFILE, ulimit -n), or look for what it never closes (/proc/${server.pid}/fd)`,
		beganMs: instance.snapshot.clockMs - (now?.info?.oldestWaitMs ?? 0),
		evidence: {unanswered: acceptQueue, waiting: now?.info?.waiting ?? 0},
	};
}

/** Whether old connections answer as they always did: else it is not the accepting alone that fails. */
function isAtUsualSpeed(backend: BackendModel, requests: Requests, clockMs: number): boolean {
	if (requests.limitMs !== null) return requests.usualAnswers > 0 && requests.slowAnswers === 0;
	for (const {facts} of looks(backend, clockMs, SPAN_MS)) if (hasProgressed(facts)) return true;
	return false;
}

/** Traefik's own descriptors: at the limit it can neither accept nor dial. */
export const ownFds: InstanceRule = {
	id: aboutFds.id,
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
