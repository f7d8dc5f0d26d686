/**
Keys, columns of every view, findings, states and colours, as lines, from the tables that the screen itself runs on. In as
many columns as leave every text whole; a search leaves the entries in which its words occur.
*/
import {STATES} from '../../detect/finding.ts';
import {ABOUT_RULES} from '../../detect/index.ts';
import {fit, width, wrap} from '../../text/fit.ts';
import {COMMANDS, type Command, recordOf} from '../state/commands.ts';
import {type Role, stateLabel, type Theme} from '../terminal/theme.ts';
import {COLUMNS, SINCE} from './columns.ts';
import {METRIC_LOOKS} from './metric-look.ts';
import {line, type Piece} from './pieces.ts';

type Entry = {readonly label: string; readonly role: Role; readonly meaning: string};
type Section = {readonly title: string; readonly entries: readonly Entry[]};

const INTRODUCTION =
	'A backend is one address that Traefik dials. All of this is read from the kernel’s TCP tables: nothing is sent to Traefik or to a backend.';

const STATE_MEANINGS = {
	down: 'no request gets through',
	degraded: 'some fail or are slow',
	unknown: 'cannot be seen; the header says why',
	ok: 'nothing points to trouble',
	idle: 'no connection, no dial: normal',
} as const;

const named = (role: Role, entries: readonly (readonly [label: string, meaning: string])[]): Entry[] =>
	entries.map(([label, meaning]) => ({label, role, meaning}));

const SECTIONS: readonly Section[] = [
	{
		title: 'Keys',
		entries: (Object.keys(COMMANDS) as Command[]).flatMap((command): Entry[] => {
			const [label, meaning] = recordOf(command).help ?? [];
			return label === undefined || meaning === undefined ? [] : [{label, role: 'accent', meaning}];
		}),
	},
	{
		title: 'Columns of the table',
		entries: [...COLUMNS, SINCE].map(({title, meaning}): Entry => ({label: title, role: 'accent', meaning})),
	},
	{
		title: 'One backend: graphs and sockets',
		entries: [
			...Object.values(METRIC_LOOKS).map(
				({label, role, meaning}): Entry => ({label, role, meaning: `${meaning} over time`}),
			),
			...named('quiet', [
				['╌╌╌', 'the alarm threshold; above half of it the graph is warm'],
				['peak', 'the largest value of the last 15 minutes'],
				['PORT', 'the local port of a connection'],
				['FOR', 'how long it has been in its state'],
				['WAITS', 'how long its request has been waiting for an answer'],
				['TX-Q RX-Q', 'bytes sent and not acknowledged; received and not read'],
				['TIMER', 'what the kernel waits for: retransmit, keepalive, zero window'],
				['RETR PROBES', 'resends and probes without an answer'],
				['SENT RECEIVED', 'bytes since it was opened'],
				['INODE', 'inode of its descriptor; – once it has no owner'],
			]),
		],
	},
	{
		title: 'Findings and instances',
		entries: named('quiet', [
			['SEEN', 'when it opened: the first reading that could show it'],
			['LASTED', 'from opening to closing; open: it still holds; ahead: later in this replay'],
			['WHAT WHERE', 'the rule, and the backend or Traefik it is about'],
			['EVIDENCE', 'the numbers it is based on, as last seen'],
			['accept queue', 'clients that Traefik has not accepted yet, and the limit'],
		]),
	},
	{
		title: 'Rules: docs/rules.md#NAME says more',
		entries: ABOUT_RULES.map(({id, meaning}) => ({label: id, role: 'strong', meaning})),
	},
	{
		title: 'States and colours',
		entries: [
			...STATES.map((state): Entry => ({label: stateLabel(state), role: state, meaning: STATE_MEANINGS[state]})),
			...named('quiet', [['· notice', 'worth knowing, not an alarm']]),
			...named('warm', [['warm', 'over half of its limit; ↑ without colours']]),
			...named('quiet', [
				['rising bars', 'a graph in the colour of its column; in that of a finding while one was open'],
				['a gap', 'nothing was read then'],
				['–', 'unknown; never 0'],
			]),
		],
	},
];

/** With blank lines between the sections where `lines` has room for them. */
export function helpLines(theme: Theme, cells: number, lines: number, search = ''): string[] {
	const words = search.toLowerCase().split(/\s+/).filter(Boolean);
	const sections = SECTIONS.map(({title, entries}) => ({title, entries: entries.filter((entry) => has(entry, words))}));
	const found = sections.filter(({entries}) => entries.length > 0);
	if (found.length === 0) return [line(theme, cells, [[` no match for “${search}”: Esc shows everything`, 'quiet']])];
	const introduction = wrap(INTRODUCTION, Math.max(10, cells - 2));
	const parts = [
		...(words.length > 0 ? [] : [introduction.map((text) => line(theme, cells, [[` ${text}`, 'quiet']]))]),
		...found.map(({title, entries}) => section(title, entries, theme, cells)),
	];
	const isRoomy = parts.flat().length + parts.length - 1 <= lines;
	return parts.flatMap((part, place) => (isRoomy && place > 0 ? ['', ...part] : part));
}

function has({label, meaning}: Entry, words: readonly string[]): boolean {
	const text = `${label} ${meaning}`.toLowerCase();
	return words.every((word) => text.includes(word));
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
