import assert from 'node:assert/strict';
import {test} from 'node:test';
import {ReportGatherer} from '../../src/output/report.ts';
import {titleOf} from '../../src/output/report-title.ts';
import {findingOf, NOW, world} from '../ui/models.ts';

const backend = {address: '10.0.3.12:8080', name: 'api-2'};

function titled(
	findings: readonly [rule: 'slow' | 'refused' | 'drift', severity: 'down' | 'degraded' | 'notice', second: number][],
) {
	const gatherer = new ReportGatherer();
	const {model, assessment} = world({backends: [backend]});
	const opened = findings.map(([rule, severity, second]) =>
		findingOf({rule, severity, message: 'x'}, 'lb1/4121', backend.address, NOW + second * 1000),
	);
	gatherer.add(model, {...assessment, opened});
	return titleOf(gatherer.report(), 'UTC');
}

test('the title names the gravest finding, when it began, and how many there are', () => {
	assert.match(
		titled([
			['slow', 'degraded', 0],
			['refused', 'down', 9],
		]),
		/^api-2 refused and 1 more finding, 2026-11-22 14:02:\d\d UTC/,
	);
	assert.match(titled([['refused', 'down', 0]]), /^api-2 refused, 2026-11-22/);
});

test('notices make no incident', () => {
	assert.match(titled([['drift', 'notice', 0]]), /^No incident, 2026-11-22/);
	assert.equal(titleOf(new ReportGatherer().report(), 'UTC'), 'No snapshots');
});
