/** Every command: what it is called, what it takes, and the module that does it. */
import {
	at,
	compact,
	interval,
	LIVE_OPTIONS,
	match,
	mouse,
	onFinding,
	pid,
	record,
	source,
	span,
	VIEW_OPTIONS,
} from './options.ts';
import type {CommandSpec, OptionSpec} from './spec.ts';
import {captureFile, durationOf, given, keepOf, sizeOf, speedOf, wholeNumber} from './values.ts';

const EVERYWHERE = [...LIVE_OPTIONS, ...VIEW_OPTIONS];

function format(choices: readonly string[], standard: string, example = `--format ${choices.at(-1)}`): OptionSpec {
	return {flags: '--format <form>', about: `one of ${choices.join(', ')} (default ${standard})`, example, choices};
}

function forDuration(about: string, example: string): OptionSpec {
	return {flags: '--for <dur>', about, example: `--for ${example}`, parse: durationOf(1)};
}

export const COMMANDS: readonly CommandSpec[] = [
	{
		name: '',
		args: '',
		about: 'Live view of every Traefik process that can be seen (plain tables where stdout is no terminal).',
		options: [
			...EVERYWHERE,
			compact,
			mouse,
			record,
			...onFinding,
			{
				flags: '--demo-if-none',
				about: 'where no Traefik is visible, play the bundled incident until one is',
				example: '--demo-if-none',
			},
		],
		examples: [
			['traefik-top', 'everything on this machine'],
			["traefik-top --via 'ssh lb1' --via 'ssh lb2'", 'two machines in one table'],
			["traefik-top --via 'docker exec -i traefik'", 'inside a container'],
			['traefik-top --ignore :8500 --name 10.0.3.12:8080=api-2', 'without Consul, with a name'],
		],
		load: () => import('./live.ts'),
	},
	{
		name: 'replay',
		args: '[recording...]',
		about: 'The same view on a recording.',
		options: [
			{...at, about: 'where to begin (default: its beginning)'},
			{flags: '--speed <factor>', about: 'times real time (default 1)', example: '--speed 10', parse: speedOf},
			{flags: '--pause-on-finding', about: 'pause when a finding opens', example: '--pause-on-finding'},
			{flags: '--follow', about: 'go on while the capture is still written', example: '--follow'},
			source,
			...VIEW_OPTIONS,
			compact,
			mouse,
		],
		examples: [
			['traefik-top replay incident.capture --at 14:02', 'from two minutes past two'],
			['ssh lb1 cat incident.capture | traefik-top replay -', 'from stdin; keys come from the terminal'],
		],
		load: () => import('./replay.ts'),
	},
	{
		name: 'record',
		args: '[recording...]',
		about: 'Record without a screen, until stopped.',
		options: [
			{
				flags: '-o, --output <file>',
				about: 'the recording (required); a directory: an archive, with files HOST-TIME.capture',
				example: '-o incident.capture',
				parse: captureFile('the file of --output'),
			},
			forDuration('stop after so long', '2h'),
			{
				flags: '--from <recording>',
				about: 'convert a recording of any form into this one file',
				example: '--from tables.txt',
				parse: given('the recording of --from'),
			},
			...span,
			{
				flags: '--anonymize',
				about: 'with --from: replace addresses, names, hosts, PIDs and inodes by stand-ins',
				example: '--from incident.capture --anonymize',
			},
			{flags: '--force', about: 'overwrite what is there (a capture is continued otherwise)', example: '--force'},
			{
				flags: '--max-size <size>',
				about: 'no file is longer: begin a new one, keep the one before as <file>.1 (archive: 256M)',
				example: '--max-size 500M',
				parse: sizeOf,
			},
			{
				flags: '--max-age <dur>',
				about: 'no file spans more: begin a new one, keep the one before as <file>.1 (archive: 24h)',
				example: '--max-age 24h',
				parse: durationOf(1000),
			},
			{
				flags: '--keep <dur|size>',
				about: 'of an archive: delete the oldest files of a host when it has older or more (repeatable)',
				example: '--keep 14d',
				parse: keepOf,
				isRepeatable: true,
			},
			...EVERYWHERE,
		],
		examples: [
			['traefik-top record -o incident.capture', 'until Ctrl-C'],
			['traefik-top record -o /var/lib/traefik-top/ --keep 14d --keep 20G', 'for good; docs/ has a systemd unit'],
			['traefik-top record --from tables.txt -o incident.capture', 'one small file, to mail it'],
			[
				'traefik-top record --from /var/lib/traefik-top --since 03:10 --until 03:25 --anonymize -o to-show.capture',
				'a quarter of an hour, for strangers',
			],
		],
		endsOnSignal: true,
		load: () => import('./record.ts'),
	},
	{
		name: 'recorder',
		args: '',
		about: 'Print a POSIX sh recorder, for machines without Node.',
		options: [{...interval, about: 'time between its readings (default 1s)'}, pid, match, source],
		examples: [['traefik-top recorder | ssh lb1 sh > incident.capture', 'record over ssh, until Ctrl-C']],
		load: () => import('./recorder.ts'),
	},
	{
		name: 'report',
		args: '[recording...]',
		about: 'Findings over a whole recording, or over --for DUR live.',
		options: [
			format(['text', 'markdown', 'json', 'html'], 'text'),
			{
				flags: '-o, --output <file>',
				about: 'write the report into this file, whole or not at all',
				example: '-o incident.html',
				parse: given('the file of --output'),
			},
			{flags: '--force', about: 'overwrite the file of --output', example: '--force'},
			{
				flags: '--compare <recording>',
				about: 'what changed since then, by backend: the recording to compare with, after the first one',
				example: '--compare after.capture',
				parse: given('the recording of --compare'),
			},
			{flags: '--compare-since <time>', about: 'begin of the span of --compare', example: '--compare-since 14:00'},
			{flags: '--compare-until <time>', about: 'end of the span of --compare', example: '--compare-until 14:30'},
			forDuration('without a recording: watch live for this long', '5m'),
			...span,
			...EVERYWHERE,
		],
		examples: [
			['traefik-top report incident.capture', 'what happened'],
			['traefik-top report incident.capture --format markdown > incident.md', 'for the ticket'],
			['traefik-top report incident.capture --format html -o incident.html', 'a page for everybody else'],
			[
				'traefik-top report day.capture --until 14:00 --compare day.capture --compare-since 14:00',
				'the deploy of 14:00 in one glance',
			],
			['traefik-top report --for 5m', 'what happens in the next five minutes'],
		],
		load: () => import('./report.ts'),
	},
	{
		name: 'snapshot',
		args: '[recording...]',
		about: 'One look, printed.',
		options: [
			{flags: '--json', about: 'as one JSON object', example: '--json'},
			{flags: '--sockets', about: 'with every socket (JSON)', example: '--json --sockets'},
			forDuration('look longer, so that there are rates', '5s'),
			at,
			...EVERYWHERE,
		],
		examples: [
			['traefik-top snapshot', 'a table'],
			["traefik-top snapshot --for 5s --json | jq '.instances[].backends[]'", 'for a script'],
			['traefik-top snapshot incident.capture --at 14:02:11', 'of a recording'],
		],
		load: () => import('./snapshot.ts'),
	},
	{
		name: 'status',
		args: '[recording...]',
		about: 'One line for tmux, a prompt, a script. Looks twice within a second (marked ~), or follows.',
		options: [
			{
				flags: '--format <form>',
				about: "one of plain, tmux, json, or a '{template}' (default plain)",
				example: "--format '{glyph} {down}/{backends} {worst}'",
				parse: given('the format'),
			},
			{
				flags: '--width <cells>',
				about: 'at most so wide: names are cut, numbers never (default: 40 with tmux, else any)',
				example: '--width 60',
				parse: wholeNumber(1, 1000, 'a width'),
			},
			{flags: '--follow', about: 'stay, and print whenever it changes', example: '--follow'},
			{flags: '--quiet-ok', about: 'an empty line while all is well', example: '--quiet-ok'},
			{flags: '--exit-code', about: 'exit 0 ok, 1 degraded, 2 down, 3 unknown', example: '--exit-code'},
			at,
			...EVERYWHERE,
		],
		examples: [
			["set -g status-right '#(traefik-top status --follow --format tmux)'", 'in ~/.tmux.conf'],
			['traefik-top status', 'what one look shows; before a deploy use check, which watches'],
		],
		isNagios: ({exitCode}) => exitCode === true,
		load: () => import('./status.ts'),
	},
	{
		name: 'watch',
		args: '[recording...]',
		about: 'JSON Lines: one snapshot per interval, and one line per finding opened or closed.',
		options: [
			{...at, about: 'end at this instant of the recording (default: its last)'},
			{flags: '--follow', about: 'go on while the capture is still written', example: '--follow'},
			...EVERYWHERE,
			record,
			...onFinding,
		],
		examples: [['traefik-top watch | jq -c \'select(.type == "finding")\'', 'findings as they come']],
		load: () => import('./watch.ts'),
	},
	{
		name: 'check',
		args: '[recording...]',
		about: 'Nagios plugin: exit 0 ok, 1 degraded, 2 down, 3 unknown, with perfdata.',
		options: [forDuration('how long to watch (default 6s)', '10s'), at, ...EVERYWHERE],
		examples: [
			['traefik-top check --for 10s', 'ten seconds of evidence'],
			['traefik-top check && deploy', 'in a script: only while all is well'],
		],
		isNagios: () => true,
		load: () => import('./check.ts'),
	},
	{
		name: 'export',
		args: '',
		about: 'Prometheus endpoint: /metrics and /-/healthy.',
		options: [
			{
				flags: '--listen <addr>',
				about: 'host:port to listen on (default 127.0.0.1:9479)',
				example: '--listen 0.0.0.0:9479',
				parse: given('the address of --listen'),
			},
			{
				flags: '--max-backends <n>',
				about: 'export at most so many backends an instance; the rest is counted (default 1000)',
				example: '--max-backends 200',
				parse: wholeNumber(1, 100_000, 'a number of backends'),
			},
			...EVERYWHERE,
			record,
			...onFinding,
		],
		examples: [['traefik-top export --listen :9479', 'on every address']],
		endsOnSignal: true,
		load: () => import('./export.ts'),
	},
	{
		name: 'completion',
		args: '<shell>',
		about: 'Completions for bash, zsh or fish.',
		options: [],
		examples: [
			['source <(traefik-top completion bash)', 'in ~/.bashrc; zsh likewise'],
			['traefik-top completion fish | source', 'in config.fish'],
		],
		load: () => import('./completion.ts'),
	},
];
