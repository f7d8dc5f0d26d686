import assert from 'node:assert/strict';
import {test} from 'node:test';
import {markdownBlock, markdownCode, markdownText} from '../../src/text/markdown.ts';

const texts: [text: string, escaped: string][] = [
	['10.0.3.12:8080 refused', '10.0.3.12:8080 refused'],
	['[fd00::7]:8080', '\\[fd00::7\\]:8080'],
	['<b>&amp;', '&lt;b&gt;&amp;amp;'],
	['a|b*c_d`e~f\\g', 'a\\|b\\*c\\_d\\`e\\~f\\\\g'],
	['[x](javascript:y)', '\\[x\\](javascript:y)'],
	['![x](//y)', '\\!\\[x\\](//y)'],
	['see https://x.example', 'see https&#58;//x.example'],
	['WWW.x.example', 'WWW&#46;x.example'],
	['me@x.example', 'me@&#8203;x.example'],
	['# no heading', '\\# no heading'],
	['- no list', '\\- no list'],
	['1. no list', '1\\. no list'],
	['    no code', 'no code'],
	['two\nlines\u001b[31m', 'twolines\\[31m'],
];
for (const [text, escaped] of texts) {
	test(`text in Markdown stays text: ${JSON.stringify(text)}`, () => assert.equal(markdownText(text), escaped));
}

const codes: [text: string, code: string][] = [
	['slow', '`slow`'],
	['a`b', '``a`b``'],
	['``', '``` `` ```'],
	['a|b', '`a\\|b`'],
];
for (const [text, code] of codes) {
	test(`code in a table stays in its cell: ${text}`, () => assert.equal(markdownCode(text), code));
}

test('a block of code ends where it should, whatever is in it', () => {
	assert.deepEqual(markdownBlock(['a', '```', '````x']), ['`````text', 'a', '```', '````x', '`````']);
});
