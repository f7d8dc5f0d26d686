import assert from 'node:assert/strict';
import {test} from 'node:test';
import {axisLabels, axisOf, axisSpans, cellOf, nextSpan, spanWords, timeOf} from '../../../src/ui/state/time-axis.ts';
import {playback} from '../models.ts';

const HOUR = 3_600_000;
const FROM = Date.UTC(2026, 10, 24, 8, 48, 15);
const long = playback({mode: 'paused', from: FROM, to: FROM + 49 * HOUR, position: FROM + 25 * HOUR});

test('a recording can be seen whole and in every part that is clearly shorter', () => {
	assert.deepEqual(axisSpans(long).map(spanWords), ['whole', '1d', '6h', '1h', '15m', '5m', '60s']);
	assert.deepEqual(axisSpans({from: FROM, to: FROM + 80_000}).map(spanWords), ['whole']);
	assert.deepEqual(axisSpans({from: null, to: null}), [null]);
});

test('x goes from the whole to the shortest part and round, X the other way', () => {
	let span: number | null = null;
	const seen: string[] = [];
	for (let turn = 0; turn < 7; turn++) {
		span = nextSpan(long, span, 1);
		seen.push(spanWords(span));
	}
	assert.deepEqual(seen, ['1d', '6h', '1h', '15m', '5m', '60s', 'whole']);
	assert.equal(spanWords(nextSpan(long, null, -1)), '60s');
});

test('a part of the axis holds the position, stays within the recording, and does not move with every look', () => {
	for (const share of [0, 0.001, 0.3, 0.5, 0.99, 1]) {
		const position = FROM + share * 49 * HOUR;
		const axis = axisOf({...long, position}, HOUR);
		assert.ok(axis && axis.from <= position && position <= axis.to, String(share));
		assert.ok(axis.from >= FROM && axis.to <= FROM + 49 * HOUR && axis.to - axis.from === HOUR);
	}
	const at = (position: number) => axisOf({...long, position}, HOUR)?.from;
	assert.equal(at(FROM + 25 * HOUR + 1000), at(FROM + 25 * HOUR + 60_000));
});

test('an instant and its cell lead to each other', () => {
	const axis = {from: FROM, to: FROM + 100_000};
	for (let cell = 0; cell < 50; cell++) assert.equal(cellOf(axis, timeOf(axis, cell, 50), 50), cell);
	assert.equal(cellOf(axis, axis.to, 50), 49);
});

const labels: readonly (readonly [lengthMs: number, zone: string, says: RegExp])[] = [
	[60_000, 'UTC', /╵08:48:20 +╵08:48:30/],
	[HOUR, 'UTC', /╵08:50 +╵09:00/],
	[49 * HOUR, 'UTC', /╵12:00 +.*╵Wed 25 .*╵Thu 26/],
	[30 * 24 * HOUR, 'UTC', /╵\w{3} \d+ +╵\w{3} \d+/],
	[3 * HOUR, 'Asia/Kolkata', /╵14:30 +╵15:00/],
];
for (const [lengthMs, zone, says] of labels) {
	test(`an axis of ${lengthMs / 60_000} min in ${zone} is labelled at whole times, with days where it spans several`, () => {
		const text = axisLabels({from: FROM, to: FROM + lengthMs}, 100, zone);
		assert.match(text, says);
		assert.equal(text.length, 100);
	});
}
