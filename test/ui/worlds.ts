/** Worlds that many tests look at: the contract's picture, a healthy one, an empty one, one that cannot be read, a crowd. */
import {type FindingSpec, NOW, type Spec, type World, world} from './models.ts';

const UNREACHABLE: FindingSpec = {
	rule: 'unreachable',
	severity: 'down',
	message: '3 dials unanswered for 4 s',
	hint: 'nobody answers at 10.0.3.12: check whether the machine is up and reachable from here (route, firewall)',
};
const CLOSE_WAIT: FindingSpec = {
	rule: 'close-wait',
	severity: 'degraded',
	message: '37 sockets, oldest 74 s',
	hint: 'the other end closed, Traefik has not: a slow client is still reading',
	openedAgo: 16,
};

/** The picture of the contract: one down, one degraded, five ok, one idle. `tick` moves it on. */
export function incident(tick = 0): World {
	const wave = (base: number, phase: number) => (age: number) => ({
		established: Math.max(0, base + Math.round(4 * Math.sin((age - tick + phase) / 5))),
		timeWait: 4,
	});
	return world({
		time: NOW + tick * 1000,
		backends: [
			{address: '10.0.3.11:8080', name: 'api-1', at: wave(52, 1)},
			{
				address: '10.0.3.12:8080',
				name: 'api-2',
				state: 'down',
				responseMs: null,
				waiting: null,
				at: (age) => (age > 12 ? {established: 48} : age > 8 ? {established: 20} : {synSent: 3}),
				findings: [UNREACHABLE],
			},
			{
				address: '10.0.3.13:8080',
				name: 'api-3',
				state: 'degraded',
				responseMs: 24,
				waiting: 1,
				at: (age) => ({established: 41, timeWait: 2, closeWait: Math.max(0, 37 - Math.floor(age / 2))}),
				findings: [CLOSE_WAIT],
			},
			{address: '10.0.3.14:8080', name: 'api-4', at: wave(38, 2)},
			{address: '10.0.4.21:9000', name: 'web-1', at: wave(11, 3)},
			{address: '10.0.4.22:9000', name: 'web-2', at: wave(12, 4)},
			{address: '[fd00::7]:8080', name: 'auth', at: wave(3, 5)},
			{address: '10.0.5.5:8500', state: 'idle', role: 'Consul?', at: () => ({})},
		],
	});
}

export function healthy(): World {
	const backends = Array.from({length: 12}, (_, i): Spec => ({address: `10.77.0.${11 + i}:8080`, name: `b${1 + i}`}));
	return world({backends});
}

export function empty(): World {
	return world();
}

export function unreadable(): World {
	const problem = 'cannot read /proc/4121/net/tcp: permission denied';
	return world({backends: [{address: '10.0.3.11:8080', name: 'api-1'}], problem});
}

/** This many backends, of which every twentieth is in trouble. */
export function crowd(count: number, tick = 0): World {
	const backends = Array.from({length: count}, (_, i): Spec => {
		const address = `10.${1 + Math.floor(i / 250)}.0.${1 + (i % 250)}:8080`;
		const at = (age: number) => ({established: 5 + ((i * 7 + age + tick) % 23)});
		if (i % 20 !== 7) return {address, name: `svc-${i}`, at};
		return {address, name: `svc-${i}`, at, state: 'degraded', findings: [CLOSE_WAIT]};
	});
	return world({backends, time: NOW + tick * 1000, history: 12});
}
