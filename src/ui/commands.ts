/** What each key changes on screen. Keys that are missing here only ask something of the outside (requests.ts). */
import {SORTABLE} from './columns.ts';
import type {Command} from './keys.ts';
import {rowKey, rowsOf} from './rows.ts';
import {
	arrange,
	currentRow,
	findingsOf,
	neighbourOf,
	type Screen,
	STILL_TICKS,
	type State,
	scrollTo,
} from './screen-state.ts';
import {nextOrder} from './socket-order.ts';
import {zoomBy} from './zoom.ts';

/** How much the screen shows now, and of how much: lines or rows. */
export type Extent = {readonly page: number; readonly count: number};

type Change = (state: State, extent: Extent) => State;

/** Moves by so many lines, in whatever the screen shows. */
function move(by: (page: number) => number): Change {
	return (state, {page, count}) => {
		const {screen} = state;
		const lines = by(page);
		switch (screen.view) {
			case 'table':
				return moveInTable(state, lines, page);
			case 'findings':
			case 'instances':
				return {...state, screen: {...screen, place: clamp(screen.place + lines, count)}};
			default:
				return {...state, screen: {...screen, top: clamp(screen.top + lines, count - page + 1)}};
		}
	};
}

function moveInTable(state: State, lines: number, page: number): State {
	const keys = state.order;
	const at = state.selection === null ? -1 : keys.indexOf(state.selection);
	// The first step only puts the cursor on the screen.
	const isFirstStep = at < 0 && Math.abs(lines) === 1;
	const place = clamp(isFirstStep ? state.top : Math.max(0, at) + lines, keys.length);
	return {
		...state,
		selection: keys[place] ?? null,
		top: scrollTo(state.top, place, page, keys.length),
		stillFor: STILL_TICKS,
		isFollowing: false,
	};
}

function clamp(place: number, count: number): number {
	return Math.max(0, Math.min(count - 1, place));
}

function open(state: State): State {
	const {screen} = state;
	if (screen.view === 'table') {
		const row = currentRow(state);
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

function instanceOf({shown}: State, id: string): number {
	return Math.max(0, shown?.model.instances.findIndex((instance) => instance.id === id) ?? 0);
}

function back(state: State): State {
	const {screen} = state;
	if (screen.view === 'help') return {...state, screen: screen.from};
	if (screen.view !== 'table') return {...state, screen: {view: 'table'}};
	if (state.filter !== '') return arrange({...state, filter: ''});
	return {...state, selection: null, isFollowing: false};
}

const NEXT_VIEW: Readonly<Record<Screen['view'], Screen>> = {
	table: {view: 'findings', place: 0},
	findings: {view: 'instances', place: 0},
	instances: {view: 'table'},
	backend: {view: 'findings', place: 0},
	help: {view: 'table'},
};

function nextView(state: State): State {
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
function sortSockets(state: State): State {
	return {...state, socketOrder: nextOrder(state.socketOrder)};
}

/** From one open backend to its neighbour in the table. */
function openBy(by: 1 | -1): Change {
	return (state) => {
		const key = neighbourOf(state, by);
		return key === null ? state : {...openKeyed(state, key), isFollowing: false};
	};
}

function openKeyed(state: State, key: string): State {
	return {...state, selection: key, screen: {view: 'backend', key, top: 0}};
}

/** Forgets the places of the order before: a new order is wanted at once. */
const unheld = {held: new Map<string, number>(), order: [], stillFor: 0, top: 0} as const;

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
		state.screen.view === 'help' ? back(state) : {...state, screen: {view: 'help', top: 0, from: state.screen}},
	filter: (state) => ({
		...state,
		screen: {view: 'table'},
		prompt: {kind: 'filter', text: state.filter, problem: null},
	}),
	jump: (state) => ({...state, prompt: {kind: 'jump', text: '', problem: null}}),
	sortNext: (state, extent) => (state.screen.view === 'backend' ? sortSockets(state) : sort(1)(state, extent)),
	sortPrevious: sort(-1),
	reverse: (state) => arrange({...state, isReversed: !state.isReversed, ...unheld}),
	follow: (state) => arrange({...state, isFollowing: !state.isFollowing, stillFor: 0, top: 0}),
	nextBackend: openBy(1),
	previousBackend: openBy(-1),
	percent: (state) =>
		state.screen.view === 'backend'
			? {...state, isEvidenceOnly: !state.isEvidenceOnly, screen: {...state.screen, top: 0}}
			: state,
	zoomOut: (state) => ({...state, zoom: zoomBy(state.zoom, 1)}),
	zoomIn: (state) => ({...state, zoom: zoomBy(state.zoom, -1)}),
	pause: (state) => (state.playback.mode === 'live' ? freeze(state) : unfreeze(state)),
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

function unfreeze(state: State): State {
	return {...state, isFrozen: false};
}

/** The history of a live backend goes on changing under a model: a view that stands still needs its own. */
function freeze(state: State): State {
	const {shown, isFrozen} = state;
	if (isFrozen || shown === null) return {...state, isFrozen: false};
	const instances = shown.model.instances.map((instance) => ({
		...instance,
		backends: instance.backends.map((backend) => ({...backend, track: backend.track.copy()})),
	}));
	const frozen = {...shown, model: {...shown.model, instances}};
	return {...state, isFrozen: true, shown: frozen, rows: rowsOf(frozen.model, frozen.assessment)};
}
