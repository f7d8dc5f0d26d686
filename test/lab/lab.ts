/** A real Traefik with real backends and clients in network namespaces of their own: startLab(), a fault on, off, stop(). */
import {mkdirSync, mkdtempSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {type Agent, startAgent} from './agent.ts';
import type {ApiNews, ApiPollerOptions} from './agents/api-poller.ts';
import type {LoadNews, LoadOptions, LoadOrder, Stream} from './agents/load.ts';
import type {RecorderOptions, RecorderOrder} from './agents/recorder.ts';
import {type Backend, makeBackend, makeCertificate} from './backend-process.ts';
import {HOSTS, makeNetwork, type Network, type Wire} from './network.ts';
import {scenarios} from './scenarios.ts';
import type {Tuning} from './servers/server.ts';
import {PORTS, type Routing, startTraefik, type Traefik} from './traefik.ts';

export {whyNoLab} from './traefik-binary.ts';

export type BackendName = 'b1' | 'b2' | 'b3' | 'b4';
export type Protocol = 'http' | 'https' | 'h2' | 'h2c' | 'ipv6' | 'tcp';

export type LabOptions = {
	readonly protocol: Protocol;
	/** Which real server the backends are; null: the lab's own. */
	readonly server: string | null;
	/** How a real server is configured, where that differs from its usual state in the lab. */
	readonly tuning: Partial<Tuning>;
	/** Backends at the start, of b1 to b3. */
	readonly backends: number;
	/** Requests per second to `/all`. */
	readonly rate: number;
	/** Requests per second to each backend by itself (`/b1`), in addition. */
	readonly ownRate: number;
	/** Whether these requests share client connections; a TCP router dials per client connection. */
	readonly isKeptAlive: boolean;
	readonly latencyMs: number;
	/** What the fault `slow` makes of it. */
	readonly slowMs: number;
	readonly healthCheck: string | null;
	readonly observers: readonly string[];
	readonly idleConnections: number | null;
	readonly retries: number;
	readonly isSticky: boolean;
	/** b2 ends every connection from the start, so that it is dialled all the time. */
	readonly isChurning: boolean;
	readonly congestionControl: string;
	/** All of them in one namespace, as on a machine without containers; faults of the wire are not to be had there. */
	readonly isOneHost: boolean;
	/** How far away the backends are; null: as near as it gets. */
	readonly wire: Wire | null;
	/** A directory to make: the recording, client.csv, api.csv, traefik.log. null: none. */
	readonly record: string | null;
	readonly intervalMs: number;
	readonly onEvent: ((event: LabEvent) => void) | null;
	readonly onApi: ((news: ApiNews) => void) | null;
};

export const DEFAULTS: LabOptions = {
	protocol: 'http',
	server: null,
	tuning: {},
	backends: 3,
	rate: 100,
	ownRate: 0,
	isKeptAlive: true,
	latencyMs: 20,
	slowMs: 3000,
	healthCheck: null,
	observers: [],
	idleConnections: null,
	retries: 0,
	isSticky: false,
	isChurning: false,
	congestionControl: 'cubic',
	isOneHost: false,
	wire: null,
	record: null,
	intervalMs: 1000,
	onEvent: null,
	onApi: null,
};

type LabEvent = {readonly t_ms: number; readonly event: string; readonly [detail: string]: unknown};

export type Lab = {
	readonly options: LabOptions;
	readonly network: Network;
	readonly traefik: Traefik;
	readonly traefikPid: number;
	/** `--match` for exactly this Traefik, restarts included. */
	readonly match: string;
	readonly routing: Routing;
	readonly backends: Readonly<Record<BackendName, Backend>>;
	readonly events: readonly LabEvent[];
	readonly load: {
		start(stream: Stream): void;
		stop(name: string): void;
		/** Since the last call. */
		stats(): Promise<LoadNews>;
	};
	/** The load that every lab starts with, at another rate; 0 stops it. */
	setRate(rate: number): void;
	/** Gives Traefik another configuration, as a deployment does. */
	reload(change: Partial<Routing>): void;
	restartTraefik(): Promise<void>;
	/** A process more in one of the namespaces; it ends with the lab. */
	startAgent: <Order extends object>(
		host: keyof typeof HOSTS,
		name: string,
		options: object,
	) => Promise<Agent<Order, object>>;
	note(event: string, details?: object): void;
	/** Never wakes when the lab stops meanwhile: what was to follow must not happen any more. */
	sleep(ms: number): Promise<void>;
	fault(name: string): {
		readonly about: string;
		/** Starts the traffic that it needs. */
		before(): Promise<void>;
		on(): Promise<void>;
		off(): Promise<void>;
	};
	stop(): Promise<void>;
};

let labs = 0;

export async function startLab(chosen: Partial<LabOptions> = {}): Promise<Lab> {
	const options: LabOptions = {...DEFAULTS, ...chosen};
	const directory = mkdtempSync(path.join(os.tmpdir(), 'tt-lab-'));
	if (options.record !== null) mkdirSync(options.record);
	const number = labs++;
	const network = await makeNetwork(`tt-${process.pid}-${number}`, directory, options);
	try {
		return await furnish(options, directory, network, `traefik_${process.pid.toString(36)}_${number}`);
	} catch (error) {
		await network.remove();
		throw error;
	}
}

/** `comm` has room for 15 characters. */
async function furnish(options: LabOptions, directory: string, network: Network, comm: string): Promise<Lab> {
	const files = options.record ?? directory;
	if (options.wire !== null) await network.lengthen(options.wire, 'b1', 'b2', 'b3', 'b4');
	const certificate = /^h(ttps|2)$/.test(options.protocol) ? makeCertificate(directory) : null;
	const backendNames: BackendName[] = ['b1', 'b2', 'b3', 'b4'];
	const made = await Promise.all(
		backendNames.map((name) => makeBackend(network, options, directory, name, certificate)),
	);
	const backends = Object.fromEntries(made.map((backend) => [backend.name, backend])) as Lab['backends'];
	let routing = firstRouting(options, made);
	const traefik = await startTraefik(comm, network, directory, path.join(files, 'traefik.log'), routing);
	const load = await startAgent<LoadOrder, LoadNews>(network, 'client', 'load', {
		host: options.protocol === 'ipv6' ? `fd77::${HOSTS.traefik}` : `10.77.0.${HOSTS.traefik}`,
		file: options.record && path.join(options.record, 'client.csv'),
	} satisfies LoadOptions);
	await startApiPoller(network, path.join(files, 'api.csv'), options.onApi ?? (() => {}));
	const stopping = new AbortController();
	const events: LabEvent[] = [];
	const note = (event: string, details: object = {}) => {
		const entry = {t_ms: Date.now(), event, ...details};
		events.push(entry);
		options.onEvent?.(entry);
	};
	const recorder =
		options.record === null
			? null
			: await startAgent<RecorderOrder, object>(network, 'traefik', 'recorder', {
					directory: options.record,
					intervalMs: options.intervalMs,
					pid: traefik.pid,
				} satisfies RecorderOptions);
	const lab: Lab = {
		options,
		network,
		traefik,
		get traefikPid() {
			return traefik.pid;
		},
		match: `^${traefik.comm}$`,
		get routing() {
			return routing;
		},
		backends,
		events,
		load: {
			start: (stream) => load.send({start: {port: webPort(options), ...stream}}),
			stop: (name) => load.send({stop: name}),
			stats: () => load.ask({stats: true}),
		},
		setRate: (rate) => {
			if (rate === 0) load.send({stop: 'main'});
			else
				load.send({
					start: {
						kind: 'requests',
						name: 'main',
						path: '/all',
						rate,
						port: webPort(options),
						keepAlive: options.isKeptAlive,
					},
				});
		},
		reload: (change) => {
			routing = {...routing, ...change};
			traefik.configure(routing);
		},
		restartTraefik: async () => {
			await traefik.restart();
			recorder?.send({pid: traefik.pid});
		},
		startAgent: (host, name, agentOptions) => startAgent(network, host, name, agentOptions),
		note,
		sleep: (ms) => sleep(ms, undefined, {signal: stopping.signal}).catch(() => new Promise<never>(() => {})),
		fault: (name) => {
			const scenario = scenarios[name];
			if (scenario === undefined) throw new Error(`no such fault: ${name}`);
			return {
				about: scenario.about,
				before: async () => scenario.before?.(lab),
				on: async () => scenario.on?.(lab),
				off: async () => scenario.off?.(lab),
			};
		},
		stop: async () => {
			if (stopping.signal.aborted) return;
			note('end');
			stopping.abort();
			if (recorder !== null) await recorder.ask({finish: true}).catch(() => {});
			await network.remove();
		},
	};
	if (options.isChurning) backends.b2.order({closes: true});
	lab.setRate(options.rate);
	if (options.ownRate > 0) {
		for (const name of Object.keys(routing.servers)) {
			lab.load.start({kind: 'requests', name, path: `/${name}`, rate: options.ownRate});
		}
	}
	note('start', {traefik_pid: traefik.pid});
	return lab;
}

function webPort({protocol}: LabOptions): number {
	return protocol === 'tcp' ? PORTS.tcp : PORTS.web;
}

function firstRouting(options: LabOptions, backends: readonly Backend[]): Routing {
	const {protocol, healthCheck, observers, idleConnections, retries, isSticky} = options;
	const servers = backends.slice(0, options.backends).map(({name, address}) => [name, address]);
	const scheme = protocol === 'https' || protocol === 'h2' ? 'https' : protocol === 'h2c' ? 'h2c' : 'http';
	return {servers: Object.fromEntries(servers), scheme, healthCheck, observers, idleConnections, retries, isSticky};
}

/** Resolves when the API lists the servers: then the routers are there, too. */
async function startApiPoller(network: Network, file: string, onNews: (news: ApiNews) => void): Promise<void> {
	const poller = await startAgent<never, ApiNews>(network, 'client', 'api-poller', {
		host: `10.77.0.${HOSTS.traefik}`,
		port: PORTS.api,
		file,
		intervalMs: 250,
	} satisfies ApiPollerOptions);
	poller.onNews(onNews);
	await new Promise<void>((resolve) => poller.onNews(({service}) => service.startsWith('all') && resolve()));
}
