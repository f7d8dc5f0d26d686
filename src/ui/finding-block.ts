/** One finding in sentences: what was seen, who owes what, where to look next. */
import type {Finding} from '../finding.ts';
import {wrap} from '../text/fit.ts';
import {flow, line, type Piece, wordsOf} from './pieces.ts';
import type {Theme} from './theme.ts';

const INDENT = 3;

/** A head and the message after it, then the hint behind an arrow. Nothing is cut: it takes the lines it needs. */
export function findingBlock(
	head: readonly Piece[],
	{message, hint}: Pick<Finding, 'message' | 'hint'>,
	theme: Theme,
	cells: number,
): string[] {
	return [
		...flow(theme, cells, [head, ...wordsOf(message)], {gap: 1, indent: INDENT}),
		...wrap(hint, Math.max(10, cells - INDENT - 3)).map((text, place) =>
			line(theme, cells, [
				[place === 0 ? '   → ' : '     ', 'accent'],
				[text, 'quiet'],
			]),
		),
	];
}
