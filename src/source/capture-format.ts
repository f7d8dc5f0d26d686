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
bytes; a block without it, or with another count, is torn. Encoding and decoding stand side by side here; of the rows in
capture-row.ts, of the first line in capture-head.ts. The sh recorder's blocks hold the kernel's files as they are
(raw-block.ts).
*/
import {crc32} from 'node:zlib';
import type {Row, TableCount, Visit} from '../parse/row.ts';
import {newRow} from '../parse/row.ts';
import type {Counters, Reading, Tick} from '../reading.ts';
import {NO_COUNTERS} from '../reading.ts';
import {stripControls} from '../text/strip-controls.ts';
import {ByteText} from './byte-text.ts';
import {encodeEmptyHead, encodeHead, type Head} from './capture-head.ts';
import {decodeRow, encodeRow} from './capture-row.ts';
import {SettledAges} from './settled-ages.ts';

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
];

/** What an encoder remembers of an instance. */
type Told = {
	readonly ages: SettledAges;
	/** Inodes of the reading before whose owner is settled, and which of all of them are no sockets of the process. */
	known: Set<number>;
	others: ReadonlySet<number>;
	lastTick: number;
};

/** An instance that was not seen for so many ticks is forgotten. */
const FORGET_TICKS = 120;

/**
Writes blocks while readings are visited: `begin`, `row` for each row, `end`. It settles the ages of the rows it is given
(settled-ages.ts): visit a row after it went through `row`.
*/
export class CaptureEncoder {
	readonly #out = new ByteText();
	readonly #told = new Map<string, Told>();
	#reading: Reading | null = null;
	#isAsked = false;
	/** Of the rows so far, in their order. */
	readonly #inodes: number[] = [];
	#count: TableCount = {rows: 0, torn: 0};
	#current: Told | null = null;
	#blockStart = 0;
	#begun = {tickTime: 0, part: 1, parts: 1};
	#lines = 0;
	#table = 0;
	#tick = 0;

	/** From time to time the descriptors are looked at anew, whether or not a socket is. */
	startChunk(): void {
		for (const told of this.#told.values()) told.known = new Set();
	}

	begin(reading: Reading, tickTime: number, part: number, parts: number): void {
		this.#close();
		this.#begun = {tickTime, part, parts};
		this.#reading = reading;
		this.#isAsked = false;
		this.#count = {rows: 0, torn: 0};
		this.#current = this.#told.get(reading.instance.id) ?? newTold();
		this.#inodes.length = 0;
		this.#current.lastTick = this.#tick;
		this.#current.ages.begin();
		this.#told.set(reading.instance.id, this.#current);
		this.#head(reading);
	}

	#head(reading: Reading): void {
		const {tickTime, part, parts} = this.#begun;
		this.#open(encodeHead(reading, tickTime, part, parts));
		this.#counters(reading.counters);
		this.#names(reading.names);
	}

	row(row: Row): void {
		const time = this.#reading?.time ?? 0;
		if (row.table !== this.#table) this.#line(row.table === 4 ? ':tcp\n' : ':tcp6\n');
		this.#table = row.table;
		this.#current?.ages.settle(row, time);
		encodeRow(row, time, this.#out);
		if (row.inode > 0) this.#inodes.push(row.inode);
		this.#lines++;
	}

	/**
	The rows are through. The block stays open for a look at the descriptors. Rows of a visit that failed in the middle are
	taken back: the block says the problem instead.
	*/
	end(count: TableCount): void {
		this.#count = count;
		if (!count.problem || this.#reading === null) return;
		this.#out.length = this.#blockStart;
		this.#reading = {...this.#reading, problem: count.problem};
		this.#count = {rows: 0, torn: 0};
		this.#head(this.#reading);
	}

	/** The fold asked for the descriptors of the reading that was begun last: what it was told is recorded. */
	asked(): void {
		this.#isAsked = true;
	}

	/** A tick that holds no instance. */
	emptyTick(tick: Tick): void {
		this.#close();
		this.#open(encodeEmptyHead(tick));
		this.#finish();
	}

	/** Blocks since the last take, whole; valid until the next call. */
	take(): Uint8Array {
		this.#close();
		this.#tick++;
		for (const [id, told] of this.#told) {
			if (this.#tick - told.lastTick > FORGET_TICKS) this.#told.delete(id);
		}
		const bytes = this.#out.written;
		this.#out.clear();
		return bytes;
	}

	#open(head: string): void {
		this.#blockStart = this.#out.length;
		this.#lines = 0;
		this.#table = 0;
		this.#line(head);
	}

	#line(text: string): void {
		this.#out.text(text);
		this.#lines++;
	}

	#close(): void {
		if (this.#reading === null) return;
		this.#descriptors(this.#reading);
		if (this.#count.torn > 0) this.#line(`:torn ${this.#count.torn}\n`);
		this.#reading = null;
		this.#finish();
	}

	#finish(): void {
		const sum = crc32(this.#out.written.subarray(this.#blockStart));
		this.#out.text(`end ${this.#lines} ${sum.toString(16).padStart(8, '0')}\n`);
	}

	#counters(counters: Counters): void {
		const said = COUNTER_NAMES.filter(([key]) => counters[key] !== null);
		if (said.length > 0) this.#line(`:snmp ${said.map(([key, name]) => `${name}=${counters[key]}`).join(' ')}\n`);
	}

	#names(names: ReadonlyMap<string, string>): void {
		if (names.size === 0) return;
		this.#line(':names\n');
		for (const [address, name] of names) {
			this.#line(`${encodeURIComponent(address.toWellFormed())} ${encodeURIComponent(name.toWellFormed())}\n`);
		}
	}

	/** Who owns a socket is looked at when there is a new one, and told of all of them in every block. */
	#descriptors(reading: Reading): void {
		const told = this.#current;
		if (told === null || reading.descriptors !== 'readable') return;
		const rows = this.#inodes;
		if (!this.#isAsked && reading.isAlone === true) return;
		let isOther = (inode: number) => told.others.has(inode);
		if (this.#isAsked || rows.length === 0 || rows.some((inode) => !told.known.has(inode))) {
			const own = reading.inodes();
			if (own === null) return;
			isOther = (inode) => !own.has(inode);
		}
		const others = new Set(rows.filter(isOther));
		// A socket may be in the table a moment before its descriptor is seen: what looks like another's is looked at twice.
		told.known = new Set(rows.filter((inode) => !others.has(inode) || told.others.has(inode)));
		told.others = others;
		this.#line(':others\n');
		for (const inode of told.others) {
			this.#out.number(inode);
			this.#out.byte(10);
			this.#lines++;
		}
	}
}

function newTold(): Told {
	return {ages: new SettledAges(), known: new Set(), others: new Set(), lastTick: 0};
}

/**
The same tick, recorded while it is visited. `finish` visits what nobody visited and returns the blocks, valid until the
encoder is used again.
*/
export function recorded(tick: Tick, encoder: CaptureEncoder): {readonly tick: Tick; finish(): Uint8Array} {
	const parts = tick.readings.length;
	const visited = new Set<number>();
	const asked = new Set<number>();
	let begun = -1;
	const readings = tick.readings.map((reading, i): Reading => {
		return {
			...reading,
			inodes() {
				asked.add(i);
				if (begun === i) encoder.asked();
				return reading.inodes();
			},
			visit(visit) {
				visited.add(i);
				begun = i;
				encoder.begin(reading, tick.time, i + 1, parts);
				if (asked.has(i)) encoder.asked();
				const count = reading.visit((row) => {
					encoder.row(row);
					visit(row);
				});
				encoder.end(count);
				return count;
			},
		};
	});
	return {
		tick: {...tick, readings},
		finish() {
			for (const [i, reading] of readings.entries()) if (!visited.has(i)) reading.visit(() => {});
			if (parts === 0) encoder.emptyTick(tick);
			return encoder.take();
		},
	};
}

/** A part of a block: its name, what stands behind it in its line, and its lines. */
export type Section = {readonly name: string; readonly rest: string; readonly start: number; readonly end: number};

const COLON = 58;
const NEWLINE = 10;

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

/** A block's reading. Its rows are decoded when visited. */
export function decodeBlock(head: Head, bytes: Buffer, sections: readonly Section[]): Reading {
	const text = (name: string) => {
		const section = sections.find((one) => one.name === name);
		return section === undefined ? null : bytes.toString('latin1', section.start, section.end);
	};
	const torn = Number(/^\d{1,15}/.exec(sections.find(({name}) => name === 'torn')?.rest ?? '')?.[0] ?? 0);
	const visitAll = (visit: Visit) => {
		const count = {rows: 0, torn};
		for (const section of sections) {
			if (section.name === 'tcp') visitRows(bytes, section, 4, head.time, visit, count);
			else if (section.name === 'tcp6') visitRows(bytes, section, 6, head.time, visit, count);
		}
		return count;
	};
	let inodes: Set<number> | null = null;
	return {
		...head,
		names: namesOf(text('names') ?? ''),
		counters: countersOf(sections.find(({name}) => name === 'snmp')?.rest ?? ''),
		readMs: 0,
		/** Of the sockets in the rows, the process's own. */
		inodes() {
			const others = text('others');
			if (inodes !== null || others === null) return inodes;
			const not = inodesOf(others);
			const own = new Set<number>();
			visitAll(({inode}) => {
				if (inode > 0 && !not.has(inode)) own.add(inode);
			});
			inodes = own;
			return inodes;
		},
		visit: visitAll,
	};
}

function visitRows(
	bytes: Buffer,
	section: Section,
	table: 4 | 6,
	time: number,
	visit: Visit,
	count: {rows: number; torn: number},
): void {
	const row = newRow();
	row.table = table;
	for (let start = section.start; start < section.end; ) {
		let end = start;
		while (end < section.end && bytes[end] !== NEWLINE) end++;
		if (decodeRow(bytes, start, end, time, row)) {
			count.rows++;
			visit(row);
		} else count.torn++;
		start = end + 1;
	}
}

function countersOf(text: string): Counters {
	const values = new Map(text.split(' ').map((word) => word.split('=') as [string, string]));
	const counters: Record<string, number | null> = {...NO_COUNTERS};
	for (const [key, name] of COUNTER_NAMES) {
		const value = values.get(name);
		if (value !== undefined && /^\d{1,16}$/.test(value)) counters[key] = Number(value);
	}
	return counters as Counters;
}

function namesOf(text: string): ReadonlyMap<string, string> {
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

/** Inodes, one a line. */
function inodesOf(text: string): ReadonlySet<number> {
	const inodes = new Set<number>();
	for (const match of text.matchAll(/^\d{1,15}$/gm)) inodes.add(Number(match[0]));
	return inodes;
}
