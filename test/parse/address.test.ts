import assert from 'node:assert/strict';
import {isIPv6 as isIPv6Text} from 'node:net';
import test from 'node:test';
import fc from 'fast-check';
import {formatAddress, formatEndpoint, parseAddress, parseEndpoint} from '../../src/parse/address.ts';

const written: [text: string, words: number[]][] = [
	['10.0.0.7', [0, 0, 0xffff, 0x0a000007]],
	['255.255.255.255', [0, 0, 0xffff, 0xffffffff]],
	['0.0.0.0', [0, 0, 0xffff, 0]],
	['::', [0, 0, 0, 0]],
	['::1', [0, 0, 0, 1]],
	['fd00::7', [0xfd000000, 0, 0, 7]],
	['2001:db8::', [0x20010db8, 0, 0, 0]],
	['2001:db8:0:1:1:1:1:1', [0x20010db8, 0x00000001, 0x00010001, 0x00010001]],
	['2001:0:0:1::1', [0x20010000, 0x00000001, 0, 1]],
	['2001:db8::1:0:0:1', [0x20010db8, 0, 0x00010000, 1]],
	['::fffe:a00:7', [0, 0, 0xfffe, 0x0a000007]],
];
for (const [text, words] of written) {
	test(`formatAddress writes ${text} as RFC 5952 wants it`, () => {
		assert.equal(formatAddress(Uint32Array.from(words)), text);
	});
	test(`parseAddress reads ${text}`, () => {
		assert.deepEqual(parseAddress(text), Uint32Array.from(words));
	});
}

const alsoRead: [text: string, canonical: string][] = [
	['::ffff:10.0.0.7', '10.0.0.7'],
	['::ffff:a00:7', '10.0.0.7'],
	['64:ff9b::192.0.2.1', '64:ff9b::c000:201'],
	['FD00:0:0:0:0:0:0:7', 'fd00::7'],
	['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
];
for (const [text, canonical] of alsoRead) {
	test(`parseAddress takes ${text} for ${canonical}`, () => {
		assert.equal(formatAddress(parseAddress(text) ?? new Uint32Array(4)), canonical);
	});
}

const none = ['', '10.0.0', '10.0.0.256', '10.0.0.07', '10.0.0.7.1', ' 10.0.0.7', 'api-1', ':', ':::', '1::2::3'];
none.push('1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '1:2:3:4:5:6:7:8::', '12345::', 'fe80::1%eth0', '[::1]', '1.2.3.4::');
for (const text of none) {
	test(`parseAddress refuses ${JSON.stringify(text)}`, () => {
		assert.equal(parseAddress(text), null);
	});
}

test('parseAddress reads back whatever formatAddress writes, which Node takes for an address, too', () => {
	const group = fc.oneof(fc.constant(0), fc.constant(0), fc.integer({min: 0, max: 0xffff}));
	fc.assert(
		fc.property(fc.array(group, {minLength: 8, maxLength: 8}), (groups) => {
			const words = Uint32Array.from([0, 2, 4, 6], (i) => (groups[i] ?? 0) * 65536 + (groups[i + 1] ?? 0));
			const text = formatAddress(words);
			assert.deepEqual(parseAddress(text), words);
			assert.ok(isIPv6Text(text) || /^\d+\.\d+\.\d+\.\d+$/.test(text), text);
		}),
	);
});

test('formatEndpoint puts an IPv6 address in brackets and reads words at an offset', () => {
	assert.equal(formatEndpoint(Uint32Array.of(0, 0, 0xffff, 0x0a000007), 8080), '10.0.0.7:8080');
	assert.equal(formatEndpoint(Uint32Array.of(0, 0, 0, 0), 80), '[::]:80');
	assert.equal(formatEndpoint(Uint32Array.of(0, 0, 0xffff, 0), 80), '0.0.0.0:80');
	assert.equal(formatEndpoint(Uint32Array.of(9, 9, 9, 9, 0xfd000000, 0, 0, 7), 443, 4), '[fd00::7]:443');
});

test('parseEndpoint reads what formatEndpoint writes', () => {
	for (const text of ['10.0.0.7:8080', '[::]:80', '[fd00::7]:65535']) {
		const endpoint = parseEndpoint(text);
		assert.ok(endpoint !== null);
		assert.equal(formatEndpoint(endpoint.words, endpoint.port), text);
	}
});

for (const text of [
	'10.0.0.7',
	'10.0.0.7:',
	'10.0.0.7:65536',
	'fd00::7:80',
	'[10.0.0.7]:80',
	'[fd00::7]',
	':80',
	'x:80',
]) {
	test(`parseEndpoint refuses ${text}`, () => {
		assert.equal(parseEndpoint(text), null);
	});
}
