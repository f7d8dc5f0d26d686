/** A tick is encoded once, for all that record it: the last 15 minutes in memory, and the file of --record. */
import type {Tick} from '../reading.ts';
import {type CaptureEncoder, recorded} from './encoder.ts';

/** What records ticks from their blocks. */
export type BlockSink = {
	/** Call `add` with the blocks of the tick of this time before the next `begin`. `isFresh`: a chunk begins with it. */
	begin(time: number): {readonly isFresh: boolean; add(blocks: Buffer): Promise<void>};
};

/** The same tick, recorded while it is visited; `finish` when that is done, whether or not it was visited. */
export function recordedBy(
	sinks: readonly BlockSink[],
	tick: Tick,
	encoder: CaptureEncoder,
): {readonly tick: Tick; finish(): Promise<void>} {
	const begun = sinks.map((sink) => sink.begin(tick.time));
	if (begun.some(({isFresh}) => isFresh)) encoder.startChunk();
	const recording = recorded(tick, encoder);
	return {
		tick: recording.tick,
		finish() {
			const blocks = Buffer.from(recording.finish());
			return Promise.all(begun.map(({add}) => add(blocks))).then(() => {});
		},
	};
}
