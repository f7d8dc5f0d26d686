/** What of the table's view a config can hold: its columns, how it is sorted, its span and its groups. */
import {GROUPINGS, type Grouping} from './groups.ts';
import type {ScreenState} from './state.ts';
import {ZOOMS, type Zoom, zoomLabel} from './zoom.ts';

/** As the config says it; what is left out is as it is by itself. */
export type TableSettings = {
	readonly columns?: readonly string[];
	readonly sort?: string;
	readonly zoom?: string;
	readonly group?: string;
};

type Part = Pick<ScreenState, 'columns' | 'sortedBy' | 'isReversed' | 'zoom' | 'grouping'>;

/** `firstZoom`: where the config says none. */
export function fromSettings({columns, sort = 'STATE', zoom, group}: TableSettings, firstZoom: Zoom): Part {
	const isReversed = sort.startsWith('-');
	return {
		columns: columns ?? null,
		sortedBy: isReversed ? sort.slice(1) : sort,
		isReversed,
		zoom: ZOOMS.find((each) => zoomLabel(each) === zoom) ?? firstZoom,
		grouping: GROUPINGS.find((each): each is Grouping => each === group) ?? 'none',
	};
}

/** null: the key is left out of the config. */
export function toSettings({columns, sortedBy, isReversed, zoom, grouping}: Part): {
	readonly [key in keyof TableSettings]-?: TableSettings[key] | null;
} {
	return {
		columns,
		sort: `${isReversed ? '-' : ''}${sortedBy}`,
		zoom: zoomLabel(zoom),
		group: grouping,
	};
}
