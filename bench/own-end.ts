/**
`npx node bench/own-end.ts [CASE…]`: faults of backends whose own end is on this machine, a real
Traefik before real servers. Of each: seconds from the fault to the first alarm of the guilty backend, to the text that
names the cause, and whether another backend was alarmed; then healthy runs, of which nothing must be said. Needs root, ip, Traefik and the servers.
*/

import {type Line, looksAgain, stateOf, watch} from '../test/e2e/watch.ts';
import {type LabOptions, startLab, whyNoLab} from '../test/lab/lab.ts';
import {whyNoServer} from '../test/lab/suitable.ts';

type Case = {
	readonly server: string | null;
	readonly fault: string;
	readonly names: RegExp;
	readonly options?: Partial<LabOptions>;
};

const WITHIN_LOOKS = 25;
const QUIET_LOOKS = 8;

const CASES: Readonly<Record<string, Case>> = {
	stopped: {server: 'gunicorn', fault: 'stopped', names: /its own end: gunicorn \(pid \d+\) is stopped \(T\)/},
	'stopped-node': {server: 'node', fault: 'stopped', names: /its own end: \S+ \(pid \d+\) is stopped \(T\)/},
	killed: {server: 'uvicorn', fault: 'killed', names: /its own end: nothing listens, \S+ \(pid \d+\) ended/},
	'killed-go': {server: 'go', fault: 'killed', names: /its own end: nothing listens, \S+ \(pid \d+\) ended/},
	'crash-loop': {server: 'node', fault: 'crash-loop', names: /its own end: .*(ended|restarted)/},
	overloaded: {
		...{server: 'gunicorn', fault: 'overloaded', options: {rate: 36, latencyMs: 40}},
		names: /its own end: accept queue .*workers, (both|all) (busy|waiting)/,
	},
	'backlog-full': {
		...{server: 'apache', fault: 'backlog-full'},
		options: {rate: 45, latencyMs: 25, tuning: {backlog: 5, workers: 2, keepAliveSeconds: 0}},
		names: /its own end: accept queue/,
	},
	leaking: {server: null, fault: 'leaking', names: /its own end: [\d,]+ sockets? in CLOSE_WAIT that .* does not close/},
	fds: {server: null, fault: 'fds', names: /its own end: .*descriptors open|accept queue/},
	throttled: {server: 'gunicorn', fault: 'throttled', names: /its own end: .*throttled \d+ % of the time/},
};

/** Of which nothing must be said: what their scenario does is not a fault. */
const HEALTHY: Readonly<Record<string, {readonly server: string | null; readonly options?: Partial<LabOptions>}>> = {
	burst: {server: 'go'},
	hot: {server: 'nginx'},
	'heavy-tail': {server: 'go'},
	'slow-share': {server: 'java'},
	'graceful-reload': {server: 'gunicorn', options: {rate: 40}},
	deploy: {server: 'uvicorn', options: {rate: 40}},
	'connection-close': {server: 'apache', options: {rate: 40}},
	'short-clients': {server: 'node'},
	longpolls: {server: 'go'},
	healthy: {server: 'gunicorn', options: {rate: 60, latencyMs: 40}},
};
const HEALTHY_LOOKS = 15;

async function runHealthy(name: string): Promise<void> {
	const {server, options = {}} = HEALTHY[name] ?? {server: null};
	const why = whyNoLab() ?? whyNoServer(server);
	if (why !== null) return console.log(`${name.padEnd(16)} skipped: ${why}`);
	const lab = await startLab({...options, server});
	const looks = watch(lab);
	try {
		const {address} = lab.backends.b2;
		const {before, on, off} = lab.fault(name);
		await before();
		await looks.until((line) => line.type === 'snapshot' && stateOf(line, address) === 'ok');
		await looks.until(looksAgain(QUIET_LOOKS));
		const over = looks.until(looksAgain(HEALTHY_LOOKS));
		await on();
		await over;
		await off();
		await looks.until(looksAgain(3));
		const alarms = looks.seen.flatMap((line) =>
			line.type === 'finding' && line.event === 'opened' && line.severity !== 'notice'
				? [`${line.rule} of ${line.backend ?? 'Traefik'}: ${line.message}`]
				: [],
		);
		console.log(
			`${name.padEnd(16)} ${String(server).padEnd(9)} ${alarms.length === 0 ? 'no alarm' : alarms.join('\n    ')}`,
		);
	} finally {
		looks.stop();
		await lab.stop();
	}
}

async function run(name: string, {server, fault, options = {}, names}: Case): Promise<void> {
	const why = whyNoLab() ?? whyNoServer(server);
	if (why !== null) return console.log(`${name.padEnd(14)} skipped: ${why}`);
	const lab = await startLab({...options, server});
	const looks = watch(lab);
	try {
		const {address} = lab.backends.b2;
		const {before, on, off} = lab.fault(fault);
		await before();
		await looks.until((line) => line.type === 'snapshot' && stateOf(line, address) === 'ok');
		await looks.until(looksAgain(QUIET_LOOKS));
		const begun = looks.seen.length;
		const start = Date.now();
		const at = (fits: (line: Line) => boolean) =>
			looks.until(fits, WITHIN_LOOKS).then(
				() => (Date.now() - start) / 1000,
				() => null,
			);
		const alarm = at((line) => line.type === 'finding' && line.event === 'opened' && isGuilty(line, address));
		const named = at(
			(line) =>
				line.type === 'snapshot' &&
				line.instances.some(({backends}) =>
					backends.some((each) => each.address === address && each.findings.some(({message}) => names.test(message))),
				),
		);
		await on();
		const [alarmS, namedS] = [await alarm, await named];
		const said = findingsOf(looks.seen.slice(begun), address);
		await off();
		const others = new Set(
			looks.seen
				.slice(begun)
				.flatMap((line) =>
					line.type === 'finding' && line.event === 'opened' && line.severity !== 'notice' && line.backend !== address
						? [`${line.backend ?? 'Traefik'}: ${line.rule}`]
						: [],
				),
		);
		const seconds = (value: number | null) => (value === null ? 'never' : `${value.toFixed(1)} s`).padStart(7);
		console.log(
			`${name.padEnd(14)} alarm ${seconds(alarmS)}  cause ${seconds(namedS)}  others ${[...others].join(', ') || 'none'}`,
		);
		console.log(`  ${said}`);
	} finally {
		looks.stop();
		await lab.stop();
	}
}

function isGuilty({backend, severity}: {backend: string | null; severity: string}, address: string): boolean {
	return backend === address && severity !== 'notice';
}

/** What its worst finding said last. */
function findingsOf(seen: readonly Line[], address: string): string {
	for (const line of seen.toReversed()) {
		if (line.type !== 'snapshot') continue;
		const backend = line.instances[0]?.backends.find((each) => each.address === address);
		const [worst] = backend?.findings ?? [];
		if (worst !== undefined) return `${worst.rule} ${worst.severity}: ${worst.message}`;
	}
	return 'nothing was said';
}

const asked = process.argv.slice(2);
const isAsked = (name: string) => asked.length === 0 || asked.includes(name);
for (const [name, each] of Object.entries(CASES)) if (isAsked(name)) await run(name, each);
for (const name of Object.keys(HEALTHY)) if (isAsked(name)) await runHealthy(name);
