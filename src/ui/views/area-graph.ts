/**
A metric over time as a filled area: one cell is one step of time, more cells are more of the past. Its colour warms towards
the limit, which is a dashed line, and is that of a finding while one was open.
*/
import {type DrawnMetric, FLOWS, metricOf} from '../../model/metric.ts';
import {fineSpanMs, steps} from '../../model/series.ts';
import {BUCKET_MS} from '../../model/track.ts';
import {count} from '../../text/count.ts';
import {shortDuration} from '../../text/duration.ts';
import {fit} from '../../text/fit.ts';
import {fineCeiling, graph, peak} from '../../text/sparkline.ts';
import type {BackendRow} from '../state/rows.ts';
import type {ScreenState} from '../state/state.ts';
import {ZOOMS, type Zoom, zoomLabel} from '../state/zoom.ts';
import type {Role, Theme} from '../terminal/theme.ts';
import {limitOf} from './limits.ts';
import {METRIC_LOOKS, troubleOf} from './metric-look.ts';
import {line, type Piece, piecesWidth} from './pieces.ts';

/** Label, value now, top of the axis. */
const LABEL_CELLS = 6;
const VALUE_CELLS = 7;
const AXIS_CELLS = 6;
/** Before the first step. */
export const MARGIN_CELLS = LABEL_CELLS + VALUE_CELLS + AXIS_CELLS + 1;

export type Steps = {readonly stepMs: number; readonly columns: number};

/** Of seconds below a bucket, else of whole buckets. */
const STEPS_MS: Readonly<Record<Zoom, readonly number[]>> = {
	60000: [1000, 2000, 3000, 4000],
	300000: [5000, 10_000, 15_000, 20_000, 30_000],
	900000: [5000, 10_000, 15_000, 20_000, 30_000, 45_000, 60_000],
};

/** The shortest steps with which a span has room; where there is room for more, more of the past. */
export function stepsOf(zoom: Zoom, room: number): Steps {
	const choices = STEPS_MS[zoom];
	const stepMs = choices.find((step) => zoom / step <= room) ?? choices.at(-1) ?? BUCKET_MS;
	return {stepMs, columns: Math.max(1, Math.min(room, Math.floor(fineSpanMs(stepMs) / stepMs)))};
}

export type AreaGraph = {
	readonly metric: DrawnMetric;
	readonly row: BackendRow;
	readonly state: ScreenState;
	readonly steps: Steps;
	readonly height: number;
	/** What it was drawn from. */
	readonly values: readonly (number | null)[];
	/** Right of it, in its lowest line. */
	readonly note?: readonly Piece[];
	readonly drawn: DrawnAreas;
};

type Area = {readonly top: number; readonly limit: number | null; readonly rows: readonly (readonly Piece[])[]};

/** What was drawn of one backend at one time and size, to be taken again while only the numbers beside it change. */
export class DrawnAreas {
	readonly #values = new Map<DrawnMetric, readonly (number | null)[]>();
	readonly #areas = new Map<string, Area>();
	readonly #lines = new Map<string, string>();

	valuesOf(metric: DrawnMetric, {backend}: BackendRow, clockMs: number, {stepMs, columns}: Steps) {
		return taken(this.#values, metric, () => steps(backend.track, metric, clockMs, stepMs, columns));
	}

	areaOf(graphed: AreaGraph): Area {
		return taken(this.#areas, `${graphed.metric} ${graphed.height}`, () => areaOf(graphed));
	}

	/** A line without a number of the newest look. */
	lineOf({metric, height}: AreaGraph, place: number, draw: () => string): string {
		return taken(this.#lines, `${metric} ${height} ${place}`, draw);
	}
}

function taken<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
	const known = map.get(key);
	if (known !== undefined) return known;
	const made = make();
	map.set(key, made);
	return made;
}

/** As text and roles, top first: one character a step, neighbours of one role as one piece. */
function areaOf({metric, row, state, steps: {stepMs}, height, values}: AreaGraph): Area {
	const {shown, thresholds} = state;
	const {role: usual, floor} = METRIC_LOOKS[metric];
	const clockMs = shown?.model.clockMs ?? 0;
	const most = peak(values, floor);
	const top = fineCeiling(most);
	const limit = limitOf(metric, row, clockMs, thresholds);
	const trouble = troubleOf(state, row);
	const time = shown?.model.time ?? 0;
	const endMs = (Math.floor(clockMs / stepMs) + 1) * stepMs - clockMs + time;
	const troubles = values.map((_, at) => {
		const to = endMs - (values.length - 1 - at) * stepMs;
		return trouble(metric, to - stepMs, Math.min(to, time + 1));
	});
	const isLimited = limit !== null && limit < top && height > 1;
	const limitRow = isLimited ? Math.min(height - 1, Math.floor((limit / top) * height)) : -1;
	const bars = graph(values, height, top);
	const rows = bars.map((bar, place) => {
		const high = ((height - place) / height) * top;
		const isLimitRow = height - 1 - place === limitRow;
		const pieces: Piece[] = [];
		let text = '';
		let textRole: Role = 'plain';
		for (let at = 0; at < bar.length; at++) {
			const bare = bar[at] as string;
			const character = bare === ' ' && isLimitRow ? '╌' : bare;
			const value = values[at] ?? null;
			let role: Role = usual;
			if (bare === ' ') role = isLimitRow ? 'quiet' : textRole;
			else if (value === null || (value <= 0 && metric !== 'responseMs')) role = 'rule';
			else role = troubles[at] ?? shade(Math.min(value, high), limit, usual);
			if (role !== textRole && text !== '') {
				pieces.push([text, textRole]);
				text = '';
			}
			textRole = role;
			text += character;
		}
		if (text !== '') pieces.push([text, textRole]);
		return pieces;
	});
	return {top, limit: isLimited ? limit : null, rows};
}

function shade(value: number, limit: number | null, role: Role): Role {
	return limit !== null && value > limit / 2 ? 'warm' : role;
}

export function areaLines(graphed: AreaGraph, theme: Theme, cells: number): string[] {
	const {metric, row, height, note = [], drawn} = graphed;
	const {label, role} = METRIC_LOOKS[metric];
	const {top, limit, rows} = drawn.areaOf(graphed);
	const limitPlace = limit === null ? -1 : height - 1 - Math.min(height - 1, Math.floor((limit / top) * height));
	return rows.map((area, place) => {
		const isLast = place === height - 1;
		const isFirst = place === 0;
		const draw = () => {
			const axis = isFirst
				? write(metric, top)
				: place === limitPlace && limit !== null
					? write(metric, limit)
					: isLast
						? '0'
						: '';
			return line(theme, cells, [
				[fit(isFirst ? ` ${label}` : '', LABEL_CELLS), role],
				[fit(isFirst ? nowOf(metric, row) : '', VALUE_CELLS - 1, 'right'), 'strong'],
				[` ${fit(axis, AXIS_CELLS, 'right')}`, 'quiet'],
				[axis === '' ? '│' : '┤', 'rule'],
				...area,
				...(isLast ? note : []),
			]);
		};
		return isFirst || (isLast && note.length > 0) ? draw() : drawn.lineOf(graphed, place, draw);
	});
}

/** As the table says it. */
function nowOf(metric: DrawnMetric, {backend, instance}: BackendRow): string {
	if (instance.problem !== null) return '–';
	if (metric === 'responseMs') return shortDuration(backend.responseMs?.p50 ?? null);
	if (metric === 'waiting') return count(backend.waiting, VALUE_CELLS - 1);
	if (metric === 'opened')
		return backend.openedPerSecond === null ? '–' : `${count(Math.round(backend.openedPerSecond), 4)}/s`;
	if (metric === 'retransmitting') return count(backend.retransmitting, VALUE_CELLS - 1);
	if (metric === 'endedRefused' || metric === 'endedUnanswered' || metric === 'endedReset') {
		const ended = metricOf(metric, backend.now);
		const sinceMs = instance.snapshot.sincePreviousMs ?? 0;
		return ended === null || sinceMs === 0 ? '–' : `${count(Math.round((ended * 1_000) / sinceMs), 4)}/s`;
	}
	return count(backend.connections[metric], VALUE_CELLS - 1);
}

function write(metric: DrawnMetric, value: number): string {
	return metric === 'responseMs'
		? shortDuration(value)
		: FLOWS.has(metric)
			? `${count(value, 4)}/s`
			: count(value, AXIS_CELLS);
}

/** Where the axis is labelled: one label each this many ms. */
const TICKS_MS: Readonly<Record<Zoom, number>> = {60000: 20_000, 300000: 60_000, 900000: 300_000};
/** A label and a blank. */
const LEAST_TICK_CELLS = 7;

/** `└-74s     -60s      -40s      -20s      now`, and which span is chosen. */
export function axisLine({stepMs, columns}: Steps, zoom: Zoom, theme: Theme, cells: number): string {
	const spanMs = stepMs * columns;
	let every = TICKS_MS[zoom];
	while (every / stepMs < LEAST_TICK_CELLS) every *= 2;
	let ticks = '';
	for (let back = Math.floor(spanMs / every) * every; back > 0; back -= every) {
		const at = columns - back / stepMs;
		if (at < 0 || at < ticks.length) continue;
		ticks = `${ticks.padEnd(at)}╵-${shortDuration(back)}`;
	}
	const axis = `${fit(ticks.slice(0, Math.max(0, columns - 4)), Math.max(0, columns - 4))}now╵`;
	const zooms = zoomPieces(zoom);
	const blank = ' '.repeat(Math.max(0, MARGIN_CELLS - 1 - piecesWidth(zooms)));
	return line(theme, cells, [...zooms, [blank], ['└', 'rule'], [axis.slice(-columns), 'quiet']]);
}

/** `z 60s [5m] 15m`. */
export function zoomPieces(zoom: Zoom): Piece[] {
	return [
		[' z', 'accent'],
		...ZOOMS.map(
			(each): Piece => [
				` ${each === zoom ? `[${zoomLabel(each)}]` : zoomLabel(each)}`,
				each === zoom ? 'plain' : 'quiet',
			],
		),
	];
}
