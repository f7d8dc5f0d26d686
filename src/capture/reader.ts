/**
Reads the ticks of a capture, from any instant on. Of one that `record` wrote only the heads of its chunks are read to find
it; plain text is searched by halves. No more than one chunk and one block are in memory.
*/
import {zstdDecompressSync} from 'node:zlib';
import type {Tick} from '../reading.ts';
import {Turns} from '../system/turns.ts';
import {plural} from '../text/plural.ts';
import {BlockSplitter, TickAssembler} from './blocks.ts';
import {type ByteSource, FRAME_END} from './chunk.ts';
import {DeltaDecoder} from './delta.ts';
import {areChunksAscending, areHeadsAscending, chunksOf, headInText, type IndexedChunk} from './index.ts';
import {isCompressed, textOf, unzstd, type Wait} from './text.ts';

export type CaptureOptions = {
	readonly isTextOnly: boolean;
	/** Waits for more where the file ends, until close(). */
	readonly isFollowed?: boolean;
	/** Nothing will be added any more: following ends at the end. */
	readonly isEnded?: () => boolean;
	/** Aborted, it ends reading with an InterruptedError. */
	readonly signal?: AbortSignal | undefined;
};

/** A chunk's text, which its writer bounds by 16 MB and one snapshot. */
const MAX_CHUNK_TEXT = 256 * 1024 * 1024;
/** What a chunk's head may ask for before its text is seen. */
const MAX_ROOM = 32 * 1024 * 1024;
const PIECE = 1 << 20;
const POLL_MS = 200;

/** Of a chunk, and what to call a place of it. */
type ChunkText = {
	readonly pieces: AsyncIterable<Buffer> | Iterable<Buffer>;
	readonly place: (offset: number) => string;
};

/** A place of the file that could not be read, and why. */
type Damage = {readonly what: string; readonly place: string};

/** Of a capture in a file or in memory: ticks from any instant on, and what of it could not be read. */
export class CaptureReader {
	readonly #path: string;
	readonly #source: ByteSource;
	readonly #options: CaptureOptions;
	readonly #isOwn: boolean;
	readonly #damage = new Map<string, Damage>();
	#hasTicks = false;
	/** Of what `lastTime` had to read all of. */
	#isReadAscending = true;
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

	/** No time is earlier than the one before, as far as can be told without unpacking what `record` packed. Ask after lastTime(). */
	get isAscending(): boolean {
		if (this.#isOwn) return areChunksAscending(this.#source);
		return isCompressed(this.#source) ? this.#isReadAscending : areHeadsAscending(this.#source);
	}

	/** Time of the last tick. */
	async lastTime(): Promise<number | null> {
		if (this.#isOwn) {
			const last = [...chunksOf(this.#source)].at(-1);
			if (last?.head.frameBytes !== 0 && last !== undefined) return last.head.to;
		}
		for (const from of this.#lastPlaces()) {
			let time: number | null = null;
			for await (const tick of this.#all(from, null)) {
				if (time !== null && tick.time < time) this.#isReadAscending = false;
				time = tick.time;
			}
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
		const turns = new Turns(this.#options.signal);
		if (this.#isOwn) {
			for await (const {pieces, place} of this.#chunkTexts(from, wait)) {
				yield* this.#split(pieces, place, assembler, turns);
			}
		} else {
			const isPlain = !isCompressed(this.#source);
			const start = isPlain && from !== undefined ? (headInText(this.#source, from)?.offset ?? 0) : 0;
			const onTorn = (what: string, at: number) => this.#torn(what, `byte ${at}`);
			const place = (offset: number) => (isPlain ? `byte ${start + offset}` : `byte ${offset} of its text`);
			yield* this.#split(textOf(this.#source, start, wait, onTorn), place, assembler, turns);
		}
		yield* assembler.flush();
	}

	async *#split(
		pieces: AsyncIterable<Buffer> | Iterable<Buffer>,
		place: (offset: number) => string,
		assembler: TickAssembler,
		turns: Turns,
	): AsyncGenerator<Tick> {
		const splitter = new BlockSplitter((what, offset) => this.#torn(what, place(offset)));
		for await (const piece of pieces) {
			for (const block of splitter.push(piece)) {
				yield* assembler.push(block);
				await turns.give();
			}
			await turns.give();
		}
		splitter.end();
	}

	/** The text of each chunk from the one that holds `from`; of the one that is still written as it comes. */
	async *#chunkTexts(from: number | undefined, wait: Wait | null): AsyncGenerator<ChunkText> {
		if (wait !== null) {
			yield* this.#growingTexts(from, wait);
			return;
		}
		const onSkipped = (at: number) => this.#torn('the recording is torn', placeOf(at));
		for (const chunk of chunksFrom(this.#source, from, onSkipped)) yield this.#closedText(chunk);
	}

	/** The chunks that were there at the beginning, and from the last of them on everything as it comes. */
	async *#growingTexts(from: number | undefined, wait: Wait): AsyncGenerator<ChunkText> {
		let last: IndexedChunk | null = null;
		let skipped: number | null = null;
		const onSkipped = (at: number) => {
			skipped = at;
		};
		for (const chunk of chunksFrom(asItIs(this.#source), from, onSkipped)) {
			// What is at the end and is not a chunk may become one.
			if (skipped !== null) this.#torn('the recording is torn', placeOf(skipped));
			skipped = null;
			if (last !== null) yield this.#closedText(last);
			last = chunk;
		}
		const start = last?.start ?? 0;
		const place = () => placeOf(start);
		yield {pieces: unzstd(this.#source, start, wait, (what) => this.#torn(what, place())), place};
	}

	#closedText(chunk: IndexedChunk): ChunkText {
		const place = () => placeOf(chunk.start);
		return {pieces: this.#unpacked(chunk, (what) => this.#torn(what, place())), place};
	}

	*#unpacked(chunk: IndexedChunk, onTorn: (what: string) => void): Generator<Buffer> {
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
			yield* this.#undone(zstdDecompressSync(whole, {maxOutputLength: MAX_CHUNK_TEXT, chunkSize: textBytes}), onTorn);
		} catch {
			onTorn('a chunk is damaged');
		}
	}

	/** A chunk's text, snapshot by snapshot where it is written so. */
	*#undone(unpacked: Buffer, onTorn: (what: string) => void): Generator<Buffer> {
		const decoder = new DeltaDecoder();
		let bytes = 0;
		for (const text of decoder.push(unpacked)) {
			bytes += text.length;
			if (bytes > MAX_CHUNK_TEXT) {
				onTorn('a chunk is longer than any can be');
				return;
			}
			yield text;
		}
		if (decoder.isDamaged) onTorn('a chunk is damaged');
		else if (decoder.isTorn) onTorn('the last block is torn');
	}

	#torn(what: string, place: string): void {
		if (this.#damage.size < 1000) this.#damage.set(place, {what, place});
	}
}

function placeOf(offset: number): string {
	return `the chunk at byte ${offset}`;
}

/** The bytes that there are now, whatever is written after them. */
function asItIs(source: ByteSource): ByteSource {
	const size = source.size();
	return {
		size: () => size,
		read: (offset, length) => source.read(offset, Math.max(0, Math.min(length, size - offset))),
		close() {},
	};
}

/** From the last closed chunk that begins at or before `from`, or the ones after it. */
function* chunksFrom(
	source: ByteSource,
	from: number | undefined,
	onSkipped: (at: number) => void,
): Generator<IndexedChunk> {
	let held: IndexedChunk | null = null;
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
