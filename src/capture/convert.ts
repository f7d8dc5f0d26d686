/** Any recording as a capture: one file that can be mailed. */
import {setImmediate} from 'node:timers/promises';
import type {Recording} from '../source.ts';
import type {CaptureWriter} from './writer.ts';

/** Signals get their turn after this long. */
const TURN_MS = 50;

export type Span = {
	/** Unix ms, both included; the whole recording by default. */
	readonly from?: number;
	readonly to?: number;
	readonly signal?: AbortSignal;
};

/**
Writes a recording's ticks and returns how many; the writer stays open. Stops where the writer cannot go on, and when
aborted.
*/
export async function convertRecording(recording: Recording, writer: CaptureWriter, span: Span = {}): Promise<number> {
	let ticks = 0;
	let turnAt = performance.now() + TURN_MS;
	for await (const tick of recording.ticks(span.from)) {
		if (span.from !== undefined && tick.time < span.from) continue;
		if (span.to !== undefined && tick.time > span.to) break;
		const copy = writer.record(tick);
		// A recording knows the descriptors of every instant, and looking costs nothing: none is told from the one before.
		for (const reading of copy.tick.readings) reading.inodes();
		await copy.finish();
		if (writer.problem !== null) break;
		ticks++;
		if (performance.now() > turnAt) {
			await setImmediate();
			turnAt = performance.now() + TURN_MS;
		}
		if (span.signal?.aborted === true) break;
	}
	return ticks;
}
