/** What every source gives: live, remote and recorded alike. */

import type {Tick} from './reading.ts';

/** Whether a remote is one that Traefik is known to dial. */
export type IsBackend = (remote: Uint32Array, port: number) => boolean;

/** Ticks as they come. A live source sleeps between them; `stop()` ends the iteration at once, also from a sleep. */
export type Source = AsyncIterable<Tick> & {
	stop(): void;
	/** Live and remote: ms between readings from the next one on. */
	setInterval?(intervalMs: number): void;
	/** Live: who is a backend, so that a look is taken at once when one begins to fail. */
	setBackends?(isBackend: IsBackend): void;
};

/** A recording opened for reading. Opening reads no more than it must; the ticks are read as they are iterated. */
export type Recording = {
	readonly path: string;
	/** Of the first tick; null: unknown. */
	readonly host: string | null;
	/** One clause to show beside the header ("socket ownership not recorded"), or null. */
	readonly note: string | null;
	/** Unix ms, the earliest and the latest of its times; null: it contains no snapshot. */
	readonly from: number | null;
	readonly to: number | null;
	/** Unix ms of the snapshots that were taken first and last: `from` and `to`, unless a clock was set back. */
	readonly first: number | null;
	readonly last: number | null;
	/** No time is earlier than the one before it. */
	readonly isAscending: boolean;
	/**
	Ticks in the order in which they were taken, starting at the last one ≤ `from` (default: the first). Torn pieces are
	skipped and counted; they are said in `damage()` afterwards, never thrown. Where times do not ascend, `from` is looked for
	before the one that is meant by the time `meant`, and that one says so (recording/order.ts).
	*/
	ticks(from?: number, meant?: number): AsyncIterable<Tick>;
	/** A line for each file about what could not be read of it (file, place, what), null: nothing was wrong so far. */
	damage(): string | null;
	close(): void;
};
