import type {BackendModel} from '../../model/model.ts';
import {duration} from '../../text/duration.ts';
import {plural} from '../../text/plural.ts';
import {closedAtOnceSomewhere} from '../closed-at-once.ts';
import {endedWithin, firstCounted, mixedSeconds, outages} from '../ended.ts';
import type {AboutRule, BackendRule, InstanceRule, RuleContext, Verdict} from '../rule.ts';

export const aboutPrematureClose = {
	id: 'premature-close',
	meaning: 'connections are accepted and closed or reset without an answer',
	thresholds: {
		connections: {value: 3, unit: 'sockets', about: 'connections closed without one byte of an answer'},
	},
	metric: 'endedUnanswered',
	columns: ['RST/s'],
	ownEnd: ['absent'],
	failsAtOnce: true,
} as const satisfies AboutRule;

const SPAN_MS = 5_000;
const SHARE_SECONDS = 3;
/** A process that ends closes all its connections at one instant; what goes on is how it serves. */
const LOOKS = 2;
/** No connection for this long: nobody asks any more. */
const TRYING_MS = 10_000;

const HINT =
	'something else accepts instead of the backend: a port that is published for a container that is gone (docker-proxy), a sidecar whose application is not there, a server that crashes on each request, TLS where plain text is expected or the reverse';

/**
Connections that are accepted, take a request, and are closed or reset without one byte of an answer. To a table that is
read once a second they are invisible, to a health check that only connects the backend is up.
*/
export const prematureClose: BackendRule = {
	id: aboutPrematureClose.id,
	scope: 'backend',
	opensAfterMs: 1_000,
	clearsAfterMs: 2_000,
	yieldsTo: ['crash-loop', 'refused'],
	look(backend, context) {
		return all(backend, context) ?? share(backend, context);
	},
};

/** The same from the namespace's counters, where several backends may be the one. */
export const prematureCloseSomewhere: InstanceRule = {
	id: aboutPrematureClose.id,
	scope: 'instance',
	opensAfterMs: 1_000,
	clearsAfterMs: 2_000,
	yieldsTo: ['refused'],
	look: closedAtOnceSomewhere,
};

/** None was answered since the first of them. */
function all(backend: BackendModel, {instance, thresholds}: RuleContext): Verdict | null {
	const {clockMs} = instance.snapshot;
	const last = outages(backend, clockMs).at(-1);
	if (last === undefined || last.endedMs !== null || last.isRefusing) return null;
	const least = thresholds['premature-close.connections'];
	if (last.cut < least || last.cutLooks < LOOKS || clockMs - last.lastMs > TRYING_MS) return null;
	const forMs = clockMs - last.beganMs;
	return {
		severity: 'down',
		message: `${plural(last.cut, 'connection')} accepted and closed without an answer in ${duration(forMs)}, none answered`,
		hint: HINT,
		beganMs: last.beganMs,
		evidence: {closed: last.cut, refused: last.refused, shared: last.isShared ? 1 : 0},
		isCertain: last.cut >= 2 * least,
	};
}

/** Resets alone are the matter of `partial`. */
function share(backend: BackendModel, {instance, thresholds}: RuleContext): Verdict | null {
	const {clockMs} = instance.snapshot;
	const sum = endedWithin(backend, clockMs, SPAN_MS);
	if (sum === null || sum.spanMs === 0) return null;
	const closed = sum.cut;
	if (closed < thresholds['premature-close.connections'] || sum.reset * 2 > closed) return null;
	if ((closed * 1_000) / sum.spanMs < thresholds['partial.perSecond']) return null;
	if (mixedSeconds(backend, clockMs, SPAN_MS, ({unanswered}) => unanswered) < SHARE_SECONDS) return null;
	return {
		severity: 'degraded',
		message: `${plural(closed, 'connection')} of ${sum.total} closed without an answer in ${duration(sum.spanMs)}, others answered`,
		hint: HINT,
		beganMs: firstCounted(backend, clockMs, SPAN_MS, ({unanswered}) => unanswered),
		evidence: {closed, ended: sum.total, share: closed / Math.max(1, sum.total), shared: sum.isShared ? 1 : 0},
	};
}
