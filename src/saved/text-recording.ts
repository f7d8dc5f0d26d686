/**
What somebody saved by hand in a hurry: `cat /proc/PID/net/tcp /proc/PID/net/tcp6` again and again into one file, with or
without a line of `date` before each (parse/date-line.ts). A snapshot begins at a time line, or where a table's header repeats. The file is
walked once for where its snapshots begin; only the one being read is in memory.
*/
import {closeSync, fstatSync, openSync, readSync} from 'node:fs';
import {UserError} from '../errors.ts';
import {type DateLine, doubtText, parseDateLine} from '../parse/date-line.ts';
import type {Tick} from '../reading.ts';
import {ASSUMED_PORTS} from '../reading.ts';
import type {Recording} from '../source.ts';
import {markBytes} from '../system/byte-order-mark.ts';
import {Turns} from '../system/turns.ts';
import {plural} from '../text/plural.ts';
import {NO_DESCRIPTORS, shotAt} from './directory.ts';
import {InfoJoin} from './join-info.ts';
import {guessLittleEndian, NO_FILES, newParseState, type ParseState, savedReading} from './saved-reading.ts';

/** Where the assumed times begin: a midnight, so that a clock on screen shows the time since the beginning. */
const ASSUMED_START = Date.UTC(2000, 0, 1);
const READ_BYTES = 1 << 20;
/** No line of a table is longer; what has no newline for this long is not text. */
const MAX_LINE = 4096;
const MAX_SNAPSHOT_BYTES = 256 * 1024 * 1024;
/** Three weeks of seconds: a file with more was not saved by hand. */
const MAX_SNAPSHOTS = 2_000_000;
/** Time zones that are said to be doubtful. */
const MAX_DOUBTS = 3;

type Shot = {time: number; isAssumed: boolean; readonly doubt: string | null; readonly start: number; end: number};

/** What a line is, of those that matter. */
export type LineKind = 'tcp' | 'tcp6' | 'counters' | 'time' | 'row';

/** Whether these first bytes hold the header of a table of TCP; those of UDP and of raw sockets end in `drops`. */
export function isTextRecording(head: Buffer): boolean {
	const text = head.toString('latin1', markBytes(head));
	return text.split('\n').some((line) => kindOf(line) === 'tcp' || kindOf(line) === 'tcp6');
}

function kindOf(line: string): LineKind {
	if (/^\s*sl +local_address +rem_address (?!.* drops)/.test(line)) return 'tcp';
	if (/^\s*sl +local_address +remote_address (?!.* drops)/.test(line)) return 'tcp6';
	if (/^(?:Ip|Icmp|IcmpMsg|Tcp|Udp|UdpLite|TcpExt|IpExt|MPTcpExt): /.test(line)) return 'counters';
	if (parseDateLine(line) !== null) return 'time';
	return 'row';
}

type TextOptions = {
	readonly signal?: AbortSignal | undefined;
	/** Hears how much of it has been walked, from 0 to 1. */
	readonly onProgress?: ((share: number) => void) | undefined;
};

/** `name` is what messages call it. */
export async function openTextRecording(
	path: string,
	name: string,
	{signal, onProgress}: TextOptions = {},
): Promise<Recording> {
	const fd = openSync(path, 'r');
	const size = Math.max(1, fstatSync(fd).size);
	let walked = 0;
	const shots: Shot[] = [];
	const doubts = new Set<string>();
	const turns = new Turns(signal);
	try {
		for (const shot of snapshotsOf(fd)) {
			if (shot === PAUSE) {
				walked += READ_BYTES;
				onProgress?.(Math.min(1, walked / size));
				await turns.give();
			} else add(shot);
		}
	} catch (error) {
		closeSync(fd);
		throw error;
	}

	function add(shot: Shot): void {
		if (shot.doubt !== null && doubts.size < MAX_DOUBTS) doubts.add(shot.doubt);
		if (shots.push(shot) <= MAX_SNAPSHOTS) return;
		throw new UserError(
			`${name} holds more than ${MAX_SNAPSHOTS} snapshots, the last one at byte ${shot.start}`,
			'cut it into smaller files',
		);
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
		host: null,
		note: [NO_DESCRIPTORS, ...[...doubts].map(doubtText)].join('; '),
		from: shots[0]?.time ?? null,
		to: shots.at(-1)?.time ?? null,
		first: shots[0]?.time ?? null,
		last: shots.at(-1)?.time ?? null,
		isAscending: shots.every(({time}, i) => i === 0 || time >= (shots[i - 1]?.time ?? time)),
		async *ticks(from) {
			const state = newParseState(new InfoJoin());
			for (let i = from === undefined ? 0 : shotAt(shots, from); i < shots.length; i++) {
				const shot = shots[i];
				if (shot !== undefined) yield read(shot, state);
			}
		},
		damage: () =>
			torn === 0 ? null : `${name}: ${plural(torn, 'torn row')}, the first one in the snapshot at byte ${tornAt}`,
		close: () => closeSync(fd),
	};
}

/** Everybody else's turn. */
const PAUSE = null;

/** Walks the file once. A snapshot that no time line opens comes one second after the one before it. */
function* snapshotsOf(fd: number): Generator<Shot | typeof PAUSE> {
	let shot: Shot | null = null;
	let seen: Set<LineKind> = new Set();
	let last = ASSUMED_START - 1000;
	for (const each of lines(fd)) {
		if (each === PAUSE) {
			yield PAUSE;
			continue;
		}
		const {line, start, end} = each;
		const kind = line === ROW ? 'row' : kindOf(line);
		const begins = kind === 'time' || ((kind === 'tcp' || kind === 'tcp6') && (shot === null || seen.has(kind)));
		if (begins) {
			if (shot !== null) yield shot;
			const said: DateLine | null = kind === 'time' ? parseDateLine(line) : null;
			// the same second twice: time goes on
			const time: number =
				said === null ? last + 1000 : said.time > last - 1000 ? Math.max(said.time, last + 1) : said.time;
			shot = {time, isAssumed: said === null, doubt: said?.doubt ?? null, start, end};
			last = time;
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

function* lines(fd: number): Generator<{line: string; start: number; end: number} | typeof PAUSE> {
	const buffer = Buffer.allocUnsafe(READ_BYTES + MAX_LINE);
	let kept = 0;
	let offset = 0;
	for (;;) {
		const read = readSync(fd, buffer, kept, READ_BYTES, offset + kept);
		const length = kept + read;
		let start = offset === 0 ? markBytes(buffer.subarray(0, length)) : 0;
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
		yield PAUSE;
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
