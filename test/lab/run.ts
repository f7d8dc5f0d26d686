/** npm run lab -- FAULT: a real Traefik, a real fault, and the screen on it. */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import os from 'node:os';
import path from 'node:path';
import {parseArgs} from 'node:util';
import {DEFAULTS, type Lab, type LabOptions, type Protocol, startLab, whyNoLab} from './lab.ts';
import type {Scenario} from './scenario.ts';
import {scenarios} from './scenarios.ts';
import {writeTruth} from './truth.ts';

const PROTOCOLS: readonly string[] = ['http', 'https', 'h2', 'h2c', 'ipv6', 'tcp'];

const {values, positionals} = parseArgs({
	allowPositionals: true,
	options: {
		rate: {type: 'string', default: String(DEFAULTS.rate)},
		'keep-alive': {type: 'boolean', default: true},
		latency: {type: 'string', default: String(DEFAULTS.latencyMs)},
		slow: {type: 'string', default: String(DEFAULTS.slowMs)},
		seconds: {type: 'string', default: '60'},
		'fault-at': {type: 'string', default: '15'},
		'fault-for': {type: 'string', default: '30'},
		interval: {type: 'string', default: String(DEFAULTS.intervalMs)},
		backends: {type: 'string', default: String(DEFAULTS.backends)},
		protocol: {type: 'string', default: DEFAULTS.protocol},
		'health-check': {type: 'string'},
		observe: {type: 'string', default: ''},
		pool: {type: 'string'},
		retries: {type: 'string', default: '0'},
		sticky: {type: 'boolean', default: false},
		'one-host': {type: 'boolean', default: false},
		congestion: {type: 'string', default: DEFAULTS.congestionControl},
		record: {type: 'string'},
		name: {type: 'string'},
		expect: {type: 'string'},
		view: {type: 'boolean', default: process.stdout.isTTY},
		help: {type: 'boolean', short: 'h', default: false},
	},
	allowNegative: true,
});

const USAGE = `npm run lab -- FAULT [options]

A real Traefik, three backends and their clients in network namespaces of their own, and a fault between
--fault-at and --fault-at + --fault-for. On a terminal the screen shows it until you quit; else it prints what happens.

  --rate 100  requests a second    --latency 20  ms a backend takes    --slow 3000  what the fault slow makes of it
  --seconds 60   --fault-at 15   --fault-for 30   --backends 3   --no-keep-alive   --no-view
  --protocol http|https|h2|h2c|ipv6|tcp   --health-check 5s   --observe 5s,30s   --pool 2   --retries 3   --sticky
  --one-host  one namespace for all, without faults of the wire    --congestion cubic
  --record DIR  writes a recording, with what was done in truth.json   --interval 1000  ms

${Object.entries(scenarios)
	.map(([name, {about}]) => `  ${name.padEnd(18)}${about}`)
	.join('\n')}`;

function optionsOf(scenario: Scenario): Partial<LabOptions> {
	return {
		protocol: values.protocol as Protocol,
		backends: Number(values.backends),
		rate: Number(values.rate),
		isKeptAlive: values['keep-alive'],
		latencyMs: Number(values.latency),
		slowMs: Number(values.slow),
		healthCheck: values['health-check'] ?? null,
		observers: values.observe.split(',').filter(Boolean),
		idleConnections: values.pool === undefined ? null : Number(values.pool),
		retries: Number(values.retries),
		isSticky: values.sticky,
		congestionControl: values.congestion,
		isOneHost: values['one-host'],
		record: values.record ?? null,
		intervalMs: Number(values.interval),
		onEvent: ({t_ms, event, ...details}) => say(t_ms, event, Object.values(details).join(' ')),
		onApi: ({timeMs, service, server, status}) =>
			service.startsWith('all') && say(timeMs, `API: ${service} ${server}`, status),
		...scenario.options,
	};
}

function say(timeMs: number, what: string, details: string): void {
	if (!values.view) console.log(`${new Date(timeMs).toISOString().slice(11, 23)}  ${what}  ${details}`);
}

async function play(lab: Lab, scenario: Scenario): Promise<void> {
	const wait = (seconds: number) => lab.sleep(seconds * 1000);
	const [at, lasting, all] = [values['fault-at'], values['fault-for'], values.seconds].map(Number) as [
		number,
		number,
		number,
	];
	await wait(at);
	await Promise.all([scenario.on?.(lab), wait(lasting)]);
	await scenario.off?.(lab);
	await wait(Math.max(0, all - at - lasting));
}

/** The tool, on this lab's Traefik and no other. */
async function view(lab: Lab): Promise<void> {
	const bin = path.join(import.meta.dirname, '../../bin/traefik-top.js');
	const child = spawn(process.execPath, [bin, '--match', lab.match], {stdio: 'inherit'});
	await once(child, 'exit');
}

async function main(): Promise<number> {
	const [name = 'killed'] = positionals;
	const scenario = scenarios[name];
	if (values.help || scenario === undefined || positionals.length > 1 || !PROTOCOLS.includes(values.protocol)) {
		console.log(USAGE);
		return values.help ? 0 : 2;
	}
	if (Number(values['fault-at']) > Number(values.seconds)) {
		console.error('--fault-at lies after the end: raise --seconds');
		return 2;
	}
	const reason = whyNoLab();
	if (reason !== null) {
		console.error(reason);
		return 1;
	}
	const lab = await startLab(optionsOf(scenario));
	let code = 0;
	const stopped = new Promise<void>((resolve) => {
		for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
			process.once(signal, () => {
				code = 128 + os.constants.signals[signal];
				resolve();
			});
		}
	});
	try {
		await scenario.before?.(lab);
		if (!values.view) await Promise.race([play(lab, scenario), stopped]);
		else await Promise.race([view(lab), stopped, repeat(() => play(lab, scenario))]);
		if (!values.view) console.log('users saw', JSON.stringify(await lab.load.stats()));
	} finally {
		await lab.stop();
	}
	writeTruth(lab, values.name ?? name, scenario.about, values.expect ?? scenario.expect);
	return code;
}

async function repeat(once: () => Promise<void>): Promise<never> {
	for (;;) await once();
}

process.exit(await main());
