import {type ChildProcess, spawn} from 'node:child_process';
import {mkdtempSync, openSync, renameSync, symlinkSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import type {Network} from './network.ts';
import {findTraefik} from './traefik-binary.ts';

/** What of Traefik's configuration a lab can choose. */
export type Routing = {
	/** name → `10.77.0.11:8080`; every one gets a path of its own beside `/all`. */
	readonly servers: Readonly<Record<string, string>>;
	readonly scheme: 'http' | 'https' | 'h2c';
	/** Interval of the health check of `/all`, `5s`; null: none, as by default. */
	readonly healthCheck: string | null;
	/** Health checks (`5s`, `30s`) of services on the same servers that carry no traffic: when would the API have known? */
	readonly observers: readonly string[];
	/** maxIdleConnsPerHost of a serversTransport of its own; null: the default one's 200. */
	readonly idleConnections: number | null;
	/** Attempts of the retry middleware; 0: none. */
	readonly retries: number;
	/** Sticky cookie on `/all`. */
	readonly isSticky: boolean;
};

export const PORTS = {web: 80, api: 8081, tcp: 9000} as const;

export type Traefik = {
	readonly pid: number;
	/** What `--match` finds exactly this one by. */
	readonly comm: string;
	readonly configure: (routing: Routing) => void;
	kill(signal: NodeJS.Signals): void;
	restart(): Promise<void>;
};

const READY_WITHIN_MS = 15_000;

/** Starts Traefik in its namespace under `comm`, a name of its own; ready when it listens. */
export async function startTraefik(
	comm: string,
	network: Network,
	directory: string,
	log: string,
	routing: Routing,
): Promise<Traefik> {
	const folder = mkdtempSync(path.join(directory, 'traefik-'));
	const binary = path.join(folder, comm);
	symlinkSync(findTraefik() ?? '', binary);
	const file = path.join(folder, 'dynamic.yaml');
	const configure = (next: Routing) => {
		writeFileSync(`${file}.new`, JSON.stringify(dynamicConfig(next), null, '\t'));
		renameSync(`${file}.new`, file); // Traefik must not read half of it
	};
	configure(routing);
	const start = async () => {
		const output = openSync(log, 'a');
		const child = spawn('ip', ['netns', 'exec', network.namespace('traefik'), binary, ...staticFlags(file)], {
			stdio: ['ignore', output, output],
			detached: true,
			cwd: folder,
		});
		await listening(network, child);
		return child;
	};
	let child = await start();
	return {
		get pid() {
			return child.pid ?? 0;
		},
		comm,
		configure,
		kill: (signal) => void child.kill(signal),
		restart: async () => {
			child = await start();
		},
	};
}

function staticFlags(file: string): string[] {
	return [
		'--global.checkNewVersion=false',
		'--global.sendAnonymousUsage=false',
		`--entryPoints.web.address=:${PORTS.web}`,
		`--entryPoints.traefik.address=:${PORTS.api}`,
		`--entryPoints.tcp.address=:${PORTS.tcp}/tcp`,
		'--api.insecure=true',
		'--metrics.prometheus=true',
		'--metrics.prometheus.addServicesLabels=true',
		'--serversTransport.insecureSkipVerify=true',
		`--providers.file.filename=${file}`,
		'--log.level=INFO',
	];
}

function dynamicConfig(routing: Routing): object {
	const {servers, scheme, healthCheck, observers, idleConnections, retries, isSticky} = routing;
	const addresses = Object.values(servers);
	const service = (of: readonly string[], interval: string | null) => ({
		loadBalancer: {
			servers: of.map((address) => ({url: `${scheme}://${address}`})),
			...(interval && {healthCheck: {path: '/health', interval, timeout: '3s'}}),
			...(idleConnections !== null && {serversTransport: 'small'}),
			...(isSticky && {sticky: {cookie: {name: 'lab'}}}),
		},
	});
	const services = {
		...Object.fromEntries(Object.entries(servers).map(([name, address]) => [name, service([address], null)])),
		...Object.fromEntries(observers.map((interval) => [`all-${interval}`, service(addresses, interval)])),
		all: service(addresses, healthCheck),
	};
	const routers = Object.fromEntries(
		Object.keys(services).map((name) => [
			name,
			{
				entryPoints: ['web'],
				rule: `PathPrefix(\`/${name}\`)`,
				priority: name.length, // `/all-5s` before `/all`
				service: name,
				...(retries > 0 && {middlewares: ['again']}),
			},
		]),
	);
	return {
		http: {
			routers,
			services,
			...(retries > 0 && {middlewares: {again: {retry: {attempts: retries, initialInterval: '50ms'}}}}),
			...(idleConnections !== null && {
				serversTransports: {small: {maxIdleConnsPerHost: idleConnections, insecureSkipVerify: true}},
			}),
		},
		tcp: {
			routers: {all: {entryPoints: ['tcp'], rule: 'HostSNI(`*`)', service: 'all'}},
			services: {all: {loadBalancer: {servers: addresses.map((address) => ({address}))}}},
		},
	};
}

/** Waits for the entry point's LISTEN socket; connecting to it would already be traffic. */
async function listening(network: Network, child: ChildProcess): Promise<void> {
	const until = Date.now() + READY_WITHIN_MS;
	while (Date.now() < until) {
		if (child.exitCode !== null) throw new Error('Traefik ended while it started: see its log');
		const listeners = await network.inside('traefik', 'ss', '-Hltn', 'sport', '=', `:${PORTS.web}`);
		if (listeners.trim() !== '') return;
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
	throw new Error(`Traefik does not listen after ${READY_WITHIN_MS / 1000} s`);
}
