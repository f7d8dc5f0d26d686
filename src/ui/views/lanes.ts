/**
What a recording holds, over time: a lane for each backend that something was found of, with how long it lasted; how many
clients there were; the axis with the replay's position and the marks that somebody has set.
*/
import type {Finding, Severity} from '../../detect/finding.ts';
import {duration} from '../../text/duration.ts';
import {fit, width} from '../../text/fit.ts';
import {fineCeiling, peak, sparkline} from '../../text/sparkline.ts';
import {formatTime} from '../../text/time.ts';
import {searchedShare} from '../state/playback.ts';
import {findingPlace, type ScreenState} from '../state/state.ts';
import {type Axis, axisLabels, axisOf, axisSpans, cellOf, dayOf, spanWords} from '../state/time-axis.ts';
import {type Role, severityRole, type Theme} from '../terminal/theme.ts';
import {line, merge, type Piece, piecesWidth} from './pieces.ts';

const RANKS: readonly Severity[] = ['notice', 'degraded', 'down'];
const BARS: Readonly<Record<Severity, string>> = {down: '█', degraded: '▒', notice: '·'};

/** Name before a lane, and what was found after it. */
const NAME_SHARE = 0.2;
const FEWEST_NAME = 8;
const MOST_NAME = 24;

export type LaneLayout = {readonly before: number; readonly cells: number; readonly after: number};

/** Where the lanes are in a line. */
export function laneFrame(cells: number): LaneLayout {
	const before = Math.max(FEWEST_NAME, Math.min(MOST_NAME, Math.floor(cells * NAME_SHARE))) + 2;
	const after = cells >= 100 ? 26 : 16;
	return {before, cells: Math.max(10, cells - before - after - 1), after};
}

export function laneLines(
	state: ScreenState,
	theme: Theme,
	cells: number,
	lines: number,
	hasClients: boolean,
): string[] {
	const axis = axisOf(state.playback, state.axisSpan);
	if (axis === null) return new Array<string>(lines).fill('');
	const frame = laneFrame(cells);
	const room = lines - 2 - (hasClients ? 1 : 0);
	const lanes = lanesOf(state, axis);
	const shown = lanes.slice(0, room);
	const more = lanes.length - shown.length;
	const out = [
		headLine(state, axis, theme, cells, more),
		...shown.map((lane) => laneLine(lane, state, axis, frame, theme, cells)),
	];
	while (out.length < room + 1) out.push(emptyLane(state, axis, frame, theme, cells, out.length === 1));
	if (hasClients) out.push(clientsLine(state, axis, frame, theme, cells));
	return [...out, axisLine(state, axis, frame, theme, cells)];
}

type Lane = {readonly name: string; readonly findings: readonly Finding[]};

/** The worst first: by gravity, then by how long it lasted. */
function lanesOf(state: ScreenState, axis: Axis): Lane[] {
	const byPlace = new Map<string, Finding[]>();
	for (const finding of state.playback.marks ?? []) {
		const {severity, from, to} = finding;
		if (severity === 'notice' || from > axis.to || (to !== null && to < axis.from)) continue;
		const name = findingPlace(finding, state);
		const list = byPlace.get(name);
		if (list === undefined) byPlace.set(name, [finding]);
		else list.push(finding);
	}
	const gravity = ({findings}: Lane) => Math.max(...findings.map(({severity}) => RANKS.indexOf(severity)));
	const length = ({findings}: Lane) =>
		findings.reduce((sum, {from, to}) => sum + Math.min(to ?? axis.to, axis.to) - Math.max(from, axis.from), 0);
	return [...byPlace]
		.map(([name, findings]): Lane => ({name, findings}))
		.sort((a, b) => gravity(b) - gravity(a) || length(b) - length(a));
}

function laneLine(
	{name, findings}: Lane,
	state: ScreenState,
	axis: Axis,
	frame: LaneLayout,
	theme: Theme,
	cells: number,
): string {
	const row = plainLane(state, axis, frame);
	const ranks = new Array<number>(frame.cells).fill(-1);
	for (const {from, to, severity} of findings) {
		const last = clamp(cellOf(axis, to ?? axis.to, frame.cells), frame.cells);
		for (let at = clamp(cellOf(axis, from, frame.cells), frame.cells); at <= last; at++) {
			if (RANKS.indexOf(severity) <= (ranks[at] ?? -1)) continue;
			ranks[at] = RANKS.indexOf(severity);
			row[at] = [BARS[severity], severityRole(severity)];
		}
	}
	const worst = worstOf(findings);
	return line(theme, cells, [
		[` ${fit(name, frame.before - 2)} `, worst === null ? 'plain' : severityRole(worst.severity)],
		...merge(row),
		[` ${fit(wordsOf(findings), frame.after)}`, 'quiet'],
	]);
}

function worstOf(findings: readonly Finding[]): Finding | null {
	return findings.reduce<Finding | null>(
		(worst, finding) =>
			worst === null || RANKS.indexOf(finding.severity) > RANKS.indexOf(worst.severity) ? finding : worst,
		null,
	);
}

/** `refused 52 s`, `slow 3 s → hung 40 s`, `churn 4×, 3 min`. */
function wordsOf(findings: readonly Finding[]): string {
	const lasted = ({from, to}: Finding) => (to === null ? 'open' : duration(to - from));
	const rules = [...new Set(findings.map(({rule}) => rule))];
	if (findings.length <= 2 && rules.length === findings.length) {
		return findings.map((finding) => `${finding.rule} ${lasted(finding)}`).join(' → ');
	}
	const sum = findings.reduce((total, {from, to}) => total + (to === null ? 0 : to - from), 0);
	return `${rules.join(', ')} ${findings.length}×, ${duration(sum)}`;
}

/** A line of nothing, with the holes of the recording and the position. */
function plainLane({playback}: ScreenState, axis: Axis, {cells}: LaneLayout): Piece[] {
	const row = Array.from({length: cells}, (): Piece => ['─', 'rule']);
	for (const gap of playback.gaps) {
		const [from, to] = [cellOf(axis, gap.from, cells), cellOf(axis, gap.to, cells)];
		for (let at = Math.max(0, from); at < Math.min(cells, to); at++) row[at] = [' '];
	}
	const here = playback.position === null ? -1 : cellOf(axis, playback.position, cells);
	if (here >= 0 && here < cells) row[here] = ['┼', 'accent'];
	return row;
}

function emptyLane(
	state: ScreenState,
	axis: Axis,
	frame: LaneLayout,
	theme: Theme,
	cells: number,
	isFirst: boolean,
): string {
	const share = searchedShare(state.playback);
	const words = !isFirst
		? ''
		: share === null
			? state.playback.marks?.length === 0
				? 'nothing found'
				: ''
			: `searched ${Math.floor(share * 100)} %`;
	return line(theme, cells, [
		[' '.repeat(frame.before)],
		...merge(plainLane(state, axis, frame)),
		[` ${words}`, 'quiet'],
	]);
}

function clientsLine({playback}: ScreenState, axis: Axis, frame: LaneLayout, theme: Theme, cells: number): string {
	const values = new Array<number | null>(frame.cells).fill(null);
	const clients = playback.clients ?? [];
	let last = -1;
	for (const [time, count] of clients) {
		const at = cellOf(axis, time, frame.cells);
		if (at < 0 || at >= frame.cells) continue;
		// fewer looks than cells: each holds until the next, holes stay holes
		if (last >= 0 && at - last > 1 && !isGap(playback.gaps, time)) {
			for (let fill = last + 1; fill < at; fill++) values[fill] = values[last] ?? null;
		}
		values[at] = Math.max(values[at] ?? 0, count);
		last = at;
	}
	const top = fineCeiling(peak(values, 4));
	return line(theme, cells, [
		[` ${fit('clients', frame.before - 2)} `, 'quiet'],
		[sparkline(values, top), 'est'],
		[` up to ${peak(values)}`, 'quiet'],
	]);
}

function isGap(gaps: ScreenState['playback']['gaps'], time: number): boolean {
	return gaps.some(({to}) => to === time);
}

function axisLine(state: ScreenState, axis: Axis, frame: LaneLayout, theme: Theme, cells: number): string {
	const {playback, ownMarks} = state;
	const labels = [...axisLabels(axis, frame.cells, playback.zone)].map((text): Piece => [text, 'quiet']);
	for (const {letter, time} of ownMarks) {
		const at = cellOf(axis, time, frame.cells);
		if (at >= 0 && at < frame.cells) labels[at] = [letter, 'accent'];
	}
	const here = playback.position === null ? -1 : cellOf(axis, playback.position, frame.cells);
	if (here >= 0 && here < frame.cells) labels[here] = ['■', 'strong'];
	const share = searchedShare(playback);
	const percent =
		playback.position === null || playback.from === null || playback.to === null || playback.to <= playback.from
			? 100
			: Math.round(((playback.position - playback.from) / (playback.to - playback.from)) * 100);
	const right = `${percent} %${share === null ? '' : `, searched ${Math.floor(share * 100)} %`}`;
	return line(theme, cells, [[' '.repeat(frame.before)], ...merge(labels), [` ${right}`, 'quiet']]);
}

/** A thin rule that says what the axis shows, and which keys are for it. */
function headLine(state: ScreenState, axis: Axis, theme: Theme, cells: number, more: number): string {
	const {playback, axisSpan, ownMarks} = state;
	const {zone} = playback;
	const isLong = formatTime(axis.from, zone).slice(0, 10) !== formatTime(axis.to, zone).slice(0, 10);
	const span = isLong ? `${dayOf(axis.from, zone)} → ${dayOf(axis.to, zone)}, ` : '';
	const spans = axisSpans(playback);
	const keys: Piece[] = [
		...(spans.length < 2 ? [] : spanPieces(spans, axisSpan)),
		[' m', 'accent'],
		[' mark ', 'quiet'],
		...(ownMarks.length === 0
			? []
			: ([
					[" '", 'accent'],
					[' go to ', 'quiet'],
					[' =', 'accent'],
					[' compare ', 'quiet'],
				] satisfies Piece[])),
		[' e', 'accent'],
		[' export ', 'quiet'],
	];
	const words = ` ${span}${duration(axis.to - axis.from)} ${more > 0 ? `· ${more} more in Tab ` : ''}`;
	const room = cells - 4 - width(words) - piecesWidth(keys);
	if (room < 2)
		return line(theme, cells, [
			[' ──', 'rule'],
			[words, 'quiet'],
			['─'.repeat(Math.max(0, cells - 4 - width(words))), 'rule'],
		]);
	return line(theme, cells, [[' ──', 'rule'], [words, 'quiet'], ['─'.repeat(room), 'rule'], ...keys, ['─', 'rule']]);
}

function spanPieces(spans: readonly (number | null)[], chosen: number | null): Piece[] {
	return [
		[' x', 'accent'],
		...spans.map((span): Piece => {
			const text = spanWords(span);
			return [` ${span === chosen ? `[${text}]` : text}`, (span === chosen ? 'plain' : 'quiet') satisfies Role];
		}),
		[' '],
	];
}

function clamp(place: number, cells: number): number {
	return Math.max(0, Math.min(cells - 1, place));
}
