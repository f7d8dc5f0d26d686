/** What the rules say of one model: the second half of what every view is given. */
import type {Finding, State} from './finding.ts';

export type BackendAssessment = {
	readonly state: State;
	/** Unix ms since when, no older than LOOKBACK_MS. */
	readonly since: number;
	/** Why it is unknown, or what cannot be judged yet, one clause; null or left out: nothing of the kind. */
	readonly caveat?: string | null;
	/** Open findings, worst first, notices last. */
	readonly findings: readonly Finding[];
};

export type InstanceAssessment = BackendAssessment & {
	/** `findings` are the instance's own; `backends` by address, one for each of the model's. */
	readonly backends: ReadonlyMap<string, BackendAssessment>;
};

export type Assessment = {
	/** The worst of all instances. */
	readonly state: State;
	/** Backends by state, over all instances. */
	readonly counts: Readonly<Record<State, number>>;
	/** By instance id, one for each of the model's. */
	readonly instances: ReadonlyMap<string, InstanceAssessment>;
	/** Every open finding, worst first, then oldest first. */
	readonly open: readonly Finding[];
	/** What opened, and what closed (with `to`), at this look. */
	readonly opened: readonly Finding[];
	readonly closed: readonly Finding[];
	/** The worst down or degraded finding, else null. */
	readonly worst: Finding | null;
};
