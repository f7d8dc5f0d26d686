/**
The commands of the screen, a record each, in the order of the help: its keys, its words in the help, what it changes on
screen (actions.ts has the larger changes), what it asks of the command that runs the screen (requests.ts), what it does
to the terminal, and why it does nothing here. Keys, help, reducer and terminal run on this table.
*/
import {duration} from '../../text/duration.ts';
import {
	back,
	type Change,
	explain,
	foldAll,
	freeze,
	move,
	moveColumn,
	nextView,
	open,
	openBy,
	sort,
	toggle,
	unfreeze,
	unheld,
} from './actions.ts';
import type {Controls} from './controls.ts';
import {copyMarkdown} from './copy-markdown.ts';
import {copyText} from './copy-text.ts';
import {nextGrouping} from './groups.ts';
import {shownTime} from './mode.ts';
import {addMark, nextCompared} from './own-marks.ts';
import {isRecording} from './playback.ts';
import {
	type ControlRequest,
	exportedSpan,
	faster,
	findingAfter,
	findingBefore,
	isAtHome,
	noneAfter,
	nowhere,
	openFinding,
	pause,
	percent,
	SKIP_MS,
	seek,
} from './requests.ts';
import {nextOrder} from './socket-order.ts';
import {arrange, type OpenView, type ScreenState} from './state.ts';
import {toSettings} from './table-settings.ts';
import {axisSpans, nextSpan} from './time-axis.ts';
import {zoomBy} from './zoom.ts';

/** What the terminal offers a command; `state` is as the command left it. */
export type Outside = {
	readonly state: ScreenState;
	readonly controls: Controls;
	say(text: string): void;
	/** What comes of it is said. */
	tell(outcome: Promise<string>): void;
	/** Returns whether tmux must pass it on. */
	toClipboard(text: string): boolean;
	listenToMouse(isOn: boolean): void;
	redraw(): void;
	suspend(): void;
	close(): void;
};

type CommandRecord = {
	/** As keyName() gives them. */
	readonly keys: readonly string[];
	/** What the help prints; left out: it is said with the command before. */
	readonly help?: readonly [label: string, meaning: string];
	/** What it changes on screen. */
	readonly change?: Change;
	/** What it asks of the outside; null: nothing, or nothing sensible now. */
	readonly request?: (state: ScreenState, key: string) => ControlRequest | null;
	/** What else it does, after the change. */
	readonly effect?: (outside: Outside) => void;
	/** Why it does nothing here: a key that is silent seems broken. null: it does something. */
	readonly refusal?: (state: ScreenState, key: string) => string | null;
};

/** From what is shown: a frozen view is older than the newest look. */
const here = (state: ScreenState) => shownTime(state) ?? 0;

const FOR_TABLE = 'only in the table: Esc goes there';
/** Refuses in all views but these. */
const onlyIn =
	(...views: readonly OpenView['view'][]) =>
	({screen}: ScreenState): string | null =>
		views.includes(screen.view) ? null : FOR_TABLE;

const isNow = ({playback, isFrozen}: ScreenState) => playback.mode === 'live' && !isFrozen;
const alreadyLive = (state: ScreenState) => (isNow(state) ? 'already live; ← and T go back' : null);
const noMarks = ({ownMarks}: ScreenState) =>
	ownMarks.length === 0 ? 'no marks yet: m sets one at the time shown' : null;

function axis(by: 1 | -1): Pick<CommandRecord, 'change' | 'refusal'> {
	return {
		change: (state) => ({...state, axisSpan: nextSpan(state.playback, state.axisSpan, by)}),
		refusal: ({playback}) => {
			if (!isRecording(playback)) return 'x zooms the time axis of a replay; z zooms the graphs';
			return axisSpans(playback).length < 2 ? 'this recording is too short to zoom into' : null;
		},
	};
}

/** To the next problem in the table, or to the next backend where one is open. */
function neighbour(by: 1 | -1, isEnd: string): Pick<CommandRecord, 'change' | 'refusal'> {
	return {
		change: (state, extent) => (state.screen.view === 'table' ? explain(by) : openBy(by))(state, extent),
		refusal: (state) => nowhere(state, by, isEnd),
	};
}

export const COMMANDS = {
	down: {keys: ['j', 'down'], help: ['j k ↓ ↑', 'down, up'], change: move(() => 1)},
	up: {keys: ['k', 'up'], change: move(() => -1)},
	pageDown: {
		keys: ['pageDown', 'ctrl-f'],
		help: ['PgDn PgUp', 'a page down, up'],
		change: move((page) => Math.max(1, page - 1)),
	},
	pageUp: {keys: ['pageUp', 'ctrl-b'], change: move((page) => -Math.max(1, page - 1))},
	first: {keys: ['g'], help: ['g G', 'the first, the last'], change: move(() => -Number.MAX_SAFE_INTEGER)},
	last: {keys: ['G'], change: move(() => Number.MAX_SAFE_INTEGER)},
	open: {keys: ['enter'], help: ['Enter', 'open: graphs, sockets, what to do'], change: open, request: openFinding},
	back: {
		keys: ['escape', 'backspace'],
		help: ['Esc', 'back; clears the filter'],
		change: back,
		request: (state) => (state.playback.mode === 'back' && isAtHome(state) ? (controls) => controls.goLive() : null),
	},
	view: {keys: ['tab'], help: ['Tab', 'views: table, findings, instances'], change: nextView},
	follow: {
		keys: ['F'],
		help: ['F', 'follow the worst backend'],
		change: (state) => arrange({...state, isFollowing: !state.isFollowing, stillFor: 0, top: 0}),
		refusal: onlyIn('table', 'backend'),
	},
	nextBackend: {
		keys: ['n'],
		help: ['n p', 'next, previous problem or backend'],
		...neighbour(1, 'already at the last backend'),
	},
	previousBackend: {keys: ['p'], ...neighbour(-1, 'already at the first backend')},
	columns: {
		keys: ['C'],
		help: ['C W', 'choose columns; write view to config'],
		change: (state) => ({
			...state,
			screen: state.screen.view === 'columns' ? {view: 'table'} : {view: 'columns', place: 0},
		}),
		refusal: onlyIn('table', 'columns'),
	},
	saveView: {
		keys: ['W'],
		effect: ({state, controls: {saveView}, say, tell}) => {
			if (saveView === undefined) say('no config file to write to');
			else tell(saveView(toSettings(state)));
		},
	},
	automatic: {
		keys: ['a'],
		help: ['a', 'column list: automatic, by width'],
		change: (state) => (state.screen.view === 'columns' ? {...state, columns: null} : state),
		refusal: ({screen}) => (screen.view === 'columns' ? null : 'a works in the column list: C opens it'),
	},
	group: {
		keys: ['o'],
		help: ['o O', 'group by name, host; fold all groups'],
		change: (state) => arrange({...state, grouping: nextGrouping(state.grouping), folded: new Set(), top: 0}),
		refusal: onlyIn('table', 'columns'),
	},
	foldAll: {keys: ['O'], change: foldAll, refusal: onlyIn('table', 'columns')},
	zoomOut: {
		keys: ['z'],
		help: ['z Z', 'graphs of 60 s, 5 min, 15 min'],
		change: (state) => ({...state, zoom: zoomBy(state.zoom, 1)}),
	},
	zoomIn: {keys: ['Z'], change: (state) => ({...state, zoom: zoomBy(state.zoom, -1)})},
	filter: {
		keys: ['/'],
		help: ['/', 'filter: name, address, state or rule; search here'],
		change: (state) =>
			state.screen.view === 'help'
				? {...state, prompt: {kind: 'help', text: state.screen.search ?? '', problem: null}}
				: {...state, screen: {view: 'table'}, prompt: {kind: 'filter', text: state.filter, problem: null}},
	},
	sortNext: {
		keys: ['>', 's'],
		help: ['< > s', 'sort by another column'],
		change: (state, extent) => {
			if (state.screen.view === 'backend') return {...state, socketOrder: nextOrder(state.socketOrder)};
			return (state.screen.view === 'columns' ? moveColumn(1) : sort(1))(state, extent);
		},
		refusal: (state, key) => (key === 's' ? onlyIn('table', 'columns', 'backend') : onlyIn('table', 'columns'))(state),
	},
	sortPrevious: {
		keys: ['<'],
		change: (state, extent) => (state.screen.view === 'columns' ? moveColumn(-1) : sort(-1))(state, extent),
		refusal: onlyIn('table', 'columns'),
	},
	reverse: {
		keys: ['r'],
		help: ['r', 'reverse the order'],
		change: (state) => arrange({...state, isReversed: !state.isReversed, ...unheld}),
		refusal: onlyIn('table'),
	},
	pause: {
		keys: [' '],
		help: ['Space', 'pause; live keeps collecting'],
		change: (state, extent) => {
			if (state.screen.view === 'columns') return toggle(state, extent);
			return state.playback.mode === 'live' ? freeze(state) : unfreeze(state);
		},
		request: ({screen, playback}) => (screen.view === 'columns' ? null : pause(playback)),
	},
	rewind: {
		keys: ['left'],
		help: ['← →', '5 s back, forward; in live too'],
		change: unfreeze,
		request: (state) => seek(state.playback, here(state) - SKIP_MS),
	},
	forward: {
		keys: ['right'],
		change: unfreeze,
		request: (state) => seek(state.playback, here(state) + SKIP_MS),
		refusal: alreadyLive,
	},
	stepOn: {
		keys: ['t', '.'],
		help: ['t T . ,', 'one snapshot forward, back'],
		change: unfreeze,
		request: (state) => {
			const {isFrozen, playback} = state;
			if (!isFrozen) return (controls) => controls.step(1);
			return seek(playback, here(state) + (playback.intervalMs ?? SKIP_MS));
		},
		refusal: alreadyLive,
	},
	stepBack: {
		keys: ['T', ','],
		change: unfreeze,
		request: (state) => (state.isFrozen ? seek(state.playback, here(state) - 1) : (controls) => controls.step(-1)),
	},
	findingPrevious: {
		keys: ['['],
		help: ['[ ]', 'previous, next finding'],
		change: unfreeze,
		request: (state) => seek(state.playback, findingBefore(state)),
		refusal: (state) => (findingBefore(state) === null ? 'no earlier finding' : null),
	},
	findingNext: {
		keys: [']'],
		change: unfreeze,
		request: (state) => seek(state.playback, findingAfter(state)),
		refusal: (state) => (findingAfter(state) === null ? noneAfter(state) : null),
	},
	percent: {
		keys: [...'0123456789'],
		help: ['0–9', 'replay: to 0 %, 10 %, up to 90 %'],
		change: (state) =>
			state.screen.view === 'backend'
				? {...state, isEvidenceOnly: !state.isEvidenceOnly, screen: {...state.screen, top: 0}}
				: state,
		request: ({playback, screen}, key) =>
			isRecording(playback) && screen.view !== 'backend' ? percent(playback, Number(key) / 10) : null,
		refusal: ({playback, screen}, key) => {
			if (screen.view === 'backend')
				return key === '1' ? null : 'in this view 1 shows only the evidence; digits seek in the table of a replay';
			return isRecording(playback) ? null : 'digits seek in a replay; b jumps to a time';
		},
	},
	begin: {
		keys: ['home'],
		help: ['Home End', 'to the beginning; the end, or live'],
		change: unfreeze,
		request: ({playback}) => seek(playback, playback.from),
	},
	end: {
		keys: ['end'],
		change: unfreeze,
		request: ({playback}) => (isRecording(playback) ? seek(playback, playback.to) : (controls) => controls.goLive()),
	},
	jump: {
		keys: ['b'],
		help: ['b', 'jump to a time: 14:02, -90s, 40%'],
		change: (state) => ({...state, prompt: {kind: 'jump', text: '', problem: null}}),
	},
	axisIn: {keys: ['x'], help: ['x X', 'replay: time axis, from all to 1 min'], ...axis(1)},
	axisOut: {keys: ['X'], ...axis(-1)},
	mark: {
		keys: ['m'],
		help: ['m', 'set a mark at this time: a, b, c'],
		change: (state) => {
			const {shown, ownMarks, rows} = state;
			return shown === null ? state : {...state, ownMarks: addMark(ownMarks, shown.model.time, rows)};
		},
		effect: ({state, say}) => {
			const mark = state.ownMarks.at(-1);
			if (mark !== undefined) say(`mark ${mark.letter} set: ' returns to it, = compares with it`);
		},
		refusal: ({shown}) => (shown === null ? 'nothing to mark yet' : null),
	},
	toMark: {
		keys: ["'"],
		help: ["'", 'go to a mark by its letter'],
		change: (state) => ({...state, prompt: {kind: 'mark', text: '', problem: null}}),
		refusal: noMarks,
	},
	compare: {
		keys: ['='],
		help: ['=', 'what has changed since a mark'],
		change: (state) => ({
			...state,
			comparedWith: nextCompared(state.ownMarks, state.comparedWith),
			screen: {view: 'table'},
		}),
		refusal: noMarks,
	},
	export: {
		keys: ['e'],
		help: ['e', 'replay: export the span as a capture'],
		effect: ({state, controls, say, tell}) => {
			const span = exportedSpan(state);
			if (controls.export === undefined || span === null) {
				say('this recording cannot be exported');
				return;
			}
			say(`writing ${duration(span.to - span.from)} …`);
			tell(controls.export(span.from, span.to));
		},
		refusal: ({playback}) => (isRecording(playback) ? null : 'e works in a replay; here w writes the last 15 minutes'),
	},
	faster: {keys: ['+'], help: ['+ -', 'replay: speed; live: interval'], request: ({playback}) => faster(playback, 1)},
	slower: {keys: ['-'], request: ({playback}) => faster(playback, -1)},
	write: {
		keys: ['w'],
		help: ['w R', 'write last 15 min; record from now'],
		effect: ({controls, say, tell}) => {
			say('writing the last 15 minutes …');
			tell(controls.writeRecent());
		},
	},
	record: {
		keys: ['R'],
		effect: ({controls: {record}, say, tell}) => {
			if (record === undefined) say('this is already a recording');
			else tell(record());
		},
	},
	copy: {
		keys: ['c'],
		help: ['c y', 'copy the row; finding or table as Markdown'],
		effect: ({state, say, toClipboard}) => {
			const text = copyText(state);
			if (text === null) return;
			say(`${toClipboard(text) ? 'copied (tmux: with set-clipboard on)' : 'copied'}: ${text}`);
		},
		refusal: (state) => (copyText(state) === null ? 'nothing to copy here' : null),
	},
	copyMarkdown: {
		keys: ['y'],
		effect: ({state, say, toClipboard}) => {
			const copied = copyMarkdown(state);
			if (copied === null) return;
			toClipboard(copied.text);
			say(`copied as Markdown: ${copied.what}`);
		},
		refusal: (state) => (copyMarkdown(state) === null ? 'nothing to copy here' : null),
	},
	mouse: {
		keys: ['M'],
		help: ['M', 'mouse on, off: click, wheel'],
		change: (state) => ({...state, hasMouse: !state.hasMouse}),
		effect: ({state: {hasMouse}, listenToMouse, say}) => {
			listenToMouse(hasMouse);
			say(hasMouse ? 'mouse on: click rows, headings, times; M turns it off' : 'mouse off');
		},
	},
	suspend: {keys: ['ctrl-z'], help: ['Ctrl-Z L', 'suspend (fg resumes); redraw'], effect: ({suspend}) => suspend()},
	redraw: {keys: ['ctrl-l'], effect: ({redraw}) => redraw()},
	help: {
		keys: ['?', 'h', 'function'],
		help: ['? h F1', 'this help'],
		change: (state) =>
			state.screen.view === 'help'
				? {...state, screen: state.screen.from}
				: {...state, screen: {view: 'help', top: 0, from: state.screen}},
	},
	quit: {keys: ['q', 'ctrl-c'], help: ['q Ctrl-C', 'quit'], effect: ({close}) => close()},
} as const satisfies Record<string, CommandRecord>;

export type Command = keyof typeof COMMANDS;

const RECORDS: Readonly<Record<Command, CommandRecord>> = COMMANDS;

const BY_KEY: ReadonlyMap<string, Command> = new Map(
	(Object.keys(COMMANDS) as Command[]).flatMap((command) =>
		RECORDS[command].keys.map((key): [string, Command] => [key, command]),
	),
);

export function commandOf(key: string): Command | null {
	return BY_KEY.get(key) ?? null;
}

export function recordOf(command: Command): CommandRecord {
	return RECORDS[command];
}
