import assert from 'node:assert/strict';
import {test} from 'node:test';
import {type Cast, formatCast, parseCast, toFilm} from '../../../bench/demo/cast.ts';

const CAST: Cast = {
	columns: 40,
	rows: 5,
	events: [
		[0.5, 'o', 'hidden'],
		[1, 'm', 'go'],
		[2, 'o', 'a'],
		[3, 'm', 'cut'],
		[8, 'o', 'b'],
		[10, 'm', 'go'],
		[10.5, 'm', 'say two words'],
		[11, 'o', 'c'],
	],
};

test('casts take no time before the first go and between cut and go', () => {
	assert.deepEqual(
		toFilm(CAST).map(({atMs}) => atMs),
		[0, 0, 1000, 2000, 2000, 2000, 2500, 3000],
	);
});

test('a mark is its first word and the rest', () => {
	assert.deepEqual(toFilm(CAST)[6]?.mark, {kind: 'say', text: 'two words'});
	assert.deepEqual(toFilm(CAST)[3]?.mark, {kind: 'cut', text: ''});
});

test('a cast comes back from its file as it was', () => {
	assert.deepEqual(parseCast(formatCast(CAST)), CAST);
});
