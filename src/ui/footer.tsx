import {Text} from 'ink';
import type {Finding} from '../finding.ts';
import {LOOKBACK_MS} from '../snapshot.ts';
import {grouped} from '../text/count.ts';
import {formatClock} from '../text/time.ts';
import {line, type Piece} from './pieces.ts';
import {findingName, type State} from './screen-state.ts';
import {severityGlyph, severityRole, type Theme} from './theme.ts';

type Props = {
	readonly state: State;
	readonly theme: Theme;
	readonly cells: number;
	/** 1: the prompt, the message or the keys; 2: what watching costs, too. */
	readonly lines: number;
};

/** What happened last and which keys there are; what watching costs. While somebody types, the prompt. */
export function Footer({state, theme, cells, lines}: Props) {
	const first = line(theme, cells, ...firstLine(state, cells));
	return <Text>{lines < 2 ? first : `${first}\n${line(theme, cells, selfPieces(state))}`}</Text>;
}

function firstLine(state: State, cells: number): [left: Piece[], right: Piece[]] {
	const {prompt, message} = state;
	if (prompt !== null) return [promptPieces(prompt), []];
	if (message !== null) return [[[` ${message.text}`, 'accent']], []];
	return [eventPieces(state, cells), keyPieces(state)];
}

function promptPieces({kind, text, problem}: NonNullable<State['prompt']>): Piece[] {
	const hint = kind === 'filter' ? 'Enter keeps, Esc clears' : '14:02, -90s, +5m, 40%, 2026-11-22 14:02';
	return [
		[kind === 'filter' ? ' / ' : ' jump to ', 'strong'],
		[`${text}█`],
		['  '],
		[problem ?? hint, problem === null ? 'quiet' : 'degraded'],
	];
}

/** The newest things that opened or closed. */
function eventPieces({timeline, rows, playback, shown}: State, cells: number): Piece[] {
	const now = shown?.model.time ?? 0;
	const events = timeline
		.filter(({severity}) => severity !== 'notice')
		.flatMap((finding): {time: number; finding: Finding; isOver: boolean}[] => [
			{time: finding.from, finding, isOver: false},
			...(finding.to === null ? [] : [{time: finding.to, finding, isOver: true}]),
		])
		.filter(({time}) => time <= now && time > now - LOOKBACK_MS)
		.sort((a, b) => b.time - a.time);
	const room = cells < 100 ? 1 : cells < 150 ? 2 : 3;
	return events
		.slice(0, room)
		.flatMap(({time, finding, isOver}): Piece[] => [
			[` ${formatClock(time, playback.zone)} `, 'quiet'],
			isOver ? ['● ', 'ok'] : [`${severityGlyph(finding.severity)} `, severityRole(finding.severity)],
			[`${findingName(finding, rows)} ${finding.rule}${isOver ? ' over' : ''}  `],
		]);
}

function keyPieces({screen, hasTyped, playback}: State): Piece[] {
	if (screen.view === 'help') return [['Esc back', 'quiet']];
	if (screen.view === 'backend')
		return [
			['j k scroll  Tab findings  ', 'quiet'],
			['Esc back  ? help', 'quiet'],
		];
	if (playback.mode === 'back')
		return [
			['←→ time  ', 'quiet'],
			['End now  ', 'accent'],
			['? help', 'quiet'],
		];
	const all: Piece[] = [
		['space pause  ', 'quiet'],
		['←→ time  ', 'quiet'],
		['/ filter  ', 'quiet'],
		['Enter open  ', hasTyped ? 'quiet' : 'accent'],
		['q quit  ', 'quiet'],
		['? help', hasTyped ? 'quiet' : 'accent'],
	];
	return all;
}

function selfPieces({playback, shown}: State): Piece[] {
	const {cpuPercent, rssBytes} = playback.self;
	const snapshots = (shown?.model.instances ?? []).map(({snapshot}) => snapshot);
	const rows = snapshots.reduce((sum, {rows}) => sum + rows, 0);
	const torn = snapshots.reduce((sum, {tornRows}) => sum + tornRows, 0);
	const readMs = snapshots.reduce((sum, {readMs}) => sum + readMs, 0);
	const cost = [
		cpuPercent === null ? null : `${cpuPercent.toFixed(1)} % cpu`,
		rssBytes === null ? null : `${Math.round(rssBytes / 1e6)} MB`,
		snapshots.length === 0 ? null : `read ${readMs.toFixed(1)} ms for ${grouped(rows)} rows`,
	];
	const pieces: Piece[] = [[` self ${cost.filter((part) => part !== null).join(' · ')}`, 'quiet']];
	if (torn > 0) pieces.push([`  ${grouped(torn)} torn`, 'unknown']);
	return pieces;
}
