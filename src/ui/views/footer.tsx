import {type Finding, severityGlyph} from '../../detect/finding.ts';
import {LOOKBACK_MS} from '../../snapshot.ts';
import {grouped} from '../../text/count.ts';
import {duration} from '../../text/duration.ts';
import {plural} from '../../text/plural.ts';
import {formatClock} from '../../text/time.ts';
import {isRecording} from '../state/playback.ts';
import {findingPlace, findingsOf, type ScreenState} from '../state/state.ts';
import {Lines} from '../terminal/text-slots.tsx';
import {severityRole, type Theme} from '../terminal/theme.ts';
import {line, type Piece} from './pieces.ts';

type Props = {
	readonly state: ScreenState;
	readonly theme: Theme;
	readonly cells: number;
	/** 1: the prompt, the message or the keys; 2: what watching costs, too. */
	readonly lines: number;
};

/** What happened last and which keys there are; what watching costs. While somebody types, the prompt. */
export function Footer({state, theme, cells, lines}: Props) {
	const first = line(theme, cells, ...firstLine(state, cells));
	return <Lines lines={lines < 2 ? [first] : [first, line(theme, cells, selfPieces(state))]} />;
}

function firstLine(state: ScreenState, cells: number): [left: Piece[], right: Piece[]] {
	const {prompt, message} = state;
	if (prompt !== null) return [promptPieces(prompt), []];
	if (message !== null) return [[[` ${message.text}`, 'accent']], []];
	const events = eventPieces(state, cells);
	return [events.length === 0 ? welcomePieces(state) : events, keyPieces(state)];
}

const PROMPT_HINTS = {
	filter: 'Enter keeps, Esc clears',
	jump: '14:02, -90s, +5m, 40%, 2026-11-22 14:02',
	help: 'Enter keeps, Esc shows all',
	mark: 'a letter, or Enter for the newest',
} as const;
const PROMPT_WORDS = {filter: ' / ', help: ' search / ', jump: ' jump to ', mark: ' go to mark '} as const;

function promptPieces({kind, text, problem}: NonNullable<ScreenState['prompt']>): Piece[] {
	return [
		[PROMPT_WORDS[kind], 'strong'],
		[`${text}█  `],
		[problem === null ? '' : 'not a time: try ', 'degraded'],
		[PROMPT_HINTS[kind], 'quiet'],
	];
}

/** The newest things that opened or closed. A view that is frozen or has gone back does not hide what happens meanwhile. */
function eventPieces(state: ScreenState, cells: number): Piece[] {
	const {playback, shown, isFrozen} = state;
	const now = (isFrozen ? playback.position : null) ?? shown?.model.time ?? 0;
	const {leftAt} = playback;
	const alarms = findingsOf(state).filter(({severity}) => severity !== 'notice');
	const events = eventsOf(alarms)
		.filter(({time}) => (time <= now && time > now - LOOKBACK_MS) || isNews(time, leftAt))
		.sort((a, b) => b.time - a.time);
	const room = cells < 120 ? 1 : cells < 180 ? 2 : 3;
	return events.slice(0, room).flatMap(({time, finding, lastedMs, before}): Piece[] => {
		const what = `${findingPlace(finding, state)} ${before === null ? '' : `${before} → `}${finding.rule}`;
		return [
			isNews(time, leftAt) ? [' now: ', 'strong'] : [` ${formatClock(time, playback.zone)} `, 'quiet'],
			lastedMs === null ? [`${severityGlyph(finding.severity)} `, severityRole(finding.severity)] : ['● ', 'ok'],
			[lastedMs === null ? `${what} ` : `recovered: ${what} after ${duration(lastedMs)} `],
		];
	});
}

/** One finding becomes another within this long: the same incident goes on. */
const BECOMES_MS = 5000;

/** What opened and what recovered. Where something else is wrong with a backend when a finding closes, that one goes on instead. */
function eventsOf(findings: readonly Finding[]): Event[] {
	const heirs = new Map<Finding, string>();
	const recoveries: Event[] = [];
	for (const finding of findings) {
		const {to, from, instance, backend} = finding;
		if (to === null) continue;
		const others = findings.filter(
			(other) => other !== finding && other.instance === instance && other.backend === backend,
		);
		const open = others.filter((other) => other.from <= to && (other.to === null || other.to > to));
		if (open.length === 0) recoveries.push({time: to, finding, lastedMs: to - from, before: null});
		const heir = open.find((other) => other.from >= from && to - other.from <= BECOMES_MS);
		if (heir !== undefined) heirs.set(heir, finding.rule);
	}
	const openings = findings.map(
		(finding): Event => ({time: finding.from, finding, lastedMs: null, before: heirs.get(finding) ?? null}),
	);
	return [...openings, ...recoveries];
}

/** It happened after the view had gone back. */
function isNews(time: number, leftAt: number | null): boolean {
	return leftAt !== null && time > leftAt;
}

type Event = {
	readonly time: number;
	readonly finding: Finding;
	/** null: this is where it opened. */
	readonly lastedMs: number | null;
	/** The rule of the finding that it took over from. */
	readonly before: string | null;
};

/** The first minutes of a new user; `?` says the rest. */
const WELCOME = ' Enter opens a backend, ? explains the terms';

function welcomePieces({hasTyped, rows, screen}: ScreenState): Piece[] {
	return hasTyped || rows.size === 0 || screen.view !== 'table' ? [] : [[WELCOME, 'accent']];
}

/** The keys of a view, the least important first: they are dropped from there. */
const KEYS_OF_VIEW = {
	help: ['j k scroll', '/ search', 'Esc back'],
	backend: ['j k scroll', 'F follow', 'z zoom', 's sort', '1 evidence', 'n p next', 'Esc back', '? help'],
	findings: ['j k choose', 'Enter goes to its time', 'Tab instances', 'Esc back', '? help'],
	columns: ['j k choose', 'Space shows or hides', '< > move', 'W write', 'Esc back'],
	instances: ['j k choose', 'Enter its backends', 'Tab table', 'Esc back', '? help'],
} as const;
const KEYS_OF_REPLAY = [
	'+ - speed',
	'/ filter',
	'←→ 5 s',
	'[ ] finding',
	'space play',
	'Enter open',
	'q quit',
	'? help',
];
const KEYS_OF_PAST = ['[ ] finding', 'w write', '←→ time', 'End now', '? help'];
const KEYS_OF_PAUSE = ['Enter open', '←→ time', 'space resume', '? help'];
const KEYS = [
	'Tab views',
	'space pause',
	'←→ time',
	'o group',
	'C columns',
	'z zoom',
	'/ filter',
	'Enter open',
	'q quit',
	'? help',
];

function keysOf({screen, playback, isFrozen, rows}: ScreenState): readonly string[] {
	if (screen.view !== 'table') return KEYS_OF_VIEW[screen.view];
	if (rows.size === 0 && !isRecording(playback) && playback.mode === 'live') return ['q quit', '? help'];
	if (playback.mode === 'replay') return KEYS_OF_REPLAY.map((key) => (key === 'space play' ? 'space pause' : key));
	if (playback.mode === 'paused') return KEYS_OF_REPLAY;
	if (playback.mode === 'back') return KEYS_OF_PAST;
	return isFrozen ? KEYS_OF_PAUSE : KEYS;
}

/** Until the first key, the two that lead to everything stand out; later, the way out of a view that is not now. */
function isHint(key: string, {hasTyped}: ScreenState): boolean {
	return key === 'End now' || key === 'space resume' || (!hasTyped && (key === 'Enter open' || key === '? help'));
}

function keyPieces(state: ScreenState): Piece[] {
	const keys = keysOf(state);
	return keys.map(
		(key, place): Piece => [place === keys.length - 1 ? key : `${key}  `, isHint(key, state) ? 'accent' : 'quiet'],
	);
}

function selfPieces({playback, shown}: ScreenState): Piece[] {
	const {cpuPercent, rssBytes} = playback.self;
	const snapshots = (shown?.model.instances ?? []).map(({snapshot}) => snapshot);
	const rows = snapshots.reduce((sum, {rows}) => sum + rows, 0);
	const torn = snapshots.reduce((sum, {tornRows}) => sum + tornRows, 0);
	const readMs = snapshots.reduce((sum, {readMs}) => sum + readMs, 0);
	const rowsRead = plural(rows, 'row');
	const cost = [
		cpuPercent === null ? null : `${cpuPercent.toFixed(1)} % cpu`,
		rssBytes === null ? null : `${Math.round(rssBytes / 1e6)} MB`,
		snapshots.length === 0 ? null : isRecording(playback) ? rowsRead : `read ${readMs.toFixed(1)} ms for ${rowsRead}`,
	];
	const pieces: Piece[] = [[` self ${cost.filter((part) => part !== null).join(' · ')}`, 'quiet']];
	if (torn > 0) pieces.push([`  ${grouped(torn)} torn`, 'unknown']);
	return pieces;
}
