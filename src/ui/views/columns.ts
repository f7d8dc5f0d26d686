/** The table's columns: what they show, how wide they are, what they sort by, what help says. */

import {GLYPHS, severityGlyph} from '../../detect/finding.ts';
import {ownEndFirst} from '../../detect/own-end.ts';
import type {Thresholds} from '../../detect/thresholds.ts';
import {MULTIPLEXED} from '../../model/multiplexed.ts';
import {isStoppedState} from '../../reading.ts';
import {backendLabel} from '../../text/backend-label.ts';
import {duration} from '../../text/duration.ts';
import {fit, width} from '../../text/fit.ts';
import {differencePieces, type OwnMark} from '../state/own-marks.ts';
import {type BackendRow, type SortValue, stateRank, worstFinding} from '../state/rows.ts';
import {type Role, severityRole} from '../terminal/theme.ts';
import {evidenceOf, MEASURES, type Measure, type MeasureId} from './measures.ts';
import {type Piece, piecesWidth} from './pieces.ts';
import {isAbout, type Past, stepsOf, type TimeSpan, trendPieces} from './trend.ts';

/** What a cell may depend on besides its row. */
export type CellContext = TimeSpan & {
	/** Names have their addresses beside them: all of them, or none. */
	readonly hasAddresses: boolean;
	/** Keys of the rows below their group's line. */
	readonly grouped: ReadonlySet<string>;
	readonly thresholds: Thresholds;
	/** Before a number that warms where there are no colours. */
	readonly warmMark: string;
	/** Ids of the columns that are shown. */
	readonly shown: ReadonlySet<string>;
	readonly past: Past;
	/** What the table is compared with; null: nothing. */
	readonly compared: OwnMark | null;
};

export type Column = {
	readonly id: string;
	readonly title: string;
	/** For the help screen and the chooser. */
	readonly meaning: string;
	/** Blank cells before it. */
	readonly gap: number;
	readonly align: 'left' | 'right';
	/** What it sorts by; columns without it cannot be sorted by. */
	readonly value?: (row: BackendRow) => SortValue;
	/** Whether it says something of a row: a column that says nothing of any is not shown. */
	readonly isKnown?: (row: BackendRow) => boolean;
	/** Its number takes this many cells; what it has beyond is its sparkline's. */
	readonly numberCells?: number;
	/** Pieces of any width; they are fitted. */
	readonly cell: (row: BackendRow, cells: number, look: CellContext) => readonly Piece[];
};

/** Number, a blank, and this many bars at least. */
const FEWEST_BARS = 10;

export function hasBars(cells: number, numberCells: number): boolean {
	return cells >= numberCells + 1 + FEWEST_BARS;
}

/** What the table is there to show, whatever is known. */
const ALWAYS: ReadonlySet<string> = new Set(['EST', 'TW', 'CW']);

function measured(id: MeasureId, title: string, meaning: string, numberCells: number): Column {
	const measure = MEASURES[id];
	return {
		id,
		title,
		meaning,
		gap: 1,
		align: 'right',
		numberCells,
		value: (row) => measure.read(row) ?? -1,
		// What is not read now still has its past.
		...(ALWAYS.has(id) ? {} : {isKnown: (row: BackendRow) => !isBlind(row) && measure.read(row) !== null}),
		cell: (row, cells, look) => {
			if (!hasBars(cells, numberCells)) return [numberPiece(row, measure, cells, look)];
			return [
				numberPiece(row, measure, numberCells, look),
				[' '],
				...trendPieces(row, measure, look, cells - numberCells - 1, look.past(row)),
			];
		},
	};
}

/** The number of a measure, in the colour of what it means now, as wide as its cells. */
function numberPiece(row: BackendRow, measure: Measure, cells: number, look: CellContext): Piece {
	const value = isBlind(row) ? null : measure.read(row);
	const role = numberRole(row, measure, value, look);
	const mark = role === 'warm' ? look.warmMark : '';
	return [fit(mark + measure.write(value, cells - width(mark)), cells, 'right'), role];
}

function numberRole(row: BackendRow, measure: Measure, value: number | null, {thresholds}: CellContext): Role {
	const finding = row.verdict.findings.find((finding) => isAbout(finding, measure));
	if (finding !== undefined) return severityRole(finding.severity);
	if (value === null || value === 0) return 'quiet';
	return measure.isWarm(row, thresholds) ? 'warm' : 'plain';
}

function isBlind({instance, members}: BackendRow): boolean {
	return members === undefined ? instance.problem !== null : members.every(isBlind);
}

/** The measure that tells most of a row, over time: its name, its bars, its number. */
function trendCell(row: BackendRow, cells: number, look: CellContext): Piece[] {
	const measure = evidenceOf(row, look.thresholds);
	const bars = stepsOf(Math.max(1, cells - TREND_LABEL_CELLS - 1 - TREND_NUMBER_CELLS), look);
	const [number, role] = numberPiece(row, measure, TREND_NUMBER_CELLS, look);
	return [
		[fit(measure.id, TREND_LABEL_CELLS), measure.role],
		...trendPieces(row, measure, look, bars, look.past(row)),
		[' '],
		[number.trim(), role ?? 'plain'],
	];
}

const TREND_LABEL_CELLS = 5;
const TREND_NUMBER_CELLS = 5;

/** `gunicorn 812 S`, `gunicorn ended`: the number and the state stay whole, the name is cut. */
function processCell({backend, members}: BackendRow, cells: number): Piece[] {
	const {server} = backend;
	if (server === null || server.name === null || members !== undefined) return [];
	const {name, pid, state, isListening} = server;
	const isWell = isListening && !isStoppedState(state) && !ENDED_STATES.has(state ?? '');
	const after = isListening ? [pid, state].map((part) => (part === null ? '' : ` ${part}`)).join('') : ' ended';
	return [
		[fit(name, Math.max(1, Math.min(width(name), cells - width(after)))), isWell ? 'plain' : 'down'],
		[after, isWell ? 'quiet' : 'down'],
	];
}

/** A zombie, dead. */
const ENDED_STATES: ReadonlySet<string> = new Set(['Z', 'X']);

/** `unreachable: 3 dials unanswered for 4 s`, and how many more findings there are. */
function whyCell(row: BackendRow, cells: number, look: CellContext): Piece[] {
	const {verdict, backend, instance, members} = row;
	if (members !== undefined) return groupReason(members);
	const finding = worstFinding(verdict);
	const evidence = hiddenEvidence(row, cells, look);
	if (finding !== null) {
		const role = severityRole(finding.severity);
		const more = verdict.findings.length > 1 ? ` +${verdict.findings.length - 1}` : '';
		const name: Piece = [
			`${finding.severity === 'notice' ? `${severityGlyph(finding.severity)} ` : ''}${finding.rule}`,
			role,
		];
		if (cells < width(name[0]) + SHORTEST_MESSAGE) return [name, ...evidence, [more, role]];
		return [name, ...evidence, [`: ${ownEndFirst(finding.message)}${more}`, role]];
	}
	if (instance.problem !== null) return [[instance.problem, 'unknown']];
	if (verdict.state === 'unknown' && verdict.caveat) return [[verdict.caveat, 'unknown']];
	if (evidence.length > 0) return evidence;
	if (backend.isMultiplexed) return [[MULTIPLEXED, 'quiet']];
	if (backend.role !== null) return [[roleHint(backend), 'quiet']];
	return [[newcomer(row, look), 'quiet']];
}

/** A message of fewer cells is not begun. */
const SHORTEST_MESSAGE = 14;

/** What a finding was made of, where no column shows it: ` FW 204 ▁▂▃▄▅▆▇█`. */
function hiddenEvidence(row: BackendRow, cells: number, look: CellContext): Piece[] {
	const measure = evidenceOf(row, look.thresholds);
	if (look.shown.has(measure.id) || look.shown.has('TREND') || isBlind(row)) return [];
	const [number, role = 'plain'] = numberPiece(row, measure, TREND_NUMBER_CELLS, look);
	const text: Piece[] = [
		[` ${measure.id} `, measure.role],
		[number.trim(), role],
	];
	if (cells < ROOMY_REASON) return text;
	return [...text, [' '], ...trendPieces(row, measure, look, FEWEST_BARS, look.past(row))];
}

/** From this many cells on, the reason has room for bars. */
const ROOMY_REASON = 34;

/** `1 of 3 down: refused`. */
function groupReason(members: readonly BackendRow[]): Piece[] {
	const pieces: Piece[] = [];
	for (const state of ['down', 'degraded', 'unknown'] as const) {
		const bad = members.filter(({verdict}) => verdict.state === state);
		if (bad.length === 0) continue;
		const rules = [...new Set(bad.flatMap(({verdict}) => worstFinding(verdict)?.rule ?? []))].join(', ');
		const what = rules === '' ? '' : `: ${rules}`;
		pieces.push([
			`${pieces.length > 0 ? '  ' : ''}${GLYPHS[state]} ${bad.length} of ${members.length} ${state}${what}`,
			state,
		]);
	}
	return pieces;
}

/** A backend that came while its Traefik was watched: nothing is known of what is usual there. */
function newcomer({backend, instance}: BackendRow, {clockMs}: CellContext): string {
	const seenMs = clockMs - backend.track.firstSeenMs;
	const isNew = seenMs < NEW_MS && backend.track.firstSeenMs - instance.track.firstSeenMs > NEW_AFTER_MS;
	return isNew ? `seen for ${duration(Math.floor(seenMs / 1000) * 1000)}` : '';
}

const NEW_MS = 60_000;
const NEW_AFTER_MS = 5_000;

/** What may not be a backend at all, and how not to see it: `Consul? --ignore :8500 hides it`. */
export function roleHint({role, address}: BackendRow['backend']): string {
	return role === null ? '' : `${role} --ignore ${address.slice(address.lastIndexOf(':'))} hides it`;
}

/** Name and address where all of them fit, else the name, else as much of the address's end as fits. */
function backendText({backend, members}: BackendRow, cells: number, {hasAddresses}: CellContext): string {
	if (members !== undefined) return backend.name ?? '';
	if (backend.name !== null && !hasAddresses) return backend.name;
	const label = backendLabel(backend);
	return width(label) <= cells || backend.name !== null ? label : `…${label.slice(label.length - cells + 1)}`;
}

function backendRole({verdict, members}: BackendRow): Role {
	if (members !== undefined) return 'title';
	return verdict.state === 'idle' ? 'quiet' : verdict.state === 'ok' ? 'plain' : 'strong';
}

/** Before a row below its group's line. */
export const INDENT = '  ';

/** Beside the others, before the reason, while the table is compared with a mark. */
export const SINCE: Column = {
	id: 'SINCE',
	title: 'SINCE MARK',
	meaning: 'change since the mark chosen with =',
	gap: 2,
	align: 'left',
	cell: (row, _cells, {compared}) => (compared === null ? [] : differencePieces(row, compared)),
};

export const COLUMNS: readonly Column[] = [
	{
		id: 'STATE',
		title: 'STATE',
		meaning: 'the worst of its findings; see below',
		gap: 0,
		align: 'left',
		value: ({verdict}) => -stateRank(verdict.state),
		cell: ({verdict}) => [[GLYPHS[verdict.state], verdict.state]],
	},
	{
		id: 'INSTANCE',
		title: 'INSTANCE',
		meaning: 'the Traefik that dials it: host/pid',
		gap: 1,
		align: 'left',
		value: ({instance}) => instance.id,
		cell: ({instance, members}) => [[members === undefined ? instance.id : '', 'quiet']],
	},
	{
		id: 'BACKEND',
		title: 'BACKEND',
		meaning: 'one address that Traefik dials',
		gap: 1,
		align: 'left',
		value: ({backend}) => backendLabel(backend),
		cell: (row, cells, look) => {
			const indent = look.grouped.has(row.key) ? INDENT : '';
			return [[indent + backendText(row, cells - indent.length, look), backendRole(row)]];
		},
	},
	measured('EST', 'EST', 'ESTABLISHED: usable connections', 5),
	measured('TW', 'TW', 'TIME_WAIT: closed by Traefik; normal', 5),
	measured('CW', 'CW', 'CLOSE_WAIT: only the backend closed', 5),
	measured('SYN', 'SYN', 'SYN_SENT: dials not answered yet', 4),
	measured('FW', 'FW', 'FIN_WAIT1 and 2: only Traefik closed', 4),
	measured('RTX', 'RTX', 'connections that retransmit or probe', 4),
	measured('RESP', 'RESP', 'median response time of the last 15 s', 5),
	measured('WAIT', 'WAIT', 'requests sent and not answered yet', 4),
	measured('NEW/s', 'NEW/s', 'connections opened per second', 5),
	{
		id: 'PROC',
		title: 'PROC',
		meaning: 'its process here: name, pid, state',
		gap: 1,
		align: 'left',
		value: ({backend}) => backend.server?.name ?? '',
		isKnown: ({backend, members}) => members === undefined && backend.server !== null && backend.server.name !== null,
		cell: processCell,
	},
	{
		id: 'TREND',
		title: 'TREND',
		meaning: 'its most telling number over time',
		gap: 2,
		align: 'left',
		cell: trendCell,
	},
	{
		id: 'WHY',
		title: 'WHY',
		meaning: 'the worst finding; +1: one more',
		gap: 2,
		align: 'left',
		value: ({verdict}) => worstFinding(verdict)?.rule ?? '\uffff',
		cell: whyCell,
	},
];

export const SORTABLE: readonly Column[] = COLUMNS.filter(({value}) => value !== undefined);

/** Pieces in exactly this many cells. */
export function fitPieces(pieces: readonly Piece[], cells: number, align: 'left' | 'right'): Piece[] {
	const taken = piecesWidth(pieces);
	if (taken <= cells) {
		const padding: Piece = [' '.repeat(cells - taken)];
		return align === 'left' ? [...pieces, padding] : [padding, ...pieces];
	}
	const out: Piece[] = [];
	let left = cells;
	for (const [text, role = 'plain'] of pieces) {
		const wanted = width(text);
		if (wanted < left) {
			out.push([text, role]);
			left -= wanted;
			continue;
		}
		out.push([fit(`${text}${wanted === left ? '…' : ''}`, left), role]);
		return out;
	}
	return out;
}
