/** One finding in sentences: what was seen, who owes what, where to look next. */
import {type Finding, severityGlyph} from '../../detect/finding.ts';
import {duration} from '../../text/duration.ts';
import {fit, wrap} from '../../text/fit.ts';
import {formatClock} from '../../text/time.ts';
import type {ScreenState} from '../state/state.ts';
import {severityRole, type Theme} from '../terminal/theme.ts';
import {flow, line, type Piece, wordsOf} from './pieces.ts';

const INDENT = 3;

/** A head and the message after it, then the hint after an arrow. Nothing is cut: it takes the lines it needs. */
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

/** Where a rule is explained. */
export function ruleReference(rule: Finding['rule']): string {
	return `docs/rules.md#${rule}`;
}

/** One that is over, in one line: when, for how long, where if that is not clear, and what. */
export function pastLine(
	{severity, rule, message, from, to}: Finding,
	name: string | null,
	{playback}: ScreenState,
	theme: Theme,
	cells: number,
): string {
	const lasted = to === null ? 'open' : duration(to - from);
	return line(theme, cells, [
		[` ${formatClock(from, playback.zone)}  ${fit(lasted, 8)} `, 'quiet'],
		[`${severityGlyph(severity)} `, severityRole(severity)],
		[name === null ? '' : `${name} `],
		[rule, severityRole(severity)],
		[`: ${message}`, 'quiet'],
	]);
}
