/**
traefik-top beside what asks Traefik: its API and its Prometheus metrics, once a second each, in the same runs.

    node bench/api-poll.ts [--write] [FAULT…]

First what each costs, Traefik's own work included, one after the other under the same load. Then, fault by fault, when each
knew, and what users saw. --write puts both into docs/detection.md. Needs root and a Traefik; about 9 minutes.
*/
import {type ChildProcess, execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {createInterface} from 'node:readline';
import {parseArgs} from 'node:util';
import type {ApiNews, ApiPollerOptions} from '../test/lab/agents/api-poller.ts';
import type {MetricsNews, MetricsPollerOptions} from '../test/lab/agents/metrics-poller.ts';
import {type Lab, startLab, whyNoLab} from '../test/lab/lab.ts';
import {HOSTS} from '../test/lab/network.ts';
import {PORTS} from '../test/lab/traefik.ts';
import {CHECKS, type Cost, costTable, page, type Race, raceTable} from './detection-page.ts';

const root = path.join(import.meta.dirname, '..');
const RATE = 100;
const COST_MS = 20_000;
const WARM_UP_MS = 12_000;
/** Longer than a health check of 30 s and its timeout. */
const FAULT_MS = 45_000;
const AT_ONCE = 2;
const FAULTS = `killed stopped blackholed slow closing leaking fds loss hanging-share refuse-share syn-drop zero-window
	unplugged traefik-stopped`.split(/\s+/);

type FindingLine = {event: string; backend: string | null; rule: string; severity: string; from: number};

function watch(lab: Lab, onFinding: (finding: FindingLine) => void): ChildProcess {
	const bin = path.join(root, 'bin/traefik-top.js');
	const child = spawn(process.execPath, [bin, 'watch', '--match', lab.match], {stdio: ['ignore', 'pipe', 'inherit']});
	createInterface({input: child.stdout}).on('line', (text) => {
		if (text.startsWith('{"type":"finding"')) onFinding(JSON.parse(text) as FindingLine);
	});
	return child;
}

function apiPoller(lab: Lab) {
	const host = `10.77.0.${HOSTS.traefik}`;
	const options: ApiPollerOptions = {host, port: PORTS.api, file: '/dev/null', intervalMs: 1000};
	return lab.startAgent<never>('client', 'api-poller', options);
}

function metricsPoller(lab: Lab) {
	const options: MetricsPollerOptions = {host: `10.77.0.${HOSTS.traefik}`, port: PORTS.api, intervalMs: 1000};
	return lab.startAgent<never>('client', 'metrics-poller', options);
}

/** Seconds of CPU that a process and its threads have used: utime and stime of proc_pid_stat(5), in 1/100 s. */
function cpuSeconds(pid: number): number {
	const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
	return (Number(fields[11]) + Number(fields[12])) / 100;
}

function privateMegabytes(pid: number): number {
	const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
	const kilobytes = (name: string) => Number(new RegExp(`${name}:\\s*(\\d+)`).exec(text)?.[1]);
	return (kilobytes('Private_Clean') + kilobytes('Private_Dirty')) / 1024;
}

async function measureCosts(): Promise<Cost[]> {
	const lab = await startLab({rate: RATE});
	const measure = async (who: string, pid: number | null): Promise<Cost> => {
		await lab.sleep(3000); // starting is not what it costs to run
		const [own, traefik] = [pid === null ? 0 : cpuSeconds(pid), cpuSeconds(lab.traefikPid)];
		await lab.sleep(COST_MS);
		const percent = (seconds: number) => (seconds / COST_MS) * 100_000;
		return {
			who,
			ownCpu: pid === null ? null : percent(cpuSeconds(pid) - own),
			memory: pid === null ? null : privateMegabytes(pid),
			traefikCpu: percent(cpuSeconds(lab.traefikPid) - traefik),
		};
	};
	try {
		const costs = [await measure('nobody', null)];
		for (const [who, start] of [
			['polling the API', apiPoller],
			['polling the metrics', metricsPoller],
		] as const) {
			const poller = await start(lab);
			costs.push(await measure(who, poller.pid));
			poller.kill();
			await poller.exited;
		}
		const ours = watch(lab, () => {});
		costs.push(await measure('traefik-top watch', ours.pid ?? 0));
		ours.kill();
		await once(ours, 'exit');
		return costs;
	} finally {
		await lab.stop();
	}
}

async function race(fault: string): Promise<Race> {
	const downs: ApiNews[] = [];
	const findings: FindingLine[] = [];
	const signs: MetricsNews[] = [];
	const lab = await startLab({
		rate: RATE,
		observers: CHECKS.slice(1),
		isChurning: /^(refuse-share|syn-drop)$/.test(fault),
		onApi: (news) => news.status === 'DOWN' && downs.push(news),
	});
	const {about, before, on} = lab.fault(fault);
	const tool = watch(lab, (finding) => findings.push(finding));
	try {
		const metrics = await metricsPoller(lab);
		metrics.onNews((news) => signs.push(news as MetricsNews));
		await before();
		await lab.sleep(WARM_UP_MS);
		await lab.load.stats();
		const startMs = Date.now();
		await on();
		await lab.sleep(FAULT_MS);
		const users = await lab.load.stats();
		const since = (news: {readonly timeMs: number} | undefined) => (news === undefined ? null : news.timeMs - startMs);
		return {
			fault,
			about,
			ours: firstFinding(findings, startMs),
			apiMs: CHECKS.map((check) => {
				const service = check === 'no check' ? 'all@file' : `all-${check}@file`;
				return since(downs.find((news) => news.service === service && news.timeMs >= startMs));
			}),
			metricsMs: since(signs.find(({timeMs}) => timeMs > startMs)),
			users: {failedPercent: Math.round((100 * users.failed) / Math.max(1, users.requests)), p95Ms: users.p95Ms},
		};
	} finally {
		tool.kill();
		await lab.stop();
	}
}

function firstFinding(findings: readonly FindingLine[], startMs: number): Race['ours'] {
	const isAlarm = ({event, severity, from}: FindingLine) =>
		event === 'opened' && severity !== 'notice' && from >= startMs;
	const first = findings.filter(isAlarm).sort((a, b) => a.from - b.from)[0];
	return first === undefined ? null : {afterMs: first.from - startMs, rule: first.rule, severity: first.severity};
}

/** A few at a time, in any order; the results are in the order asked for. */
async function raceAll(faults: readonly string[]): Promise<Race[]> {
	const left = [...faults];
	const races = new Map<string, Race>();
	const lane = async () => {
		for (let fault = left.shift(); fault !== undefined; fault = left.shift()) {
			races.set(fault, await race(fault));
			console.error(`${fault}: measured`);
		}
	};
	await Promise.all(Array.from({length: AT_ONCE}, lane));
	return faults.flatMap((fault) => races.get(fault) ?? []);
}

async function main(): Promise<number> {
	const {values, positionals} = parseArgs({
		allowPositionals: true,
		options: {write: {type: 'boolean', default: false}},
	});
	const reason = whyNoLab();
	if (reason !== null) {
		console.error(reason);
		return 1;
	}
	const costs = await measureCosts();
	const races = await raceAll(positionals.length > 0 ? positionals : FAULTS);
	console.log(`${costTable(costs)}\n\n${raceTable(races)}`);
	const terms = {rate: RATE, faultMs: FAULT_MS, costMs: COST_MS};
	if (values.write) {
		const file = path.join(root, 'docs/detection.md');
		writeFileSync(file, page(costs, races, terms));
		execFileSync(path.join(root, 'node_modules/.bin/biome'), ['format', '--write', file], {cwd: root});
	}
	return 0;
}

process.exit(await main());
