import assert from 'node:assert/strict';
import {test} from 'node:test';
import {gapsOf} from '../../src/model/gaps.ts';
import {LongSeries} from '../../src/output/long-series.ts';
import {ReportGatherer, reportJson} from '../../src/output/report.ts';
import {reportMarkdown, reportText} from '../../src/output/report-text.ts';
import {findingOf, NOW, world} from '../ui/models.ts';

/** Negative: could not be read. */
const gaps: [what: string, times: number[], expected: [number, number][]][] = [
	['a steady beat', [0, 1, 2, 3, 4], []],
	['exactly three intervals', [1, 2, 3, 6, 7, 8], []],
	['a little more than three intervals', [1, 2, 3, 6.1, 7, 8], [[3, 6.1]]],
	['an unreadable snapshot', [1, 2, -3, 4], [[2, 4]]],
	['several in a row', [1, 2, -3, -4, -5, 6], [[2, 6]]],
	['an unreadable beginning', [-1, -2, 3, 4], [[1, 3]]],
	['an unreadable end', [1, 2, -3, -4], [[2, 4]]],
	['nothing', [], []],
	['a single snapshot', [5], []],
];
for (const [what, times, expected] of gaps) {
	test(`gaps of ${what}`, () => {
		assert.deepEqual(
			gapsOf(times).map(({from, to}) => [from, to]),
			expected,
		);
	});
}

test('a longer interval that was aimed at is no gap', () => {
	const times = [0, 1, 2, 3, 4, 8, 12, 13, 14, 15];
	const aims = [1, 1, 1, 1, 1, 4, 4, 1, 1, 1];
	assert.deepEqual(gapsOf(times, aims), []);
	assert.deepEqual(gapsOf([...times, 19.1, 23], [...aims, 1, 4]), [{from: 15, to: 19.1}]);
	assert.deepEqual(gapsOf([0, 4, 8, 20.1, 24], [4, 4, 4, 4, 4]), [{from: 8, to: 20.1}]);
});

test('a finding is reported once, as it was when it closed', () => {
	const gatherer = new ReportGatherer();
	const {model, assessment} = world({backends: [{address: '10.0.3.12:8080'}]});
	const open = findingOf({rule: 'slow', severity: 'degraded', message: 'first'}, 'lb1/4121', '10.0.3.12:8080', NOW);
	gatherer.add(model, {...assessment, opened: [open], open: [open]});
	gatherer.add({...model, time: NOW + 1000}, {...assessment, open: [{...open, message: 'later'}]});
	gatherer.add({...model, time: NOW + 2000}, {...assessment, closed: [{...open, message: 'later', to: NOW + 2000}]});
	const {findings} = gatherer.report();
	assert.deepEqual(
		findings.map(({message, to}) => [message, to]),
		[['later', NOW + 2000]],
	);
});

const HUNG = {rule: 'hung', severity: 'down', message: '485 requests waiting'} as const;

test('a report is titled with its incident, the gravest', () => {
	const gatherer = new ReportGatherer();
	const address = '10.0.3.12:8080';
	const {model, assessment} = world({backends: [{address, name: 'api-2'}, {address: '10.0.3.13:8080'}]});
	const hung = findingOf(HUNG, 'lb1/4121', address, NOW);
	const slow = findingOf({rule: 'slow', severity: 'degraded', message: 'late'}, 'lb1/4121', '10.0.3.13:8080', NOW);
	gatherer.add(model, {...assessment, opened: [hung, slow]});
	gatherer.add({...model, time: NOW + 40_000}, {...assessment, closed: [{...hung, to: NOW + 40_000}]});
	const report = gatherer.report();
	const title = /^api-2 hung and 1 more finding, 2026-11-22 [0-9:]+ UTC, lb1$/;
	assert.match(reportText(report, 'UTC').split('\n')[0] ?? '', title);
	assert.match(reportMarkdown(report, 'UTC').split('\n')[0]?.slice(2).replaceAll('\\', '') ?? '', title);
	assert.match(reportText(new ReportGatherer().report(), 'UTC'), /^no snapshots/);
});

test('a report names its recording', () => {
	const gatherer = new ReportGatherer();
	const {model, assessment} = world({backends: [{address: '10.0.3.12:8080'}]});
	gatherer.add(model, assessment);
	assert.match(
		reportText(gatherer.report(), 'UTC', 'incident.capture'),
		/^No incident, .*\n.*\nrecording incident\.capture$/m,
	);
	assert.doesNotMatch(reportText(gatherer.report(), 'UTC'), /recording/);
});

test('a report says the peak of a number beside what it was at the end', () => {
	const gatherer = new ReportGatherer();
	const address = '10.0.3.12:8080';
	const {model, assessment} = world({backends: [{address}]});
	const finding = {
		...findingOf(HUNG, 'lb1/4121', address, NOW),
		...{
			evidence: {began: NOW, waiting: 485, oldestWaitMs: 9_000},
			peak: {waiting: 1_291, oldestWaitMs: 10_000},
			to: NOW + 9_000,
		},
	};
	gatherer.add(model, {...assessment, closed: [finding]});
	const said = /at most: waiting 1,291 \(at the end 485\), oldest wait 10 s \(at the end 9 s\)/;
	assert.match(reportText(gatherer.report(), 'UTC').replace(/\n +/g, ' '), said);
	assert.match(reportMarkdown(gatherer.report(), 'UTC'), said);
	const {findings} = JSON.parse(reportJson(gatherer.report()));
	assert.deepEqual(findings[0].peak, {waiting: 1_291, oldestWaitMs: 10_000});
});

test('a report says what users felt, as far as TCP shows it', () => {
	const felt = (facts: object | null, rowSource: 'netlink' | 'text' = 'netlink') => {
		const gatherer = new ReportGatherer();
		const {model, assessment} = world({backends: [{address: '10.0.3.12:8080'}]});
		const instances = model.instances.map((instance) => ({
			...instance,
			snapshot: {...instance.snapshot, rowSource},
			backends: instance.backends.map((backend) => ({
				...backend,
				now: backend.now === null || facts === null ? null : {...backend.now, ...facts},
			})),
		}));
		for (let i = 0; i < 3; i++) gatherer.add({...model, instances}, assessment);
		return reportText(gatherer.report(), 'UTC');
	};
	const given = felt({abandoned: 7, oldestAbandonedMs: 10_000});
	assert.match(given, /^users: 21 requests given up without an answer, waits of up to 10 s \(10\.0\.3\.12:8080\)$/m);
	assert.match(felt(null), /^users: no request was seen to wait for 2 s or more$/m);
	assert.match(felt(null, 'text'), /^what users felt cannot be seen: text tables without tcp_info$/m);
});

test('a report of nothing is still a report', () => {
	const report = new ReportGatherer().report();
	assert.equal(reportJson(report), '{"schema":1,"from":null,"to":null,"snapshots":0,"gaps":[],"findings":[]}\n');
	assert.equal(reportText(report, 'UTC'), 'no snapshots\n');
});

test('markdown in a name or a message stays text', () => {
	const gatherer = new ReportGatherer();
	const name = 'a|b<script>';
	const {model, assessment} = world({backends: [{address: '10.0.3.12:8080', name}]});
	const finding = findingOf({rule: 'slow', severity: 'degraded', message: '`*x*`'}, 'lb1/4121', '10.0.3.12:8080', NOW);
	gatherer.add(model, {...assessment, opened: [finding]});
	const row =
		reportMarkdown(gatherer.report(), 'UTC')
			.split('\n')
			.find((line) => line.includes('`slow`')) ?? '';
	assert.ok(row.includes('a\\|b&lt;script&gt;'), row);
	assert.ok(row.includes('\\*x\\*'), row);
});

test('text from a recording makes no HTML, link or image in a Markdown report', () => {
	const evil =
		'```</td><img src=x onerror=alert(1)>[a](http://evil.example) ![b](//c) www.evil.example me@evil.example <!--';
	const gatherer = new ReportGatherer();
	const {model, assessment} = world({backends: [{address: '10.0.3.12:8080', name: evil}]});
	const [instance] = model.instances;
	assert.ok(instance !== undefined);
	const hosted = {...instance, id: evil, instance: {...instance.instance, host: evil}};
	const finding = findingOf(
		{rule: 'slow', severity: 'degraded', message: evil, hint: evil},
		evil,
		'10.0.3.12:8080',
		NOW,
	);
	gatherer.add({...model, instances: [hosted]}, {...assessment, opened: [finding]});
	for (const time of [NOW + 1000, NOW + 60_000]) {
		gatherer.add({...model, time, problem: evil, instances: []}, assessment);
	}
	const text = reportMarkdown(gatherer.report(), 'UTC');
	// outside the blocks of code
	const prose = text.replace(/^(`{3,})text\n[\s\S]*?\n\1$/gm, 'CODE');
	assert.equal(prose.match(/CODE/g)?.length, 2);
	assert.ok(prose.includes('onerror'));
	assert.doesNotMatch(prose.replaceAll('<br>', ''), /[<>]/);
	assert.doesNotMatch(prose, /:\/\/|www\.|@evil|(?<!\\)[[\]]|(?<!\\)!/);
	const rows = prose.split('\n').filter((line) => line.startsWith('|'));
	for (const row of rows) assert.equal(row.match(/(?<!\\)\|/g)?.length, 7, row);
});

test('a long series keeps the largest value of each stretch, and holes where nothing was read', () => {
	const series = new LongSeries(0);
	for (let second = 0; second < 100_000; second++) {
		if (second < 40_000 || second >= 60_000) series.add(second * 1000, second === 70_123 ? 99 : 5);
	}
	const columns = series.columns(100_000_000, 50);
	assert.equal(columns.length, 50);
	assert.deepEqual([columns[0], columns[25], columns[35], columns[49]], [5, null, 99, 5]);
});

test('a report of what could never be read says why, not that nothing was found', () => {
	const {model, assessment} = world({backends: []});
	const gatherer = new ReportGatherer();
	gatherer.add({...model, instances: [], problem: 'no Traefik process found'}, assessment);
	const blind = gatherer.report();
	assert.match(reportText(blind, 'UTC'), /^nothing was seen: no Traefik process found$/m);
	assert.match(reportMarkdown(blind, 'UTC'), /nothing was seen: no Traefik process found/);
	gatherer.add({...model, time: model.time + 1000}, assessment);
	assert.match(reportText(gatherer.report(), 'UTC'), /^no findings$/m);
});

test('a finding says whose backend it is where several Traefiks were seen at once, or on several hosts, and only there', () => {
	const address = '10.0.3.12:8080';
	const of = (id: string) => findingOf({rule: 'slow', severity: 'degraded', message: 'late'}, id, address, NOW);
	const [one, other] = [
		{id: 'lb1/7', backends: [{address}]},
		{id: 'lb2/8', backends: [{address}]},
	];
	const several = new ReportGatherer();
	const both = world(one, other);
	several.add(both.model, {...both.assessment, opened: [of('lb1/7'), of('lb2/8')]});
	const text = reportText(several.report(), 'UTC');
	assert.match(text, /^10\.0\.3\.12:8080 \(lb1\/7\) ▒/m);
	assert.match(text, /^10\.0\.3\.12:8080 \(lb2\/8\) ▒/m);
	assert.match(reportMarkdown(several.report(), 'UTC'), /\| 10\.0\.3\.12:8080 \(lb2\/8\) \| `slow`/);

	const restarted = new ReportGatherer();
	const moved = new ReportGatherer();
	for (const [gatherer, id] of [
		[restarted, 'lb1/8'],
		[moved, 'lb2/8'],
	] as const) {
		for (const each of [one, {...other, id, time: NOW + 1000}]) {
			const {model, assessment} = world(each);
			gatherer.add(model, {...assessment, opened: [of(each.id)]});
		}
	}
	assert.doesNotMatch(reportText(restarted.report(), 'UTC'), /\(lb/);
	assert.match(reportText(moved.report(), 'UTC'), /^10\.0\.3\.12:8080 \(lb2\/8\) /m);
});

test('a gap says what could not be read, where that is known', () => {
	const look = (seconds: number, problem: string | null) => {
		const {model, assessment} = world({backends: [], time: NOW + seconds * 1000, problem});
		return [model, assessment] as const;
	};
	const gatherer = new ReportGatherer();
	for (const seconds of [0, 1, 2]) gatherer.add(...look(seconds, null));
	for (const seconds of [3, 4]) gatherer.add(...look(seconds, 'process 7 is gone'));
	for (const seconds of [5, 6, 16]) gatherer.add(...look(seconds, null));
	assert.match(
		reportText(gatherer.report(), 'UTC'),
		/^2 gaps: 14:02:13 \(3 s: process 7 is gone\), 14:02:17 \(10 s\)$/m,
	);
});

test('requests that fail at once are not passed over because none waited', () => {
	const gatherer = new ReportGatherer();
	const {model, assessment} = world({backends: [{address: '10.0.3.12:8080', waiting: 0}]});
	const finding = findingOf({rule: 'refused', severity: 'down', message: 'x'}, 'lb1/4121', '10.0.3.12:8080', NOW);
	const read = model.instances.map((each) => ({...each, snapshot: {...each.snapshot, rowSource: 'netlink' as const}}));
	gatherer.add({...model, instances: read}, {...assessment, opened: [finding]});
	assert.match(
		reportText(gatherer.report(), 'UTC'),
		/no request was seen to wait for 2 s or more; those that met a refused or closed connection failed at once/,
	);
});

test('the same address behind two Traefiks has numbers of its own', () => {
	const gatherer = new ReportGatherer();
	const address = '10.0.3.12:8080';
	const one = {backends: [{address, at: () => ({established: 3})}], id: 'lb1/1'};
	const two = {backends: [{address, at: () => ({established: 40})}], id: 'lb2/1'};
	const {model, assessment} = world(one, two);
	const findings = ['lb1/1', 'lb2/1'].map((id) =>
		findingOf({rule: 'slow', severity: 'degraded', message: 'x'}, id, address, NOW),
	);
	gatherer.add(model, {...assessment, opened: findings});
	const markdown = reportMarkdown(gatherer.report(), 'UTC');
	assert.match(markdown, /10\.0\.3\.12:8080 \(lb1\/1\) .* most 3 established/);
	assert.match(markdown, /10\.0\.3\.12:8080 \(lb2\/1\) .* most 40 established/);
});
