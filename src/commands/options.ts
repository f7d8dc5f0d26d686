/** Options that several commands share. */
import type {OptionSpec} from './command.ts';
import {captureFile, durationOf, given, regularExpression, wholeNumber} from './values.ts';

export const pid: OptionSpec = {
	flags: '--pid <n>',
	about: 'watch this process, whatever its name (repeatable)',
	example: '--pid 4121',
	parse: wholeNumber(1, 2 ** 22, 'a process id'),
	isRepeatable: true,
};
export const match: OptionSpec = {
	flags: '--match <regex>',
	about: "watch processes whose name or executable's name matches (default ^traefik(_.*)?$)",
	example: "--match '^edge-proxy$'",
	parse: regularExpression,
};
export const source: OptionSpec = {
	flags: '--source <kind>',
	about: 'how to read sockets: auto, netlink, or text (only the /proc tables)',
	example: '--source text',
	choices: ['auto', 'netlink', 'text'],
};
const via: OptionSpec = {
	flags: '--via <cmd>',
	about: 'watch another machine through a command that runs sh there (repeatable)',
	example: "--via 'ssh lb1'",
	parse: given('the command of --via'),
	isRepeatable: true,
};
const procRoot: OptionSpec = {
	flags: '--proc-root <dir>',
	about: "use the host's /proc mounted here",
	example: '--proc-root /host/proc',
	parse: given('the directory of --proc-root'),
};
export const interval: OptionSpec = {
	flags: '--interval <dur>',
	about: 'time between readings (default 1s)',
	example: '--interval 500ms',
	parse: durationOf(100),
};
const noBackoff: OptionSpec = {
	flags: '--no-backoff',
	about: 'keep the interval even if a reading takes more than 10 % of it',
	example: '--no-backoff',
};
const backend: OptionSpec = {
	flags: '--backend <pattern>',
	about: 'show only these: IP, CIDR, IP:port or :port (repeatable)',
	example: '--backend 10.0.3.0/24',
	isRepeatable: true,
};
const ignore: OptionSpec = {
	flags: '--ignore <pattern>',
	about: 'hide these: IP, CIDR, IP:port or :port (repeatable)',
	example: '--ignore :8500',
	isRepeatable: true,
};
const name: OptionSpec = {
	flags: '--name <ip:port=name>',
	about: 'name a backend (repeatable)',
	example: '--name 10.0.3.12:8080=api-2',
	isRepeatable: true,
};
const config: OptionSpec = {
	flags: '--config <file>',
	about: 'read names, filters and thresholds from this file (default $XDG_CONFIG_HOME/traefik-top/config.json)',
	example: '--config ./traefik-top.json',
	parse: given('the file of --config'),
};
const printConfig: OptionSpec = {
	flags: '--print-config',
	about: 'print the effective configuration and exit',
	example: '--print-config',
};
const tz: OptionSpec = {
	flags: '--tz <zone>',
	about: 'time zone: an IANA name, UTC or local (default UTC)',
	example: '--tz Europe/Berlin',
};
const noColor: OptionSpec = {flags: '--no-color', about: 'disable colours (so does NO_COLOR)', example: '--no-color'};
const ascii: OptionSpec = {flags: '--ascii', about: 'ASCII only: X ! ? * o', example: '--ascii'};
export const mouse: OptionSpec = {
	flags: '--mouse',
	about: 'enable the mouse: click rows, headings and times, scroll with the wheel (key M)',
	example: '--mouse',
};
export const compact: OptionSpec = {
	flags: '--compact',
	about: 'one line per problem, as in panes too small for the table',
	example: '--compact',
};
export const record: OptionSpec = {
	flags: '--record <file>',
	about: 'also record what is read to this file',
	example: '--record incident.capture',
	parse: captureFile('the file of --record'),
};
export const at: OptionSpec = {
	flags: '--at <time>',
	about: 'use this time in the recording (default: its end)',
	example: '--at 14:02:11, --at -5m, --at 50%',
};
export const span: readonly OptionSpec[] = [
	{flags: '--since <time>', about: 'start at this time', example: '--since "yesterday 03:10"'},
	{flags: '--until <time>', about: 'end at this time', example: '--until 03:25'},
];
export const onFinding: readonly OptionSpec[] = [
	{
		flags: '--on-finding <cmd>',
		about: 'run this when a finding opens or closes, with JSON on stdin and TRAEFIK_TOP_* set',
		example: '--on-finding /usr/local/bin/notify',
		parse: given('the command of --on-finding'),
	},
	{
		flags: '--on-finding-shell',
		about: 'run the command with sh -c instead of splitting it at spaces',
		example: '--on-finding-shell',
	},
];

/** Which processes are read, and how. Of these, only --source applies to a recording. */
export const LIVE_OPTIONS: readonly OptionSpec[] = [pid, match, source, via, interval, noBackoff, procRoot];
/** What is shown, and how. */
export const VIEW_OPTIONS: readonly OptionSpec[] = [backend, ignore, name, config, printConfig, tz, noColor, ascii];
