/** What goes wrong with servers whose workers, queues and connections are limited, by name. */
import {makeControlGroup} from './control-group.ts';
import type {Lab} from './lab.ts';
import {forget, onTheWire, SYN} from './packets.ts';
import {carrying, fault, type Scenario} from './scenario.ts';
import {tuningOf} from './servers/server.ts';
import {servers} from './servers/servers.ts';

/** How many times what b2 can serve its clients ask of it in an overload. */
const OVERLOAD = 2;

const usual = (lab: Lab) => lab.backends.b2.order({latencyMs: lab.options.latencyMs, isBlocking: false});

export const serverFaults: Readonly<Record<string, Scenario>> = {
	overloaded: fault(
		'answers have become so slow that twice as many requests arrive as b2 can serve',
		(lab) => lab.backends.b2.order(overload(lab)),
		usual,
	),
	'backlog-full': fault(
		'an overload that fills a short listen queue: new connections are not taken',
		(lab) => lab.backends.b2.order(overload(lab)),
		usual,
		{needs: ['waiting in the backlog'], options: {tuning: {backlog: 5, workers: 2}}},
	),
	'blocking-requests': fault(
		'now and then a request to b2 blocks one worker, or the only event loop, for 2 s',
		(lab) =>
			lab.load.start({kind: 'requests', name: 'blocking', path: '/b2/block?ms=2000', rate: 0.4, timeoutMs: 30_000}),
		(lab) => lab.load.stop('blocking'),
	),
	'half-hung': fault(
		"half of b2's worker processes hang (SIGSTOP)",
		(lab) => signalHalf(lab, 'SIGSTOP'),
		(lab) => signalHalf(lab, 'SIGCONT'),
		{needs: ['worker processes']},
	),
	'connection-limit': fault(
		'answers of 3 s (or --slow) bring b2 to its limit of connections: further ones are closed at once',
		(lab) => lab.backends.b2.order({latencyMs: lab.options.slowMs}),
		usual,
		{needs: ['connections'], options: {tuning: {connections: 16}}},
	),
	throttled: fault(
		"b2's processes may use 1 % of a processor (a CPU quota of their control group)",
		({backends: {b2}}) => {
			const group = makeControlGroup('cpu', b2.name);
			group.limitCpu(0.01);
			for (const pid of [b2.pid, ...b2.workers]) group.add(pid);
		},
		({backends: {b2}}) => makeControlGroup('cpu', b2.name).remove(),
	),
	'database-slow': fault(
		'all answers of b2 take 20 times as long',
		(lab) => lab.backends.b2.order({latencyMs: lab.options.latencyMs * 20}),
		usual,
	),
	'slow-ramp': fault(
		'answers of b2 take half as long again every 2 s, up to 3 s (or --slow)',
		async (lab) => {
			const {latencyMs, slowMs} = lab.options;
			for (let ms = latencyMs; ms < slowMs; ) {
				ms = Math.min(slowMs, ms * 1.5);
				lab.backends.b2.order({latencyMs: ms});
				await lab.sleep(2000);
			}
		},
		usual,
	),
	'dials-dropped': fault(
		'a firewall drops SYNs to b2, connections that exist go on; 5 s later three times the traffic needs more of them',
		async (lab) => {
			await onTheWire(lab, `oifname "b2" ${SYN} drop`);
			await lab.sleep(5000);
			lab.setRate(lab.options.rate * 3);
		},
		async (lab) => {
			await forget(lab, 'net');
			lab.setRate(lab.options.rate);
		},
	),
	'mtu-black-hole': fault(
		'packets of over 1000 bytes from b2 are dropped: big answers never arrive, or stop midway',
		async (lab) => void (await onTheWire(lab, 'iifname "b2" meta length > 1000 drop')),
		async (lab) => void (await forget(lab, 'net')),
		carrying({kind: 'requests', name: 'big', path: '/all?bytes=50000', rate: 5}),
	),
	'firewall-forgets': fault(
		'a firewall has forgotten the connections to b2 and drops their packets; new connections work',
		async (lab) => {
			const ports = await localPorts(lab, lab.backends.b2.address);
			const set = ports.length === 0 ? '0' : `{ ${ports.join(', ')} }`;
			await onTheWire(lab, `oifname "b2" tcp sport ${set} drop; iifname "b2" tcp dport ${set} drop`);
		},
		async (lab) => void (await forget(lab, 'net')),
	),
};

/** An event loop is kept busy by handlers that block it, a pool by handlers that take long. */
function overload({options, routing}: Lab): {latencyMs: number; isBlocking: boolean} {
	const arriving = options.rate / Object.keys(routing.servers).length + options.ownRate;
	const server = options.server === null ? undefined : servers[options.server];
	const tuning = server && tuningOf(server, options.tuning);
	const capacity = server && tuning ? server.capacity(tuning) : null;
	return {latencyMs: ((capacity ?? tuning?.workers ?? 1) * 1000 * OVERLOAD) / arriving, isBlocking: capacity === null};
}

function signalHalf(lab: Lab, signal: NodeJS.Signals): void {
	const {workers} = lab.backends.b2;
	for (const pid of workers.slice(-Math.max(1, Math.floor(workers.length / 2)))) process.kill(pid, signal);
}

/** Of the connections from Traefik that are established. */
async function localPorts(lab: Lab, address: string): Promise<string[]> {
	const rows = await lab.network.inside('traefik', 'ss', '-Htn', 'state', 'established', 'dst', address);
	return rows.split('\n').flatMap((row) => /:(\d+)\s+\S+$/.exec(row.trim())?.[1] ?? []);
}
