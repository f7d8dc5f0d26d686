/** A program on a real pseudo-terminal: types keys as a person does, waits for what the screen shows, records both. */
import {setTimeout as sleep} from 'node:timers/promises';
import {type IPty, spawn} from '@lydell/node-pty';
import xterm from '@xterm/headless';
import type {Cast, CastEvent, Mark} from './cast.ts';

export type RecorderOptions = {
	readonly command: readonly [string, ...string[]];
	readonly columns: number;
	readonly rows: number;
	readonly cwd: string;
	readonly env: Readonly<Record<string, string>>;
};

const KEYS = {
	enter: {label: 'Enter', bytes: '\r'},
	escape: {label: 'Esc', bytes: '\u001b'},
	tab: {label: 'Tab', bytes: '\t'},
	left: {label: '←', bytes: '\u001b[D'},
	end: {label: 'End', bytes: '\u001b[F'},
	pageDown: {label: 'PgDn', bytes: '\u001b[6~'},
} as const;

const TYPING_MS = 40;
/** Long enough for the slowest rule to open and close. */
const PATIENCE_MS = 45_000;

export class Recorder {
	readonly #options: RecorderOptions;
	readonly #pty: IPty;
	readonly #terminal: InstanceType<typeof xterm.Terminal>;
	readonly #begin = performance.now();
	readonly #events: CastEvent[] = [];
	readonly #waiting = new Set<() => void>();
	readonly exited: Promise<void>;

	constructor(options: RecorderOptions) {
		const {command, columns, rows, cwd, env} = options;
		this.#options = options;
		this.#terminal = new xterm.Terminal({cols: columns, rows, allowProposedApi: true});
		this.#pty = spawn(command[0], command.slice(1), {cols: columns, rows, cwd, env, name: 'xterm-256color'});
		this.#pty.onData((data) => {
			this.#note('o', data);
			this.#terminal.write(data, () => {
				for (const look of this.#waiting) look();
			});
		});
		this.exited = new Promise((resolve) => void this.#pty.onExit(() => resolve()));
	}

	#note(kind: 'o' | 'm', data: string): void {
		this.#events.push([Number(((performance.now() - this.#begin) / 1000).toFixed(4)), kind, data]);
	}

	mark(kind: Mark['kind'], text = ''): void {
		this.#note('m', text === '' ? kind : `${kind} ${text}`);
	}

	async type(text: string): Promise<void> {
		for (const character of text) {
			this.#pty.write(character);
			await sleep(TYPING_MS);
		}
	}

	/** A named key, or the character itself. */
	press(key: keyof typeof KEYS | '[' | ']' | '?' | '+' | 'q' | 'w'): void {
		const {label, bytes} = key in KEYS ? KEYS[key as keyof typeof KEYS] : {label: key, bytes: key};
		this.mark('key', label);
		this.#pty.write(bytes);
	}

	async sees(what: RegExp): Promise<void> {
		await this.#until(`${what} never came`, () => what.test(this.text()));
	}

	async misses(what: RegExp): Promise<void> {
		await this.#until(`${what} stayed`, () => !what.test(this.text()));
	}

	/** Fails with what the screen shows instead. */
	async #until(problem: string, isSo: () => boolean): Promise<void> {
		await new Promise<void>((resolve, reject) => {
			const look = () => {
				if (!isSo()) return;
				clearTimeout(timer);
				this.#waiting.delete(look);
				resolve();
			};
			const timer = setTimeout(() => {
				this.#waiting.delete(look);
				reject(new Error(`${problem}:\n${this.text()}`));
			}, PATIENCE_MS);
			this.#waiting.add(look);
			look();
		});
	}

	text(): string {
		const {active} = this.#terminal.buffer;
		const lines = Array.from({length: this.#options.rows}, (_, row) => active.getLine(active.baseY + row));
		return lines.map((line) => line?.translateToString(true) ?? '').join('\n');
	}

	cast(): Cast {
		return {columns: this.#options.columns, rows: this.#options.rows, events: this.#events};
	}

	close(): void {
		try {
			process.kill(this.#pty.pid, 'SIGKILL');
		} catch {} // it has ended by itself
		this.#terminal.dispose();
	}
}
