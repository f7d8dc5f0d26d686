import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {toAscii} from '../../src/text/ascii.ts';
import {width} from '../../src/text/fit.ts';

test('states keep a glyph each', () => {
	assert.equal(toAscii('✖ ▲ ? ● ○'), 'X ! ? * o');
});

test('a sparkline keeps eight levels', () => {
	assert.equal(new Set(toAscii('▁▂▃▄▅▆▇█')).size, 8);
});

test('colours pass', () => {
	assert.equal(toAscii('\u001b[31m✖\u001b[39m'), '\u001b[31mX\u001b[39m');
});

test('a line keeps its width and holds nothing but ASCII', () => {
	fc.assert(
		fc.property(
			fc.string({unit: fc.constantFrom('✖', '▁', '│', '漢', 'é', 'ß', 'a', ' ', '…'), maxLength: 40}),
			(text) => {
				const ascii = toAscii(text);
				assert.match(ascii, /^[ -~]*$/);
				assert.equal(ascii.length, width(text));
			},
		),
	);
});
