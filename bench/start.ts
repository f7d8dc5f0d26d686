/**
How long one waits for the built bin, beside `node -e 0` in the same run:

    node bench/start.ts [ROUNDS=15]

Headless commands end to end, the screen until its first frame is on the terminal. Medians, wall clock; ratios hold on
any machine, the milliseconds do not. Budgets are ratios: twice a bare Node for what is headless, six times to the first
frame. Then what of dist/ is loaded for what: commands are all in one file, and evaluated when they are run.
*/
import {spawnSync} from 'node:child_process';
import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {spawn as spawnPty} from '@lydell/node-pty';

const root = path.join(import.meta.dirname, '..');
const bin = path.join(root, 'bin/traefik-top.js');
const recording = path.join(root, 'fixtures/recordings/killed.capture');
const rounds = Number(process.argv[2] ?? 15);
const NOBODY = ['--match', '^nobody-is-named-so$'];
const HEADLESS = 2;
const FRAME = 6;

function headless(args: readonly string[]): number {
	const begin = performance.now();
	spawnSync(process.execPath, args, {stdio: 'ignore'});
	return performance.now() - begin;
}

/** Until the first text of a frame has been drawn. */
function firstFrame(args: readonly string[]): Promise<number> {
	const begin = performance.now();
	const terminal = spawnPty(process.execPath, [bin, ...args], {
		...{cols: 100, rows: 30},
		env: {...process.env, TERM: 'xterm-256color'},
	});
	return new Promise((resolve, reject) => {
		let text = '';
		let elapsed: number | null = null;
		terminal.onData((data) => {
			text += data;
			if (elapsed !== null || !text.includes('traefik-top')) return;
			elapsed = performance.now() - begin;
			terminal.write('q');
		});
		terminal.onExit(() => (elapsed === null ? reject(new Error(`no frame: ${text}`)) : resolve(elapsed)));
	});
}

const CASES: readonly (readonly [what: string, budget: number | null, run: () => number | Promise<number>])[] = [
	['node -e 0', null, () => headless(['-e', '0'])],
	['traefik-top --version', HEADLESS, () => headless([bin, '--version'])],
	['traefik-top snapshot (live, no Traefik)', HEADLESS, () => headless([bin, 'snapshot', ...NOBODY])],
	['traefik-top snapshot RECORDING --at +1s', HEADLESS, () => headless([bin, 'snapshot', recording, '--at', '+1s'])],
	['first frame, live', FRAME, () => firstFrame(NOBODY)],
	['first frame, replay', FRAME, () => firstFrame(['replay', recording])],
];

const times = CASES.map(() => [] as number[]);
// The first round fills the compile cache and is not counted.
for (let round = 0; round <= rounds; round++) {
	for (const [index, [, , run]] of CASES.entries()) {
		const ms = await run();
		if (round > 0) times[index]?.push(ms);
	}
}
const medians = times.map((list) => list.sort((a, b) => a - b)[list.length >> 1] ?? Number.NaN);
const bare = medians[0] ?? Number.NaN;
for (const [index, [what, most]] of CASES.entries()) {
	const ms = medians[index] ?? Number.NaN;
	const ratio = ms / bare;
	const budget = most === null ? '' : `   budget ${most}: ${ratio <= most ? 'kept' : 'EXCEEDED'}`;
	console.log(
		`${what.padEnd(42)} ${ms.toFixed(0).padStart(5)} ms   ${ratio.toFixed(1).padStart(5)} × node -e 0${budget}`,
	);
}

const dist = path.join(root, 'dist');
/** The files that an import of this one brings with it. */
function loaded(file: string, seen = new Set<string>()): Set<string> {
	if (seen.has(file)) return seen;
	seen.add(file);
	const source = readFileSync(path.join(dist, file), 'utf8');
	// a dynamic import has a parenthesis
	for (const [, name = ''] of source.matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g)) loaded(name, seen);
	return seen;
}
const isScreen = (file: string) => /^(?:live|replay)-screen-/.test(file);
for (const file of ['cli.js', ...readdirSync(dist).filter(isScreen), 'worker.js']) {
	const files = [...loaded(file)];
	const kilobytes = files.reduce((sum, each) => sum + readFileSync(path.join(dist, each)).length, 0) / 1024;
	console.log(`${file}: ${files.length} files, ${kilobytes.toFixed(0)} kB`);
}
