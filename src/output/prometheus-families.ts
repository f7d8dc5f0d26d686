/** What is told of backends, listeners and instances, in families of samples. */
import type {Assessment, BackendAssessment} from '../detect/assessment.ts';
import {type Finding, STATES} from '../detect/finding.ts';
import type {BackendModel, InstanceModel} from '../model/model.ts';
import type {EndedKind} from '../parse/ending.ts';
import type {Connections, StateKey} from '../parse/tcp-state.ts';
import type {Server} from '../reading.ts';
import {counter, type Family, gauge, histogram, type Labels, type Sample} from './prometheus-text.ts';
import {RESPONSE_BOUNDS, type Totals} from './prometheus-totals.ts';

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

export type Shown = {
	readonly instance: InstanceModel;
	readonly backend: BackendModel;
	readonly verdict: BackendAssessment | undefined;
	readonly labels: Labels;
};

/** At most this many of an instance, the worst first. */
export function shownBackends(instance: InstanceModel, assessment: Assessment, most: number): Shown[] {
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

/** How many connections, in which state, since the start. */
export function connectionFamilies(shown: readonly Shown[], totals: Totals): Family[] {
	return [
		gauge(
			'backend_connections',
			'Connections of Traefik to this backend, by TCP state.',
			readable(shown).flatMap(({backend, labels}) => stateSamples(backend.connections, labels)),
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
	];
}

/** The names that JSON has, spelt as Prometheus spells labels. */
const REASONS: readonly (readonly [reason: string, kinds: readonly EndedKind[]])[] = [
	['answered', ['answered']],
	['unanswered', ['unanswered']],
	['refused', ['refused']],
	['timed_out', ['timedOut']],
	['reset', ['resetBefore', 'resetAfter']],
	['given_up', ['givenUp']],
	['unused', ['unused']],
	['aborted', ['aborted']],
	['unknown', ['unknown']],
];

/** How connections ended, since the start, and how long answers took. */
export function endingFamilies(shown: readonly Shown[], totals: Totals): Family[] {
	return [
		counter(
			'backend_connections_ended',
			'Connections to this backend that ended, by how they did (from the kernel’s notices).',
			shown.flatMap(({instance, backend, labels}): Sample[] => {
				const ended = totals.ended(instance.id, backend.address);
				if (ended === null) return [];
				return REASONS.map(([reason, kinds]) => [
					{...labels, reason},
					kinds.reduce((sum, kind) => sum + ended[kind], 0),
				]);
			}),
		),
		histogram(
			'backend_response_seconds',
			'Response times: the last exchange of each connection between two readings, as often as it was asked.',
			RESPONSE_BOUNDS,
			shown.flatMap(({instance, backend, labels}) => {
				const responses = totals.responses(instance.id, backend.address);
				return responses === null ? [] : [[labels, responses] as const];
			}),
		),
		counter(
			'endings_lost',
			'Notices of ended connections that the kernel had no room for.',
			[...totals.lost].map(([id, lost]) => [{instance_id: id}, lost]),
		),
	];
}

/** What the last reading says of each backend that could be read. */
export function backendFamilies(shown: readonly Shown[]): Family[] {
	const perBackend = (of: (backend: BackendModel) => number | null): Sample[] =>
		readable(shown).map(({backend, labels}) => [labels, of(backend)]);
	return [
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
	];
}

/** The backends' own ends, of those that were found on the machine. */
export function ownEndFamilies(shown: readonly Shown[]): Family[] {
	const found = readable(shown).filter(({backend}) => backend.server !== null);
	const perServer = (of: (server: Server) => number | null): Sample[] =>
		found.map(({backend: {server}, labels}) => [labels, server === null ? null : of(server)]);
	return [
		gauge(
			'backend_listening',
			'Whether a process listens at the address of this backend, where that is on this machine.',
			perServer(({isListening}) => (isListening ? 1 : 0)),
		),
		gauge(
			'backend_accept_queue',
			'Connections that the backend has not accepted.',
			perServer(({acceptQueue}) => acceptQueue),
		),
		gauge(
			'backend_accept_queue_limit',
			'Connections that its accept queue has room for.',
			perServer(({acceptLimit}) => acceptLimit),
		),
		gauge(
			'backend_open_fds',
			'Open descriptors of the listening process that is nearest to its limit.',
			perServer(({openFiles}) => openFiles),
		),
		gauge(
			'backend_max_fds',
			'The soft limit of that process.',
			perServer(({openFilesLimit}) => openFilesLimit),
		),
		gauge(
			'backend_restarts_5m',
			'Times that another process took the place of the listening one in the last 5 minutes.',
			perServer(({restarts}) => restarts),
		),
		gauge(
			'backend_throttled_ratio',
			'Share of the time in which the control group of the backend had used up its CPU quota, 0 to 1.',
			perServer(({throttledPercent}) => (throttledPercent === null ? null : throttledPercent / 100)),
		),
	];
}

export function listenerFamilies(instances: readonly InstanceModel[]): Family[] {
	const read = instances.filter(({problem}) => problem === null);
	return [
		gauge(
			'listener_connections',
			'Client connections of this listener, by TCP state.',
			read.flatMap(({id, listeners}) =>
				listeners.flatMap(({address, connections}) => stateSamples(connections, {instance_id: id, listener: address})),
			),
		),
		gauge(
			'listener_accept_queue',
			'Connections that Traefik has not accepted yet.',
			read.flatMap(({id, listeners}) =>
				listeners.map(({address, acceptQueue}): Sample => [{instance_id: id, listener: address}, acceptQueue]),
			),
		),
	];
}

export function instanceFamilies(instances: readonly InstanceModel[], maxBackends: number): Family[] {
	const perInstance = (of: (instance: InstanceModel) => number | null): Sample[] =>
		instances.map((instance) => [{instance_id: instance.id}, of(instance)]);
	const hidden = ({backends}: InstanceModel) => Math.max(0, backends.length - maxBackends);
	return [
		gauge(
			'instance_up',
			'Whether the tables of this Traefik could be read.',
			perInstance(({problem}) => (problem === null ? 1 : 0)),
		),
		gauge(
			'instance_info',
			'What is known of this Traefik.',
			instances.map(({id, instance}) => [
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
	];
}

/** A finding of a backend that is not shown would bring its series back. */
export function findingSamples({open}: Assessment, shown: readonly Shown[]): Sample[] {
	const labelsOf = new Map(shown.map(({labels}) => [`${labels['instance_id']} ${labels['backend']}`, labels]));
	const own = ({instance}: Finding): Labels => ({instance_id: instance, backend: '', name: ''});
	return open.flatMap((finding): Sample[] => {
		const {instance, backend, rule, severity} = finding;
		const labels = backend === null ? own(finding) : labelsOf.get(`${instance} ${backend}`);
		return labels === undefined ? [] : [[{...labels, rule, severity}, 1]];
	});
}

function readable(shown: readonly Shown[]): Shown[] {
	return shown.filter(({instance}) => instance.problem === null);
}

function stateSamples(connections: Connections, labels: Labels): Sample[] {
	return Object.entries(STATE_LABELS).map(([key, state]) => [{...labels, state}, connections[key as StateKey]]);
}

function seconds(ms: number | null): number | null {
	return ms === null ? null : ms / 1000;
}
