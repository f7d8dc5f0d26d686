import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {KeyFilter} from '../../../src/ui/terminal/terminal-input.ts';

const ESC = '\u001b';
const BEL = '\u0007';

/** What is left of pieces that come at once, and of what was held at the end. */
function typed(...pieces: string[]): string {
	const filter = new KeyFilter();
	return pieces.map((piece) => filter.typed(piece, 0)).join('') + filter.release();
}

const answers: [what: string, sequence: string][] = [
	['a colour, ended by BEL', `${ESC}]11;rgb:0000/0000/0000${BEL}`],
	['a colour, ended by ST', `${ESC}]11;rgb:0000/0000/0000${ESC}\\`],
	['a clipboard', `${ESC}]52;c;cXVpdCBxdWl0IGdHMTIz${BEL}`],
	['a DCS answer', `${ESC}P1$r0m${ESC}\\`],
	['a terminfo answer', `${ESC}P1+r544e=787465726d${ESC}\\`],
	['an APC answer', `${ESC}_Gi=31;OK${ESC}\\`],
	['a privacy message', `${ESC}^gqb${ESC}\\`],
	['a start of string', `${ESC}Xgqb${ESC}\\`],
	['a C1 answer', '\u009d11;rgb:0/0/0\u009c'],
	['a mouse report', `${ESC}[M q!`],
	['a mouse report of keys', `${ESC}[Mqqq`],
];
for (const [what, sequence] of answers) {
	test(`${what} is not a key, in one piece or split anywhere`, () => {
		assert.equal(typed(`j${sequence}k`), 'jk');
		for (let at = 1; at < sequence.length; at++) {
			assert.equal(typed(`j${sequence.slice(0, at)}`, `${sequence.slice(at)}k`), 'jk', `split at ${at}`);
		}
		assert.equal(typed(...`j${sequence}${sequence}k`), 'jk');
	});
}

const keys = [
	`${ESC}[A`,
	`${ESC}[5~`,
	`${ESC}OP`,
	`${ESC}[[A`,
	`${ESC}[1;5C`,
	ESC,
	`${ESC}${ESC}`,
	`${ESC}x`,
	'qjk12',
	'é',
	`${ESC}[m`,
];
for (const key of keys) {
	test(`${JSON.stringify(key)} is typed, in one piece or split anywhere`, () => {
		for (let at = 0; at <= key.length; at++) assert.equal(typed(key.slice(0, at), key.slice(at)), key);
	});
}

test('a key after an answer that never ends is a key', () => {
	const filter = new KeyFilter();
	assert.equal(filter.typed(`${ESC}]11;rgb`, 0), '');
	assert.equal(filter.typed('q', 501), 'q');
	assert.equal(filter.typed(`${ESC}P`, 1000), '');
	assert.equal(filter.typed('\u0003', 1001), '\u0003');
	assert.equal(filter.typed(`${ESC}]x${ESC}[A`, 1002), `${ESC}[A`);
});

test('an escape is held until what follows is known, and given back', () => {
	const filter = new KeyFilter();
	assert.deepEqual([filter.typed(ESC, 0), filter.isHolding], ['', true]);
	assert.deepEqual([filter.release(), filter.isHolding], [ESC, false]);
});

test('text without escapes passes unchanged', () => {
	fc.assert(
		fc.property(fc.array(fc.string()), (pieces) => {
			const plain = pieces.map((piece) => piece.replaceAll(/[\u001b\u0080-\u009f]/g, ''));
			assert.equal(typed(...plain), plain.join(''));
		}),
	);
});
