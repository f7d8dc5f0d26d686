import {DEFAULTS, type LabOptions} from './lab.ts';
import type {Scenario} from './scenario.ts';
import {type Feature, tuningOf} from './servers/server.ts';
import {servers} from './servers/servers.ts';

type Chosen = Pick<LabOptions, 'server' | 'tuning' | 'protocol' | 'backends'>;

/** What the lab's own backend cannot do. */
const ONLY_SERVERS: readonly Feature[] = [
	'close',
	'reload',
	'worker processes',
	'backlog',
	'waiting in the backlog',
	'connections',
];

const SAID: Readonly<Record<Feature, string>> = {
	https: 'serve HTTPS',
	h2: 'serve HTTP/2',
	h2c: 'serve HTTP/2 without TLS',
	websockets: 'serve websockets',
	close: 'be told to close each connection after its answer',
	reload: 'reload its configuration while it serves',
	'worker processes': 'have a choice of worker processes',
	backlog: 'have a choice of the length of its listen queue',
	'waiting in the backlog': 'leave new connections in its listen queue: it accepts them while it is busy',
	connections: 'limit its connections',
	misbehaviour: 'misbehave on order',
};

/** Why this scenario cannot be played with the chosen server, in one line; null: it can. */
export function whyUnsuitable(scenario: Scenario, chosen: Partial<Chosen>): string | null {
	const {server: name, tuning, protocol, backends}: Chosen = {...DEFAULTS, ...chosen};
	const needs = [...(scenario.needs ?? []), ...needsOfProtocol(protocol), ...needsOfTuning(tuning)];
	if (name === null) {
		const need = needs.find((each) => ONLY_SERVERS.includes(each));
		return need === undefined ? null : `the lab's own backend cannot ${SAID[need]}: add --server ${serversWith(need)}`;
	}
	const server = servers[name];
	if (server === undefined) return `no such server: ${name} (there are ${Object.keys(servers).join(', ')})`;
	const need = needs.find((each) => !server.can.includes(each));
	if (need !== undefined) return `${name} cannot ${SAID[need]}: ${serversWith(need) || 'leave out --server'}`;
	const capacity = server.capacity(tuningOf(server, tuning));
	const held = Math.ceil((scenario.holds ?? 0) / backends);
	if (capacity !== null && held >= capacity) {
		return `${held} of these last long on each ${name}, which serves ${capacity} at a time: raise --workers or --threads`;
	}
	return null;
}

/** What a server needs and this machine has not, in one line; null: nothing. */
export function whyNoServer(name: string | null): string | null {
	return name === null ? null : (servers[name]?.missing() ?? null);
}

function serversWith(need: Feature): string {
	const names = Object.entries(servers).filter(([, {can}]) => can.includes(need));
	return names.map(([name]) => name).join(' or ');
}

function needsOfProtocol(protocol: LabOptions['protocol']): Feature[] {
	return protocol === 'https' || protocol === 'h2' || protocol === 'h2c' ? [protocol] : [];
}

function needsOfTuning({backlog, keepAliveSeconds, connections}: LabOptions['tuning']): Feature[] {
	const needs: Feature[] = [];
	if (typeof backlog === 'number') needs.push('backlog');
	if (keepAliveSeconds === 0) needs.push('close');
	if (typeof connections === 'number') needs.push('connections');
	return needs;
}
