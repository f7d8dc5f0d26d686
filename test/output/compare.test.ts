import assert from 'node:assert/strict';
import {test} from 'node:test';
import {compare, NOTABLE} from '../../src/output/compare.ts';
import {compareJson, compareMarkdown, compareText} from '../../src/output/compare-text.ts';
import {UsualGatherer} from '../../src/output/usual.ts';
import {markdownText} from '../../src/text/markdown.ts';
import {NOW, type Spec, world} from '../ui/models.ts';

function usual(backends: readonly Spec[], from = NOW): UsualGatherer {
	const gatherer = new UsualGatherer();
	for (let i = 0; i < 10; i++) {
		gatherer.add(world({backends, time: from + i * 1000, history: 0}).model, (_, address) =>
			address.startsWith('10.0.3.9'),
		);
	}
	return gatherer;
}

const api = (established: number, waiting: number): Spec => ({
	address: '10.0.3.1:8080',
	name: 'api-1',
	at: () => ({established}),
	waiting,
});

test('the largest change comes first; changes below the floor are left out', () => {
	const {changes} = compare(usual([api(20, 1)]), usual([api(40, 16)]));
	const of = (metric: string) => changes.find((each) => each.metric === metric);
	assert.equal(changes[0]?.metric, 'waiting');
	assert.deepEqual([of('waiting')?.before, of('waiting')?.after, of('waiting')?.change], [1, 16, 4]);
	assert.equal(of('established')?.change, 1);
	assert.equal(of('closeWait')?.change, 0);
});

test('backends of one time only are named, and compared with nothing', () => {
	const other = {address: '10.0.3.9:8080', name: 'api-9'};
	const comparison = compare(usual([api(20, 1), {address: '10.0.3.2:8080'}]), usual([api(20, 1), other], NOW + 60_000));
	assert.deepEqual(
		comparison.gone.map(({address}) => address),
		['10.0.3.2:8080'],
	);
	assert.deepEqual(
		comparison.added.map(({address}) => address),
		['10.0.3.9:8080'],
	);
	assert.ok(comparison.changes.every(({backend}) => backend === '10.0.3.1:8080'));
	assert.ok(comparison.changes.every(({change}) => Math.abs(change ?? 0) < NOTABLE));
	assert.match(
		compareText(comparison, 'UTC'),
		/gone: 10\.0\.3\.2:8080\nnew: api-9\n\nnothing changed by half or more\n/,
	);
});

test('the time with a finding is compared, too', () => {
	const bad = {address: '10.0.3.9:8080', at: () => ({established: 1})};
	const quiet = new UsualGatherer();
	quiet.add(world({backends: [bad], history: 0}).model, () => false);
	const {changes} = compare(quiet, usual([bad]));
	assert.deepEqual(changes[0], {
		...{backend: '10.0.3.9:8080', name: null, metric: 'alarmShare', before: 0, after: 100},
		change: Math.log2(50),
	});
});

test('text, Markdown and JSON say the same', () => {
	const comparison = compare(usual([api(20, 1)]), usual([{...api(40, 16), name: 'a|b<i>'}]));
	assert.match(compareText(comparison, 'UTC'), /a\|b<i> 10\.0\.3\.1:8080 {2}requests waiting, mean +1 +16 +× 16\n/);
	const row = compareMarkdown(comparison, 'UTC')
		.split('\n')
		.find((line) => line.includes('waiting, mean'));
	const cells = ['a|b<i> 10.0.3.1:8080', 'requests waiting, mean', '1', '16', '× 16'].map(markdownText);
	assert.equal(row, `| ${cells.join(' | ')} |`);
	assert.doesNotMatch(row ?? '', /<i>|[^\\]\|b/);
	const {changes, before} = JSON.parse(compareJson(comparison));
	assert.deepEqual(before, {from: NOW, to: NOW + 9000});
	assert.deepEqual(changes[0], {
		...{backend: '10.0.3.1:8080', name: 'a|b<i>', metric: 'waiting'},
		...{before: 1, after: 16, change: 4},
	});
});
