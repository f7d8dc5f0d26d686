import {BackendTable} from './backend-table.tsx';
import {hasAddresses, placeColumns} from './column-layout.ts';
import type {Look} from './columns.ts';
import {explanationLines} from './explanation.ts';
import {pastOf} from './past-findings.ts';
import {type State, scrollTo} from './screen-state.ts';
import {Lines} from './sheet.tsx';
import type {Theme} from './theme.ts';
import {zoomLabel} from './zoom.ts';

type Props = {
	readonly state: State;
	readonly theme: Theme;
	readonly cells: number;
	/** Heading included. */
	readonly lines: number;
};

/** The backends that fit, under their heading, and below them what is wrong. */
export function TableView({state, theme, cells, lines}: Props) {
	const {order, rows, selection, sortedBy, isReversed} = state;
	const page = Math.max(1, lines - 1);
	const top = scrollTo(state.top, selection === null ? -1 : order.indexOf(selection), page, order.length);
	const visible = order.slice(top, top + page).flatMap((key) => rows.get(key) ?? []);
	const columns = placeColumns(cells, state.wishes, {columns: state.columns, sortedBy});
	const look = lookOf(state, theme, columns);
	const explanation = explanationLines(state, theme, cells, lines - 1 - visible.length);
	return (
		<>
			<BackendTable
				{...{columns, look, selection, theme}}
				rows={visible}
				spanLabel={zoomLabel(state.zoom)}
				sorted={{by: sortedBy, isReversed}}
				aside={[]}
			/>
			{explanation.length > 0 && <Lines lines={explanation} />}
			{order.length === 0 && state.filter !== '' && (
				<Lines
					lines={[theme.line(theme.paint('quiet', ` no backend matches “${state.filter}”: Esc clears the filter`))]}
				/>
			)}
		</>
	);
}

/** What cells depend on besides their row. */
export function lookOf(state: State, theme: Theme, columns: ReturnType<typeof placeColumns>): Look {
	const {shown, zoom, rows, thresholds, wishes} = state;
	const {clockMs = 0, time = 0} = shown?.model ?? {};
	const [first] = rows.values();
	return {
		clockMs,
		epochMs: time - clockMs,
		spanMs: zoom,
		beatMs: first?.backend.track.beatMs() ?? 0,
		hasAddresses: hasAddresses(columns, wishes),
		thresholds,
		warmMark: theme.depth === 0 ? WARM_MARK : '',
		shown: new Set(columns.map(({column}) => column.id)),
		past: pastOf(state, time - zoom),
	};
}

/** On its way up to a threshold. */
const WARM_MARK = '↑';
