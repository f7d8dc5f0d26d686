/** Marks that somebody sets at instants, to come back to and to compare the table with. */
import {GLYPHS, type State} from '../../detect/finding.ts';
import {count} from '../../text/count.ts';
import {shortDuration} from '../../text/duration.ts';
import type {Piece} from '../views/pieces.ts';
import type {BackendRow} from './rows.ts';

/** What a row was at a mark. */
type Kept = {
	readonly state: State;
	readonly established: number;
	readonly timeWait: number;
	readonly closeWait: number;
	readonly responseMs: number | null;
};

export type OwnMark = {
	/** `a` to `z`, then from the beginning. */
	readonly letter: string;
	/** Unix ms. */
	readonly time: number;
	readonly rows: ReadonlyMap<string, Kept>;
};

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

/** With one more at an instant; one that is there already is set again. Of 27 the oldest goes. */
export function addMark(
	marks: readonly OwnMark[],
	time: number,
	rows: ReadonlyMap<string, BackendRow>,
): readonly OwnMark[] {
	const same = marks.find((mark) => mark.time === time);
	const used = new Set(marks.map(({letter}) => letter));
	const free = [...LETTERS].find((letter) => !used.has(letter));
	const letter = same?.letter ?? free ?? marks[0]?.letter ?? 'a';
	const kept = new Map([...rows].map(([key, row]) => [key, keep(row)]));
	return [...marks.filter((mark) => mark.letter !== letter), {letter, time, rows: kept}];
}

function keep({backend: {connections, responseMs}, verdict: {state}}: BackendRow): Kept {
	const {established, timeWait, closeWait} = connections;
	return {state, established, timeWait, closeWait, responseMs: responseMs?.p50 ?? null};
}

/** The next of them to compare with: the newest first, then the one before; after the last, none. */
export function nextCompared(marks: readonly OwnMark[], letter: string | null): string | null {
	const order = marks.map((mark) => mark.letter).reverse();
	return order[letter === null ? 0 : order.indexOf(letter) + 1] ?? null;
}

/** `was ●  EST +12  CW +33  RESP +2.9s`: what has changed since; `new` where the mark did not have it. */
export function differencePieces(row: BackendRow, mark: OwnMark): Piece[] {
	if (row.members !== undefined) return [];
	const before = mark.rows.get(row.key);
	if (before === undefined) return [['new', 'accent']];
	const now = keep(row);
	const signed = (change: number, text: string) => `${change > 0 ? '+' : '−'}${text}`;
	const pieces = (
		[
			['EST', 'est', 'established'],
			['TW', 'tw', 'timeWait'],
			['CW', 'cw', 'closeWait'],
		] as const
	).flatMap(([label, role, key]): Piece[] => {
		const change = now[key] - before[key];
		return change === 0 ? [] : [[`${label} `, role], [`${signed(change, count(Math.abs(change)))}  `]];
	});
	const slower = (now.responseMs ?? 0) - (before.responseMs ?? 0);
	const isKnown = now.responseMs !== null && before.responseMs !== null;
	if (isKnown && Math.abs(slower) >= 1) {
		pieces.push(['RESP ', 'resp'], [signed(slower, shortDuration(Math.abs(slower)))]);
	}
	if (now.state !== before.state) pieces.unshift(['was ', 'quiet'], [`${GLYPHS[before.state]}  `, before.state]);
	return pieces.length === 0 ? [['the same', 'quiet']] : pieces;
}
