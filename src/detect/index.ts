/** Every rule, the more specific before the more general: one that yields to another comes after it. */
import type {AboutRule, Rule} from './rule.ts';
import {aboutAcceptQueue, acceptQueue} from './rules/accept-queue.ts';
import {aboutBlind, blind} from './rules/blind.ts';
import {aboutChurn, churn} from './rules/churn.ts';
import {aboutCloseWait, closeWait} from './rules/close-wait.ts';
import {aboutCrashLoop, crashLoop} from './rules/crash-loop.ts';
import {aboutDrift, drift} from './rules/drift.ts';
import {aboutFds, fds, ownFds} from './rules/fds.ts';
import {aboutHung, hung} from './rules/hung.ts';
import {aboutLeak, leak} from './rules/leak.ts';
import {aboutLoss, loss} from './rules/loss.ts';
import {aboutNoEstablished, noEstablished} from './rules/no-established.ts';
import {aboutOverload, overload} from './rules/overload.ts';
import {aboutPartial, partial} from './rules/partial.ts';
import {partialSomewhere} from './rules/partial-somewhere.ts';
import {aboutPool, pool} from './rules/pool.ts';
import {aboutPorts, ports} from './rules/ports.ts';
import {aboutPrematureClose, prematureClose, prematureCloseSomewhere} from './rules/premature-close.ts';
import {aboutRefused, refused, refusedSomewhere} from './rules/refused.ts';
import {aboutSlow, slow} from './rules/slow.ts';
import {aboutStalled, stalled} from './rules/stalled.ts';
import {aboutTimeWait, timeWait} from './rules/time-wait.ts';
import {aboutTraefikStopped, traefikStopped} from './rules/traefik-stopped.ts';
import {aboutUnreachable, unreachable} from './rules/unreachable.ts';

/** What each rule is about, in the order of the help. */
export const ABOUT_RULES = [
	aboutPrematureClose,
	aboutRefused,
	aboutCrashLoop,
	aboutUnreachable,
	aboutNoEstablished,
	aboutHung,
	aboutOverload,
	aboutSlow,
	aboutStalled,
	aboutFds,
	aboutAcceptQueue,
	aboutPartial,
	aboutCloseWait,
	aboutLeak,
	aboutChurn,
	aboutPool,
	aboutTimeWait,
	aboutPorts,
	aboutLoss,
	aboutTraefikStopped,
	aboutDrift,
	aboutBlind,
] as const satisfies readonly AboutRule[];

export const RULES: readonly Rule[] = [
	blind,
	traefikStopped,
	ownFds,
	crashLoop,
	refused,
	refusedSomewhere,
	prematureClose,
	prematureCloseSomewhere,
	unreachable,
	stalled,
	hung,
	fds,
	overload,
	acceptQueue,
	slow,
	partial,
	partialSomewhere,
	loss,
	closeWait,
	leak,
	churn,
	noEstablished,
	ports,
	timeWait,
	pool,
	drift,
];

export type AboutEach = (typeof ABOUT_RULES)[number];
export type RuleId = AboutEach['id'];

/** Of each, `metric` and `columns` as narrow as they are written: what draws them is held to them. */
type AboutOne = AboutRule & {
	readonly metric: AboutEach['metric'];
	readonly columns: readonly AboutEach['columns'][number][];
};
const ABOUT: ReadonlyMap<RuleId, AboutOne> = new Map(ABOUT_RULES.map((about) => [about.id, about]));

export function aboutRule(id: RuleId): AboutOne {
	const about = ABOUT.get(id);
	if (about === undefined) throw new Error(`no rule ${id}`);
	return about;
}
