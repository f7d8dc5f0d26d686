/** Completion scripts, made of the same table that commander parses by. */

export type CompletedOption = {
	/** `--format`, and `-o` where there is one. */
	readonly names: readonly string[];
	readonly about: string;
	readonly takesValue: boolean;
	readonly choices: readonly string[];
	/** Its value, or that of the argument, is a path. */
	readonly isPath: boolean;
};

export type CompletedCommand = {
	/** '' is the program itself. */
	readonly name: string;
	readonly about: string;
	readonly options: readonly CompletedOption[];
	/** It takes a recording. */
	readonly takesPath: boolean;
	readonly choices: readonly string[];
};

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

export function completionScript(shell: Shell, commands: readonly CompletedCommand[]): string {
	return {bash, zsh, fish}[shell](commands);
}

function bash(commands: readonly CompletedCommand[]): string {
	const named = commands.filter(({name}) => name !== '');
	const cases = commands.map(({name, options, takesPath, choices}) => {
		const words = options.flatMap(({names}) => names).join(' ');
		const rest = takesPath ? 'files=1' : `words=${quoted(choices.join(' '))}`;
		return `\t${name === '' ? "''" : name}) options=${quoted(words)}; ${name === '' ? 'words=$commands' : rest} ;;`;
	});
	const values = uniqueOptions(commands).map(({names, choices, isPath}) => {
		const answer = isPath ? "files=1 words=''" : `files='' words=${quoted(choices.join(' '))}`;
		return `\t${names.join('|')}) options=''; ${answer} ;;`;
	});
	return `# traefik-top completion for bash: source <(traefik-top completion bash)
_traefik_top() {
	local commands=${quoted(named.map(({name}) => name).join(' '))}
	local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
	local command='' options='' words='' files='' word
	for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		case " $commands " in *" $word "*) command=$word; break ;; esac
	done
	case $command in
${cases.join('\n')}
	esac
	case $previous in
${values.join('\n')}
	esac
	[[ $current == -* ]] && words=$options files=''
	COMPREPLY=()
	[[ -n $words ]] && mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
	[[ -n $files ]] && { compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current"); }
	return 0
}
complete -F _traefik_top traefik-top
`;
}

function zsh(commands: readonly CompletedCommand[]): string {
	const described = commands
		.filter(({name}) => name !== '')
		.map(({name, about}) => `\t\t${quoted(`${name}:${about}`)}`);
	const cases = commands.map((command) => {
		const specs = command.options.flatMap(zshOptions);
		if (command.takesPath) specs.push(quoted('*:recording:_files'));
		if (command.choices.length > 0) specs.push(quoted(`1:value:(${command.choices.join(' ')})`));
		if (command.name === '') specs.push(quoted('1:command:->command'));
		return `\t${command.name === '' ? "''" : command.name})\n\t\t_arguments -s ${specs.join(' \\\n\t\t\t')} ;;`;
	});
	return `#compdef traefik-top
# traefik-top completion for zsh: source <(traefik-top completion zsh)
_traefik_top() {
	local -a commands
	local command='' state word
	commands=(
${described.join('\n')}
	)
	for word in \${words[2,CURRENT-1]}; do
		if [[ -n \${(M)commands:#$word:*} ]]; then
			command=$word
			shift "words"
			((CURRENT--))
			break
		fi
	done
	case $command in
${cases.join('\n')}
	esac
	[[ $state == command ]] && _describe command commands
}
if [[ $funcstack[1] == _traefik_top ]]; then _traefik_top "$@"; else compdef _traefik_top traefik-top; fi
`;
}

function zshOptions({names, about, takesValue, choices, isPath}: CompletedOption): string[] {
	const text = about.replace(/[[\]:\\]/g, '\\$&');
	const value = isPath ? ':file:_files' : choices.length > 0 ? `:value:(${choices.join(' ')})` : ':value: ';
	return names.map((name) => quoted(`*${name}[${text}]${takesValue ? value : ''}`));
}

function fish(commands: readonly CompletedCommand[]): string {
	const named = commands.filter(({name}) => name !== '');
	const lines = [
		'# traefik-top completion for fish: traefik-top completion fish | source',
		'complete -c traefik-top -f',
	];
	const isAny = `__fish_seen_subcommand_from ${named.map(({name}) => name).join(' ')}`;
	for (const {name, about} of named) {
		lines.push(`complete -c traefik-top -n ${quoted(`not ${isAny}`)} -a ${name} -d ${quoted(about)}`);
	}
	for (const {name, options, takesPath, choices} of commands) {
		const when = `-n ${quoted(name === '' ? `not ${isAny}` : `__fish_seen_subcommand_from ${name}`)}`;
		for (const option of options) lines.push(`complete -c traefik-top ${when} ${fishOption(option)}`);
		if (takesPath) lines.push(`complete -c traefik-top ${when} -F`);
		if (choices.length > 0) lines.push(`complete -c traefik-top ${when} -a ${quoted(choices.join(' '))}`);
	}
	return `${lines.join('\n')}\n`;
}

function fishOption({names, about, takesValue, choices, isPath}: CompletedOption): string {
	const flags = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
	const value = isPath ? '-r -F' : choices.length > 0 ? `-x -a ${quoted(choices.join(' '))}` : '-x';
	return `${flags.join(' ')} ${takesValue ? `${value} ` : ''}-d ${quoted(about)}`;
}

function uniqueOptions(commands: readonly CompletedCommand[]): CompletedOption[] {
	const byName = new Map<string, CompletedOption>();
	for (const option of commands.flatMap(({options}) => options)) {
		const key = option.names.join('|');
		const before = byName.get(key);
		const choices = [...new Set([...(before?.choices ?? []), ...option.choices])];
		if (option.takesValue) byName.set(key, {...option, choices});
	}
	return [...byName.values()];
}

/** In single quotes, which all three shells read alike. */
function quoted(text: string): string {
	return `'${text.replaceAll("'", "'\\''")}'`;
}
