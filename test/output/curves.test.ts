import assert from 'node:assert/strict';
import {test} from 'node:test';
import {CurveGatherer} from '../../src/output/curves.ts';
import {pageData} from '../../src/output/html/chart-data.ts';
import {scriptJson} from '../../src/output/html/escape.ts';
import {NOW, world} from '../ui/models.ts';

function gather(
	seconds: number,
	backends: number,
	established: (second: number, backend: number) => number,
): CurveGatherer {
	const gatherer = new CurveGatherer();
	for (let second = 0; second < seconds; second++) {
		const specs = Array.from({length: backends}, (_, i) => ({
			address: `10.0.3.${i + 1}:8080`,
			at: () => ({established: established(second, i), timeWait: (second * 7 + i) % 400, closeWait: i % 3}),
			waiting: (second + i) % 5,
		}));
		gatherer.add(world({backends: specs, time: NOW + second * 1000, history: 0}).model);
	}
	return gatherer;
}

const options = {findings: [], to: NOW + 100_000, zone: 'UTC'};

test('every look is a point while there is room', () => {
	const data = pageData(
		gather(10, 1, (second) => second),
		options,
	);
	assert.equal(data.isThinned, false);
	assert.equal(data.points.length, 10);
	assert.deepEqual(
		data.points.map((point) => point * data.widthMs),
		Array.from({length: 10}, (_, i) => i * 1000),
	);
	assert.deepEqual(data.backends[0]?.metrics['established'], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
	assert.equal(data.backends[0]?.metrics['closeWait'], 0);
});

test('thinning keeps the peak of one look and the hole of another', () => {
	const gatherer = gather(2_000, 1, (second) => (second === 777 ? 9_999 : second === 1_333 ? 0 : 50));
	const data = pageData(gatherer, options);
	assert.equal(data.isThinned, true);
	const values = data.backends[0]?.metrics['established'];
	assert.ok(Array.isArray(values));
	assert.equal(values.length, 2 * data.points.length);
	assert.ok(values.includes(9_999));
	assert.ok(values.includes(0));
	const peak = values.indexOf(9_999) >> 1;
	const from = (data.points[peak] ?? 0) * data.widthMs;
	assert.ok(from <= 777_000 && 777_000 < from + data.widthMs, `${from}`);
});

test('a gap is a hole in every curve', () => {
	const gatherer = new CurveGatherer();
	for (const second of [0, 1, 2, 30, 31]) {
		const backends = [{address: '10.0.3.1:8080', at: () => ({established: second})}];
		gatherer.add(world({backends, time: NOW + second * 1000, history: 0}).model);
	}
	const data = pageData(gatherer, options);
	assert.deepEqual(data.holes, [3]);
	assert.deepEqual(data.backends[0]?.metrics['established'], [0, 1, 2, null, 30, 31]);
});

test('an hour of 50 backends is less than 1 MB', () => {
	const {curves: _, ...data} = pageData(
		gather(3_600, 50, (second, i) => (second * (i + 1)) % 97),
		options,
	);
	const bytes = Buffer.byteLength(scriptJson(data));
	assert.ok(bytes < 900_000, `${bytes} bytes`);
	assert.equal(data.backends.length, 50);
});
