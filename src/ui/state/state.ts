/** What the screen shows: plain data, changed by reduce.ts only. */
import type {Assessment} from '../../detect/assessment.ts';
import {type Finding, findingKey} from '../../detect/finding.ts';
import {DEFAULT_THRESHOLDS, type Thresholds} from '../../detect/thresholds.ts';
import type {BackendSockets} from '../../fold/socket-row.ts';
import type {Model} from '../../model/model.ts';
import type {Wishes} from '../views/column-layout.ts';
import {COLUMNS, SORTABLE} from '../views/columns.ts';
import {type Grouping, groupRows, NO_GROUPS} from './groups.ts';
import type {OwnMark} from './own-marks.ts';
import {NEW_PLAYBACK, type Playback} from './playback.ts';
import {type BackendRow, matches, order, rowKey, type SortValue, stateRank} from './rows.ts';
import type {SocketOrder} from './socket-order.ts';
import type {AxisSpan} from './time-axis.ts';
import type {Zoom} from './zoom.ts';

/** One place at a time. `top` is the first line shown of what scrolls. */
export type OpenView =
	| {readonly view: 'table'}
	| {readonly view: 'backend'; readonly key: string; readonly top: number}
	| {readonly view: 'findings'; readonly place: number}
	| {readonly view: 'instances'; readonly place: number}
	| {readonly view: 'columns'; readonly place: number}
	| {
			readonly view: 'help';
			readonly top: number;
			readonly from: Exclude<OpenView, {readonly view: 'help'}>;
			/** Words that what is shown must have. */
			readonly search?: string;
	  };

/** What is being typed at the bottom of the screen. */
type Prompt = {
	readonly kind: 'filter' | 'jump' | 'mark' | 'help';
	readonly text: string;
	readonly problem: string | null;
};

export type Shown = {readonly model: Model; readonly assessment: Assessment};

export type ScreenState = {
	readonly screen: OpenView;
	readonly prompt: Prompt | null;
	readonly filter: string;
	/** Id of a column. */
	readonly sortedBy: string;
	readonly isReversed: boolean;
	/** Ids of the columns that somebody has chosen, in their order; null: as many as fit. */
	readonly columns: readonly string[] | null;
	readonly grouping: Grouping;
	/** Keys of groups whose members are not shown. */
	readonly folded: ReadonlySet<string>;
	/** How much of the past every sparkline and graph shows. */
	readonly zoom: Zoom;
	/** What the rules compare with: numbers near it warm, graphs draw it. */
	readonly thresholds: Thresholds;
	/** Key of the row under the cursor; null: nobody moved it yet. */
	readonly selection: string | null;
	/** First visible row of the table. */
	readonly top: number;
	readonly isFollowing: boolean;
	/** Live: the view is frozen. */
	readonly isFrozen: boolean;
	/** Ticks for which rows keep their places, because somebody is moving among them. */
	readonly stillFor: number;
	/** null: before the first tick. */
	readonly shown: Shown | null;
	readonly playback: Playback;
	readonly rows: ReadonlyMap<string, BackendRow>;
	/** Keys of the rows that pass the filter, in order. */
	readonly order: readonly string[];
	readonly held: ReadonlyMap<string, SortValue>;
	/** The widest names, for the columns' widths: they only grow, so that columns stay. */
	readonly wishes: Wishes;
	/** What the table lists: `order`, with the groups above their members. */
	readonly listed: readonly string[];
	readonly groups: ReadonlyMap<string, BackendRow>;
	/** Key of the finding that is explained below the table; null: the selected row's, or the worst. */
	readonly problem: string | null;
	/** For how many more ticks a column that says nothing any more keeps its place. */
	readonly knownFor: ReadonlyMap<string, number>;
	/** Findings of this watch, newest last. */
	readonly timeline: readonly Finding[];
	readonly sockets: BackendSockets | null;
	/** Of the open backend: how its sockets are sorted, and whether only the evidence is shown. */
	readonly socketOrder: SocketOrder;
	readonly isEvidenceOnly: boolean;
	/** The answer to a key, and for how many more ticks it is shown. */
	readonly message: {readonly text: string; readonly ticks: number} | null;
	/** Until the first key: the footer names two of them. */
	readonly hasTyped: boolean;
	/** What the axis below a replay shows of it. */
	readonly axisSpan: AxisSpan;
	/** The oldest first. */
	readonly ownMarks: readonly OwnMark[];
	/** Letter of the mark that the table is compared with; null: none. */
	readonly comparedWith: string | null;
	/** The mouse is listened to. */
	readonly hasMouse: boolean;
};

export const INITIAL: ScreenState = {
	screen: {view: 'table'},
	prompt: null,
	filter: '',
	sortedBy: 'STATE',
	isReversed: false,
	columns: null,
	grouping: 'none',
	folded: new Set(),
	zoom: 60_000,
	thresholds: DEFAULT_THRESHOLDS,
	selection: null,
	top: 0,
	isFollowing: false,
	isFrozen: false,
	stillFor: 0,
	shown: null,
	playback: NEW_PLAYBACK,
	rows: new Map(),
	order: [],
	held: new Map(),
	wishes: {backend: 0, name: 0, instance: 0, unknown: new Set()},
	knownFor: new Map(),
	listed: [],
	groups: NO_GROUPS,
	problem: null,
	timeline: [],
	sockets: null,
	socketOrder: 'evidence',
	isEvidenceOnly: false,
	message: null,
	hasTyped: false,
	axisSpan: null,
	ownMarks: [],
	comparedWith: null,
	hasMouse: false,
};

/** A column that says nothing of any backend goes after this many ticks: it must not come and go. */
const KNOWN_TICKS = 15;

/** Which columns say something of some backend, and for how much longer they are taken to. */
export function knowColumns(rows: ScreenState['rows'], before: ScreenState['knownFor']): Map<string, number> {
	const known = new Map<string, number>();
	for (const {id, isKnown} of COLUMNS) {
		if (isKnown === undefined) continue;
		const left = [...rows.values()].some(isKnown) ? KNOWN_TICKS : (before.get(id) ?? 0) - 1;
		if (left > 0) known.set(id, left);
	}
	return known;
}

/** Rows keep their places for this many ticks after the cursor moved. */
export const STILL_TICKS = 3;

/** Orders and filters the rows again. While somebody moves among them they keep their places; new ones come last. */
export function arrange(state: ScreenState): ScreenState {
	const column = SORTABLE.find(({id}) => id === state.sortedBy);
	const rows = [...state.rows.values()].filter((row) => matches(row, state.filter));
	const value = state.sortedBy === 'STATE' ? null : (column?.value ?? null);
	let arranged = order(rows, {value, isReversed: state.isReversed}, state.held, state.order);
	if (state.stillFor > 0) {
		const present = new Set(arranged.order);
		const kept = state.order.filter((key) => present.has(key));
		const known = new Set(kept);
		arranged = {...arranged, order: [...kept, ...arranged.order.filter((key) => !known.has(key))]};
	}
	const grouped = groupRows(arranged.order, state.rows, state.grouping, state.folded);
	if (!state.isFollowing) return {...state, ...arranged, ...grouped, selection: neighbour(state, grouped.listed)};
	const selection = worstKey(state, arranged.order);
	return {...state, ...arranged, ...grouped, selection, screen: followed(state.screen, selection)};
}

/** The row of the gravest finding, else of the worst state; whatever the table is sorted by. */
function worstKey({shown, rows}: ScreenState, keys: readonly string[]): string | null {
	const listed = new Set(keys);
	for (const {instance, backend, severity} of shown?.assessment.open ?? []) {
		const key = backend === null || severity === 'notice' ? null : rowKey(instance, backend);
		if (key !== null && listed.has(key)) return key;
	}
	const rank = (key: string) => stateRank(rows.get(key)?.verdict.state ?? 'idle');
	return keys.reduce<string | null>((worst, key) => (worst === null || rank(key) < rank(worst) ? key : worst), null);
}

/** The detail follows, too: it begins at its top with another backend. */
function followed(screen: OpenView, selection: string | null): OpenView {
	if (screen.view !== 'backend' || selection === null || selection === screen.key) return screen;
	return {view: 'backend', key: selection, top: 0};
}

/** The backend above or below the one that is open, as the table lists them; null: it is the last one. */
export function neighbourOf({screen, order: keys}: ScreenState, by: 1 | -1): string | null {
	if (screen.view !== 'backend') return null;
	const at = keys.indexOf(screen.key);
	return at < 0 ? (keys[0] ?? null) : (keys[at + by] ?? null);
}

/** The cursor stays on its row; where that has gone, on the one that is there now. */
function neighbour({selection, listed: before}: ScreenState, now: readonly string[]): string | null {
	if (selection === null || now.includes(selection)) return selection;
	const at = before.indexOf(selection);
	return at < 0 ? selection : (now[Math.min(at, now.length - 1)] ?? selection);
}

/**
The findings that the timeline shows, newest first: a recording's own where it has been scanned. One that is open says
what it says now.
*/
export function findingsOf({playback, timeline, shown}: ScreenState): Finding[] {
	const open = new Map(shown?.assessment.open.map((finding) => [findingKey(finding), finding]));
	return (playback.marks ?? timeline).map((finding) => open.get(findingKey(finding)) ?? finding).reverse();
}

/** The row under the cursor, else the first one. */
export function currentRow(state: ScreenState): BackendRow | null {
	const {selection, listed, rows} = state;
	const key = selection !== null && rowOf(state, selection) !== null ? selection : listed[0];
	return key === undefined ? null : (rows.get(key) ?? rowOf(state, key));
}

/** A backend's row or a group's. */
export function rowOf({rows, groups}: ScreenState, key: string): BackendRow | null {
	return rows.get(key) ?? groups.get(key) ?? null;
}

/** The first line to show so that line `place` is seen; moves no further than it must. */
export function scrollTo(top: number, place: number, page: number, count: number): number {
	const last = Math.max(0, count - page);
	if (place < 0) return Math.min(Math.max(0, top), last);
	if (place < top) return Math.min(place, last);
	if (place >= top + page) return Math.min(place - page + 1, last);
	return Math.min(Math.max(0, top), last);
}

/** What a finding is about: the backend's name, else its address; the instance where it has none. */
export function findingName({instance, backend}: Finding, rows: ScreenState['rows']): string {
	if (backend === null) return instance;
	return rows.get(rowKey(instance, backend))?.backend.name ?? backend;
}

/** The same and, where several Traefiks are seen, whose: two of them may dial one address. */
export function findingPlace(finding: Finding, {rows, shown}: ScreenState): string {
	const name = findingName(finding, rows);
	const hasSeveral = (shown?.model.instances.length ?? 0) > 1;
	return hasSeveral && finding.backend !== null ? `${name} (${finding.instance})` : name;
}

/** The mark that the table is compared with; null: none. */
export function comparedMark({ownMarks, comparedWith}: ScreenState): OwnMark | null {
	return ownMarks.find(({letter}) => letter === comparedWith) ?? null;
}
