/** What each key changes on screen. Keys that are missing here only ask something of the outside (requests.ts). */
import {findingKey} from '../../detect/finding.ts';
import {moved, toggled} from '../views/column-chooser.ts';
import {SORTABLE} from '../views/columns.ts';
import {nextGrouping} from './groups.ts';
import type {Command} from './keys.ts';
import {addMark, nextCompared} from './own-marks.ts';
import {rowKey, rowsOf} from './rows.ts';
import {nextOrder} from './socket-order.ts';
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
import {nextSpan} from './time-axis.ts';
import {zoomBy} from './zoom.ts';

/** How much the screen shows now, and of how much: lines or rows. */
export type Extent = {
	readonly page: number;
	readonly count: number;
	/** Where columns are chosen: those that the table shows. */
	readonly columns?: readonly string[];
};

type Change = (state: ScreenState, extent: Extent) => ScreenState;

/** Moves by this many lines, in whatever the screen shows. */
function move(by: (page: number) => number): Change {
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

function open(state: ScreenState, extent: Extent): ScreenState {
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

function back(state: ScreenState): ScreenState {
	const {screen} = state;
	if (screen.view === 'help' && (screen.search ?? '') !== '')
		return {...state, screen: {...screen, search: '', top: 0}};
	if (screen.view === 'help') return {...state, screen: screen.from};
	if (screen.view !== 'table') return {...state, screen: {view: 'table'}};
	if (state.filter !== '') return arrange({...state, filter: ''});
	return {...state, selection: null, problem: null, isFollowing: false};
}

/** The column under the cursor is shown or hidden. */
function toggle(state: ScreenState, {columns = []}: Extent): ScreenState {
	const {screen} = state;
	return screen.view === 'columns' ? {...state, columns: toggled(state, screen.place, columns)} : state;
}

/** The column under the cursor goes one place on or back, and the cursor with it. */
function moveColumn(by: 1 | -1): Change {
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
function foldAll(state: ScreenState): ScreenState {
	const keys = [...state.groups.keys()];
	const isOpen = keys.some((key) => !state.folded.has(key));
	return arrange({...state, folded: new Set(isOpen ? keys : []), top: 0});
}

/** Below the table the next problem is explained, and the cursor goes to its backend. */
function explain(by: 1 | -1): Change {
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

function nextView(state: ScreenState): ScreenState {
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

function sort(by: number): Change {
	return (state) => {
		const at = SORTABLE.findIndex(({id}) => id === state.sortedBy);
		const column = SORTABLE[(at + by + SORTABLE.length) % SORTABLE.length];
		if (column === undefined) return state;
		return arrange({...state, sortedBy: column.id, isReversed: false, ...unheld});
	};
}

/** In a backend `s` sorts its sockets. */
function sortSockets(state: ScreenState): ScreenState {
	return {...state, socketOrder: nextOrder(state.socketOrder)};
}

/** From one open backend to its neighbour in the table. */
function openBy(by: 1 | -1): Change {
	return (state) => {
		const key = neighbourOf(state, by);
		return key === null ? state : {...openKeyed(state, key), isFollowing: false};
	};
}

function openKeyed(state: ScreenState, key: string): ScreenState {
	return {...state, selection: key, screen: {view: 'backend', key, top: 0}};
}

/** Forgets the places of the order before: a new order is wanted at once. */
const unheld = {held: new Map<string, number>(), order: [], listed: [], stillFor: 0, top: 0} as const;

export const commands: Partial<Record<Command, Change>> = {
	down: move(() => 1),
	up: move(() => -1),
	pageDown: move((page) => Math.max(1, page - 1)),
	pageUp: move((page) => -Math.max(1, page - 1)),
	first: move(() => -Number.MAX_SAFE_INTEGER),
	last: move(() => Number.MAX_SAFE_INTEGER),
	open,
	back,
	view: nextView,
	help: (state) =>
		state.screen.view === 'help'
			? {...state, screen: state.screen.from}
			: {...state, screen: {view: 'help', top: 0, from: state.screen}},
	filter: (state) =>
		state.screen.view === 'help'
			? {...state, prompt: {kind: 'help', text: state.screen.search ?? '', problem: null}}
			: {...state, screen: {view: 'table'}, prompt: {kind: 'filter', text: state.filter, problem: null}},
	jump: (state) => ({...state, prompt: {kind: 'jump', text: '', problem: null}}),
	sortNext: (state, extent) => {
		if (state.screen.view === 'backend') return sortSockets(state);
		return (state.screen.view === 'columns' ? moveColumn(1) : sort(1))(state, extent);
	},
	sortPrevious: (state, extent) => (state.screen.view === 'columns' ? moveColumn(-1) : sort(-1))(state, extent),
	columns: (state) => ({
		...state,
		screen: state.screen.view === 'columns' ? {view: 'table'} : {view: 'columns', place: 0},
	}),
	automatic: (state) => (state.screen.view === 'columns' ? {...state, columns: null} : state),
	reverse: (state) => arrange({...state, isReversed: !state.isReversed, ...unheld}),
	follow: (state) => arrange({...state, isFollowing: !state.isFollowing, stillFor: 0, top: 0}),
	nextBackend: (state, extent) => (state.screen.view === 'table' ? explain(1) : openBy(1))(state, extent),
	previousBackend: (state, extent) => (state.screen.view === 'table' ? explain(-1) : openBy(-1))(state, extent),
	group: (state) => arrange({...state, grouping: nextGrouping(state.grouping), folded: new Set(), top: 0}),
	foldAll,
	percent: (state) =>
		state.screen.view === 'backend'
			? {...state, isEvidenceOnly: !state.isEvidenceOnly, screen: {...state.screen, top: 0}}
			: state,
	axisIn: (state) => ({...state, axisSpan: nextSpan(state.playback, state.axisSpan, 1)}),
	axisOut: (state) => ({...state, axisSpan: nextSpan(state.playback, state.axisSpan, -1)}),
	mark: (state) =>
		state.shown === null ? state : {...state, ownMarks: addMark(state.ownMarks, state.shown.model.time, state.rows)},
	toMark: (state) => ({...state, prompt: {kind: 'mark', text: '', problem: null}}),
	compare: (state) => ({
		...state,
		comparedWith: nextCompared(state.ownMarks, state.comparedWith),
		screen: {view: 'table'},
	}),
	mouse: (state) => ({...state, hasMouse: !state.hasMouse}),
	zoomOut: (state) => ({...state, zoom: zoomBy(state.zoom, 1)}),
	zoomIn: (state) => ({...state, zoom: zoomBy(state.zoom, -1)}),
	pause: (state, extent) =>
		state.screen.view === 'columns'
			? toggle(state, extent)
			: state.playback.mode === 'live'
				? freeze(state)
				: unfreeze(state),
	// The view moves in time: it cannot stand still as well.
	rewind: unfreeze,
	forward: unfreeze,
	stepOn: unfreeze,
	stepBack: unfreeze,
	begin: unfreeze,
	end: unfreeze,
	findingPrevious: unfreeze,
	findingNext: unfreeze,
};

function unfreeze(state: ScreenState): ScreenState {
	return {...state, isFrozen: false};
}

/** The history of a live backend goes on changing under a model: a view that stands still needs its own. */
function freeze(state: ScreenState): ScreenState {
	const {shown, isFrozen} = state;
	if (isFrozen || shown === null) return {...state, isFrozen: false};
	const instances = shown.model.instances.map((instance) => ({
		...instance,
		backends: instance.backends.map((backend) => ({...backend, track: backend.track.copy()})),
	}));
	const frozen = {...shown, model: {...shown.model, instances}};
	return {...state, isFrozen: true, shown: frozen, rows: rowsOf(frozen.model, frozen.assessment)};
}
