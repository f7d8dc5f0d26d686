import assert from 'node:assert/strict';
import {test} from 'node:test';
import {ABOUT_RULES, RULES} from '../../src/detect/index.ts';

const IDS = ABOUT_RULES.map(({id}) => id);

test('every id has a rule, at most one of each scope', () => {
	assert.deepEqual([...new Set(RULES.map(({id}) => id))].toSorted(), IDS.toSorted());
	const keys = RULES.map(({id, scope}) => `${scope} ${id}`);
	assert.equal(new Set(keys).size, keys.length);
});

for (const rule of RULES) {
	test(`${rule.id} (${rule.scope}) yields only to rules of its own scope that run before it or yield to it, too`, () => {
		for (const id of rule.yieldsTo) {
			const other = RULES.find((candidate) => candidate.id === id && candidate.scope === rule.scope);
			assert(other, `no ${rule.scope} rule ${id}`);
			const isMutual = other.yieldsTo.includes(rule.id);
			assert(isMutual || RULES.indexOf(other) < RULES.indexOf(rule), `${id} runs after ${rule.id}`);
		}
	});
}
