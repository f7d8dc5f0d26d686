/** Lines made of pieces of text, each with its meaning: measured and cut before they are coloured. */
import {cut, fit, width} from '../text/fit.ts';
import type {Role, Theme} from './theme.ts';

export type Piece = readonly [text: string, role?: Role];

export function piecesWidth(pieces: readonly Piece[]): number {
	return pieces.reduce((sum, [text]) => sum + width(text), 0);
}

/**
One line of at most so many cells: `left` from the left edge, cut with an ellipsis where it must be; `right` at the right
edge, dropped from its beginning when there is no room for both.
*/
export function line(theme: Theme, cells: number, left: readonly Piece[], right: readonly Piece[] = []): string {
	const room = cells - piecesWidth(left) - 2;
	let kept = right;
	while (kept.length > 0 && piecesWidth(kept) > room) kept = kept.slice(1);
	const rightWidth = piecesWidth(kept);
	const leftText = paintPieces(theme, left, rightWidth === 0 ? cells : cells - rightWidth - 2);
	if (rightWidth === 0) return theme.line(leftText);
	const padding = ' '.repeat(Math.max(2, cells - piecesWidth(left) - rightWidth));
	return theme.line(leftText + padding + paintPieces(theme, kept, rightWidth));
}

function paintPieces(theme: Theme, pieces: readonly Piece[], cells: number): string {
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
