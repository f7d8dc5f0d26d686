import {execFileSync} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type {Lab} from './lab.ts';
import {HOSTS} from './network.ts';
import {findTraefik} from './traefik-binary.ts';

/** truth.json of a recording: what was done to whom and when. */
export function writeTruth(lab: Lab, scenario: string, about: string, expect: string): void {
	const {options, backends, routing, events} = lab;
	if (options.record === null) return;
	const truth = {
		scenario,
		about,
		what: about,
		expect,
		traefik: /Version:\s*(\S+)/.exec(execFileSync(findTraefik() ?? '', ['version'], {encoding: 'utf8'}))?.[1],
		traefik_ip: `10.77.0.${HOSTS.traefik}`,
		health_check: options.healthCheck,
		recorder_interval: `${options.intervalMs}ms`,
		client_rate: options.rate,
		client_timeout_s: 10,
		backend_latency_ms: options.latencyMs,
		protocol: options.protocol,
		server: options.server,
		tuning: options.tuning,
		backends: Object.fromEntries(Object.values(backends).map(({name, address}) => [name, address])),
		configured_at_end: Object.keys(routing.servers),
		kernel: os.release(),
		congestion_control: options.congestionControl,
		events,
	};
	writeFileSync(path.join(options.record, 'truth.json'), `${JSON.stringify(truth, null, 1)}\n`);
}
