/**
Metrics in the two text forms that Prometheus reads: its own 0.0.4 and OpenMetrics 1.0. They differ in what a counter's
family is called (OpenMetrics: without `_total`) and in the end marker.
*/
import type {Assessment, Verdict} from '../detect/assessment.ts';
import {type Finding, STATES} from '../finding.ts';
import type {BackendModel, InstanceModel, Model} from '../model/model.ts';
import type {Connections, StateKey} from '../parse/tcp-state.ts';
import type {Totals} from './prometheus-totals.ts';

export type MetricsFormat = 'text' | 'openmetrics';

export const CONTENT_TYPES: Readonly<Record<MetricsFormat, string>> = {
	text: 'text/plain; version=0.0.4; charset=utf-8',
	openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** What exporting itself costs. */
type ExporterFacts = {
	readonly version: string;
	readonly cpuSeconds: number;
	readonly rssBytes: number;
	readonly startedAtSeconds: number;
	readonly scrapes: number;
	/** Since the newest look; null: none yet. */
	readonly ageSeconds: number | null;
};

export type MetricsInput = {
	/** null: nothing has been read yet. */
	readonly model: Model | null;
	readonly assessment: Assessment | null;
	readonly totals: Totals;
	readonly exporter: ExporterFacts;
	/** More backends of one instance are counted, not shown: those in the worst states come first. */
	readonly maxBackends: number;
};

/** node_exporter's names (node_tcp_connection_states). */
const STATE_LABELS: Readonly<Record<StateKey, string>> = {
	established: 'established',
	synSent: 'syn_sent',
	synRecv: 'syn_recv',
	finWait1: 'fin_wait1',
	finWait2: 'fin_wait2',
	timeWait: 'time_wait',
	close: 'close',
	closeWait: 'close_wait',
	lastAck: 'last_ack',
	closing: 'closing',
};

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number | null];
type Family = {
	readonly name: string;
	readonly type: 'gauge' | 'counter';
	readonly help: string;
	readonly samples: readonly Sample[];
};

export function metricsText(input: MetricsInput, format: MetricsFormat): string {
	const lines: string[] = [];
	for (const {name, type, help, samples} of [...watchedFamilies(input), ...exporterFamilies(input)]) {
		const known = samples.filter(([, value]) => value !== null);
		if (known.length === 0) continue;
		const sampleName = type === 'counter' ? `${name}_total` : name;
		const familyName = format === 'openmetrics' ? name : sampleName;
		lines.push(`# HELP ${familyName} ${help}`, `# TYPE ${familyName} ${type}`);
		for (const [labels, value] of known) lines.push(`${sampleName}${labelText(labels)} ${value}`);
	}
	if (format === 'openmetrics') lines.push('# EOF');
	return `${lines.join('\n')}\n`;
}

function labelText(labels: Labels): string {
	const parts = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
	return parts.length === 0 ? '' : `{${parts.join(',')}}`;
}

function escaped(value: string): string {
	return value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n');
}

type Shown = {
	readonly instance: InstanceModel;
	readonly backend: BackendModel;
	readonly verdict: Verdict | undefined;
	readonly labels: Labels;
};

function watchedFamilies({model, assessment, totals, maxBackends}: MetricsInput): Family[] {
	if (model === null || assessment === null) return [];
	const shown = model.instances.flatMap((instance) => shownBackends(instance, assessment, maxBackends));
	const read = shown.filter(({instance}) => instance.problem === null);
	const perInstance = (of: (instance: InstanceModel) => number | null): Sample[] =>
		model.instances.map((instance) => [{instance_id: instance.id}, of(instance)]);
	const perBackend = (of: (backend: BackendModel) => number | null): Sample[] =>
		read.map(({backend, labels}) => [labels, of(backend)]);
	const gauge = (name: string, help: string, samples: readonly Sample[]): Family => ({
		name: `traefik_top_${name}`,
		type: 'gauge',
		help,
		samples,
	});
	const counter = (name: string, help: string, samples: readonly Sample[]): Family => ({
		...gauge(name, help, samples),
		type: 'counter',
	});
	const hidden = (instance: InstanceModel) => Math.max(0, instance.backends.length - maxBackends);
	return [
		gauge(
			'backend_connections',
			'Connections of Traefik to this backend, by TCP state.',
			read.flatMap(({backend, labels}) => stateSamples(backend.connections, labels)),
		),
		gauge(
			'backend_state',
			'State of the backend: 0 idle, 1 ok, 2 unknown, 3 degraded, 4 down.',
			shown.map(({verdict, labels}) => [labels, STATES.length - 1 - STATES.indexOf(verdict?.state ?? 'unknown')]),
		),
		counter(
			'backend_connections_opened',
			'Connections to this backend that appeared between two readings.',
			shown.map(({instance, backend, labels}) => [labels, totals.opened(instance.id, backend.address)]),
		),
		counter(
			'backend_connections_closed',
			'Connections to this backend that vanished between two readings.',
			shown.map(({instance, backend, labels}) => [labels, totals.closed(instance.id, backend.address)]),
		),
		gauge(
			'backend_tx_queue_bytes',
			'Bytes sent and not acknowledged.',
			perBackend((each) => each.now?.txQueueBytes ?? 0),
		),
		gauge(
			'backend_rx_queue_bytes',
			'Bytes received and not read.',
			perBackend((each) => each.now?.rxQueueBytes ?? 0),
		),
		gauge(
			'backend_retransmitting_sockets',
			'Sockets that retransmit, or whose probes go unanswered.',
			perBackend((each) => each.retransmitting),
		),
		gauge(
			'backend_waiting_requests',
			'Requests sent and not answered (tcp_info).',
			perBackend((each) => each.waiting),
		),
		gauge(
			'backend_oldest_wait_seconds',
			'Age of the oldest of them.',
			perBackend((each) => seconds(each.oldestWaitMs)),
		),
		gauge(
			'backend_response_p50_seconds',
			'Median response time of the last 15 s (tcp_info).',
			perBackend((each) => seconds(each.responseMs?.p50 ?? null)),
		),
		gauge(
			'backend_response_p95_seconds',
			'95th percentile of it.',
			perBackend((each) => seconds(each.responseMs?.p95 ?? null)),
		),
		gauge(
			'backend_oldest_close_wait_seconds',
			'Age of the oldest CLOSE_WAIT socket.',
			perBackend((each) => seconds(each.now?.oldestCloseWaitMs ?? null)),
		),
		gauge('finding', 'Open findings: 1 while the rule says so.', findingSamples(assessment, shown)),
		gauge(
			'listener_connections',
			'Client connections of this listener, by TCP state.',
			model.instances.flatMap(({id, problem, listeners}) =>
				problem !== null
					? []
					: listeners.flatMap(({address, connections}) =>
							stateSamples(connections, {instance_id: id, listener: address}),
						),
			),
		),
		gauge(
			'listener_accept_queue',
			'Connections that Traefik has not accepted yet.',
			model.instances.flatMap(({id, problem, listeners}) =>
				problem !== null
					? []
					: listeners.map(({address, acceptQueue}): Sample => [{instance_id: id, listener: address}, acceptQueue]),
			),
		),
		gauge(
			'instance_up',
			'Whether the tables of this Traefik could be read.',
			perInstance(({problem}) => (problem === null ? 1 : 0)),
		),
		gauge(
			'instance_info',
			'What is known of this Traefik.',
			model.instances.map(({id, instance}) => [
				{instance_id: id, host: instance.host ?? '', pid: String(instance.pid ?? ''), via: instance.via ?? ''},
				1,
			]),
		),
		gauge(
			'instance_refused_dials_per_second',
			'Refused dials (AttemptFails).',
			perInstance((each) => each.refusedPerSecond),
		),
		gauge('hidden_backends', 'Backends that --max-backends left out.', perInstance(hidden)),
		gauge(
			'rows',
			'Rows of the tables at the last reading.',
			perInstance(({snapshot}) => snapshot.rows),
		),
		gauge(
			'read_seconds',
			'What the last reading took.',
			perInstance(({snapshot}) => snapshot.readMs / 1000),
		),
		counter(
			'findings_opened',
			'Findings that opened since the start.',
			[...totals.findings].map(([rule, {severity, count}]) => [{rule: rule.split(' ')[0] ?? '', severity}, count]),
		),
	];
}

/** At most so many of an instance, the worst first. */
function shownBackends(instance: InstanceModel, assessment: Assessment, most: number): Shown[] {
	const verdicts = assessment.instances.get(instance.id)?.backends;
	const rank = ({address}: BackendModel) => STATES.indexOf(verdicts?.get(address)?.state ?? 'unknown');
	const chosen =
		instance.backends.length <= most
			? instance.backends
			: [...instance.backends].sort((a, b) => rank(a) - rank(b)).slice(0, most);
	return chosen.map((backend) => ({
		instance,
		backend,
		verdict: verdicts?.get(backend.address),
		labels: {instance_id: instance.id, backend: backend.address, name: backend.name ?? ''},
	}));
}

function stateSamples(connections: Connections, labels: Labels): Sample[] {
	return Object.entries(STATE_LABELS).map(([key, state]) => [{...labels, state}, connections[key as StateKey]]);
}

/** A finding of a backend that is not shown would bring its series back. */
function findingSamples({open}: Assessment, shown: readonly Shown[]): Sample[] {
	const labelsOf = new Map(shown.map(({labels}) => [`${labels['instance_id']} ${labels['backend']}`, labels]));
	const own = ({instance}: Finding): Labels => ({instance_id: instance, backend: '', name: ''});
	return open.flatMap((finding): Sample[] => {
		const {instance, backend, rule, severity} = finding;
		const labels = backend === null ? own(finding) : labelsOf.get(`${instance} ${backend}`);
		return labels === undefined ? [] : [[{...labels, rule, severity}, 1]];
	});
}

function exporterFamilies({exporter}: MetricsInput): Family[] {
	const {version, cpuSeconds, rssBytes, startedAtSeconds, scrapes, ageSeconds} = exporter;
	const one = (
		name: string,
		type: Family['type'],
		help: string,
		value: number | null,
		labels: Labels = {},
	): Family => ({
		name,
		type,
		help,
		samples: [[labels, value]],
	});
	return [
		one('traefik_top_snapshot_age_seconds', 'gauge', 'Age of the data above.', ageSeconds),
		one('traefik_top_scrapes', 'counter', 'Scrapes answered.', scrapes),
		one('traefik_top_build_info', 'gauge', 'The version of traefik-top.', 1, {version}),
		one('process_cpu_seconds', 'counter', 'CPU time of traefik-top.', cpuSeconds),
		one('process_resident_memory_bytes', 'gauge', 'Resident memory of traefik-top.', rssBytes),
		one('process_start_time_seconds', 'gauge', 'When traefik-top started, Unix time.', startedAtSeconds),
	];
}

function seconds(ms: number | null): number | null {
	return ms === null ? null : ms / 1000;
}
