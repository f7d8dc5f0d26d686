/** What a command is, as data: cli.ts makes commander's objects, --help and the completions of it. */

/** Every flag of every command, parsed. A command reads those that it lists. */
import type {Keep} from './values.ts';

export type Flags = {
	readonly pid?: readonly number[];
	readonly match?: RegExp;
	readonly source?: 'auto' | 'netlink' | 'text';
	readonly via?: readonly string[];
	readonly backend?: readonly string[];
	readonly ignore?: readonly string[];
	readonly name?: readonly string[];
	readonly interval?: number;
	/** false when --no-backoff was given. */
	readonly backoff?: boolean;
	readonly config?: string;
	readonly printConfig?: boolean;
	readonly record?: string;
	/** false when --no-color was given. */
	readonly color?: boolean;
	readonly ascii?: boolean;
	readonly compact?: boolean;
	readonly mouse?: boolean;
	readonly procRoot?: string;
	readonly tz?: string;
	readonly demoIfNone?: boolean;
	readonly onFinding?: string;
	readonly onFindingShell?: boolean;
	readonly at?: string;
	readonly speed?: number;
	readonly pauseOnFinding?: boolean;
	readonly output?: string;
	/** A span of a recording, as TIMEs. */
	readonly since?: string;
	readonly until?: string;
	readonly anonymize?: boolean;
	/** The recording to compare with, and its span. */
	readonly compare?: string;
	readonly compareSince?: string;
	readonly compareUntil?: string;
	/** A recording to convert. */
	readonly from?: string;
	readonly for?: number;
	readonly force?: boolean;
	readonly maxSize?: number;
	readonly maxAge?: number;
	readonly keep?: readonly Keep[];
	readonly format?: string;
	readonly json?: boolean;
	readonly sockets?: boolean;
	readonly follow?: boolean;
	readonly width?: number;
	readonly quietOk?: boolean;
	readonly exitCode?: boolean;
	readonly listen?: string;
	readonly maxBackends?: number;
};

export type OptionSpec = {
	/** As commander writes them: `-o, --output <file>`. */
	readonly flags: string;
	readonly about: string;
	/** A whole example, shown in --help. */
	readonly example: string;
	/** Turns the text into a value; a UserError says what is wrong. Without it: the text, or true. */
	readonly parse?: (text: string) => unknown;
	/** May be given several times: the values become a list. */
	readonly isRepeatable?: boolean;
	readonly choices?: readonly string[];
};

/** Told to a command besides its flags. */
export type CommandContext = {
	/** Aborted by SIGINT, SIGTERM and SIGHUP: finish what is begun and return. The reason is 128 + its number. */
	readonly signal: AbortSignal;
	/** Every command there is. */
	readonly commands: readonly CommandSpec[];
};

type Run = (flags: Flags, args: readonly string[], context: CommandContext) => Promise<number>;

export type CommandSpec = {
	/** '' is the live view, which has no name. */
	readonly name: string;
	/** As commander writes them: `<recording>`, `[recording]`. */
	readonly args: string;
	readonly about: string;
	readonly options: readonly OptionSpec[];
	readonly examples: readonly (readonly [command: string, what: string])[];
	/** Being told to stop is its regular end: exit code 0. */
	readonly endsOnSignal?: boolean;
	/** Every error is 3, as Nagios wants it. */
	isNagios?(flags: Flags): boolean;
	/** Loaded when it is called for: a headless command must not wait for Ink. */
	load(): Promise<{readonly run: Run}>;
};
