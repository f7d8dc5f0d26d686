/**
What this screen costs beside others that people leave open, on the same kind of terminal, one after the other in one run:

    node bench/peers.ts [SECONDS=10] [--write]

Each has a real pseudo-terminal of its own (TERM=xterm-256color), draws once a second, is left alone for SECONDS, then
asked to move its cursor down and up again. Bytes are those of the terminal, escapes included; processor time is that of
the whole program with its children, user and system; memory likewise. A first frame is the first moment at which five
lines have something on them. What is not installed gets a line that says so; those that need more than a user's rights
want root, and the lab with its Traefik wants it, too. --write puts the table in docs/peers.md.
*/
import {spawnSync} from 'node:child_process';
import {accessSync, constants, mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {availableParallelism, loadavg, release, tmpdir} from 'node:os';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {parseArgs} from 'node:util';
import {startLab, whyNoLab} from '../test/lab/lab.ts';
import {type Answer, BenchTerminal, quantile} from './terminal.ts';

type Peer = {
	readonly name: string;
	/** Not by this name on PATH: a path. */
	readonly file?: string;
	readonly args: readonly string[];
	/** What tells the version; what is printed first is taken. */
	readonly version: readonly string[];
	readonly before?: () => Promise<void>;
	/** What is pressed in turn, where it is not the cursor that moves. */
	readonly keys?: readonly [string, string];
	/** Why there is nothing to measure although it may be installed. */
	readonly why?: string;
};

type Measured = {
	readonly name: string;
	readonly firstFrameMs: number | null;
	readonly bytesPerTick: number;
	readonly cpuMsPerTick: number;
	readonly rssMb: number;
	readonly pssMb: number;
	readonly answers: readonly Answer[];
	readonly keys: number;
};

const SIZES = [
	[100, 30],
	[200, 50],
] as const;
const SETTLE_MS = 3000;
const KEYS = 8;
const DOWN = '\u001b[B';
const UP = '\u001b[A';
const BIN = path.join(import.meta.dirname, '../bin/traefik-top.js');
const PAGE = path.join(import.meta.dirname, '../docs/peers.md');

const {values, positionals} = parseArgs({
	allowPositionals: true,
	options: {write: {type: 'boolean', default: false}},
});
const seconds = Number(positionals[0] ?? 10);

/** Nobody's own configuration, and one in which btop draws every second. */
function homeDirectory(): string {
	const home = mkdtempSync(path.join(tmpdir(), 'traefik-top-peers-'));
	mkdirSync(path.join(home, 'btop'));
	writeFileSync(path.join(home, 'btop/btop.conf'), 'update_ms = 1000\n');
	return home;
}

function find(name: string): string | null {
	for (const folder of (process.env['PATH'] ?? '').split(':')) {
		const file = path.join(folder, name);
		try {
			accessSync(file, constants.X_OK);
			return file;
		} catch {}
	}
	return null;
}

function versionOf(file: string, args: readonly string[]): string {
	const {stdout, stderr} = spawnSync(file, args, {encoding: 'utf8'});
	return /\d+\.\d+[.\w-]*/.exec(`${stdout}${stderr}`)?.[0] ?? '?';
}

async function measure(
	name: string,
	terminal: BenchTerminal,
	keys: readonly [string, string],
): Promise<Measured | string> {
	const firstFrameMs = await terminal.firstFrame();
	await sleep(SETTLE_MS);
	const before = {bytes: terminal.bytes, cpuMs: terminal.cpuMs()};
	await sleep(seconds * 1000);
	const after = {bytes: terminal.bytes, cpuMs: terminal.cpuMs(), ...terminal.memory()};
	if (terminal.hasExited) return 'ended by itself';
	await terminal.press(keys[0]);
	const answers: Answer[] = [];
	for (let i = 0; i < KEYS; i++) {
		await terminal.pause();
		const answer = await terminal.press(keys[i % 2] ?? DOWN);
		if (answer !== null) answers.push(answer);
	}
	return {
		name,
		firstFrameMs,
		bytesPerTick: (after.bytes - before.bytes) / seconds,
		cpuMsPerTick: (after.cpuMs - before.cpuMs) / seconds,
		rssMb: after.rssMb,
		pssMb: after.pssMb,
		answers,
		keys: KEYS,
	};
}

function ms(value: number | null): string {
	if (value === null || Number.isNaN(value)) return '–';
	return value < 10 ? value.toFixed(1) : value.toFixed(0);
}

function rowOf(result: Measured): string[] {
	const {name, bytesPerTick, cpuMsPerTick, rssMb, pssMb, firstFrameMs, answers, keys} = result;
	const firsts = answers.map(({firstMs}) => firstMs);
	const lasts = answers.map(({lastMs}) => lastMs);
	const answered = answers.length === keys ? '' : ` (${answers.length} of ${keys} keys)`;
	return [
		name,
		bytesPerTick.toFixed(0),
		ms(cpuMsPerTick),
		`${rssMb.toFixed(0)} / ${pssMb.toFixed(0)}`,
		answers.length === 0 ? 'no answer' : `${ms(quantile(firsts, 0.5))} / ${ms(quantile(lasts, 0.5))}${answered}`,
		answers.length === 0 ? '–' : ms(Math.max(...lasts)),
		ms(firstFrameMs),
	];
}

const HEAD = [
	'program',
	'bytes a tick',
	'CPU ms a tick',
	'RSS / PSS MB',
	'key to first / last byte, median ms',
	'most ms',
	'first frame ms',
];

function table(rows: readonly (readonly string[])[]): string {
	const widths = HEAD.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)));
	const line = (cells: readonly string[]) =>
		`| ${widths.map((width, at) => (cells[at] ?? '').padEnd(width)).join(' | ')} |`;
	return [line(HEAD), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rows.map(line)].join('\n');
}

const whyNot = whyNoLab();
if (whyNot !== null) {
	console.error(`bench/peers.ts: ${whyNot}`);
	process.exit(1);
}

const lab = await startLab({rate: 0});
const home = homeDirectory();
try {
	const own = {file: process.execPath, args: [BIN, '--match', lab.match], version: [BIN, '--version']};
	// Traffic first, in any case: a backend that was never dialled is not listed.
	const under = (rate: number) => async () => {
		lab.setRate(100);
		await sleep(1000);
		lab.setRate(rate);
		await sleep(1000);
	};
	const peers: readonly Peer[] = [
		{name: 'traefik-top, a quiet Traefik', ...own, before: under(0)},
		{name: 'traefik-top, 100 requests a second', ...own, before: under(100)},
		{name: 'top', args: ['-d', '1'], version: ['-V']},
		{name: 'htop', args: ['-d', '10'], version: ['--version']},
		{name: 'btop', args: [], version: ['--version']},
		{name: 'atop', args: ['1'], version: ['-V']},
		{name: 'bandwhich', args: ['--no-resolve'], version: ['--version'], keys: ['\t', '\t']},
		{
			name: 'trippy',
			...(find('trip') === null ? {} : {file: 'trip'}),
			args: ['-i', '1s', '127.0.0.1'],
			version: ['-V'],
		},
		{name: 'k9s', args: [], version: ['version', '-s'], why: 'needs a Kubernetes cluster'},
	];
	const sections: string[] = [];
	for (const [columns, rows] of SIZES) {
		const lines: string[][] = [];
		for (const peer of peers) {
			const file = peer.file === undefined ? find(peer.name) : peer.file.includes('/') ? peer.file : find(peer.file);
			if (file === null || peer.why !== undefined) {
				lines.push([peer.name, peer.why ?? 'not installed']);
				continue;
			}
			await peer.before?.();
			const terminal = new BenchTerminal({
				command: [file, ...peer.args],
				columns,
				rows,
				env: {HOME: home, XDG_CONFIG_HOME: home},
			});
			const name = `${peer.name} ${versionOf(file, peer.version)}`;
			const result = await measure(name, terminal, peer.keys ?? [DOWN, UP]).finally(() => terminal.close());
			lines.push(typeof result === 'string' ? [name, result] : rowOf(result));
			console.error(`${columns}×${rows} ${lines.at(-1)?.join('  ')}`);
		}
		sections.push(`## ${columns}×${rows}\n\n${table(lines)}`);
	}
	const load = loadavg()[0]?.toFixed(1);
	const where = `Linux ${release()}, ${availableParallelism()} cores, load ${load} at the end, Node ${process.version}; each left alone for ${seconds} s.`;
	const text = `${where}\n\n${sections.join('\n\n')}\n`;
	console.log(text);
	if (values.write) writeFileSync(PAGE, `${introduction()}\n${text}`);
} finally {
	await lab.stop();
	rmSync(home, {recursive: true});
}

function introduction(): string {
	return `# Beside other screens that people leave open

\`node bench/peers.ts --write\` wrote this page: every program on a pseudo-terminal of its own, one after the other in one
run, drawing once a second, TERM=xterm-256color. They show different things, so this says what a screen costs and not
which is better. Bytes are those of the terminal, escapes included; processor time and memory are those of the program and
its children. The key moves the cursor; the time is until the first and the last byte of the answer. A first frame is the
first moment at which five lines have something on them.
`;
}
