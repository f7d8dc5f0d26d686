/** A comparison as text, Markdown and JSON. */
import {fit, width} from '../text/fit.ts';
import {markdownText} from '../text/markdown.ts';
import {plural} from '../text/plural.ts';
import {formatClock, formatTime, zoneName} from '../text/time.ts';
import {type Change, type Comparison, NOTABLE} from './compare.ts';

import {COMPARED} from './usual.ts';

/** More than this is a table, not a glance. */
const MOST_ROWS = 40;

export function compareJson({before, after, gone, added, changes}: Comparison): string {
	const named = ({address, name}: Comparison['gone'][number]) => ({address, name});
	const rounded = (value: number | null) => (value === null ? null : Math.round(value * 100) / 100);
	return `${JSON.stringify({
		schema: 1,
		before,
		after,
		gone: gone.map(named),
		added: added.map(named),
		changes: changes.map((each) => ({
			...each,
			before: rounded(each.before),
			after: rounded(each.after),
			change: rounded(each.change),
		})),
	})}\n`;
}

export function compareText(comparison: Comparison, zone: string): string {
	const rows = tableOf(comparison);
	const lines = [...headOf(comparison, zone), ''];
	if (rows.length === 0) lines.push('nothing changed by half or more');
	else {
		const heads = ['BACKEND', 'WHAT', 'BEFORE', 'AFTER', 'CHANGE'];
		const widths = heads.map((head, column) => Math.max(width(head), ...rows.map((row) => width(row[column] ?? ''))));
		for (const row of [heads, ...rows]) {
			lines.push(
				row
					.map((text, column) => padded(text, widths[column] ?? 0, column >= 2))
					.join('  ')
					.trimEnd(),
			);
		}
	}
	return `${[...lines, ...moreOf(comparison)].join('\n')}\n`;
}

function padded(text: string, cells: number, isRight: boolean): string {
	return isRight ? `${' '.repeat(Math.max(0, cells - width(text)))}${text}` : fit(text, cells);
}

export function compareMarkdown(comparison: Comparison, zone: string): string {
	const rows = tableOf(comparison);
	const lines = ['# Before and after', '', ...headOf(comparison, zone).map((line) => `- ${markdownText(line)}`), ''];
	if (rows.length === 0) lines.push('Nothing changed by half or more.');
	else {
		lines.push('| backend | what | before | after | change |', '|---|---|--:|--:|--:|');
		for (const row of rows) lines.push(`| ${row.map(markdownText).join(' | ')} |`);
	}
	return `${[...lines, ...moreOf(comparison)].join('\n')}\n`;
}

export function headOf({before, after, gone, added}: Comparison, zone: string): string[] {
	const span = (time: Comparison['before']) => {
		if (time === null) return 'nothing seen';
		const {from, to} = time;
		return `${formatTime(from, zone)} – ${formatClock(to, zone)} ${zoneName(to, zone)}`;
	};
	const names = (list: Comparison['gone']) => {
		const shown = list.slice(0, 5).map(({name, address}) => name ?? address);
		return `${shown.join(', ')}${list.length > 5 ? ` and ${list.length - 5} more` : ''}`;
	};
	return [
		`before: ${span(before)}`,
		`after:  ${span(after)}`,
		...(gone.length > 0 ? [`gone: ${names(gone)}`] : []),
		...(added.length > 0 ? [`new: ${names(added)}`] : []),
	];
}

function notable({changes}: Comparison): Change[] {
	return changes.filter(({change}) => Math.abs(change ?? 0) >= NOTABLE);
}

/** Cells of what changed by half or more. */
export function tableOf(comparison: Comparison): string[][] {
	return notable(comparison)
		.slice(0, MOST_ROWS)
		.map(({backend, name, metric, before, after, change}) => {
			const about = COMPARED.find(({key}) => key === metric);
			const unit = about?.unit ?? '';
			return [
				name === null ? backend : `${name} ${backend}`,
				about?.label ?? metric,
				shown(before, unit),
				shown(after, unit),
				factor(change),
			];
		});
}

export function moreOf(comparison: Comparison): string[] {
	const left = notable(comparison).length - MOST_ROWS;
	return left > 0 ? ['', `${plural(left, 'more change')} of half or more: --format json has all`] : [];
}

function shown(value: number | null, unit: string): string {
	if (value === null) return '–';
	const number = value >= 100 ? Math.round(value).toLocaleString('en-US') : String(Math.round(value * 10) / 10);
	return unit === '' ? number : unit.startsWith('/') ? `${number}${unit}` : `${number} ${unit}`;
}

function factor(change: number | null): string {
	if (change === null) return '';
	const times = 2 ** Math.abs(change);
	const text = times >= 10 ? Math.round(times).toLocaleString('en-US') : String(Math.round(times * 10) / 10);
	return change >= 0 ? `× ${text}` : `÷ ${text}`;
}
