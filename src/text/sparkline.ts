/** Values over time as block characters; null, what was not read, is a hole. */

/** Eighths of a cell, from nothing to full. */
const EIGHTHS = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;
/** Drawn where nothing was read: 0 has its lowest bar, so that blank is unmistakable. */
const HOLE = ' ';

/** The largest known value, at least `floor`. */
export function peak(values: readonly (number | null)[], floor = 0): number {
	let most = floor;
	for (let at = 0; at < values.length; at++) {
		const value = values[at] ?? null;
		if (value !== null && value > most) most = value;
	}
	return most;
}

/**
One line, one cell per value. 0 is the lowest bar, `max` (default: the largest value) the full one. A small `max` would
make noise look like an event: pass a floor.
*/
export function sparkline(values: readonly (number | null)[], max = peak(values)): string {
	let line = '';
	for (const value of values) {
		if (value === null) line += HOLE;
		else if (value <= 0 || max <= 0) line += EIGHTHS[1];
		else line += EIGHTHS[Math.max(2, Math.min(8, 1 + Math.round((value / max) * 7)))];
	}
	return line;
}

/** A filled graph of several lines, top first; zero is empty but for its baseline, a hole is blank there, too. */
export function graph(values: readonly (number | null)[], lines: number, max: number): string[] {
	const out: string[] = [];
	for (let line = lines - 1; line >= 0; line--) {
		let text = '';
		for (const value of values) text += cell(value, line, lines, max);
		out.push(text);
	}
	return out;
}

function cell(value: number | null, line: number, lines: number, max: number): string {
	if (value === null) return line === 0 ? HOLE : ' ';
	if (value <= 0 || max <= 0) return line === 0 ? '▁' : ' ';
	const eighths = Math.max(2, Math.round((Math.min(value, max) / max) * lines * 8)) - line * 8;
	return EIGHTHS[Math.max(0, Math.min(8, eighths))] ?? ' ';
}

/** The next round number at or above a value, for the top of an axis: 1, 2, 5, 10, 20, 50 … */
export function niceCeiling(value: number): number {
	return ceilingOf(value, [1, 2, 5]);
}

/** The same in finer steps, so that what is drawn uses its height: 1, 1.5, 2, 3, 4, 5, 7, 10, 15 … */
export function fineCeiling(value: number): number {
	return ceilingOf(value, [1, 1.5, 2, 3, 4, 5, 7]);
}

function ceilingOf(value: number, steps: readonly number[]): number {
	if (value <= 1) return 1;
	const magnitude = 10 ** Math.floor(Math.log10(value));
	for (const step of steps) {
		if (value <= step * magnitude) return step * magnitude;
	}
	return 10 * magnitude;
}
