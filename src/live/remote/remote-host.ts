/** One command that runs the sh recorder somewhere, started again whenever it ends. */
import {type ChildProcess, spawn} from 'node:child_process';
import {BlockSplitter, TickAssembler} from '../../capture/blocks.ts';
import {HEAD_START} from '../../capture/head.ts';
import type {Instance, Reading, Tick} from '../../reading.ts';
import {stripControls} from '../../text/strip-controls.ts';
import {recorderScript} from './recorder.ts';

export type RemoteOptions = {
	readonly intervalMs: number;
	readonly pids: readonly number[];
	/** As RecorderOptions.match. */
	readonly match: string | null;
	readonly isTextOnly: boolean;
};

const FIRST_BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 30_000;
/** One that spoke for this long starts again without delay. */
const GOOD_MS = 10_000;
/** After a silence of this length the connection is taken for dead. */
const DEAD_MS = 15_000;
const DEAD_INTERVALS = 10;
/** What a login may print before the recorder's first line. */
const MAX_NOISE = 64 * 1024;
const MAX_QUEUE = 16;
const STDERR_BYTES = 4096;
const GRACE_MS = 1_000;

export class RemoteHost {
	readonly via: string;
	/** Ticks that came and were not taken yet, on our clock. */
	readonly queue: Tick[] = [];
	/** Why it does not run, one clause; null: it does, or is being started for the first time. */
	problem: string | null = null;
	/** performance.now() when the last tick came. */
	lastTickMs: number | null = null;
	/** Seen in the last tick that saw any. */
	instances: readonly Instance[] = [];
	readonly #onChange: () => void;
	#options: RemoteOptions;
	#child: ChildProcess | null = null;
	#startedMs = 0;
	#backoffMs = FIRST_BACKOFF_MS;
	#retry: NodeJS.Timeout | undefined;
	#watchdog: NodeJS.Timeout | undefined;
	#isStopped = false;
	/** Smallest of arrival less the host's own time: what its clock is off. Of its monotonic clock the first, so that steps stay exact. */
	#skewMs = Number.POSITIVE_INFINITY;
	#monotonicSkewMs: number | null = null;

	constructor(via: string, options: RemoteOptions, onChange: () => void) {
		this.via = stripControls(via);
		this.#options = options;
		this.#onChange = onChange;
	}

	connect(): void {
		if (this.#isStopped) return;
		this.#startedMs = performance.now();
		this.#monotonicSkewMs = null;
		this.#skewMs = Number.POSITIVE_INFINITY;
		// its own process group, so that all it started can be ended
		const child = spawn('/bin/sh', ['-c', `${this.via} sh`], {stdio: ['pipe', 'pipe', 'pipe'], detached: true});
		this.#child = child;
		let stderr = '';
		child.stderr.on('data', (bytes: Buffer) => {
			stderr = (stderr + bytes.toString('utf8')).slice(-STDERR_BYTES);
		});
		child.stdin.on('error', () => {});
		child.stdin.write(recorderScript({...this.#options, endsWithStdin: true}));
		this.#listen(child);
		let isOver = false;
		const over = (why: string) => {
			if (isOver) return;
			isOver = true;
			if (this.#child === child) this.#ended(why);
		};
		child.on('error', (error) => over(error.message));
		child.on('close', (code, signal) =>
			over(lastLine(stderr) ?? (signal ? `ended by ${signal}` : `ended with ${code}`)),
		);
	}

	#listen(child: ChildProcess): void {
		let noise = '';
		let isBegun = false;
		let tornAt: string | null = null;
		const splitter = new BlockSplitter((what) => {
			tornAt = what;
		});
		const assembler = new TickAssembler(this.#options);
		child.stdout?.on('data', (bytes: Buffer) => {
			if (this.#child !== child) return;
			if (!isBegun) {
				noise += bytes.toString('latin1');
				isBegun = noise.includes(HEAD_START);
				if (!isBegun && noise.length > MAX_NOISE) this.#fail(child, 'what it prints is not a recording');
				if (isBegun) noise = '';
			}
			for (const block of splitter.push(bytes)) for (const tick of assembler.push(block)) this.#take(tick);
			if (tornAt !== null && this.lastTickMs === null) this.#fail(child, `what it prints cannot be read: ${tornAt}`);
		});
		this.#watch(child);
	}

	#take(tick: Tick): void {
		const now = performance.now();
		this.#skewMs = Math.min(this.#skewMs, Date.now() - tick.time);
		this.lastTickMs = now;
		this.problem = null;
		const readings = tick.readings.map((reading) => this.#onOurClock(reading, now));
		if (readings.length > 0) this.instances = readings.map(({instance}) => instance);
		this.queue.push({...tick, time: tick.time + this.#skewMs, readings});
		if (this.queue.length > MAX_QUEUE) this.queue.shift();
		if (now - this.#startedMs > GOOD_MS) this.#backoffMs = FIRST_BACKOFF_MS;
		if (this.#child !== null) this.#watch(this.#child);
		this.#onChange();
	}

	#onOurClock(reading: Reading, now: number): Reading {
		const {monotonicMs, instance} = reading;
		if (monotonicMs !== null) this.#monotonicSkewMs ??= now - monotonicMs;
		const shift = this.#skewMs;
		return {
			...reading,
			time: reading.time + shift,
			monotonicMs: monotonicMs === null ? null : monotonicMs + (this.#monotonicSkewMs ?? 0),
			instance: {...instance, startedAt: instance.startedAt === null ? null : instance.startedAt + shift},
		};
	}

	/** Ends a child whose connection has gone without a word. */
	#watch(child: ChildProcess): void {
		clearTimeout(this.#watchdog);
		const afterMs = Math.max(DEAD_MS, DEAD_INTERVALS * this.#options.intervalMs);
		this.#watchdog = setTimeout(() => this.#fail(child, `silent for ${Math.round(afterMs / 1000)} s`), afterMs);
		this.#watchdog.unref();
	}

	#fail(child: ChildProcess, why: string): void {
		end(child);
		if (this.#child === child) this.#ended(why);
	}

	#ended(why: string): void {
		this.#child = null;
		clearTimeout(this.#watchdog);
		if (this.#isStopped) return;
		this.problem = `${this.via}: ${why}`;
		this.#retry = setTimeout(() => this.connect(), this.#backoffMs);
		this.#backoffMs = Math.min(MAX_BACKOFF_MS, this.#backoffMs * 2);
		this.#onChange();
	}

	setInterval(intervalMs: number): void {
		this.#options = {...this.#options, intervalMs};
		if (this.#child === null) return;
		end(this.#child);
		this.connect();
	}

	stop(): void {
		this.#isStopped = true;
		clearTimeout(this.#retry);
		clearTimeout(this.#watchdog);
		if (this.#child !== null) end(this.#child);
		this.#child = null;
	}
}

/** Closes its input, on which the recorder ends by itself; what is left after that is ended. */
function end(child: ChildProcess): void {
	child.stdin?.end();
	child.stdout?.destroy();
	child.stderr?.destroy();
	child.unref();
	const {pid} = child;
	if (pid === undefined) return;
	signalGroup(pid, 'SIGTERM');
	setTimeout(
		() => child.exitCode === null && child.signalCode === null && signalGroup(pid, 'SIGKILL'),
		GRACE_MS,
	).unref();
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
	try {
		process.kill(-pid, signal);
	} catch {
		// it is gone already
	}
}

function lastLine(stderr: string): string | null {
	const lines = stderr.split('\n').map((line) => stripControls(line).trim());
	const last = lines.filter((line) => line !== '').at(-1);
	return last === undefined ? null : last.slice(0, 200);
}
