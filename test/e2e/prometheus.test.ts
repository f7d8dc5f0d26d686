/** What the repository ships for Prometheus: its alerts by promtool, and all of it on a real Prometheus and Traefik. */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {after, before, describe, test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {ABOUT_RULES} from '../../src/detect/index.ts';
import {dashboardQueries, filledIn} from '../docs/dashboard.ts';
import {type Lab, startLab, whyNoLab} from '../lab/lab.ts';
import {seen, startBin} from './bin.ts';
import {hasCommand, type RealPrometheus, startPrometheus} from './real-prometheus.ts';

const IDS = ABOUT_RULES.map(({id}) => id);

const DIRECTORY = fileURLToPath(new URL('../../docs/prometheus/', import.meta.url));
const SCRAPE_MS = 1_000;
/** A query is asked again this often until it has something to show. */
const TRIES = 15;
const alerts = readFileSync(`${DIRECTORY}alerts.yml`, 'utf8');

function promtool(...args: string[]): string {
	const {status, stdout, stderr} = spawnSync('promtool', args, {cwd: DIRECTORY, encoding: 'utf8'});
	return status === 0 ? '' : `${stdout}${stderr}`;
}

describe('promtool', {skip: hasCommand('promtool') ? false : 'no promtool here'}, () => {
	test('accepts the alerts', () => {
		assert.equal(promtool('check', 'rules', 'alerts.yml'), '');
	});

	test('finds that every alert fires and keeps silent as its test says', () => {
		assert.equal(promtool('test', 'rules', 'alerts.test.yml'), '');
	});
});

/** Each alert's lines. */
const blocks = alerts.split(/^ {6}- alert: /m).slice(1);

test('every alert has a time, a severity, a summary, a description and a runbook', () => {
	assert.ok(blocks.length > 0);
	for (const block of blocks) {
		for (const field of [
			/^ {8}for: \d+[sm]$/m,
			/^ {10}severity: (critical|warning|info)$/m,
			/^ {10}summary: (".+"|'.+')$/m,
			/^ {10}description: ".+"$/m,
			/^ {10}runbook_url: "docs\/rules\.md#.+"$/m,
		]) {
			assert.match(block, field);
		}
	}
});

test('every link to a runbook leads to a section', () => {
	const anchors = new Set(
		[...readFileSync(`${DIRECTORY}../rules.md`, 'utf8').matchAll(/^### (.+)$/gm)].map(([, id]) => id),
	);
	const links = [...alerts.matchAll(/runbook_url: "docs\/rules\.md#([^"]+)"/g)].map(([, anchor]) => anchor ?? '');
	for (const link of links.filter((each) => !each.includes('{{'))) assert.ok(anchors.has(link), link);
	assert.deepEqual(
		IDS.filter((id) => !anchors.has(id)),
		[],
	);
});

test('every alert fires in the tests of promtool', () => {
	const tests = readFileSync(`${DIRECTORY}alerts.test.yml`, 'utf8');
	for (const block of blocks) {
		const name = block.split('\n', 1)[0] ?? '';
		assert.match(tests, new RegExp(`alertname: ${name}\\n.*\\n +exp_alerts:\\n`), name);
	}
});

const missing = whyNoLab() ?? (hasCommand('prometheus') ? null : 'no prometheus here');

describe('a real Prometheus, which scrapes the exporter beside a real Traefik', {skip: missing ?? false}, () => {
	let lab: Lab;
	let exporter: ReturnType<typeof startBin>;
	let prometheus: RealPrometheus;

	before(async () => {
		lab = await startLab({rate: 60, latencyMs: 20});
		exporter = startBin(['export', '--listen', '127.0.0.1:0', '--match', lab.match]);
		exporter.stdout.resume();
		const said = await seen(exporter.stderr, /metrics on \S+\n/);
		const target = /127\.0\.0\.1:\d+/.exec(said)?.[0] ?? '';
		// The alerts as they are, but for the patience.
		prometheus = await startPrometheus(target, alerts.replace(/^( {8}for): .*$/gm, '$1: 0s'));
	});

	after(async () => {
		exporter?.kill('SIGKILL');
		await prometheus?.stop();
		await lab?.stop();
	});

	test('alarms when a backend is killed, and resolves the alarm when it is back', async () => {
		const guilty = lab.backends.b2.address;
		while ((await prometheus.query('traefik_top_backend_state == 1')).length < 3) await lab.sleep(250);
		assert.deepEqual(alarms(prometheus), []);
		await lab.fault('killed').on();
		const {labels, annotations} = await prometheus.alert(
			(alert) => alert.labels['alertname'] === 'TraefikBackendDown' && !alert.isResolved,
		);
		assert.equal(labels['backend'], guilty);
		assert.equal(labels['severity'], 'critical');
		assert.equal(annotations['runbook_url'], `docs/rules.md#${labels['rule']}`);
		assert.match(annotations['summary'] ?? '', new RegExp(`${guilty} is down: ${labels['rule']}`));
		await lab.fault('killed').off();
		await prometheus.alert((alert) => alert.labels['alertname'] === 'TraefikBackendDown' && alert.isResolved);
		assert.deepEqual(alarms(prometheus), [guilty]);
	});

	test('answers every query of the dashboard', async () => {
		// Nothing waits in CLOSE_WAIT, nothing is hidden and nothing is open by now.
		const isEmptyNow = /oldest_close_wait|hidden_backends|traefik_top_finding\{|ALERTS/;
		const empty: string[] = [];
		for (const query of dashboardQueries().filter((each) => !isEmptyNow.test(each))) {
			// Of requests that wait there are none in some scrapes: the next one may have some.
			let tries = 0;
			while ((await prometheus.query(filledIn(query))).length === 0 && ++tries < TRIES) await sleep(SCRAPE_MS);
			if (tries === TRIES) empty.push(query);
		}
		assert.deepEqual(empty, []);
	});
});

/** The backends that an alert named, those in passing of the instance left out. */
function alarms({alerts: told}: RealPrometheus): string[] {
	const named = told.filter(({labels}) => labels['alertname']?.startsWith('TraefikBackend'));
	return [...new Set(named.map(({labels}) => labels['backend'] ?? ''))];
}
