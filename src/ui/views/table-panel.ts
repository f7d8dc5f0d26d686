/** What is below the table, about the selected backend or the worst one, under a rule that says what the view shows. */

import {DRAWN_METRICS, type DrawnMetric} from '../../model/metric.ts';
import type {BackendTrack} from '../../model/track.ts';
import {grouped} from '../../text/count.ts';
import {type BackendRow, rowKey} from '../state/rows.ts';
import type {ScreenState} from '../state/state.ts';
import {type Subject, subjectOf} from '../state/subject.ts';
import {SIDE_BY_SIDE, type TablePlan} from '../state/table-plan.ts';
import type {Theme} from '../terminal/theme.ts';
import {DrawnAreas} from './area-graph.ts';
import {graphLines} from './backend-graphs.ts';
import {beside, type Piece, paintPieces, piecesWidth} from './pieces.ts';
import {sideGraphs} from './side-graphs.ts';
import {earlierLines, eventLines, otherLines, titleLine, whyLines} from './why-pane.ts';

export type Panel = {
	/** Below the table. */
	readonly lines: readonly string[];
	/** Right of the heading and of each row. */
	readonly aside: readonly string[];
};

/** Which rows of how many are shown. */
export type Span = {readonly from: number; readonly shown: number; readonly of: number};

export function panelOf(state: ScreenState, plan: TablePlan, span: Span, theme: Theme): Panel {
	const {tableLines, tableCells, panelLines, asideCells} = plan;
	const subject = subjectOf(state);
	if (asideCells > 0) {
		const right = asideLines(subject, state, theme, asideCells, tableLines + panelLines);
		if (panelLines === 0) return {lines: [], aside: right};
		const rule = ruleLine(spanPieces(state, span), graphTitle(subject), theme, tableCells);
		const graphs = stacked(subject, state, theme, tableCells, panelLines - 1, (at, row, room, areas) =>
			sideGraphs(at, row, theme, tableCells, room, areas),
		);
		return {
			lines: beside([rule, ...graphs], right.slice(tableLines), tableCells),
			aside: right.slice(0, tableLines),
		};
	}
	if (panelLines === 0) return {lines: [], aside: []};
	if (tableCells >= SIDE_BY_SIDE && panelLines >= FEWEST_BESIDE) {
		return {lines: besideLines(subject, state, spanPieces(state, span), theme, tableCells, panelLines), aside: []};
	}
	const rule = ruleLine(spanPieces(state, span), whyTitle(subject), theme, tableCells);
	return {lines: [rule, ...belowLines(subject, state, theme, tableCells, panelLines - 1)], aside: []};
}

const FEWEST_BESIDE = 5;
/** Of the width, what the graphs get beside the explanation. */
const GRAPHS_SHARE = 0.54;
/** Fewer lines make no graph with its axis. */
const FEWEST_GRAPH_LINES = 4;
const MOST_EARLIER = 8;

function besideLines(
	subject: Subject,
	state: ScreenState,
	span: readonly Piece[],
	theme: Theme,
	cells: number,
	panelLines: number,
): string[] {
	const lines = panelLines - 1;
	const left = Math.floor(cells * GRAPHS_SHARE);
	const graphs = stacked(subject, state, theme, left - 1, lines, (at, row, room, areas) =>
		graphLines(at, row, theme, left - 1, room, drawnOf(row), areas),
	);
	const words = wordLines(subject, state, theme, cells - left - 1, lines);
	const rule =
		ruleLine(span, graphTitle(subject), theme, left) +
		theme.line(theme.paint('rule', '┬')) +
		ruleLine([], whyTitle(subject), theme, cells - left - 1, '─');
	return [rule, ...beside(graphs, divided(words, lines, theme), left)];
}

/** The graphs of what is explained, and as far as there is room those of the other problems and of the table's first rows. */
function stacked(
	{row: first, problems}: Subject,
	state: ScreenState,
	theme: Theme,
	cells: number,
	lines: number,
	draw: DrawGraphs,
): string[] {
	const {rows, order} = state;
	const calm = calmState(state);
	const out: string[] = [];
	const others = problems.flatMap(({instance, backend}) => rows.get(rowKey(instance, backend ?? '')) ?? []);
	const next = order.slice(0, MOST_STACKED).flatMap((key) => rows.get(key) ?? []);
	for (const row of new Set([...(first === null ? [] : [first]), ...others, ...next])) {
		const title =
			out.length === 0 ? [] : [ruleLine([[row.backend.name ?? row.backend.address, 'title']], [], theme, cells)];
		const room = lines - out.length - title.length;
		if (room < (out.length === 0 ? FEWEST_GRAPH_LINES - 1 : FEWEST_MORE_LINES)) break;
		const isCalm = row.verdict.findings.length === 0;
		// when nothing is wrong any more, what was is to be seen in them
		if (!isCalm) kept.delete(row.backend.track);
		const drawn = isCalm ? calmGraphs(calm, row, room, cells, theme, draw) : draw(state, row, room, new DrawnAreas());
		out.push(...title, ...drawn.slice(0, room));
	}
	return out;
}

/** Where nothing is wrong the graphs move on this often: all of their cells change when they do. */
const CALM_MS = 10_000;

function calmState(state: ScreenState): ScreenState {
	const {shown} = state;
	if (shown === null) return state;
	const late = shown.model.clockMs % CALM_MS;
	const model = {...shown.model, clockMs: shown.model.clockMs - late, time: shown.model.time - late};
	return {...state, shown: {...shown, model}};
}

type DrawGraphs = (state: ScreenState, row: BackendRow, room: number, areas: DrawnAreas) => readonly string[];

/** Of a backend with which nothing is wrong, where graphs are one below the other. */
const CALM_METRICS: readonly DrawnMetric[] = ['established', 'timeWait', 'closeWait', 'responseMs'];

function drawnOf({verdict}: BackendRow): readonly DrawnMetric[] {
	return verdict.findings.length === 0 ? CALM_METRICS : DRAWN_METRICS;
}

/** Kept until they move on; what a number beside them changes is drawn again when it does. */
function calmGraphs(
	state: ScreenState,
	row: BackendRow,
	room: number,
	cells: number,
	theme: Theme,
	draw: DrawGraphs,
): readonly string[] {
	const {connections, waiting, responseMs, retransmitting, track} = row.backend;
	const {established, timeWait, closeWait} = connections;
	const few = [established, timeWait, closeWait, responseMs?.p50];
	const numbers = (
		cells < SIDE_BY_SIDE ? few : [...few, ...Object.values(connections), waiting, retransmitting]
	).join();
	const size = [
		state.shown?.model.clockMs,
		state.zoom,
		room,
		cells,
		theme.depth,
		theme.isAscii,
		row.instance.problem,
	].join();
	const before = kept.get(track);
	if (before?.size === size && before.numbers === numbers) return before.lines;
	const areas = before?.size === size ? before.areas : new DrawnAreas();
	const lines = draw(state, row, room, areas);
	kept.set(track, {size, numbers, areas, lines});
	return lines;
}

type KeptGraphs = {
	readonly size: string;
	readonly numbers: string;
	readonly areas: DrawnAreas;
	readonly lines: readonly string[];
};

const kept = new WeakMap<BackendTrack, KeptGraphs>();

/** A further backend is not begun with fewer lines. */
const FEWEST_MORE_LINES = 4;
const MOST_STACKED = 12;

/** One below the other: the explanation, the other problems, graphs, what happened before. */
function belowLines(subject: Subject, state: ScreenState, theme: Theme, cells: number, lines: number): string[] {
	const why = whyLines(subject, state, theme, cells, lines);
	const others = otherLines(subject, state, theme, cells, Math.floor((lines - why.length) / 2));
	const words = [...why, ...others];
	const rest = lines - words.length;
	// A third of what is left, where there is anything to tell.
	const earlier = earlierLines(state, theme, cells, Math.min(MOST_EARLIER, Math.floor(rest / 3)));
	const left = rest - earlier.length - 1;
	const drawn =
		left < FEWEST_GRAPH_LINES
			? []
			: stacked(subject, state, theme, cells, left, (at, row, room, areas) =>
					graphLines(at, row, theme, cells, room, drawnOf(row), areas),
				);
	const graphs = drawn.length === 0 ? [] : ['', ...drawn];
	const still = rest - graphs.length;
	return [...words, ...graphs, ...earlierLines(state, theme, cells, still)].slice(0, lines);
}

function wordLines(subject: Subject, state: ScreenState, theme: Theme, cells: number, lines: number): string[] {
	const why = whyLines(subject, state, theme, cells, lines);
	const others = otherLines(subject, state, theme, cells, Math.floor((lines - why.length) / 2));
	const rest = lines - why.length - others.length;
	return [...why, ...others, ...earlierLines(state, theme, cells, rest)];
}

function asideLines(subject: Subject, state: ScreenState, theme: Theme, cells: number, lines: number): string[] {
	const inner = cells - 2;
	const title = titleLine(whyWord(subject), nextKey(subject), theme, inner);
	const why = whyLines(subject, state, theme, inner, lines - 1);
	const others = otherLines(subject, state, theme, inner, Math.floor((lines - why.length) / 2));
	const words = [title, ...why, ...others];
	return divided([...words, ...eventLines(state, theme, inner, lines - words.length)], lines, theme);
}

/** With a thin line at the left, to the last line. */
function divided(lines: readonly string[], count: number, theme: Theme): string[] {
	const rule = theme.line(theme.paint('rule', '│'));
	return Array.from({length: count}, (_, place) => rule + (lines[place] ?? ''));
}

function whyWord({place, problems, finding}: Subject): string {
	if (problems.length === 0) return finding === null ? 'nothing wrong' : 'notice';
	return place < 0 ? plural(problems.length) : `why · ${place + 1} of ${problems.length}`;
}

function plural(problems: number): string {
	return problems === 1 ? '1 problem' : `${grouped(problems)} problems`;
}

function nextKey({place, problems}: Subject): string {
	if (problems.length === 0) return '';
	return place < 0 ? 'n first' : problems.length > 1 ? 'n next  p previous' : '';
}

function whyTitle(subject: Subject): Piece[] {
	const key = nextKey(subject);
	return [
		[whyWord(subject), 'title'],
		...(key === ''
			? []
			: ([
					[' · ', 'rule'],
					[key, 'quiet'],
				] as Piece[])),
	];
}

function graphTitle({row}: Subject): Piece[] {
	return row === null ? [] : [[row.backend.name ?? row.backend.address, 'title']];
}

/** `1–20 of 300 · 12 of 300 match “web” · by name`: which part is above. */
function spanPieces(state: ScreenState, {from, shown, of}: Span): Piece[] {
	const {filter, rows, order, grouping, isFollowing} = state;
	const parts: Piece[] = [];
	if (shown < of) parts.push([`${grouped(from + 1)}–${grouped(from + shown)} of ${grouped(of)}`, 'plain']);
	if (filter !== '') parts.push([`${grouped(order.length)} of ${grouped(rows.size)} match “${filter}”`, 'degraded']);
	if (parts.length === 0) parts.push([rows.size === 1 ? '1 backend' : `${grouped(rows.size)} backends`, 'quiet']);
	if (grouping !== 'none') parts.push([`by ${grouping}`, 'accent']);
	if (isFollowing) parts.push(['following the worst', 'accent']);
	return parts.flatMap((part, at): Piece[] => (at === 0 ? [part] : [[' · ', 'rule'], part]));
}

/** `── 1–20 of 300 ─────── why · 2 of 3 ──`; the left part goes where there is no room for both. */
function ruleLine(
	left: readonly Piece[],
	right: readonly Piece[],
	theme: Theme,
	cells: number,
	first: ' ' | '─' = ' ',
): string {
	const rightCells = right.length === 0 ? 0 : piecesWidth(right) + 4;
	const isBoth = piecesWidth(left) + 4 + rightCells + 2 <= cells;
	const kept = isBoth && left.length > 0 ? left : [];
	const leftCells = kept.length === 0 ? 0 : piecesWidth(kept) + 4;
	const bar = '─'.repeat(Math.max(0, cells - leftCells - rightCells - 2));
	const pieces: Piece[] = [
		[first, 'rule'],
		...(kept.length === 0 ? [] : ([['── ', 'rule'], ...kept, [' ', 'rule']] as Piece[])),
		[bar, 'rule'],
		...(right.length === 0 ? [] : ([[' '], ...right, [' ─', 'rule'], ['─', 'rule']] as Piece[])),
	];
	return theme.line(paintPieces(theme, pieces, cells));
}
