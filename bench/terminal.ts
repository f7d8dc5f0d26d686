/** A program on a real pseudo-terminal, measured: what it writes and when, what it uses, how it answers a key. */
import {readdirSync, readFileSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import {type IPty, spawn} from '@lydell/node-pty';
import xterm from '@xterm/headless';

export type TerminalOptions = {
	readonly command: readonly [file: string, ...args: string[]];
	readonly columns: number;
	readonly rows: number;
	readonly env?: Readonly<Record<string, string>>;
	/** What it shows is followed after the first frame, too, which takes the processor's time. */
	readonly isFollowed?: boolean;
};

/** Milliseconds from a key to the first and to the last byte of what it changed. */
export type Answer = {readonly firstMs: number; readonly lastMs: number; readonly bytes: number};

type Chunk = {readonly at: number; readonly bytes: number};

/** Output belongs together while its pieces are no further apart. */
const PAUSE_MS = 60;
/** This many lines with something on them are a first frame, whoever draws it. */
const FIRST_FRAME_LINES = 5;
const PATIENCE_MS = 10_000;
/** A key that was not answered after this long changes nothing that is shown. */
const NO_ANSWER_MS = 700;

export class BenchTerminal {
	readonly #pty: IPty;
	readonly #terminal: InstanceType<typeof xterm.Terminal>;
	readonly #begin = performance.now();
	readonly #chunks: Chunk[] = [];
	readonly #waiting = new Set<() => void>();
	readonly #isFollowed: boolean;
	/** When what is shown now was written. */
	#shownAt = 0;
	/** What was written, escapes included, while it is kept. */
	#kept: string[] | null = null;
	#firstFrameMs: number | null = null;
	#hasExited = false;

	constructor({command: [file, ...args], columns, rows, env = {}, isFollowed = false}: TerminalOptions) {
		this.#isFollowed = isFollowed;
		const {NO_COLOR, FORCE_COLOR, COLORTERM, CI, ...inherited} = process.env;
		this.#terminal = new xterm.Terminal({cols: columns, rows, allowProposedApi: true});
		this.#pty = spawn(file, args, {
			...{cols: columns, rows, name: 'xterm-256color'},
			env: {...inherited, TERM: 'xterm-256color', LANG: 'C.UTF-8', ...env},
		});
		this.#pty.onData((data) => this.#take(data));
		this.#pty.onExit(() => {
			this.#hasExited = true;
			this.#notify();
		});
	}

	#take(data: string): void {
		const at = performance.now();
		this.#chunks.push({at, bytes: Buffer.byteLength(data)});
		this.#kept?.push(data);
		// Emulated only as long as somebody asks what is to be seen: it would compete for the processor.
		if (this.#firstFrameMs === null || this.#isFollowed) {
			this.#terminal.write(data, () => {
				this.#shownAt = at;
				if (this.#firstFrameMs === null && this.#filledLines() >= FIRST_FRAME_LINES)
					this.#firstFrameMs = at - this.#begin;
				this.#notify();
			});
		}
		this.#notify();
	}

	#notify(): void {
		for (const look of this.#waiting) look();
	}

	#filledLines(): number {
		const {active} = this.#terminal.buffer;
		let filled = 0;
		for (let row = 0; row < this.#terminal.rows; row++) {
			if ((active.getLine(active.baseY + row)?.translateToString(true) ?? '').trim() !== '') filled++;
		}
		return filled;
	}

	async #until(test: () => boolean, patienceMs: number): Promise<boolean> {
		if (test()) return true;
		return new Promise((resolve) => {
			const finish = (isTrue: boolean) => {
				clearTimeout(timer);
				this.#waiting.delete(look);
				resolve(isTrue);
			};
			const look = () => {
				if (test()) finish(true);
				else if (this.#hasExited) finish(false);
			};
			const timer = setTimeout(() => finish(false), patienceMs);
			this.#waiting.add(look);
		});
	}

	/** Milliseconds from the start to the first frame; null: none came. */
	async firstFrame(): Promise<number | null> {
		await this.#until(() => this.#firstFrameMs !== null, PATIENCE_MS);
		return this.#firstFrameMs;
	}

	get hasExited(): boolean {
		return this.#hasExited;
	}

	/** Bytes written so far. */
	get bytes(): number {
		return this.#chunks.reduce((sum, {bytes}) => sum + bytes, 0);
	}

	keep(): void {
		this.#kept = [];
	}

	kept(): string {
		return this.#kept?.join('') ?? '';
	}

	/** Waits until something has been written and nothing followed: the time before the next tick is longest then. */
	async pause(): Promise<void> {
		const before = this.#chunks.length;
		await this.#until(() => this.#chunks.length > before, 1500);
		await this.#silence();
	}

	async #silence(): Promise<void> {
		for (;;) {
			const last = this.#chunks.at(-1)?.at ?? 0;
			const left = last + PAUSE_MS - performance.now();
			if (left <= 0) return;
			await sleep(Math.ceil(left));
		}
	}

	/** null: nothing was written for it. */
	async press(key: string): Promise<Answer | null> {
		const before = this.#chunks.length;
		const at = performance.now();
		this.#pty.write(key);
		if (!(await this.#until(() => this.#chunks.length > before, NO_ANSWER_MS))) return null;
		await this.#silence();
		const chunks = this.#chunks.slice(before);
		return {
			firstMs: (chunks[0]?.at ?? Number.NaN) - at,
			lastMs: (chunks.at(-1)?.at ?? Number.NaN) - at,
			bytes: chunks.reduce((sum, {bytes}) => sum + bytes, 0),
		};
	}

	/** The first line that begins so; -1: none. */
	lineOf(beginning: string): number {
		const {active} = this.#terminal.buffer;
		for (let row = 0; row < this.#terminal.rows; row++) {
			if (
				active
					.getLine(active.baseY + row)
					?.translateToString(true)
					.startsWith(beginning)
			)
				return row;
		}
		return -1;
	}

	/** Milliseconds from a key to the output that moved the line that begins so; null: it stayed. */
	async pressToMove(key: string, beginning: string): Promise<number | null> {
		const before = this.lineOf(beginning);
		const at = performance.now();
		this.#pty.write(key);
		if (!(await this.#until(() => this.lineOf(beginning) !== before, NO_ANSWER_MS))) return null;
		return this.#shownAt - at;
	}

	/** Waits for something that is shown. */
	async sees(beginning: string): Promise<boolean> {
		return this.#until(() => this.lineOf(beginning) >= 0, PATIENCE_MS);
	}

	/** Processor time of the program and its children so far, all threads, user and system, ms. */
	cpuMs(): number {
		return processes(this.#pty.pid).reduce((sum, pid) => sum + processMs(pid), 0);
	}

	memory(): {readonly rssMb: number; readonly pssMb: number} {
		const sum = {rssMb: 0, pssMb: 0};
		for (const pid of processes(this.#pty.pid)) {
			const text = read(`/proc/${pid}/smaps_rollup`);
			const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0) / 1024;
			sum.rssMb += field('Rss');
			sum.pssMb += field('Pss');
		}
		return sum;
	}

	async close(): Promise<void> {
		if (!this.#hasExited) process.kill(this.#pty.pid, 'SIGKILL');
		await this.#until(() => this.#hasExited, 2000);
		this.#terminal.dispose();
	}
}

function read(path: string): string {
	try {
		return readFileSync(path, 'latin1');
	} catch {
		return '';
	}
}

/** A process and all that it started. */
function processes(pid: number): number[] {
	const children = read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
	return [pid, ...children.flatMap(processes)];
}

/** The scheduler's nanoseconds, thread by thread: the clock ticks of `stat` are 10 ms each. */
function processMs(pid: number): number {
	let threads: string[] = [];
	try {
		threads = readdirSync(`/proc/${pid}/task`);
	} catch {}
	return threads.reduce(
		(sum, task) => sum + Number(read(`/proc/${pid}/task/${task}/schedstat`).split(' ')[0]) / 1e6,
		0,
	);
}

export function quantile(values: readonly number[], share: number): number {
	const sorted = values.toSorted((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
