import type {Assessment} from '../detect/assessment.ts';
import {STATES, type State as Verdict} from '../finding.ts';
import type {InstanceModel} from '../model/model.ts';
import {LOOKBACK_MS} from '../snapshot.ts';
import {grouped} from '../text/count.ts';
import {uptime} from '../text/duration.ts';
import {formatClock, formatTime, zoneName} from '../text/time.ts';
import {modePiece, shownTime} from './mode.ts';
import {line, type Piece, piecesWidth} from './pieces.ts';
import {isRecording, type Playback} from './playback.ts';
import type {State} from './screen-state.ts';
import {Lines} from './sheet.tsx';
import {GLYPHS, severityGlyph, severityRole, type Theme} from './theme.ts';
import {totalPieces} from './totals.ts';

type Props = {
	readonly state: State;
	readonly theme: Theme;
	readonly cells: number;
	/** 1 or 2 lines. */
	readonly lines: number;
};

/** Who is watched and when; the totals; how many are in which state. */
export function Header({state, theme, cells, lines}: Props) {
	const {shown, playback} = state;
	const title = line(theme, cells, titlePieces(state), clockPieces(state));
	const counts = shown === null ? [] : countPieces(shown.assessment);
	if (lines === 1) return <Lines lines={[line(theme, cells, [[' '], ...counts], clockPieces(state))]} />;
	const room = cells - piecesWidth(counts) - 1 - BESIDE;
	const states = line(theme, cells, [[' '], ...counts], totalPieces(state, room));
	return <Lines lines={[...bannerLines(theme, cells, playback), title, states]} />;
}

/** Between the counts and the sums, and a blank at the end. */
const BESIDE = 3;

function bannerLines(theme: Theme, cells: number, {banner}: Playback): string[] {
	return banner === null ? [] : [line(theme, cells, [[` ${banner} `, 'degraded']])];
}

function titlePieces({shown, playback}: State): Piece[] {
	const name: Piece = [' traefik-top', 'title'];
	const instances = shown?.model.instances ?? [];
	const [only] = instances;
	if (only === undefined) return playback.host === null ? [name] : [name, [`  ${playback.host}`]];
	if (instances.length > 1) return [name, [`  ${instances.length} instances`], ...hostPieces(instances)];
	const {host, pid, startedAt} = only.instance;
	const parts = [host ?? playback.host, pid === null ? null : `pid ${pid}`];
	if (startedAt !== null && shown !== null) parts.push(`up ${uptime(Math.max(0, shown.model.time - startedAt))}`);
	parts.push(seenText(only, shown?.model.clockMs ?? 0));
	return [name, [`  ${parts.filter((part) => part !== null).join(' · ')}`]];
}

/** For how long it has been watched; nothing once that is more than what is remembered. */
function seenText({track}: InstanceModel, clockMs: number): string | null {
	const seenMs = clockMs - track.firstSeenMs;
	return seenMs >= LOOKBACK_MS || seenMs < 0 ? null : `seen for ${uptime(seenMs)}`;
}

function hostPieces(instances: readonly InstanceModel[]): Piece[] {
	const hosts = new Set(instances.map(({instance}) => instance.host).filter((host) => host !== null));
	return hosts.size === 0 ? [] : [[` on ${[...hosts].slice(0, 3).join(', ')}${hosts.size > 3 ? ' …' : ''}`]];
}

function clockPieces(state: State): Piece[] {
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

function countPiece(state: Verdict, number: number): Piece {
	return [`${GLYPHS[state]} ${grouped(number)} ${state}`, state];
}
