/** What is not a fault, and must not look like one, by name. */
import type {Stream} from './agents/load.ts';
import {HOSTS} from './network.ts';
import {nft} from './packets.ts';
import {healthy, names, type Scenario, traffic, without} from './scenario.ts';
import {PORTS} from './traefik.ts';

export const healthyEvents: Readonly<Record<string, Scenario>> = {
	healthy: healthy('nothing happens'),
	'half-open-probes': healthy(
		'an L4 balancer in front probes the entry point: SYN, then RST, 10 a second',
		async (lab) => {
			const rule = 'tcp flags & (syn|ack|rst|fin|psh) == ack drop';
			await nft(lab, 'lb', `table inet lab { chain out { type filter hook output priority 0; ${rule}; }; }`);
			lab.note('probes_start');
			await lab.startAgent('lb', 'prober', {host: `10.77.0.${HOSTS.traefik}`, port: PORTS.web, rate: 10});
		},
	),
	'foreign-dialers': healthy('other processes of the namespace dial, to b1 and to a port that refuses', async (lab) => {
		lab.note('foreign_dialers_start');
		const load = (host: string) => lab.startAgent<{start: Stream}>('traefik', 'load', {host, file: null});
		const port = 8080;
		const [good, bad] = await Promise.all([load(`10.77.0.${HOSTS.b1}`), load(`10.77.0.${HOSTS.client}`)]);
		good.send({start: {kind: 'requests', name: 'good', path: '/', rate: 10, keepAlive: false, port}});
		bad.send({start: {kind: 'requests', name: 'bad', path: '/', rate: 10, port}});
	}),
	idle: healthy(
		'traffic stops for a while',
		(lab) => {
			lab.note('traffic_stops');
			lab.setRate(0);
		},
		(lab) => {
			lab.setRate(lab.options.rate);
			lab.note('traffic_returns');
		},
	),
	restart: healthy('Traefik killed, back 2 s later', async (lab) => {
		lab.note('traefik_killed');
		lab.traefik.kill('SIGKILL');
		await lab.sleep(2000);
		await lab.restartTraefik();
		lab.note('traefik_started', {traefik_pid: lab.traefikPid});
	}),
	reload: healthy('a reload replaces b3 by b4', (lab) => {
		lab.note('reload_b3_to_b4');
		lab.reload({servers: {...without(lab.routing.servers, 'b3'), b4: lab.backends.b4.address}});
	}),
	'scale-down': healthy('a reload removes b3, which ends 5 s later', async (lab) => {
		lab.note('reload_without_b3');
		lab.reload({servers: without(lab.routing.servers, 'b3')});
		await lab.sleep(5000);
		lab.note('b3_sigterm');
		lab.backends.b3.kill('SIGTERM');
	}),
	deploy: healthy(
		'each backend in turn: SIGTERM, graceful drain, back 3 s later',
		async (lab) => {
			for (const name of names(lab)) {
				lab.note(`${name}_sigterm`);
				lab.backends[name].kill('SIGTERM');
				await Promise.race([lab.backends[name].exited, lab.sleep(2500)]);
				lab.backends[name].kill();
				await lab.sleep(3000);
				await lab.backends[name].start();
				lab.note(`${name}_back`);
				await lab.sleep(10_000);
			}
		},
		undefined,
		{expect: 'brief'},
	),
	burst: healthy('burst x10 for 10 s', async (lab) => {
		lab.note('burst_x10');
		lab.setRate(lab.options.rate * 10);
		await lab.sleep(10_000);
		lab.setRate(lab.options.rate);
		lab.note('burst_ends');
	}),
	hot: healthy(
		'b2 gets five times the traffic of the others',
		(lab) => {
			lab.note('hot_start');
			lab.load.start({kind: 'requests', name: 'hot', path: '/b2', rate: (lab.options.rate * 4) / 3});
		},
		(lab) => {
			lab.load.stop('hot');
			lab.note('hot_stop');
		},
	),
	'heavy-tail': healthy('3 % of all answers take 2 s', (lab) => {
		lab.note('tail_start');
		for (const name of names(lab)) lab.backends[name].order({tail: {share: 0.03, ms: 2000}});
	}),
	'slow-share': healthy('a tenth of the requests of all backends is a report that takes 800 ms', (lab) => {
		lab.note('reports_start');
		for (const name of names(lab)) lab.backends[name].order({tail: {share: 0.1, ms: 800}});
	}),
	'graceful-reload': healthy(
		'every server in turn replaces its workers without losing a request',
		async (lab) => {
			for (const name of names(lab)) {
				lab.note(`${name}_reload`);
				lab.backends[name].reload();
				await lab.sleep(6000);
			}
		},
		undefined,
		{needs: ['reload']},
	),
	'short-keep-alive': healthy(
		'a request a second, on servers that close idle connections after 5 s',
		undefined,
		undefined,
		{options: {rate: 1, tuning: {keepAliveSeconds: 5}}},
	),
	'connection-close': healthy('servers close each connection after its answer', undefined, undefined, {
		options: {tuning: {keepAliveSeconds: 0}},
	}),
	'far-away': healthy('servers 25 ± 5 ms away, 0.5 % of the packets lost, each way', undefined, undefined, {
		options: {rate: 15, wire: {delayMs: 25, jitterMs: 5, lossPercent: 0.5, megabitsPerSecond: 0}},
	}),
	longpolls: traffic('15 clients poll with answers after 15 s', {
		kind: 'loop',
		name: 'longpoll',
		path: '/all/poll?ms=15000',
		count: 15,
		timeoutMs: 30_000,
	}),
	'short-clients': traffic('200 clients a second, a connection each', {
		kind: 'requests',
		name: 'short_clients',
		path: '/all',
		rate: 200,
		keepAlive: false,
	}),
	sse: traffic('30 listeners of server-sent events, one every 500 ms', {
		kind: 'readers',
		name: 'sse',
		path: '/all/sse',
		count: 30,
		bytesPerSecond: Infinity,
	}),
	websockets: traffic(
		'30 busy websockets',
		{
			kind: 'websockets',
			name: 'websockets',
			path: '/all/ws',
			count: 30,
			everyMs: 300,
		},
		{needs: ['websockets']},
	),
	'idle-websockets': traffic(
		'30 websockets on which little is said',
		{
			kind: 'websockets',
			name: 'websockets',
			path: '/all/ws',
			count: 30,
			everyMs: 20_000,
		},
		{needs: ['websockets']},
	),
	downloads: traffic('10 clients download 20 MB each at 1 MB/s', {
		kind: 'readers',
		name: 'downloads',
		path: '/all/?bytes=200000000',
		count: 10,
		bytesPerSecond: 1_000_000,
	}),
	uploads: traffic('6 clients upload 20 MB, again and again', {
		kind: 'loop',
		name: 'uploads',
		path: '/all/upload',
		count: 6,
		bodyBytes: 20_000_000,
		timeoutMs: 60_000,
	}),
	grpc: traffic(
		'unary calls over HTTP/2 end to end, on one client connection',
		{kind: 'requests', name: 'grpc', path: '/all/call', rate: 100, http2: true, bodyBytes: 100},
		{options: {protocol: 'h2c'}},
	),
};
