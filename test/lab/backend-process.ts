import {execFileSync} from 'node:child_process';
import {startAgent} from './agent.ts';
import type {BackendOptions, BackendOrder, Behaviour} from './agents/backend.ts';
import type {BackendName, LabOptions} from './lab.ts';
import {HOSTS, type Network} from './network.ts';

export type Backend = {
	readonly name: BackendName;
	readonly address: string;
	readonly pid: number;
	order(order: BackendOrder): void;
	kill(signal?: NodeJS.Signals): void;
	/** After a kill: a new process with the behaviour it had at the start. */
	start(): Promise<void>;
	readonly exited: Promise<unknown>;
};

export async function makeBackend(
	network: Network,
	options: LabOptions,
	name: BackendName,
	certificate: object,
): Promise<Backend> {
	const {protocol, latencyMs, isOneHost} = options;
	const address = protocol === 'ipv6' ? `fd77::${HOSTS[name]}` : `10.77.0.${HOSTS[name]}`;
	const behaviour: Behaviour = {latencyMs};
	const served = protocol === 'ipv6' || protocol === 'tcp' ? 'http' : protocol;
	const start = () =>
		startAgent<BackendOrder, object>(network, name, 'backend', {
			name,
			host: isOneHost ? address : '::',
			port: 8080,
			protocol: served,
			behaviour,
			...certificate,
		} satisfies BackendOptions);
	let agent = await start();
	return {
		name,
		address: protocol === 'ipv6' ? `[${address}]:8080` : `${address}:8080`,
		get pid() {
			return agent.pid;
		},
		order: (order) => agent.send(order),
		kill: (signal) => agent.kill(signal),
		start: async () => {
			agent = await start();
		},
		get exited() {
			return agent.exited;
		},
	};
}

export function makeCertificate(directory: string): {key: string; cert: string} {
	const pem = execFileSync(
		'openssl',
		`req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=lab -keyout - -out -`.split(' '),
		{encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], cwd: directory},
	);
	const cut = pem.indexOf('-----BEGIN CERTIFICATE');
	return {key: pem.slice(0, cut), cert: pem.slice(cut)};
}
