/**
What `--config` may say: one table of keys, which reads the file, writes `--print-config` and is what the messages
about wrong keys and values are made of. It says what is looked at and from when on it counts, never what is run.
*/
import {COLOR_KEYS, COLOR_NAMES, COLOR_SET_NAMES, type Colors, isColor} from './colors.ts';
import type {Threshold, Unit} from './detect/rule.ts';
import {THRESHOLDS} from './detect/thresholds.ts';
import {UserError} from './errors.ts';
import {type JsonKey, jsonKeys, keyPath} from './text/json-keys.ts';
import {nearest} from './text/nearest.ts';
import {stripControls} from './text/strip-controls.ts';
import {parseDuration} from './text/time.ts';

const KNOWN: Readonly<Record<string, Threshold>> = THRESHOLDS;

export type Config = {
	readonly match?: string;
	readonly interval?: string;
	/** false: the interval never grows. */
	readonly backoff?: boolean;
	readonly tz?: string;
	readonly ascii?: boolean;
	readonly color?: boolean;
	readonly colors?: Colors;
	readonly backend?: readonly string[];
	readonly ignore?: readonly string[];
	/** Of the table: ids in their order. */
	readonly columns?: readonly string[];
	/** Id of a column; `-` before it: reversed. */
	readonly sort?: string;
	readonly zoom?: string;
	readonly group?: string;
	/** `ip:port` or `ip` → name. */
	readonly names?: Readonly<Record<string, string>>;
	readonly thresholds?: Readonly<Record<string, number>>;
};

type Kind = 'columns' | 'choice' | 'text' | 'flag' | 'list' | 'names' | 'colors' | 'thresholds';

/** Every key: the kind of its value, and what it is for. */
const CONFIG_KEYS: Readonly<Record<keyof Config, {readonly kind: Kind; readonly about: string}>> = {
	match: {kind: 'text', about: 'regular expression on the process or executable name'},
	interval: {kind: 'text', about: 'time between readings, such as "1s"'},
	backoff: {kind: 'flag', about: 'a longer interval while looks cost more than 10 % of it'},
	tz: {kind: 'text', about: 'time zone, such as "Europe/Berlin"'},
	ascii: {kind: 'flag', about: 'ASCII only'},
	color: {kind: 'flag', about: 'colours'},
	colors: {kind: 'colors', about: 'colours by meaning: {"set": "light", "down": "#c00000"}'},
	backend: {kind: 'list', about: 'show only these: IP, CIDR, IP:port, :port'},
	ignore: {kind: 'list', about: 'hide these: IP, CIDR, IP:port, :port'},
	columns: {kind: 'columns', about: 'columns of the table, in their order'},
	sort: {kind: 'choice', about: 'column that the table is sorted by; "-EST" is reversed'},
	zoom: {kind: 'choice', about: 'how much of the past the graphs show'},
	group: {kind: 'choice', about: 'how the rows of the table are grouped'},
	names: {kind: 'names', about: 'names of backends: {"10.0.0.7:8080": "api-1"}'},
	thresholds: {kind: 'thresholds', about: 'numbers of the rules: {"close-wait.age": "60s"}'},
};

/** Of the table. */
export const COLUMN_IDS = [
	...[
		'STATE',
		'INSTANCE',
		'BACKEND',
		'EST',
		'TW',
		'CW',
		'SYN',
		'FW',
		'RTX',
		'RESP',
		'WAIT',
		'NEW/s',
		'PROC',
		'TREND',
		'WHY',
	],
] as const;
const SORTS: readonly string[] = COLUMN_IDS.filter((id) => id !== 'TREND').flatMap((id) => [id, `-${id}`]);
/** What a key may say, where that is a choice. */
const CHOICES: Readonly<Partial<Record<keyof Config, readonly string[]>>> = {
	sort: SORTS,
	zoom: ['60s', '5m', '15m'],
	group: ['none', 'name', 'instance', 'host'],
};

const EXPECTED: Readonly<Record<Kind, string>> = {
	text: 'a text in double quotes',
	columns: `a list of ${COLUMN_IDS.join(', ')}`,
	choice: 'one of the choices',
	flag: 'true or false',
	list: 'a list of texts, such as [":8500"]',
	names: 'an object of texts, such as {"10.0.0.7:8080": "api-1"}',
	colors: 'an object of colours, such as {"set": "light", "down": "#c00000"}',
	thresholds: 'an object of numbers, such as {"close-wait.age": "60s"}',
};

const EXPECTED_NUMBER: Readonly<Record<Unit, string>> = {
	ms: 'give ms, or a time such as "60s"',
	share: 'give a share from 0 to 1',
	sockets: 'give a number of sockets',
	perSecond: 'give a number per second',
	times: 'give a factor',
};

/** Reads a config. `file` is what messages call it. Throws a UserError (exit code 2) that names key and line. */
export function parseConfig(given: string, file: string): Config {
	const text = given.replace(/^\ufeff/, '');
	const value = parseJson(text, file);
	if (!isObject(value)) throw wrong(`${file}: not a JSON object`, 'begin with { and end with }');
	const keys = jsonKeys(text);
	refuseRepeated(keys, file);
	for (const [key, given] of Object.entries(value)) {
		const at = `${file}:${lineOf(keys, key)}`;
		if (!Object.hasOwn(CONFIG_KEYS, key)) throw unknownKey(at, key, Object.keys(CONFIG_KEYS));
		checkValue(at, key, CONFIG_KEYS[key as keyof Config].kind, given);
		checkChoice(at, key as keyof Config, given);
		if (key === 'colors') checkColors(given as Record<string, unknown>, keys, file);
		if (key === 'thresholds') checkThresholds(given as Record<string, unknown>, keys, file);
	}
	const {thresholds, ...rest} = value as Config;
	return thresholds === undefined ? rest : {...rest, thresholds: inNumbers(thresholds)};
}

function checkValue(at: string, key: string, kind: Kind, value: unknown): void {
	const isText = (each: unknown) => typeof each === 'string';
	const isRight: Readonly<Record<Kind, boolean>> = {
		text: isText(value),
		columns: Array.isArray(value) && value.every(isText),
		choice: isText(value),
		flag: typeof value === 'boolean',
		list: Array.isArray(value) && value.every(isText),
		names: isObject(value) && Object.values(value).every(isText),
		colors: isObject(value),
		thresholds: isObject(value),
	};
	if (!isRight[kind]) throw wrong(`${at}: "${key}" cannot be ${shown(value)}`, `give ${EXPECTED[kind]}`);
}

/** Each of a list of columns, or a choice: it must be known, and the nearest one is named where it is not. */
function checkChoice(at: string, key: keyof Config, given: unknown): void {
	const known = key === 'columns' ? COLUMN_IDS : CHOICES[key];
	if (known === undefined) return;
	const texts = Array.isArray(given) ? given : [given];
	for (const text of texts) {
		if (typeof text !== 'string' || known.includes(text as never)) continue;
		const meant = nearest(text, known);
		const hint =
			meant === null ? `give ${known.filter((each) => !each.startsWith('-')).join(', ')}` : `did you mean "${meant}"?`;
		throw wrong(`${at}: "${key}" cannot be ${shown(text)}`, hint);
	}
}

function checkColors(given: Record<string, unknown>, keys: readonly JsonKey[], file: string): void {
	for (const [role, value] of Object.entries(given)) {
		const at = `${file}:${lineOf(keys, 'colors', role)}`;
		if (!COLOR_KEYS.includes(role)) throw unknownKey(at, role, COLOR_KEYS);
		const isRight = typeof value === 'string' && (role === 'set' ? COLOR_SET_NAMES.includes(value) : isColor(value));
		if (isRight) continue;
		const names = role === 'set' ? COLOR_SET_NAMES : COLOR_NAMES;
		const meant = typeof value === 'string' ? nearest(value, names) : null;
		const expected = role === 'set' ? `give ${names.join(', ')}` : `give #rrggbb or one of ${names.join(', ')}`;
		throw wrong(`${at}: "${role}" cannot be ${shown(value)}`, meant === null ? expected : `did you mean "${meant}"?`);
	}
}

function checkThresholds(given: Record<string, unknown>, keys: readonly JsonKey[], file: string): void {
	for (const [name, value] of Object.entries(given)) {
		const at = `${file}:${lineOf(keys, 'thresholds', name)}`;
		const threshold = Object.hasOwn(KNOWN, name) ? KNOWN[name] : undefined;
		if (threshold === undefined) throw unknownKey(at, name, Object.keys(KNOWN));
		if (thresholdValue(value, threshold.unit) === null) {
			throw wrong(
				`${at}: "${name}" cannot be ${shown(value)}`,
				`${EXPECTED_NUMBER[threshold.unit]}; the default is ${threshold.value}: ${threshold.about}`,
			);
		}
	}
}

/** A number as it is, a time also as `"90s"`; null: it cannot be a value of this unit. */
function thresholdValue(value: unknown, unit: Unit): number | null {
	const number = unit === 'ms' && typeof value === 'string' ? parseDuration(value) : value;
	if (typeof number !== 'number' || !Number.isFinite(number) || number < 0) return null;
	return unit === 'share' && number > 1 ? null : number;
}

function inNumbers(given: Readonly<Record<string, unknown>>): Record<string, number> {
	const values: Record<string, number> = {};
	for (const [name, value] of Object.entries(given)) {
		const number = thresholdValue(value, KNOWN[name]?.unit ?? 'ms');
		if (number !== null) values[name] = number;
	}
	return values;
}

/** What is in force, as a file that `--config` would read. */
export function printConfig(config: Config): string {
	const defaults = Object.entries(KNOWN).map(([name, {value}]) => [name, value]);
	const thresholds = {...Object.fromEntries(defaults), ...config.thresholds};
	return `${JSON.stringify({...config, thresholds}, null, '\t')}\n`;
}

function parseJson(text: string, file: string): unknown {
	try {
		return JSON.parse(text);
	} catch (error) {
		const message = error instanceof Error ? error.message : String(error);
		const position = /position (\d+)/.exec(message)?.[1];
		const before = position === undefined ? text : text.slice(0, Number(position));
		const what = stripControls(message.replace(/ in JSON at position.*$|, "[\s\S]*$/, ''));
		throw wrong(`${file}:${before.split('\n').length}: not valid JSON: ${what}`, 'correct that line');
	}
}

/** JSON.parse takes the last of two equal keys without a word: a setting that looks set and is not. */
function refuseRepeated(keys: readonly JsonKey[], file: string): void {
	const seen = new Map<string, number>();
	for (const {path, line} of keys) {
		const first = seen.get(path);
		if (first !== undefined) {
			const name = stripControls(path.split('\n').at(-1) ?? '');
			throw wrong(`${file}:${line}: "${name}" is a duplicate key (first in line ${first})`, 'keep one of them');
		}
		seen.set(path, line);
	}
}

function unknownKey(at: string, key: string, known: readonly string[]): UserError {
	const meant = nearest(key, known);
	const hint = meant === null ? `known keys: ${known.join(', ')}` : `did you mean "${meant}"?`;
	return wrong(`${at}: unknown key "${stripControls(key)}"`, hint);
}

function lineOf(keys: readonly JsonKey[], ...path: readonly string[]): number {
	const wanted = keyPath(...path);
	return keys.find((key) => key.path === wanted)?.line ?? 1;
}

function shown(value: unknown): string {
	const text = stripControls(JSON.stringify(value) ?? String(value));
	return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function wrong(message: string, hint: string): UserError {
	return new UserError(message, hint, 2);
}
