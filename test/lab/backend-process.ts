import {execFileSync} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import path from 'node:path';
import {startAgent} from './agent.ts';
import type {BackendOptions, BackendOrder, Behaviour} from './agents/backend.ts';
import type {BackendName, LabOptions} from './lab.ts';
import {HOSTS, type Network} from './network.ts';
import {makeRealBackend} from './real-backend.ts';
import {tuningOf} from './servers/server.ts';
import {servers} from './servers/servers.ts';

export type Backend = {
	readonly name: BackendName;
	readonly address: string;
	readonly pid: number;
	/** The processes of a real server that serve its requests; none where one process does all. */
	readonly workers: readonly number[];
	order(order: BackendOrder): void;
	kill(signal?: NodeJS.Signals): void;
	/** After a kill: a new process with the behaviour it had at the start. */
	start(): Promise<void>;
	/** A real server replaces its workers without losing a request. */
	reload(): void;
	readonly exited: Promise<unknown>;
};

export type Certificate = {readonly key: string; readonly cert: string};

const PORT = 8080;

export async function makeBackend(
	network: Network,
	options: LabOptions,
	directory: string,
	name: BackendName,
	certificate: Certificate | null,
): Promise<Backend> {
	const {protocol, latencyMs, isOneHost} = options;
	const isIpv6 = protocol === 'ipv6';
	const host = isIpv6 ? `fd77::${HOSTS[name]}` : `10.77.0.${HOSTS[name]}`;
	const address = isIpv6 ? `[${host}]:${PORT}` : `${host}:${PORT}`;
	const behaviour: Behaviour = {latencyMs};
	if (options.server === null) return makeOwnBackend(network, options, name, host, address, behaviour, certificate);
	const server = servers[options.server];
	if (server === undefined) throw new Error(`no such server: ${options.server}`);
	const folder = path.join(directory, name);
	const pem = certificate === null ? null : `${folder}.pem`;
	if (pem !== null) writeFileSync(pem, `${certificate?.key}${certificate?.cert}`, {mode: 0o644});
	return makeRealBackend(
		network,
		server,
		{
			name,
			folder,
			host: isOneHost ? host : isIpv6 ? '::' : '0.0.0.0',
			port: PORT,
			tuning: tuningOf(server, options.tuning),
			pem,
			isHttp2: protocol === 'h2',
		},
		address,
		behaviour,
		certificate ?? {},
	);
}

async function makeOwnBackend(
	network: Network,
	{protocol, isOneHost}: LabOptions,
	name: BackendName,
	host: string,
	address: string,
	behaviour: Behaviour,
	certificate: Certificate | null,
): Promise<Backend> {
	const start = () =>
		startAgent<BackendOrder, object>(network, name, 'backend', {
			name,
			host: isOneHost ? host : '::',
			port: PORT,
			protocol: protocol === 'ipv6' || protocol === 'tcp' ? 'http' : protocol,
			behaviour,
			...certificate,
		} satisfies BackendOptions);
	let agent = await start();
	return {
		name,
		address,
		get pid() {
			return agent.pid;
		},
		workers: [],
		order: (order) => agent.send(order),
		kill: (signal) => agent.kill(signal),
		start: async () => {
			agent = await start();
		},
		reload: () => {
			throw new Error("the lab's own backend cannot be reloaded");
		},
		get exited() {
			return agent.exited;
		},
	};
}

export function makeCertificate(directory: string): Certificate {
	const pem = execFileSync(
		'openssl',
		`req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=lab -keyout - -out -`.split(' '),
		{encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], cwd: directory},
	);
	const cut = pem.indexOf('-----BEGIN CERTIFICATE');
	return {key: pem.slice(0, cut), cert: pem.slice(cut)};
}
