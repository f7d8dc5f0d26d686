/** What commands ask of the outside (controls.ts), worked out from the state alone. */
import {UserError} from '../../errors.ts';
import {formatTime, parseTime} from '../../text/time.ts';
import type {Controls} from './controls.ts';
import {shownTime} from './mode.ts';
import {isRecording, type Playback, searchedShare} from './playback.ts';
import {findingsOf, neighbourOf, type ScreenState} from './state.ts';
import {problemBy} from './subject.ts';
import {type Axis, axisOf} from './time-axis.ts';

export type ControlRequest = (controls: Controls) => void;

type Jump = {readonly request: ControlRequest | null; readonly note: string | null};

export const SKIP_MS = 5000;
/** Steps of the interval in live, and of the speed in replay. */
const INTERVALS_MS = [200, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000] as const;
const SPEEDS = [0.25, 0.5, 1, 2, 5, 10, 30, 60, 120, 300] as const;

/** Why `n` and `p` lead nowhere: to another problem in the table, to another backend where one is open. */
export function nowhere(state: ScreenState, by: 1 | -1, isEnd: string): string | null {
	if (state.screen.view === 'table') return problemBy(state, by) === null ? 'nothing is wrong' : null;
	if (state.screen.view !== 'backend')
		return 'n and p move between problems in the table, between backends in the detail';
	return neighbourOf(state, by) === null ? isEnd : null;
}

/** A finding of another time is looked at in its time. */
export function openFinding(state: ScreenState): ControlRequest | null {
	const {screen, playback} = state;
	const finding = screen.view === 'findings' ? findingsOf(state)[screen.place] : undefined;
	if (finding === undefined || (playback.mode === 'live' && finding.to === null)) return null;
	return seek(playback, finding.from);
}

/** What the jump prompt asks for, and what to say about it; or why it is not a time. null: nothing was typed. */
export function jumpOf({prompt, playback}: ScreenState): Jump | {readonly problem: string} | null {
	const {from, to, position, zone} = playback;
	if (prompt === null || prompt.text.trim() === '') return null;
	if (from === null || to === null || position === null) return {problem: 'nothing has been read yet'};
	try {
		const time = parseTime(prompt.text, {from, to, zone, current: position});
		const note =
			time < from ? 'before the beginning; showing the beginning' : time > to ? 'after the end; showing the end' : null;
		return {request: seek(playback, time), note: note === null ? null : `${formatTime(time, zone)} is ${note}`};
	} catch (error) {
		if (error instanceof UserError) return {problem: error.message};
		throw error;
	}
}

/** Live, the view is frozen on screen alone (actions.ts); from the past, Space leads to now. */
export function pause({mode}: Playback): ControlRequest | null {
	if (mode === 'live') return null;
	if (mode === 'back') return (controls) => controls.goLive();
	return mode === 'paused' ? (controls) => controls.play() : (controls) => controls.pause();
}

/** The table, with nothing left that Esc would undo first. */
export function isAtHome({screen, filter, selection}: ScreenState): boolean {
	return screen.view === 'table' && filter === '' && selection === null;
}

/** Within what there is; live, at its end, means now. */
export function seek({from, to, position, mode}: Playback, time: number | null): ControlRequest | null {
	if (time === null || from === null || to === null || position === null) return null;
	if (mode === 'back' && time >= to) return (controls) => controls.goLive();
	if (mode === 'live' && time >= position) return null;
	const target = Math.max(from, Math.min(to, time));
	return (controls) => controls.seek(target);
}

export function percent(playback: Playback, share: number): ControlRequest | null {
	const {from, to} = playback;
	return from === null || to === null ? null : seek(playback, from + Math.round((to - from) * share));
}

export function findingBefore(state: ScreenState): number | null {
	const position = shownTime(state) ?? 0;
	return findingsOf(state).find(({from}) => from < position)?.from ?? null;
}

export function findingAfter(state: ScreenState): number | null {
	const position = shownTime(state) ?? 0;
	return findingsOf(state).findLast(({from}) => from > position)?.from ?? null;
}

/** Nothing is said to be missing in a part that has not been searched. */
export function noneAfter({playback}: ScreenState): string {
	const share = searchedShare(playback);
	if (share === null) return 'no later finding';
	return `searching for the next finding: ${Math.floor(share * 100)} % of the recording so far …`;
}

/** Whether `]` has to wait: there may be a finding in what has not been searched yet. */
export function isNextAwaited(state: ScreenState): boolean {
	return findingAfter(state) === null && searchedShare(state.playback) !== null;
}

/** To the mark of a letter; '' is the newest one. null: there is none. */
export function markRequest({ownMarks, playback}: ScreenState, letter: string): ControlRequest | null {
	const mark = letter === '' ? ownMarks.at(-1) : ownMarks.find((each) => each.letter === letter);
	return mark === undefined ? null : seek(playback, mark.time);
}

/** From the first mark to the last one; else what the axis shows. */
export function exportedSpan({playback, ownMarks, axisSpan}: ScreenState): Axis | null {
	const times = ownMarks.map(({time}) => time).sort((a, b) => a - b);
	const [first, last] = [times[0], times.at(-1)];
	if (first !== undefined && last !== undefined && first < last) return {from: first, to: last};
	return axisOf(playback, axisSpan);
}

/** A replay plays faster; live is read more often. */
export function faster(playback: Playback, by: 1 | -1): ControlRequest {
	if (isRecording(playback)) {
		const speed = neighbour(SPEEDS, playback.speed, by);
		return (controls) => controls.setSpeed(speed);
	}
	const intervalMs = neighbour(INTERVALS_MS, playback.intervalMs ?? 1000, -by);
	return (controls) => controls.setInterval(intervalMs);
}

/** The next step above or below a value, which need not be a step itself. */
function neighbour(steps: readonly number[], value: number, by: number): number {
	const next = by > 0 ? steps.find((step) => step > value) : steps.findLast((step) => step < value);
	return next ?? value;
}
