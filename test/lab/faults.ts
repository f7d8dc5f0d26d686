/** What can go wrong in the lab, by name. */
import type {BackendName, Lab} from './lab.ts';
import {forget, nft, ONE_IN_FIVE, onTheWire, SYN, toAndFromB2} from './packets.ts';
import {carrying, fault, faultOf, names, type Scenario, without} from './scenario.ts';

const revive = async (lab: Lab, name: BackendName) => {
	await lab.backends[name].start();
};

const MISBEHAVIOUR = ['misbehaviour'] as const;

export const faults: Readonly<Record<string, Scenario>> = {
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
		'answers take 3 s (or --slow)',
		(lab) => lab.backends.b2.order({latencyMs: lab.options.slowMs}),
		(lab) => lab.backends.b2.order({latencyMs: lab.options.latencyMs}),
	),
	closing: fault(
		'Connection: close on each response',
		(lab) => lab.backends.b2.order({closes: true}),
		(lab) => lab.backends.b2.order({closes: false}),
		{needs: MISBEHAVIOUR},
	),
	leaking: fault(
		'backend leaks sockets in CLOSE_WAIT',
		(lab) => lab.backends.b2.order({leaks: true}),
		(lab) => lab.backends.b2.order({leaks: false}),
		{needs: MISBEHAVIOUR},
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
		{needs: MISBEHAVIOUR},
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
		{needs: MISBEHAVIOUR, options: {isChurning: true}},
	),
	'syn-drop': fault(
		'20 % of SYNs dropped, on a backend that ends each connection anyway',
		async (lab) => void (await onTheWire(lab, `oifname "b2" ${SYN} ${ONE_IN_FIVE} drop`)),
		async (lab) => void (await forget(lab, 'net')),
		{needs: MISBEHAVIOUR, options: {isChurning: true}},
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
		{needs: MISBEHAVIOUR},
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
			needs: MISBEHAVIOUR,
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
			needs: MISBEHAVIOUR,
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
		{expect: 'slow-clients', needs: MISBEHAVIOUR},
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
};
