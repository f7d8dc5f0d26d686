/** The built program on a recorded day, from outside: a replay on a pseudo-terminal, and `report`. */
import {spawn as spawnChild} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {type IPty, spawn} from '@lydell/node-pty';
import {T} from './pool.ts';

const BIN = fileURLToPath(new URL('../bin/traefik-top.js', import.meta.url));
const ENV = {PATH: process.env['PATH'], HOME: '/nonexistent', TERM: 'xterm-256color', LANG: 'C.UTF-8'};
const ROUNDS = 8;
const PATIENCE_MS = 20_000;
const SAMPLE_MS = 500;
/** Below so much of a core the marks are complete. */
const IDLE_SHARE = 0.2;

export type Sample = {readonly at: string; readonly rssMb: number};

export class ReplayOnScreen {
	readonly #pty: IPty;
	readonly #startedAt = performance.now();
	readonly #seconds: number;
	#output = '';
	#onOutput = () => {};

	constructor(path: string, seconds: number) {
		this.#seconds = seconds;
		const size = {cols: 140, rows: 40, name: 'xterm-256color'};
		this.#pty = spawn(process.execPath, [BIN, 'replay', '--at', '50%', path], {...size, env: ENV});
		this.#pty.onData((data) => {
			this.#output += data;
			this.#onOutput();
		});
	}

	/** ms from the start of the process to its first backends. */
	async opened(): Promise<number> {
		await this.#sees(/10\.77\.0\.\d+:8080/);
		return performance.now() - this.#startedAt;
	}

	/** ms until each key was answered on the terminal: jumps, and others while the jump is on its way. */
	async keys(): Promise<number[]> {
		const answers: number[] = [];
		for (let round = 0; round < ROUNDS; round++) {
			const tenth = (round * 7 + 3) % 10;
			const clock = new Date(T + (tenth / 10) * (this.#seconds - 1) * 1000).toISOString().slice(11, 19);
			answers.push(await this.#press(String(tenth), new RegExp(clock)));
			answers.push(await this.#press(round % 2 === 0 ? '+' : '-', /REPLAY \d+×/));
			await sleep(150);
			answers.push(await this.#press('?', /A backend is one address/));
			answers.push(await this.#press('\u001b', /10\.77\.0\.\d+:8080/));
			answers.push(await this.#press(' ', /REPLAY paused/));
			await sleep(300);
			answers.push(await this.#press(' ', /REPLAY \d+×/));
		}
		return answers;
	}

	/** Until all marks have been found. */
	async memory(): Promise<Sample[]> {
		const {pid} = this.#pty;
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
		this.#pty.kill('SIGKILL');
	}

	async #press(key: string, answer: RegExp): Promise<number> {
		this.#output = '';
		const start = performance.now();
		this.#pty.write(key);
		await this.#sees(answer);
		return performance.now() - start;
	}

	async #sees(pattern: RegExp): Promise<void> {
		await new Promise<void>((resolve, reject) => {
			const timer = setTimeout(() => reject(new Error(`never: ${pattern}\n${this.#output}`)), PATIENCE_MS);
			this.#onOutput = () => {
				if (!pattern.test(this.#output)) return;
				clearTimeout(timer);
				resolve();
			};
			this.#onOutput();
		});
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
