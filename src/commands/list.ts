/** Every command: its name, arguments and options, and the module that runs it. */

import type {CommandSpec, OptionSpec} from './command.ts';
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
		about: 'Live view of every visible Traefik process (plain tables if stdout is not a terminal).',
		options: [
			...EVERYWHERE,
			compact,
			mouse,
			record,
			...onFinding,
			{
				flags: '--demo-if-none',
				about: 'play the bundled incident until a Traefik is visible',
				example: '--demo-if-none',
			},
		],
		examples: [
			['traefik-top', 'everything on this machine'],
			["traefik-top --via 'ssh lb1' --via 'ssh lb2'", 'two machines in one table'],
			["traefik-top --via 'docker exec -i traefik'", 'inside a container'],
			['traefik-top --ignore :8500 --name 10.0.3.12:8080=api-2', 'hide Consul, name a backend'],
		],
		load: () => import('./live/live.ts'),
	},
	{
		name: 'replay',
		args: '[recording...]',
		about: 'Replay a recording in the same view.',
		options: [
			{...at, about: 'start here (default: the beginning)'},
			{
				flags: '--speed <factor>',
				about: 'playback speed, as a multiple of real time (default 1)',
				example: '--speed 10',
				parse: speedOf,
			},
			{flags: '--pause-on-finding', about: 'pause when a finding opens', example: '--pause-on-finding'},
			{flags: '--follow', about: 'keep reading while the capture is still being written', example: '--follow'},
			source,
			...VIEW_OPTIONS,
			compact,
			mouse,
		],
		examples: [
			['traefik-top replay incident.capture --at 14:02', 'start at 14:02'],
			['ssh lb1 cat incident.capture | traefik-top replay -', 'read stdin; keys come from the terminal'],
		],
		load: () => import('./replay/replay.ts'),
	},
	{
		name: 'record',
		args: '[recording...]',
		about: 'Record without a screen until stopped.',
		options: [
			{
				flags: '-o, --output <file>',
				about: 'write to this file (required); a directory becomes an archive of HOST-TIME.capture files',
				example: '-o incident.capture',
				parse: captureFile('the file of --output'),
			},
			forDuration('stop after this long', '2h'),
			{
				flags: '--from <recording>',
				about: 'convert a recording of any form instead of recording',
				example: '--from tables.txt',
				parse: given('the recording of --from'),
			},
			...span,
			{
				flags: '--anonymize',
				about: 'with --from: replace addresses, names, hosts, PIDs and inodes with placeholders',
				example: '--from incident.capture --anonymize',
			},
			{flags: '--force', about: 'overwrite the file (default: append to a capture)', example: '--force'},
			{
				flags: '--max-size <size>',
				about: 'rotate at this size, keeping the previous file as <file>.1 (archive: 256M)',
				example: '--max-size 500M',
				parse: sizeOf,
			},
			{
				flags: '--max-age <dur>',
				about: 'rotate at this age, keeping the previous file as <file>.1 (archive: 24h)',
				example: '--max-age 24h',
				parse: durationOf(1000),
			},
			{
				flags: '--keep <dur|size>',
				about: "archive: delete a host's files beyond this age or total size, oldest first (repeatable)",
				example: '--keep 14d',
				parse: keepOf,
				isRepeatable: true,
			},
			...EVERYWHERE,
		],
		examples: [
			['traefik-top record -o incident.capture', 'until Ctrl-C'],
			['traefik-top record -o /var/lib/traefik-top/ --keep 14d --keep 20G', 'continuously; docs/ has a systemd unit'],
			['traefik-top record --from tables.txt -o incident.capture', 'one small file to attach to a mail'],
			[
				'traefik-top record --from /var/lib/traefik-top --since 03:10 --until 03:25 --anonymize -o to-show.capture',
				'15 minutes, safe to share',
			],
		],
		endsOnSignal: true,
		load: () => import('./record.ts'),
	},
	{
		name: 'recorder',
		args: '',
		about: 'Print a POSIX sh recorder, for machines without Node.',
		options: [interval, pid, match, source],
		examples: [['traefik-top recorder | ssh lb1 sh > incident.capture', 'record over ssh, until Ctrl-C']],
		load: () => import('./recorder.ts'),
	},
	{
		name: 'report',
		args: '[recording...]',
		about: 'Report the findings of a recording, or of a live watch of --for DUR.',
		options: [
			format(['text', 'markdown', 'json', 'html'], 'text'),
			{
				flags: '-o, --output <file>',
				about: 'write the report to this file, atomically',
				example: '-o incident.html',
				parse: given('the file of --output'),
			},
			{flags: '--force', about: 'overwrite the file of --output', example: '--force'},
			{
				flags: '--compare <recording>',
				about: 'compare with this later recording: what changed, by backend',
				example: '--compare after.capture',
				parse: given('the recording of --compare'),
			},
			{flags: '--compare-since <time>', about: 'start of the span to compare with', example: '--compare-since 14:00'},
			{flags: '--compare-until <time>', about: 'end of the span to compare with', example: '--compare-until 14:30'},
			forDuration('without a recording: watch live for this long', '5m'),
			...span,
			...EVERYWHERE,
		],
		examples: [
			['traefik-top report incident.capture', 'what happened'],
			['traefik-top report incident.capture --format markdown > incident.md', 'for a ticket'],
			['traefik-top report incident.capture --format html -o incident.html', 'a self-contained page to share'],
			[
				'traefik-top report day.capture --until 14:00 --compare day.capture --compare-since 14:00',
				'before and after the 14:00 deploy',
			],
			['traefik-top report --for 5m', 'watch for the next five minutes'],
		],
		load: () => import('./report.ts'),
	},
	{
		name: 'snapshot',
		args: '[recording...]',
		about: 'Print the current state once.',
		options: [
			{flags: '--json', about: 'print one JSON object', example: '--json'},
			{flags: '--sockets', about: 'include every socket (needs --json)', example: '--json --sockets'},
			forDuration('observe for this long, to compute rates', '5s'),
			at,
			...EVERYWHERE,
		],
		examples: [
			['traefik-top snapshot', 'a table'],
			["traefik-top snapshot --for 5s --json | jq '.instances[].backends[]'", 'for a script'],
			['traefik-top snapshot incident.capture --at 14:02:11', 'from a recording'],
		],
		load: () => import('./snapshot.ts'),
	},
	{
		name: 'status',
		args: '[recording...]',
		about: 'Print one line for tmux, a prompt or a script, from two readings within 1 s (marked ~).',
		options: [
			{
				flags: '--format <form>',
				about: "one of plain, tmux, json, or a '{template}' (default plain)",
				example: "--format '{glyph} {down}/{backends} {worst}'",
				parse: given('the format'),
			},
			{
				flags: '--width <cells>',
				about: 'maximum width; names are cut, never numbers (default: 40 with tmux, else none)',
				example: '--width 60',
				parse: wholeNumber(1, 1000, 'a width'),
			},
			{flags: '--follow', about: 'keep running and print each change', example: '--follow'},
			{flags: '--quiet-ok', about: 'print an empty line while everything is ok', example: '--quiet-ok'},
			{flags: '--exit-code', about: 'exit 0 ok, 1 degraded, 2 down, 3 unknown', example: '--exit-code'},
			at,
			...EVERYWHERE,
		],
		examples: [
			["set -g status-right '#(traefik-top status --follow --format tmux)'", 'in ~/.tmux.conf'],
			['traefik-top status', 'a quick look; before a deploy, use check, which observes longer'],
		],
		isNagios: ({exitCode}) => exitCode === true,
		load: () => import('./status.ts'),
	},
	{
		name: 'watch',
		args: '[recording...]',
		about: 'Print JSON Lines: a snapshot per interval, and each finding as it opens or closes.',
		options: [
			{...at, about: 'stop at this time in the recording (default: its end)'},
			{flags: '--follow', about: 'keep reading while the capture is still being written', example: '--follow'},
			...EVERYWHERE,
			record,
			...onFinding,
		],
		examples: [['traefik-top watch | jq -c \'select(.type == "finding")\'', 'findings as they open and close']],
		load: () => import('./watch.ts'),
	},
	{
		name: 'check',
		args: '[recording...]',
		about: 'Nagios plugin: exit 0 ok, 1 degraded, 2 down, 3 unknown, with perfdata.',
		options: [forDuration('watch for this long (default 6s)', '10s'), at, ...EVERYWHERE],
		examples: [
			['traefik-top check --for 10s', 'ten seconds of evidence'],
			['traefik-top check && deploy', 'in a script: deploy only if everything is ok'],
		],
		isNagios: () => true,
		load: () => import('./check.ts'),
	},
	{
		name: 'export',
		args: '',
		about: 'Serve Prometheus metrics: /metrics and /-/healthy.',
		options: [
			{
				flags: '--listen <addr>',
				about: 'host:port to listen on (default 127.0.0.1:9479)',
				example: '--listen 0.0.0.0:9479',
				parse: given('the address of --listen'),
			},
			{
				flags: '--max-backends <n>',
				about: 'export at most this many backends per instance; count the rest (default 1000)',
				example: '--max-backends 200',
				parse: wholeNumber(1, 100_000, 'a number of backends'),
			},
			...EVERYWHERE,
			record,
			...onFinding,
		],
		examples: [['traefik-top export --listen :9479', 'on all addresses']],
		endsOnSignal: true,
		load: () => import('./export.ts'),
	},
	{
		name: 'completion',
		args: '<shell>',
		about: 'Print shell completions for bash, zsh or fish.',
		options: [],
		examples: [
			['source <(traefik-top completion bash)', 'in ~/.bashrc; the same for zsh'],
			['traefik-top completion fish | source', 'in config.fish'],
		],
		load: () => import('./completion.ts'),
	},
];
