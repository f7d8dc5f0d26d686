import assert from 'node:assert/strict';
import {test} from 'node:test';
import {colorDepth, isAsciiTerminal, newTheme} from '../../../src/ui/terminal/theme.ts';

const depths: readonly (readonly [env: Readonly<Record<string, string>>, isWanted: boolean, depth: number])[] = [
	[{TERM: 'xterm-256color', COLORTERM: 'truecolor'}, true, 3],
	[{TERM: 'xterm-256color'}, true, 2],
	[{TERM: 'screen'}, true, 1],
	[{TERM: 'linux'}, true, 1],
	[{TERM: 'xterm-kitty'}, true, 3],
	[{TERM: 'dumb', COLORTERM: 'truecolor'}, true, 0],
	[{}, true, 0],
	[{TERM: 'xterm-256color', COLORTERM: 'truecolor', NO_COLOR: '1'}, true, 0],
	[{TERM: 'xterm-256color', NO_COLOR: ''}, true, 2],
	[{TERM: 'xterm-256color', COLORTERM: 'truecolor'}, false, 0],
];
for (const [env, isWanted, depth] of depths) {
	test(`${JSON.stringify(env)}${isWanted ? '' : ' --no-color'} has depth ${depth}`, () => {
		assert.equal(colorDepth(env, isWanted), depth);
	});
}

const terminals: readonly (readonly [env: Readonly<Record<string, string>>, isAscii: boolean])[] = [
	[{TERM: 'xterm', LANG: 'en_US.UTF-8'}, false],
	[{TERM: 'xterm', LANG: 'en_US.utf8'}, false],
	[{TERM: 'xterm'}, false],
	[{TERM: 'xterm', LANG: 'C'}, false],
	[{TERM: 'xterm', LANG: 'de_DE.ISO-8859-1'}, true],
	[{TERM: 'xterm', LC_ALL: 'en_US.UTF-8', LANG: 'de_DE.ISO-8859-1'}, false],
	[{TERM: 'linux', LANG: 'en_US.UTF-8'}, true],
];
for (const [env, isAscii] of terminals) {
	test(`${JSON.stringify(env)} is ${isAscii ? 'an ASCII' : 'a Unicode'} terminal`, () => {
		assert.equal(isAsciiTerminal(env), isAscii);
	});
}

test('without colour nothing is styled at all', () => {
	const theme = newTheme(0, false);
	assert.equal(theme.paint('down', 'x') + theme.select('down', 'y') + theme.paint('strong', 'z'), 'xyz');
});
