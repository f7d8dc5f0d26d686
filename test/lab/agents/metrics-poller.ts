/**
Watches Traefik's Prometheus metrics as an alerting rule would: the share of failed answers of a service, and the mean
duration against the mean of the minute before. They know services, not servers.
*/
import http from 'node:http';
import {agentOptions, obey, tell} from './order.ts';

export type MetricsPollerOptions = {readonly host: string; readonly port: number; readonly intervalMs: number};
export type MetricsNews = {readonly timeMs: number; readonly sign: 'errors' | 'duration'};

type Totals = {
	readonly requests: number;
	readonly failed: number;
	readonly seconds: number;
	readonly durations: number;
};

const LINE =
	/^traefik_service_(requests_total|request_duration_seconds_sum|request_duration_seconds_count)\{(.*)\} (\S+)$/gm;
const FAILED_SHARE = 0.01;
const SLOWER = 3;
const SLOW_SECONDS = 0.2;

const {host, port, intervalMs} = agentOptions<MetricsPollerOptions>();
const agent = new http.Agent({keepAlive: true, maxSockets: 1});
const means: number[] = [];
let before: Totals | null = null;

obey<never>(() => {});
setInterval(async () => {
	const now = total(await ask().catch(() => ''));
	if (before !== null) judge(before, now);
	before = now;
}, intervalMs);

function judge(earlier: Totals, now: Totals): void {
	const requests = now.requests - earlier.requests;
	if (requests <= 0) return;
	const timeMs = Date.now();
	if ((now.failed - earlier.failed) / requests > FAILED_SHARE) tell({timeMs, sign: 'errors'} satisfies MetricsNews);
	const mean = (now.seconds - earlier.seconds) / Math.max(1, now.durations - earlier.durations);
	const normal = means.length < 5 ? Infinity : means.reduce((sum, each) => sum + each, 0) / means.length;
	if (mean > SLOWER * normal && mean > SLOW_SECONDS) tell({timeMs, sign: 'duration'} satisfies MetricsNews);
	else means.push(mean);
	if (means.length > 60) means.shift();
}

/** 499 counts as failed, too: that is how Traefik counts a client that gave up. */
function total(text: string): Totals {
	let [requests, failed, seconds, durations] = [0, 0, 0, 0];
	for (const [, name, labels = '', value] of text.matchAll(LINE)) {
		const number = Number(value);
		if (name === 'request_duration_seconds_sum') seconds += number;
		else if (name === 'request_duration_seconds_count') durations += number;
		else {
			requests += number;
			if (/code="(499|5\d\d)"/.test(labels)) failed += number;
		}
	}
	return {requests, failed, seconds, durations};
}

function ask(): Promise<string> {
	return new Promise((resolve, reject) => {
		const request = http.get({host, port, path: '/metrics', agent, timeout: 1000}, (response) => {
			let text = '';
			response.on('data', (chunk) => {
				text += chunk;
			});
			response.on('end', () => resolve(text));
			response.on('error', reject);
		});
		request.on('timeout', () => request.destroy(new Error('timeout')));
		request.on('error', reject);
	});
}
