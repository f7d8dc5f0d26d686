/** The views that are plain lines, and how far they scroll. */

import type {Extent} from '../state/actions.ts';
import {layoutOf, type Size} from '../state/layout.ts';
import {findingsOf, type ScreenState, scrollTo} from '../state/state.ts';
import {planTable} from '../state/table-plan.ts';
import type {Theme} from '../terminal/theme.ts';
import {detailLines} from './backend-detail.ts';
import {chooserLines, listedColumns, shownColumns} from './column-chooser.ts';
import {emptyLines} from './empty-view.ts';
import {findingsLines} from './findings-view.ts';
import {helpLines} from './help-view.ts';
import {instancesLines} from './instances-view.ts';

/** What the body shows in this many lines. */
export function viewLines(state: ScreenState, theme: Theme, cells: number, lines: number): string[] {
	const {screen} = state;
	switch (screen.view) {
		case 'table':
			return emptyLines(state, theme, cells);
		case 'findings':
			return findingsLines(state, screen.place, theme, cells, lines);
		case 'instances':
			return instancesLines(state, screen.place, theme, cells, lines);
		case 'columns':
			return chooserLines(state, screen.place, theme, cells, lines);
		default: {
			const all = scrolledLines(state, theme, cells, lines);
			const top = scrollTo(screen.top, -1, lines, all.length);
			return all.slice(top, top + lines);
		}
	}
}

function scrolledLines(state: ScreenState, theme: Theme, cells: number, lines: number): string[] {
	const {screen} = state;
	return screen.view === 'backend'
		? detailLines(state, screen.key, theme, cells, lines)
		: helpLines(theme, cells, lines, screen.view === 'help' ? screen.search : undefined);
}

/** How much of what the screen shows now fits on it: what a page is, and where the end is. */
export function extentOf(state: ScreenState, theme: Theme, size: Size, isCompact: boolean): Extent {
	const {body} = layoutOf(state, size, isCompact);
	switch (state.screen.view) {
		case 'table':
			return {page: pageOf(state, size, body), count: state.listed.length};
		case 'findings':
			return {page: Math.max(1, body - 1), count: findingsOf(state).length};
		case 'instances':
			return {page: 1, count: state.shown?.model.instances.length ?? 0};
		case 'columns': {
			const columns = shownColumns(state, size.columns);
			return {page: Math.max(1, body - 3), count: listedColumns(state, columns).length, columns};
		}
		default:
			return {page: body, count: scrolledLines(state, theme, size.columns, body).length};
	}
}

/** Rows of the table that are seen at once. */
function pageOf(state: ScreenState, {columns}: Size, body: number): number {
	return Math.max(1, planTable(Math.max(1, state.listed.length), columns, body).tableLines - 1);
}
