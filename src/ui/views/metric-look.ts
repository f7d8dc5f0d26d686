/** What each metric is called and coloured like wherever it is drawn, and which are the evidence of findings. */
import {type Finding, findingKey} from '../../detect/finding.ts';
import {aboutRule} from '../../detect/index.ts';
import type {DrawnMetric} from '../../model/metric.ts';
import type {BackendRow} from '../state/rows.ts';
import type {ScreenState} from '../state/state.ts';
import {type Role, severityRole} from '../terminal/theme.ts';

export type MetricLook = {
	/** As the table's columns. */
	readonly label: string;
	readonly role: Role;
	/** The lowest top of a scale: below it noise would look like an event. */
	readonly floor: number;
	readonly meaning: string;
};

/** In the order of the help. */
export const METRIC_LOOKS = {
	established: {label: 'EST', role: 'est', floor: 4, meaning: 'ESTABLISHED'},
	timeWait: {label: 'TW', role: 'tw', floor: 4, meaning: 'TIME_WAIT'},
	closeWait: {label: 'CW', role: 'cw', floor: 4, meaning: 'CLOSE_WAIT'},
	responseMs: {label: 'RESP', role: 'resp', floor: 50, meaning: 'response time'},
	waiting: {label: 'WAIT', role: 'wait', floor: 4, meaning: 'waiting requests'},
	opened: {label: 'NEW', role: 'accent', floor: 4, meaning: 'opened connections'},
	synSent: {label: 'SYN', role: 'syn', floor: 4, meaning: 'SYN_SENT'},
	finWait1: {label: 'FW1', role: 'fw', floor: 4, meaning: 'FIN_WAIT1'},
	finWait2: {label: 'FW2', role: 'fw', floor: 4, meaning: 'FIN_WAIT2'},
	lastAck: {label: 'LACK', role: 'fw', floor: 4, meaning: 'LAST_ACK'},
	endedRefused: {label: 'REFD', role: 'syn', floor: 4, meaning: 'refused dials'},
	endedUnanswered: {label: 'CUT', role: 'syn', floor: 4, meaning: 'closed unanswered'},
	endedReset: {label: 'RST', role: 'syn', floor: 4, meaning: 'resets'},
	retransmitting: {label: 'RTX', role: 'syn', floor: 4, meaning: 'retransmitting'},
} as const satisfies Record<DrawnMetric, MetricLook>;

/** Of the findings that are open, the gravest first: what their rules go by. */
export function evidenceMetrics({verdict}: BackendRow): DrawnMetric[] {
	const metrics = verdict.findings.flatMap(({rule}) => aboutRule(rule).metric ?? []);
	return [...new Set(metrics)];
}

/** The colour of a finding of this backend whose evidence the metric is, in a span of time (Unix ms); null: none was open. */
export function troubleOf(
	state: ScreenState,
	row: BackendRow,
): (metric: DrawnMetric, from: number, to: number) => Role | null {
	const findings = findingsOfRow(state, row).filter(({severity}) => severity !== 'notice');
	return (metric, from, to) => {
		const open = findings.find(
			(finding) =>
				aboutRule(finding.rule).metric === metric && finding.from < to && (finding.to === null || finding.to >= from),
		);
		return open === undefined ? null : severityRole(open.severity);
	};
}

/** All that are known of it, the gravest and then the newest first, until now. */
export function findingsOfRow(
	{playback, timeline, shown}: ScreenState,
	{instance, backend, verdict}: BackendRow,
): Finding[] {
	const now = shown?.model.time ?? 0;
	const open = new Set(verdict.findings.map(findingKey));
	const past = (playback.marks ?? timeline).filter(
		(finding) =>
			finding.instance === instance.id &&
			finding.backend === backend.address &&
			finding.from <= now &&
			!open.has(findingKey(finding)),
	);
	return [...verdict.findings, ...past.reverse()];
}
