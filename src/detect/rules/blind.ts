import type {AboutRule, InstanceRule} from '../rule.ts';

export const aboutBlind = {
	id: 'blind',
	meaning: 'something cannot be seen; the message says what and why',
	thresholds: {},
	metric: null,
	columns: [],
} as const satisfies AboutRule;

/** What cannot be seen is said, never drawn as well. */
export const blind: InstanceRule = {
	id: aboutBlind.id,
	scope: 'instance',
	opensAfterMs: 2_500,
	clearsAfterMs: 0,
	yieldsTo: [],
	look({instance}) {
		if (instance.problem === null) return null;
		const {clockMs} = instance.snapshot;
		const lastMs = instance.lastRead?.clockMs ?? null;
		return {
			severity: 'degraded',
			message: instance.problem,
			hint: 'the last known state is shown; the current one is unknown',
			beganMs: lastMs ?? clockMs,
			evidence: lastMs === null ? {} : {unseenMs: Math.round(clockMs - lastMs)},
		};
	},
};
