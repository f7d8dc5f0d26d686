import type {BackendModel} from '../../model/model.ts';
import {percent} from '../../text/count.ts';
import {plural} from '../../text/plural.ts';
import {isBeyondChance} from '../chance.ts';
import {isRepeating} from '../evidence-sockets.ts';
import {looksSinceOutage} from '../life.ts';
import {hasProgressed} from '../past.ts';
import type {AboutRule, BackendRule, RuleContext, Verdict} from '../rule.ts';

export const aboutLoss = {
	id: 'loss',
	meaning: 'packets are lost: data is sent again',
	thresholds: {
		share: {value: 0.02, unit: 'share', about: 'share of data segments sent again'},
		segments: {value: 5, unit: 'sockets', about: 'segments sent again within 5 s (15 s where few are sent)'},
	},
	metric: 'retransmitting',
	columns: ['RTX'],
	sockets: (socket) => isRepeating(socket) || (socket.totalRetrans ?? 0) > 0,
} as const satisfies AboutRule;

/** Few requests lose few segments: what a short span cannot tell, a longer one may. */
const INFO_SPANS_MS = [5_000, 15_000];
const TEXT_SPAN_MS = 10_000;
const TEXT_SECONDS = 3;
/** Half of what counts as loss is what a healthy path loses. */
const HEALTHY = 0.5;
const HINT =
	'segments towards this backend are lost: look at the network between (errors and drops of interfaces, a full queue, MTU) and at the backend’s host';

/**
Segments that were lost and came through when sent again, on flows that go on. Dials that go unanswered, flows that
nobody acknowledges any more and what a transfer loses while it looks for the path's limit are not among them.
*/
export const loss: BackendRule = {
	id: aboutLoss.id,
	scope: 'backend',
	opensAfterMs: 0,
	clearsAfterMs: 5_000,
	yieldsTo: ['unreachable', 'hung', 'stalled', 'partial'],
	look(backend, context) {
		for (const spanMs of INFO_SPANS_MS) {
			const counted = byCount(backend, context, spanMs);
			if (counted !== null) return counted;
		}
		return byTables(backend, context);
	},
};

function byCount(backend: BackendModel, {instance, thresholds}: RuleContext, spanMs: number): Verdict | null {
	const {clockMs} = instance.snapshot;
	let sent = 0;
	let again = 0;
	let sockets = 0;
	let seen = 0;
	let beganMs = clockMs;
	for (const {facts, clockMs: at, snapshot} of looksSinceOutage(backend, clockMs, spanMs)) {
		const info = facts?.info;
		if (!info) continue;
		sent += info.segmentsOut;
		again += info.segmentsRetransmitted;
		sockets += info.socketsRetransmitting;
		if (info.segmentsRetransmitted === 0) continue;
		seen++;
		beganMs = at - (snapshot.sincePreviousMs ?? 0);
	}
	if (again < thresholds['loss.segments'] || sockets < 2 || seen < 2) return null;
	const limit = thresholds['loss.share'];
	if (again < limit * sent || !isBeyondChance(again, sent, limit * HEALTHY)) return null;
	const share = sent > 0 ? Math.min(1, again / sent) : 1;
	return {
		severity: 'degraded',
		message: `${plural(again, 'segment')} sent again in ${spanMs / 1_000} s (${percent(share)})`,
		hint: HINT,
		beganMs,
		evidence: {retransmitted: again, segments: sent},
	};
}

/** Without tcp_info: a segment that is sent again for the first or second time is in the table for some 600 ms. */
function byTables(backend: BackendModel, {instance}: RuleContext): Verdict | null {
	const {clockMs} = instance.snapshot;
	const seconds = new Set<number>();
	let beganMs = clockMs;
	for (const {facts, clockMs: at} of looksSinceOutage(backend, clockMs, TEXT_SPAN_MS)) {
		// Retransmissions without an answer are another fault's (unreachable), also after it has ended.
		if (facts === null || facts.info !== null || !hasProgressed(facts) || facts.lossy === 0) continue;
		seconds.add(Math.floor(at / 1_000));
		beganMs = at;
	}
	if (seconds.size < TEXT_SECONDS) return null;
	return {
		severity: 'degraded',
		message: `retransmissions in ${seconds.size} of the last 10 s`,
		hint: HINT,
		beganMs,
		evidence: {seconds: seconds.size},
	};
}
