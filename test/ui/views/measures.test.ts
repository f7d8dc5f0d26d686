import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {RuleId} from '../../../src/detect/index.ts';
import type {EndedFacts} from '../../../src/snapshot.ts';
import {type BackendRow, rowsOf} from '../../../src/ui/state/rows.ts';
import {measureOf} from '../../../src/ui/views/measures.ts';
import {endedOf} from '../../detect/endings.ts';
import {world} from '../models.ts';

function rowWith(ended: EndedFacts | null, established = 0): BackendRow {
	const {model, assessment} = world({
		backends: [{address: '10.0.3.12:8080', at: () => ({established, timeWait: 1})}],
		snapshot: {sincePreviousMs: 500},
	});
	const [row] = rowsOf(model, assessment).values();
	assert.ok(row?.backend.now);
	return {...row, backend: {...row.backend, now: {...row.backend.now, ended}}};
}

const cases: readonly (readonly [rule: RuleId, ended: Partial<EndedFacts>, id: string, shown: string])[] = [
	['refused', {refused: 15}, 'REF/s', '30'],
	['partial', {refused: 4}, 'REF/s', '8'],
	['premature-close', {unanswered: 10, resetBefore: 2}, 'RST/s', '24'],
	['partial', {resetAfter: 3}, 'RST/s', '6'],
];
for (const [rule, ended, id, shown] of cases) {
	test(`${rule} is shown by ${id} where the kernel told of ${Object.keys(ended).join(' and ')}`, () => {
		const row = rowWith(endedOf(ended));
		const measure = measureOf({rule}, row);
		assert.equal(measure.id, id);
		assert.equal(measure.write(measure.read(row), 6).trim(), shown);
	});
}

test('without the kernel’s notices refused dials are shown by the connections that are gone', () => {
	assert.equal(measureOf({rule: 'refused'}, rowWith(null)).id, 'EST');
});
