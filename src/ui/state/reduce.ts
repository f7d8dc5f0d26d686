/**
How a tick or a key changes what the screen shows: `reduce` is pure, so every interaction is tested without a terminal.
What each command changes is in commands.ts.
*/

import {findingKey} from '../../detect/finding.ts';
import type {BackendSockets} from '../../fold/socket-row.ts';
import {backendLabel} from '../../text/backend-label.ts';
import {width} from '../../text/fit.ts';
import type {Wishes} from '../views/column-layout.ts';
import {COLUMNS} from '../views/columns.ts';
import {type Extent, open} from './actions.ts';
import {type Command, recordOf} from './commands.ts';
import type {Target} from './mouse.ts';
import type {Playback} from './playback.ts';
import {type BackendRow, rowsOf} from './rows.ts';
import {arrange, findingsOf, knowColumns, type ScreenState, type Shown, STILL_TICKS} from './state.ts';
import {remember} from './timeline.ts';

export type Action =
	| {readonly type: 'tick'; readonly shown: Shown; readonly playback: Playback}
	| {readonly type: 'playback'; readonly playback: Playback}
	| {readonly type: 'sockets'; readonly sockets: BackendSockets}
	| {readonly type: 'message'; readonly text: string}
	| {readonly type: 'command'; readonly command: Command; readonly extent: Extent}
	| {readonly type: 'click'; readonly target: Target}
	| {readonly type: 'prompt'; readonly key: string}
	| {readonly type: 'promptProblem'; readonly problem: string};

const MESSAGE_TICKS = 5;

export function reduce(state: ScreenState, action: Action): ScreenState {
	const next = apply(state, action);
	return action.type === 'tick' || action.type === 'playback' ? keepFinding(state, next) : next;
}

/** New findings come first in the timeline, and a scan finds them in any order: the cursor stays on its own. */
function keepFinding(before: ScreenState, after: ScreenState): ScreenState {
	const {screen} = after;
	if (screen.view !== 'findings' || before.screen.view !== 'findings') return after;
	const finding = findingsOf(before)[before.screen.place];
	if (finding === undefined) return after;
	const key = findingKey(finding);
	const place = findingsOf(after).findIndex((other) => findingKey(other) === key);
	return place < 0 || place === screen.place ? after : {...after, screen: {...screen, place}};
}

function apply(state: ScreenState, action: Action): ScreenState {
	switch (action.type) {
		case 'tick':
			return tick({...state, playback: action.playback}, action.shown);
		case 'playback':
			return {...state, playback: action.playback};
		case 'sockets':
			return state.isFrozen && isSameBackend(state.sockets, action.sockets)
				? state
				: {...state, sockets: action.sockets};
		case 'message':
			return {...state, message: {text: action.text, ticks: MESSAGE_TICKS}};
		case 'command':
			return recordOf(action.command).change?.({...state, hasTyped: true, message: null}, action.extent) ?? state;
		case 'click':
			return click({...state, hasTyped: true, message: null}, action.target);
		case 'prompt':
			return type({...state, hasTyped: true}, action.key);
		case 'promptProblem':
			return state.prompt === null ? state : {...state, prompt: {...state.prompt, problem: action.problem}};
	}
}

function isSameBackend(before: BackendSockets | null, now: BackendSockets): boolean {
	return before !== null && before.instance === now.instance && before.address === now.address;
}

function tick(state: ScreenState, shown: Shown): ScreenState {
	// where a watch or a scan keeps all findings, what is shown may be the past: it knows less
	const timeline = state.playback.marks === null ? remember(state.timeline, shown.assessment) : state.timeline;
	const ticks = (state.message?.ticks ?? 0) - 1;
	const message = state.message === null || ticks <= 0 ? null : {...state.message, ticks};
	if (state.isFrozen) return {...state, timeline, message};
	const next = {...state, shown, timeline, message, stillFor: Math.max(0, state.stillFor - 1)};
	const rows = rowsOf(shown.model, shown.assessment);
	const knownFor = knowColumns(rows, state.knownFor);
	const unknown = new Set(COLUMNS.flatMap(({id, isKnown}) => (isKnown === undefined || knownFor.has(id) ? [] : [id])));
	const wishes = {...widen(state.wishes, rows, shown.model.instances.length), unknown};
	const arranged = arrange({...next, rows, wishes, knownFor});
	return {...arranged, top: keepPlace(state, arranged)};
}

function widen(wishes: Wishes, rows: ReadonlyMap<string, BackendRow>, instances: number): Omit<Wishes, 'unknown'> {
	let {backend, name, instance} = wishes;
	for (const row of rows.values()) {
		backend = Math.max(backend, width(backendLabel(row.backend)));
		name = Math.max(name, width(row.backend.name ?? row.backend.address));
		if (instances > 1) instance = Math.max(instance, width(row.instance.id));
	}
	return {backend, name, instance: instances > 1 ? instance : 0};
}

/** Somebody who has scrolled down keeps the selected row on its line; at the top, the worst stay in sight. */
function keepPlace(before: ScreenState, {selection, listed, isFollowing}: ScreenState): number {
	if (before.top === 0 || selection === null || isFollowing) return isFollowing ? 0 : before.top;
	const from = before.listed.indexOf(selection);
	const to = listed.indexOf(selection);
	return from < 0 || to < 0 ? before.top : Math.max(0, before.top + to - from);
}

/** A name or a time is shorter; somebody may paste a whole file. */
const MAX_PROMPT = 200;

/** A row under the cursor is opened by a second click; a heading sorts, a second time the other way round. */
function click(state: ScreenState, target: Target): ScreenState {
	const {screen} = state;
	if (target.kind === 'heading') {
		const isSame = state.sortedBy === target.column;
		const isReversed = isSame ? !state.isReversed : false;
		return arrange({...state, sortedBy: target.column, isReversed, held: new Map(), order: [], stillFor: 0, top: 0});
	}
	if (target.kind === 'time') return state;
	const key = screen.view === 'table' ? state.listed[target.place] : undefined;
	if (key === undefined) return state;
	if (key === state.selection) return open(state, {page: 1, count: 1});
	return {...state, selection: key, isFollowing: false, stillFor: STILL_TICKS};
}

function type(state: ScreenState, key: string): ScreenState {
	const {prompt} = state;
	if (prompt === null) return state;
	const close = {...state, prompt: null};
	if (key === 'escape') return prompt.kind === 'filter' ? arrange({...close, filter: ''}) : searched(close, '');
	if (key === 'enter') return close;
	let {text} = prompt;
	if (key === 'backspace') text = [...text].slice(0, -1).join('');
	else if (key === 'ctrl-u') text = '';
	else if ([...key].length === 1 && text.length < MAX_PROMPT) text += key;
	else return state;
	const next = {...state, prompt: {...prompt, text, problem: null}};
	if (prompt.kind === 'mark') return close;
	return prompt.kind === 'filter' ? arrange({...next, filter: text, top: 0}) : searched(next, text);
}

/** Help is searched while it is typed. */
function searched(state: ScreenState, text: string): ScreenState {
	const {screen, prompt} = state;
	if (screen.view !== 'help' || (prompt !== null && prompt.kind !== 'help')) return state;
	return {...state, screen: {...screen, search: text, top: 0}};
}
