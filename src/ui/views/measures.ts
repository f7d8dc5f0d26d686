/** What a row can be measured by: number, past, colour, and from when on it warms. Columns, graphs and reasons share them. */

import type {Finding} from '../../detect/finding.ts';
import {aboutRule, type RuleId} from '../../detect/index.ts';
import {usualResponseMs} from '../../detect/past.ts';
import type {Thresholds} from '../../detect/thresholds.ts';
import type {DrawnMetric} from '../../model/metric.ts';
import type {EndedFacts} from '../../snapshot.ts';
import {count, rate} from '../../text/count.ts';
import {shortDuration} from '../../text/duration.ts';
import {type BackendRow, worstFinding} from '../state/rows.ts';
import type {Role} from '../terminal/theme.ts';
import {shownResponseMs} from './response.ts';

export type MeasureId = 'EST' | 'SYN' | 'TW' | 'CW' | 'FW' | 'RESP' | 'WAIT' | 'NEW/s' | 'RTX' | 'REF/s' | 'RST/s';

export type Measure = {
	readonly id: MeasureId;
	/** Summed, they are its past. */
	readonly metrics: readonly DrawnMetric[];
	/** Of its graphs. */
	readonly role: Role;
	/** A graph's scale is at least this: one socket more is not an event. */
	readonly floor: number;
	/** null: unknown. */
	readonly read: (row: BackendRow) => number | null;
	readonly write: (value: number | null, cells: number) => string;
	/** Whether it is over half of what would make a finding. */
	readonly isWarm: (row: BackendRow, thresholds: Thresholds) => boolean;
};

/** From this part of a threshold on. */
const HALF = 0.5;

const never = () => false;

export const MEASURES: Readonly<Record<MeasureId, Measure>> = {
	EST: {
		id: 'EST',
		metrics: ['established'],
		role: 'est',
		floor: 10,
		read: ({backend}) => backend.connections.established,
		write: count,
		isWarm: never,
	},
	TW: {
		id: 'TW',
		metrics: ['timeWait'],
		role: 'tw',
		floor: 10,
		read: ({backend}) => backend.connections.timeWait,
		write: count,
		// Any number of them is normal until local ports run short.
		isWarm: ({backend, instance}, thresholds) => {
			const {ports} = instance.snapshot;
			const used = backend.now?.localPorts ?? 0;
			return ports !== null && used >= HALF * thresholds['time-wait.ports'] * (ports.high - ports.low + 1);
		},
	},
	CW: {
		id: 'CW',
		metrics: ['closeWait'],
		role: 'cw',
		floor: 5,
		read: ({backend}) => backend.connections.closeWait,
		write: count,
		isWarm: ({backend: {connections, now}}, thresholds) =>
			connections.closeWait >= thresholds['close-wait.sockets'] &&
			(now?.oldestCloseWaitMs ?? 0) >= HALF * thresholds['close-wait.age'],
	},
	FW: {
		id: 'FW',
		metrics: ['finWait1', 'finWait2'],
		role: 'fw',
		floor: 5,
		read: ({backend: {connections}}) => connections.finWait1 + connections.finWait2,
		write: count,
		isWarm: ({backend: {now}}, thresholds) =>
			(now?.finWait2Orphans ?? 0) >= HALF * thresholds['leak.sockets'] &&
			(now?.oldestFinWait2OrphanMs ?? 0) >= HALF * thresholds['leak.age'],
	},
	SYN: {
		id: 'SYN',
		metrics: ['synSent'],
		role: 'syn',
		floor: 5,
		read: ({backend}) => backend.connections.synSent,
		write: count,
		isWarm: ({backend: {now}}, thresholds) =>
			(now?.synRetransmitted ?? 0) >= Math.max(1, HALF * thresholds['unreachable.dials']),
	},
	RESP: {
		id: 'RESP',
		metrics: ['responseMs'],
		role: 'resp',
		floor: 50,
		read: shownResponseMs,
		write: shortDuration,
		isWarm: (row, thresholds) => {
			const responseMs = shownResponseMs(row);
			const usualMs = usualResponseMs(row.backend, row.instance.snapshot.clockMs);
			if (responseMs === null || usualMs === null) return false;
			return responseMs >= HALF * Math.max(thresholds['slow.floor'], thresholds['slow.times'] * usualMs);
		},
	},
	WAIT: {
		id: 'WAIT',
		metrics: ['waiting'],
		role: 'wait',
		floor: 10,
		read: ({backend}) => backend.waiting,
		write: count,
		isWarm: ({backend: {waiting, oldestWaitMs, responseMs}}, thresholds) =>
			(waiting ?? 0) >= HALF * thresholds['hung.waiting'] &&
			(oldestWaitMs ?? 0) >= HALF * thresholds['hung.for'] &&
			responseMs === null,
	},
	'NEW/s': {
		id: 'NEW/s',
		metrics: ['opened'],
		role: 'accent',
		floor: 5,
		read: ({backend}) => backend.openedPerSecond,
		write: rate,
		isWarm: never,
	},
	RTX: {
		id: 'RTX',
		metrics: ['retransmitting'],
		role: 'syn',
		floor: 5,
		read: ({backend}) => backend.retransmitting,
		write: count,
		isWarm: ({backend: {now}}, thresholds) => {
			const {segmentsOut = 0, segmentsRetransmitted = 0} = now?.info ?? {};
			return (
				segmentsRetransmitted >= Math.max(1, HALF * thresholds['loss.segments']) &&
				segmentsRetransmitted >= HALF * thresholds['loss.share'] * segmentsOut
			);
		},
	},
	'REF/s': {
		id: 'REF/s',
		metrics: ['endedRefused'],
		role: 'syn',
		floor: 4,
		read: (row) => endedPerSecond(row, ({refused}) => refused),
		write: rate,
		isWarm: never,
	},
	'RST/s': {
		id: 'RST/s',
		metrics: ['endedUnanswered', 'endedReset'],
		role: 'cw',
		floor: 4,
		read: (row) =>
			endedPerSecond(row, ({resetBefore, resetAfter, unanswered}) => resetBefore + resetAfter + unanswered),
		write: rate,
		isWarm: never,
	},
};

/** Endings since the look before, a second; null: the kernel's notices are not to be had. */
function endedPerSecond({backend: {now}, instance}: BackendRow, of: (ended: EndedFacts) => number): number | null {
	const {sincePreviousMs, problem} = instance.snapshot;
	if (problem !== null || !now?.ended || sincePreviousMs === null || sincePreviousMs <= 0) return null;
	return (of(now.ended) * 1_000) / sincePreviousMs;
}

/** Looked through in this order for what warms. */
const ALL: readonly Measure[] = Object.values(MEASURES);

/** Whether the rule judges by it: while it says something, the number has its colour. */
export function isJudgedBy(rule: RuleId, {id}: Measure): boolean {
	const columns: readonly MeasureId[] = aboutRule(rule).columns;
	return columns.includes(id);
}

/** The measure that a finding was made of: the first that is known and not 0, else the first, else EST. */
export function measureOf({rule}: Pick<Finding, 'rule'>, row: BackendRow): Measure {
	const judged = ALL.filter((measure) => isJudgedBy(rule, measure));
	const first = judged.find((measure) => (measure.read(row) ?? 0) > 0) ?? judged[0];
	return first === undefined || first.read(row) === null ? MEASURES.EST : first;
}

/** What a row is to be judged by at a glance: its finding's measure, else one that warms, else EST. */
export function evidenceOf(row: BackendRow, thresholds: Thresholds): Measure {
	const finding = worstFinding(row.verdict);
	if (finding !== null) return measureOf(finding, row);
	return ALL.find(({isWarm}) => isWarm(row, thresholds)) ?? MEASURES.EST;
}
