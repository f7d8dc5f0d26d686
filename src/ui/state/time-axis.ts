/** The axis of time below a replay: which part of the recording it shows, and where an instant is on it. */
import {shortDuration} from '../../text/duration.ts';
import {formatClock, formatTime} from '../../text/time.ts';
import type {Playback} from './playback.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Parts that can be shown besides the whole, from the longest to the shortest. */
const PARTS_MS = [7 * DAY, DAY, 6 * HOUR, HOUR, 15 * MINUTE, 5 * MINUTE, MINUTE] as const;

/** null is the whole recording. */
export type AxisSpan = number | null;

export type Axis = {
	/** Unix ms of its left edge and its right edge. */
	readonly from: number;
	readonly to: number;
};

/** What can be chosen of a recording of this length: the whole, and what is clearly shorter. */
export function axisSpans({from, to}: Pick<Playback, 'from' | 'to'>): AxisSpan[] {
	const length = from === null || to === null ? 0 : to - from;
	return [null, ...PARTS_MS.filter((part) => part * 1.5 <= length)];
}

/** The next shorter one; after the last comes the whole. */
export function nextSpan(playback: Playback, span: AxisSpan, by: 1 | -1): AxisSpan {
	const spans = axisSpans(playback);
	const at = Math.max(0, spans.indexOf(span));
	return spans[(at + by + spans.length) % spans.length] ?? null;
}

/** The part of the recording around its position; null: nothing is known of it yet. */
export function axisOf({from, to, position}: Playback, span: AxisSpan): Axis | null {
	if (from === null || to === null || position === null) return null;
	if (span === null || span >= to - from) return {from, to: Math.max(to, from + 1)};
	// it moves on by half of itself, so that it does not move between
	const half = span / 2;
	const begin = from + Math.floor((position - from) / half) * half - half / 2;
	const left = Math.max(from, Math.min(to - span, begin));
	return {from: left, to: left + span};
}

/** The cell of an instant, of this many; outside of them where it is not on the axis. */
export function cellOf(axis: Axis, time: number, cells: number): number {
	return time === axis.to ? cells - 1 : Math.floor(((time - axis.from) / (axis.to - axis.from)) * cells);
}

/** The instant in the middle of a cell. */
export function timeOf(axis: Axis, cell: number, cells: number): number {
	return Math.round(axis.from + ((cell + 0.5) / cells) * (axis.to - axis.from));
}

export function spanWords(span: AxisSpan): string {
	return span === null
		? 'whole'
		: span === MINUTE
			? '60s'
			: shortDuration(span).replace(/^60m$/, '1h').replace(/^24h$/, '1d');
}

const TICKS_MS = [
	...[1000, 5000, 10_000, 30_000, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE],
	...[HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 30 * DAY],
];
const FEWEST_CELLS = 12;

/** `09:20       09:25       Wed 25 09:30`: labels at whole times, with the day where the axis spans several. */
export function axisLabels(axis: Axis, cells: number, zone: string): string {
	const length = axis.to - axis.from;
	const every = TICKS_MS.find((tick) => (tick / length) * cells >= FEWEST_CELLS) ?? length;
	const ahead = aheadOf(axis.from, zone);
	const isLong = days(axis, zone) > 0;
	let out = '';
	for (let time = Math.ceil((axis.from + ahead) / every) * every - ahead; time < axis.to; time += every) {
		const at = cellOf(axis, time, cells);
		const label = `╵${labelOf(time, every, isLong, zone)}`;
		if (at < out.length + (out === '' ? 0 : 1) || at + label.length > cells) continue;
		out = out.padEnd(at) + label;
	}
	return out.padEnd(cells);
}

function labelOf(time: number, every: number, isLong: boolean, zone: string): string {
	const clock = every < MINUTE ? formatClock(time, zone) : formatClock(time, zone).slice(0, 5);
	if (!isLong) return clock;
	return every >= DAY ? dayOf(time, zone) : clock === '00:00' ? dayOf(time, zone) : clock;
}

/** `Tue 24`. */
export function dayOf(time: number, zone: string): string {
	const name = new Intl.DateTimeFormat('en-US', {weekday: 'short', day: 'numeric', timeZone: zone}).formatToParts(time);
	const part = (type: string) => name.find((each) => each.type === type)?.value ?? '';
	return `${part('weekday')} ${part('day')}`;
}

/** Midnights between the edges. */
function days(axis: Axis, zone: string): number {
	return formatTime(axis.from, zone).slice(0, 10) === formatTime(axis.to, zone).slice(0, 10) ? 0 : 1;
}

/** ms that the zone's clocks are ahead of UTC. */
function aheadOf(time: number, zone: string): number {
	return Date.parse(`${formatTime(time, zone).replace(' ', 'T')}Z`) - Math.floor(time / 1000) * 1000;
}
