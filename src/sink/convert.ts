/** Any recording as a capture: one file that can be mailed. */
import type {Recording} from '../source/source.ts';
import type {CaptureWriter} from './capture-writer.ts';

export type Span = {
	/** Unix ms, both included; the whole recording by default. */
	readonly from?: number;
	readonly to?: number;
};

/** Writes a recording's ticks and returns how many; the writer stays open. Stops where the writer cannot go on. */
export async function convertRecording(recording: Recording, writer: CaptureWriter, span: Span = {}): Promise<number> {
	let ticks = 0;
	for await (const tick of recording.ticks(span.from)) {
		if (span.from !== undefined && tick.time < span.from) continue;
		if (span.to !== undefined && tick.time > span.to) break;
		const copy = writer.record(tick);
		// A recording knows the descriptors of every instant, and looking costs nothing: none is told from the one before.
		for (const reading of copy.tick.readings) reading.inodes();
		await copy.finish();
		if (writer.problem !== null) break;
		ticks++;
	}
	return ticks;
}
