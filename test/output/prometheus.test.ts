import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {test} from 'node:test';
import {type MetricsInput, metricsText} from '../../src/output/prometheus.ts';
import {Totals} from '../../src/output/prometheus-totals.ts';
import {serverOf} from '../capture/readings.ts';
import {endedOf} from '../detect/endings.ts';
import {factsOf} from '../detect/windows.ts';
import {world} from '../ui/models.ts';

const exporter = {
	version: '1.2.3',
	cpuSeconds: 1.5,
	rssBytes: 60_000_000,
	startedAtSeconds: 1_795_000_000,
	scrapes: 7,
	intervalSeconds: 4,
	wantedIntervalSeconds: 1,
	ageSeconds: 0.4,
};

function input(made: ReturnType<typeof world>, maxBackends = 1000): MetricsInput {
	return {...made, totals: new Totals(), exporter, maxBackends};
}

const slow = {rule: 'slow', severity: 'degraded', message: 'm'} as const;
const two = world({
	backends: [
		{address: '10.0.3.11:8080', name: 'quo"te\\n'},
		{address: '10.0.3.12:8080', state: 'degraded', findings: [slow], responseMs: null, waiting: null},
	],
});

test('connections are told by backend, name and state in the names of node_exporter', () => {
	const text = metricsText(input(two), 'text');
	const labels = 'instance_id="lb1/4121",backend="10.0.3.12:8080",name=""';
	assert.ok(text.includes(`\ntraefik_top_backend_connections{${labels},state="established"} 12\n`));
	assert.ok(text.includes(`\ntraefik_top_backend_connections{${labels},state="time_wait"} 0\n`));
	assert.ok(text.includes(`\ntraefik_top_finding{${labels},rule="slow",severity="degraded"} 1\n`));
});

test('no number has more than six decimals', () => {
	const text = metricsText({...input(two), exporter: {...exporter, ageSeconds: 0.5537763519999999}}, 'text');
	assert.match(text, /^traefik_top_snapshot_age_seconds 0\.553776$/m);
	assert.match(text, /^traefik_top_interval_seconds 4$/m);
	assert.match(text, /^traefik_top_wanted_interval_seconds 1$/m);
	assert.match(text, /^process_start_time_seconds 1795000000$/m);
});

test('quotes and backslashes of a name are escaped', () => {
	assert.ok(metricsText(input(two), 'text').includes('name="quo\\"te\\\\n"'));
});

test('unknown values have no sample', () => {
	const text = metricsText(input(two), 'text');
	const waiting = text.split('\n').filter((line) => line.startsWith('traefik_top_backend_waiting_requests{'));
	assert.equal(waiting.length, 1);
	assert.match(waiting[0] ?? '', /10\.0\.3\.11/);
});

test('an instance that cannot be read is down as an instance, and says no counts', () => {
	const text = metricsText(input(world({backends: [{address: '10.0.3.11:8080'}], problem: 'gone'})), 'text');
	assert.match(text, /^traefik_top_instance_up\{instance_id="lb1\/4121"\} 0$/m);
	assert.ok(!text.includes('traefik_top_backend_connections{'));
});

test('beyond the cap only the worst backends are shown, and the rest is counted', () => {
	const text = metricsText(input(two, 1), 'text');
	assert.match(text, /^traefik_top_hidden_backends\{instance_id="lb1\/4121"\} 1$/m);
	assert.ok(text.includes('backend="10.0.3.12:8080"'));
	assert.ok(!text.includes('backend="10.0.3.11:8080"'));
});

test('before the first reading there are metrics of the exporter alone', () => {
	const text = metricsText({...input(two), model: null, assessment: null}, 'text');
	assert.match(text, /^traefik_top_build_info\{version="1\.2\.3"\} 1$/m);
	assert.ok(!text.includes('traefik_top_backend'));
});

test('OpenMetrics names a counter without its suffix and ends with EOF', () => {
	const text = metricsText(input(two), 'openmetrics');
	assert.match(
		text,
		/^# TYPE traefik_top_scrapes counter\n# HELP|^# TYPE traefik_top_scrapes counter\ntraefik_top_scrapes_total 7$/m,
	);
	assert.ok(text.endsWith('\n# EOF\n'));
	assert.ok(!metricsText(input(two), 'text').includes('# EOF'));
	assert.match(metricsText(input(two), 'text'), /^# TYPE traefik_top_scrapes_total counter$/m);
});

test('counters grow with every look and are kept apart by instance and backend', () => {
	const totals = new Totals();
	const {model, assessment} = two;
	const snapshots = model.instances.map(({snapshot}) => ({
		...snapshot,
		backends:
			model.instances[0]?.backends.flatMap(({now}) => (now === null ? [] : [{...now, opened: 3, closed: null}])) ?? [],
	}));
	const look = {time: model.time, clockMs: model.clockMs, snapshots, problem: null};
	totals.add(look, assessment);
	totals.add(look, assessment);
	assert.equal(totals.opened('lb1/4121', '10.0.3.11:8080'), 6);
	assert.equal(totals.closed('lb1/4121', '10.0.3.11:8080'), 0);
	assert.equal(totals.opened('lb2/1', '10.0.3.11:8080'), 0);
});

/** Two looks in which the first backend's connections ended. */
function withEndings(): MetricsInput {
	const totals = new Totals();
	const ended = endedOf({answered: 4, refused: 2, resetBefore: 1, resetAfter: 2});
	const responses = [4, 1, 52, 2, 60_000, 1];
	const backends = [factsOf('10.0.3.11:8080', {ended, info: {responses}}), factsOf('10.0.3.12:8080', {ended: null})];
	const snapshots = two.model.instances.map(({snapshot}) => ({
		...snapshot,
		backends,
		endings: {lost: 7, anonymous: 0, foreign: 0},
	}));
	const look = {time: two.model.time, clockMs: two.model.clockMs, snapshots, problem: null};
	totals.add(look, two.assessment);
	totals.add(look, two.assessment);
	return {...input(two), totals};
}

test('connections that ended are counted by reason, where the kernel tells of them', () => {
	const text = metricsText(withEndings(), 'text');
	const count = (reason: string) =>
		new RegExp(`^traefik_top_backend_connections_ended_total\\{.*11:8080.*,reason="${reason}"\\} (\\d+)$`, 'm').exec(
			text,
		)?.[1];
	const reasons = [
		'answered',
		'unanswered',
		'refused',
		'timed_out',
		'reset',
		'given_up',
		'unused',
		'aborted',
		'unknown',
	];
	assert.deepEqual(reasons.map(count), ['8', '0', '4', '0', '6', '0', '0', '0', '0']);
	assert.ok(!/ended_total\{.*12:8080/.test(text));
	assert.match(text, /^traefik_top_endings_lost_total\{instance_id="lb1\/4121"\} 14$/m);
});

for (const format of ['text', 'openmetrics'] as const) {
	test(`response times are a histogram that quantiles can be taken of (${format})`, () => {
		const lines = metricsText(withEndings(), format).split('\n');
		assert.ok(lines.includes('# TYPE traefik_top_backend_response_seconds histogram'));
		const own = lines.filter(
			(line) => line.startsWith('traefik_top_backend_response_seconds_') && line.includes('11:8080'),
		);
		const buckets = own.flatMap((line) => {
			const [, le, count] = /_bucket\{.*,le="([^"]+)"\} (\d+)$/.exec(line) ?? [];
			return le === undefined ? [] : [`${le} ${count}`];
		});
		assert.deepEqual(buckets, [
			...['0.005 2', '0.01 2', '0.025 2', '0.05 2', '0.1 6', '0.25 6', '0.5 6', '1.0 6', '2.5 6', '5.0 6', '10.0 6'],
			...['30.0 6', '+Inf 8'],
		]);
		assert.ok(own.some((line) => / 120\.216$/.test(line) && line.includes('_sum{')));
		assert.ok(own.some((line) => / 8$/.test(line) && line.includes('_count{')));
	});
}

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;
test('promtool finds nothing to say', {skip: hasPromtool ? false : 'no promtool here'}, () => {
	const {stdout, stderr} = spawnSync('promtool', ['check', 'metrics'], {
		input: metricsText(withEndings(), 'text'),
		encoding: 'utf8',
	});
	assert.equal(stdout + stderr, '');
});

test('backends with a known own end have its samples, others none', () => {
	const server = serverOf({acceptQueue: 37, openFiles: 1_000, restarts: 4, throttledPercent: 93});
	const text = metricsText(
		input(world({backends: [{address: '10.0.3.11:8080', server}, {address: '10.0.3.12:8080'}]})),
		'text',
	);
	const value = (name: string) =>
		text.split('\n').flatMap((line) => (line.startsWith(`traefik_top_backend_${name}{`) ? line.split(' ').at(-1) : []));
	assert.deepEqual(
		['listening', 'accept_queue', 'accept_queue_limit', 'open_fds', 'max_fds', 'restarts_5m', 'throttled_ratio'].map(
			value,
		),
		[['1'], ['37'], ['64'], ['1000'], ['1024'], ['4'], ['0.93']],
	);
});
