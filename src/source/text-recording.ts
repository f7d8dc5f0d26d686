/**
What somebody saved by hand in a hurry: `cat /proc/PID/net/tcp /proc/PID/net/tcp6` again and again into one file, with or
without a line of `date +%s` before each. A snapshot begins at a time line, or where a table's header repeats. The file is
walked once for where its snapshots begin; only the one being read is in memory.
*/
import {closeSync, openSync, readSync} from 'node:fs';
import {UserError} from '../errors.ts';
import type {Tick} from '../reading.ts';
import {ASSUMED_PORTS} from '../reading.ts';
import {plural} from '../text/plural.ts';
import {lastAtOrBefore, NO_DESCRIPTORS, timeOfName} from './directory.ts';
import {InfoJoin} from './join-info.ts';
import {guessLittleEndian, NO_FILES, newParseState, type ParseState, savedReading} from './saved-reading.ts';
import type {Recording} from './source.ts';

/** Where the assumed times begin: a midnight, so that a clock on screen shows the time since the beginning. */
const ASSUMED_START = Date.UTC(2000, 0, 1);
const READ_BYTES = 1 << 20;
/** No line of a table is longer; what has no newline for so long is no text. */
const MAX_LINE = 4096;
const MAX_SNAPSHOT_BYTES = 256 * 1024 * 1024;
/** Three weeks of seconds: a file with more was not saved by hand. */
const MAX_SNAPSHOTS = 2_000_000;

type Shot = {time: number; isAssumed: boolean; readonly start: number; end: number};

/** What a line is, of those that matter. */
export type LineKind = 'tcp' | 'tcp6' | 'counters' | 'time' | 'row';

/** Whether these first bytes hold the header of a table of TCP; those of UDP and of raw sockets end in `drops`. */
export function isTextRecording(head: string): boolean {
	return head.split('\n').some((line) => kindOf(line) === 'tcp' || kindOf(line) === 'tcp6');
}

function kindOf(line: string): LineKind {
	if (/^\s*sl +local_address +rem_address (?!.* drops)/.test(line)) return 'tcp';
	if (/^\s*sl +local_address +remote_address (?!.* drops)/.test(line)) return 'tcp6';
	if (/^(?:Ip|Icmp|IcmpMsg|Tcp|Udp|UdpLite|TcpExt|IpExt|MPTcpExt): /.test(line)) return 'counters';
	if (timeOfLine(line) !== null) return 'time';
	return 'row';
}

/** `date +%s`, `+%s.%N`, `+%s%3N`, `+%s%N`, `-Is`. */
function timeOfLine(line: string): number | null {
	const text = line.trim();
	if (/^\d{19}$/.test(text)) return Number(text.slice(0, 13));
	if (/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text)) {
		const time = Date.parse(text.replace(',', '.'));
		return Number.isNaN(time) ? null : time;
	}
	return timeOfName(text);
}

/** `name` is what messages call it. */
export function openTextRecording(path: string, name: string): Recording {
	const fd = openSync(path, 'r');
	const shots: Shot[] = [];
	for (const shot of snapshotsOf(fd)) {
		if (shots.push(shot) > MAX_SNAPSHOTS) {
			closeSync(fd);
			throw new UserError(
				`${name} holds more than ${MAX_SNAPSHOTS} snapshots, the last one at byte ${shot.start}`,
				'cut it into smaller files',
			);
		}
	}
	const head = readRange(fd, 0, READ_BYTES).toString('latin1');
	const isLittleEndian = guessLittleEndian(head);
	let torn = 0;
	let tornAt = 0;

	function read(shot: Shot, state: ParseState): Tick {
		const isTooLong = shot.end - shot.start > MAX_SNAPSHOT_BYTES;
		const bytes = isTooLong ? Buffer.alloc(0) : readRange(fd, shot.start, shot.end - shot.start);
		const reading = savedReading(
			{
				instance: {id: '?', host: null, via: null, pid: null, startedAt: null, netns: null},
				time: shot.time,
				monotonicMs: null,
				isTimeAssumed: shot.isAssumed,
				intervalMs: null,
				problem: isTooLong ? 'this snapshot is too long to be a table' : null,
				isAlone: null,
				ports: ASSUMED_PORTS,
				names: new Map(),
				openFiles: null,
			},
			{...NO_FILES, ...tablesOf(bytes)},
			isLittleEndian,
			state,
			(count) => {
				if (torn === 0) tornAt = shot.start;
				torn += count;
			},
		);
		return {time: shot.time, readings: [reading], problem: null};
	}

	return {
		path: name,
		kind: 'text',
		host: null,
		isTimeAssumed: shots.some((shot) => shot.isAssumed),
		note: NO_DESCRIPTORS,
		from: shots[0]?.time ?? null,
		to: shots.at(-1)?.time ?? null,
		async *ticks(from) {
			const state = newParseState(new InfoJoin());
			for (let i = from === undefined ? 0 : lastAtOrBefore(shots, from); i < shots.length; i++) {
				const shot = shots[i];
				if (shot !== undefined) yield read(shot, state);
			}
		},
		damage: () =>
			torn === 0 ? null : `${name}: ${plural(torn, 'torn row')}, the first one in the snapshot at byte ${tornAt}`,
		close: () => closeSync(fd),
	};
}

/** Walks the file once. A snapshot that no time line opens comes one second after the one before it. */
function* snapshotsOf(fd: number): Generator<Shot> {
	let shot: Shot | null = null;
	let seen: Set<LineKind> = new Set();
	let last = ASSUMED_START - 1000;
	for (const {line, start, end} of lines(fd)) {
		const kind = kindOf(line);
		const begins = kind === 'time' || ((kind === 'tcp' || kind === 'tcp6') && (shot === null || seen.has(kind)));
		if (begins) {
			if (shot !== null) yield shot;
			const time: number | null = kind === 'time' ? timeOfLine(line) : null;
			// a clock set back, or the same second twice: time only goes on
			shot = {time: Math.max(time ?? last + 1000, last + 1), isAssumed: time === null, start, end};
			last = shot.time;
			seen = new Set();
		}
		seen.add(kind);
		if (shot !== null) shot.end = end;
	}
	if (shot !== null) yield shot;
}

/** The two tables and the counters in one snapshot's text, each table from its header to the next thing. */
export function tablesOf(bytes: Buffer): {
	tcp: Uint8Array | null;
	tcp6: Uint8Array | null;
	snmp: string;
	netstat: string;
} {
	const parts: {tcp: Uint8Array | null; tcp6: Uint8Array | null} = {tcp: null, tcp6: null};
	let counters = '';
	let table: 'tcp' | 'tcp6' | null = null;
	let begin = 0;
	const close = (end: number) => {
		if (table !== null) parts[table] = bytes.subarray(begin, end);
		table = null;
	};
	for (let start = 0; start < bytes.length; ) {
		const newline = bytes.indexOf(10, start);
		const end = newline === -1 ? bytes.length : newline + 1;
		// rows are the many: only what begins otherwise is looked at as text
		if (!isRowStart(bytes, start)) {
			const line = bytes.toString('latin1', start, Math.min(end, start + MAX_LINE));
			const kind = kindOf(line);
			if (kind !== 'row') close(start);
			if (kind === 'tcp' || kind === 'tcp6') {
				table = kind;
				begin = start;
			} else if (kind === 'counters') counters += line;
		}
		start = end;
	}
	close(bytes.length);
	return {...parts, snmp: counters, netstat: counters};
}

/** Blanks, digits, a colon. */
function isRowStart(bytes: Uint8Array, start: number): boolean {
	let i = start;
	while (bytes[i] === 32) i++;
	const digits = i;
	while ((bytes[i] ?? 0) >= 48 && (bytes[i] ?? 0) <= 57) i++;
	return i > digits && bytes[i] === 58;
}

function* lines(fd: number): Generator<{line: string; start: number; end: number}> {
	const buffer = Buffer.allocUnsafe(READ_BYTES + MAX_LINE);
	let kept = 0;
	let offset = 0;
	for (;;) {
		const read = readSync(fd, buffer, kept, READ_BYTES, offset + kept);
		const length = kept + read;
		let start = 0;
		for (;;) {
			const newline = buffer.indexOf(10, start);
			let end = newline === -1 || newline >= length ? -1 : newline + 1;
			if (end === -1 && (read === 0 || length - start > MAX_LINE)) end = length;
			if (end === -1 || end === start) break;
			const isRow = isRowStart(buffer, start);
			yield {
				line: isRow ? ROW : buffer.toString('latin1', start, Math.min(end, start + MAX_LINE)),
				start: offset + start,
				end: offset + end,
			};
			start = end;
		}
		if (read === 0) return;
		buffer.copyWithin(0, start, length);
		offset += start;
		kept = length - start;
	}
}

/** Stands for any row where only the kind of a line matters. */
const ROW = '0:';

function readRange(fd: number, start: number, length: number): Buffer {
	const buffer = Buffer.allocUnsafe(length);
	let done = 0;
	while (done < length) {
		const read = readSync(fd, buffer, done, length - done, start + done);
		if (read === 0) break;
		done += read;
	}
	return buffer.subarray(0, done);
}
