/**
A clock that was set back while it was recorded (NTP, a virtual machine that was resumed). The order of a recording is that
in which its snapshots were taken; a time means the snapshot with the greatest time at or before it, of several the last.
*/
import type {Tick} from '../reading.ts';
import type {Recording} from '../source.ts';
import {Turns} from '../system/turns.ts';

/** The same recording where times may go back, which is found out by reading all of it. */
export async function inOrderTaken(recording: Recording, signal?: AbortSignal): Promise<Recording> {
	const times: number[] = [];
	const turns = new Turns(signal);
	for await (const {time} of recording.ticks()) {
		times.push(time);
		await turns.give();
	}
	const [first] = times;
	if (first === undefined || isAscending(times)) return {...recording, isAscending: true};
	return {
		...recording,
		isAscending: false,
		first,
		last: times.at(-1) ?? first,
		from: times.reduce((least, time) => Math.min(least, time)),
		to: times.reduce((most, time) => Math.max(most, time)),
		async *ticks(from, meant) {
			const end = meant === undefined ? null : placeOf(times, meant);
			const start = from === undefined ? 0 : startBefore(times, from, end ?? times.length - 1);
			let place = 0;
			for await (const tick of recording.ticks()) {
				if (place >= start) yield place === end ? {...tick, isMeant: true} : tick;
				place++;
			}
		},
	};
}

function isAscending(times: readonly number[]): boolean {
	return times.every((time, i) => i === 0 || time >= (times[i - 1] ?? time));
}

/** Index of the greatest time at or before `time`, of several the last; 0 when all are later. */
export function placeOf(times: readonly number[], time: number): number {
	let best = -1;
	for (const [i, each] of times.entries()) {
		if (each <= time && (best === -1 || each >= (times[best] ?? each))) best = i;
	}
	return Math.max(0, best);
}

/** Index of the last one at or before `time` that was taken before `end`; 0: all were later. */
function startBefore(times: readonly number[], time: number, end: number): number {
	for (let i = end; i >= 0; i--) if ((times[i] ?? 0) <= time) return i;
	return 0;
}

/** Those up to the snapshot that `meant` means. */
export async function* ticksTo(recording: Recording, from: number | undefined, meant: number): AsyncGenerator<Tick> {
	for await (const tick of recording.ticks(from, meant)) {
		if (recording.isAscending && tick.time > meant) return;
		yield tick;
		if (tick.isMeant === true) return;
	}
}
