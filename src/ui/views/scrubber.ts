/** The position of a replay: its span, a mark at each finding, gaps as gaps. One line. */
import type {Severity} from '../../detect/finding.ts';
import {width} from '../../text/fit.ts';
import {formatClock} from '../../text/time.ts';
import type {Playback} from '../state/playback.ts';
import {severityRole, type Theme} from '../terminal/theme.ts';
import {line, merge, type Piece} from './pieces.ts';

const RANKS: readonly Severity[] = ['notice', 'degraded', 'down'];
const MARKS: Readonly<Record<Severity, string>> = {down: '✖', degraded: '▲', notice: '·'};

export function scrubberLine(playback: Playback, theme: Theme, cells: number): string {
	const {from, to, position, zone} = playback;
	if (from === null || to === null || position === null) return '';
	const begin = beginText(playback);
	const share = to > from ? (position - from) / (to - from) : 1;
	const end = ` ${formatClock(to, zone)} ${Math.round(share * 100)} %`;
	const {length} = scrubberFrame(playback, cells);
	const pieces = barPieces(playback, from, to, position, length);
	return line(theme, cells, [[begin, 'quiet'], ...pieces, [end, 'quiet']]);
}

function beginText({from, zone}: Playback): string {
	return from === null ? '' : ` ${formatClock(from, zone)} `;
}

/** Where the bar is in its line. */
export function scrubberFrame(playback: Playback, cells: number): {readonly before: number; readonly length: number} {
	const before = width(beginText(playback));
	// as wide as the end of the line ever gets
	const after = width(' 00:00:00 100 %');
	return {before, length: Math.max(4, cells - before - after - 2)};
}

function barPieces({gaps, marks}: Playback, from: number, to: number, position: number, length: number): Piece[] {
	const place = (time: number) =>
		Math.max(0, Math.min(length - 1, Math.floor(((time - from) / Math.max(1, to - from)) * length)));
	const at = place(position);
	const cells = Array.from({length}, (_, column): Piece => (column < at ? ['━', 'accent'] : ['─', 'quiet']));
	for (const gap of gaps) for (let column = place(gap.from); column < place(gap.to); column++) cells[column] = [' '];
	const ranks = new Array<number>(length).fill(-1);
	for (const {from: time, severity} of marks ?? []) {
		const column = place(time);
		const rank = RANKS.indexOf(severity);
		if (rank <= (ranks[column] ?? -1)) continue;
		ranks[column] = rank;
		cells[column] = [MARKS[severity], severityRole(severity)];
	}
	cells[at] = ['■', 'strong'];
	return merge(cells);
}
