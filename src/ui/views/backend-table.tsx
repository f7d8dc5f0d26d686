import {Table} from 'ink-table';
import {createContext, type PropsWithChildren, use, useMemo} from 'react';
import {width} from '../../text/fit.ts';
import type {BackendRow} from '../state/rows.ts';
import {Lines} from '../terminal/text-slots.tsx';
import type {Theme} from '../terminal/theme.ts';
import {heading, type Placed, type Sorted} from './column-layout.ts';
import {type CellContext, fitPieces} from './columns.ts';
import type {Piece} from './pieces.ts';

type Props = {
	/** The visible rows only. */
	readonly rows: readonly BackendRow[];
	readonly columns: readonly Placed[];
	readonly selection: string | null;
	readonly look: CellContext;
	/** `60s`. */
	readonly spanLabel: string;
	readonly sorted: Sorted;
	/** What is at the right of the heading and of each row, whole lines with their colours; none: nothing does. */
	readonly aside: readonly string[];
	readonly theme: Theme;
};

/**
ink-table measures a cell by its UTF-16 length and freezes the components that it was first given. So it lays out row
numbers, and the cells that it calls back draw the row of that number, already as wide as its column: wide characters
do not shear the table, and a row whose numbers change is not built again.
*/
export function BackendTable(props: Props) {
	const ids = props.columns.map(({column}) => column.id).join(' ');
	const count = props.rows.length;
	// ink-table takes a hash of each row: 10 ms for a hundred, so only when there are more of them or fewer.
	const table = useMemo(() => {
		const columns = ids.split(' ');
		const data = Array.from({length: count}, (_, row) => cellsOf(columns, row));
		return <Table columns={columns} data={data} header={HeadingCell} cell={Cell} skeleton={Nothing} />;
	}, [ids, count]);
	return <Drawing value={props}>{table}</Drawing>;
}

/** Without a prototype: ink-table hashes each row, and would hash that, too. */
function cellsOf(columns: readonly string[], row: number): Record<string, number> {
	const cells: Record<string, number> = Object.create(null);
	for (const id of columns) cells[id] = row;
	return cells;
}

/** What the cells draw: the one way to them past the frozen components. */
const Drawing = createContext<Props | null>(null);

type CellProps = PropsWithChildren<{readonly column?: number}>;

function HeadingCell({column = 0}: CellProps) {
	const props = use(Drawing);
	const placed = props?.columns[column];
	if (placed === undefined || props === null) return null;
	const {theme, look, spanLabel, sorted, aside} = props;
	const text = (column === 0 ? ' ' : '') + heading(placed, look, spanLabel, sorted);
	const isLast = column === props.columns.length - 1;
	const drawn = theme.line(theme.paint('quiet', isLast && aside.length === 0 ? text.trimEnd() : text));
	return <Lines lines={[isLast ? drawn + (aside[0] ?? '') : drawn]} />;
}

function Cell({column = 0, children}: CellProps) {
	const props = use(Drawing);
	const placed = props?.columns[column];
	const place = Number(children);
	const row = props?.rows[place];
	if (placed === undefined || row === undefined || props === null) return null;
	const {theme, selection, look, aside} = props;
	const isSelected = row.key === selection;
	const isLast = column === props.columns.length - 1;
	const pieces = fitPieces(placed.column.cell(row, placed.cells, look), placed.cells, placed.column.align);
	// Nothing comes after the last column: blanks there would only be bytes.
	const shown = isLast && aside.length === 0 ? withoutEnd(pieces) : pieces;
	const isMarked = isSelected && MARKED.has(placed.column.id);
	const paint = isMarked ? theme.select : theme.paint;
	const gap = column === 0 ? (isSelected ? '›' : ' ') : ' '.repeat(placed.column.gap);
	const drawn = paint('plain', gap) + shown.map(([text, role = 'plain']) => paint(role, text)).join('');
	return <Lines lines={[theme.line(drawn) + (isLast ? (aside[place + 1] ?? '') : '')]} />;
}

/** The cursor's bar covers who it is about, not the numbers, which keep their colours. */
const MARKED: ReadonlySet<string> = new Set(['STATE', 'INSTANCE', 'BACKEND']);

function withoutEnd(pieces: readonly Piece[]): readonly Piece[] {
	const last = pieces.findLastIndex(([text]) => width(text.trimEnd()) > 0);
	return pieces
		.slice(0, last + 1)
		.map(([text, role = 'plain'], at): Piece => [at === last ? text.trimEnd() : text, role]);
}

function Nothing() {
	return null;
}
