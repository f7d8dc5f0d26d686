/** What Ink says of a key, as the names that commands.ts binds. */
import type {Key} from 'ink';

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
