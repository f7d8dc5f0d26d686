import {width} from '../../text/fit.ts';
import {greatest} from '../../text/greatest.ts';
import {pastOf} from '../state/past-findings.ts';
import {comparedMark, rowOf, type ScreenState, scrollTo} from '../state/state.ts';
import {planTable} from '../state/table-plan.ts';
import {zoomLabel} from '../state/zoom.ts';
import {Lines} from '../terminal/text-slots.tsx';
import type {Theme} from '../terminal/theme.ts';
import {BackendTable} from './backend-table.tsx';
import {hasAddresses, placeColumns, type Wishes} from './column-layout.ts';
import {type CellContext, INDENT} from './columns.ts';
import {panelOf} from './table-panel.ts';

type Props = {
	readonly state: ScreenState;
	readonly theme: Theme;
	readonly cells: number;
	/** Heading included. */
	readonly lines: number;
};

/** The backends that fit, under their heading, and below them what is selected, or the worst. */
export function TableView({state, theme, cells, lines}: Props) {
	const {listed, selection, sortedBy, isReversed} = state;
	const plan = planTable(Math.max(1, listed.length), cells, lines);
	const page = Math.max(1, plan.tableLines - 1);
	const top = scrollTo(state.top, selection === null ? -1 : listed.indexOf(selection), page, listed.length);
	const visible = listed.slice(top, top + page).flatMap((key) => rowOf(state, key) ?? []);
	const columns = placeColumns(plan.tableCells, wishesOf(state), {
		columns: state.columns,
		sortedBy,
		isCompared: state.comparedWith !== null,
	});
	const look = lookOf(state, theme, columns);
	const span = {from: top, shown: visible.length, of: listed.length};
	const panel = panelOf(state, plan, span, theme);
	return (
		<>
			<BackendTable
				{...{columns, look, selection, theme}}
				rows={visible}
				spanLabel={zoomLabel(state.zoom)}
				sorted={{by: sortedBy, isReversed}}
				aside={panel.aside}
			/>
			{listed.length === 0 && (
				<Lines
					lines={[theme.line(theme.paint('quiet', ` no backend matches “${state.filter}”: Esc clears the filter`))]}
				/>
			)}
			{panel.lines.length > 0 && <Lines lines={panel.lines} />}
		</>
	);
}

/** Groups have names of their own, and their members are indented. */
export function wishesOf({wishes, groups}: ScreenState): Wishes {
	if (groups.size === 0) return wishes;
	const widest = greatest([...groups.values()].map(({backend}) => width(backend.name ?? '')));
	return {
		...wishes,
		backend: Math.max(wishes.backend + INDENT.length, widest),
		name: Math.max(wishes.name + INDENT.length, widest),
	};
}

/** What cells depend on besides their row. */
export function lookOf(state: ScreenState, theme: Theme, columns: ReturnType<typeof placeColumns>): CellContext {
	const {shown, zoom, rows, thresholds} = state;
	const {clockMs = 0, time = 0} = shown?.model ?? {};
	const [first] = rows.values();
	return {
		clockMs,
		epochMs: time - clockMs,
		spanMs: zoom,
		beatMs: first?.backend.track.beatMs() ?? 0,
		hasAddresses: hasAddresses(columns, wishesOf(state)),
		grouped: new Set([...state.groups.values()].flatMap(({members = []}) => members.map(({key}) => key))),
		thresholds,
		warmMark: theme.depth === 0 ? WARM_MARK : '',
		shown: new Set(columns.map(({column}) => column.id)),
		compared: comparedMark(state),
		past: pastOf(state, time - zoom),
	};
}

/** On its way up to a threshold. */
const WARM_MARK = '↑';
