import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {metricsText} from '../../src/output/prometheus.ts';
import {Totals} from '../../src/output/prometheus-totals.ts';
import {endedOf} from '../detect/endings.ts';
import {factsOf} from '../detect/windows.ts';
import {EXPORTER} from '../output/exporter.ts';
import {world} from '../ui/models.ts';
import {dashboardQueries, readDashboard} from './dashboard.ts';

/** All that the exporter can say, by name, with the labels that it puts there. */
function emitted(): Map<string, Set<string>> {
	const slow = {rule: 'slow', severity: 'degraded', message: 'm'} as const;
	const made = world({
		backends: [{address: '10.0.3.11:8080', at: () => ({closeWait: 1}), waiting: 1, findings: [slow]}],
	});
	const instances = made.model.instances.map((instance) => ({
		...instance,
		backends: instance.backends.map((each) => ({...each, now: each.now && {...each.now, oldestCloseWaitMs: 1}})),
	}));
	const totals = new Totals();
	totals.findings.set('slow degraded', {severity: 'degraded', count: 1});
	const [backend] = instances[0]?.backends ?? [];
	const snapshots = instances.map(({snapshot}) => ({
		...snapshot,
		endings: {lost: 0, anonymous: 0, foreign: 0},
		backends: [factsOf(backend?.address ?? '', {ended: endedOf({refused: 1}), info: {}})],
	}));
	totals.add({time: 0, clockMs: 0, snapshots, problem: null}, made.assessment);
	const names = new Map<string, Set<string>>();
	for (const line of metricsText(
		{...made, model: {...made.model, instances}, totals, exporter: EXPORTER, maxBackends: 1},
		'text',
	).split('\n')) {
		const [, name = '', labels = ''] = /^([a-z_0-9]+)(?:\{(.*)\})? /.exec(line) ?? [];
		if (name !== '') names.set(name, new Set([...labels.matchAll(/(\w+)="/g)].map(([, label]) => label ?? '')));
	}
	return names;
}

/** What Prometheus itself adds, and its own series. */
const OF_PROMETHEUS: readonly string[] = ['job', 'instance'];
const METRIC = /\b((?:traefik_top|process)_\w+)(?:\{([^}]*)\})?/g;

for (const [where, queries] of [
	['the queries of the dashboard', dashboardQueries().filter((query) => !query.startsWith('ALERTS'))],
	[
		'the expressions of the alerts',
		expressions('../../docs/prometheus/alerts.yml').filter((query) => !query.startsWith('up{')),
	],
] as const) {
	test(`${where} ask only for metrics and labels that the exporter emits`, () => {
		const names = emitted();
		assert.ok(queries.length > 5);
		for (const query of queries) {
			const asked = [...query.matchAll(METRIC)];
			assert.ok(asked.length > 0, query);
			for (const [, name = '', matchers = ''] of asked) {
				const labels = names.get(name);
				assert.ok(labels !== undefined, `${name} in ${query}`);
				for (const [, label = ''] of matchers.matchAll(/(\w+)(?:=~|!~|!=|=)"/g)) {
					assert.ok(labels.has(label) || OF_PROMETHEUS.includes(label), `${name} has no ${label}: ${query}`);
				}
			}
		}
	});
}

test('the dashboard shows every metric of a backend', () => {
	const shown = dashboardQueries().join('\n');
	const all = [...emitted().keys()].filter((name) => name.startsWith('traefik_top_backend_'));
	assert.deepEqual(
		all.filter((name) => !shown.includes(name)),
		[],
	);
});

test('the panels of the dashboard have ids of their own and do not overlap', () => {
	const {panels} = readDashboard();
	assert.equal(new Set(panels.map(({id}) => id)).size, panels.length);
	const cells = new Set<string>();
	for (const {title, gridPos} of panels) {
		assert.ok(gridPos.x + gridPos.w <= 24, title);
		for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
			for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
				assert.ok(!cells.has(`${x} ${y}`), `${title} lies on another panel`);
				cells.add(`${x} ${y}`);
			}
		}
	}
});

test('the dashboard defines the variables that it uses', () => {
	const {templating} = readDashboard();
	const defined = templating.list.map(({name}) => name);
	const text = [...dashboardQueries(), ...templating.list.map(({definition = ''}) => definition)].join('\n');
	const used = new Set([...text.matchAll(/\$([a-z]\w*)/g)].map(([, name]) => name ?? ''));
	assert.deepEqual(
		[...used].filter((name) => !defined.includes(name)),
		[],
	);
});

function expressions(file: string): string[] {
	const text = readFileSync(new URL(file, import.meta.url), 'utf8');
	return [...text.matchAll(/^ +expr: (.+)$/gm)].map(([, expression]) => expression ?? '');
}
