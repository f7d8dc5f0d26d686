/** Every state of one backend over time, with axis and scale, as lines. */
import {type Metric, metricOf} from '../model/metric.ts';
import {series} from '../model/series.ts';
import {BUCKET_MS, RECENT_MS} from '../model/track.ts';
import {LOOKBACK_MS} from '../snapshot.ts';
import {count} from '../text/count.ts';
import {duration, shortDuration} from '../text/duration.ts';
import {fit} from '../text/fit.ts';
import {graph, niceCeiling, peak} from '../text/sparkline.ts';
import {flow, line, type Piece} from './pieces.ts';
import type {BackendRow} from './rows.ts';
import type {Theme} from './theme.ts';

const GRAPHS: readonly (readonly [metric: Metric, label: string, floor: number])[] = [
	['established', 'ESTABLISHED', 5],
	['synSent', 'SYN_SENT', 5],
	['closeWait', 'CLOSE_WAIT', 5],
	['timeWait', 'TIME_WAIT', 5],
	['finWait1', 'FIN_WAIT1', 5],
	['finWait2', 'FIN_WAIT2', 5],
	['lastAck', 'LAST_ACK', 5],
	['retransmitting', 'retransmit', 5],
	['waiting', 'waiting', 5],
	['responseMs', 'response', 50],
	['opened', 'opened', 5],
];
/** Label, value now, axis. */
const LABEL_CELLS = 12;
const VALUE_CELLS = 6;
const AXIS_CELLS = 7;

/** Each a divisor of the buckets that some span has, so that no bar straddles two of them. */
const GRAPH_COLUMNS = [180, 90, 60, 45, 36, 30, 24, 20, 18, 15, 12, 10, 6, 5, 3] as const;
/** What is drawn of the past: the shortest of these that holds all there is. And where its axis is labelled. */
const SPANS = [
	{spanMs: 60_000, labels: 3},
	{spanMs: RECENT_MS, labels: 3},
	{spanMs: 120_000, labels: 4},
	{spanMs: 300_000, labels: 5},
	{spanMs: LOOKBACK_MS, labels: 3},
] as const;
const LONGEST = SPANS[4];
/** Fewer lines than this show the states that stayed at 0 in words. */
const ROOMY_LINES = 45;

/** What is drawn of the past, and in how many bars at most. */
function spanOf({backend: {track}}: BackendRow, clockMs: number): (typeof SPANS)[number] {
	const seenMs = clockMs - track.firstSeenMs;
	// The first minute is drawn from readings, not from buckets: there must be some.
	const fitting = SPANS.filter(({spanMs}) => spanMs > RECENT_MS || beatMs(track) * 20 <= spanMs);
	return fitting.find(({spanMs}) => seenMs <= spanMs) ?? LONGEST;
}

/** Between two readings, as they came. */
function beatMs({recent}: BackendRow['backend']['track']): number {
	const [first] = recent;
	const last = recent.at(-1);
	return first === undefined || last === undefined || first === last
		? 0
		: (last.clockMs - first.clockMs) / (recent.length - 1);
}

/** `last 15 min`, `last 60 s, seen for 23 s`. */
export function spanHeading(row: BackendRow, clockMs: number): string {
	const {spanMs} = spanOf(row, clockMs);
	const seenMs = clockMs - row.backend.track.firstSeenMs;
	return `last ${duration(spanMs)}${seenMs < spanMs ? `, seen for ${duration(seenMs)}` : ''}`;
}

/** How many bars a span has: none narrower than a cell, than a bucket, or than two readings, so that holes are holes. */
function columnsOf(spanMs: number, room: number, beat: number): number {
	const shortest = spanMs <= RECENT_MS ? 2 * beat : Math.max(BUCKET_MS, 2 * beat);
	const isWhole = (columns: number) => spanMs <= RECENT_MS || (spanMs / BUCKET_MS) % columns === 0;
	return GRAPH_COLUMNS.find((columns) => columns <= room && isWhole(columns) && spanMs / columns >= shortest) ?? 3;
}

export function graphLines(row: BackendRow, clockMs: number, theme: Theme, cells: number, lines: number): string[] {
	const {track, now} = row.backend;
	const {spanMs, labels} = spanOf(row, clockMs);
	const room = Math.max(10, cells - LABEL_CELLS - VALUE_CELLS - AXIS_CELLS - 2);
	const columns = columnsOf(spanMs, room, Math.max(1000, beatMs(track)));
	const repeat = Math.floor(room / columns);
	const stepMs = spanMs / columns;
	// On whole steps, or every bar would change at every tick.
	const end = (Math.floor(clockMs / stepMs) + 1) * stepMs - 1;
	const height = lines >= 60 ? 3 : lines >= 36 ? 2 : 1;
	const still: string[] = [];
	const out = GRAPHS.flatMap(([metric, label, floor]) => {
		const values = series(track, metric, end, spanMs, columns).flatMap((value) =>
			new Array<number | null>(repeat).fill(value),
		);
		if (values.every((value) => value === null)) return [];
		const top = niceCeiling(peak(values, floor));
		const isQuiet = peak(values) === 0;
		if (isQuiet && metric !== 'established' && lines < ROOMY_LINES) {
			still.push(label);
			return [];
		}
		const bars = graph(values, isQuiet ? 1 : metric === 'established' ? height + 1 : height, top);
		const common = {label, metric, top, isQuiet, now: metricOf(metric, now)};
		return bars.map((bar, place) =>
			graphLine({...common, bar, place, isLast: place === bars.length - 1}, theme, cells),
		);
	});
	return [...out, axisLine(columns * repeat, spanMs, labels, theme, cells), ...stillLines(still, theme, cells)];
}

function stillLines(labels: readonly string[], theme: Theme, cells: number): string[] {
	if (labels.length === 0) return [];
	const groups: Piece[][] = [[[' 0 all the time:', 'quiet']], ...labels.map((label): Piece[] => [[label, 'quiet']])];
	return flow(theme, cells, groups, {indent: 3});
}

type GraphLine = {
	readonly bar: string;
	readonly place: number;
	readonly isLast: boolean;
	readonly label: string;
	readonly metric: Metric;
	readonly top: number;
	readonly isQuiet: boolean;
	readonly now: number | null;
};

function graphLine(
	{bar, place, isLast, label, metric, top, isQuiet, now}: GraphLine,
	theme: Theme,
	cells: number,
): string {
	const write = (value: number | null) => (metric === 'responseMs' ? shortDuration(value) : count(value, 5));
	const axis = isLast && place > 0 ? '0' : write(top);
	return line(theme, cells, [
		[fit(isLast ? ` ${label}` : '', LABEL_CELLS), isQuiet ? 'quiet' : 'plain'],
		[fit(isLast ? write(now) : '', VALUE_CELLS, 'right'), isQuiet ? 'quiet' : 'strong'],
		[`${fit(place === 0 || isLast ? axis : '', AXIS_CELLS - 1, 'right')}│`, 'quiet'],
		[bar, isQuiet ? 'quiet' : 'accent'],
	]);
}

/** `└-15m      -10m      -5m      now`. */
function axisLine(columns: number, spanMs: number, labels: number, theme: Theme, cells: number): string {
	const part = columns / labels;
	let ticks = '└';
	for (let tick = 0; tick < labels; tick++) {
		const label = tick === 0 || part >= 6 ? `-${shortDuration(spanMs * (1 - tick / labels))}` : '';
		ticks = fit(ticks, Math.round(tick * part) + 1) + label;
	}
	const indent = ' '.repeat(LABEL_CELLS + VALUE_CELLS + AXIS_CELLS - 1);
	return line(theme, cells, [[`${indent}${fit(ticks, columns - 2)}now`, 'quiet']]);
}
