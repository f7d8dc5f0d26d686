/**
A line that holds a time and nothing else: what `date` prints in its usual forms, which somebody put between tables.

    Wed Nov 25 22:00:10 UTC 2026          the C locale, busybox
    Wed Nov 25 10:00:10 PM CET 2026       en_US, older
    Wed 25 Nov 2026 10:00:10 PM CET       en_US
    Wed 25 Nov 22:00:10 GMT 2026          en_GB
    Wed, 25 Nov 2026 22:00:10 +0000       date -R (RFC 2822)
    2026-11-25T22:00:10+00:00             date -Is, --rfc-3339=seconds with a space, -Ins with a comma
    1795644010, 1795644010.123456789      date +%s, +%s.%N, +%s%3N, +%s%N
*/

/** `doubt`: a zone that is missing or unknown, and was taken for UTC, or one that could be several; null: none. */
export type DateLine = {readonly time: number; readonly doubt: string | null};

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

const DAY = '(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? +)?';
const MONTH = '(?<month>jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*';
const DATE = '(?<day>\\d{1,2})';
const YEAR = '(?<year>\\d{4})';
const CLOCK =
	'(?<hour>\\d{1,2}):(?<minute>\\d\\d)(?::(?<second>\\d\\d)(?<fraction>[.,]\\d{1,9})?)?(?: *(?<half>[ap])\\.?m\\.?)?';
const ZONE = '(?: *(?<zone>z|[a-z]{2,5}|(?:utc|gmt)?[+-]\\d\\d?(?::?\\d\\d)?)(?: *\\([a-z ]{1,40}\\))?)?';

const FORMS = [
	`${DAY}${MONTH} +${DATE},? +${CLOCK}${ZONE},? +${YEAR}`,
	`${DAY}${MONTH} +${DATE},? +${YEAR},? +${CLOCK}${ZONE}`,
	`${DAY}${DATE}\\.? +${MONTH},? +${YEAR},? +${CLOCK}${ZONE}`,
	`${DAY}${DATE}\\.? +${MONTH},? +${CLOCK}${ZONE},? +${YEAR}`,
	`${YEAR}-(?<month>\\d\\d)-${DATE}(?:t| +)${CLOCK}${ZONE}`,
].map((form) => new RegExp(`^${form}$`, 'i'));

/** Hours east of UTC. */
const ZONES: Readonly<Record<string, number>> = {
	...{
		Z: 0,
		UTC: 0,
		UCT: 0,
		GMT: 0,
		WET: 0,
		WEST: 1,
		BST: 1,
		CET: 1,
		CEST: 2,
		MEZ: 1,
		MESZ: 2,
		EET: 2,
		EEST: 3,
		MSK: 3,
		TRT: 3,
	},
	...{
		SAST: 2,
		CAT: 2,
		EAT: 3,
		WAT: 1,
		PKT: 5,
		IST: 5.5,
		NPT: 5.75,
		WIB: 7,
		HKT: 8,
		SGT: 8,
		PHT: 8,
		AWST: 8,
		JST: 9,
		KST: 9,
	},
	...{ACST: 9.5, ACDT: 10.5, AEST: 10, AEDT: 11, NZST: 12, NZDT: 13},
	...{NST: -3.5, NDT: -2.5, AST: -4, ADT: -3, EST: -5, EDT: -4, CST: -6, CDT: -5, MST: -7, MDT: -6, PST: -8, PDT: -7},
	...{AKST: -9, AKDT: -8, HST: -10, HDT: -9, SST: -11, BRT: -3, ART: -3, CLT: -4, CLST: -3},
};

/** Those that mean something else elsewhere. */
const AMBIGUOUS = new Set(['IST', 'BST', 'CST', 'CDT', 'AST', 'SST', 'EST', 'EDT']);

/** null: the line is something else. */
export function parseDateLine(line: string): DateLine | null {
	const text = line.trim();
	if (text.length < 9 || text.length > 64) return null;
	const time = unixTime(text);
	if (time !== null) return {time, doubt: null};
	// told apart from a row of a table by its first letters, and soon
	if (!/^(?:[a-z]{3}|\d{1,2}\.? [a-z]{3}|\d{4}-\d\d-\d\d[t ])/i.test(text)) return null;
	for (const form of FORMS) {
		const parts = form.exec(text)?.groups;
		if (parts !== undefined) return timeOf(parts);
	}
	return null;
}

/** 9 or 10 digits are seconds, with or without a fraction; 12 or 13 are ms, 16 µs, 19 ns. */
export function unixTime(text: string): number | null {
	if (/^\d{19}$/.test(text) || /^\d{16}$/.test(text)) return Number(text.slice(0, 13));
	if (!/^(?:\d{9,10}(?:\.\d{1,9})?|\d{12,13})$/.test(text)) return null;
	const value = Number(text);
	return value < 1e11 ? Math.floor(Math.round(value * 1e6) / 1000) : value;
}

function timeOf(parts: Readonly<Record<string, string | undefined>>): DateLine | null {
	const number = (key: string) => Number(parts[key] ?? 0);
	const name = (parts['month'] ?? '').toLowerCase();
	const month = /^\d/.test(name) ? Number(name) - 1 : MONTHS.indexOf(name.slice(0, 3));
	const [year, day, minute, second] = [number('year'), number('day'), number('minute'), number('second')];
	const hour = hourOf(number('hour'), parts['half']);
	if (hour === null || minute > 59 || second > 60) return null;
	const date = new Date(Date.UTC(year, month, day));
	if (year < 1971 || date.getUTCMonth() !== month || date.getUTCDate() !== day) return null;
	const fraction = Math.floor(Number(`0${(parts['fraction'] ?? '').replace(',', '.')}`) * 1000);
	const wall = date.getTime() + ((hour * 60 + minute) * 60 + second) * 1000 + fraction;
	const {hours, doubt} = zoneOf(parts['zone']);
	return {time: wall - hours * 3_600_000, doubt};
}

/** null: there is no such hour. */
function hourOf(hour: number, half: string | undefined): number | null {
	if (half === undefined) return hour < 24 ? hour : null;
	if (hour < 1 || hour > 12) return null;
	return (hour % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
}

function zoneOf(zone: string | undefined): {hours: number; doubt: string | null} {
	if (zone === undefined) return {hours: 0, doubt: 'no time zone'};
	const name = zone.toUpperCase();
	const offset = /^(?:UTC|GMT)?([+-])(\d\d?):?(\d\d)?$/.exec(name);
	if (offset !== null) {
		const hours = Number(offset[2]) + Number(offset[3] ?? 0) / 60;
		return {hours: offset[1] === '-' ? -hours : hours, doubt: null};
	}
	const hours = Object.hasOwn(ZONES, name) ? ZONES[name] : undefined;
	return {hours: hours ?? 0, doubt: hours === undefined || AMBIGUOUS.has(name) ? name : null};
}

/** What is said of doubtful zones: one clause. */
export function doubtText(doubt: string): string {
	const hours = Object.hasOwn(ZONES, doubt) ? ZONES[doubt] : undefined;
	if (hours === undefined)
		return `dates with ${doubt === 'no time zone' ? doubt : `the unknown time zone ${doubt}`} are taken as UTC`;
	const minutes = Math.abs(hours) * 60;
	const clock = `${Math.floor(minutes / 60)}`.padStart(2, '0');
	return `the time zone ${doubt} is taken as UTC${hours < 0 ? '-' : '+'}${clock}:${`${minutes % 60}`.padStart(2, '0')}`;
}
