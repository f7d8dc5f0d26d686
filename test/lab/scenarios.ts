/** What can happen in the lab, by name. */
import type {Stream} from './agents/load.ts';
import type {BackendName, Lab, LabOptions} from './lab.ts';
import {HOSTS} from './network.ts';
import {PORTS} from './traefik.ts';

export type Scenario = {
	readonly about: string;
	/** What a monitor should say: as in truth.json. */
	readonly expect: 'alarm' | 'quiet' | 'brief' | 'slow-clients' | 'half-closed';
	readonly options?: Partial<LabOptions>;
	/** Before the fault: traffic that it needs. */
	readonly before?: (lab: Lab) => void | Promise<void>;
	readonly on?: (lab: Lab) => void | Promise<void>;
	readonly off?: (lab: Lab) => void | Promise<void>;
};

/** A fault of b2. */
function fault(about: string, on: Scenario['on'], off: Scenario['off'], more: Partial<Scenario> = {}): Scenario {
	return faultOf((lab) => lab.backends.b2.address, about, on, off, more);
}

function faultOf(
	guilty: (lab: Lab) => string | null,
	about: string,
	on: Scenario['on'],
	off: Scenario['off'],
	more: Partial<Scenario> = {},
): Scenario {
	const details = (lab: Lab) => {
		const backend = guilty(lab);
		return {fault: about, ...(backend !== null && {backend})};
	};
	return {
		about,
		expect: 'alarm',
		...more,
		on: async (lab) => {
			lab.note('fault_on', details(lab));
			await on?.(lab);
		},
		off: async (lab) => {
			await off?.(lab);
			lab.note('fault_off', details(lab));
		},
	};
}

function healthy(about: string, on?: Scenario['on'], off?: Scenario['off'], more: Partial<Scenario> = {}): Scenario {
	return {about, expect: 'quiet', ...(on && {on}), ...(off && {off}), ...more};
}

/** Traffic that begins and ends with the event. */
function traffic(about: string, stream: Stream, more: Partial<Scenario> = {}): Scenario {
	return healthy(
		about,
		(lab) => {
			lab.note(`${stream.name}_start`);
			lab.load.start(stream);
		},
		(lab) => {
			lab.load.stop(stream.name);
			lab.note(`${stream.name}_stop`);
		},
		more,
	);
}

/** The same traffic, there before the fault. */
function carrying(stream: Stream): Pick<Scenario, 'before'> {
	return {before: (lab) => lab.load.start(stream)};
}

const nft = (lab: Lab, host: BackendName | 'lb' | 'net', rules: string) => lab.network.inside(host, 'nft', rules);
const forget = (lab: Lab, host: BackendName | 'net') => nft(lab, host, 'flush ruleset');
/** Rules for what passes the bridge: neither end can see that it was dropped. */
const onTheWire = (lab: Lab, rules: string) =>
	nft(lab, 'net', `table bridge lab { chain wire { type filter hook forward priority 0; ${rules}; }; }`);
const toAndFromB2 = (verdict: string) =>
	`iifname "b2" meta l4proto tcp ${verdict}; oifname "b2" meta l4proto tcp ${verdict}`;
const SYN = 'tcp flags syn / syn,ack';
const ONE_IN_FIVE = 'numgen random mod 100 < 20';

const revive = async (lab: Lab, name: BackendName) => {
	await lab.backends[name].start();
};

export const scenarios: Readonly<Record<string, Scenario>> = {
	killed: fault(
		'process killed, port closed (RST)',
		(lab) => lab.backends.b2.kill(),
		(lab) => revive(lab, 'b2'),
	),
	stopped: fault(
		'process hung (SIGSTOP)',
		(lab) => lab.backends.b2.kill('SIGSTOP'),
		(lab) => lab.backends.b2.kill('SIGCONT'),
	),
	blackholed: fault(
		'all packets dropped',
		async (lab) => void (await onTheWire(lab, toAndFromB2('drop'))),
		async (lab) => void (await forget(lab, 'net')),
	),
	'blackholed-idle': fault(
		'all packets dropped while nobody asks for anything',
		async (lab) => {
			lab.setRate(0);
			await onTheWire(lab, toAndFromB2('drop'));
		},
		async (lab) => {
			await forget(lab, 'net');
			lab.setRate(lab.options.rate);
		},
	),
	unplugged: fault(
		'off the wire, ARP included: after a while no route to host',
		(lab) => lab.network.plug('b2', false),
		(lab) => lab.network.plug('b2', true),
	),
	slow: fault(
		'answers take --slow ms',
		(lab) => lab.backends.b2.order({latencyMs: lab.options.slowMs}),
		(lab) => lab.backends.b2.order({latencyMs: lab.options.latencyMs}),
	),
	closing: fault(
		'Connection: close on each response',
		(lab) => lab.backends.b2.order({closes: true}),
		(lab) => lab.backends.b2.order({closes: false}),
	),
	leaking: fault(
		'backend leaks sockets in CLOSE_WAIT',
		(lab) => lab.backends.b2.order({leaks: true}),
		(lab) => lab.backends.b2.order({leaks: false}),
	),
	fds: fault(
		'out of descriptors (accept fails, EMFILE), then more traffic than the pool holds',
		async (lab) => {
			await lab.network.inside('b2', 'prlimit', '--pid', String(lab.backends.b2.pid), '--nofile=10:10000');
			lab.setRate(lab.options.rate * 4);
		},
		async (lab) => {
			await lab.network.inside('b2', 'prlimit', '--pid', String(lab.backends.b2.pid), '--nofile=10000:10000');
			lab.setRate(lab.options.rate);
		},
	),
	loss: fault(
		'20 % loss each way',
		async (lab) => void (await onTheWire(lab, toAndFromB2(`${ONE_IN_FIVE} drop`))),
		async (lab) => void (await forget(lab, 'net')),
	),
	'refuse-share': fault(
		'20 % of SYNs reset, on a backend that ends each connection anyway',
		async (lab) => {
			const rule = `${SYN} ${ONE_IN_FIVE} reject with tcp reset`;
			await nft(lab, 'b2', `table inet lab { chain in { type filter hook input priority 0; ${rule}; }; }`);
		},
		async (lab) => void (await forget(lab, 'b2')),
		{options: {isChurning: true}},
	),
	'syn-drop': fault(
		'20 % of SYNs dropped, on a backend that ends each connection anyway',
		async (lab) => void (await onTheWire(lab, `oifname "b2" ${SYN} ${ONE_IN_FIVE} drop`)),
		async (lab) => void (await forget(lab, 'net')),
		{options: {isChurning: true}},
	),
	'hanging-share': fault(
		'20 % of the requests are never answered',
		(lab) => lab.backends.b2.order({tail: {share: 0.2, ms: null}}),
		(lab) => lab.backends.b2.order({tail: null}),
	),
	'resetting-share': fault(
		'20 % of the requests end in a reset',
		(lab) => lab.backends.b2.order({resetShare: 0.2}),
		(lab) => lab.backends.b2.order({resetShare: 0}),
	),
	'crash-loop': fault(
		'crashes 2 s after each start, is back 1 s later',
		async (lab) => {
			for (let i = 0; i < 12; i++) {
				lab.backends.b2.kill();
				await lab.sleep(1000);
				await lab.backends.b2.start();
				await lab.sleep(2000);
			}
		},
		undefined,
	),
	'all-killed': faultOf(
		() => null,
		'all backends killed',
		(lab) => names(lab).forEach((name) => void lab.backends[name].kill()),
		async (lab) => void (await Promise.all(names(lab).map((name) => revive(lab, name)))),
	),
	'all-slow': faultOf(
		() => null,
		'all backends slow: what they share is',
		(lab) => names(lab).forEach((name) => void lab.backends[name].order({latencyMs: lab.options.slowMs})),
		(lab) => names(lab).forEach((name) => void lab.backends[name].order({latencyMs: lab.options.latencyMs})),
	),
	'zero-window': fault(
		'reads nothing of uploads of 4 MB',
		(lab) => lab.backends.b2.order({isDeaf: true}),
		(lab) => lab.backends.b2.order({isDeaf: false}),
		{
			before: async (lab) => {
				// Else a receive buffer that has grown before takes a whole upload, and the window stays open.
				await lab.network.inside('b2', 'sysctl', '-q', 'net.ipv4.tcp_rmem=4096 131072 500000');
				lab.load.start({
					kind: 'requests',
					name: 'uploads',
					path: '/all/upload',
					rate: 5,
					bodyBytes: 4_000_000,
					timeoutMs: 20_000,
				});
			},
		},
	),
	'ws-half-closed': fault(
		'backend closed upgraded connections, clients hold on',
		(lab) => lab.backends.b2.order({halfCloseWebsockets: true}),
		(lab) => lab.load.stop('websockets'),
		{
			expect: 'half-closed',
			...carrying({kind: 'websockets', name: 'websockets', path: '/b2/ws', count: 20, everyMs: 1e9}),
		},
	),
	'slow-readers': fault(
		'clients read a 6 MB answer of b2 at 20 kB/s; b2 has sent all and closed',
		(lab) => {
			lab.backends.b2.order({closes: true});
			lab.load.start({kind: 'readers', name: 'readers', path: '/b2/?bytes=6000000', count: 20, bytesPerSecond: 20_000});
			setTimeout(() => lab.backends.b2.order({closes: false}), 1000);
		},
		(lab) => lab.load.stop('readers'),
		{expect: 'slow-clients'},
	),
	'traefik-stopped': faultOf(
		() => null,
		'Traefik hung (SIGSTOP)',
		(lab) => lab.traefik.kill('SIGSTOP'),
		(lab) => lab.traefik.kill('SIGCONT'),
	),
	'dead-address': faultOf(
		() => '10.77.0.99:8080',
		'a reload adds an address of this subnet that nobody has',
		(lab) => lab.reload({servers: {...lab.routing.servers, dead: '10.77.0.99:8080'}}),
		(lab) => lab.reload({servers: without(lab.routing.servers, 'dead')}),
	),
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
	websockets: traffic('30 busy websockets', {
		kind: 'websockets',
		name: 'websockets',
		path: '/all/ws',
		count: 30,
		everyMs: 300,
	}),
	'idle-websockets': traffic('30 websockets on which little is said', {
		kind: 'websockets',
		name: 'websockets',
		path: '/all/ws',
		count: 30,
		everyMs: 20_000,
	}),
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

function names(lab: Lab): BackendName[] {
	return (['b1', 'b2', 'b3', 'b4'] as const).filter((name) => name in lab.routing.servers);
}

function without(servers: Readonly<Record<string, string>>, name: string): Record<string, string> {
	return Object.fromEntries(Object.entries(servers).filter(([key]) => key !== name));
}
