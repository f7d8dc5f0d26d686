/** Which columns the table shows, and in what order: a list to choose from. */

import {fit} from '../../text/fit.ts';
import {type ScreenState, scrollTo} from '../state/state.ts';
import {planTable} from '../state/table-plan.ts';
import type {Theme} from '../terminal/theme.ts';
import {placeColumns} from './column-layout.ts';
import {COLUMNS} from './columns.ts';
import {line, type Piece} from './pieces.ts';

/** Always there: a row without them says nothing. */
export const FIXED: ReadonlySet<string> = new Set(['STATE', 'BACKEND']);

/** Those that are shown in their order, then the others. */
export function listedColumns({columns}: ScreenState, shown: readonly string[]): string[] {
	return [...new Set([...(columns ?? shown), ...COLUMNS.map(({id}) => id)])].filter((id) => id !== 'STATE');
}

/** What the table shows now at a width, in its order. */
export function shownColumns(state: ScreenState, cells: number): string[] {
	const {tableCells} = planTable(1, cells, 1);
	const chosen = {columns: state.columns, sortedBy: state.sortedBy};
	return placeColumns(tableCells, state.wishes, chosen).map(({column}) => column.id);
}

export function chooserLines(state: ScreenState, place: number, theme: Theme, cells: number, lines: number): string[] {
	const shown = shownColumns(state, cells);
	const ids = listedColumns(state, shown);
	const chosen = new Set(state.columns ?? shown);
	const page = Math.max(1, lines - HEAD_LINES);
	const top = scrollTo(place - (page >> 1), place, page, ids.length);
	const rows = ids.slice(top, top + page).map((id, at) => {
		const column = COLUMNS.find((each) => each.id === id);
		const isHere = top + at === place;
		const isOn = chosen.has(id) || FIXED.has(id);
		const note = isOn && !shown.includes(id) ? 'no room at this width' : '';
		const pieces: Piece[] = [
			[isHere ? '›' : ' ', 'accent'],
			[isOn ? '[x] ' : '[ ] ', isOn ? 'plain' : 'quiet'],
			[fit(id, 10), isHere ? 'strong' : isOn ? 'plain' : 'quiet'],
			[column?.meaning ?? '', 'quiet'],
		];
		return line(theme, cells, pieces, note === '' ? [] : [[note, 'degraded']]);
	});
	const how = state.columns === null ? 'as many as fit' : 'chosen';
	return [
		line(theme, cells, [
			[' columns', 'title'],
			[`  ${how}`, 'quiet'],
		]),
		line(theme, cells, [
			[' Space', 'accent'],
			[' shows or hides', 'quiet'],
			['   < >', 'accent'],
			[' move it', 'quiet'],
			['   a', 'accent'],
			[' automatic', 'quiet'],
			['   W', 'accent'],
			[' saves to config', 'quiet'],
			['   Esc', 'accent'],
			[' back', 'quiet'],
		]),
		'',
		...rows,
	];
}

const HEAD_LINES = 3;

/** Shown or hidden; what was by width is from now on as shown. */
export function toggled(state: ScreenState, place: number, shown: readonly string[]): readonly string[] | null {
	const id = listedColumns(state, shown)[place];
	const now = state.columns ?? shown.filter((each) => each !== 'STATE');
	if (id === undefined || FIXED.has(id)) return state.columns;
	return now.includes(id) ? now.filter((each) => each !== id) : [...now, id];
}

/** One place to the left or the right; null: it does not move. */
export function moved(
	state: ScreenState,
	place: number,
	by: 1 | -1,
	shown: readonly string[],
): readonly string[] | null {
	const id = listedColumns(state, shown)[place];
	const now = [...(state.columns ?? shown.filter((each) => each !== 'STATE'))];
	const at = id === undefined ? -1 : now.indexOf(id);
	const other = now[at + by];
	if (id === undefined || at < 0 || other === undefined) return null;
	now[at] = other;
	now[at + by] = id;
	return now;
}
