import assert from 'node:assert/strict';
import {test} from 'node:test';
import {DEFAULT_THRESHOLDS} from '../../../src/detect/thresholds.ts';
import type {Metric} from '../../../src/model/metric.ts';
import {rowsOf} from '../../../src/ui/state/rows.ts';
import {limitOf} from '../../../src/ui/views/limits.ts';
import {NOW, type Spec, world} from '../models.ts';

function limit(metric: Metric, part: Partial<Spec> = {}, thresholds = DEFAULT_THRESHOLDS): number | null {
	const {model, assessment} = world({backends: [{address: '10.0.0.1:80', ...part}], history: 300});
	const [row] = rowsOf(model, assessment).values();
	assert.ok(row);
	return limitOf(metric, row, NOW, thresholds);
}

test('the limit of TIME_WAIT is its share of all rows, and never below the floor', () => {
	assert.equal(limit('timeWait', {at: () => ({established: 400, timeWait: 30})}), 100);
	assert.equal(limit('timeWait', {at: () => ({established: 40, timeWait: 30})}), 50);
	assert.equal(limit('timeWait', {}, {...DEFAULT_THRESHOLDS, 'time-wait.share': 1}), null);
});

test('the limit of the response time follows what is usual, and never falls below the floor', () => {
	assert.equal(limit('responseMs', {responseMs: 20}), 200);
	assert.equal(limit('responseMs', {responseMs: 100}), 500);
	assert.equal(limit('responseMs', {responseMs: null}), null);
});

test('limits are the thresholds in force', () => {
	assert.equal(limit('finWait2', {}, {...DEFAULT_THRESHOLDS, 'leak.sockets': 7}), 7);
	assert.equal(limit('synSent'), DEFAULT_THRESHOLDS['unreachable.dials']);
	assert.equal(limit('established'), null);
});
