/** The keys: one table that input and the help screen share. */
import type {Key} from 'ink';

export type Command =
	| 'quit'
	| 'help'
	| 'down'
	| 'up'
	| 'first'
	| 'last'
	| 'pageDown'
	| 'pageUp'
	| 'open'
	| 'back'
	| 'view'
	| 'filter'
	| 'sortNext'
	| 'sortPrevious'
	| 'reverse'
	| 'follow'
	| 'nextBackend'
	| 'previousBackend'
	| 'columns'
	| 'automatic'
	| 'saveView'
	| 'group'
	| 'foldAll'
	| 'axisIn'
	| 'axisOut'
	| 'mark'
	| 'toMark'
	| 'compare'
	| 'export'
	| 'copyMarkdown'
	| 'mouse'
	| 'zoomOut'
	| 'zoomIn'
	| 'copy'
	| 'pause'
	| 'stepOn'
	| 'stepBack'
	| 'rewind'
	| 'forward'
	| 'findingPrevious'
	| 'findingNext'
	| 'percent'
	| 'begin'
	| 'end'
	| 'jump'
	| 'faster'
	| 'slower'
	| 'write'
	| 'record'
	| 'redraw'
	| 'suspend';

export type Binding = {
	readonly command: Command;
	/** As keyName() gives them. */
	readonly keys: readonly string[];
	/** What the help screen prints; null: it is said with the command before. */
	readonly help: {readonly label: string; readonly meaning: string} | null;
};

const DIGITS = [...'0123456789'];

function key(command: Command, keys: readonly string[], label?: string, meaning?: string): Binding {
	return {command, keys, help: label === undefined || meaning === undefined ? null : {label, meaning}};
}

export const BINDINGS: readonly Binding[] = [
	key('down', ['j', 'down'], 'j k ↓ ↑', 'down, up'),
	key('up', ['k', 'up']),
	key('pageDown', ['pageDown', 'ctrl-f'], 'PgDn PgUp', 'a page down, up'),
	key('pageUp', ['pageUp', 'ctrl-b']),
	key('first', ['g'], 'g G', 'the first, the last'),
	key('last', ['G']),
	key('open', ['enter'], 'Enter', 'open: graphs, sockets, what to do'),
	key('back', ['escape', 'backspace'], 'Esc', 'back; clears the filter'),
	key('view', ['tab'], 'Tab', 'views: table, findings, instances'),
	key('follow', ['F'], 'F', 'follow the worst backend'),
	key('nextBackend', ['n'], 'n p', 'next, previous problem or backend'),
	key('previousBackend', ['p']),
	key('columns', ['C'], 'C W', 'choose columns; write view to config'),
	key('saveView', ['W']),
	key('automatic', ['a'], 'a', 'column list: automatic, by width'),
	key('group', ['o'], 'o O', 'group by name, host; fold all groups'),
	key('foldAll', ['O']),
	key('zoomOut', ['z'], 'z Z', 'graphs of 60 s, 5 min, 15 min'),
	key('zoomIn', ['Z']),
	key('filter', ['/'], '/', 'filter: name, address, state or rule; search here'),
	key('sortNext', ['>', 's'], '< > s', 'sort by another column'),
	key('sortPrevious', ['<']),
	key('reverse', ['r'], 'r', 'reverse the order'),
	key('pause', [' '], 'Space', 'pause; live keeps collecting'),
	key('rewind', ['left'], '← →', '5 s back, forward; in live too'),
	key('forward', ['right']),
	key('stepOn', ['t', '.'], 't T . ,', 'one snapshot forward, back'),
	key('stepBack', ['T', ',']),
	key('findingPrevious', ['['], '[ ]', 'previous, next finding'),
	key('findingNext', [']']),
	key('percent', DIGITS, '0–9', 'replay: to 0 %, 10 %, up to 90 %'),
	key('begin', ['home'], 'Home End', 'to the beginning; the end, or live'),
	key('end', ['end']),
	key('jump', ['b'], 'b', 'jump to a time: 14:02, -90s, 40%'),
	key('axisIn', ['x'], 'x X', 'replay: time axis, from all to 1 min'),
	key('axisOut', ['X']),
	key('mark', ['m'], 'm', 'set a mark at this time: a, b, c'),
	key('toMark', ["'"], "'", 'go to a mark by its letter'),
	key('compare', ['='], '=', 'what has changed since a mark'),
	key('export', ['e'], 'e', 'replay: export the span as a capture'),
	key('faster', ['+'], '+ -', 'replay: speed; live: interval'),
	key('slower', ['-']),
	key('write', ['w'], 'w R', 'write last 15 min; record from now'),
	key('record', ['R']),
	key('copy', ['c'], 'c y', 'copy the row; finding or table as Markdown'),
	key('copyMarkdown', ['y']),
	key('mouse', ['M'], 'M', 'mouse on, off: click, wheel'),
	key('suspend', ['ctrl-z'], 'Ctrl-Z L', 'suspend (fg resumes); redraw'),
	key('redraw', ['ctrl-l']),
	key('help', ['?', 'h', 'function'], '? h F1', 'this help'),
	key('quit', ['q', 'ctrl-c'], 'q Ctrl-C', 'quit'),
];

const COMMANDS: ReadonlyMap<string, Command> = new Map(
	BINDINGS.flatMap(({command, keys}) => keys.map((key): [string, Command] => [key, command])),
);

export function commandOf(key: string): Command | null {
	return COMMANDS.get(key) ?? null;
}

const NAMED: readonly (readonly [flag: keyof Key, name: string])[] = [
	['upArrow', 'up'],
	['downArrow', 'down'],
	['leftArrow', 'left'],
	['rightArrow', 'right'],
	['pageUp', 'pageUp'],
	['pageDown', 'pageDown'],
	['home', 'home'],
	['end', 'end'],
	['return', 'enter'],
	['escape', 'escape'],
	['tab', 'tab'],
	['backspace', 'backspace'],
	['delete', 'backspace'],
];

/** Of one read. */
const MAX_KEYS = 256;

/**
The names of the keys that one read held: several when somebody types fast. A function key arrives without a name
(Ink keeps it to itself), so any of them is `function`.
*/
export function keyNames(input: string, key: Key): string[] {
	for (const [flag, name] of NAMED) if (key[flag] === true) return [name];
	if (key.ctrl) return input === '' ? [] : [`ctrl-${input}`];
	if (input === '') return ['function'];
	if (key.meta) return [];
	// nobody types so fast: it was pasted
	return [...input.slice(0, MAX_KEYS)].map((character) =>
		character === '\r' || character === '\n' ? 'enter' : character,
	);
}
