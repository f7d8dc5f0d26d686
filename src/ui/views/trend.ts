/** A measure over time in one line of bars, each bar in the colour of what was open then. */
import type {Finding} from '../../detect/finding.ts';
import {metricSum} from '../../model/series.ts';
import type {BackendTrack} from '../../model/track.ts';
import {fineCeiling, peak, sparkline} from '../../text/sparkline.ts';
import type {BackendRow} from '../state/rows.ts';
import {type Role, severityRole} from '../terminal/theme.ts';
import {isJudgedBy, type Measure} from './measures.ts';
import {merge, type Piece} from './pieces.ts';

/** The span of time that is drawn. */
export type TimeSpan = {
	readonly clockMs: number;
	/** Unix ms where clockMs is 0. */
	readonly epochMs: number;
	readonly spanMs: number;
	/** Between two readings; no bar is narrower. */
	readonly beatMs: number;
};

/** Each divides a minute, 5 and 15 minutes: a bar is a whole number of seconds. */
const STEPS = [60, 30, 20, 15, 12, 10, 6, 5, 4, 3, 2, 1] as const;

/** How many bars fit into this many cells. */
export function stepsOf(cells: number, {spanMs, beatMs}: Pick<TimeSpan, 'spanMs' | 'beatMs'>): number {
	return STEPS.find((steps) => steps <= cells && spanMs / steps >= beatMs * 0.95) ?? 1;
}

/** The values of a row, or the sum of a group's; null where nothing was read. */
export function valuesOf(row: BackendRow, measure: Measure, span: TimeSpan, steps: number): (number | null)[] {
	const stepMs = span.spanMs / steps;
	const members = row.members ?? [row];
	const end = endOfStep(span.clockMs, stepMs);
	const values = metricSum(
		members.map(({backend}) => backend.track),
		measure.metrics,
		end,
		span.spanMs,
		steps,
	);
	return stepMs < 2 * span.beatMs ? withoutJitter(values) : values;
}

/** On whole steps, or every bar would change at every tick. */
function endOfStep(clockMs: number, stepMs: number): number {
	return (Math.floor(clockMs / stepMs) + 1) * stepMs - 1;
}

/** Readings come a little early or late: one bar without any between two that have some is not a gap. */
function withoutJitter(values: (number | null)[]): (number | null)[] {
	return values.map((value, at) => {
		const before = values[at - 1] ?? null;
		return value === null && before !== null && (values[at + 1] ?? null) !== null ? before : value;
	});
}

/** What was open over a span of time, for the rows that are drawn. */
export type Past = (row: BackendRow) => readonly Finding[];

/** Bars as pieces: quiet where nothing is, coloured by the measure, and by the gravest finding that was open then. */
export function trendPieces(
	row: BackendRow,
	measure: Measure,
	span: TimeSpan,
	cells: number,
	findings: readonly Finding[],
): readonly Piece[] {
	const steps = stepsOf(cells, span);
	const alarms = findings.filter((finding) => isAbout(finding, measure));
	if (row.members !== undefined) return drawTrend(row, measure, span, steps, alarms);
	// A key draws the screen again, but no bar has changed since the last look.
	const drawn = known.get(row.backend.track) ?? new Map<string, Drawn>();
	known.set(row.backend.track, drawn);
	const look = `${span.clockMs} ${span.spanMs} ${steps} ${alarms.map(({severity, from, to}) => `${severity}${from}-${to}`).join()}`;
	const before = drawn.get(measure.id);
	if (before?.look === look) return before.pieces;
	const pieces = drawTrend(row, measure, span, steps, alarms);
	drawn.set(measure.id, {look, pieces});
	return pieces;
}

type Drawn = {readonly look: string; readonly pieces: readonly Piece[]};

const known = new WeakMap<BackendTrack, Map<string, Drawn>>();

function drawTrend(
	row: BackendRow,
	measure: Measure,
	span: TimeSpan,
	steps: number,
	alarms: readonly Finding[],
): readonly Piece[] {
	const stepMs = span.spanMs / steps;
	const values = valuesOf(row, measure, span, steps);
	const text = sparkline(values, fineCeiling(peak(values, measure.floor)));
	const begin = span.epochMs + endOfStep(span.clockMs, stepMs) + 1 - span.spanMs;
	const pieces: Piece[] = [];
	for (let at = 0; at < text.length; at++) {
		const from = begin + at * stepMs;
		const role = alarms.length === 0 ? null : roleAt(alarms, from, from + stepMs);
		pieces.push([text[at] as string, role ?? ((values[at] ?? 0) > 0 ? measure.role : 'rule')]);
	}
	return merge(pieces);
}

/** What is down has no usable connection, whatever told so. */
export function isAbout({rule, severity}: Finding, measure: Measure): boolean {
	return severity !== 'notice' && (isJudgedBy(rule, measure) || (severity === 'down' && measure.id === 'EST'));
}

function roleAt(alarms: readonly Finding[], from: number, to: number): Role | null {
	let role: Role | null = null;
	for (const {severity, from: opened, to: closed} of alarms) {
		if (opened >= to || (closed !== null && closed < from)) continue;
		if (severity === 'down') return severityRole(severity);
		role = severityRole(severity);
	}
	return role;
}
