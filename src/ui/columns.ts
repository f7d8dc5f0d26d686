/** The table's columns: what they show, how wide they are, which go first when the terminal is narrow, what help says. */
import type {RuleId} from '../finding.ts';
import type {Metric} from '../model/metric.ts';
import {series} from '../model/series.ts';
import {count, rate} from '../text/count.ts';
import {shortDuration} from '../text/duration.ts';
import {width} from '../text/fit.ts';
import {niceCeiling, peak, sparkline} from '../text/sparkline.ts';
import {type BackendRow, backendLabel, type SortValue, stateRank, worstFinding} from './rows.ts';
import {type Role, severityRole, stateLabel} from './theme.ts';

type Cell = {readonly text: string; readonly role: Role};

/** What a cell may depend on besides its row. */
export type Look = {
	readonly clockMs: number;
	/** Of the sparklines. */
	readonly spanMs: number;
	/** Names stand with their addresses: all of them do, or none. */
	readonly hasAddresses: boolean;
	/** No column for one: where there is no reason, the cells of WHY have a sparkline. */
	readonly isSparkInWhy: boolean;
};

export type Column = {
	readonly id: string;
	readonly title: string;
	/** For the help screen. */
	readonly meaning: string;
	/** Blank cells before it. */
	readonly gap: number;
	readonly align: 'left' | 'right';
	/** What it sorts by; columns without it cannot be sorted by. */
	readonly value?: (row: BackendRow) => SortValue;
	/** A text of any width; it is fitted. */
	readonly cell: (row: BackendRow, cells: number, look: Look) => Cell;
};

function number(
	id: string,
	title: string,
	meaning: string,
	read: (row: BackendRow) => number | null,
	rules: readonly RuleId[] = [],
	write: (value: number | null, cells: number) => string = count,
): Column {
	return {
		id,
		title,
		meaning,
		gap: 1,
		align: 'right',
		value: (row) => read(row) ?? -1,
		cell: (row, width) => {
			const value = isBlind(row) ? null : read(row);
			return {text: write(value, width), role: value ? roleBy(row, rules, 'plain') : 'quiet'};
		},
	};
}

/** Of a sparkline's scale: steady values stand at most at two thirds of it. */
const HEADROOM = 1.5;

function spark(id: string, title: string, meaning: string, metric: Metric, floor: number): Column {
	return {
		id,
		title,
		meaning,
		gap: 2,
		align: 'left',
		cell: ({backend, verdict}, cells, {clockMs, spanMs}) => {
			const steps = sparkSteps(cells);
			const stepMs = spanMs / steps;
			// On whole steps, or every bar would change at every tick.
			const values = series(backend.track, metric, Math.ceil(clockMs / stepMs) * stepMs, spanMs, steps);
			// A round scale holds still; with room above, or a steady 5 of 5 would be a wall.
			const text = sparkline(values, niceCeiling(HEADROOM * peak(values, floor)));
			return {text, role: stateRank(verdict.state) <= stateRank('degraded') ? 'accent' : 'quiet'};
		},
	};
}

const established = spark('EST~', 'EST', 'ESTABLISHED over time', 'established', 4);

/** As many bars as fit, each of a whole number of seconds of a minute. */
export function sparkSteps(cells: number): number {
	return [30, 20, 15, 12, 10].find((steps) => steps <= cells) ?? 10;
}

/** The role of a finding that one of these rules made, or else the given one. */
function roleBy({verdict}: BackendRow, rules: readonly RuleId[], otherwise: Role): Role {
	const finding = verdict.findings.find(({rule, severity}) => severity !== 'notice' && rules.includes(rule));
	return finding === undefined ? otherwise : severityRole(finding.severity);
}

function isBlind({instance}: BackendRow): boolean {
	return instance.problem !== null;
}

/** `unreachable: 3 dials unanswered for 4 s`, and how many more findings there are. */
function why(row: BackendRow, cells: number, look: Look): Cell {
	const {verdict, backend, instance} = row;
	const finding = worstFinding(verdict);
	if (finding !== null) {
		const more = verdict.findings.length > 1 ? `  +${verdict.findings.length - 1}` : '';
		return {text: `${finding.rule}: ${finding.message}${more}`, role: severityRole(finding.severity)};
	}
	if (instance.problem !== null) return {text: instance.problem, role: 'unknown'};
	if (backend.role === null && look.isSparkInWhy) return established.cell(row, Math.min(cells, WHY_BARS), look);
	return {text: roleHint(backend), role: 'quiet'};
}

/** In WHY: bars of 3 s. */
const WHY_BARS = 20;

/** What may be no backend at all, and how not to see it: `Consul? --ignore :8500 hides it`. */
export function roleHint({role, address}: BackendRow['backend']): string {
	return role === null ? '' : `${role} --ignore ${address.slice(address.lastIndexOf(':'))} hides it`;
}

/** Name and address where all of them fit, else the name, else as much of the address's end as fits. */
function backendCell(backend: BackendRow['backend'], cells: number, {hasAddresses}: Look): string {
	if (backend.name !== null && !hasAddresses) return backend.name;
	const label = backendLabel(backend);
	return width(label) <= cells || backend.name !== null ? label : `…${label.slice(label.length - cells + 1)}`;
}

export const COLUMNS: readonly Column[] = [
	{
		id: 'STATE',
		title: 'STATE',
		meaning: 'the worst of its findings; see below',
		gap: 0,
		align: 'left',
		value: () => 0,
		cell: ({verdict}) => ({text: stateLabel(verdict.state), role: verdict.state}),
	},
	{
		id: 'INSTANCE',
		title: 'INSTANCE',
		meaning: 'the Traefik that dials it: host/pid',
		gap: 2,
		align: 'left',
		value: ({instance}) => instance.id,
		cell: ({instance}) => ({text: instance.id, role: 'quiet'}),
	},
	{
		id: 'BACKEND',
		title: 'BACKEND',
		meaning: 'one address that Traefik dials',
		gap: 2,
		align: 'left',
		value: ({backend}) => backendLabel(backend),
		cell: ({backend, verdict}, cells, look) => ({
			text: backendCell(backend, cells, look),
			role: verdict.state === 'idle' ? 'quiet' : verdict.state === 'ok' ? 'plain' : 'strong',
		}),
	},
	number('EST', 'EST', 'ESTABLISHED: usable connections', ({backend}) => backend.connections.established, [
		'no-established',
		'hung',
		'stalled',
	]),
	number('SYN', 'SYN', 'SYN_SENT: dials not answered yet', ({backend}) => backend.connections.synSent, [
		'unreachable',
		'partial',
	]),
	number('TW', 'TW', 'TIME_WAIT: closed by Traefik; normal', ({backend}) => backend.connections.timeWait, [
		'time-wait',
		'ports',
		'churn',
	]),
	number('CW', 'CW', 'CLOSE_WAIT: the backend alone closed', ({backend}) => backend.connections.closeWait, [
		'close-wait',
	]),
	number(
		'FW',
		'FW',
		'FIN_WAIT1 and 2: Traefik alone closed',
		({backend}) => backend.connections.finWait1 + backend.connections.finWait2,
		['leak'],
	),
	number(
		'RESP',
		'RESP',
		'median response time of the last 15 s',
		({backend}) => backend.responseMs?.p50 ?? null,
		['slow'],
		shortDuration,
	),
	number('WAIT', 'WAIT', 'requests out and not answered', ({backend}) => backend.waiting, ['hung', 'slow', 'stalled']),
	number(
		'NEW/s',
		'NEW/s',
		'connections opened per second',
		({backend}) => backend.openedPerSecond,
		['churn', 'refused'],
		rate,
	),
	number('RTX', 'RTX', 'connections that retransmit or probe', ({backend}) => backend.retransmitting, [
		'loss',
		'unreachable',
		'stalled',
		'partial',
	]),
	established,
	spark('CW~', 'CW', 'CLOSE_WAIT over time', 'closeWait', 8),
	spark('RESP~', 'RESP', 'response time over time', 'responseMs', 50),
	{
		id: 'WHY',
		title: 'WHY',
		meaning: 'the worst finding; +1: and one more',
		gap: 2,
		align: 'left',
		cell: why,
	},
];

export const SORTABLE: readonly Column[] = COLUMNS.filter(({value}) => value !== undefined);
