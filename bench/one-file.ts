/**
The program as one file, made in two ways, beside the package: Node's single executable application and Bun's.

    npm run binary && node bench/one-file.ts [ROUNDS=15]

Fetches postject, which puts the program into Node, with npm. Prints the sizes; the medians of the times from start to end
of `--version` and of `report` on a recording, the programs in turn; memory and CPU time of the live view, whose worker the
Node of this comparison reads from a file beside it, and whose sockets both read as text: so neither needs native code.
*/
import {spawnSync} from 'node:child_process';
import {chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {gzipSync} from 'node:zlib';
import {spawn} from '@lydell/node-pty';
import {bundle, ROOT} from '../binary/bundle.ts';

const ROUNDS = Number(process.argv[2] ?? 15);
const SETTLE_MS = 6_000;
const WATCHED_MS = 20_000;
const ENV = {PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', TERM: 'xterm-256color'};
const MB = 1e6;

type Program = {readonly name: string; readonly command: readonly [file: string, ...args: string[]]};

const folder = mkdtempSync(join(tmpdir(), 'traefik-top-one-file-'));

function run(file: string, args: readonly string[]): void {
	const {status, stderr, error} = spawnSync(file, args, {cwd: folder, encoding: 'utf8'});
	if (status !== 0) throw new Error(`${file} ${args.join(' ')}: ${error?.message ?? stderr}`);
}

/** With code cache, which Node keeps in place of Bun's bytecode, and stripped of its symbols. */
async function withNode(): Promise<string> {
	const worker = await bundle('worker', folder);
	const main = await bundle('main', folder);
	for (const path of [main, worker]) {
		const code = readFileSync(path, 'utf8').replaceAll('require("bun:ffi")', '({})');
		writeFileSync(path, code.replaceAll('file:///$bunfs/root/worker.js', `file://${worker}`));
	}
	const config = {main, output: `${folder}/blob`, disableExperimentalSEAWarning: true, useCodeCache: true};
	writeFileSync(`${folder}/sea.json`, JSON.stringify({...config, execArgv: ['--semi-space-growth-factor=1']}));
	run(process.execPath, ['--experimental-sea-config', 'sea.json']);
	const path = `${folder}/node-${process.arch}`;
	copyFileSync(process.execPath, path);
	chmodSync(path, 0o755);
	run('strip', [path]);
	run('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', folder, 'postject@1.0.0-alpha.6']);
	const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';
	run(`${folder}/node_modules/.bin/postject`, [path, 'NODE_SEA_BLOB', 'blob', '--sentinel-fuse', fuse]);
	return path;
}

function median(values: readonly number[]): number {
	return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function time({command: [file, ...first]}: Program, args: readonly string[]): number {
	const start = performance.now();
	const {status, stderr} = spawnSync(file, [...first, ...args], {env: ENV, encoding: 'utf8'});
	if (status !== 0) throw new Error(`${file}: ${stderr}`);
	return performance.now() - start;
}

function compare(programs: readonly Program[], args: readonly string[], shown: string): void {
	const times = new Map<Program, number[]>(programs.map((program) => [program, []]));
	for (let round = 0; round < ROUNDS; round++) {
		for (const [program, list] of times) list.push(time(program, args));
	}
	const texts = [...times].map(([{name}, list]) => `${name} ${median(list).toFixed(0)}`);
	console.log(`${shown}, ms: ${texts.join(', ')}`);
}

/** ms of CPU time that a process has taken. */
function cpuMs(pid: number): number {
	const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
	return (Number(fields[11]) + Number(fields[12])) * 10;
}

async function live({name, command: [file, ...first]}: Program): Promise<void> {
	const args = [...first, '--source', 'text', '--pid', String(process.pid)];
	const terminal = spawn(file, args, {cols: 120, rows: 40, env: {...ENV, XDG_CONFIG_HOME: '/nonexistent'}});
	terminal.onData(() => {});
	await sleep(SETTLE_MS);
	const before = cpuMs(terminal.pid);
	await sleep(WATCHED_MS);
	const cpu = cpuMs(terminal.pid) - before;
	const rollup = readFileSync(`/proc/${terminal.pid}/smaps_rollup`, 'utf8');
	const of = (field: string) => (Number(new RegExp(`^${field}: +(\\d+)`, 'm').exec(rollup)?.[1]) * 1024) / MB;
	const memory = `PSS ${of('Pss').toFixed(0)} MB, private and written ${of('Private_Dirty').toFixed(0)} MB`;
	console.log(`live view, ${name}: ${memory}, CPU ${cpu} ms in ${WATCHED_MS / 1000} s`);
	const exited = new Promise<void>((resolve) => terminal.onExit(() => resolve()));
	terminal.kill('SIGTERM');
	await exited;
}

try {
	const bun = join(ROOT, `dist/traefik-top-linux-${process.arch}`);
	const node = await withNode();
	for (const [name, path] of [
		['Node', node],
		['Bun', bun],
	] as const) {
		const packed = gzipSync(readFileSync(path)).length;
		console.log(`${name}: ${(statSync(path).size / MB).toFixed(0)} MB, ${(packed / MB).toFixed(0)} MB with gzip`);
	}
	const programs: readonly Program[] = [
		{name: 'package', command: [process.execPath, join(ROOT, 'bin/traefik-top.js')]},
		{name: 'Node', command: [node]},
		{name: 'Bun', command: [bun]},
	];
	const recording = join(ROOT, 'fixtures/recordings/hung.capture');
	compare(programs, ['--version'], '--version');
	compare(programs, ['status', recording], 'status of a recording');
	compare(programs, ['report', recording], 'report on a recording');
	for (const program of programs) await live(program);
} finally {
	rmSync(folder, {recursive: true});
}
