/**
What a rule is: one id and one pure look at the model that says what holds now. When a finding opens and closes is the
engine's (detector.ts): it opens after the look has held for `opensAfterMs`, and closes after it has been clear for
`clearsAfterMs`.
*/
import type {DrawnMetric} from '../model/metric.ts';
import type {BackendModel, InstanceModel} from '../model/model.ts';
import type {SocketTest} from './evidence-sockets.ts';
import type {Finding, Severity} from './finding.ts';
import type {RuleId} from './index.ts';
import type {ThresholdKey, Thresholds} from './thresholds.ts';

export type Unit = 'ms' | 'share' | 'sockets' | 'perSecond' | 'times';

/** share: 0 to 1; times: a factor. */
export type Threshold = {readonly value: number; readonly unit: Unit; readonly about: string};

/** What a rule is about, for all that shows or configures it. */
export type AboutRule = {
	readonly id: string;
	/** A sentence for the help; docs/rules.md says more. */
	readonly meaning: string;
	/** What it compares with; the user calls them `id.name`. */
	readonly thresholds: Readonly<Record<string, Threshold>>;
	/** What is drawn over time as its evidence; null: nothing that is drawn shows it. */
	readonly metric: DrawnMetric | null;
	/** Columns of the table that it judges by: while it says something, their numbers have its colour. */
	readonly columns: readonly string[];
	/** Which sockets of the backend are its evidence. Left out: what a healthy backend has none of. */
	readonly sockets?: SocketTest;
	/** Which causes the backend's own end may show (own-end.ts). Left out: none. */
	readonly ownEnd?: readonly OwnEndCause[];
	/** Its requests get an error before they can wait. */
	readonly failsAtOnce?: true;
};

/** The process does not run, accept or read; nothing listens; it closes late or never. */
export type OwnEndCause = 'unanswered' | 'absent' | 'unclosed';

/** What holds now. */
export type Verdict = {
	readonly severity: Severity;
	readonly message: string;
	readonly hint: string;
	/** clockMs at which the condition began, as far as the kernel's own ages tell. */
	readonly beganMs: number;
	readonly evidence: Readonly<Record<string, number>>;
	/** The evidence carries its own age or weight: open at once, without waiting for `opensAfterMs`. */
	readonly isCertain?: boolean;
};

export type RuleContext = {
	readonly instance: InstanceModel;
	readonly thresholds: Thresholds;
	/** Facts of the instance that several rules need, worked out once a look. */
	readonly dials: Dials;
	/** The rule's own open finding here, if there is one. */
	readonly open: Finding | null;
	/** Another rule's open finding on the same backend or instance. */
	openOf(id: RuleId): Finding | null;
};

/** Refused and unseen dials of the namespace (dials.ts). */
export type Dials = {
	/** Dials refused since the look before; null: unknown. */
	readonly refused: number | null;
	/** Dials that left neither a row nor a failure since the look before; null: unknown. */
	readonly unseen: number | null;
	/** Dials that left neither a row nor a failure in the looks from `clockMs` on. */
	unseenSince(clockMs: number): number;
	/** Whether other processes dial from this namespace, so that its counters are not Traefik's alone. */
	readonly isShared: boolean;
	/** Backends that had connections and fell to none, without Traefik closing them: who may be refusing. */
	readonly fallen: ReadonlyMap<string, Fall>;
	/** clockMs of the newest look at which a fallen backend had a connection again; 0: none did. */
	readonly recoveredMs: number;
	/** Dials refused in the looks from `clockMs` on. */
	refusedSince(clockMs: number): RefusedDials;
	/** Dials refused in the looks after `fromMs` and up to `toMs`. */
	refusedBetween(fromMs: number, toMs: number): number;
};

export type RefusedDials = {
	readonly count: number;
	/** Looks in which there were some, and clockMs of the first and the newest of them; null: none. */
	readonly looks: number;
	readonly firstMs: number | null;
	readonly lastMs: number | null;
};

export type Fall = {
	/** clockMs of the first look without a connection. */
	readonly atMs: number;
	/** Connections it had in the look before. */
	readonly lost: number;
};

type Common = {
	readonly id: RuleId;
	/** ms, or the threshold that says so. */
	readonly opensAfterMs: number | ThresholdKey;
	readonly clearsAfterMs: number;
	/** The same where no answer came since the look last held: traffic may have stopped, the fault has not. Default: the same. */
	readonly clearsUnansweredAfterMs?: number;
	/** More specific rules: while one of them is open on the same backend or instance, this one keeps silent. */
	readonly yieldsTo: readonly RuleId[];
};

export type BackendRule = Common & {
	readonly scope: 'backend';
	look(backend: BackendModel, context: RuleContext): Verdict | null;
};

export type InstanceRule = Common & {
	readonly scope: 'instance';
	look(context: RuleContext): Verdict | null;
};

export type Rule = BackendRule | InstanceRule;
