import {UserError} from '../errors.ts';
import {type CompletedCommand, type CompletedOption, completionScript, SHELLS} from '../output/completions.ts';
import type {CommandContext, CommandSpec, Flags, OptionSpec} from './command.ts';
import {print} from './print.ts';

export async function run(_: Flags, [name = '']: readonly string[], {commands}: CommandContext): Promise<number> {
	const shell = SHELLS.find((each) => each === name);
	if (shell === undefined) throw new UserError(`no completion for "${name}"`, `give ${SHELLS.join(', ')}`, 2);
	await print(completionScript(shell, commands.map(completed)));
	return 0;
}

function completed({name, args, about, options}: CommandSpec): CompletedCommand {
	return {
		name,
		about: about.replace(/\.$/, ''),
		options: [...options.map(completedOption), HELP],
		takesPath: args.includes('recording'),
		choices: args.includes('shell') ? SHELLS : [],
	};
}

const HELP: CompletedOption = {
	names: ['--help', '-h'],
	about: 'print help',
	takesValue: false,
	choices: [],
	isPath: false,
};

function completedOption({flags, about, choices = []}: OptionSpec): CompletedOption {
	return {
		names: flags.match(/--?[a-z][a-z-]*/g) ?? [],
		about,
		takesValue: flags.includes('<'),
		choices,
		isPath: /<(?:file|dir)>/.test(flags),
	};
}
