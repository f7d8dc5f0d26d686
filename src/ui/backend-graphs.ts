/** Every state of one backend over time, with axis and scale, as lines. */
import {BUCKET_MS, type Metric, metricOf, series} from '../model/track.ts';
import {LOOKBACK_MS} from '../snapshot.ts';
import {count} from '../text/count.ts';
import {shortDuration} from '../text/duration.ts';
import {fit} from '../text/fit.ts';
import {graph, niceCeiling, peak} from '../text/sparkline.ts';
import {line} from './pieces.ts';
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

/** Each a divisor of the buckets that a span has, so that no bar straddles two of them. */
const GRAPH_COLUMNS = [180, 90, 60, 45, 36, 30, 20, 18, 15, 12, 10] as const;
/** A backend that is new to this watch is drawn larger. */
const SHORT_SPAN_MS = LOOKBACK_MS / 3;

/** How much of the past is drawn, ms. */
export function spanOf({backend}: BackendRow, clockMs: number): number {
	return clockMs - backend.track.firstSeenMs < SHORT_SPAN_MS ? SHORT_SPAN_MS : LOOKBACK_MS;
}

export function graphLines(row: BackendRow, clockMs: number, theme: Theme, cells: number, lines: number): string[] {
	const {track, now} = row.backend;
	const spanMs = spanOf(row, clockMs);
	const room = Math.max(10, cells - LABEL_CELLS - VALUE_CELLS - AXIS_CELLS - 2);
	const columns = GRAPH_COLUMNS.find((columns) => columns <= room && columns * BUCKET_MS <= spanMs) ?? 10;
	const repeat = Math.floor(room / columns);
	const stepMs = spanMs / columns;
	// On whole steps, or every bar would change at every tick.
	const end = (Math.floor(clockMs / stepMs) + 1) * stepMs - 1;
	const height = lines >= 60 ? 3 : lines >= 36 ? 2 : 1;
	const out = GRAPHS.flatMap(([metric, label, floor]) => {
		const values = series(track, metric, end, spanMs, columns).flatMap((value) =>
			new Array<number | null>(repeat).fill(value),
		);
		if (values.every((value) => value === null)) return [];
		const top = niceCeiling(peak(values, floor));
		const isQuiet = peak(values) === 0;
		const bars = graph(values, isQuiet ? 1 : metric === 'established' ? height + 1 : height, top);
		const common = {label, metric, top, isQuiet, now: metricOf(metric, now)};
		return bars.map((bar, place) =>
			graphLine({...common, bar, place, isLast: place === bars.length - 1}, theme, cells),
		);
	});
	return [...out, axisLine(columns * repeat, spanMs, theme, cells)];
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
function axisLine(columns: number, spanMs: number, theme: Theme, cells: number): string {
	const parts = spanMs === LOOKBACK_MS ? 3 : 5;
	const part = columns / parts;
	let ticks = '└';
	for (let tick = 0; tick < parts; tick++) {
		const label = tick === 0 || part >= 6 ? `-${shortDuration(spanMs * (1 - tick / parts))}` : '';
		ticks = fit(ticks, Math.round(tick * part) + 1) + label;
	}
	const indent = ' '.repeat(LABEL_CELLS + VALUE_CELLS + AXIS_CELLS - 1);
	return line(theme, cells, [[`${indent}${fit(ticks, columns - 2)}now`, 'quiet']]);
}
