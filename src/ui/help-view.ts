/** Words, colours, columns and keys, as lines, from the tables that the screen itself runs on. */
import {STATES} from '../finding.ts';
import {fit, wrap} from '../text/fit.ts';
import {COLUMNS} from './columns.ts';
import {BINDINGS} from './keys.ts';
import {line} from './pieces.ts';
import {stateLabel, type Theme} from './theme.ts';

const STATE_MEANINGS = {
	down: 'no request gets through: refused, unreachable, or nothing answers',
	degraded: 'some requests fail or are slow, or something is about to run out',
	unknown: 'it cannot be seen; the screen says why',
	ok: 'connections work and nothing points to trouble',
	idle: 'no connection and no dial: nobody asks for it; normal',
} as const;

const INTRODUCTION =
	'A backend is one address that Traefik dials. Everything here is read from the kernel’s TCP tables: nothing is sent to Traefik or to a backend.';

export function helpLines(theme: Theme, cells: number): string[] {
	const heading = (text: string) => ['', line(theme, cells, [[` ${text}`, 'title']])];
	return [
		...wrap(INTRODUCTION, Math.max(10, cells - 2)).map((text) => line(theme, cells, [[` ${text}`]])),
		...heading('Keys'),
		...keyLines(theme, cells),
		...heading('States'),
		...STATES.map((state) =>
			line(theme, cells, [[` ${fit(stateLabel(state), 11)}`, state], [`  ${STATE_MEANINGS[state]}`]]),
		),
		line(theme, cells, [[` ${fit('· notice', 11)}`, 'quiet'], ['  worth knowing, no alarm']]),
		...heading('Columns'),
		...COLUMNS.flatMap((column) => columnLines(column.id, column.title, column.meaning, theme, cells)),
		line(theme, cells, [[' – cannot be known; a gap in a graph was not read', 'quiet']]),
	];
}

const KEY_CELLS = 9;
const MEANING_CELLS = 40;

/** In as many columns as fit, each reading downwards. */
function keyLines(theme: Theme, cells: number): string[] {
	const across = Math.max(1, Math.min(3, Math.floor(cells / (KEY_CELLS + MEANING_CELLS + 2))));
	const down = Math.ceil(BINDINGS.length / across);
	return Array.from({length: down}, (_, row) => {
		const pieces = Array.from({length: across}, (_, column) => BINDINGS[column * down + row]).flatMap((binding) => {
			if (binding === undefined) return [];
			const {label, meaning} = binding;
			const text = across === 1 ? meaning : fit(meaning, Math.floor(cells / across) - KEY_CELLS - 3);
			return [[` ${fit(label, KEY_CELLS)} `, 'accent'] as const, [text] as const];
		});
		return line(theme, cells, pieces);
	});
}

function columnLines(id: string, title: string, meaning: string, theme: Theme, cells: number): string[] {
	const label = id.endsWith('~') ? `${title} 60s` : title;
	return wrap(meaning, Math.max(10, cells - 12)).map((text, place) =>
		line(theme, cells, [[` ${fit(place === 0 ? label : '', 9)} `, 'accent'], [text]]),
	);
}
