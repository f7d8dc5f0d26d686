import {percent} from '../../text/count.ts';
import {plural} from '../../text/plural.ts';
import {hasProgressed, looks} from '../past.ts';
import type {BackendRule, Verdict} from '../rule.ts';

const INFO_SPAN_MS = 5_000;
const TEXT_SPAN_MS = 10_000;
const TEXT_SECONDS = 3;
const HINT =
	'segments towards this backend are lost: look at the network between (errors and drops of interfaces, a full queue, MTU) and at the backend’s host';

/** Segments sent again while answers still come. A healthy path had one a look at most in 49,026 rows. */
export const loss: BackendRule = {
	id: 'loss',
	scope: 'backend',
	opensAfterMs: 0,
	clearsAfterMs: 5_000,
	yieldsTo: ['unreachable', 'hung', 'stalled'],
	look(backend, {instance, thresholds}): Verdict | null {
		const {clockMs} = instance.snapshot;
		let sent = 0;
		let again = 0;
		let sockets = 0;
		let seen = 0;
		let hasLostData = false;
		const seconds = new Set<number>();
		for (const {facts, clockMs: at} of looks(backend, clockMs, TEXT_SPAN_MS)) {
			// Retransmissions without an answer are another fault's (unreachable), also after it has ended.
			if (facts === null || !hasProgressed(facts)) continue;
			if (facts.retransmittingOnce + facts.synRetransmitted > 0) seconds.add(Math.floor(at / 1000));
			hasLostData ||= facts.retransmittingOnce > 0;
			if (facts.info === null || at <= clockMs - INFO_SPAN_MS) continue;
			sent += facts.info.segmentsOut;
			again += facts.info.segmentsRetransmitted;
			sockets += facts.info.socketsRetransmitting;
			if (facts.info.segmentsRetransmitted > 0) seen++;
		}
		const isCounted =
			again >= thresholds['loss.segments'] && sockets >= 2 && seen >= 2 && again >= thresholds['loss.share'] * sent;
		// Where it is only SYNs that are sent again, dials are dropped, not segments: `partial`.
		if (!isCounted && (seconds.size < TEXT_SECONDS || !hasLostData)) return null;
		const share = sent > 0 ? Math.min(1, again / sent) : null;
		return {
			severity: 'degraded',
			message:
				share === null || again === 0
					? `retransmissions in ${seconds.size} of the last 10 s`
					: `${plural(again, 'segment')} sent again in 5 s (${percent(share)})`,
			hint: HINT,
			beganMs: clockMs - (isCounted ? INFO_SPAN_MS : TEXT_SPAN_MS),
			evidence: {retransmitted: again, segments: sent, seconds: seconds.size},
		};
	},
};
