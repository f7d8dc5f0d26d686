/** The text of a look, rendered and compressed once for all who ask for it. */
import {gzip} from 'node:zlib';
import type {MetricsEndpoint} from './metrics-server.ts';

/** Shorter ones take a packet or two anyway. */
export const GZIP_BYTES = 2048;
/** The text repeats itself: higher levels take longer and save little. */
export const GZIP_LEVEL = 3;
/** What it says of the exporter itself, such as the age of the look, is no older. */
const MAX_AGE_MS = 1000;

type Rendered = {
	readonly look: unknown;
	readonly at: number;
	readonly contentType: string;
	readonly plain: Buffer;
	/** null: it is not worth it, or cannot be done. */
	readonly zipped: () => Promise<Buffer | null>;
};

export class RenderedMetrics {
	readonly #endpoint: Pick<MetricsEndpoint, 'metrics' | 'look'>;
	/** By format: OpenMetrics or not. */
	readonly #rendered = new Map<boolean, Rendered>();
	#scrapes = 0;

	constructor(endpoint: Pick<MetricsEndpoint, 'metrics' | 'look'>) {
		this.#endpoint = endpoint;
	}

	get(isOpenMetrics: boolean): Rendered {
		this.#scrapes++;
		const look = this.#endpoint.look();
		const last = this.#rendered.get(isOpenMetrics);
		if (last !== undefined && last.look === look && performance.now() - last.at < MAX_AGE_MS) return last;
		const {body, contentType} = this.#endpoint.metrics(isOpenMetrics, this.#scrapes);
		const plain = Buffer.from(body);
		let zipping: Promise<Buffer | null> | null = null;
		const zipped = () => {
			zipping ??= plain.length < GZIP_BYTES ? Promise.resolve(null) : zip(plain);
			return zipping;
		};
		const rendered = {look, at: performance.now(), contentType, plain, zipped};
		this.#rendered.set(isOpenMetrics, rendered);
		return rendered;
	}
}

/** On a thread of libuv's: the readings go on meanwhile. */
function zip(plain: Buffer): Promise<Buffer | null> {
	return new Promise((resolve) => {
		gzip(plain, {level: GZIP_LEVEL}, (error, bytes) => resolve(error === null ? bytes : null));
	});
}
