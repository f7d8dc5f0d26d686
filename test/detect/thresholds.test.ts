import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {RuleId} from '../../src/detect/index.ts';
import {DEFAULT_THRESHOLDS, THRESHOLDS, type ThresholdKey} from '../../src/detect/thresholds.ts';
import type {Bound} from './bounds/bound.ts';
import {FLOW_BOUNDS} from './bounds/flows.ts';
import {REQUEST_BOUNDS} from './bounds/requests.ts';
import {SOCKET_BOUNDS} from './bounds/sockets.ts';
import {assessAll} from './windows.ts';

/** The type holds the table to every key. */
const BOUNDS: Record<ThresholdKey, Bound> = {...SOCKET_BOUNDS, ...REQUEST_BOUNDS, ...FLOW_BOUNDS};

function fires(key: ThresholdKey, quantity: number, value: number): boolean {
	const {looks, severity, thresholds} = BOUNDS[key];
	const rule = key.slice(0, key.indexOf('.')) as RuleId;
	const open = assessAll(looks(quantity), {...thresholds, [key]: value}).at(-1)?.open ?? [];
	return open.some((finding) => finding.rule === rule && (severity === undefined || finding.severity === severity));
}

for (const key of Object.keys(THRESHOLDS) as ThresholdKey[]) {
	const {step, sense} = BOUNDS[key];
	const value = DEFAULT_THRESHOLDS[key];
	const enough = sense === 'over' ? value + step : value;
	const short = sense === 'over' ? value : sense === 'under' ? value + step : value - step;

	test(`${key} makes its rule fire at ${enough} and not at ${short}`, () => {
		assert.equal(fires(key, enough, value), true, `silent at ${enough}`);
		assert.equal(fires(key, short, value), false, `fires at ${short}`);
	});

	test(`${key} is what the rule compares with`, () => {
		const stricter = sense === 'under' ? value - step : value + step;
		assert.equal(fires(key, enough, stricter), false, `fires at ${enough} where ${stricter} is asked for`);
	});
}
