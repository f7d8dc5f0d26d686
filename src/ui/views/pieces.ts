/** Lines made of pieces of text, each with its meaning: measured and cut before they are coloured. */
import {cut, fit, width} from '../../text/fit.ts';
import type {Role, Theme} from '../terminal/theme.ts';

export type Piece = readonly [text: string, role?: Role];

export function piecesWidth(pieces: readonly Piece[]): number {
	return pieces.reduce((sum, [text]) => sum + width(text), 0);
}

/** Two blanks before what is at the right, one after it. */
const BESIDE = 3;

/**
One line of at most this many cells: `left` from the left edge, `right` at the right edge. Where there is no room for both,
`right` loses its first pieces; its last one stays as long as it takes no more than half, and `left` is cut.
*/
export function line(theme: Theme, cells: number, left: readonly Piece[], right: readonly Piece[] = []): string {
	const leftWidth = piecesWidth(left);
	let kept = right;
	while (kept.length > 1 && piecesWidth(kept) > cells - leftWidth - BESIDE) kept = kept.slice(1);
	const rightWidth = piecesWidth(kept);
	if (rightWidth === 0 || (rightWidth > cells - leftWidth - BESIDE && rightWidth * 2 > cells)) {
		return theme.line(paintPieces(theme, left, cells));
	}
	const room = cells - rightWidth - BESIDE;
	const padding = ' '.repeat(2 + Math.max(0, room - leftWidth));
	return theme.line(paintPieces(theme, left, room) + padding + paintPieces(theme, kept, rightWidth));
}

/**
Groups of pieces, each kept whole, in as many lines as they need: `gap` blanks between two groups of a line, and from the
second line on an indent. A group that is wider than a line is cut.
*/
export function flow(
	theme: Theme,
	cells: number,
	groups: readonly (readonly Piece[])[],
	{gap = 2, indent = 0}: {readonly gap?: number; readonly indent?: number} = {},
): string[] {
	const lines: Piece[][] = [];
	let current: Piece[] = [];
	let used = 0;
	for (const group of groups) {
		const taken = piecesWidth(group);
		if (used > 0 && used + gap + taken > cells) {
			lines.push(current);
			current = [[' '.repeat(indent)], ...group];
			used = indent + taken;
			continue;
		}
		if (used > 0) current.push([' '.repeat(gap)]);
		current.push(...group);
		used += (used > 0 ? gap : 0) + taken;
	}
	if (current.length > 0) lines.push(current);
	return lines.map((pieces) => line(theme, cells, pieces));
}

/** Between words, but not between a number and its unit. */
const BREAK = / +(?!(?:ms|min|[shd])(?:[^\w]|$))/;

/** A text's words, as groups for flow() with one blank between them. */
export function wordsOf(text: string, role: Role = 'plain'): Piece[][] {
	return text
		.split(BREAK)
		.filter(Boolean)
		.map((word): Piece[] => [[word, role]]);
}

/** Neighbours of one role as one piece: fewer bytes to the terminal. */
export function merge(pieces: readonly Piece[]): Piece[] {
	const out: Piece[] = [];
	for (const [text, role = 'plain'] of pieces) {
		const last = out.at(-1);
		if (last !== undefined && (last[1] ?? 'plain') === role) out[out.length - 1] = [last[0] + text, role];
		else out.push([text, role]);
	}
	return out;
}

export function paintPieces(theme: Theme, pieces: readonly Piece[], cells: number): string {
	let out = '';
	let left = cells;
	for (const [text, role = 'plain'] of pieces) {
		const taken = width(text);
		if (taken <= left) {
			out += theme.paint(role, text);
			left -= taken;
			continue;
		}
		const isCutShort = left > 1 && cut(text, left - 1) !== '';
		return out + (isCutShort ? theme.paint(role, fit(text, left)) : '');
	}
	return out;
}

const SGR = /\u001b\[[\d;]*m/g;

/** Two blocks of lines side by side, the right one from cell `at` on. */
export function beside(left: readonly string[], right: readonly string[], at: number): string[] {
	return Array.from({length: Math.max(left.length, right.length)}, (_, place) => {
		const [before = '', after = ''] = [left[place], right[place]];
		return after === '' ? before : before + ' '.repeat(Math.max(0, at - width(before.replace(SGR, '')))) + after;
	});
}
