/** The command line: commander's objects out of the table of commands, errors into one line and an exit code. */
import {getSystemErrorMap} from 'node:util';
import {Command, CommanderError, Option} from 'commander';
import type {CommandSpec, Flags, OptionSpec} from './commands/command.ts';
import {COMMANDS} from './commands/list.ts';
import {print, say, stopWaitingForReader} from './commands/print.ts';
import {settingsOf} from './commands/settings.ts';
import {InterruptedError, UserError} from './errors.ts';
import {BUGS_URL, VERSION} from './system/installation.ts';
import {nearest} from './text/nearest.ts';
import {stripControls} from './text/strip-controls.ts';

/** 128 + the signal's number, as shells report it. */
const SIGNALS = {SIGHUP: 129, SIGINT: 130, SIGTERM: 143} as const;

export async function main(argv: readonly string[]): Promise<void> {
	endQuietly(isNagios(argv) ? 3 : 1);
	let exitCode = 1;
	try {
		const chosen = parse(argv);
		exitCode = chosen === null ? 0 : await runCommand(chosen);
		// Of a write that failed the stream says so a moment later.
		await new Promise(setImmediate);
	} catch (error) {
		exitCode = tell(error, commandOf(argv), undefined);
		if (isNagios(argv)) exitCode = 3;
	}
	process.exit(exitCode);
}

type Chosen = {readonly spec: CommandSpec; readonly flags: Flags; readonly args: readonly string[]};

/** null: --help or --version has been answered. */
function parse(argv: readonly string[]): Chosen | null {
	let chosen: Chosen | null = null;
	const program = new Command('traefik-top');
	program
		.version(VERSION, '-V, --version', 'print the version')
		.enablePositionalOptions()
		.helpCommand('help [command]', 'print help for a command');
	for (const spec of COMMANDS) {
		const command = spec.name === '' ? program : program.command(`${spec.name} ${spec.args}`.trim());
		describe(command, spec);
		command.action((...given: unknown[]) => {
			// several recordings come as one list
			const args = command.processedArgs as (string | undefined | string[])[];
			if (spec.name === '' && given.length > 0 && command.args.length > 0) throw unknownCommand(command.args[0] ?? '');
			chosen = {
				spec,
				flags: {...globals(program, command, spec), ...command.opts<Flags>()},
				args: args.flat().filter((arg) => arg !== undefined),
			};
		});
	}
	const [word, topic] = argv.slice(2);
	if (word === 'help' && topic !== undefined && !program.commands.some((each) => each.name() === topic)) {
		throw unknownCommand(topic);
	}
	try {
		program.parse([...argv]);
	} catch (error) {
		if (error instanceof CommanderError && error.exitCode === 0) return null;
		throw error;
	}
	return chosen;
}

function describe(command: Command, spec: CommandSpec): void {
	command
		.description(spec.about)
		.helpOption('-h, --help', 'print this help')
		.exitOverride()
		.allowExcessArguments(spec.name === '')
		.showSuggestionAfterError(true)
		.configureOutput({outputError: () => {}, getOutHelpWidth: () => process.stdout.columns || 100})
		.addHelpText('after', () => exampleText(spec));
	for (const option of spec.options) command.addOption(optionOf(option));
}

function optionOf({flags, about, example, parse: parseText, isRepeatable, choices}: OptionSpec): Option {
	const option = new Option(flags, `${about}; e.g. ${example}`);
	// commander would call a parser for a flag without a value, too.
	if (!flags.includes('<')) return option;
	return option.argParser((text: string, before: unknown) => {
		if (choices !== undefined && !choices.includes(text)) throw wrongChoice(option.long ?? flags, text, choices);
		const value = parseText === undefined ? text : parseText(text);
		return isRepeatable === true ? [...(Array.isArray(before) ? before : []), value] : value;
	});
}

function wrongChoice(flag: string, text: string, choices: readonly string[]): UserError {
	const meant = nearest(text, choices);
	const hint = meant === null ? `give one of ${choices.join(', ')}` : `did you mean ${meant}?`;
	return new UserError(`${flag} cannot be "${stripControls(text)}"`, hint, 2);
}

function unknownCommand(name: string): UserError {
	const meant = nearest(
		name,
		COMMANDS.map((each) => each.name).filter((each) => each !== ''),
	);
	const hint = meant === null ? 'traefik-top --help lists the commands' : `did you mean ${meant}?`;
	return new UserError(`unknown command "${stripControls(name)}"`, hint, 2);
}

/** Options before the command's name apply to it, if it has them. */
function globals(program: Command, command: Command, spec: CommandSpec): Flags {
	if (command === program) return {};
	const flags: Record<string, unknown> = {};
	for (const option of program.options) {
		const key = option.attributeName();
		if (program.getOptionValueSource(key) !== 'cli') continue;
		if (!spec.options.some(({flags: own}) => own === option.flags)) {
			throw new UserError(`${option.long} is not an option of ${spec.name}`, `see traefik-top ${spec.name} --help`, 2);
		}
		flags[key] = program.getOptionValue(key);
	}
	return flags;
}

function exampleText({examples}: CommandSpec): string {
	const lines = examples.map(([command, what]) => `  ${command}\n      ${what}`);
	return `\nExamples:\n${lines.join('\n')}\n`;
}

async function runCommand({spec, flags, args}: Chosen): Promise<number> {
	const stopping = new AbortController();
	try {
		if (flags.printConfig === true) {
			await print(settingsOf(flags).printed);
			return 0;
		}
		let signalled: number | null = null;
		for (const [signal, code] of Object.entries(SIGNALS)) {
			process.on(signal, () => {
				// Asked twice: whatever is still being finished is not worth waiting for.
				if (signalled !== null) process.exit(signalled);
				signalled = spec.endsOnSignal === true ? 0 : code;
				stopping.abort(code);
				stopWaitingForReader();
			});
		}
		const {run} = await spec.load();
		const exitCode = await run(flags, args, {signal: stopping.signal, commands: COMMANDS});
		return spec.endsOnSignal === true ? exitCode : (signalled ?? exitCode);
	} catch (error) {
		if (error instanceof InterruptedError) return Number(stopping.signal.reason);
		const code = tell(error, spec.name, flags.format);
		return spec.isNagios?.(flags) === true ? 3 : code;
	}
}

/** Says what went wrong: one line for the user's problems, a stack for ours. Returns the exit code. */
function tell(error: unknown, command: string, format: string | undefined): number {
	if (error instanceof UserError) {
		sayTo(`${error.message}; ${error.hint}`, command, format);
		return error.exitCode;
	}
	if (error instanceof CommanderError) {
		const [first = '', ...rest] = error.message.replace(/^error: /, '').split('\n');
		const hint = rest
			.join(' ')
			.replace(/^\(D(.*)\)$/, 'd$1')
			.trim();
		const problem = first.replace(/\. Expected (\d+) \S+ but got (\d+): .*$/, ': expected $1, got $2');
		const where = `see ${['traefik-top', command, '--help'].filter(Boolean).join(' ')}`;
		sayTo(`${problem}; ${hint === '' ? where : hint}`, command, format);
		return 2;
	}
	const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
	const where = BUGS_URL === null ? '' : ` at ${BUGS_URL}`;
	process.stderr.write(
		`traefik-top: internal error; please report it${where} with these lines and what you ran\n` +
			`traefik-top ${VERSION}, ${runtime()}, ${process.platform} ${process.arch}\n${stack}\n`,
	);
	return 1;
}

/** The single binary runs on Bun, which also tells of a Node that it resembles. */
function runtime(): string {
	const {bun, node} = process.versions;
	return bun === undefined ? `Node ${node}` : `Bun ${bun}`;
}

/** Nagios and tmux show only stdout: an empty bar is taken for one that has nothing to tell. */
function sayTo(sentence: string, command: string, format: string | undefined): void {
	say(sentence);
	const line = stripControls(sentence);
	if (command === 'check') process.stdout.write(`TRAEFIK UNKNOWN - ${line.replaceAll('|', '/')}\n`);
	if (command === 'status' && format === 'tmux') process.stdout.write(`? traefik-top: ${line.replaceAll('#', '##')}\n`);
}

/** Before the flags are known: whether a Nagios daemon is going to read the exit code. */
function isNagios(argv: readonly string[]): boolean {
	const name = commandOf(argv);
	return name === 'check' || (name === 'status' && argv.includes('--exit-code'));
}

/** The name of the command that is meant; empty: the live view. */
function commandOf(argv: readonly string[]): string {
	return argv.slice(2).find((word) => COMMANDS.some((each) => each.name === word)) ?? '';
}

/** The reader of a pipe has seen enough: `traefik-top watch | head -1`. */
function endQuietly(errorCode: number): void {
	for (const stream of [process.stdout, process.stderr]) {
		stream.on('error', (error: NodeJS.ErrnoException) => {
			if (error.code === 'EPIPE') process.exit(0);
			// A terminal that went away is the screen's to deal with.
			if (stream.isTTY) return;
			const [, reason = error.message] = getSystemErrorMap().get(error.errno ?? 0) ?? [];
			say(`cannot write to standard output: ${reason}; write somewhere else, or free some space`);
			process.exit(errorCode);
		});
	}
}
