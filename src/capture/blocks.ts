/** Finds the blocks in a capture's text, whole or torn, and puts those of one instant together. */
import {crc32} from 'node:zlib';
import {clearInfo} from '../parse/row.ts';
import type {Reading, Tick} from '../reading.ts';
import {InfoJoin} from '../saved/join-info.ts';
import {newParseState} from '../saved/saved-reading.ts';
import {BlockMemory, decodeBlock} from './decoder.ts';
import {sectionsOf} from './format.ts';
import {decodeHead, HEAD_START, type Head, VERSION, versionOf} from './head.ts';
import {decodeRawBlock, isRaw, RawMemory} from './raw-block.ts';

export type Block = {readonly head: Head; readonly bytes: Buffer};

/** No block is longer (about half a million sockets with tcp_info): without an end for this long, it is not a capture. */
export const MAX_BLOCK = 128 * 1024 * 1024;
const MAX_HEAD = 16 * 1024;
const MAX_INSTANCES = 256;
/** Of one tick: with more it is taken for several. */
const MAX_PARTS = 512;
const MAX_TICK_BYTES = 256 * 1024 * 1024;
const NOTHING = Buffer.alloc(0);

/**
Takes a capture's text in pieces of any size, which nobody may change any more: a block that lies in one piece is a view of
it.
*/
export class BlockSplitter {
	/** Called with what could not be read and where, in bytes of text from the beginning. */
	readonly #onTorn: (what: string, offset: number) => void;
	#pending: Buffer = NOTHING;
	#length = 0;
	/** `#pending` is a copy of ours, in which more finds room. */
	#isOwn = false;
	/** Where in `#pending` no end was found before. */
	#searched = 0;
	#offset = 0;
	#isBeforeFirst = true;

	constructor(onTorn: (what: string, offset: number) => void) {
		this.#onTorn = onTorn;
	}

	*push(piece: Uint8Array): Generator<Block> {
		this.#append(piece);
		let start = 0;
		for (;;) {
			const at = this.#indexOf('\nend ', Math.max(start, this.#searched));
			const newline = at === -1 ? -1 : this.#indexOf('\n', at + 5);
			if (newline === -1) {
				this.#searched = Math.max(start, at === -1 ? this.#length - 4 : at);
				break;
			}
			this.#searched = newline;
			const block = this.#blockOf(start, at + 1, newline);
			start = newline + 1;
			if (block !== null) yield block;
		}
		this.#drop(start);
		if (this.#length > MAX_BLOCK) {
			this.#onTorn('no block ends at this position', this.#offset);
			this.#drop(this.#length);
		}
	}

	/** The text is at its end: what is left is torn. */
	end(): void {
		if (this.#length > 0 && !this.#isNothing()) this.#onTorn('the last block is torn', this.#offset);
		this.#drop(this.#length);
	}

	/** The block whose lines are before its end line in [end, newline). */
	#blockOf(start: number, end: number, newline: number): Block | null {
		const text = this.#pending.subarray(start, end);
		const again = text.lastIndexOf(`\n${HEAD_START}`);
		const from = again === -1 ? 0 : again + 1;
		const isHead = text.subarray(from, from + HEAD_START.length).toString('latin1') === HEAD_START;
		if (from > 0 || !isHead) this.#skipped(text.subarray(0, isHead ? from : text.length), start);
		if (!isHead) return null;
		this.#isBeforeFirst = false;
		const endLine = this.#pending.toString('latin1', end, Math.min(newline, end + 64));
		const ours = this.#isOwn ? Buffer.from(text.subarray(from)) : text.subarray(from);
		const bytes = endLine.endsWith('\r') ? fromTerminal(ours) : ours;
		const problem = problemOf(bytes, endLine);
		if (typeof problem === 'string') {
			this.#onTorn(problem, this.#offset + start + from);
			return null;
		}
		return {head: problem, bytes};
	}

	/** What a login shell prints before the first head is not damage. */
	#skipped(text: Buffer, start: number): void {
		const isNoise = this.#isBeforeFirst && text.subarray(0, HEAD_START.length).toString('latin1') !== HEAD_START;
		if (!isNoise) this.#onTorn('a block is torn', this.#offset + start);
	}

	#append(piece: Uint8Array): void {
		if (this.#length === 0) {
			this.#pending = Buffer.from(piece.buffer, piece.byteOffset, piece.length);
			this.#length = piece.length;
			this.#isOwn = false;
			return;
		}
		if (this.#length + piece.length > this.#pending.length) this.#keep(0, (this.#length + piece.length) * 2);
		this.#pending.set(piece, this.#length);
		this.#length += piece.length;
	}

	/** What is there from `start` on, in memory of ours. */
	#keep(start: number, room: number): void {
		const kept = Buffer.allocUnsafe(room);
		this.#pending.copy(kept, 0, start, this.#length);
		this.#pending = kept;
		this.#length -= start;
		this.#isOwn = true;
	}

	#drop(bytes: number): void {
		if (bytes === this.#length) {
			this.#pending = NOTHING;
			this.#length = 0;
			this.#isOwn = false;
		} else if (this.#isOwn) {
			this.#pending.copyWithin(0, bytes, this.#length);
			this.#length -= bytes;
		} else this.#keep(bytes, (this.#length - bytes) * 2);
		this.#offset += bytes;
		this.#searched = Math.max(0, this.#searched - bytes);
	}

	#indexOf(text: string, from: number): number {
		const at = this.#pending.subarray(0, this.#length).indexOf(text, from, 'latin1');
		return at;
	}

	/** Blank, or the line that script(1) adds. */
	#isNothing(): boolean {
		const text = this.#pending.toString('latin1', 0, Math.min(this.#length, 4096)).trim();
		return text === '' || /^Script done on [^\n]*$/.test(text);
	}
}

/**
What was written to a terminal, as it was written: `ssh -tt` and `docker exec -it` end lines with CRLF, and programs that
write to one may colour (SGR).
*/
function fromTerminal(bytes: Buffer): Buffer {
	const kept = Buffer.allocUnsafe(bytes.length);
	let length = 0;
	for (let at = 0; at < bytes.length; at++) {
		const byte = bytes[at] ?? 0;
		if (byte === 13 && (bytes[at + 1] === 10 || bytes[at + 1] === 13)) continue;
		const colour = byte === 27 ? colourBytes(bytes, at) : 0;
		if (colour > 0) at += colour - 1;
		else kept[length++] = byte;
	}
	return kept.subarray(0, length);
}

/** Length of `ESC [ digits and semicolons m`, or of the `ESC [ K` that grep and ls add; 0: it is neither. */
function colourBytes(bytes: Buffer, start: number): number {
	if (bytes[start + 1] !== 0x5b) return 0;
	let at = start + 2;
	while (((bytes[at] ?? 0) >= 48 && (bytes[at] ?? 0) <= 57) || bytes[at] === 59) at++;
	return bytes[at] === 0x6d || bytes[at] === 0x4b ? at - start + 1 : 0;
}

/** The head of a whole block, or why it is not one. */
function problemOf(bytes: Buffer, endLine: string): Head | string {
	const newline = bytes.indexOf(10);
	const line = bytes.toString('latin1', 0, Math.min(newline === -1 ? bytes.length : newline, MAX_HEAD));
	const version = versionOf(line);
	if (version !== null && version > VERSION) return newerVersion(version);
	const end = /^end (\d{1,12}|-)(?: ([0-9a-f]{8}))?\r?$/.exec(endLine);
	const head = decodeHead(line);
	if (end === null || head === null) return 'a block is damaged';
	if (end[2] !== undefined) return crc32(bytes) === Number.parseInt(end[2], 16) ? head : 'a block is damaged';
	return end[1] === '-' || Number(end[1]) === linesIn(bytes) ? head : 'a block is torn';
}

export function newerVersion(version: number): string {
	return `it is a capture of version ${version}, newer than this program`;
}

function linesIn(bytes: Buffer): number {
	let lines = 0;
	for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) lines++;
	return lines;
}

/** Puts blocks together to ticks. */
export class TickAssembler {
	readonly #isTextOnly: boolean;
	readonly #state = newParseState(new InfoJoin());
	readonly #raw = new Map<string, RawMemory>();
	readonly #blocks = new Map<string, BlockMemory>();
	#head: Head | null = null;
	#parts = new Map<number, Reading>();
	#bytes = 0;

	constructor({isTextOnly}: {isTextOnly: boolean}) {
		this.#isTextOnly = isTextOnly;
	}

	/** Ticks that are complete with this block, or that it shows to have lost one. */
	*push({head, bytes}: Block): Generator<Tick> {
		const isNext = this.#head?.tickTime !== head.tickTime || this.#head.parts !== head.parts;
		if (isNext || this.#parts.has(head.part)) yield* this.flush();
		this.#head = head;
		if (head.part === 0) {
			this.#head = null;
			yield {time: head.tickTime, readings: [], problem: head.problem};
			return;
		}
		this.#parts.set(head.part, this.#reading(head, bytes));
		this.#bytes += bytes.length;
		const isFull = this.#parts.size >= MAX_PARTS || this.#bytes >= MAX_TICK_BYTES;
		if (isFull || this.#parts.size >= head.parts) yield* this.flush();
	}

	*flush(): Generator<Tick> {
		const head = this.#head;
		if (head === null) return;
		const parts = [...this.#parts].sort(([a], [b]) => a - b);
		this.#head = null;
		this.#parts = new Map();
		this.#bytes = 0;
		const between = head.between === undefined ? {} : {between: head.between};
		yield {time: head.tickTime, readings: parts.map(([, reading]) => reading), problem: null, ...between};
	}

	#reading(head: Head, bytes: Buffer): Reading {
		const sections = sectionsOf(bytes);
		const {id} = head.instance;
		if (isRaw(sections)) {
			const memory = this.#raw.get(id) ?? new RawMemory();
			remember(this.#raw, id, memory);
			return decodeRawBlock(head, bytes, sections, this.#state, memory, this.#isTextOnly);
		}
		const memory = this.#blocks.get(id) ?? new BlockMemory();
		remember(this.#blocks, id, memory);
		const reading = decodeBlock(head, bytes, sections, memory);
		return this.#isTextOnly ? withoutInfo(reading) : reading;
	}
}

/** Keeps what was told last of this many instances, not of all that there ever were. */
function remember<T>(memory: Map<string, T>, id: string, told: T): void {
	memory.delete(id);
	memory.set(id, told);
	const [oldest] = memory.keys();
	if (memory.size > MAX_INSTANCES && oldest !== undefined) memory.delete(oldest);
}

/** What the tables alone would have told: tcp_info left out. */
function withoutInfo(reading: Reading): Reading {
	return {
		...reading,
		rowSource: 'text',
		endings: null,
		visit: (visit) =>
			reading.visit((row) => {
				clearInfo(row);
				visit(row);
			}),
	};
}
