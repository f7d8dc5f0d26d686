/** The larger changes of the screen that commands make (commands.ts). */
import {findingKey} from '../../detect/finding.ts';
import {moved, toggled} from '../views/column-chooser.ts';
import {SORTABLE} from '../views/columns.ts';
import {rowKey, rowsOf} from './rows.ts';
import {
	arrange,
	currentRow,
	findingsOf,
	neighbourOf,
	type OpenView,
	type ScreenState,
	STILL_TICKS,
	scrollTo,
} from './state.ts';
import {problemBy} from './subject.ts';

/** How much the screen shows now, and of how much: lines or rows. */
export type Extent = {
	readonly page: number;
	readonly count: number;
	/** Where columns are chosen: those that the table shows. */
	readonly columns?: readonly string[];
};

export type Change = (state: ScreenState, extent: Extent) => ScreenState;

/** Moves by this many lines, in whatever the screen shows. */
export function move(by: (page: number) => number): Change {
	return (state, {page, count}) => {
		const {screen} = state;
		const lines = by(page);
		switch (screen.view) {
			case 'table':
				return moveInTable(state, lines, page);
			case 'findings':
			case 'instances':
			case 'columns':
				return {...state, screen: {...screen, place: clamp(screen.place + lines, count)}};
			default:
				return {...state, screen: {...screen, top: clamp(screen.top + lines, count - page + 1)}};
		}
	};
}

function moveInTable(state: ScreenState, lines: number, page: number): ScreenState {
	const keys = state.listed;
	const at = state.selection === null ? -1 : keys.indexOf(state.selection);
	// The first step only puts the cursor on the screen.
	const isFirstStep = at < 0 && Math.abs(lines) === 1;
	const place = clamp(isFirstStep ? state.top : Math.max(0, at) + lines, keys.length);
	return {
		...state,
		selection: keys[place] ?? null,
		problem: null,
		top: scrollTo(state.top, place, page, keys.length),
		stillFor: STILL_TICKS,
		isFollowing: false,
	};
}

function clamp(place: number, count: number): number {
	return Math.max(0, Math.min(count - 1, place));
}

export function open(state: ScreenState, extent: Extent): ScreenState {
	const {screen} = state;
	if (screen.view === 'columns') return toggle(state, extent);
	if (screen.view === 'table') {
		const row = currentRow(state);
		if (row?.members !== undefined) return fold(state, row.key);
		return row === null ? state : {...state, selection: row.key, screen: {view: 'backend', key: row.key, top: 0}};
	}
	if (screen.view === 'findings') {
		const finding = findingsOf(state)[screen.place];
		if (finding === undefined) return state;
		if (finding.backend === null)
			return {...state, screen: {view: 'instances', place: instanceOf(state, finding.instance)}};
		const key = rowKey(finding.instance, finding.backend);
		return {...state, selection: key, screen: {view: 'backend', key, top: 0}};
	}
	if (screen.view === 'instances') {
		const id = state.shown?.model.instances[screen.place]?.id;
		if (id === undefined) return state;
		return arrange({...state, filter: id, screen: {view: 'table'}, selection: null, top: 0});
	}
	return state;
}

function instanceOf({shown}: ScreenState, id: string): number {
	return Math.max(0, shown?.model.instances.findIndex((instance) => instance.id === id) ?? 0);
}

export function back(state: ScreenState): ScreenState {
	const {screen} = state;
	if (screen.view === 'help' && (screen.search ?? '') !== '')
		return {...state, screen: {...screen, search: '', top: 0}};
	if (screen.view === 'help') return {...state, screen: screen.from};
	if (screen.view !== 'table') return {...state, screen: {view: 'table'}};
	if (state.filter !== '') return arrange({...state, filter: ''});
	return {...state, selection: null, problem: null, isFollowing: false};
}

/** The column under the cursor is shown or hidden. */
export function toggle(state: ScreenState, {columns = []}: Extent): ScreenState {
	const {screen} = state;
	return screen.view === 'columns' ? {...state, columns: toggled(state, screen.place, columns)} : state;
}

/** The column under the cursor goes one place on or back, and the cursor with it. */
export function moveColumn(by: 1 | -1): Change {
	return (state, {columns = []}) => {
		const {screen} = state;
		const next = screen.view === 'columns' ? moved(state, screen.place, by, columns) : null;
		if (next === null || screen.view !== 'columns') return state;
		return {...state, columns: next, screen: {...screen, place: screen.place + by}};
	};
}

/** Opens a group, or folds it. */
function fold(state: ScreenState, key: string): ScreenState {
	const folded = new Set(state.folded);
	if (!folded.delete(key)) folded.add(key);
	return arrange({...state, folded, selection: key});
}

/** All groups at once: folded if one of them is open. */
export function foldAll(state: ScreenState): ScreenState {
	const keys = [...state.groups.keys()];
	const isOpen = keys.some((key) => !state.folded.has(key));
	return arrange({...state, folded: new Set(isOpen ? keys : []), top: 0});
}

/** Below the table the next problem is explained, and the cursor goes to its backend. */
export function explain(by: 1 | -1): Change {
	return (state, {page}) => {
		const finding = problemBy(state, by);
		if (finding === null) return state;
		const row = finding.backend === null ? null : rowKey(finding.instance, finding.backend);
		const selection = row === null ? state.selection : (listedKey(state, row) ?? state.selection);
		const place = selection === null ? -1 : state.listed.indexOf(selection);
		const top = scrollTo(state.top, place, page, state.listed.length);
		return {...state, selection, top, problem: findingKey(finding), stillFor: STILL_TICKS, isFollowing: false};
	};
}

/** Where a backend is listed: in its own line, or in that of its folded group. */
function listedKey({listed, groups}: ScreenState, key: string): string | null {
	if (listed.includes(key)) return key;
	for (const [group, {members = []}] of groups) if (members.some((member) => member.key === key)) return group;
	return null;
}

const NEXT_VIEW: Readonly<Record<OpenView['view'], OpenView>> = {
	table: {view: 'findings', place: 0},
	findings: {view: 'instances', place: 0},
	instances: {view: 'table'},
	columns: {view: 'table'},
	backend: {view: 'findings', place: 0},
	help: {view: 'table'},
};

export function nextView(state: ScreenState): ScreenState {
	const screen = NEXT_VIEW[state.screen.view];
	if (screen.view !== 'findings') return {...state, screen};
	const now = state.shown?.model.time ?? 0;
	return {
		...state,
		screen: {
			...screen,
			place: Math.max(
				0,
				findingsOf(state).findIndex(({from}) => from <= now),
			),
		},
	};
}

export function sort(by: number): Change {
	return (state) => {
		const at = SORTABLE.findIndex(({id}) => id === state.sortedBy);
		const column = SORTABLE[(at + by + SORTABLE.length) % SORTABLE.length];
		if (column === undefined) return state;
		return arrange({...state, sortedBy: column.id, isReversed: false, ...unheld});
	};
}

/** From one open backend to its neighbour in the table. */
export function openBy(by: 1 | -1): Change {
	return (state) => {
		const key = neighbourOf(state, by);
		return key === null ? state : {...openKeyed(state, key), isFollowing: false};
	};
}

function openKeyed(state: ScreenState, key: string): ScreenState {
	return {...state, selection: key, screen: {view: 'backend', key, top: 0}};
}

/** Forgets the places of the order before: a new order is wanted at once. */
export const unheld = {held: new Map<string, number>(), order: [], listed: [], stillFor: 0, top: 0} as const;

/** A view that moves in time cannot be frozen as well. */
export function unfreeze(state: ScreenState): ScreenState {
	return {...state, isFrozen: false};
}

/** The history of a live backend goes on changing under a model: a frozen view needs its own. */
export function freeze(state: ScreenState): ScreenState {
	const {shown, isFrozen} = state;
	if (isFrozen || shown === null) return {...state, isFrozen: false};
	const instances = shown.model.instances.map((instance) => ({
		...instance,
		backends: instance.backends.map((backend) => ({...backend, track: backend.track.copy()})),
	}));
	const frozen = {...shown, model: {...shown.model, instances}};
	return {...state, isFrozen: true, shown: frozen, rows: rowsOf(frozen.model, frozen.assessment)};
}
