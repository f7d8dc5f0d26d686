/**
The mouse, where somebody has asked for it (selecting text with it is the terminal's own business otherwise): what a terminal
reports in SGR mode (xterm's ctlseqs, "Any-event tracking", 1006), and what is under a cell.
*/

import type {ReadStream} from 'node:tty';
import {onTopOf} from '../terminal/on-top-of.ts';
import {placeColumns} from '../views/column-layout.ts';
import {laneFrame} from '../views/lanes.ts';
import {scrubberFrame} from '../views/scrubber.ts';
import {wishesOf} from '../views/table-view.tsx';
import {headerLines, type Layout} from './layout.ts';
import {type ScreenState, scrollTo} from './state.ts';
import {planTable} from './table-plan.ts';
import {axisOf, timeOf} from './time-axis.ts';

/** Presses and the wheel, in SGR coordinates; or off. */
export const MOUSE_ON = '\u001b[?1000h\u001b[?1006h';
export const MOUSE_OFF = '\u001b[?1006l\u001b[?1000l';

/** Cells from 0 on. */
export type MouseEvent = {
	readonly kind: 'click' | 'wheelUp' | 'wheelDown';
	readonly column: number;
	readonly row: number;
};

const REPORT = /\u001b\[<(\d+);(\d+);(\d+)([Mm])/g;
/** The beginning of one, at the end of what was read. */
const BEGUN = /\u001b\[<[\d;]{0,20}$/;

/** Takes the reports out of what is read; what is left was typed. A report may come in two pieces. */
export class MouseFilter {
	#held = '';
	readonly #onEvent: (event: MouseEvent) => void;

	constructor(onEvent: (event: MouseEvent) => void) {
		this.#onEvent = onEvent;
	}

	typed(chunk: string): string {
		const text = this.#held + chunk;
		this.#held = BEGUN.exec(text)?.[0] ?? '';
		const whole = this.#held === '' ? text : text.slice(0, -this.#held.length);
		return whole.replace(REPORT, (_, button: string, column: string, row: string, end: string) => {
			const kind = KINDS.get(Number(button) & ~MODIFIERS);
			if (kind !== undefined && end === 'M') this.#onEvent({kind, column: Number(column) - 1, row: Number(row) - 1});
			return '';
		});
	}
}

/** The same terminal, whose reports of the mouse go elsewhere: Ink knows no mouse. */
export function withoutMouse(stdin: ReadStream, onEvent: (event: MouseEvent) => void): ReadStream {
	const filter = new MouseFilter(onEvent);
	const read = (size?: number): string | Buffer | null => {
		for (;;) {
			const chunk: string | Buffer | null = stdin.read(size);
			if (chunk === null) return null;
			const typed = filter.typed(String(chunk));
			if (typed !== '') return typed;
		}
	};
	return onTopOf(stdin, (key) => (key === 'read' ? read : undefined));
}

/** Shift, meta, control. */
const MODIFIERS = 4 | 8 | 16;
const KINDS: ReadonlyMap<number, MouseEvent['kind']> = new Map([
	[0, 'click'],
	[64, 'wheelUp'],
	[65, 'wheelDown'],
]);

/** What is under a cell: a row, a heading, an instant of the recording; null: nothing that can be clicked. */
export type Target =
	| {readonly kind: 'row'; readonly place: number}
	| {readonly kind: 'heading'; readonly column: string}
	| {readonly kind: 'time'; readonly time: number};

export function targetAt(state: ScreenState, layout: Layout, cells: number, {column, row}: MouseEvent): Target | null {
	const top = headerLines(state, layout);
	if (row >= top && row < top + layout.body) return bodyTarget(state, layout, cells, column, row - top);
	const below = row - top - layout.body;
	if (below >= 0 && below < layout.scrubber) return timeTarget(state, layout, cells, column);
	return null;
}

function bodyTarget(
	state: ScreenState,
	{isTable, body}: Layout,
	cells: number,
	column: number,
	line: number,
): Target | null {
	if (!isTable) return null;
	const {listed, selection} = state;
	const {tableCells, tableLines} = planTable(Math.max(1, listed.length), cells, body);
	if (line >= tableLines || column >= tableCells) return null;
	if (line === 0) return headingAt(state, tableCells, column);
	const page = Math.max(1, tableLines - 1);
	const top = scrollTo(state.top, selection === null ? -1 : listed.indexOf(selection), page, listed.length);
	const place = top + line - 1;
	return place < listed.length ? {kind: 'row', place} : null;
}

function headingAt(state: ScreenState, cells: number, column: number): Target | null {
	const placed = placeColumns(cells, wishesOf(state), {
		columns: state.columns,
		sortedBy: state.sortedBy,
		isCompared: state.comparedWith !== null,
	});
	// after the cursor's cell
	let at = 1;
	for (const [place, {column: each, cells: wide}] of placed.entries()) {
		at += (place === 0 ? 0 : each.gap) + wide;
		if (column < at) return each.value === undefined ? null : {kind: 'heading', column: each.id};
	}
	return null;
}

function timeTarget(state: ScreenState, {scrubber}: Layout, cells: number, column: number): Target | null {
	const {playback, axisSpan} = state;
	if (scrubber > 1) {
		const axis = axisOf(playback, axisSpan);
		const frame = laneFrame(cells);
		const at = column - frame.before;
		return axis === null || at < 0 || at >= frame.cells ? null : {kind: 'time', time: timeOf(axis, at, frame.cells)};
	}
	const {before, length} = scrubberFrame(playback, cells);
	const axis = axisOf(playback, null);
	const at = column - before;
	return axis === null || at < 0 || at >= length ? null : {kind: 'time', time: timeOf(axis, at, length)};
}
