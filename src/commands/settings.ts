/** Flags over config over defaults: what is in force. */
import {closeSync, constants, fstatSync, openSync, readFileSync, statSync} from 'node:fs';
import {dirname, join} from 'node:path';
import type {Colors} from '../colors.ts';
import {type Config, parseConfig, printConfig} from '../config.ts';
import {DEFAULT_THRESHOLDS, type Thresholds} from '../detect/thresholds.ts';
import {UserError} from '../errors.ts';
import {formatAddress, formatEndpoint, parseAddress, parseEndpoint} from '../parse/address.ts';
import {compilePattern, type EndpointTest} from '../parse/pattern.ts';
import {watchTest} from '../parse/watched.ts';
import {stripControls} from '../text/strip-controls.ts';
import {parseZone} from '../text/time.ts';
import type {Flags} from './command.ts';
import {durationOf, regularExpression, wrongValue} from './values.ts';

/** A config beyond this is another file. */
const MAX_CONFIG_BYTES = 1 << 20;
const DEFAULT_MATCH = '^traefik(_.*)?$';

export type Settings = {
	readonly pids: readonly number[];
	readonly match: RegExp;
	readonly source: 'auto' | 'netlink' | 'text';
	readonly via: readonly string[];
	readonly procRoot: string;
	readonly intervalMs: number;
	/** The interval grows while looks cost too much for it. */
	readonly hasBackoff: boolean;
	/** Patterns of --backend and --ignore, and the test that they make. */
	readonly backend: readonly string[];
	readonly ignore: readonly string[];
	readonly isWatched: EndpointTest;
	readonly names: ReadonlyMap<string, string>;
	/** IANA name. */
	readonly zone: string;
	readonly isAscii: boolean;
	readonly isCompact: boolean;
	readonly hasMouse: boolean;
	readonly isColorWanted: boolean;
	readonly colors: Colors;
	readonly thresholds: Thresholds;
	/** How the table looks to begin with, and the file that `W` writes it to; null: there is none. */
	readonly table: Pick<Config, 'columns' | 'sort' | 'zoom' | 'group'>;
	readonly configPath: string | null;
	/** The file that `--config` would read to the same effect. */
	readonly printed: string;
};

export function settingsOf(flags: Flags): Settings {
	const config = loadConfig(flags.config);
	const merged: Config = {
		...config,
		match: flags.match?.source ?? config.match ?? DEFAULT_MATCH,
		interval: flags.interval === undefined ? (config.interval ?? '1s') : `${flags.interval}ms`,
		backoff: flags.backoff === false ? false : (config.backoff ?? true),
		tz: flags.tz ?? config.tz ?? 'UTC',
		ascii: flags.ascii ?? config.ascii ?? false,
		color: flags.color === false ? false : (config.color ?? true),
		backend: flags.backend ?? config.backend ?? [],
		ignore: flags.ignore ?? config.ignore ?? [],
		names: {...config.names, ...namesOf(flags.name ?? [])},
	};
	const {backend = [], ignore = []} = merged;
	return {
		pids: flags.pid ?? [],
		match: regularExpression(merged.match ?? DEFAULT_MATCH),
		source: flags.source ?? 'auto',
		via: flags.via ?? [],
		procRoot: flags.procRoot ?? '/proc',
		intervalMs: durationOf(100)(merged.interval ?? '1s'),
		hasBackoff: merged.backoff ?? true,
		backend: backend.map((text) => text.trim()),
		ignore: ignore.map((text) => text.trim()),
		isWatched: watchTest(backend.map(patternOf), ignore.map(patternOf)),
		names: new Map(
			Object.entries(merged.names ?? {}).map(([address, name]) => [canonical(address), stripControls(name)]),
		),
		zone: parseZone(merged.tz ?? 'UTC'),
		isAscii: merged.ascii ?? false,
		isCompact: flags.compact === true,
		hasMouse: flags.mouse === true,
		isColorWanted: merged.color ?? true,
		colors: config.colors ?? {},
		thresholds: {...DEFAULT_THRESHOLDS, ...config.thresholds},
		table: tableOf(config),
		configPath: flags.config ?? defaultPath(),
		printed: printConfig(merged),
	};
}

function tableOf({columns, sort, zoom, group}: Config): Settings['table'] {
	return {
		...(columns === undefined ? {} : {columns}),
		...(sort === undefined ? {} : {sort}),
		...(zoom === undefined ? {} : {zoom}),
		...(group === undefined ? {} : {group}),
	};
}

function patternOf(text: string): EndpointTest {
	const test = compilePattern(text.trim());
	if (test === null) {
		throw wrongValue('an address pattern', text, 'give 10.0.0.7, 10.0.0.0/8, 10.0.0.7:8080, [fd00::7]:8080 or :8080');
	}
	return test;
}

function namesOf(given: readonly string[]): Record<string, string> {
	const names: Record<string, string> = {};
	for (const text of given) {
		const [address = '', ...rest] = text.split('=');
		const name = rest.join('=').trim();
		if (name === '') throw wrongValue('an address and a name', text, 'give 10.0.3.12:8080=api-2');
		names[canonical(address.trim())] = name;
	}
	return names;
}

/** An address as the tool prints it, so that `::FFFF:10.0.0.7` names 10.0.0.7. */
function canonical(text: string): string {
	const endpoint = parseEndpoint(text);
	if (endpoint !== null) return formatEndpoint(endpoint.words, endpoint.port);
	const words = parseAddress(text);
	if (words === null) throw wrongValue('an address', text, 'give 10.0.3.12:8080, [fd00::7]:8080 or an IP without port');
	return formatAddress(words);
}

function loadConfig(chosen: string | undefined): Config {
	const path = chosen ?? defaultPath();
	if (path === null) return {};
	const shown = stripControls(path);
	const text = readConfig(path, shown, chosen !== undefined);
	if (text === null) return {};
	const config = parseConfig(text, shown);
	try {
		checkTexts(config);
	} catch (error) {
		throw error instanceof UserError ? new UserError(`${shown}: ${error.message}`, error.hint, 2) : error;
	}
	return config;
}

/** Throws as a flag with the same text would. */
function checkTexts({match, interval, tz, backend = [], ignore = [], names = {}}: Config): void {
	if (match !== undefined) regularExpression(match);
	if (interval !== undefined) durationOf(100)(interval);
	if (tz !== undefined) parseZone(tz);
	for (const pattern of [...backend, ...ignore]) patternOf(pattern);
	for (const address of Object.keys(names)) canonical(address);
}

/** null: there is none, which only the default one may be. */
function readConfig(path: string, shown: string, mustExist: boolean): string | null {
	let file: number | null = null;
	try {
		// O_NONBLOCK: opening a pipe must not wait for a writer.
		file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
		const stat = fstatSync(file);
		if (!stat.isFile()) throw new UserError(`cannot read ${shown}: it is not a regular file`, 'name a JSON file', 2);
		if (stat.size > MAX_CONFIG_BYTES)
			throw new UserError(`cannot read ${shown}: larger than 1 MB`, 'name a JSON file', 2);
		return readFileSync(file, 'utf8');
	} catch (error) {
		if (error instanceof UserError) throw error;
		const code = (error as NodeJS.ErrnoException).code ?? String(error);
		if (!mustExist && (code === 'ENOENT' || code === 'ENOTDIR' || (code === 'EACCES' && isOfAnother(path))))
			return null;
		const reason = code === 'ENOENT' ? 'no such file' : code === 'EACCES' ? 'permission denied' : code;
		throw new UserError(`cannot read the config ${shown}: ${reason}`, 'name another one with --config', 2);
	} finally {
		if (file !== null) closeSync(file);
	}
}

/** setpriv and `su` leave HOME as it was: a config in a directory we cannot enter is not ours. */
function isOfAnother(path: string): boolean {
	for (let folder = dirname(path); ; folder = dirname(folder)) {
		try {
			return statSync(folder).uid !== process.getuid?.();
		} catch {
			if (folder === dirname(folder)) return false;
		}
	}
}

/** The config of the user who typed the command: under sudo that of the invoking one, not root's. */
function defaultPath(): string | null {
	const {XDG_CONFIG_HOME: chosen, SUDO_USER: invoker} = process.env;
	if (chosen) return join(chosen, 'traefik-top', 'config.json');
	const isRoot = process.getuid?.() === 0;
	const home = isRoot && invoker ? homeOf(invoker) : process.env['HOME'] || (isRoot ? homeOf('root') : null);
	return home === null ? null : join(home, '.config', 'traefik-top', 'config.json');
}

/** From /etc/passwd: asking the resolver could go to the network (LDAP). null: not there. */
function homeOf(user: string): string | null {
	try {
		const line = readFileSync('/etc/passwd', 'utf8')
			.split('\n')
			.find((each) => each.startsWith(`${user}:`));
		return line?.split(':')[5] || null;
	} catch {
		return null;
	}
}
