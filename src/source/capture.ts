/**
Opens a capture: text, or text under zstd or gzip. Of a capture that `record` wrote only the heads of its chunks are read
to open it and to seek in it; plain text is searched by halves; what was compressed otherwise is read through once for its
last time. No more than one chunk and one block are in memory.
*/
import {zstdDecompressSync} from 'node:zlib';
import {UserError} from '../errors.ts';
import type {Tick} from '../reading.ts';
import {plural} from '../text/plural.ts';
import {BlockSplitter, newerVersion, TickAssembler} from './capture-blocks.ts';
import {type ByteSource, decodeChunkHead, FRAME_END, isZstd} from './capture-chunk.ts';
import {HEAD_START, VERSION, versionOf} from './capture-head.ts';
import {type Chunk, chunksOf, headInText} from './capture-index.ts';
import {gunzip, plainText, unzstd, type Wait} from './capture-text.ts';
import {NO_DESCRIPTORS} from './directory.ts';
import type {Recording} from './source.ts';

export type CaptureOptions = {
	readonly isTextOnly: boolean;
	/** Waits for more where the file ends, until close(). */
	readonly isFollowed?: boolean;
	/** Nothing will be added any more: following ends at the end. */
	readonly isEnded?: () => boolean;
};

/** A chunk's text, which its writer bounds by 16 MB and one snapshot. */
const MAX_CHUNK_TEXT = 256 * 1024 * 1024;
/** What a chunk's head may ask for before its text is seen. */
const MAX_ROOM = 32 * 1024 * 1024;
const PIECE = 1 << 20;
const POLL_MS = 200;
const NOISE_BYTES = 64 * 1024;

/** A place of the file that could not be read, and why. */
type Damage = {readonly what: string; readonly place: string};

/** Whether the first bytes are those of a capture, plain or compressed. */
export async function isCapture(head: Buffer): Promise<boolean> {
	return decodeChunkHead(head) !== null || headLineOf(await firstText(head)) !== null;
}

/** Text that the first bytes of a file hold, as much as can be had. */
async function firstText(head: Buffer): Promise<string> {
	const source = {size: () => head.length, read: (at: number, n: number) => head.subarray(at, at + n), close() {}};
	let text = '';
	try {
		for await (const piece of piecesOf(source, 0, null, () => {})) {
			text += piece.toString('latin1');
			if (text.length >= NOISE_BYTES) break;
		}
	} catch {
		// cut off in the middle: what came is enough to tell
	}
	return text;
}

function headLineOf(text: string): string | null {
	const at = text.startsWith(HEAD_START) ? 0 : text.indexOf(`\n${HEAD_START}`);
	return at === -1 ? null : (text.slice(at).trimStart().split('\n', 1)[0] ?? null);
}

/** The text from `offset` on, in pieces of about 1 MB at most. */
async function* piecesOf(
	source: ByteSource,
	offset: number,
	wait: Wait | null,
	onTorn: (what: string, at: number) => void,
): AsyncGenerator<Buffer> {
	const magic = source.read(0, 4);
	if (isZstd(magic)) yield* unzstd(source, offset, wait, onTorn);
	else if (magic[0] === 0x1f && magic[1] === 0x8b) yield* gunzip(source, wait, onTorn);
	else yield* plainText(source, offset, wait);
}

export async function openCapture(path: string, source: ByteSource, options: CaptureOptions): Promise<Recording> {
	const line = headLineOf(await firstText(source.read(0, NOISE_BYTES)));
	const version = line === null ? null : versionOf(line);
	if (version !== null && version > VERSION) {
		source.close();
		throw new UserError(`cannot read ${path}: ${newerVersion(version)}`, 'upgrade traefik-top');
	}
	const capture = new Capture(path, source, options);
	const first = await capture.first();
	const [reading] = first?.readings ?? [];
	const [begin, end] = first === null ? [null, null] : [first.time, (await capture.lastTime()) ?? first.time];
	return {
		path,
		kind: 'capture',
		host: reading?.instance.host ?? null,
		isTimeAssumed: reading?.isTimeAssumed ?? false,
		note: reading?.descriptors === 'absent' ? NO_DESCRIPTORS : null,
		// a clock that was set back may end before it began
		from: begin === null ? null : Math.min(begin, end),
		to: end === null ? null : Math.max(begin, end),
		ticks: (from) => capture.ticks(from),
		damage: () => capture.damage(),
		close: () => capture.close(),
	};
}

class Capture {
	readonly #path: string;
	readonly #source: ByteSource;
	readonly #options: CaptureOptions;
	readonly #isOwn: boolean;
	readonly #damage = new Map<string, Damage>();
	#hasTicks = false;
	#isClosed = false;
	#isLastLook = false;

	constructor(path: string, source: ByteSource, options: CaptureOptions) {
		this.#path = path;
		this.#source = source;
		this.#options = options;
		this.#isOwn = chunksOf(source).next().value !== undefined;
	}

	close(): void {
		this.#isClosed = true;
		this.#source.close();
	}

	damage(): string | null {
		const [first] = this.#damage.values();
		if (first === undefined) return null;
		const more = this.#damage.size === 1 ? '' : ` (and ${plural(this.#damage.size - 1, 'more place')})`;
		return `${this.#path}: ${first.what} at ${first.place}${more}; ${this.#hasTicks ? 'the rest was read' : 'nothing could be read'}`;
	}

	async first(): Promise<Tick | null> {
		for await (const tick of this.#all(undefined, null)) {
			this.#hasTicks = true;
			return tick;
		}
		return null;
	}

	/** Time of the last tick. */
	async lastTime(): Promise<number | null> {
		if (this.#isOwn) {
			const last = [...chunksOf(this.#source)].at(-1);
			if (last?.head.frameBytes !== 0 && last !== undefined) return last.head.to;
		}
		for (const from of this.#lastPlaces()) {
			let time: number | null = null;
			for await (const tick of this.#all(from, null)) time = tick.time;
			if (time !== null) return time;
		}
		return null;
	}

	/** From where to look for the last tick: the end, before the tick that is torn there, and the beginning. */
	*#lastPlaces(): Generator<number | undefined> {
		if (this.#isOwn) yield Number.MAX_SAFE_INTEGER;
		else if (!isCompressed(this.#source)) {
			yield Number.MAX_SAFE_INTEGER;
			const torn = headInText(this.#source, Number.MAX_SAFE_INTEGER);
			if (torn !== null) yield torn.time - 1;
		}
		yield undefined;
	}

	/** Ticks from the last one at or before `from`. */
	async *ticks(from?: number): AsyncGenerator<Tick> {
		const wait = this.#options.isFollowed === true ? this.#wait : null;
		let before: Tick | null = null;
		for await (const tick of this.#all(from, wait)) {
			if (from === undefined || tick.time > from) {
				if (before !== null) yield before;
				before = null;
				yield tick;
			} else before = tick;
		}
		if (before !== null) yield before;
	}

	readonly #wait: Wait = async () => {
		// what came before it ended is read once more
		if (this.#options.isEnded?.() === true) {
			if (this.#isLastLook) return false;
			this.#isLastLook = true;
			return !this.#isClosed;
		}
		await new Promise((resolve) => setTimeout(resolve, POLL_MS));
		return !this.#isClosed;
	};

	/** Every tick from somewhere at or before `from` on. */
	async *#all(from: number | undefined, wait: Wait | null): AsyncGenerator<Tick> {
		const assembler = new TickAssembler(this.#options);
		if (this.#isOwn) {
			for await (const text of this.#chunkTexts(from, wait)) yield* this.#split(text.pieces, text.place, assembler);
		} else {
			const isPlain = !isCompressed(this.#source);
			const start = isPlain && from !== undefined ? (headInText(this.#source, from)?.offset ?? 0) : 0;
			const onTorn = (what: string, at: number) => this.#torn(what, `byte ${at}`);
			const place = (offset: number) => (isPlain ? `byte ${start + offset}` : `byte ${offset} of its text`);
			yield* this.#split(piecesOf(this.#source, start, wait, onTorn), place, assembler);
		}
		yield* assembler.flush();
	}

	async *#split(
		pieces: AsyncIterable<Buffer> | Iterable<Buffer>,
		place: (offset: number) => string,
		assembler: TickAssembler,
	): AsyncGenerator<Tick> {
		const splitter = new BlockSplitter((what, offset) => this.#torn(what, place(offset)));
		for await (const piece of pieces) {
			for (const block of splitter.push(piece)) yield* assembler.push(block);
		}
		splitter.end();
	}

	/** The text of each chunk from the one that holds `from`; of the one that is still written as it comes. */
	async *#chunkTexts(
		from: number | undefined,
		wait: Wait | null,
	): AsyncGenerator<{pieces: AsyncIterable<Buffer> | Iterable<Buffer>; place: (offset: number) => string}> {
		const onSkipped = (at: number) => this.#torn('the recording is torn', `the chunk at byte ${at}`);
		for (const chunk of chunksFrom(this.#source, from, onSkipped)) {
			const place = () => `the chunk at byte ${chunk.start}`;
			const isLast = chunk.next >= this.#source.size();
			const onTorn = (what: string) => this.#torn(what, place());
			if (wait !== null && isLast) {
				yield {pieces: unzstd(this.#source, chunk.start, wait, onTorn), place};
				return;
			}
			yield {pieces: this.#closedText(chunk, onTorn), place};
		}
	}

	*#closedText(chunk: Chunk, onTorn: (what: string) => void): Generator<Buffer> {
		const isCut = !chunk.isWhole;
		const frameBytes = chunk.frameEnd - chunk.frameStart;
		if (isCut && frameBytes === 0) return;
		if (frameBytes > MAX_CHUNK_TEXT) {
			onTorn('a chunk is longer than any can be');
			return;
		}
		try {
			const frame = this.#source.read(chunk.frameStart, frameBytes);
			const whole = isCut ? Buffer.concat([frame, FRAME_END]) : frame;
			// its head says how much to make room for: no second copy is needed
			const textBytes = Math.min(MAX_ROOM, Math.max(PIECE, chunk.head.textKb * 1024));
			yield zstdDecompressSync(whole, {maxOutputLength: MAX_CHUNK_TEXT, chunkSize: textBytes});
		} catch {
			onTorn('a chunk is damaged');
		}
	}

	#torn(what: string, place: string): void {
		if (this.#damage.size < 1000) this.#damage.set(place, {what, place});
	}
}

function isCompressed(source: ByteSource): boolean {
	const magic = source.read(0, 4);
	return isZstd(magic) || (magic[0] === 0x1f && magic[1] === 0x8b);
}

/** From the last closed chunk that begins at or before `from`, or the ones after it. */
function* chunksFrom(source: ByteSource, from: number | undefined, onSkipped: (at: number) => void): Generator<Chunk> {
	let held: Chunk | null = null;
	for (const chunk of chunksOf(source, onSkipped)) {
		const isBefore = from !== undefined && (chunk.head.frameBytes === 0 || chunk.head.from <= from);
		// one that is not closed does not say when it begins: keep the one before it, too
		if (held !== null && (!isBefore || chunk.head.frameBytes === 0)) yield held;
		if (isBefore) held = chunk;
		else {
			held = null;
			yield chunk;
		}
	}
	if (held !== null) yield held;
}
