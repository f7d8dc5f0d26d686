import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {LabOptions} from './lab.ts';
import {scenarios} from './scenarios.ts';
import {servers} from './servers/servers.ts';
import {whyUnsuitable} from './suitable.ts';

const why = (name: string, options: Partial<LabOptions>) => {
	const scenario = scenarios[name];
	assert.ok(scenario, name);
	return whyUnsuitable(scenario, options);
};

for (const name of ['killed', 'stopped', 'slow', 'overloaded', 'blocking-requests', 'healthy', 'deploy']) {
	test(`plays ${name} with every server`, () => {
		for (const server of [null, ...Object.keys(servers)]) assert.equal(why(name, {server}), null);
	});
}

const unsuitable: [name: string, options: Partial<LabOptions>, reason: RegExp][] = [
	['half-hung', {server: null}, /own backend .* add --server gunicorn or/],
	['half-hung', {server: 'java'}, /^java cannot/],
	['graceful-reload', {server: 'waitress'}, /^waitress cannot reload/],
	['connection-limit', {server: 'gunicorn'}, /^gunicorn cannot limit its connections: nginx or haproxy or node$/],
	['backlog-full', {server: 'nginx'}, /^nginx cannot leave new connections in its listen queue: it accepts them/],
	['leaking', {server: 'nginx'}, /^nginx cannot misbehave on order/],
	['websockets', {server: 'apache'}, /^apache cannot serve websockets/],
	['killed', {server: 'java', protocol: 'https'}, /^java cannot serve HTTPS/],
	['killed', {server: 'uvicorn', protocol: 'h2'}, /^uvicorn cannot serve HTTP\/2/],
	['killed', {server: 'waitress', tuning: {keepAliveSeconds: 0}}, /^waitress cannot be told to close/],
	['killed', {server: 'iis'}, /^no such server: iis/],
	['sse', {server: 'gunicorn'}, /^10 of these last long on each gunicorn, which serves 4 at a time/],
];
for (const [name, options, reason] of unsuitable) {
	test(`says why ${name} is not to be had with ${JSON.stringify(options)}`, () => {
		assert.match(why(name, options) ?? 'suitable', reason);
	});
}

test('plays requests that last where workers are left for others', () => {
	assert.equal(why('sse', {server: 'gunicorn', tuning: {workers: 2, threads: 10}}), null);
	assert.equal(why('sse', {server: 'uvicorn'}), null);
});
