import assert from 'node:assert/strict';
import {test} from 'node:test';
import {type Plot, svgOf} from '../../bench/plot.ts';

const PLOT: Plot = {
	title: 'One <reading> & more',
	x: 'sockets',
	y: 'CPU ms',
	source: 'node bench/scale.ts',
	series: Array.from({length: 6}, (_, i) => ({
		name: `series ${i}`,
		points: [
			[100, 1 + i / 100],
			[10_000, 20 + i / 100],
		],
	})),
};

test('a plot tells its lines apart by name, each in a place of its own', () => {
	const places = [...svgOf(PLOT).matchAll(/y="([\d.]+)"[^>]*>series (\d)</g)].map(([, y]) => Number(y));
	assert.equal(places.length, 6);
	const ascending = places.toSorted((a, b) => a - b);
	for (const [i, y] of ascending.entries()) if (i > 0) assert.ok(y - (ascending[i - 1] ?? 0) >= 14, `${ascending}`);
});

test('a plot escapes what it says', () => {
	const svg = svgOf(PLOT);
	assert.ok(svg.includes('One &#60;reading&#62; &#38; more'));
	assert.ok(!svg.includes('<reading>'));
});

test('a plot has a tick for each power of ten that its axes cross', () => {
	const labels = [...svgOf(PLOT).matchAll(/>([\d,.]+)<\/text>/g)].map(([, label]) => label);
	for (const label of ['100', '1,000', '10,000', '1', '10']) assert.ok(labels.includes(label), label);
});
