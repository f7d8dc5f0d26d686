import assert from 'node:assert/strict';
import {test} from 'node:test';
import {parseCommandLine, USAGE} from './command-line.ts';
import {scenarios} from './scenarios.ts';
import {servers} from './servers/servers.ts';

const optionsOf = (...args: string[]) => parseCommandLine(args, false)?.options;

test('leaves to the lab what is not given', () => {
	assert.deepEqual(optionsOf('killed'), {tuning: {}});
});

test('takes the tuning of a real server', () => {
	const options = optionsOf('overloaded', '--server', 'gunicorn', '--workers', '2', '--keep-alive-for', '0');
	assert.deepEqual(options, {server: 'gunicorn', tuning: {workers: 2, keepAliveSeconds: 0}});
});

test('prefers what is given to what the scenario has as its own', () => {
	assert.equal(optionsOf('short-keep-alive')?.rate, 1);
	assert.equal(optionsOf('short-keep-alive', '--rate', '7')?.rate, 7);
	assert.deepEqual(optionsOf('backlog-full', '--backlog', '16')?.tuning, {backlog: 16, workers: 2});
});

test('reads the distance of the backends', () => {
	assert.deepEqual(optionsOf('healthy', '--far', '25,5,0.5,10')?.wire, {
		delayMs: 25,
		jitterMs: 5,
		lossPercent: 0.5,
		megabitsPerSecond: 10,
	});
	assert.deepEqual(optionsOf('healthy', '--far', '25')?.wire, {
		delayMs: 25,
		jitterMs: 0,
		lossPercent: 0,
		megabitsPerSecond: 0,
	});
});

const wrong: [args: string[], message: RegExp][] = [
	[['no-such'], /^no such scenario: no-such/],
	[['killed', 'slow'], /^one scenario at a time$/],
	[['killed', '--rate', 'many'], /^--rate: not a number: many$/],
	[['killed', '--rate', '-1'], /--rate/],
	[['killed', '--protocol', 'gopher'], /^no such protocol: gopher/],
	[['killed', '--fault-at', '70'], /^--fault-at is after the end/],
	[['killed', '--colour'], /--colour/],
];
for (const [args, message] of wrong) {
	test(`refuses ${args.join(' ')} in one sentence`, () => {
		assert.throws(() => parseCommandLine(args, false), {message});
	});
}

test('lists every scenario and every server in its help', () => {
	for (const name of [...Object.keys(scenarios), ...Object.keys(servers)]) {
		assert.match(USAGE, new RegExp(`^  ${name} `, 'm'));
	}
});

test('asks for help with --help and -h', () => {
	assert.equal(parseCommandLine(['--help'], false), null);
	assert.equal(parseCommandLine(['-h'], false), null);
});
