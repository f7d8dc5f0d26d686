import assert from 'node:assert/strict';
import test from 'node:test';
import {parseEndpoint} from '../../src/parse/address.ts';
import {compilePattern} from '../../src/parse/pattern.ts';

const cases: [pattern: string, means: string[], not: string[]][] = [
	['10.0.0.7', ['10.0.0.7:80', '10.0.0.7:8080'], ['10.0.0.6:80', '[::a00:7]:80']],
	['10.0.0.7:80', ['10.0.0.7:80'], ['10.0.0.7:81', '10.0.0.8:80']],
	[':8080', ['10.0.0.7:8080', '[fd00::7]:8080'], ['10.0.0.7:80']],
	['10.0.0.0/8', ['10.0.0.0:1', '10.255.255.255:1'], ['11.0.0.0:1', '9.255.255.255:1', '[fd00::7]:1']],
	['10.1.2.3/8', ['10.200.0.1:1'], ['11.1.2.3:1']],
	['192.168.4.0/22', ['192.168.4.0:1', '192.168.7.255:1'], ['192.168.8.0:1', '192.168.3.255:1']],
	['10.0.0.7/32', ['10.0.0.7:1'], ['10.0.0.6:1']],
	['0.0.0.0/0', ['1.2.3.4:1'], ['[fd00::7]:1']],
	['::/0', ['1.2.3.4:1', '[fd00::7]:1'], []],
	['fd00::/8', ['[fd00::7]:1', '[fdff:ffff::1]:1'], ['[fc00::7]:1', '10.0.0.7:1']],
	['fd00::/65', ['[fd00::7fff:0:0:0]:1'], ['[fd00:0:0:0:8000::]:1']],
	['fd00::7/128', ['[fd00::7]:1'], ['[fd00::6]:1']],
	['[fd00::7]:80', ['[fd00::7]:80'], ['[fd00::7]:81']],
	['fd00::7', ['[fd00::7]:80'], ['[fd00::8]:80']],
	['::ffff:10.0.0.7', ['10.0.0.7:80'], ['10.0.0.8:80']],
	['::ffff:10.0.0.0/104', ['10.9.9.9:80'], ['11.0.0.1:80']],
];
for (const [pattern, means, not] of cases) {
	test(`the pattern ${pattern} means its endpoints and no others`, () => {
		const isMeant = compilePattern(pattern);
		assert.ok(isMeant !== null);
		const judge = (text: string) => {
			const endpoint = parseEndpoint(text);
			assert.ok(endpoint !== null, text);
			return isMeant(endpoint.words, endpoint.port);
		};
		assert.deepEqual(means.filter(judge), means);
		assert.deepEqual(not.filter(judge), []);
	});
}

for (const text of [
	'',
	'api',
	':',
	':65536',
	'10.0.0.0/33',
	'fd00::/129',
	'10.0.0/8',
	'10.0.0.7/',
	'10.0.0.7:80/8',
	'*:80',
]) {
	test(`${JSON.stringify(text)} is not a pattern`, () => {
		assert.equal(compilePattern(text), null);
	});
}
