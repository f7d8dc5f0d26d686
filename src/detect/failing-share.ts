/** A share of a backend's connections that is refused or reset while the rest works, from how they ended. */
import type {BackendModel} from '../model/model.ts';
import type {EndedFacts} from '../snapshot.ts';
import {duration} from '../text/duration.ts';
import {plural} from '../text/plural.ts';
import {type EndedSum, endedWithin, firstCounted, isMostlyRefused, mixedSeconds} from './ended.ts';
import type {RuleContext, Verdict} from './rule.ts';

const SPAN_MS = 5_000;
/** It must go on: a process that ends or starts refuses and resets what comes in one go. */
const SECONDS = 3;

export function failingShare(backend: BackendModel, context: RuleContext): Verdict | null {
	const {clockMs} = context.instance.snapshot;
	const sum = endedWithin(backend, clockMs, SPAN_MS);
	if (sum === null || sum.spanMs === 0 || sum.refused + sum.reset === 0) return null;
	const leastPerSecond = context.thresholds['partial.perSecond'];
	const isMany = (count: number) => count >= SECONDS && (count * 1_000) / sum.spanMs >= leastPerSecond;
	const goesOn = (count: (ended: EndedFacts) => number) => mixedSeconds(backend, clockMs, SPAN_MS, count) >= SECONDS;
	if (isMany(sum.refused) && goesOn(refusedOf) && !isMostlyRefused(sum.refused, sum.connected)) {
		return refusedShare(sum, firstCounted(backend, clockMs, SPAN_MS, refusedOf));
	}
	if (!isMany(sum.reset) || !goesOn(resetOf)) return null;
	return resetShare(sum, firstCounted(backend, clockMs, SPAN_MS, resetOf));
}

const refusedOf = ({refused}: EndedFacts) => refused;
const resetOf = ({resetBefore, resetAfter}: EndedFacts) => resetBefore + resetAfter;

function refusedShare({refused, connected, spanMs, isShared}: EndedSum, beganMs: number): Verdict {
	const dials = refused + connected;
	return {
		severity: 'degraded',
		message: `${plural(refused, 'dial')} of ${dials} refused in ${duration(spanMs)} while others succeed`,
		hint: 'one of several listeners behind this address is gone, or a firewall or a full accept queue (tcp_abort_on_overflow) rejects some: look at what is behind the address',
		beganMs,
		evidence: {refused, dials, share: refused / dials, shared: isShared ? 1 : 0},
	};
}

function resetShare({reset, total, spanMs, isShared}: EndedSum, beganMs: number): Verdict {
	return {
		severity: 'degraded',
		message: `${plural(reset, 'connection')} reset by the backend in ${duration(spanMs)} while others work`,
		hint: 'the backend resets connections instead of answering: look for worker crashes, a proxy or firewall that cuts connections, or a limit on requests a connection',
		beganMs,
		evidence: {resets: reset, ended: total, shared: isShared ? 1 : 0},
	};
}
