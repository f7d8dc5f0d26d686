/** What every source gives: live, remote and recorded alike. */
import type {Tick} from '../reading.ts';

/** Ticks as they come. A live source sleeps between them; `stop()` ends the iteration at once, also from a sleep. */
export type Source = AsyncIterable<Tick> & {
	stop(): void;
	/** Live and remote: ms between readings from the next one on. */
	setInterval?(intervalMs: number): void;
};

/** A recording opened for reading. Opening reads no more than it must; the ticks are read as they are iterated. */
export type Recording = {
	readonly path: string;
	readonly kind: 'capture' | 'text' | 'directory' | 'flat-directory';
	/** Of the first tick; null: unknown. */
	readonly host: string | null;
	readonly isTimeAssumed: boolean;
	/** One clause to show beside the header ("every row that is not a listener's is taken for Traefik's"), or null. */
	readonly note: string | null;
	/** Unix ms of the first and the last snapshot; null: it holds none. */
	readonly from: number | null;
	readonly to: number | null;
	/**
	Ticks in the order of the recording, starting at the last one ≤ `from` (default: the first). Torn pieces are skipped and
	counted; they are said in `damage()` afterwards, never thrown.
	*/
	ticks(from?: number): AsyncIterable<Tick>;
	/** One line about what could not be read (file, place, what), null: nothing was wrong so far. */
	damage(): string | null;
	close(): void;
};
