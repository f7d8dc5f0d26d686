/** Writes what Traefik's own API says about each server of each service, once per interval: api.csv. */
import {createWriteStream} from 'node:fs';
import http from 'node:http';
import {agentOptions, obey, tell} from './order.ts';

export type ApiPollerOptions = {
	readonly host: string;
	readonly port: number;
	readonly file: string;
	readonly intervalMs: number;
};
/** Told when a server's status changes, and whether the API answers at all. */
export type ApiNews = {
	readonly timeMs: number;
	readonly service: string;
	readonly server: string;
	readonly status: string;
};

type Service = {readonly name: string; readonly provider?: string; readonly serverStatus?: Record<string, string>};

const {host, port, file, intervalMs} = agentOptions<ApiPollerOptions>();
const csv = createWriteStream(file);
csv.write('epoch_ms,service,server,serverStatus,server_up\n');
const agent = new http.Agent({keepAlive: true, maxSockets: 1});
const known = new Map<string, string>();

obey<never>(() => {});
setInterval(async () => {
	const timeMs = Date.now();
	const services = await ask().catch(() => null);
	if (services === null) return void csv.write(`${timeMs},,,API-DEAD,\n`);
	for (const {name, serverStatus} of services) {
		for (const [server, status] of Object.entries(serverStatus ?? {})) {
			csv.write(`${timeMs},${name},${server},${status},\n`);
			const key = `${name} ${server}`;
			if (known.get(key) !== status) tell({timeMs, service: name, server, status} satisfies ApiNews);
			known.set(key, status);
		}
	}
}, intervalMs);

function ask(): Promise<Service[]> {
	return new Promise((resolve, reject) => {
		const request = http.get({host, port, path: '/api/http/services', agent, timeout: 1000}, (response) => {
			let text = '';
			response.on('data', (chunk) => {
				text += chunk;
			});
			response.on('end', () => resolve(JSON.parse(text) as Service[]));
			response.on('error', reject);
		});
		request.on('timeout', () => request.destroy(new Error('timeout')));
		request.on('error', reject);
	});
}
