/** One chunk of a capture: a zstd frame that is flushed between snapshots. */
import {constants, createZstdCompress, type ZstdCompress} from 'node:zlib';
import {DeltaEncoder} from './delta.ts';

/** Readers must hold a window: 16 MB is what every zstd takes without being asked. */
const MAX_WINDOW_LOG = 24;
const MIN_WINDOW_LOG = 17;
/** Bytes: shorter matches cost more than the digits they replace. */
const MIN_MATCH = 7;
/** Snapshots to look back over for what is still the same. */
const SNAPSHOTS_IN_WINDOW = 8;

export class ChunkCompressor {
	/** Bytes of text that went in. */
	textBytes = 0;
	readonly #stream: ZstdCompress;
	readonly #delta: DeltaEncoder | null;
	#out: Buffer[] = [];
	#error: Error | null = null;
	#fail: (error: Error) => void = () => {};

	/**
	The window, and so the memory of both ends, fits snapshots as long as the first one. `hasDeltas`: what follows is written as
	differences (delta.ts), which takes less room and more time.
	*/
	constructor(firstBytes: number, hasDeltas = true) {
		this.#delta = hasDeltas ? new DeltaEncoder() : null;
		const wanted = Math.ceil(Math.log2(Math.max(1, firstBytes) * SNAPSHOTS_IN_WINDOW));
		this.#stream = createZstdCompress({
			params: {
				[constants.ZSTD_c_compressionLevel]: 3,
				[constants.ZSTD_c_minMatch]: MIN_MATCH,
				[constants.ZSTD_c_windowLog]: Math.min(MAX_WINDOW_LOG, Math.max(MIN_WINDOW_LOG, wanted)),
				[constants.ZSTD_c_enableLongDistanceMatching]: 1,
				[constants.ZSTD_c_checksumFlag]: 0,
			},
		});
		this.#stream.on('data', (piece: Buffer) => this.#out.push(piece));
		this.#stream.on('error', (error: Error) => {
			this.#error ??= error;
			this.#fail(error);
		});
	}

	/** Compresses and flushes: a reader of what has come out so far sees all of these snapshots. */
	add(...texts: readonly Uint8Array[]): Promise<Buffer> {
		return this.#take((done) => {
			for (const text of texts) {
				this.textBytes += text.length;
				this.#stream.write(this.#delta?.encode(text) ?? text);
			}
			this.#stream.flush(constants.ZSTD_e_flush, done);
		});
	}

	/** The end of the frame. */
	async end(): Promise<Buffer> {
		const rest = await this.#take((done) => {
			this.#stream.once('end', done);
			this.#stream.end();
		});
		this.close();
		return rest;
	}

	close(): void {
		this.#stream.destroy();
	}

	async #take(act: (done: () => void) => void): Promise<Buffer> {
		await new Promise<void>((resolve, reject) => {
			this.#fail = reject;
			if (this.#error === null) act(() => resolve());
			else reject(this.#error);
		});
		const bytes = Buffer.concat(this.#out);
		this.#out = [];
		return bytes;
	}
}
