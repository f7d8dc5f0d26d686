/** How the table's part of the screen is shared out: rows, what is selected below them, at the right what happened. */

export type TablePlan = {
	/** Of the table, heading included. */
	readonly tableLines: number;
	readonly tableCells: number;
	/** Below the table, the rule above them included; 0: no room. */
	readonly panelLines: number;
	/** Right of the table, over its whole height; 0: no room. */
	readonly asideCells: number;
};

/** From this many cells on, graphs and explanation are side by side. */
export const SIDE_BY_SIDE = 140;
/** From this many on there is a pane at the right. */
const WITH_ASIDE = 200;
const ASIDE_SHARE = 0.26;
const FEWEST_ASIDE = 50;
const MOST_ASIDE = 76;

export function planTable(rows: number, cells: number, lines: number): TablePlan {
	const asideCells =
		cells < WITH_ASIDE ? 0 : Math.max(FEWEST_ASIDE, Math.min(MOST_ASIDE, Math.floor(cells * ASIDE_SHARE)));
	const most = lines - fewestBelow(lines);
	const tableLines = Math.max(1, Math.min(rows + 1, most));
	// A rule above nothing is only a line.
	const rest = lines - tableLines;
	return {tableLines, tableCells: cells - asideCells, panelLines: rest < 2 ? 0 : rest, asideCells};
}

/** Kept for what is selected, however many rows there are. */
function fewestBelow(lines: number): number {
	if (lines < 9) return 0;
	if (lines < 16) return 4;
	if (lines < 26) return 6;
	return Math.floor(lines * (lines < 36 ? 0.36 : 0.44));
}
