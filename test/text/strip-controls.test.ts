import assert from 'node:assert/strict';
import {test} from 'node:test';
import {stripControls} from '../../src/text/strip-controls.ts';

const unsafe: [what: string, text: string, clean: string][] = [
	['an escape sequence', 'a\u001b[31mb', 'a[31mb'],
	['an 8-bit CSI', 'a\u009b2Jb', 'a2Jb'],
	['a title with BEL', '\u001b]0;x\u0007y', ']0;xy'],
	['newlines and tabs', 'a\r\n\tb', 'ab'],
	['a right-to-left override', 'a\u202egpj', 'agpj'],
	['a zero-width space', 'a\u200bb', 'ab'],
	['a lone surrogate', 'a\ud800b', 'a\ufffdb'],
];
for (const [what, text, clean] of unsafe) {
	test(`stripControls drops ${what}`, () => assert.equal(stripControls(text), clean));
}
test('stripControls leaves names in any script as they are', () => {
	assert.equal(stripControls('каталог-2 日本 é 👩‍💻'), 'каталог-2 日本 é 👩‍💻');
});
