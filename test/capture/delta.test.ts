import assert from 'node:assert/strict';
import {test} from 'node:test';
import {zstdCompressSync} from 'node:zlib';
import {memorySource} from '../../src/capture/byte-source.ts';
import {DeltaDecoder, DeltaEncoder} from '../../src/capture/delta.ts';
import {textOf} from '../../src/capture/text.ts';

/** Numbers that look random and are the same in every run. */
function randomOf(seed: number): (below: number) => number {
	let state = seed;
	return (below) => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return Math.floor((state / 2 ** 32) * below);
	};
}

function encoded(texts: readonly string[]): Buffer[] {
	const encoder = new DeltaEncoder();
	return texts.map((text) => Buffer.from(encoder.encode(Buffer.from(text, 'latin1'))));
}

function decoded(bytes: Buffer, step = bytes.length): {text: string; decoder: DeltaDecoder} {
	const decoder = new DeltaDecoder();
	let text = '';
	for (let at = 0; at < bytes.length; at += step) {
		for (const piece of decoder.push(bytes.subarray(at, at + step))) text += piece.toString('latin1');
	}
	return {text, decoder};
}

function assertRoundTrip(texts: readonly string[], what = ''): void {
	const {text, decoder} = decoded(Buffer.concat(encoded(texts)));
	assert.equal(text, texts.join(''), what);
	assert.deepEqual([decoder.isDamaged, decoder.isTorn], [false, false]);
}

const HEAD = (second: number) => `traefik-top/1 time=${1_795_368_000_000 + 1000 * second} id=lb1/361\n:tcp\n`;
const row = (port: string, sent: string, lastSend: number | string) =>
	`0A4D0002:${port} 0A4D000C:1F90 1 0 0 2 0 0 65532 476285 22 4 20 10 - | ${sent} -1 3752 ${lastSend} 20 20 20401 1143 51 30 28 28 29 282536584 41 568 0 0 0 0 0 0 - -\n`;
const TIME_WAIT = (port: string) => `0A4D0002:${port} 0A4D000C:1F90 6 0 0 3 0 0 0 0\n`;
const A = row('E7BC', '245', 1_795_368_000_000);
const B = row('E7BD', '490', 1_795_368_000_004);

const changes: [what: string, before: string, now: string][] = [
	['nothing changed', A + B, A + B],
	['a counter grew', A + B, row('E7BC', '490', 1_795_368_000_900) + B],
	['a counter shrank', A, row('E7BC', '1', 1_795_368_000_000)],
	['a counter became unknown', A, row('E7BC', '-', '-')],
	['a counter became known', row('E7BC', '-', '-'), A],
	['a counter is no whole number', A, row('E7BC', '245.5', '1e3')],
	['a counter has a leading zero', A, row('E7BC', '0245', '007')],
	['a counter is too large for a number', A, row('E7BC', '99999999999999999999', 1_795_368_000_000)],
	['a line came first', B, A + B],
	['a line came last', A, A + B],
	['the first line is gone', A + B, B],
	['the last line is gone', A + B, A],
	['all lines are gone', A + B, ''],
	['the order changed', A + B, B + A],
	['a line is there twice', A, A + A],
	['a connection closed', A + B, TIME_WAIT('E7BC') + B],
	['a word is no ASCII', 'name \xe4\xf6 \x00\n', 'name \xff b\n'],
	['a word begins as a column would', 'a .\nb =\n', 'a =x\nb s\n'],
	['there are empty words', 'a  b\n\n', 'a b \n \n'],
	['there are more words than a row has', 'x\n', `${'y '.repeat(200)}\n`],
	['a row has the bar elsewhere', A, A.replace(' |', ' | |')],
];
for (const [what, before, now] of changes) {
	test(`a text comes back where ${what}`, () => {
		assertRoundTrip([HEAD(0) + before, HEAD(1) + now, HEAD(2) + before, before, now]);
	});
}

test('a text comes back that does not end with a newline, or is empty', () => {
	assertRoundTrip([HEAD(0) + A, `${HEAD(1)}${A}torn`, HEAD(2) + A, HEAD(3) + A]);
	const encoder = new DeltaEncoder();
	assert.equal(decoded(Buffer.from(encoder.encode(Buffer.alloc(0)))).text, '');
});

test('whatever lines come, change and go, the text comes back, in pieces of any size', () => {
	for (let seed = 1; seed <= 60; seed++) {
		const random = randomOf(seed);
		const word = () =>
			['', '-', '0', '7', '-12', '1795368000123', '20.5', '|', 'x'.repeat(random(4)), String(random(1e9))][random(10)];
		const any = () => Array.from({length: 1 + random(random(10) === 0 ? 70 : 42)}, word).join(' ');
		const line = () => {
			const kind = random(3);
			if (kind === 0) return `${any()}\n`;
			return kind === 1
				? TIME_WAIT(`E${100 + random(300)}`)
				: row(`E${100 + random(300)}`, String(random(9999)), random(2) * 1_795_368_000_000 + random(99));
		};
		let lines = Array.from({length: random(200)}, line);
		const texts: string[] = [];
		for (let second = 0; second < 12; second++) {
			texts.push(HEAD(second) + lines.join(''));
			lines = lines.flatMap((old) => {
				const dice = random(40);
				if (dice === 0) return [];
				if (dice === 1) return [line(), old];
				return dice < 5
					? [old.replace(/\d+(?= )/g, (digits) => (random(4) === 0 ? String(random(5000)) : digits))]
					: [old];
			});
			if (random(6) === 0) lines = lines.slice(random(60));
		}
		const all = Buffer.concat(encoded(texts));
		for (const step of [all.length, 1 + random(900)])
			assert.equal(decoded(all, step).text, texts.join(''), `seed ${seed}`);
	}
});

test('a snapshot in which little changed takes little', () => {
	const many = Array.from({length: 500}, (_, at) =>
		row((0x8000 + at).toString(16).toUpperCase(), '245', 1_795_368_000_000),
	);
	const next = many.with(7, row('8007', '490', 1_795_368_001_000)).join('');
	const [first, second] = encoded([HEAD(0) + many.join(''), HEAD(1) + next]);
	assert.ok((first?.length ?? 0) > 50_000 && (second?.length ?? 0) < 300, `${second?.length} bytes`);
});

test('what is cut off comes back up to the last whole snapshot', () => {
	const texts = [0, 1, 2].map((second) => HEAD(second) + row('E7BC', String(245 * second + 1), 1_795_368_000_000) + B);
	const pieces = encoded(texts);
	const all = Buffer.concat(pieces);
	const [one = 0, two = 0] = pieces.map(({length}) => length);
	for (let end = one; end < all.length; end++) {
		const {text, decoder} = decoded(all.subarray(0, end));
		assert.equal(text, texts.slice(0, end < one + two ? 1 : 2).join(''));
		assert.equal(decoder.isTorn, end !== one && end !== one + two, `${end}`);
		assert.equal(decoder.isDamaged, false);
	}
});

test('whatever is flipped, nothing is thrown, and no more comes out than a few times the text', () => {
	const texts = Array.from(
		{length: 8},
		(_, second) => HEAD(second) + row('E7BC', String(245 * second), 1_795_368_000_000) + B.repeat(3),
	);
	const all = Buffer.concat(encoded(texts));
	const random = randomOf(7);
	for (let round = 0; round < 4000; round++) {
		const bytes = Buffer.from(all);
		for (let flips = 1 + random(3); flips > 0; flips--)
			bytes[random(bytes.length)] = random(2) === 0 ? 48 + random(12) : random(256);
		const {text} = decoded(bytes);
		assert.ok(text.length <= 64 * 1024 * 1024);
	}
});

const hostile: [what: string, delta: string][] = [
	['a run beyond the end', '-\n99999999\n'],
	['more gone than there is', '----\n   \n'],
	['a group that is not there', 'z\n\n'],
	['runs that are too few', 'aaa\n\n+1\n=x\n'],
	['a row without a line before it', 'aaa\n  \n~3\n.\n.\n.\n'],
	['a new row that is what it was', 'a\n\n+1\n.\n'],
	['a column that is too short', 'aa\n \n+1\nn 1 1 5\n'],
	['a column of letters for numbers', 'a\n\n+1\nn 1 1 x\n'],
	['a width of zero', 'a\n\n+1\nn 0 1 \n'],
	['too many words', 'a\n\n+99\n=x\n'],
	['a line of many times itself', `${'a'.repeat(2000)}\n${' '.repeat(1999)}\n+1\n=${'x'.repeat(60_000)}\n`],
];
for (const [what, delta] of hostile) {
	test(`a delta with ${what} is damaged, not believed`, () => {
		const whole = `${HEAD(0)}${A}`;
		const bytes = `traefik-top/2 ${whole.length} text\n${whole}traefik-top/2 ${delta.length} delta\n${delta}`;
		const {text, decoder} = decoded(Buffer.from(bytes, 'latin1'));
		assert.equal(decoder.isDamaged, true);
		assert.equal(text, whole);
	});
}

test('a delta with no text before it, and a first line that never ends, are damaged', () => {
	assert.equal(decoded(Buffer.from('traefik-top/2 3 delta\n\n\n\n')).decoder.isDamaged, true);
	assert.equal(decoded(Buffer.from(`traefik-top/2 1${' '.repeat(100)}`)).decoder.isDamaged, true);
});

test('a text of version 1 and one of a version to come are left as they are', () => {
	for (const text of [HEAD(0) + A, 'traefik-top/2 time=1\n', 'traefik-top/3 12 text\n', 'tr', '\n']) {
		assert.equal(decoded(Buffer.from(text), 1).text, text === 'tr' ? '' : text);
	}
});

test('text that was unpacked by zstd -dc, or packed again, is read as what it was', async () => {
	const texts = [0, 1, 2].map((second) => HEAD(second) + row('E7BC', String(245 * second), 1_795_368_000_000));
	const all = Buffer.concat(encoded(texts));
	for (const bytes of [all, zstdCompressSync(all)]) {
		let text = '';
		for await (const piece of textOf(memorySource([bytes]), 0, null, assert.fail)) text += piece.toString('latin1');
		assert.equal(text, texts.join(''));
	}
});
