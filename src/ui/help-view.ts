/**
Keys, columns and words, as lines, from the tables that the screen itself runs on. In as many columns as leave every text
whole.
*/
import {STATES} from '../finding.ts';
import {fit, width, wrap} from '../text/fit.ts';
import {COLUMNS} from './columns.ts';
import {BINDINGS} from './keys.ts';
import {line, type Piece} from './pieces.ts';
import {type Role, stateLabel, type Theme} from './theme.ts';

type Entry = {readonly label: string; readonly role: Role; readonly meaning: string};

const INTRODUCTION =
	'A backend is one address that Traefik dials. All of this is read from the kernel’s TCP tables: nothing is sent to Traefik or to a backend.';

const STATE_MEANINGS = {
	down: 'no request gets through',
	degraded: 'some fail or are slow',
	unknown: 'it cannot be seen; the top says why',
	ok: 'nothing points to trouble',
	idle: 'no connection, no dial: normal',
} as const;

const KEYS: readonly Entry[] = BINDINGS.flatMap(({help}): Entry[] =>
	help === null ? [] : [{label: help.label, role: 'accent', meaning: help.meaning}],
);
/** The graphs are one entry: their titles and the heading say the rest. */
const COLUMN_ENTRIES: readonly Entry[] = [
	...COLUMNS.map(({title, meaning}): Entry => ({label: title, role: 'accent', meaning})),
	{label: 'EST 60s', role: 'accent', meaning: 'the same over time; a gap was not read'},
];
const WORDS: readonly Entry[] = [
	...STATES.map((state): Entry => ({label: stateLabel(state), role: state, meaning: STATE_MEANINGS[state]})),
	{label: '· notice', role: 'quiet', meaning: 'worth knowing, no alarm'},
	{label: '–', role: 'quiet', meaning: 'cannot be known; never 0'},
];

/** With blank lines between the sections where `lines` has room for them. */
export function helpLines(theme: Theme, cells: number, lines: number): string[] {
	const introduction = wrap(INTRODUCTION, Math.max(10, cells - 2));
	const parts = [
		introduction.map((text) => line(theme, cells, [[` ${text}`, 'quiet']])),
		section('Keys', KEYS, theme, cells),
		section('Columns', COLUMN_ENTRIES, theme, cells),
		section('States and colours', WORDS, theme, cells),
	];
	const isRoomy = parts.flat().length + parts.length - 1 <= lines;
	return parts.flatMap((part, place) => (isRoomy && place > 0 ? ['', ...part] : part));
}

/** A heading, and its entries in columns that read downwards. */
function section(title: string, entries: readonly Entry[], theme: Theme, cells: number): string[] {
	const labelCells = Math.max(...entries.map(({label}) => width(label)));
	const widest = Math.max(...entries.map(({meaning}) => width(meaning)));
	const across = Math.max(1, Math.min(4, Math.floor(cells / (labelCells + widest + 4))));
	const down = Math.ceil(entries.length / across);
	const room = across === 1 ? Math.max(10, cells - labelCells - 3) : Math.floor(cells / across) - labelCells - 3;
	const rows = Array.from({length: down}, (_, row) =>
		Array.from({length: across}, (_, column) => entries[column * down + row]).flatMap((entry) => entry ?? []),
	);
	return [
		line(theme, cells, [[` ${title}`, 'title']]),
		...rows.flatMap((row) => rowLines(row, labelCells, room, theme, cells)),
	];
}

function rowLines(row: readonly Entry[], labelCells: number, room: number, theme: Theme, cells: number): string[] {
	const [only] = row;
	if (row.length > 1 || only === undefined) {
		const pieces = row.flatMap(({label, role, meaning}, place): Piece[] => [
			[` ${fit(label, labelCells)}  `, role],
			[place === row.length - 1 ? meaning : fit(meaning, room)],
		]);
		return [line(theme, cells, pieces)];
	}
	return wrap(only.meaning, room).map((text, place) =>
		line(theme, cells, [[` ${fit(place === 0 ? only.label : '', labelCells)}  `, only.role], [text]]),
	);
}
