/**
The text of a chunk, written as what is different from the snapshot before: version 2 of the format, inside a zstd frame only.
It is a coding of the text, not of the sockets: what is read back is that text, byte for byte. A frame is a row of pieces, one
a snapshot; each begins with a line that says how many bytes follow it:

    traefik-top/2 BYTES text        the text itself; a frame's first piece
    traefik-top/2 BYTES delta       against the text of the piece before

A delta is made of lines. The first two tell in which order to take the lines of the text before (runs of lines that are the
same, single ones that are gone) and lines that are new or have changed; those follow by the number of their words and by whether they had one
before, a group of a kind by columns. What is alike (ports, counters that grow by one, a common beginning) is then side by side
and is said once, and zstd has only to write what cannot be foretold.
*/

const WHOLE = 'text';
const DELTA = 'delta';
const DELTA_START = 'traefik-top/2 ';

/** Whether a text is made of pieces; one of version 2 or more in any other form is not known here. */
export function isDelta(text: Buffer): boolean {
	return /^traefik-top\/2 [1-9]/.test(text.toString('latin1', 0, DELTA_START.length + 1));
}
/** Of a delta and of what it makes. */
const MAX_DELTA_TEXT = 64 * 1024 * 1024;
/** With more of them in a snapshot its text is written. */
const MAX_ROWS = 4096;
const MAX_WORDS = 64;
const MAX_GROUPS = 26;
/** Lines that are compared at once. */
const BLOCK = 32;
const NEWLINE = 10;
const BLANK = 32;
const DASH = 45;
/** Of a piece's first line. */
const MAX_HEAD = 64;
/** Lines that are gone, up to this many, are passed over at once. */
const REACH = 8;
/** Words of a row with tcp_info (row.ts): where the bar is, when it last sent, and numbers that only grow. */
const BAR = 15;
const LAST_SEND = 19;
const GROWING: readonly boolean[] = [16, 18, 24, 25, 26, 27, 28, 31, 34, 35, 36].reduce<boolean[]>((all, at) => {
	all[at] = true;
	return all;
}, []);

/** Of rows: `+` without a line before, `!` with one of another number of words, `~` with one of as many. */
type Group = {
	readonly kind: string;
	readonly letter: string;
	readonly words: number;
	readonly columns: string[][];
	readonly same: boolean[][];
};

/** A text and where its lines begin; the last one ends where the text does. */
type Lines = {readonly bytes: Buffer; readonly view: DataView; starts: Int32Array; count: number};

function noLines(bytes: Buffer, room: number): Lines {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
	return {bytes, view, starts: new Int32Array(Math.max(64, room)), count: 0};
}

function startLine(lines: Lines, at: number): void {
	if (lines.count + 1 >= lines.starts.length) {
		const starts = new Int32Array(lines.starts.length * 2);
		starts.set(lines.starts);
		lines.starts = starts;
	}
	lines.starts[lines.count++] = at;
	lines.starts[lines.count] = lines.bytes.length;
}

/** null: it does not end with a newline, or is too long. */
function linesOf(bytes: Buffer): Lines | null {
	if (bytes.length > MAX_DELTA_TEXT || bytes.at(-1) !== NEWLINE) return null;
	const lines = noLines(bytes, 0);
	for (let at = 0; at < bytes.length; at = bytes.indexOf(NEWLINE, at) + 1) startLine(lines, at);
	return lines;
}

/** A line without its newline. */
function lineAt({bytes, starts}: Lines, line: number): string {
	return bytes.toString('latin1', starts[line], (starts[line + 1] ?? 1) - 1);
}

export class DeltaEncoder {
	#before: Lines | null = null;

	/** The next piece. The text is kept: it must not change. */
	encode(text: Uint8Array): Uint8Array {
		const whole = Buffer.from(text.buffer, text.byteOffset, text.length);
		if (text.length === 0) return whole;
		const delta = this.#deltaOf(whole);
		const bytes = delta === null ? whole : Buffer.from(delta, 'latin1');
		const head = Buffer.from(`${DELTA_START}${bytes.length} ${delta === null ? WHOLE : DELTA}\n`, 'latin1');
		return Buffer.concat([head, bytes]);
	}

	#deltaOf(text: Buffer): string | null {
		const before = this.#before;
		this.#before = null;
		if (before === null || text.length > MAX_DELTA_TEXT || text.at(-1) !== NEWLINE) {
			this.#before = linesOf(text);
			return null;
		}
		const lines = noLines(text, before.count + 64);
		const delta = deltaOf(before, lines);
		this.#before = delta === null ? linesOf(text) : lines;
		return delta;
	}
}

/** Finds the lines of `now` on the way. null: it would not be shorter, or cannot be said. */
function deltaOf(before: Lines, now: Lines): string | null {
	const {bytes} = now;
	const groups = new Map<string, Group>();
	const runs: string[] = [];
	let kinds = '';
	let place = 0;
	let run = 0;
	let missed = 0;
	let rows = 0;
	const time = timeOf(bytes.toString('latin1', 0, 64));
	const take = (kind: string) => {
		runs.push(run === 0 ? '' : String(run));
		run = 0;
		kinds += kind;
	};
	let nextBlock = 0;
	for (let at = 0; at < bytes.length; ) {
		if (place >= nextBlock) {
			const length = sameLines(before, place, bytes, at);
			if (length > 0) {
				shiftLines(before, place, now, at);
				place += BLOCK;
				run += BLOCK;
				missed = 0;
				at += length;
				continue;
			}
			nextBlock = place + BLOCK;
		}
		const known = sameLine(before, place, now.view, at) ? place : -1;
		if (known === -1 && ++rows > MAX_ROWS) return null;
		const next = known === -1 ? bytes.indexOf(NEWLINE, at) + 1 : at + lengthOf(before, known);
		startLine(now, at);
		if (known !== -1) {
			place++;
			run++;
			missed = 0;
			at = next;
			continue;
		}
		const found = find(before, place, bytes, at, next, missed);
		if (found === -1) missed++;
		else {
			for (; place < found; place++) take('-');
			place++;
			missed = 0;
			if (sameLine(before, found, now.view, at)) {
				run++;
				at = next;
				continue;
			}
		}
		const words = bytes.toString('latin1', at, next - 1).split(' ');
		if (words.length > MAX_WORDS) return null;
		const old = found === -1 ? null : lineAt(before, found).split(' ');
		const kind = old === null ? '+' : old.length === words.length ? '~' : '!';
		const key = `${kind}${words.length}`;
		let group = groups.get(key);
		if (group === undefined) {
			if (groups.size >= MAX_GROUPS) return null;
			const letter = String.fromCharCode(97 + groups.size);
			group = {kind, letter, words: words.length, columns: words.map(() => []), same: words.map(() => [])};
			groups.set(key, group);
		}
		take(group.letter);
		if (!addRow(group, words, old, time)) return null;
		at = next;
	}
	if (before.count - place > MAX_ROWS) return null;
	for (; place < before.count; place++) take('-');
	const out = [kinds, runs.join(' ')];
	for (const group of groups.values()) {
		out.push(`${group.kind}${group.words}`);
		for (const [at, column] of group.columns.entries()) out.push(encodeColumn(column, group.same[at] as boolean[]));
	}
	return `${out.join('\n')}\n`;
}

/** Bytes of the next lines of the text before where they are at `at` too, compared at once; 0: they are not. */
function sameLines({bytes, starts, count}: Lines, line: number, now: Buffer, at: number): number {
	if (line + BLOCK > count) return 0;
	const [start, end] = [starts[line] as number, starts[line + BLOCK] as number];
	if (at + end - start > now.length) return 0;
	return bytes.compare(now, at, at + end - start, start, end) === 0 ? end - start : 0;
}

function shiftLines(before: Lines, line: number, now: Lines, at: number): void {
	const shift = at - (before.starts[line] as number);
	for (let i = line; i < line + BLOCK; i++) startLine(now, (before.starts[i] as number) + shift);
}

function lengthOf({starts}: Lines, line: number): number {
	return (starts[line + 1] as number) - (starts[line] as number);
}

/** Whether the line, its newline included, is what is at `at` too. */
function sameLine(before: Lines, line: number, view: DataView, at: number): boolean {
	if (line >= before.count) return false;
	const length = lengthOf(before, line);
	if (at + length > view.byteLength) return false;
	const start = before.starts[line] as number;
	const known = before.view;
	let i = 0;
	for (; i + 8 <= length; i += 8) if (known.getFloat64(start + i) !== view.getFloat64(at + i)) return false;
	for (; i < length; i++) if (known.getUint8(start + i) !== view.getUint8(at + i)) return false;
	return true;
}

/** The line before that is the same one or of the same connection, near `place`; -1: none. */
function find(before: Lines, place: number, bytes: Buffer, at: number, next: number, missed: number): number {
	const reach = (missed & (missed - 1)) === 0 ? REACH * (missed + 1) : REACH;
	const last = Math.min(before.count, place + reach);
	const end = keyEnd(bytes, at, next - 1);
	for (let line = place; line < last; line++) {
		const start = before.starts[line] as number;
		let i = at;
		while (i < end && before.bytes[start + i - at] === bytes[i]) i++;
		if (i === end) return line;
	}
	return -1;
}

/** After both addresses of a row, after the first word of any other line, with the blank after it where there is one. */
function keyEnd(bytes: Buffer, start: number, end: number): number {
	let words = isRow(bytes[start] ?? 0) ? 2 : 1;
	for (let at = start; at < end; at++) if (bytes[at] === BLANK && --words === 0) return at + 1;
	return end;
}

function isRow(code: number): boolean {
	return (code >= 48 && code <= 57) || (code >= 65 && code <= 70);
}

/** false: it cannot be said. */
function addRow(group: Group, words: readonly string[], old: readonly string[] | null, time: number): boolean {
	const hasInfo = words[BAR] === '|';
	const isGrown = hasInfo && group.kind === '~' && old?.[BAR] === '|';
	for (let at = 0; at < words.length; at++) {
		const word = words[at] as string;
		const before = old?.[at];
		const column = group.columns[at] as string[];
		let said = word;
		if (hasInfo && at === LAST_SEND) said = difference(time, word);
		else if (isGrown && GROWING[at]) said = difference(word, before as string);
		column.push(said);
		const isSame = group.kind === '~' ? word === before : group.kind === '!' && at < 2 && word === before;
		if (word === '' && !isSame) return false;
		(group.same[at] as boolean[]).push(isSame);
	}
	return true;
}

/** `a - b`, or `!` and what cannot be said so. */
function difference(a: string | number, b: string): string {
	const word = typeof a === 'number' ? b : a;
	const [from, to] = [Number(a), Number(b)];
	return isInteger(word) && Number.isSafeInteger(from) && isInteger(String(a)) && isInteger(b)
		? String(from - to)
		: `!${word}`;
}

/** As String() would write it. */
function isInteger(word: string): boolean {
	if (word.length === 0 || word.length > 15) return false;
	const first = word.charCodeAt(0);
	if (first === 48) return word.length === 1;
	for (let i = 0; i < word.length; i++) {
		const code = word.charCodeAt(i);
		if (code < 48 || code > 57) return false;
	}
	return true;
}

/** Unix ms of a head line; 0: it is none. */
function timeOf(line: string): number {
	const time = /^traefik-top\/1 time=([1-9]\d{0,14})(?:[ \n]|$)/.exec(line)?.[1];
	return time === undefined ? 0 : Number(time);
}

/**
A column of a group, in one line: `.` what it was before, `=WORD` the same in all rows; `n WIDTH FACTOR DIGITS` numbers with leading
zeros, `f WIDTH ^START $END WORDS` words of one width, or words with blanks between, of which an empty one is what it was.
*/
function encodeColumn(words: readonly string[], same: readonly boolean[]): string {
	if (same.every(Boolean)) return '.';
	const [first = ''] = words;
	if (words.every((word) => word === first)) return `=${first}`;
	const sparse = `s ${words.map((word, at) => (same[at] ? '' : word)).join(' ')}`;
	const fixed = fixedColumn(words);
	const numbers = numberColumn(words);
	let best = sparse;
	for (const other of [numbers, fixed]) if (other !== null && other.length < best.length) best = other;
	return best;
}

function numberColumn(words: readonly string[]): string | null {
	let factor = 0;
	let most = 0;
	for (const word of words) {
		if (!isInteger(word)) return null;
		const value = Number(word);
		factor = greatestDivisor(value, factor);
		most = Math.max(most, value);
	}
	const width = String(most / factor).length;
	return `n ${width} ${factor} ${words.map((word) => String(Number(word) / factor).padStart(width, '0')).join('')}`;
}

function greatestDivisor(a: number, b: number): number {
	while (b !== 0) [a, b] = [b, a % b];
	return a;
}

function fixedColumn(words: readonly string[]): string | null {
	const [first = ''] = words;
	const {length} = first;
	let start = length;
	let end = length;
	for (const word of words) {
		if (word.length !== length) return null;
		let at = 0;
		while (at < start && word.charCodeAt(at) === first.charCodeAt(at)) at++;
		start = at;
		at = 0;
		while (at < end && word.charCodeAt(length - 1 - at) === first.charCodeAt(length - 1 - at)) at++;
		end = at;
	}
	end = Math.min(end, length - start);
	const [begin, rest] = [first.slice(0, start), end === 0 ? '' : first.slice(-end)];
	const bodies = words.map((word) => word.slice(start, length - end)).join('');
	return `f ${length - start - end} ^${begin} $${rest} ${bodies}`;
}

/** Why a piece cannot be read. */
class Damaged extends Error {}

/** Puts the text back together. Feed it what comes out of one zstd frame, in pieces of any size. */
export class DeltaDecoder {
	isDamaged = false;
	/** false: it is text of version 1, which is left as it is; null: not known yet. */
	#isOurs: boolean | null = null;
	#before: Lines | null = null;
	#kind = '';
	/** Bytes of the piece in hand that are still to come. */
	#missing = 0;
	#parts: Buffer[] = [];
	/** The beginning of a piece's first line. */
	#head: Buffer = Buffer.alloc(0);

	/** The text as far as it can be told: a whole one as it comes, the others once they are complete. */
	*push(bytes: Buffer): Generator<Buffer> {
		for (let rest = bytes; rest.length > 0 && !this.isDamaged; ) {
			if (this.#isOurs === false) {
				yield rest;
				return;
			}
			if (this.#missing === 0) {
				const plain = this.#begin(rest);
				if (plain === null) return;
				rest = plain;
				continue;
			}
			const part = rest.subarray(0, this.#missing);
			rest = rest.subarray(part.length);
			this.#missing -= part.length;
			this.#parts.push(part);
			if (this.#kind === WHOLE) yield part;
			if (this.#missing > 0) continue;
			const body = Buffer.concat(this.#parts);
			this.#parts = [];
			if (this.#kind === WHOLE) this.#before = linesOf(body);
			else {
				const text = this.#textOf(body);
				if (text === null) this.isDamaged = true;
				else yield text;
			}
		}
	}

	/** Whether it ended in the middle of a piece. */
	get isTorn(): boolean {
		return this.#isOurs === true && (this.#missing > 0 || this.#head.length > 0);
	}

	/** Reads a piece's first line and returns what follows it; null: it is not complete, or damaged. */
	#begin(bytes: Buffer): Buffer | null {
		const text = this.#head.length === 0 ? bytes : Buffer.concat([this.#head, bytes]);
		const start = text.toString('latin1', 0, MAX_HEAD);
		if (this.#isOurs === null) {
			if (!(start.length > DELTA_START.length ? isDelta(text) : DELTA_START.startsWith(start))) {
				this.#isOurs = false;
				this.#head = Buffer.alloc(0);
				return text;
			}
			if (start.length > DELTA_START.length) this.#isOurs = true;
		}
		const newline = start.indexOf('\n');
		if (newline === -1) {
			this.#head = text;
			this.isDamaged = start.length === MAX_HEAD;
			return null;
		}
		const head = /^traefik-top\/2 ([1-9]\d{0,9}) (text|delta)$/.exec(start.slice(0, newline));
		this.#head = Buffer.alloc(0);
		this.#missing = Number(head?.[1] ?? 0);
		this.#kind = head?.[2] ?? '';
		this.isDamaged = head === null || (this.#kind === DELTA && this.#missing > MAX_DELTA_TEXT);
		return this.isDamaged ? null : text.subarray(newline + 1);
	}

	#textOf(body: Buffer): Buffer | null {
		if (this.#before === null) return null;
		try {
			this.#before = applied(this.#before, body.toString('latin1').split('\n'));
		} catch (error) {
			if (error instanceof Damaged) return null;
			throw error;
		}
		return this.#before.bytes;
	}
}

/** A group that is being read: its columns, and the next of its rows. */
type Columns = {
	readonly kind: string;
	readonly words: number;
	readonly columns: readonly Column[];
	/** Those that say something: in a group of lines that had as many words before, the others stay. */
	readonly told: readonly number[];
	readonly rows: number;
	next: number;
};
/** What a column says of a row; null: what it was before. */
type Column = (row: number) => string | null;

function applied(before: Lines, delta: readonly string[]): Lines {
	const kinds = delta[0] ?? '';
	const runs = (delta[1] ?? '').split(' ');
	if (kinds.length > 0 && runs.length !== kinds.length) throw new Damaged();
	const groups = groupsOf(delta, kinds);
	const out = new LinesWriter(before);
	let place = 0;
	const copy = (until: number) => {
		if (until > before.count) throw new Damaged();
		out.copy(place, until);
		place = until;
	};
	for (let i = 0; i < kinds.length; i++) {
		copy(place + countOf(runs[i] as string));
		const kind = kinds.charCodeAt(i);
		if (kind === DASH) {
			if (place++ >= before.count) throw new Damaged();
			continue;
		}
		const group = groups[kind - 97];
		if (group === undefined) throw new Damaged();
		let old: readonly string[] | null = null;
		if (group.kind !== '+') {
			if (place >= before.count) throw new Damaged();
			old = lineAt(before, place++).split(' ');
		}
		if (group.kind === '~' && old?.length !== group.words) throw new Damaged();
		out.add(rowOf(group, old, out.time, MAX_DELTA_TEXT - out.length));
	}
	// what is gone at the end of the text before is said, and all that is left is the same
	copy(before.count);
	return out.lines();
}

/** Makes a text of lines of the one before and of new ones. */
class LinesWriter {
	/** Of the first line, a block's: Unix ms. */
	time = 0;
	length = 0;
	readonly #before: Lines;
	#bytes: Buffer;
	#starts: Int32Array;
	#count = 0;

	constructor(before: Lines) {
		this.#before = before;
		this.#bytes = Buffer.allocUnsafe(before.bytes.length + 8192);
		this.#starts = new Int32Array(before.count + 256);
	}

	copy(from: number, until: number): void {
		if (from >= until) return;
		const {bytes, starts} = this.#before;
		const [start, end] = [starts[from] as number, starts[until] as number];
		this.#grow(end - start, until - from);
		const shift = this.length - start;
		for (let line = from; line < until; line++) {
			const at = starts[line] as number;
			this.#starts[this.#count++] = at + shift;
		}
		if (this.length === 0) this.time = timeOf(lineAt(this.#before, from));
		bytes.copy(this.#bytes, this.length, start, end);
		this.length += end - start;
	}

	add(line: string): void {
		this.#grow(line.length + 1, 1);
		if (this.length === 0) this.time = timeOf(line);
		this.#starts[this.#count++] = this.length;
		this.length += this.#bytes.write(line, this.length, 'latin1');
		this.#bytes[this.length++] = NEWLINE;
	}

	lines(): Lines {
		const bytes = this.#bytes.subarray(0, this.length);
		const lines = noLines(bytes, 0);
		this.#grow(0, 1);
		this.#starts[this.#count] = this.length;
		lines.starts = this.#starts;
		lines.count = this.#count;
		return lines;
	}

	#grow(bytes: number, lines: number): void {
		if (this.length + bytes > MAX_DELTA_TEXT) throw new Damaged();
		if (this.length + bytes > this.#bytes.length) {
			const more = Buffer.allocUnsafe(2 * (this.length + bytes));
			this.#bytes.copy(more, 0, 0, this.length);
			this.#bytes = more;
		}
		if (this.#count + lines >= this.#starts.length) {
			const more = new Int32Array(2 * (this.#count + lines) + 1);
			more.set(this.#starts);
			this.#starts = more;
		}
	}
}

function countOf(word: string): number {
	if (word === '') return 0;
	if (!isInteger(word)) throw new Damaged();
	return Number(word);
}

function groupsOf(delta: readonly string[], kinds: string): Columns[] {
	const counts = new Map<string, number>();
	for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
	const groups: Columns[] = [];
	for (let at = 2; at < delta.length - 1; ) {
		const head = /^([+!~])(\d{1,2})$/.exec(delta[at] ?? '');
		const words = Number(head?.[2]);
		if (head === null || words < 1 || words > MAX_WORDS || groups.length >= MAX_GROUPS) throw new Damaged();
		const lines = delta.slice(at + 1, at + 1 + words);
		if (lines.length < words) throw new Damaged();
		const rows = counts.get(String.fromCharCode(97 + groups.length)) ?? 0;
		const columns = lines.map((line) => decodeColumn(line, rows));
		const told = lines.flatMap((line, column) => (head[1] === '~' && line === '.' ? [] : [column]));
		groups.push({kind: head[1] as string, words, columns, told, rows, next: 0});
		at += 1 + words;
	}
	return groups;
}

function decodeColumn(line: string, rows: number): Column {
	if (line === '.') return () => null;
	if (line.startsWith('=')) {
		const word = line.slice(1);
		return () => word;
	}
	const [kind, ...rest] = line.split(' ');
	if (kind === 's') {
		if (rest.length !== rows) throw new Damaged();
		return (row) => (rest[row] === '' ? null : (rest[row] as string));
	}
	const width = countOf(rest[0] ?? '');
	const body = rest.at(-1) ?? '';
	if (width * rows !== body.length) throw new Damaged();
	if (kind === 'n' && rest.length === 3 && width > 0 && /^\d*$/.test(body)) {
		const factor = countOf(rest[1] ?? '');
		return (row) => {
			return String(Number(body.slice(row * width, (row + 1) * width)) * factor);
		};
	}
	const [, start = '', end = ''] = rest;
	if (kind !== 'f' || rest.length !== 4 || start[0] !== '^' || end[0] !== '$') throw new Damaged();
	return (row) => start.slice(1) + body.slice(row * width, (row + 1) * width) + end.slice(1);
}

function rowOf(group: Columns, old: readonly string[] | null, time: number, room: number): string {
	const row = group.next++;
	if (row >= group.rows) throw new Damaged();
	const words: string[] = group.kind === '~' && old !== null ? [...old] : [];
	let size = 0;
	for (const at of group.told) {
		let word = (group.columns[at] as Column)(row);
		if (word === null) word = old?.[at] ?? null;
		else if (at === LAST_SEND && words[BAR] === '|') word = undone(word, time, -1);
		else if (GROWING[at] && group.kind === '~' && words[BAR] === '|' && old?.[BAR] === '|') {
			word = undone(word, Number(old[at]), 1);
		}
		if (word === null) throw new Damaged();
		size += word.length + 1;
		if (size > room) throw new Damaged();
		words[at] = word;
	}
	return words.join(' ');
}

/** What a difference was made of: `base` and the difference, `sign` times. */
function undone(word: string, base: number, sign: 1 | -1): string {
	return word.startsWith('!') ? word.slice(1) : String(base + sign * Number(word));
}
