/**
`--on-finding`: runs the user's command when a finding opens or closes. One at a time, so many a minute, so long at most:
a hook that hangs or fails is said and does no harm.
*/
import {type ChildProcessWithoutNullStreams, spawn} from 'node:child_process';
import {UserError} from '../errors.ts';
import type {Finding} from '../finding.ts';
import {stripControls} from '../text/strip-controls.ts';

export type HookOptions = {
	readonly command: string;
	/** `sh -c` instead of splitting at spaces. */
	readonly isShell: boolean;
	/** Told one line when a run fails, takes too long or is left out. */
	readonly complain: (message: string) => void;
	readonly timeLimitMs?: number;
	readonly runsPerMinute?: number;
};

type Event = {readonly event: 'opened' | 'closed'; readonly finding: Finding};

const TIME_LIMIT_MS = 10_000;
const RUNS_PER_MINUTE = 60;
/** After the polite signal, before the other one. */
const GRACE_MS = 1000;
const STDERR_BYTES = 2000;

export class FindingHook {
	readonly #words: readonly string[];
	readonly #options: HookOptions;
	readonly #waiting: Event[] = [];
	/** When runs began within the last minute, ms. */
	#starts: number[] = [];
	#leftOut = 0;
	#running: Promise<void> | null = null;
	#child: ChildProcessWithoutNullStreams | null = null;

	constructor(options: HookOptions) {
		this.#options = options;
		this.#words = options.isShell ? ['sh', '-c', options.command] : splitWords(options.command);
	}

	/** Notices inform and never alarm: they run nothing. */
	tell(opened: readonly Finding[], closed: readonly Finding[]): void {
		for (const finding of closed) if (finding.severity !== 'notice') this.#waiting.push({event: 'closed', finding});
		for (const finding of opened) if (finding.severity !== 'notice') this.#waiting.push({event: 'opened', finding});
		this.#running ??= this.#drain().finally(() => {
			this.#running = null;
		});
	}

	/** Resolves when nothing runs or waits any more, or after so long; what still runs then is ended. */
	async close(patienceMs: number): Promise<void> {
		let timer: NodeJS.Timeout | undefined;
		const patience = new Promise<void>((resolve) => {
			timer = setTimeout(resolve, patienceMs);
		});
		await Promise.race([this.#running ?? Promise.resolve(), patience]);
		clearTimeout(timer);
		this.#waiting.length = 0;
		if (this.#child !== null) end(this.#child, 'SIGKILL');
	}

	async #drain(): Promise<void> {
		for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
			if (this.#isAllowed()) await this.#run(next);
			else this.#leftOut++;
		}
		if (this.#leftOut > 0) {
			const {runsPerMinute = RUNS_PER_MINUTE} = this.#options;
			this.#options.complain(`--on-finding: ${this.#leftOut} runs left out: more than ${runsPerMinute} a minute`);
			this.#leftOut = 0;
		}
	}

	#isAllowed(): boolean {
		const now = performance.now();
		this.#starts = this.#starts.filter((start) => now - start < 60_000);
		if (this.#starts.length >= (this.#options.runsPerMinute ?? RUNS_PER_MINUTE)) return false;
		this.#starts.push(now);
		return true;
	}

	#run({event, finding}: Event): Promise<void> {
		const {complain, timeLimitMs = TIME_LIMIT_MS} = this.#options;
		const [command = '', ...args] = this.#words;
		return new Promise((resolve) => {
			// A group of its own, so that what a shell started ends with it.
			const child = spawn(command, args, {env: environment(event, finding), detached: true});
			this.#child = child;
			let said = '';
			let isLate = false;
			const limit = setTimeout(() => {
				isLate = true;
				end(child, 'SIGTERM');
			}, timeLimitMs);
			const last = setTimeout(() => end(child, 'SIGKILL'), timeLimitMs + GRACE_MS);
			const finish = (problem: string | null) => {
				clearTimeout(limit);
				clearTimeout(last);
				this.#child = null;
				child.stderr.destroy();
				child.stdout.destroy();
				if (problem !== null) complain(`--on-finding: ${stripControls(command)} ${problem}`);
				resolve();
			};
			child.stderr.on('data', (bytes: Buffer) => {
				if (said.length < STDERR_BYTES) said += bytes.toString('utf8');
			});
			child.stdout.resume();
			child.stdin.on('error', () => {}); // it need not read what it is told
			child.stdin.end(`${JSON.stringify({event, ...finding})}\n`);
			child.once('error', (error: NodeJS.ErrnoException) => finish(`cannot be run: ${error.code ?? error.message}`));
			child.once('exit', (code, signal) => {
				if (isLate) finish(`was ended: it took longer than ${timeLimitMs / 1000} s`);
				else if (code === 0) finish(null);
				else finish(`failed (${signal ?? `exit code ${code}`})${lastLine(said)}`);
			});
		});
	}
}

function end(child: ChildProcessWithoutNullStreams, signal: NodeJS.Signals): void {
	if (child.pid === undefined) return;
	try {
		process.kill(-child.pid, signal);
	} catch {
		// it has ended meanwhile
	}
}

function lastLine(text: string): string {
	const line = stripControls(text.trimEnd().split('\n').at(-1) ?? '');
	return line === '' ? '' : `: ${line.slice(0, 200)}`;
}

function environment(event: string, finding: Finding): NodeJS.ProcessEnv {
	const {instance, backend, rule, severity, from, to, message, hint} = finding;
	return {
		...process.env,
		TRAEFIK_TOP_EVENT: event,
		TRAEFIK_TOP_INSTANCE: instance,
		TRAEFIK_TOP_BACKEND: backend ?? '',
		TRAEFIK_TOP_RULE: rule,
		TRAEFIK_TOP_SEVERITY: severity,
		TRAEFIK_TOP_FROM: String(from),
		TRAEFIK_TOP_TO: to === null ? '' : String(to),
		TRAEFIK_TOP_MESSAGE: message,
		TRAEFIK_TOP_HINT: hint,
	};
}

/** Splits at spaces; quotes of either kind hold words together, as in a shell, and nothing else means anything. */
export function splitWords(command: string): string[] {
	const words: string[] = [];
	const pattern = /(?:"[^"]*"|'[^']*'|[^\s"'])+/g;
	const rest = command.replace(pattern, (word) => {
		words.push(word.replace(/"([^"]*)"|'([^']*)'/g, '$1$2'));
		return '';
	});
	if (rest.trim() !== '' || words.length === 0) {
		throw new UserError(
			`cannot split the command of --on-finding: ${stripControls(command)}`,
			'close its quotes, or add --on-finding-shell',
			2,
		);
	}
	return words;
}
