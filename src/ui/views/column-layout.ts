/** Which columns a width has room for: the table of claims, and how they are met. */
import {fit} from '../../text/fit.ts';
import {type CellContext, COLUMNS, type Column, hasBars, SINCE} from './columns.ts';

export type Placed = {readonly column: Column; readonly cells: number};

/** `›` or a blank, before each row. */
const CURSOR_CELLS = 1;

const HEADING_CELLS = 'BACKEND ▼'.length;

/** Wanted widths that depend on the data. */
export type Wishes = {
	/** The widest name with its address. */
	readonly backend: number;
	/** The widest name, or address where there is none. */
	readonly name: number;
	/** 0: one instance, no column. */
	readonly instance: number;
	/** Columns that say nothing of any backend. */
	readonly unknown: ReadonlySet<string>;
};

/** What somebody has chosen. */
export type Chosen = {
	/** Ids of the columns, in their order; null: as many as fit, by width. */
	readonly columns: readonly string[] | null;
	/** It is always shown. */
	readonly sortedBy: string;
	/** What has changed since a mark is shown, too. */
	readonly isCompared?: boolean;
};

/** `EST +12  TW +1,204  CW +33`. */
const SINCE_CELLS = 27;

type Claim = readonly [id: string, cells: number];

/**
Who gets cells, in this order: each claim is granted whole, and the first one that there is no room for ends it. So the
narrowest screen says what is wrong where, and each wider one adds what helps most. Below WIDE one sparkline shows what
tells most of a backend.
*/
const NARROW: readonly Claim[] = [
	['STATE', 1],
	['BACKEND', 9],
	['WHY', 8],
	['EST', 4],
	['TREND', 21],
	['CW', 4],
	['WHY', 11],
	['BACKEND', 12],
	['TW', 4],
	['INSTANCE', 8],
	['BACKEND', 14],
	['RESP', 5],
	['TREND', 23],
	['WHY', 12],
	['BACKEND', 17],
	['INSTANCE', 14],
	['WHY', 15],
	['TREND', 26],
	['BACKEND', 22],
];

/** From here on every backend has its EST, TW and CW with a sparkline each. */
export const WIDE = 100;
const BARS = (id: string, bars: number): Claim => [id, (NUMBER_CELLS.get(id) ?? 0) + 1 + bars];
const NUMBER_CELLS = new Map(COLUMNS.map(({id, numberCells = 0}) => [id, numberCells]));

const ROOMY: readonly Claim[] = [
	['STATE', 1],
	['BACKEND', 9],
	['WHY', 11],
	BARS('EST', 10),
	BARS('TW', 10),
	BARS('CW', 10),
	['RESP', 5],
	['INSTANCE', 8],
	['BACKEND', 18],
	['WHY', 20],
	['WAIT', 4],
	['WHY', 30],
	['INSTANCE', 14],
	['NEW/s', 5],
	BARS('EST', 12),
	BARS('TW', 12),
	BARS('CW', 12),
	['BACKEND', 24],
	BARS('EST', 15),
	BARS('TW', 15),
	BARS('CW', 15),
	['PROC', 14],
	BARS('RESP', 10),
	['WHY', 36],
	['SYN', 4],
	['FW', 4],
	['RTX', 4],
	['BACKEND', 32],
	['INSTANCE', 18],
	['WHY', 44],
	BARS('EST', 20),
	BARS('TW', 20),
	BARS('CW', 20),
	BARS('RESP', 15),
	['BACKEND', 40],
	['PROC', 22],
	['WHY', 56],
	BARS('EST', 30),
	BARS('TW', 30),
	BARS('CW', 30),
	BARS('WAIT', 15),
	BARS('RESP', 20),
	['WHY', 70],
	['BACKEND', 48],
	BARS('NEW/s', 15),
	BARS('RESP', 30),
	BARS('EST', 60),
	BARS('TW', 60),
	BARS('CW', 60),
];

/** Beside what has changed since a mark there is room for whole addresses and the numbers; sparklines come after them. */
const COMPARED: readonly Claim[] = [
	['STATE', 1],
	['BACKEND', 9],
	['WHY', 8],
	['EST', 4],
	['CW', 4],
	['TW', 4],
	['BACKEND', 14],
	['INSTANCE', 8],
	['BACKEND', 18],
	['WHY', 11],
	['RESP', 5],
];

/** Which columns fit a width, and how wide they are: fixed for a width and for the longest names, whatever the numbers are. */
export function placeColumns(
	cells: number,
	wishes: Wishes,
	{columns, sortedBy, isCompared = false}: Chosen = AUTOMATIC,
): Placed[] {
	const widths = new Map<string, number>();
	const byId = new Map([...COLUMNS, SINCE].map((column) => [column.id, column]));
	let left = cells - CURSOR_CELLS;
	const claims = claimsOf(cells, wishes, {columns, sortedBy, isCompared});
	const compared: Claim[] = isCompared ? [['SINCE', SINCE_CELLS]] : [];
	for (const [id, claim] of [...claims.slice(0, 3), ...compared, ...claims.slice(3)]) {
		const wish =
			id === 'BACKEND' ? Math.max(wishes.backend, HEADING_CELLS) : id === 'INSTANCE' ? wishes.instance : claim;
		const wanted = Math.min(claim, wish);
		const now = widths.get(id);
		const needed = now === undefined ? wanted + (byId.get(id)?.gap ?? 0) : wanted - now;
		if (wanted <= 0 || needed <= 0) continue;
		if (needed > left) break;
		widths.set(id, wanted);
		left -= needed;
	}
	giveBack(widths, wishes, left);
	const order = columns === null ? COLUMNS.map(({id}) => id) : [...columns, ...COLUMNS.map(({id}) => id)];
	const withSince = order.flatMap((id) => (id === 'WHY' ? [SINCE.id, id] : [id]));
	return [...new Set(['STATE', ...withSince])].flatMap((id) => {
		const [granted, column] = [widths.get(id), byId.get(id)];
		return granted === undefined || column === undefined ? [] : [{column, cells: granted}];
	});
}

const AUTOMATIC: Chosen = {columns: null, sortedBy: 'STATE'};

function claimsOf(
	cells: number,
	{unknown}: Wishes,
	{columns, sortedBy, isCompared}: Required<Chosen>,
): readonly Claim[] {
	const usual = cells < WIDE ? NARROW : ROOMY;
	const claims = isCompared ? [...COMPARED, ...usual] : usual;
	const least = (id: string): Claim => claims.find((claim) => claim[0] === id) ?? [id, NUMBER_CELLS.get(id) || 5];
	if (columns !== null) {
		const chosen = new Set(['STATE', 'BACKEND', ...columns]);
		const first = [...chosen, sortedBy].map(fewest);
		return [...first, ...claims.filter(([id]) => chosen.has(id))];
	}
	const known = claims.filter(([id]) => !unknown.has(id) || id === sortedBy);
	return ['STATE', 'BACKEND'].includes(sortedBy) ? known : [...known.slice(0, 3), least(sortedBy), ...known.slice(3)];
}

/** What somebody has chosen is there, as narrow as it may be. */
function fewest(id: string): Claim {
	const [, cells = 5] = NARROW.find((claim) => claim[0] === id) ?? [];
	return [id, cells];
}

/** What is left is the reason's, the name's where there is no reason. Where not every name has room beside its address, names are alone. */
function giveBack(widths: Map<string, number>, {backend, name}: Wishes, left: number): void {
	const granted = widths.get('BACKEND') ?? 0;
	const kept = granted >= backend || granted <= name ? granted : Math.max(name, HEADING_CELLS);
	const rest = left + granted - kept;
	const why = widths.get('WHY');
	widths.set('BACKEND', why === undefined ? Math.min(Math.max(backend, HEADING_CELLS), kept + rest) : kept);
	if (why !== undefined) widths.set('WHY', why + rest);
}

/** Whether each backend has its address beside its name. */
export function hasAddresses(columns: readonly Placed[], {backend}: Wishes): boolean {
	return columns.some(({column, cells}) => column.id === 'BACKEND' && cells >= backend);
}

export type Sorted = {readonly by: string; readonly isReversed: boolean};

/** Blanks before a column and its heading; the sorted one is marked. `60s` is above the bars. */
export function heading(
	{column, cells}: Placed,
	look: CellContext,
	spanLabel: string,
	{by, isReversed}: Sorted,
): string {
	const {id, title, gap, align, numberCells = 0} = column;
	const mark = id === by ? (isReversed ? '▲' : '▼') : '';
	const gapText = ' '.repeat(gap);
	if (id === 'STATE') return fit(mark, cells);
	if (id === 'SINCE') return gapText + fit(look.compared === null ? title : `SINCE ${look.compared.letter}`, cells);
	if (id === 'TREND') return gapText + fit(spanLabel, cells);
	if (align === 'left') return gapText + fit(mark === '' ? title : `${title} ${mark}`, cells);
	const isTrend = hasBars(cells, numberCells);
	const field = isTrend ? numberCells : cells;
	const number = fit(mark + title, gap + field, 'right');
	return isTrend ? `${number} ${fit(spanLabel, cells - numberCells - 1)}` : number;
}
