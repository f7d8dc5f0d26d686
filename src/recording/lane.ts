/** Recordings that follow each other in time, read as one: a host's files, one after the other. */
import type {Tick} from '../reading.ts';
import type {Recording} from '../source.ts';
import type {Part} from './archive.ts';

/**
Sorts parts into lanes in which no two overlap, those of one host into the same lane where that can be. Two recorders of one
host, or two hosts, lie side by side.
*/
export function lanesOf(parts: readonly Part[]): Part[][] {
	const lanes: Part[][] = [];
	for (const part of parts.toSorted((a, b) => a.from - b.from || a.to - b.to || (a.path < b.path ? -1 : 1))) {
		const isFree = (lane: readonly Part[]) => (lane.at(-1)?.to ?? 0) <= part.from;
		const lane = lanes.find((each) => each[0]?.host === part.host && isFree(each));
		if (lane === undefined) lanes.push([part]);
		else lane.push(part);
	}
	return lanes;
}

/** The ticks of a lane, from the last one at or before `from` on. What cannot be opened is passed over: `open` says why. */
export async function* laneTicks(
	parts: readonly Part[],
	from: number | undefined,
	open: (part: Part) => Promise<Recording | null>,
): AsyncGenerator<Tick> {
	const first = from === undefined ? 0 : parts.findLastIndex((part) => part.from <= from);
	for (let i = Math.max(0, first); i < parts.length; i++) {
		const part = parts[i] as Part;
		const recording = await open(part);
		if (recording !== null) yield* recording.ticks(i === first ? from : undefined);
	}
}
