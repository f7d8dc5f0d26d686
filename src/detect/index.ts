/** Every rule, the more specific before the more general: one that yields to another comes after it. */
import type {Rule} from './rule.ts';
import {acceptQueue} from './rules/accept-queue.ts';
import {blind} from './rules/blind.ts';
import {churn} from './rules/churn.ts';
import {closeWait} from './rules/close-wait.ts';
import {crashLoop} from './rules/crash-loop.ts';
import {drift} from './rules/drift.ts';
import {fds, ownFds} from './rules/fds.ts';
import {hung} from './rules/hung.ts';
import {leak} from './rules/leak.ts';
import {loss} from './rules/loss.ts';
import {noEstablished} from './rules/no-established.ts';
import {overload} from './rules/overload.ts';
import {partial} from './rules/partial.ts';
import {partialSomewhere} from './rules/partial-somewhere.ts';
import {pool} from './rules/pool.ts';
import {ports} from './rules/ports.ts';
import {prematureClose, prematureCloseSomewhere} from './rules/premature-close.ts';
import {refused, refusedSomewhere} from './rules/refused.ts';
import {slow} from './rules/slow.ts';
import {stalled} from './rules/stalled.ts';
import {timeWait} from './rules/time-wait.ts';
import {traefikStopped} from './rules/traefik-stopped.ts';
import {unreachable} from './rules/unreachable.ts';

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
