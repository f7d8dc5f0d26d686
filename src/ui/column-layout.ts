/** Which columns a width has room for: the table of claims, and how they are met. */
import {fit} from '../text/fit.ts';
import {COLUMNS, type Column, type Look} from './columns.ts';

export type Placed = {readonly column: Column; readonly cells: number};

/** `›` or a blank, before each row. */
const CURSOR_CELLS = 1;

const HEADING_CELLS = 'BACKEND'.length;

/** Wanted widths that depend on the data. */
export type Wishes = {
	/** The widest name with its address. */
	readonly backend: number;
	/** The widest name, or address where there is none. */
	readonly name: number;
	/** 0: one instance, no column. */
	readonly instance: number;
};

/**
Who gets cells, in this order: a first claim is granted whole or not at all, a later one as far as there is room. So the
narrowest screen says what is wrong where, and each wider one adds what helps most.
*/
const CLAIMS: readonly (readonly [id: string, cells: number])[] = [
	['STATE', 10],
	['BACKEND', 8],
	['WHY', 10],
	['BACKEND', 15],
	['INSTANCE', 8],
	['WHY', 14],
	['EST', 5],
	['CW', 4],
	['WHY', 20],
	['RESP', 5],
	['WHY', 30],
	['BACKEND', 22],
	['WHY', 50],
	['SYN', 4],
	['EST~', 10],
	['INSTANCE', 18],
	['WAIT', 5],
	['TW', 5],
	['EST~', 15],
	['BACKEND', 28],
	['RTX', 4],
	['WHY', 56],
	['NEW/s', 5],
	['BACKEND', 36],
	['RESP~', 10],
	['WHY', 62],
	['CW~', 10],
	['FW', 4],
	['RESP~', 15],
	['CW~', 15],
	['WHY', 76],
	['BACKEND', 40],
	['EST~', 30],
	['RESP~', 20],
	['CW~', 20],
	['WHY', 400],
];

/** Which columns fit a width, and how wide they are: fixed for a width and for the longest names, whatever the numbers are. */
export function placeColumns(cells: number, wishes: Wishes): Placed[] {
	const widths = new Map<string, number>();
	const byId = new Map(COLUMNS.map((column) => [column.id, column]));
	let left = cells - CURSOR_CELLS;
	let isFull = false;
	for (const [id, claim] of CLAIMS) {
		const wish = id === 'BACKEND' ? wishes.backend : id === 'INSTANCE' ? wishes.instance : claim;
		const wanted = Math.min(claim, wish);
		const now = widths.get(id);
		const needed = now === undefined ? wanted + (byId.get(id)?.gap ?? 0) : wanted - now;
		if (wanted <= 0 || needed <= 0) continue;
		// Nothing less dear instead: a wider screen would have to take it away again.
		if (now === undefined && needed > left) isFull = true;
		if (now === undefined && isFull) continue;
		const granted = Math.min(needed, left);
		widths.set(id, now === undefined ? wanted : now + granted);
		left -= granted;
	}
	giveBack(widths, wishes);
	return COLUMNS.flatMap((column) => {
		const granted = widths.get(column.id);
		return granted === undefined ? [] : [{column, cells: granted}];
	});
}

/** Where not every name has room beside its address, names stand alone, and the reason gets what that leaves. */
function giveBack(widths: Map<string, number>, {backend, name}: Wishes): void {
	const granted = widths.get('BACKEND') ?? 0;
	const why = widths.get('WHY');
	if (granted >= backend || granted <= name || why === undefined) return;
	const kept = Math.max(name, HEADING_CELLS);
	if (kept >= granted) return;
	widths.set('BACKEND', kept);
	widths.set('WHY', why + granted - kept);
}

/** Whether each backend stands with its address beside its name. */
export function hasAddresses(columns: readonly Placed[], {backend}: Wishes): boolean {
	return columns.some(({column, cells}) => column.id === 'BACKEND' && cells >= backend);
}

/** Whether WHY shows how many are established where it has no reason to show: the column for it has no room. */
export function isSparkInWhy(columns: readonly Placed[]): boolean {
	return !columns.some(({column}) => column.id === 'EST~');
}

/** A heading as wide as its column. */
export function heading({column, cells}: Placed, look: Look, spanLabel: string): string {
	if (column.id === 'WHY' && look.isSparkInWhy && cells >= 20) return fit(`WHY, or EST ${spanLabel}`, cells);
	const title = column.id.endsWith('~') ? `${column.title} ${spanLabel}` : column.title;
	return fit(title, cells, column.align);
}
