/** One backend over time, as lines: the evidence of what was found first, then the other states that occur. */

import {DRAWN_METRICS, type DrawnMetric} from '../../model/metric.ts';
import {grouped} from '../../text/count.ts';
import {duration} from '../../text/duration.ts';
import {peak} from '../../text/sparkline.ts';
import type {BackendRow} from '../state/rows.ts';
import type {ScreenState} from '../state/state.ts';
import type {Theme} from '../terminal/theme.ts';
import {type AreaGraph, areaLines, axisLine, DrawnAreas, MARGIN_CELLS, stepsOf} from './area-graph.ts';
import {evidenceMetrics, METRIC_LOOKS} from './metric-look.ts';
import {flow, type Piece} from './pieces.ts';

/** Most lines of the evidence's graph, of EST and of another one. */
const MOST_EVIDENCE = 8;
const MOST_ESTABLISHED = 7;
const MOST_OTHER = 5;
/** Right of a graph, where it leaves this much. */
const NOTE_CELLS = 30;

/** In this many lines at most, but always the evidence and EST. `metrics`: the only ones that are drawn. */
export function graphLines(
	state: ScreenState,
	row: BackendRow,
	theme: Theme,
	cells: number,
	lines: number,
	metrics: readonly DrawnMetric[] = DRAWN_METRICS,
	areas: DrawnAreas = new DrawnAreas(),
): string[] {
	const clockMs = state.shown?.model.clockMs ?? 0;
	const steps = stepsOf(state.zoom, Math.max(10, cells - MARGIN_CELLS - 1));
	const evidence = evidenceMetrics(row);
	const valuesBy = new Map(DRAWN_METRICS.map((metric) => [metric, areas.valuesOf(metric, row, clockMs, steps)]));
	const values = (metric: DrawnMetric) => valuesBy.get(metric) ?? [];
	const isMust = (metric: DrawnMetric) => metric === 'established' || evidence.includes(metric);
	const known = metrics.filter((metric) => values(metric).some((value) => value !== null) || isMust(metric));
	const rising = known.filter((metric) => peak(values(metric)) > 0 || isMust(metric));
	const wanted = [...evidence, ...rising.filter((metric) => !evidence.includes(metric))];
	// a line for the axis and one for what stayed at 0
	const room = Math.max(2, lines - 2);
	const drawn = wanted.filter((metric, place) => place < room || metric === 'established').slice(0, Math.max(room, 2));
	const heights = heightsOf(drawn, evidence, room);
	const still = known.filter((metric) => !rising.includes(metric));
	const out = drawn.flatMap((metric, place) => {
		const graphed: AreaGraph = {
			...{metric, row, state, steps, values: values(metric)},
			height: heights[place] ?? 1,
			drawn: areas,
			note: cells - MARGIN_CELLS - steps.columns > NOTE_CELLS ? notePieces(metric, values(metric), state) : [],
		};
		return areaLines(graphed, theme, cells);
	});
	const untold = wanted.filter((metric) => !drawn.includes(metric));
	return [...out, axisLine(steps, state.zoom, theme, cells), ...stillLines(still, untold, theme, cells)];
}

/** One line each, then more from the first on: the evidence most of all. */
function heightsOf(drawn: readonly DrawnMetric[], evidence: readonly DrawnMetric[], room: number): number[] {
	const heights = drawn.map(() => 1);
	let left = room - drawn.length;
	const mostOf = (metric: DrawnMetric) =>
		metric === evidence[0] ? MOST_EVIDENCE : metric === 'established' ? MOST_ESTABLISHED : MOST_OTHER;
	for (let isGrown = true; left > 0 && isGrown; ) {
		isGrown = false;
		for (const [place, metric] of drawn.entries()) {
			const height = heights[place] ?? 1;
			// the evidence is twice as high as what is drawn below it
			const turns = place === 0 && evidence.length > 0 ? 2 : 1;
			const more = Math.min(turns, left, mostOf(metric) - height);
			if (more <= 0) continue;
			heights[place] = height + more;
			left -= more;
			isGrown = true;
		}
	}
	return heights;
}

/** From when on it is an alarm, where a number of the graph does not say it. */
function notePieces(metric: DrawnMetric, values: readonly (number | null)[], {thresholds}: ScreenState): Piece[] {
	const most = `  peak ${metric === 'responseMs' ? duration(peak(values)) : grouped(peak(values))}`;
	const alarm: Partial<Record<DrawnMetric, string>> = {
		closeWait: `, alarm if one is older than ${duration(thresholds['close-wait.age'])}`,
		finWait2: `, alarm if older than ${duration(thresholds['leak.age'])}`,
		waiting: `, alarm if none is answered for ${duration(thresholds['hung.for'])}`,
	};
	return [[`${most}${alarm[metric] ?? ''}`, 'quiet']];
}

function stillLines(
	still: readonly DrawnMetric[],
	untold: readonly DrawnMetric[],
	theme: Theme,
	cells: number,
): string[] {
	const words = (metrics: readonly DrawnMetric[]) =>
		metrics.map((metric): Piece[] => [[METRIC_LOOKS[metric].meaning, 'quiet']]);
	const groups: Piece[][] = [
		...(still.length === 0 ? [] : [[[' 0 throughout:', 'quiet'] as Piece], ...words(still)]),
		...(untold.length === 0 ? [] : [[[' no room for:', 'quiet'] as Piece], ...words(untold)]),
	];
	return groups.length === 0 ? [] : flow(theme, cells, groups, {indent: 3});
}
