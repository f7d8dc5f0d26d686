import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {fineCeiling, graph, niceCeiling, peak, sparkline} from '../../src/text/sparkline.ts';

test('sparkline draws nothing read as a hole and zero as the lowest bar', () => {
	assert.equal(sparkline([null, 0, null], 8), ' ▁ ');
});

test('sparkline tells one from none, however large the scale', () => {
	assert.equal(sparkline([0, 1, 1000]), '▁▂█');
});

test('sparkline draws what is above the scale as full', () => {
	assert.equal(sparkline([4, 8, 16], 8), '▅██');
});

test('sparkline has one cell per value', () => {
	fc.assert(
		fc.property(fc.array(fc.option(fc.nat(1e6))), (values) => {
			assert.equal([...sparkline(values)].length, values.length);
		}),
	);
});

test('graph stacks eighths over several lines, top first', () => {
	assert.deepEqual(graph([0, 4, 6, 8, null], 2, 8), ['  ▄█ ', '▁███ ']);
});

test('peak ignores holes and keeps its floor', () => {
	assert.equal(peak([null, 3, 7]), 7);
	assert.equal(peak([null, 3], 8), 8);
	assert.equal(peak([]), 0);
});

test('niceCeiling is the next 1, 2 or 5 of a power of ten', () => {
	assert.deepEqual(
		[0, 1, 1.1, 2, 3, 5, 5.1, 10, 52, 100, 101].map(niceCeiling),
		[1, 1, 2, 2, 5, 5, 10, 10, 100, 100, 200],
	);
});

test('fineCeiling is the next 1, 1.5, 2, 3, 4, 5 or 7 of a power of ten', () => {
	assert.deepEqual(
		[0, 1, 1.1, 2, 2.1, 3.5, 5, 6, 7.1, 12, 49, 52, 100, 101].map(fineCeiling),
		[1, 1, 1.5, 2, 3, 4, 5, 7, 10, 15, 50, 70, 100, 150],
	);
});
