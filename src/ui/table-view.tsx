import {BackendTable} from './backend-table.tsx';
import {hasAddresses, isSparkInWhy, placeColumns} from './column-layout.ts';
import {explanationLines} from './explanation.ts';
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
	const {order, rows, selection, shown} = state;
	const page = Math.max(1, lines - 1);
	const top = scrollTo(state.top, selection === null ? -1 : order.indexOf(selection), page, order.length);
	const visible = order.slice(top, top + page).flatMap((key) => rows.get(key) ?? []);
	const spanMs = state.zoom;
	const columns = placeColumns(cells, state.wishes);
	const look = {
		clockMs: shown?.model.clockMs ?? 0,
		spanMs,
		hasAddresses: hasAddresses(columns, state.wishes),
		isSparkInWhy: isSparkInWhy(columns),
	};
	const explanation = explanationLines(state, theme, cells, lines - 1 - visible.length);
	return (
		<>
			<BackendTable {...{columns, look, selection, theme}} rows={visible} spanLabel={zoomLabel(state.zoom)} />
			{explanation.length > 0 && <Lines lines={explanation} />}
			{order.length === 0 && state.filter !== '' && (
				<Lines
					lines={[theme.line(theme.paint('quiet', ` no backend matches “${state.filter}”: Esc clears the filter`))]}
				/>
			)}
		</>
	);
}
