import type {AssessedLook} from '../detect/assessor.ts';
import {UserError} from '../errors.ts';
import {metricsText} from '../output/prometheus.ts';
import {CONTENT_TYPES} from '../output/prometheus-text.ts';
import {Totals} from '../output/prometheus-totals.ts';
import {type Address, listen, type MetricsEndpoint, parseListen} from '../sink/metrics-server.ts';
import {VERSION} from '../system/installation.ts';
import type {CommandContext, Flags} from './command.ts';
import {hookOf} from './hook.ts';
import {openLive} from './input.ts';
import {say} from './print.ts';
import {settingsOf} from './settings.ts';
import {watchLive} from './watch-live.ts';

const DEFAULT_LISTEN = '127.0.0.1:9479';
const DEFAULT_MAX_BACKENDS = 1000;
/** The exporter is unhealthy if its data is older than this many intervals and 10 s. */
const STALE_INTERVALS = 3;

export async function run(flags: Flags, _: readonly string[], {signal}: CommandContext): Promise<number> {
	const settings = settingsOf(flags);
	const address = addressOf(flags.listen ?? DEFAULT_LISTEN);
	const hook = hookOf(flags);
	const totals = new Totals();
	let newest: AssessedLook | null = null;
	let newestAt: number | null = null;
	const ageSeconds = () => (newestAt === null ? null : (performance.now() - newestAt) / 1000);
	const intervalMs = () => newest?.look.backoff?.intervalMs ?? settings.intervalMs;
	const startedAtSeconds = Date.now() / 1000 - process.uptime();

	const endpoint: MetricsEndpoint = {
		look: () => newest,
		metrics(isOpenMetrics, scrapes) {
			const {user, system} = process.cpuUsage();
			const input = {
				model: newest?.model ?? null,
				assessment: newest?.assessment ?? null,
				totals,
				maxBackends: flags.maxBackends ?? DEFAULT_MAX_BACKENDS,
				exporter: {
					version: VERSION,
					cpuSeconds: (user + system) / 1e6,
					rssBytes: process.memoryUsage.rss(),
					startedAtSeconds,
					scrapes,
					intervalSeconds: intervalMs() / 1000,
					wantedIntervalSeconds: settings.intervalMs / 1000,
					ageSeconds: ageSeconds(),
				},
			};
			const format = isOpenMetrics ? 'openmetrics' : 'text';
			return {body: metricsText(input, format), contentType: CONTENT_TYPES[format]};
		},
		problem() {
			const age = ageSeconds();
			const limit = Math.max(10, (intervalMs() * STALE_INTERVALS) / 1000);
			return age !== null && age <= limit ? null : 'no reading for too long';
		},
	};
	const source = await openLive(flags, settings);
	const server = await listen(endpoint, address);
	const bound = server.address();
	const port = typeof bound === 'object' && bound !== null ? bound.port : address.port;
	say(`metrics on http://${address.host.includes(':') ? `[${address.host}]` : address.host}:${port}/metrics`);
	try {
		await watchLive(source, {hook, settings, signal}, (seen) => {
			newest = seen;
			newestAt = performance.now();
			totals.add(seen.look, seen.assessment);
		});
	} finally {
		server.close();
		server.closeAllConnections();
	}
	return 0;
}

function addressOf(text: string): Address {
	const address = parseListen(text);
	if (address === null) {
		throw new UserError(`not an address to listen on: "${text}"`, 'give 127.0.0.1:9479, [::1]:9479 or :9479', 2);
	}
	return address;
}
