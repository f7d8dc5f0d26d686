import assert from 'node:assert/strict';
import {test} from 'node:test';
import {copySequence} from '../../../src/ui/terminal/terminal.ts';

const PLAIN = '\u001b]52;c;YXBpLTI=\u0007';

const terminals: readonly (readonly [what: string, term: string, isTmux: boolean, written: string])[] = [
	['a terminal gets the text itself', 'xterm-256color', false, PLAIN],
	['screen gets it wrapped, too', 'screen-256color', false, `${PLAIN}\u001bP${PLAIN}\u001b\\`],
	[
		'tmux gets it wrapped in its own way, too, whatever TERM is',
		'screen-256color',
		true,
		`${PLAIN}\u001bPtmux;\u001b${PLAIN}\u001b\\`,
	],
];
for (const [what, term, isTmux, written] of terminals) {
	test(`copying: ${what}`, () => {
		assert.equal(copySequence('api-2', term, isTmux), written);
	});
}
