/** What a rule compares the present with: the recent looks of a backend, and its own usual response time. */
import type {BackendModel} from '../model/model.ts';
import {type BackendSample, type BackendTrack, BUCKET_MS, RECENT_MS} from '../model/track.ts';
import {type BackendFacts, LOOKBACK_MS} from '../snapshot.ts';

/** The looks after `clockMs − spanMs` and up to `clockMs`, newest first, those that could not be read left out. */
export function* looks(backend: BackendModel, clockMs: number, spanMs: number): Generator<BackendSample> {
	const {recent} = backend.track;
	for (let i = recent.length - 1; i >= 0; i--) {
		const sample = recent[i];
		if (sample === undefined || sample.clockMs <= clockMs - spanMs) return;
		if (sample.clockMs > clockMs) continue;
		if (sample.snapshot.problem === null) yield sample;
	}
}

/** The same, oldest first. */
export function looksOf({track}: BackendModel, clockMs: number, spanMs: number): readonly BackendSample[] {
	const {recent} = track;
	let from = recent.length;
	while (from > 0 && (recent[from - 1] as BackendSample).clockMs > clockMs - spanMs) from--;
	return recent.slice(from).filter((sample) => sample.clockMs <= clockMs && sample.snapshot.problem === null);
}

/** Sum over the looks of the last `spanMs`; what is unknown counts nothing. */
export function sumOf(
	backend: BackendModel,
	clockMs: number,
	spanMs: number,
	value: (facts: BackendFacts) => number | null,
): number {
	// the loop of looks() written out: many rules ask this of every backend at every look
	const {recent} = backend.track;
	let sum = 0;
	for (let i = recent.length - 1; i >= 0; i--) {
		const {clockMs: at, facts, snapshot} = recent[i] as BackendSample;
		if (at <= clockMs - spanMs) break;
		if (facts !== null && at <= clockMs && snapshot.problem === null) sum += value(facts) ?? 0;
	}
	return sum;
}

const ASKED_SPAN_MS = 10_000;

/** Requests that went out in the last 10 s; the first look does not know. */
export function askedOf(backend: BackendModel, clockMs: number): number {
	return sumOf(backend, clockMs, ASKED_SPAN_MS, ({info, opened}) => (opened === null ? 0 : (info?.asked ?? 0)));
}

/** Whether something came back since the look before: bytes received (tcp_info), or a used connection that changed. */
export function hasProgressed(facts: BackendFacts | null): boolean {
	if (facts === null) return false;
	return facts.info === null ? (facts.moved ?? 0) > 0 : facts.info.progressed > 0;
}

/**
Proof of life: whether a byte of an answer came at `sinceMs` (clockMs) or later. Nothing is `down` while that goes on, and
whoever has answered since the first refusal refuses nothing.
*/
export function hasAnsweredSince({track}: Pick<BackendModel, 'track'>, sinceMs: number): boolean {
	return track.lastAnswerMs !== null && track.lastAnswerMs >= sinceMs;
}

/** ms since the newest byte of an answer; since tracking began if none is known of, at most RECENT_MS. */
export function withoutAnswerMs({track}: Pick<BackendModel, 'track'>, clockMs: number): number {
	return Math.min(RECENT_MS, clockMs - (track.lastAnswerMs ?? track.firstSeenMs));
}

/** In which share of the looks of the last `spanMs` something came back; 0 without any look. */
export function progressShare(backend: BackendModel, clockMs: number, spanMs: number): number {
	let all = 0;
	let progressed = 0;
	for (const {facts} of looks(backend, clockMs, spanMs)) {
		all++;
		if (hasProgressed(facts)) progressed++;
	}
	return all === 0 ? 0 : progressed / all;
}

/** This many buckets must hold exchanges before there is a usual time. */
const USUAL_FROM_BUCKETS = 2;
/** The newest past is left out: it may be part of what is judged. */
const PRESENT_MS = 10_000;

/**
The backend's usual response time, ms: the lower quartile of its median per 5 s over the last 15 minutes, the newest
10 s left out, so that a fault must last 11 minutes to become usual. null: too little past.
*/
export function usualResponseMs(backend: BackendModel, clockMs: number): number | null {
	const bucket = Math.floor((clockMs - PRESENT_MS) / BUCKET_MS);
	const before = usual.get(backend.track);
	if (before?.bucket === bucket) return before.ms;
	const past = backend.track
		.past('responseMs', clockMs - PRESENT_MS, LOOKBACK_MS / BUCKET_MS)
		.filter((value) => value !== null)
		.sort((a, b) => a - b);
	const ms = past.length < USUAL_FROM_BUCKETS ? null : (past[past.length >> 2] ?? null);
	usual.set(backend.track, {bucket, ms});
	return ms;
}

/** Several rules ask for it; what it is made of does not change before the next bucket begins. */
const usual = new WeakMap<BackendTrack, {readonly bucket: number; readonly ms: number | null}>();

export function countOf(histogram: readonly number[], fromMs = 0): number {
	let count = 0;
	for (let i = 0; i < histogram.length; i += 2) {
		if ((histogram[i] ?? 0) >= fromMs) count += histogram[i + 1] ?? 0;
	}
	return count;
}
