/** Lines made of pieces of text, each with its meaning: measured and cut before they are coloured. */
import {cut, fit, isPlain, width} from '../../text/fit.ts';
import type {Role, Theme} from '../terminal/theme.ts';

export type Piece = readonly [text: string, role?: Role];

export function piecesWidth(pieces: readonly Piece[]): number {
	// not [text] of each: taking an array apart makes an iterator, and this is asked of every cell
	let cells = 0;
	for (let at = 0; at < pieces.length; at++) cells += width((pieces[at] as Piece)[0]);
	return cells;
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
	for (let at = 0; at < pieces.length; ) {
		const first = pieces[at] as Piece;
		const role = first[1] ?? 'plain';
		let text = first[0];
		for (at++; at < pieces.length && (pieces[at]?.[1] ?? 'plain') === role; at++) text += pieces[at]?.[0] ?? '';
		out.push([text, role]);
	}
	return out;
}

export function paintPieces(theme: Theme, pieces: readonly Piece[], cells: number): string {
	let out = '';
	let left = cells;
	for (let at = 0; at < pieces.length; at++) {
		const piece = pieces[at] as Piece;
		const text = piece[0];
		const role = piece[1] ?? 'plain';
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
const ESCAPE = 0x1b;

/** Cells of a text with colours; of most texts without taking the colours out first. */
function paintedWidth(text: string): number {
	let cells = 0;
	for (let at = 0; at < text.length; at++) {
		const code = text.charCodeAt(at);
		if (code === ESCAPE) at = text.indexOf('m', at);
		else if (isPlain(code)) cells++;
		else return width(text.replace(SGR, ''));
		if (at < 0) return width(text.replace(SGR, ''));
	}
	return cells;
}

/** Two blocks of lines side by side, the right one from cell `at` on. */
export function beside(left: readonly string[], right: readonly string[], at: number): string[] {
	return Array.from({length: Math.max(left.length, right.length)}, (_, place) => {
		const [before = '', after = ''] = [left[place], right[place]];
		return after === '' ? before : before + ' '.repeat(Math.max(0, at - paintedWidth(before))) + after;
	});
}
