/**
The capture format, version 1 (docs/capture-format.md): the kernel's rows, less what changes without meaning. Text, one
block per reading:

    traefik-top/1 time=1795368814940 id=lb1/361 host=lb1 pid=361 rows=netlink fds=readable …
    :snmp ActiveOpens=15 PassiveOpens=12 …
    :tcp
    0A4D0002:E7BC 0A4D000C:1F90 1 0 0 2 0 0 0 476285 22 4 23 10 -
    :tcp6
    …
    :others
    476299
    end 7 1c291ca3

A line that begins with a colon begins a section. `end N CRC` closes the block: its lines so far, and the CRC-32 of their
bytes; a block without it, or with another count, is torn. encoder.ts writes blocks, decoder.ts reads
them; the parts are side by side, both ways: the first line in head.ts, rows in row.ts, counters and
names here. The sh recorder's blocks hold the kernel's files as they are (raw-block.ts).
*/
import {type Counters, NO_COUNTERS} from '../reading.ts';
import {stripControls} from '../text/strip-controls.ts';

/** A part of a block: its name, what follows in its line, and its lines. */
export type Section = {readonly name: string; readonly rest: string; readonly start: number; readonly end: number};

const COLON = 58;
export const NEWLINE = 10;

/** The sections of a block whose bytes end before its `end` line. */
export function sectionsOf(bytes: Buffer): Section[] {
	const sections: Section[] = [];
	let open: {name: string; rest: string; start: number} | null = null;
	let at = bytes.indexOf('\n:');
	while (at !== -1) {
		if (open !== null) sections.push({...open, end: at + 1});
		const newline = bytes.indexOf(NEWLINE, at + 1);
		const end = newline === -1 ? bytes.length : newline;
		const line = bytes.toString('latin1', at + 2, Math.min(end, at + 4096));
		const space = line.indexOf(' ');
		open = {
			name: space === -1 ? line : line.slice(0, space),
			rest: space === -1 ? '' : line.slice(space + 1),
			start: Math.min(end + 1, bytes.length),
		};
		at = bytes[end + 1] === COLON ? end : bytes.indexOf('\n:', end + 1);
	}
	if (open !== null) sections.push({...open, end: bytes.length});
	return sections;
}

/** The kernel's names of our counters. */
const COUNTER_NAMES: readonly (readonly [keyof Counters, string])[] = [
	['activeOpens', 'ActiveOpens'],
	['passiveOpens', 'PassiveOpens'],
	['attemptFails', 'AttemptFails'],
	['estabResets', 'EstabResets'],
	['inSegs', 'InSegs'],
	['outSegs', 'OutSegs'],
	['retransSegs', 'RetransSegs'],
	['outRsts', 'OutRsts'],
	['listenOverflows', 'ListenOverflows'],
	['listenDrops', 'ListenDrops'],
	['tcpTimeouts', 'TCPTimeouts'],
	['inDestUnreachs', 'InDestUnreachs'],
	['outDestUnreachs', 'OutDestUnreachs'],
];

/** The line of the counters that are known; '': none is. */
export function encodeCounters(counters: Counters): string {
	const said = COUNTER_NAMES.filter(([key]) => counters[key] !== null);
	return said.length === 0 ? '' : `:snmp ${said.map(([key, name]) => `${name}=${counters[key]}`).join(' ')}\n`;
}

/** What follows `:snmp`. */
export function decodeCounters(text: string): Counters {
	const values = new Map(text.split(' ').map((word) => word.split('=') as [string, string]));
	const counters: Record<string, number | null> = {...NO_COUNTERS};
	for (const [key, name] of COUNTER_NAMES) {
		const value = values.get(name);
		if (value !== undefined && /^\d{1,16}$/.test(value)) counters[key] = Number(value);
	}
	return counters as Counters;
}

/** The lines of a section of names; none without a name. */
export function encodeNames(names: ReadonlyMap<string, string>): string[] {
	if (names.size === 0) return [];
	const lines = [':names\n'];
	for (const [address, name] of names) {
		lines.push(`${encodeURIComponent(address.toWellFormed())} ${encodeURIComponent(name.toWellFormed())}\n`);
	}
	return lines;
}

/** From the lines of such a section. */
export function decodeNames(text: string): ReadonlyMap<string, string> {
	const names = new Map<string, string>();
	for (const line of text.split('\n')) {
		const [address, name] = line.split(' ');
		if (address === undefined || name === undefined || name === '') continue;
		try {
			names.set(stripControls(decodeURIComponent(address)), stripControls(decodeURIComponent(name)));
		} catch {
			// not percent-encoded as it should be: a name less
		}
	}
	return names;
}
