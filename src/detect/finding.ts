/** One rule's verdict about one backend or instance. */
import type {RuleId} from './index.ts';

/** `notice` informs, colours nothing, never alarms. */
export type Severity = 'down' | 'degraded' | 'notice';

export type Finding = {
	/** The instance's id. */
	readonly instance: string;
	/** null: the instance's own, or one that the tables cannot pin on a backend. */
	readonly backend: string | null;
	readonly rule: RuleId;
	readonly severity: Severity;
	/** Unix ms of the snapshot at which it opened: the first at which a live viewer could have seen it. */
	readonly from: number;
	/** Unix ms of the snapshot at which it closed; null: still open. */
	readonly to: number | null;
	readonly message: string;
	/** Who owes what, and what to look at next. */
	readonly hint: string;
	/** `began`: when the condition began, Unix ms; the rest are the rule's numbers. */
	readonly evidence: {readonly began: number; readonly [name: string]: number};
	/** The most that a number of the evidence was while open, where that was more than now; null or left out: none was. */
	readonly peak?: Readonly<Record<string, number>> | null;
};

/** Worst first. */
export type State = 'down' | 'degraded' | 'unknown' | 'ok' | 'idle';
export const STATES: readonly State[] = ['down', 'degraded', 'unknown', 'ok', 'idle'];

export const GLYPHS: Readonly<Record<State, string>> = {down: '✖', degraded: '▲', unknown: '?', ok: '●', idle: '○'};

/** A notice informs and colours nothing. */
export function severityGlyph(severity: Severity): string {
	return severity === 'notice' ? '·' : GLYPHS[severity];
}

/** The same for one finding at every look while it is open, and after it. */
export function findingKey({instance, backend, rule, from}: Finding): string {
	return `${instance} ${backend} ${rule} ${from}`;
}
