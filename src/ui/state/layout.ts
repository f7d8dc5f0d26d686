/** How the terminal's lines are shared out, whatever its size. */
import {notesOf} from '../views/notes.ts';
import {isRecording} from './playback.ts';
import type {ScreenState} from './state.ts';

export type Size = {readonly columns: number; readonly rows: number};

export type Layout = {
	/** One line per problem, no table. */
	readonly isCompact: boolean;
	/** Else the body is lines of another view. */
	readonly isTable: boolean;
	/** Lines of each part. */
	readonly header: number;
	readonly note: string | null;
	readonly body: number;
	readonly scrubber: number;
	/** One of those lines is for how many clients there were. */
	readonly hasClients: boolean;
	readonly footer: number;
};

/** Below a table there is room for lanes: as many as there are backends in trouble, within bounds; else the replay has one line. */
function laneCount({screen, playback}: ScreenState, rows: number): number {
	if (screen.view !== 'table' || rows < LANES_ROWS) return 1;
	const places = new Set<string>();
	for (const {severity, instance, backend} of playback.marks ?? []) {
		if (severity !== 'notice') places.add(`${instance} ${backend}`);
	}
	const lanes = Math.max(1, Math.min(places.size, rows < 28 ? 2 : rows < 40 ? 3 : 5));
	// a heading, the axis, and from here on how many clients there were
	return lanes + 2 + (rows >= CLIENTS_ROWS ? 1 : 0);
}

/** From here on there is room for how many clients there were. */
const CLIENTS_ROWS = 28;

const LANES_ROWS = 20;

/** Lines above the body. */
export function headerLines({playback}: ScreenState, {header, note}: Layout): number {
	return header + (playback.banner !== null && header > 1 ? 1 : 0) + (note === null ? 0 : 1);
}

/** A pane of a multiplexer: too small for a table with a head. */
const COMPACT_ROWS = 6;
const COMPACT_COLUMNS = 36;

/** From here on there is a line for what watching costs. */
const ROOMY_ROWS = 28;

export function layoutOf(state: ScreenState, {columns, rows}: Size, isCompactWanted: boolean): Layout {
	const isHome = state.screen.view === 'table';
	const isSmall = rows < COMPACT_ROWS || columns < COMPACT_COLUMNS;
	const isCompact = isHome && (isCompactWanted || isSmall);
	const isTyping = state.prompt !== null || state.message !== null;
	if (isCompact || rows < COMPACT_ROWS) {
		const footer = isTyping ? 1 : 0;
		return {
			isCompact,
			isTable: false,
			header: 0,
			note: null,
			body: rows - footer,
			scrubber: 0,
			hasClients: false,
			footer,
		};
	}
	const hasBanner = state.playback.banner !== null;
	// Help is read, not watched: it gets the lines, under one that still says what is wrong now.
	const isHelp = state.screen.view === 'help';
	const header = isHelp ? 1 : rows >= 9 ? 2 : 1;
	const footer = rows >= ROOMY_ROWS && !isHelp ? 2 : 1;
	const scrubber = isRecording(state.playback) && rows >= 9 && !isHelp ? laneCount(state, rows) : 0;
	const notes = rows >= 10 && !isHelp ? notesOf(state) : [];
	const note = notes.length === 0 ? null : notes.join(' · ');
	const banner = hasBanner && header > 1 ? 1 : 0;
	const body = rows - header - banner - footer - scrubber - (note === null ? 0 : 1);
	const isTable = isHome && state.rows.size > 0;
	const hasClients = scrubber > 1 && rows >= CLIENTS_ROWS;
	return {isCompact: false, isTable, header, note, body, scrubber, hasClients, footer};
}
