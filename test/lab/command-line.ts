/** What `npm run lab` understands. */
import {parseArgs} from 'node:util';
import type {LabOptions, Protocol} from './lab.ts';
import type {Wire} from './network.ts';
import type {Scenario} from './scenario.ts';
import {scenarios} from './scenarios.ts';
import type {Tuning} from './servers/server.ts';
import {servers} from './servers/servers.ts';

const PROTOCOLS: readonly string[] = ['http', 'https', 'h2', 'h2c', 'ipv6', 'tcp'] satisfies Protocol[];

export type CommandLine = {
	readonly name: string;
	readonly scenario: Scenario;
	readonly options: Partial<LabOptions>;
	readonly seconds: number;
	readonly faultAtSeconds: number;
	readonly faultForSeconds: number;
	readonly hasView: boolean;
	/** For truth.json. */
	readonly recordingName: string;
	readonly expect: string;
};

/** Thrown for what cannot be understood: one sentence. */
export class UsageError extends Error {}

export const USAGE = `npm run lab -- SCENARIO [options]

A real Traefik, three backends and their clients in network namespaces of their own, and a fault between
--fault-at and --fault-at + --fault-for. On a terminal the screen shows it until you quit; else it prints what happens.

  --seconds 60  --fault-at 15  --fault-for 30
  --rate 100         requests a second, spread over the backends       --own-rate 0  more of them, to each backend
  --latency 20       ms that an answer takes                           --slow 3000   ms that it takes when slow
  --backends 3       --no-keep-alive  a connection for each request from a client
  --protocol http|https|h2|h2c|ipv6|tcp  --health-check 5s  --observe 5s,30s  --pool 2  --retries 3  --sticky
  --one-host         one namespace for all, without faults of the wire
  --far 25,5,0.5,0   backends that far away: delay and jitter in ms, percent lost, Mbit/s (0: any), each way
  --congestion cubic --view|--no-view
  --record DIR       writes a recording, with what was done in truth.json  --interval 1000  --name NAME  --expect alarm|quiet

  --server NAME      real servers instead of the lab's own backend:
${list(servers)}
  --workers N  --threads N  --backlog N  --keep-alive-for SECONDS (0: close)  --connections N

Scenarios:
${list(scenarios)}`;

function list(named: Readonly<Record<string, {readonly about: string}>>): string {
	return Object.entries(named)
		.map(([name, {about}]) => `  ${name.padEnd(19)}${about}`)
		.join('\n');
}

/** null: help was asked for. */
export function parseCommandLine(args: readonly string[], isTerminal: boolean): CommandLine | null {
	const {values, positionals} = parsed(args);
	if (values.help) return null;
	const [name = 'killed', ...more] = positionals;
	const scenario = scenarios[name];
	if (more.length > 0) throw new UsageError('one scenario at a time');
	if (scenario === undefined) throw new UsageError(`no such scenario: ${name} (npm run lab -- --help lists all)`);
	if (values.protocol !== undefined && !PROTOCOLS.includes(values.protocol))
		throw new UsageError(`no such protocol: ${values.protocol} (there are ${PROTOCOLS.join(', ')})`);
	const seconds = number('seconds', values.seconds) ?? 60;
	const faultAtSeconds = number('fault-at', values['fault-at']) ?? 15;
	if (faultAtSeconds > seconds) throw new UsageError('--fault-at is after the end: raise --seconds');
	return {
		name,
		scenario,
		options: withoutUndefined({
			...scenario.options,
			...withoutUndefined({
				protocol: values.protocol as Protocol | undefined,
				server: values.server,
				backends: number('backends', values.backends),
				rate: number('rate', values.rate),
				ownRate: number('own-rate', values['own-rate']),
				isKeptAlive: values['keep-alive'],
				latencyMs: number('latency', values.latency),
				slowMs: number('slow', values.slow),
				healthCheck: values['health-check'],
				observers: values.observe?.split(',').filter(Boolean),
				idleConnections: number('pool', values.pool),
				retries: number('retries', values.retries),
				isSticky: values.sticky,
				congestionControl: values.congestion,
				isOneHost: values['one-host'],
				wire: wire(values.far),
				record: values.record,
				intervalMs: number('interval', values.interval),
			}),
			tuning: {...scenario.options?.tuning, ...tuning(values)},
		}),
		seconds,
		faultAtSeconds,
		faultForSeconds: number('fault-for', values['fault-for']) ?? 30,
		hasView: values.view ?? isTerminal,
		recordingName: values.name ?? name,
		expect: values.expect ?? scenario.expect,
	};
}

const TEXT = {type: 'string'} as const;
const YES = {type: 'boolean'} as const;
const OPTIONS = {
	seconds: TEXT,
	'fault-at': TEXT,
	'fault-for': TEXT,
	rate: TEXT,
	'own-rate': TEXT,
	latency: TEXT,
	slow: TEXT,
	backends: TEXT,
	'keep-alive': YES,
	protocol: TEXT,
	'health-check': TEXT,
	observe: TEXT,
	pool: TEXT,
	retries: TEXT,
	sticky: YES,
	'one-host': YES,
	far: TEXT,
	congestion: TEXT,
	view: YES,
	record: TEXT,
	interval: TEXT,
	name: TEXT,
	expect: TEXT,
	server: TEXT,
	workers: TEXT,
	threads: TEXT,
	backlog: TEXT,
	'keep-alive-for': TEXT,
	connections: TEXT,
	help: {type: 'boolean', short: 'h'},
} as const;

function parsed(args: readonly string[]) {
	try {
		return parseArgs({args: [...args], allowPositionals: true, allowNegative: true, options: OPTIONS});
	} catch (error) {
		throw new UsageError((error as Error).message);
	}
}

type Values = ReturnType<typeof parsed>['values'];

function tuning(values: Values): Partial<Tuning> {
	return withoutUndefined({
		workers: number('workers', values.workers),
		threads: number('threads', values.threads),
		backlog: number('backlog', values.backlog),
		keepAliveSeconds: number('keep-alive-for', values['keep-alive-for']),
		connections: number('connections', values.connections),
	});
}

function wire(text: string | undefined): Wire | undefined {
	if (text === undefined) return undefined;
	const numbers = text.split(',').map((each) => number('far', each));
	const [delayMs = 0, jitterMs = 0, lossPercent = 0, megabitsPerSecond = 0] = numbers;
	return {delayMs, jitterMs, lossPercent, megabitsPerSecond};
}

function number(option: string, text: string | undefined): number | undefined {
	if (text === undefined) return undefined;
	const value = text.trim() === '' ? NaN : Number(text);
	if (!Number.isFinite(value) || value < 0) throw new UsageError(`--${option}: not a number: ${text}`);
	return value;
}

type Defined<Values> = {[Key in keyof Values]?: Exclude<Values[Key], undefined>};

/** What was not given must not hide what a scenario or the lab has as its own. */
function withoutUndefined<Values extends object>(values: Values): Defined<Values> {
	return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<Values>;
}
