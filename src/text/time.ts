/**
Times and durations as people type and read them (product.md, TIME and DUR). All times are Unix ms; a zone is an IANA name
that Intl knows. Wall clocks jump: where a zone sets its clock back a wall time happens twice, where it is set forward
some do not happen at all.
*/
import {UserError} from '../errors.ts';

export type TimeContext = {
	/** First and last snapshot, Unix ms. */
	readonly from: number;
	readonly to: number;
	/** Zone of times that name none. */
	readonly zone: string;
	/** The current position: `-DUR` counts from here instead of from the end. */
	readonly current?: number;
	/** What `today` and `yesterday` count from, Unix ms; default: the end. */
	readonly now?: number;
};

const ACCEPTED =
	'give 14:02, 14:02:11, "yesterday 14:02", "2026-11-22 14:02", an ISO 8601 time, Unix seconds or ms, -5m (before the end), +90s (after the beginning) or 50%';

const DAY = 86_400_000;

/** Unix ms of a TIME, which may lie outside the recording: the caller clamps. Throws a UserError that names the forms. */
export function parseTime(text: string, context: TimeContext): number {
	const time = timeOf(text.trim(), context);
	if (time === null || !Number.isFinite(time) || Math.abs(time) > 8.64e15) {
		throw new UserError(`not a time: "${text}"`, ACCEPTED, 2);
	}
	return time;
}

function timeOf(text: string, context: TimeContext): number | null {
	const {from, to, current = to} = context;
	// before September 2001 a digit less, as the assumed times of tables that somebody saved without any
	if (/^\d{9,10}$/.test(text)) return Number(text) * 1000;
	if (/^\d{12,13}$/.test(text)) return Number(text);
	const percent = /^(\d{1,3}(?:\.\d+)?)%$/.exec(text);
	if (percent) return Math.round(from + ((to - from) * Number(percent[1])) / 100);
	if (text.startsWith('-') || text.startsWith('+')) {
		const duration = parseDuration(text.slice(1));
		if (duration === null) return null;
		return text.startsWith('-') ? current - duration : from + duration;
	}
	return clockTime(text, context) ?? namedDay(text, context) ?? dateTime(text, context);
}

/** `HH:MM[:SS[.mmm]]`: its last occurrence at or before the end. */
function clockTime(text: string, {to, zone}: TimeContext): number | null {
	const match = /^(\d{1,2}):(\d{2})(?::(\d{2})(\.\d{1,3})?)?$/.exec(text);
	if (!match) return null;
	const ofDay = timeOfDay(match[1], match[2], match[3], match[4]);
	if (ofDay === null) return null;
	const today = Math.floor((to + offsetAt(to, zone)) / DAY) * DAY;
	// a day may lack this wall time, or its only one may be later than the end
	for (let day = today; day >= today - 3 * DAY; day -= DAY) {
		const past = instantsOf(day + ofDay, zone).filter((time) => time <= to);
		const last = past.at(-1);
		if (last !== undefined) return last;
	}
	return null;
}

/** `today 03:12`, `yesterday` (from its midnight on), `yesterday 03:12:11`. */
function namedDay(text: string, context: TimeContext): number | null {
	const match = /^(today|yesterday)(?:\s+(?:at\s+)?(\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?))?$/i.exec(text);
	if (!match) return null;
	const {to, now = to, zone} = context;
	const midday = Math.floor((now + offsetAt(now, zone)) / DAY) * DAY + DAY / 2;
	const day = new Date(match[1]?.toLowerCase() === 'today' ? midday : midday - DAY).toISOString().slice(0, 10);
	return dateTime(`${day} ${(match[2] ?? '00:00').replace(/^\d:/, '0$&')}`, context);
}

/** A date, with or without time of day and zone. */
function dateTime(text: string, {from, to, zone}: TimeContext): number | null {
	const match =
		/^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})([.,]\d{1,9})?)?)?\s*(Z|UTC|[+-]\d{2}(?::?\d{2})?)?$/i.exec(
			text,
		);
	if (!match) return null;
	const [, year, month, day, hour, minute, second, fraction, offset] = match;
	const date = Date.UTC(Number(year), Number(month) - 1, Number(day));
	if (new Date(date).toISOString().slice(0, 10) !== `${year}-${month}-${day}`) return null;
	const ofDay = timeOfDay(hour ?? '0', minute ?? '0', second, fraction?.replace(',', '.'));
	if (ofDay === null) return null;
	const wall = date + ofDay;
	if (offset !== undefined) {
		const ms = offsetOf(offset);
		return ms === null ? null : wall - ms;
	}
	const instants = instantsOf(wall, zone);
	return instants.find((time) => time >= from && time <= to) ?? instants[0] ?? afterSkipped(wall, zone);
}

function timeOfDay(hour = '0', minute = '0', second = '0', fraction = '0'): number | null {
	const [h, m, s] = [Number(hour), Number(minute), Number(second)];
	if (h > 23 || m > 59 || s > 59) return null;
	return ((h * 60 + m) * 60 + s) * 1000 + Math.floor(Number(fraction) * 1000);
}

/** ms east of UTC of `Z`, `+01`, `+0100`, `-05:30`. */
function offsetOf(text: string): number | null {
	const match = /^([+-])(\d{2}):?(\d{2})?$/.exec(text);
	if (!match) return 0;
	const minutes = Number(match[2]) * 60 + Number(match[3] ?? 0);
	if (minutes > 24 * 60) return null;
	return (match[1] === '-' ? -minutes : minutes) * 60_000;
}

/** When a zone's clocks show this wall time (written as if it were UTC): never, once or twice; ascending. */
function instantsOf(wall: number, zone: string): number[] {
	const offsets = new Set([offsetAt(wall - DAY, zone), offsetAt(wall + DAY, zone)]);
	return [...offsets]
		.map((offset) => wall - offset)
		.filter((time) => time + offsetAt(time, zone) === wall)
		.sort((a, b) => a - b);
}

/** For a wall time that was skipped: as far after the jump as it would have been. */
function afterSkipped(wall: number, zone: string): number {
	return wall - offsetAt(wall - DAY, zone);
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(zone: string): Intl.DateTimeFormat {
	let formatter = formatters.get(zone);
	if (formatter === undefined) {
		formatter = new Intl.DateTimeFormat('en-US-u-hc-h23', {
			timeZone: zone,
			year: 'numeric',
			month: '2-digit',
			day: '2-digit',
			hour: '2-digit',
			minute: '2-digit',
			second: '2-digit',
			timeZoneName: 'short',
		});
		formatters.set(zone, formatter);
	}
	return formatter;
}

type Wall = {readonly date: string; readonly clock: string; readonly zoneName: string};

function wallOf(time: number, zone: string): Wall {
	if (zone === 'UTC') {
		const iso = new Date(time).toISOString();
		return {date: iso.slice(0, -14), clock: iso.slice(-13, -5), zoneName: 'UTC'};
	}
	const part: Partial<Record<Intl.DateTimeFormatPartTypes, string>> = {};
	for (const {type, value} of formatterOf(zone).formatToParts(time)) part[type] = value;
	return {
		date: `${part.year}-${part.month}-${part.day}`,
		clock: `${part.hour}:${part.minute}:${part.second}`,
		zoneName: part.timeZoneName ?? zone,
	};
}

/** ms that a zone's clocks are ahead of UTC. */
function offsetAt(time: number, zone: string): number {
	if (zone === 'UTC') return 0;
	const {date, clock} = wallOf(time, zone);
	return Date.parse(`${date}T${clock}Z`) - Math.floor(time / 1000) * 1000;
}

/** `14:02:11` */
export function formatClock(time: number, zone: string): string {
	return wallOf(time, zone).clock;
}

/** `2026-11-22 14:02:11` */
export function formatTime(time: number, zone: string): string {
	const {date, clock} = wallOf(time, zone);
	return `${date} ${clock}`;
}

/** What a zone is called at that time, as short as it goes: `UTC`, `GMT+1`, `EST`. */
export function zoneName(time: number, zone: string): string {
	return wallOf(time, zone).zoneName;
}

/** The zone that `--tz` names: an IANA name, `UTC`, or `local`. Throws a UserError. */
export function parseZone(text: string): string {
	if (/^(utc|z)$/i.test(text)) return 'UTC';
	if (text === 'local') return new Intl.DateTimeFormat().resolvedOptions().timeZone;
	try {
		return new Intl.DateTimeFormat('en-US', {timeZone: text}).resolvedOptions().timeZone;
	} catch {
		throw new UserError(`not a time zone: "${text}"`, 'give an IANA name such as Europe/Berlin, UTC or local', 2);
	}
}

const UNITS: readonly [unit: string, ms: number][] = [
	['d', DAY],
	['h', 3_600_000],
	['m', 60_000],
	['s', 1000],
	['ms', 1],
];

/** ms of a DUR: `90s`, `5m`, `1h30m`, `200ms`, `1.5s`; units descend, each at most once. null: invalid. */
export function parseDuration(text: string): number | null {
	const match =
		/^(?:(\d+(?:\.\d+)?)d)?(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?(?:(\d+)ms)?$/.exec(
			text.trim(),
		);
	if (!match || match[0] === '') return null;
	let sum = 0;
	for (const [i, [, ms]] of UNITS.entries()) sum += Number(match[i + 1] ?? 0) * ms;
	return Number.isSafeInteger(Math.round(sum)) ? Math.round(sum) : null;
}
