import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import stringWidth from 'string-width';
import {cut, fit, width, wrap} from '../../src/text/fit.ts';

const fitted: readonly (readonly [
	why: string,
	text: string,
	cells: number,
	align: 'left' | 'right',
	expected: string,
])[] = [
	['pads on the right', 'api', 5, 'left', 'api  '],
	['pads on the left', '12', 5, 'right', '   12'],
	['leaves what fits exactly', 'api-1', 5, 'left', 'api-1'],
	['cuts with an ellipsis what is one cell too long', 'api-12', 5, 'left', 'api-…'],
	['counts wide characters as two cells', '漢字', 5, 'left', '漢字 '],
	['never halves a wide character', '漢字漢字', 6, 'left', '漢字… '],
	['counts combining characters as none', 'e\u0301a', 3, 'left', 'e\u0301a '],
	['gives nothing for no cells', 'api', 0, 'left', ''],
];
for (const [why, text, cells, align, expected] of fitted) {
	test(`fit ${why}`, () => {
		assert.equal(fit(text, cells, align), expected);
	});
}

test('fit takes exactly the cells it was given, whatever the text', () => {
	fc.assert(
		fc.property(fc.string({unit: 'grapheme', maxLength: 30}), fc.integer({min: 1, max: 20}), (text, cells) => {
			const clean = text.replace(/[\p{C}\p{Z}]/gu, 'x');
			assert.equal(width(fit(clean, cells)), cells);
		}),
	);
});

test('cut keeps an emoji of several code points whole', () => {
	assert.equal(cut('👩‍💻a', 2), '👩‍💻');
	assert.equal(cut('👩‍💻a', 1), '');
});

test('wrap breaks between words and cuts only a word that is too long', () => {
	assert.deepEqual(wrap('nobody answers at 10.0.3.12', 14), ['nobody answers', 'at 10.0.3.12']);
	assert.deepEqual(wrap('a incomprehensible b', 6), ['a', 'incom…', 'b']);
});

test('width knows the glyphs of the screen as string-width does', () => {
	const glyphs = [...'·–…›▲○●✖'];
	for (let code = 0x2500; code <= 0x259f; code++) glyphs.push(String.fromCodePoint(code));
	for (const glyph of glyphs) assert.equal(width(glyph), stringWidth(glyph), glyph);
});
