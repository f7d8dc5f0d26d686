import type {Assessment} from '../../detect/assessment.ts';
import {GLYPHS, STATES, type State, severityGlyph} from '../../detect/finding.ts';
import type {InstanceModel} from '../../model/model.ts';
import {LOOKBACK_MS} from '../../snapshot.ts';
import {backoffHeading} from '../../text/backoff.ts';
import {grouped} from '../../text/count.ts';
import {duration, uptime} from '../../text/duration.ts';
import {fit, width} from '../../text/fit.ts';
import {formatClock, formatTime, zoneName} from '../../text/time.ts';
import {modePiece, shownTime} from '../state/mode.ts';
import {isRecording, type Playback} from '../state/playback.ts';
import type {ScreenState} from '../state/state.ts';
import {Lines} from '../terminal/text-slots.tsx';
import {severityRole, type Theme} from '../terminal/theme.ts';
import {line, type Piece, piecesWidth} from './pieces.ts';
import {totalPieces} from './totals.ts';

type Props = {
	readonly state: ScreenState;
	readonly theme: Theme;
	readonly cells: number;
	/** 1 or 2 lines. */
	readonly lines: number;
};

/** Who is watched and when; the totals; how many are in which state. */
export function Header({state, theme, cells, lines}: Props) {
	const {shown, playback} = state;
	const clock = clockPieces(state);
	const title = line(theme, cells, titlePieces(state, cells - piecesWidth(clock) - BESIDE), clock);
	const counts = shown === null ? [] : countPieces(shown.assessment);
	if (lines === 1) return <Lines lines={[line(theme, cells, [[' '], ...counts], clock)]} />;
	const room = cells - piecesWidth(counts) - 1 - BESIDE;
	const states = line(theme, cells, [[' '], ...counts], totalPieces(state, room));
	return <Lines lines={[...bannerLines(theme, cells, playback), title, states]} />;
}

/** Between the counts and the sums, and a blank at the end. */
const BESIDE = 3;

function bannerLines(theme: Theme, cells: number, {banner}: Playback): string[] {
	return banner === null ? [] : [line(theme, cells, [[` ${banner} `, 'degraded']])];
}

/** Nobody needs more of a recording's name. */
const MOST_NAME = 40;

function titlePieces(state: ScreenState, room: number): Piece[] {
	const {shown, playback} = state;
	const name: Piece = [' traefik-top', 'title'];
	const instances = shown?.model.instances ?? [];
	const [only] = instances;
	const recording = playback.name === null ? null : fitted(playback.name, MOST_NAME);
	const range = rangeText(playback);
	const left = room - width(name[0]);
	// old rows without their time would be mistaken for new ones
	const fewest = isRecording(playback) ? 0 : 1;
	if (isRecording(playback) && left < 0) return [];
	const backoff = shown?.model.backoff == null ? null : backoffHeading(shown.model.backoff);
	if (only === undefined) return [name, [joined([playback.host, backoff, recording, range], left, fewest)]];
	if (instances.length > 1) {
		const many = `${instances.length} instances${hostsText(instances)}`;
		return [name, [joined([recording, many, backoff, range], left, fewest)]];
	}
	const {host, pid, startedAt} = only.instance;
	const up = startedAt === null || shown === null ? null : `up ${uptime(Math.max(0, shown.model.time - startedAt))}`;
	const seen = seenText(only, shown?.model.clockMs ?? 0);
	const parts = [host ?? playback.host, backoff, recording, range, pid === null ? null : `pid ${pid}`, up, seen];
	return [name, [joined(parts, left, fewest)]];
}

/** As many of the parts, from the first on, as there is room for; at least this many. */
function joined(parts: readonly (string | null)[], room: number, fewest: number): string {
	const known = parts.filter((part) => part !== null);
	const text = (count: number) => (count === 0 ? '' : `  ${known.slice(0, count).join(' · ')}`);
	let count = known.length;
	while (count > fewest && width(text(count)) > room) count--;
	return text(count);
}

function fitted(text: string, cells: number): string {
	return width(text) > cells ? fit(text, cells) : text;
}

/** From when to when a recording runs, and for how long; days only where there are several. */
function rangeText(playback: Playback): string | null {
	const {from, to, zone} = playback;
	if (!isRecording(playback) || from === null || to === null) return null;
	const [first, last] = [formatTime(from, zone), formatTime(to, zone)];
	const length = duration(to - from);
	if (first.slice(0, DAY_LENGTH) === last.slice(0, DAY_LENGTH)) {
		return `${formatClock(from, zone)} → ${formatClock(to, zone)}, ${length}`;
	}
	const isSameYear = first.slice(0, 4) === last.slice(0, 4);
	const end = isSameYear ? dayName(last).replace(/\d{4}-/, '') : dayName(last);
	return `${dayName(first)} → ${end}, ${length}`;
}

const DAY_LENGTH = '2026-11-22'.length;

/** `Sun 2026-11-22` */
function dayName(time: string): string {
	const day = time.slice(0, DAY_LENGTH);
	return `${DAY_NAMES[new Date(`${day}T00:00:00Z`).getUTCDay()]} ${day}`;
}

const DAY_NAMES = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** For how long it has been watched; nothing once that is more than what is remembered. */
function seenText({track}: InstanceModel, clockMs: number): string | null {
	const seenMs = clockMs - track.firstSeenMs;
	return seenMs >= LOOKBACK_MS || seenMs < 0 ? null : `seen for ${duration(seenMs - (seenMs % 1000))}`;
}

function hostsText(instances: readonly InstanceModel[]): string {
	const hosts = new Set(instances.map(({instance}) => instance.host).filter((host) => host !== null));
	return hosts.size === 0 ? '' : ` on ${[...hosts].slice(0, 3).join(', ')}${hosts.size > 3 ? ' …' : ''}`;
}

function clockPieces(state: ScreenState): Piece[] {
	const {playback} = state;
	// what the rows are of, never where a jump leads before its rows are here
	const time = state.shown?.model.time ?? shownTime(state);
	const {zone, position, isProvisional} = playback;
	const when = time === null ? '' : isRecording(playback) ? formatTime(time, zone) : formatClock(time, zone);
	const isOnTheWay =
		position !== null && time !== null && position !== time && playback.mode !== 'live' && !state.isFrozen;
	return [
		[playback.isRecorded ? 'REC  ' : '', 'accent'],
		[time === null ? '' : `${when} ${zoneName(time, zone)}`, isOnTheWay ? 'quiet' : 'plain'],
		[isOnTheWay ? ` → ${formatClock(position, zone)} …  ` : isProvisional && time !== null ? ' …  ' : '  ', 'accent'],
		modePiece(state),
	];
}

/**
`✖ traefik-stopped  ✖ 1 down  ▲ 1 degraded  ● 5 ok  ○ 1 idle`: what the instances themselves suffer from, then how many
backends are in each state; only what occurs.
*/
export function countPieces({counts, open}: Assessment): Piece[] {
	const own = open.filter(({backend, severity}) => backend === null && severity !== 'notice');
	const rules = new Map(own.toReversed().map(({rule, severity}) => [rule, severity]));
	return [
		...[...rules]
			.reverse()
			.map(([rule, severity]): Piece => [`${severityGlyph(severity)} ${rule}`, severityRole(severity)]),
		...STATES.filter((state) => counts[state] > 0).map((state) => countPiece(state, counts[state])),
	].flatMap((piece, place): Piece[] => (place === 0 ? [piece] : [['  '], piece]));
}

function countPiece(state: State, number: number): Piece {
	return [`${GLYPHS[state]} ${grouped(number)} ${state}`, state];
}
