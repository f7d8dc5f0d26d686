/** A backend's graphs in three columns: EST | TW CW FW | RESP WAIT, and what was found where it is none of these. */

import type {DrawnMetric} from '../../model/metric.ts';
import {peak} from '../../text/sparkline.ts';
import type {BackendRow} from '../state/rows.ts';
import type {ScreenState} from '../state/state.ts';
import type {Theme} from '../terminal/theme.ts';
import {areaLines, axisLine, type DrawnAreas, MARGIN_CELLS, stepsOf} from './area-graph.ts';
import {evidenceMetrics} from './metric-look.ts';
import {beside} from './pieces.ts';

const COLUMNS: readonly (readonly DrawnMetric[])[] = [
	['established'],
	['timeWait', 'closeWait', 'finWait2', 'synSent'],
	['responseMs', 'waiting', 'retransmitting'],
];
/** Drawn whether something happens there or not. */
const ALWAYS: ReadonlySet<DrawnMetric> = new Set(['established', 'timeWait', 'closeWait', 'responseMs', 'waiting']);
/** A graph of fewer lines is a sparkline, of more a wall. */
const MOST_LINES = 13;

export function sideGraphs(
	state: ScreenState,
	row: BackendRow,
	theme: Theme,
	cells: number,
	lines: number,
	areas: DrawnAreas,
): string[] {
	const wide = Math.floor(cells / COLUMNS.length);
	const height = Math.max(1, Math.min(lines - 1, MOST_LINES));
	const blocks = COLUMNS.map((metrics) => columnLines(state, row, metrics, theme, wide - 1, height, areas));
	return blocks.reduce((left, right, at) => (at === 0 ? right : beside(left, right, at * wide)), [] as string[]);
}

function columnLines(
	state: ScreenState,
	row: BackendRow,
	metrics: readonly DrawnMetric[],
	theme: Theme,
	cells: number,
	lines: number,
	areas: DrawnAreas,
): string[] {
	const clockMs = state.shown?.model.clockMs ?? 0;
	const steps = stepsOf(state.zoom, Math.max(10, cells - MARGIN_CELLS - 1));
	const evidence = evidenceMetrics(row);
	const known = metrics.map((metric) => ({metric, values: areas.valuesOf(metric, row, clockMs, steps)}));
	const drawn = known
		.filter(
			({metric, values}) =>
				evidence.includes(metric) ||
				(ALWAYS.has(metric) ? hasValue(values) || metric !== 'responseMs' : peak(values) > 0),
		)
		.filter(({metric, values}) => ALWAYS.has(metric) === false || hasValue(values) || metric === 'established')
		.slice(0, Math.max(1, lines));
	const even = Math.floor(lines / Math.max(1, drawn.length));
	const graphs = drawn.flatMap(({metric, values}, place) => {
		const height = place === 0 ? lines - even * (drawn.length - 1) : even;
		return areaLines({metric, row, state, steps, values, height, drawn: areas}, theme, cells);
	});
	return [...graphs, axisLine(steps, state.zoom, theme, cells)];
}

function hasValue(values: readonly (number | null)[]): boolean {
	return values.some((value) => value !== null);
}
