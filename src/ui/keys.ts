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
	| 'redraw'
	| 'suspend';

export type Binding = {
	readonly command: Command;
	/** As keyName() gives them. */
	readonly keys: readonly string[];
	/** As the help screen prints them. */
	readonly label: string;
	readonly meaning: string;
	readonly group: 'Look' | 'Order' | 'Time' | 'Screen';
};

const DIGITS = [...'0123456789'];

export const BINDINGS: readonly Binding[] = [
	{command: 'down', keys: ['j', 'down'], label: 'j ↓', meaning: 'down', group: 'Look'},
	{command: 'up', keys: ['k', 'up'], label: 'k ↑', meaning: 'up', group: 'Look'},
	{command: 'pageDown', keys: ['pageDown', 'ctrl-f'], label: 'PgDn', meaning: 'a page down', group: 'Look'},
	{command: 'pageUp', keys: ['pageUp', 'ctrl-b'], label: 'PgUp', meaning: 'a page up', group: 'Look'},
	{command: 'first', keys: ['g'], label: 'g', meaning: 'the first', group: 'Look'},
	{command: 'last', keys: ['G'], label: 'G', meaning: 'the last', group: 'Look'},
	{
		command: 'open',
		keys: ['enter'],
		label: 'Enter',
		meaning: 'open: graphs, sockets, findings, what to do',
		group: 'Look',
	},
	{command: 'back', keys: ['escape', 'backspace'], label: 'Esc', meaning: 'back; clears the filter', group: 'Look'},
	{command: 'view', keys: ['tab'], label: 'Tab', meaning: 'table, findings, instances', group: 'Look'},
	{command: 'follow', keys: ['F'], label: 'F', meaning: 'follow the worst backend', group: 'Look'},
	{command: 'filter', keys: ['/'], label: '/', meaning: 'filter by name, address, state or rule', group: 'Order'},
	{command: 'sortNext', keys: ['>', 's'], label: '> s', meaning: 'sort by the next column', group: 'Order'},
	{command: 'sortPrevious', keys: ['<'], label: '<', meaning: 'sort by the one before', group: 'Order'},
	{command: 'reverse', keys: ['r'], label: 'r', meaning: 'reverse the order', group: 'Order'},
	{command: 'pause', keys: [' '], label: 'Space', meaning: 'pause, go on; live goes on collecting', group: 'Time'},
	{command: 'stepOn', keys: ['t', '.'], label: 't .', meaning: 'one snapshot on', group: 'Time'},
	{command: 'stepBack', keys: ['T', ','], label: 'T ,', meaning: 'one snapshot back', group: 'Time'},
	{command: 'rewind', keys: ['left'], label: '←', meaning: '5 s back, in live too', group: 'Time'},
	{command: 'forward', keys: ['right'], label: '→', meaning: '5 s on', group: 'Time'},
	{command: 'findingPrevious', keys: ['['], label: '[', meaning: 'to the finding before', group: 'Time'},
	{command: 'findingNext', keys: [']'], label: ']', meaning: 'to the next finding', group: 'Time'},
	{command: 'percent', keys: DIGITS, label: '0–9', meaning: 'replay: to 0 % … 90 %', group: 'Time'},
	{command: 'begin', keys: ['home'], label: 'Home', meaning: 'to the beginning', group: 'Time'},
	{command: 'end', keys: ['end'], label: 'End', meaning: 'to the end; live: to now', group: 'Time'},
	{command: 'jump', keys: ['b'], label: 'b', meaning: 'jump to a time: 14:02, -90s, 40%', group: 'Time'},
	{command: 'faster', keys: ['+', '='], label: '+', meaning: 'live: shorter interval; replay: faster', group: 'Time'},
	{command: 'slower', keys: ['-'], label: '-', meaning: 'live: longer interval; replay: slower', group: 'Time'},
	{command: 'write', keys: ['w'], label: 'w', meaning: 'write the last 15 minutes as a recording', group: 'Screen'},
	{command: 'copy', keys: ['c'], label: 'c', meaning: 'copy the row', group: 'Screen'},
	{command: 'help', keys: ['?', 'h', 'function'], label: '? h F1', meaning: 'this help', group: 'Screen'},
	{command: 'redraw', keys: ['ctrl-l'], label: 'Ctrl-L', meaning: 'draw everything again', group: 'Screen'},
	{command: 'suspend', keys: ['ctrl-z'], label: 'Ctrl-Z', meaning: 'suspend; fg comes back', group: 'Screen'},
	{command: 'quit', keys: ['q', 'ctrl-c'], label: 'q Ctrl-C', meaning: 'quit', group: 'Screen'},
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

/**
The names of the keys that one read held: several when somebody types fast. A function key arrives without a name
(Ink keeps it to itself), so any of them is `function`.
*/
export function keyNames(input: string, key: Key): string[] {
	for (const [flag, name] of NAMED) if (key[flag] === true) return [name];
	if (key.ctrl) return input === '' ? [] : [`ctrl-${input}`];
	if (input === '') return ['function'];
	if (key.meta) return [];
	return [...input].map((character) => (character === '\r' || character === '\n' ? 'enter' : character));
}
