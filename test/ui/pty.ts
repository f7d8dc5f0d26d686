/** A screen process on a real pseudo-terminal, read back through a terminal emulator. */
import {fileURLToPath} from 'node:url';
import {type IPty, spawn} from '@lydell/node-pty';
import xterm from '@xterm/headless';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** A wait that takes longer than this fails; nothing here depends on the time it takes. */
const PATIENCE_MS = 15_000;

export type PtyOptions = {
	readonly args?: readonly string[];
	readonly columns?: number;
	readonly rows?: number;
	readonly env?: Readonly<Record<string, string>>;
	/** Instead of the screen process: a shell command, in which $SCREEN starts it. */
	readonly shell?: string;
};

export class PtyScreen {
	readonly pty: IPty;
	readonly #terminal: InstanceType<typeof xterm.Terminal>;
	readonly exited: Promise<{readonly exitCode: number; readonly signal: number | undefined}>;
	/** Everything that was written, escapes included. */
	output = '';
	#waiters = new Set<() => void>();

	constructor({args = [], columns = 100, rows = 30, env = {}, shell}: PtyOptions = {}) {
		const command = ['--import', `${ROOT}test/tsx-hook.js`, `${ROOT}test/ui/synthetic.tsx`, ...args];
		const {NO_COLOR, FORCE_COLOR, COLORTERM, CI, ...inherited} = process.env;
		const options = {
			cols: columns,
			rows,
			cwd: ROOT,
			name: 'xterm-256color',
			env: {
				...inherited,
				TERM: 'xterm-256color',
				LANG: 'C.UTF-8',
				SCREEN: [process.execPath, ...command].join(' '),
				...env,
			},
		};
		this.#terminal = new xterm.Terminal({cols: columns, rows, allowProposedApi: true});
		this.pty =
			shell === undefined
				? spawn(process.execPath, command, options)
				: spawn('bash', ['--norc', '-ic', shell], options);
		this.exited = new Promise((resolve) => {
			this.pty.onExit(({exitCode, signal}) => {
				resolve({exitCode, signal});
				this.#notify();
			});
		});
		this.pty.onData((data) => {
			this.output += data;
			this.#terminal.write(data, () => this.#notify());
		});
	}

	#notify(): void {
		for (const waiter of this.#waiters) waiter();
	}

	/** The visible lines, without trailing blanks. */
	lines(): string[] {
		const {active} = this.#terminal.buffer;
		return Array.from(
			{length: this.#terminal.rows},
			(_, row) => active.getLine(active.baseY + row)?.translateToString(true) ?? '',
		);
	}

	text(): string {
		return this.lines().join('\n');
	}

	isAlternate(): boolean {
		return this.#terminal.buffer.active.type === 'alternate';
	}

	/** Whether any cell has a colour of its own. */
	hasColour(): boolean {
		const {active} = this.#terminal.buffer;
		for (let row = 0; row < this.#terminal.rows; row++) {
			const line = active.getLine(active.baseY + row);
			for (let column = 0; column < this.#terminal.cols; column++) {
				const cell = line?.getCell(column);
				if (cell !== undefined && (!cell.isFgDefault() || !cell.isBgDefault())) return true;
			}
		}
		return false;
	}

	/** Resolves when the screen satisfies a test; fails with what it shows instead. */
	async until(what: string, test: (text: string) => boolean): Promise<string> {
		await new Promise<void>((resolve, reject) => {
			const timer = setTimeout(() => {
				this.#waiters.delete(check);
				reject(new Error(`never: ${what}\n${this.text()}`));
			}, PATIENCE_MS);
			const check = () => {
				if (!test(this.text())) return;
				this.#waiters.delete(check);
				clearTimeout(timer);
				resolve();
			};
			this.#waiters.add(check);
			check();
		});
		return this.text();
	}

	async sees(text: string | RegExp): Promise<string> {
		return this.until(String(text), (screen) => (typeof text === 'string' ? screen.includes(text) : text.test(screen)));
	}

	async misses(text: string): Promise<string> {
		return this.until(`no ${text}`, (screen) => !screen.includes(text));
	}

	press(keys: string): void {
		this.pty.write(keys);
	}

	resize(columns: number, rows: number): void {
		this.#terminal.resize(columns, rows);
		this.pty.resize(columns, rows);
	}

	[Symbol.dispose](): void {
		try {
			process.kill(this.pty.pid, 'SIGKILL');
		} catch {}
		this.#terminal.dispose();
	}
}

/** Runs a test on a screen and takes the process down, whatever happens. */
export async function withScreen(options: PtyOptions, test: (screen: PtyScreen) => Promise<void>): Promise<void> {
	const screen = new PtyScreen(options);
	try {
		await test(screen);
	} finally {
		screen[Symbol.dispose]();
	}
}

export const KEY = {
	up: '\u001b[A',
	down: '\u001b[B',
	right: '\u001b[C',
	left: '\u001b[D',
	pageDown: '\u001b[6~',
	pageUp: '\u001b[5~',
	home: '\u001b[H',
	end: '\u001b[F',
	escape: '\u001b',
	enter: '\r',
	tab: '\t',
	backspace: '\u007f',
	f1: '\u001bOP',
	ctrlC: '\u0003',
	ctrlL: '\u000c',
	ctrlZ: '\u001a',
} as const;
