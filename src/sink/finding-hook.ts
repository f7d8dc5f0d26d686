/**
`--on-finding`: runs the user's command when a finding opens or closes. One at a time, a bounded number a minute, for a bounded time, and
no more than this many wait: a hook that hangs, fails or cannot be started is said and does no harm.
*/
import {type ChildProcess, spawn} from 'node:child_process';
import {type Finding, findingKey} from '../detect/finding.ts';
import {UserError} from '../errors.ts';
import {plural} from '../text/plural.ts';
import {stripControls} from '../text/strip-controls.ts';

export type HookOptions = {
	readonly command: string;
	/** `sh -c` instead of splitting at spaces. */
	readonly isShell: boolean;
	/** Told one line when a run fails, takes too long or is left out. */
	readonly complain: (message: string) => void;
	readonly timeLimitMs?: number;
	readonly runsPerMinute?: number;
	readonly maxWaiting?: number;
};

type Event = {readonly event: 'opened' | 'closed'; readonly finding: Finding};

const TIME_LIMIT_MS = 10_000;
const RUNS_PER_MINUTE = 60;
/** What waits for longer than some minutes is not news. */
const MAX_WAITING = 200;
/** Runs that were left out are told this often while others wait, and this many of them by name. */
const TELL_MS = 60_000;
const MAX_NAMED = 3;
/** After the polite signal, before the other one. */
const GRACE_MS = 1000;
const STDERR_BYTES = 2000;

export class FindingHook {
	readonly #words: readonly string[];
	readonly #options: HookOptions;
	/** By finding: of one that closes before its opening was told, the closing alone is told. */
	readonly #waiting = new Map<string, Event>();
	/** When runs began within the last minute, ms. */
	#starts: number[] = [];
	/** By reason. */
	readonly #leftOut = new Map<string, {count: number; readonly named: string[]}>();
	#toldAt = performance.now();
	#running: Promise<void> | null = null;
	#child: ChildProcess | null = null;

	constructor(options: HookOptions) {
		this.#options = options;
		this.#words = options.isShell ? ['sh', '-c', options.command] : splitWords(options.command);
	}

	/** Notices inform and never alarm: they run nothing. */
	tell(opened: readonly Finding[], closed: readonly Finding[]): void {
		for (const finding of closed) this.#add({event: 'closed', finding});
		for (const finding of opened) this.#add({event: 'opened', finding});
		this.#running ??= this.#drain().finally(() => {
			this.#running = null;
		});
	}

	/** Resolves when nothing runs or waits any more, or after this long; what still runs then is ended. */
	async close(patienceMs: number): Promise<void> {
		let timer: NodeJS.Timeout | undefined;
		const patience = new Promise<void>((resolve) => {
			timer = setTimeout(resolve, patienceMs);
		});
		await Promise.race([this.#running ?? Promise.resolve(), patience]);
		clearTimeout(timer);
		for (const event of this.#waiting.values()) this.#leaveOut(event, 'traefik-top has ended');
		this.#waiting.clear();
		this.#tellLeftOut();
		if (this.#child !== null) end(this.#child, 'SIGKILL');
	}

	#add(event: Event): void {
		if (event.finding.severity === 'notice') return;
		const key = findingKey(event.finding);
		const before = this.#waiting.get(key);
		const {maxWaiting = MAX_WAITING} = this.#options;
		if (before === undefined && this.#waiting.size >= maxWaiting) {
			this.#leaveOut(event, `more than ${maxWaiting} were waiting`);
			return;
		}
		if (before?.event === 'opened' && event.event === 'closed') this.#leaveOut(before, 'closed before its turn');
		this.#waiting.set(key, event);
	}

	async #drain(): Promise<void> {
		const {runsPerMinute = RUNS_PER_MINUTE} = this.#options;
		for (const [key, event] of this.#waiting) {
			this.#waiting.delete(key);
			if (this.#isAllowed()) await this.#run(event);
			else this.#leaveOut(event, `more than ${runsPerMinute} a minute`);
			if (performance.now() - this.#toldAt >= TELL_MS) this.#tellLeftOut();
		}
		this.#tellLeftOut();
	}

	#leaveOut({event, finding: {backend, instance, rule}}: Event, why: string): void {
		const all = this.#leftOut.get(why) ?? {count: 0, named: []};
		this.#leftOut.set(why, all);
		all.count++;
		if (all.named.length < MAX_NAMED) all.named.push(`${rule} of ${backend ?? instance} ${event}`);
	}

	#tellLeftOut(): void {
		for (const [why, {count, named}] of this.#leftOut) {
			const more = count > named.length ? ` and ${count - named.length} more` : '';
			const what = `${plural(count, 'run')} skipped: ${why}: ${named.join(', ')}${more}`;
			this.#options.complain(`--on-finding: ${what}`);
		}
		this.#leftOut.clear();
		this.#toldAt = performance.now();
	}

	#isAllowed(): boolean {
		const now = performance.now();
		this.#starts = this.#starts.filter((start) => now - start < 60_000);
		if (this.#starts.length >= (this.#options.runsPerMinute ?? RUNS_PER_MINUTE)) return false;
		this.#starts.push(now);
		return true;
	}

	/** Never rejects: what cannot be run is said. */
	#run({event, finding}: Event): Promise<void> {
		const {complain, timeLimitMs = TIME_LIMIT_MS} = this.#options;
		const [command = '', ...args] = this.#words;
		const cannotRun = ({code, message}: NodeJS.ErrnoException) =>
			complain(`--on-finding: ${stripControls(command)} cannot be run: ${code ?? message}`);
		let child: ChildProcess;
		try {
			// A group of its own, so that what a shell started ends with it.
			child = spawn(command, args, {env: environment(event, finding), detached: true});
		} catch (error) {
			cannotRun(error as NodeJS.ErrnoException); // such as E2BIG
			return Promise.resolve();
		}
		this.#child = child;
		return new Promise((resolve) => {
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
				child.stderr?.destroy();
				child.stdout?.destroy();
				if (problem !== null) complain(`--on-finding: ${stripControls(command)} ${problem}`);
				resolve();
			};
			child.once('error', (error) => {
				cannotRun(error);
				finish(null);
			});
			child.once('exit', (code, signal) => {
				if (isLate) finish(`was ended: it took longer than ${timeLimitMs / 1000} s`);
				else if (code === 0) finish(null);
				else finish(`failed (${signal ?? `exit code ${code}`})${lastLine(said)}`);
			});
			// without descriptors left (EMFILE) there are no streams
			child.stderr?.on('data', (bytes: Buffer) => {
				if (said.length < STDERR_BYTES) said += bytes.toString('utf8');
			});
			child.stdout?.resume();
			child.stdin?.on('error', () => {}); // it need not read what it is told
			child.stdin?.end(`${JSON.stringify({event, ...finding})}\n`);
		});
	}
}

function end(child: ChildProcess, signal: NodeJS.Signals): void {
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
