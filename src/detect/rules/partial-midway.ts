import type {BackendModel} from '../../model/model.ts';
import {type BackendSample, RECENT_MS} from '../../model/track.ts';
import type {ExchangeFacts} from '../../snapshot.ts';
import {duration} from '../../text/duration.ts';
import {plural} from '../../text/plural.ts';
import {hasProgressed, looks} from '../past.ts';
import type {RuleContext, Verdict} from '../rule.ts';

const ENOUGH = 3;
/** An event stream, a half-used pool: what lay idle before is not news. */
const TIMES_BEFORE = 2;
const PAST_LOOKS = 10;
/** This many looks with a large answer are missing. */
const MISSING = 2;
const LEFT_OPEN = 2;

/**
Answers that stop midway: the head came, the rest does not. On the connection nothing waits as far as TCP shows, but Traefik
passes it over and dials new ones. Event streams look the same and always did; here large answers have stopped coming at
all, or connections that Traefik gave up stay half closed because the backend still has data that do not get through.
*/
export function midway(backend: BackendModel, {instance}: RuleContext): Verdict | null {
	const {clockMs} = instance.snapshot;
	const info = backend.now?.info;
	if (!info || info.passedOver < ENOUGH || !hasProgressed(backend.now)) return null;
	const silentMs = info.oldestPassedOverMs ?? 0;
	const onsetMs = clockMs - silentMs;
	const before = [...looks(backend, onsetMs, RECENT_MS)].filter(({facts}) => facts?.info != null);
	if (before.length < PAST_LOOKS) return null;
	if (info.passedOver < ENOUGH + TIMES_BEFORE * most(before, ({passedOver}) => passedOver)) return null;
	const since = [...looks(backend, clockMs, silentMs)];
	const isWithoutLarge = misses(before, since);
	const isHalfClosed =
		(backend.now?.finWait2Orphans ?? 0) >= LEFT_OPEN && before.every(({facts}) => facts?.finWait2Orphans === 0);
	if (!isWithoutLarge && !isHalfClosed) return null;
	return {
		severity: 'degraded',
		message: `${plural(info.passedOver, 'answer')} stopped midway, oldest ${duration(silentMs)}${isWithoutLarge ? '; no large answer came since' : ''}`,
		hint: `the head of an answer comes and the rest does not, while small answers pass: full-size packets from the backend are lost on the way (MTU of a tunnel or VPN, ICMP “fragmentation needed” dropped): try ping -M do -s 1400${isWithoutLarge ? '' : '; or the application stops while it sends'}`,
		beganMs: onsetMs,
		evidence: {stopped: info.passedOver, oldestMs: Math.round(silentMs), halfClosed: backend.now?.finWait2Orphans ?? 0},
	};
}

function misses(before: readonly BackendSample[], since: readonly BackendSample[]): boolean {
	const hasLarge = ({facts}: BackendSample): boolean => (facts?.info?.largeAnswers ?? 0) > 0;
	const usual = before.filter(hasLarge).length / before.length;
	return usual * since.length >= MISSING && !since.slice(0, -1).some(hasLarge);
}

function most(samples: readonly BackendSample[], value: (info: ExchangeFacts) => number): number {
	return samples.reduce((max, {facts}) => Math.max(max, facts?.info == null ? 0 : value(facts.info)), 0);
}
