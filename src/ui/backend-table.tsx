import {Table} from 'ink-table';
import {createContext, type PropsWithChildren, use, useMemo} from 'react';
import {fit} from '../text/fit.ts';
import {heading, type Placed} from './column-layout.ts';
import type {Look} from './columns.ts';
import type {BackendRow} from './rows.ts';
import {Lines} from './sheet.tsx';
import type {Theme} from './theme.ts';

type Props = {
	/** The visible rows only. */
	readonly rows: readonly BackendRow[];
	readonly columns: readonly Placed[];
	readonly selection: string | null;
	readonly look: Look;
	/** `60s`. */
	readonly spanLabel: string;
	readonly theme: Theme;
};

/**
ink-table measures a cell by its UTF-16 length and freezes the components that it was first given. So it lays out row
numbers, and the cells that it calls back draw the row of that number, already as wide as its column: wide characters
do not shear the table, and a row whose numbers change is not built anew.
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
	const text = before(placed, column, ' ') + heading(placed, props.look, props.spanLabel);
	const isLast = column === props.columns.length - 1;
	return <Lines lines={[props.theme.line(props.theme.paint('quiet', isLast ? text.trimEnd() : text))]} />;
}

function Cell({column = 0, children}: CellProps) {
	const props = use(Drawing);
	const placed = props?.columns[column];
	const row = props?.rows[Number(children)];
	if (placed === undefined || row === undefined || props === null) return null;
	const {theme, selection, look} = props;
	const isSelected = row.key === selection;
	const {text, role} = placed.column.cell(row, placed.cells, look);
	const padding = before(placed, column, isSelected ? '›' : ' ');
	const fitted = fit(text, placed.cells, placed.column.align);
	// Nothing stands after the last column: blanks there would only be bytes.
	const isLast = column === props.columns.length - 1;
	const drawn = isSelected
		? theme.select('plain', padding) + theme.select(role, fitted)
		: padding + theme.paint(role, isLast ? fitted.trimEnd() : fitted);
	return <Lines lines={[theme.line(drawn)]} />;
}

/** The blank before a column; before the first one, the cursor. */
function before({column}: Placed, place: number, cursor: string): string {
	return place === 0 ? cursor : ' '.repeat(column.gap);
}

function Nothing() {
	return null;
}
