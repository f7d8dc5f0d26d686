/** The man page, made of the table of commands (man(7) macros): `npm run man` writes it to docs/traefik-top.1. */

import type {CommandSpec, OptionSpec} from './command.ts';
import {LIVE_OPTIONS, VIEW_OPTIONS} from './options.ts';

/** Documented once for all the commands that take all of them. */
const SHARED: readonly (readonly [title: string, about: string, options: readonly OptionSpec[]])[] = [
	['LIVE OPTIONS', 'Which processes are read, and how.', LIVE_OPTIONS],
	['VIEW OPTIONS', 'What is shown, and how.', VIEW_OPTIONS],
];

const EXIT_CODES: readonly (readonly [code: string, meaning: string])[] = [
	['0', 'success; also record and export when they are told to stop'],
	['1', 'internal error or unrecognized input'],
	['2', 'usage error'],
	['3', 'no Traefik found (snapshot, status, check)'],
	['0, 1, 2, 3', 'check, and status with --exit-code: ok, degraded, down, unknown or any error'],
	['130, 143', 'ended by SIGINT, SIGTERM'],
];

const ENVIRONMENT: readonly (readonly [name: string, meaning: string])[] = [
	['NO_COLOR', 'if not empty, disables colours'],
	['TERM, COLORTERM', 'how many colours the terminal has; TERM=dumb disables them'],
	['XDG_CONFIG_HOME', 'where the config file is, in traefik-top/config.json (default ~/.config)'],
];

export function manPage(commands: readonly CommandSpec[], version: string): string {
	return `${[
		`.TH TRAEFIK\\-TOP 1 "" ${quoted(`traefik-top ${version}`)} "User Commands"`,
		'.SH NAME',
		'traefik\\-top \\- like top, for the backends behind Traefik',
		'.SH SYNOPSIS',
		...commands.flatMap((command, place) => [...(place > 0 ? ['.br'] : []), synopsis(command)]),
		'.SH DESCRIPTION',
		roff(
			"Shows which backends of Traefik are failing, why, since when, and who has to act. It reads the kernel's TCP tables and nothing else: no query to Traefik, its API, a backend, Docker or DNS.",
		),
		'.SH COMMANDS',
		...commands.flatMap(commandSection),
		...SHARED.flatMap(([title, about, options]) => [`.SH ${title}`, roff(about), ...options.flatMap(optionEntry)]),
		'.SH EXIT STATUS',
		...EXIT_CODES.flatMap(([code, meaning]) => ['.TP', `.B ${roff(code)}`, roff(meaning)]),
		'.SH ENVIRONMENT',
		...ENVIRONMENT.flatMap(([name, meaning]) => ['.TP', `.B ${roff(name)}`, roff(meaning)]),
		'.SH SEE ALSO',
		'.BR top (1),',
		'.BR ss (8)',
	].join('\n')}\n`;
}

function synopsis({name, args}: CommandSpec): string {
	const words = [`\\fBtraefik\\-top${name === '' ? '' : ` ${roff(name)}`}\\fR`, '[\\fIoption\\fR ...]'];
	if (args !== '') words.push(roff(args.replace('...', ' ...')));
	return words.join(' ');
}

function commandSection({name, about, options, examples}: CommandSpec): string[] {
	const taken = SHARED.filter(([, , shared]) => shared.every((option) => options.includes(option)));
	const own = options.filter((option) => !taken.some(([, , shared]) => shared.includes(option)));
	const also = taken.map(([title]) => title).join(' and ');
	return [
		`.SS ${quoted(name === '' ? 'traefik-top' : `traefik-top ${name}`)}`,
		roff(about),
		...own.flatMap(optionEntry),
		...(also === '' ? [] : ['.PP', roff(`Also takes the ${also} below.`)]),
		...examples.flatMap(([command, what]) => [
			'.PP',
			roff(`Example, ${what}:`),
			'.PP',
			'.RS',
			'.nf',
			roff(command),
			'.fi',
			'.RE',
		]),
	];
}

function optionEntry({flags, about, example}: OptionSpec): string[] {
	return ['.TP', `\\fB${roff(flags)}\\fR`, roff(`${about}; e.g. ${example}`)];
}

/** Escapes what roff would take for a request, an escape, a hyphen or a typographic quote. */
function roff(text: string): string {
	return text
		.replaceAll('\\', '\\e')
		.replaceAll('-', '\\-')
		.replaceAll("'", '\\(aq')
		.replaceAll('~', '\\(ti')
		.replaceAll('^', '\\(ha')
		.replaceAll('`', '\\(ga')
		.replace(/^\./, '\\&.');
}

/** An argument of a macro. */
function quoted(text: string): string {
	return `"${roff(text).replaceAll('"', '\\(dq')}"`;
}
