/** The built program on a recorded day, from outside: a replay on a pseudo-terminal, and `report`. */
import {spawn as spawnChild} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {KEY, PtyScreen} from '../test/ui/pty.ts';
import {T} from './pool.ts';

const BIN = fileURLToPath(new URL('../bin/traefik-top.js', import.meta.url));
const ENV = {PATH: process.env['PATH'], HOME: '/nonexistent', LANG: 'C.UTF-8'};
const ROUNDS = 8;
const BACKEND = /10\.77\.0\.\d+:8080/;
const SAMPLE_MS = 500;
/** Below this much of a core the marks are complete. */
const IDLE_SHARE = 0.2;

export type Sample = {readonly at: string; readonly rssMb: number};

export class ReplayOnScreen {
	readonly #screen: PtyScreen;
	readonly #startedAt = performance.now();
	readonly #seconds: number;

	constructor(path: string, seconds: number) {
		this.#seconds = seconds;
		const shell = `exec ${process.execPath} ${BIN} replay ${path}`;
		this.#screen = new PtyScreen({columns: 140, rows: 40, shell, env: {XDG_CONFIG_HOME: '/nonexistent'}});
	}

	/** ms from the start of a shell that becomes the process to its first backends. */
	async opened(): Promise<number> {
		await this.#screen.sees(BACKEND);
		return performance.now() - this.#startedAt;
	}

	/** ms until each key was answered on the terminal: jumps, and others while the jump is on its way. */
	async keys(): Promise<number[]> {
		const answers: number[] = [];
		const press = async (key: string, answer: RegExp) => {
			const start = performance.now();
			this.#screen.press(key);
			await this.#screen.sees(answer);
			answers.push(performance.now() - start);
		};
		for (let round = 0; round < ROUNDS; round++) {
			const tenth = (round * 7 + 3) % 10;
			const clock = new Date(T + (tenth / 10) * (this.#seconds - 1) * 1000).toISOString().slice(11, 17);
			await press(String(tenth), new RegExp(`${clock}.* UTC`));
			await press('?', /A backend is one address/);
			await press(KEY.escape, BACKEND);
			await sleep(150);
			await press(' ', /‖ REPLAY/);
			await press('+', /REPLAY 2×/);
			await press(' ', /▶ REPLAY/);
			await press('-', /REPLAY 1×/);
			await sleep(300);
		}
		return answers;
	}

	/** Until all marks have been found. */
	async memory(): Promise<Sample[]> {
		const {pid} = this.#screen.pty;
		const rss: number[] = [];
		let cpu = cpuMs(pid);
		for (let idle = 0; idle < 6; ) {
			await sleep(SAMPLE_MS);
			rss.push(rssMb(pid));
			const now = cpuMs(pid);
			idle = now - cpu < SAMPLE_MS * IDLE_SHARE ? idle + 1 : 0;
			cpu = now;
		}
		return quarters(rss);
	}

	close(): void {
		this.#screen[Symbol.dispose]();
	}
}

export type ReportCost = {readonly ms: number; readonly cpuMs: number; readonly memory: readonly Sample[]};

export async function measureReport(path: string): Promise<ReportCost> {
	const start = performance.now();
	const child = spawnChild(process.execPath, [BIN, 'report', '--format', 'json', path], {env: ENV});
	child.stdout.resume();
	const closed = once(child, 'close');
	const rss: number[] = [];
	let cpu = 0;
	const timer = setInterval(() => {
		if (child.pid === undefined || child.exitCode !== null) return;
		rss.push(rssMb(child.pid));
		cpu = Math.max(cpu, cpuMs(child.pid));
	}, SAMPLE_MS);
	const [code] = await closed;
	clearInterval(timer);
	if (code !== 0) throw new Error(`report ended with ${code}`);
	return {ms: performance.now() - start, cpuMs: cpu, memory: quarters(rss)};
}

/** The most in each quarter of the time. */
function quarters(rss: readonly number[]): Sample[] {
	return [1, 2, 3, 4].map((quarter) => {
		const from = Math.floor(((quarter - 1) * rss.length) / 4);
		const part = rss.slice(from, Math.max(from + 1, Math.floor((quarter * rss.length) / 4)));
		return {at: `most in quarter ${quarter}`, rssMb: Math.max(0, ...part)};
	});
}

function rssMb(pid: number): number {
	return fileOf(pid, 'status', /VmRSS:\s+(\d+)/) / 1024;
}

/** User and system time of all threads, in ticks of 10 ms. */
function cpuMs(pid: number): number {
	try {
		const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
			.replace(/^.*\) /, '')
			.split(' ');
		return (Number(fields[11]) + Number(fields[12])) * 10;
	} catch {
		return 0;
	}
}

function fileOf(pid: number, name: string, pattern: RegExp): number {
	try {
		return Number(pattern.exec(readFileSync(`/proc/${pid}/${name}`, 'latin1'))?.[1] ?? 0);
	} catch {
		return 0; // it has just ended
	}
}
