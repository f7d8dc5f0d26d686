import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {ABOUT_RULES} from '../../src/detect/index.ts';
import {RULES_PAGE, withTables} from './rules-table.ts';

const IDS = ABOUT_RULES.map(({id}) => id);

const page = readFileSync(RULES_PAGE, 'utf8');

test('docs/rules.md says the thresholds and times that hold (node test/docs/rules-table.ts writes them)', () => {
	assert.equal(page, withTables(page));
});

test('docs/rules.md has a section for each rule, with its table', () => {
	const headings = [...page.matchAll(/^### ([a-z-]+)$/gm)].map(([, id]) => id);
	assert.deepEqual(headings.toSorted(), IDS.toSorted());
	for (const id of IDS) {
		const section = page.slice(page.indexOf(`\n### ${id}\n`)).split(/\n##+ /)[1] ?? '';
		assert(section.includes(`<!-- rule ${id} -->`), `${id}: no table`);
		for (const part of ['**Cannot see:**', '**To act:**']) assert(section.includes(part), `${id}: no ${part}`);
	}
});
