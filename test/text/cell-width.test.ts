import assert from 'node:assert/strict';
import {test} from 'node:test';
import stringWidth from 'string-width';
import {cellWidth} from '../../src/text/cell-width.ts';

for (const text of [
	'',
	'b1 ok',
	'●▁█ 10.0.0.1:80',
	'\ue000',
	'\ue001\ue0ff',
	'x\ue000',
	'漢字',
	'👩‍👩‍👧',
	'e\u0301',
	'\u001b[31mred\u001b[m',
]) {
	test(`cellWidth takes as many cells for ${JSON.stringify(text)} as string-width`, () => {
		assert.equal(cellWidth(text), stringWidth(text));
		const options = {countAnsiEscapeCodes: true};
		assert.equal(cellWidth(text, options), stringWidth(text, options));
	});
}
