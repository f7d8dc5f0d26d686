/** 40 minutes of readings with faults in them. */
import type {Row} from '../../src/parse/row.ts';
import {type Counters, NO_COUNTERS, type Tick} from '../../src/reading.ts';
import {dial, T, tickOf} from '../capture/readings.ts';

export const STEP_MS = 5_000;
/** 40 minutes: the looks in the second half do not depend on those at the beginning. */
export const TICKS = 480;
export const timeOf = (index: number) => T + index * STEP_MS;
export const END = timeOf(TICKS - 1);
const FAULTS: readonly (readonly [from: number, to: number])[] = [
	[60, 80],
	[250, 290],
	[400, 420],
];

/** A sequence of its own for each seed (mulberry32): the same numbers in every run. */
export function random(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}

/** Dials to two backends that come and go; during a fault those to the first are refused and leave CLOSE_WAIT behind. */
export function ticks(): Tick[] {
	const next = random(7);
	let rows: Partial<Row>[] = [];
	let port = 20_000;
	let counters: Counters = {...NO_COUNTERS, activeOpens: 1_000, attemptFails: 0};
	return Array.from({length: TICKS}, (_, index) => {
		const isFailing = FAULTS.some(([from, to]) => index >= from && index < to);
		rows = rows.filter(() => next() > 0.15).map((row) => ({...row, quick: Math.trunc(next() * 8)}));
		if (isFailing) rows = rows.filter(({remotePort}) => remotePort !== 8080);
		const opened = 1 + Math.trunc(next() * 4);
		for (let i = 0; i < opened; i++) {
			const remotePort = next() < 0.5 && !isFailing ? 8080 : 8081;
			const state = next() < 0.1 ? 8 : 1;
			rows.push(dial(port++, {remotePort, state, timer: 2, cwnd: 10}));
		}
		const refused = isFailing ? 12 : 0;
		counters = {
			...counters,
			activeOpens: (counters.activeOpens ?? 0) + opened + refused,
			attemptFails: (counters.attemptFails ?? 0) + refused,
		};
		return tickOf(timeOf(index), rows, {
			isAlone: true,
			counters,
			intervalMs: STEP_MS,
			monotonicMs: 1_000 + index * STEP_MS,
		});
	});
}
