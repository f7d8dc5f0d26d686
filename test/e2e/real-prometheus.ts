/** Prometheus as it would run beside the exporter, and the receiver of its alerts: both on loopback. */
import {type ChildProcess, spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:http';
import {type AddressInfo, createServer as createTcpServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

export type Alert = {
	readonly labels: Readonly<Record<string, string>>;
	readonly annotations: Readonly<Record<string, string>>;
	/** Whether it came with an end that has passed. */
	readonly isResolved: boolean;
};

type Sample = {readonly metric: Readonly<Record<string, string>>; readonly value: readonly [number, string]};

export type RealPrometheus = {
	/** The first alert from the beginning on that fits. */
	alert(fits: (alert: Alert) => boolean): Promise<Alert>;
	readonly alerts: readonly Alert[];
	/** An instant query; throws what Prometheus says against it. */
	query(expression: string): Promise<readonly Sample[]>;
	stop(): Promise<void>;
};

export function hasCommand(name: string): boolean {
	return spawnSync(name, ['--version']).error === undefined;
}

async function freePort(): Promise<number> {
	const server = createTcpServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const {port} = server.address() as AddressInfo;
	server.close();
	await once(server, 'close');
	return port;
}

/** Scrapes `target` and evaluates `rules` (a file's text) every second. */
export async function startPrometheus(target: string, rules: string): Promise<RealPrometheus> {
	const directory = mkdtempSync(join(tmpdir(), 'traefik-top-prometheus-'));
	const receiver = await receive();
	const port = await freePort();
	writeFileSync(join(directory, 'rules.yml'), rules);
	writeFileSync(
		join(directory, 'prometheus.yml'),
		[
			'global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}',
			'rule_files: [rules.yml]',
			`alerting: {alertmanagers: [{static_configs: [{targets: ["127.0.0.1:${receiver.port}"]}]}]}`,
			`scrape_configs: [{job_name: traefik-top, static_configs: [{targets: ["${target}"]}]}]`,
			'',
		].join('\n'),
	);
	const child = spawn(
		'prometheus',
		[
			`--config.file=${directory}/prometheus.yml`,
			`--storage.tsdb.path=${directory}/data`,
			`--web.listen-address=127.0.0.1:${port}`,
		],
		{stdio: ['ignore', 'ignore', 'pipe']},
	);
	await ready(child);
	return {
		alert: receiver.alert,
		alerts: receiver.alerts,
		query: async (expression) => {
			const url = `http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(expression)}`;
			const answer = (await (await fetch(url)).json()) as {error?: string; data?: {result: Sample[]}};
			if (answer.data === undefined) throw new Error(`${expression}: ${answer.error}`);
			return answer.data.result;
		},
		stop: async () => {
			child.kill('SIGKILL');
			if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
			receiver.close();
			rmSync(directory, {recursive: true, force: true});
		},
	};
}

function ready(child: ChildProcess): Promise<void> {
	return new Promise((resolve, reject) => {
		let said = '';
		child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
			if (said.length < 100_000) said += chunk;
			if (said.includes('Server is ready to receive web requests')) resolve();
		});
		child.once('error', reject);
		child.once('exit', () => reject(new Error(`Prometheus ended:\n${said}`)));
	});
}

/** What Alertmanager would be told, API v2. */
async function receive() {
	const alerts: Alert[] = [];
	const waiting = new Set<() => void>();
	const server = createServer(async (request, response) => {
		let body = '';
		for await (const chunk of request.setEncoding('utf8')) body += chunk;
		const told = JSON.parse(body) as (Alert & {endsAt: string})[];
		for (const {labels, annotations, endsAt} of told) {
			alerts.push({labels, annotations, isResolved: Date.parse(endsAt) <= Date.now()});
		}
		response.end();
		for (const look of waiting) look();
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	return {
		port: (server.address() as AddressInfo).port,
		alerts,
		alert: (fits: (alert: Alert) => boolean) =>
			new Promise<Alert>((resolve) => {
				const look = () => {
					const found = alerts.find(fits);
					if (found === undefined) return;
					waiting.delete(look);
					resolve(found);
				};
				waiting.add(look);
				look();
			}),
		close: () => {
			server.close();
			server.closeAllConnections();
		},
	};
}
