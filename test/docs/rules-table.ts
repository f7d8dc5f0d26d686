/** Writes what the rules say of themselves into docs/rules.md: `node test/docs/rules-table.ts`. */
import {readFileSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {RULES} from '../../src/detect/index.ts';
import type {Rule, Threshold} from '../../src/detect/rule.ts';
import {DEFAULT_THRESHOLDS, THRESHOLDS} from '../../src/detect/thresholds.ts';
import {duration} from '../../src/text/duration.ts';

export const RULES_PAGE = fileURLToPath(new URL('../../docs/rules.md', import.meta.url));

/** The page with what is between `<!-- rule ID -->` or `<!-- order -->` and `<!-- end -->` made again. */
export function withTables(page: string): string {
	return page.replace(/<!-- (rule ([a-z-]+)|order) -->\n[\s\S]*?<!-- end -->/g, (_, marker: string, id?: string) => {
		const body = id === undefined ? order() : ruleBlock(id);
		return `<!-- ${marker} -->\n\n${body}\n\n<!-- end -->`;
	});
}

function order(): string {
	return RULES.map(({id, scope}) => (scope === 'instance' ? `\`${id}\` (instance)` : `\`${id}\``)).join(' → ');
}

function ruleBlock(id: string): string {
	const rules = RULES.filter((rule) => rule.id === id);
	const times = rules.map((rule) => timesOf(rule, rules.length > 1));
	const rows = Object.entries<Threshold>(THRESHOLDS)
		.filter(([key]) => key.startsWith(`${id}.`))
		.map(([key, threshold]) => [`\`${key}\``, printed(threshold), threshold.about]);
	return [...times, ...(rows.length === 0 ? [] : ['', table([['threshold', 'default', 'meaning'], ...rows])])].join(
		'\n',
	);
}

function timesOf(
	{scope, opensAfterMs, clearsAfterMs, clearsUnansweredAfterMs, yieldsTo}: Rule,
	isOneOfTwo: boolean,
): string {
	const opens = typeof opensAfterMs === 'number' ? opensAfterMs : DEFAULT_THRESHOLDS[opensAfterMs];
	const where = isOneOfTwo ? (scope === 'instance' ? 'Of the instance: opens' : 'Of a backend: opens') : 'Opens';
	const silent = yieldsTo.map((other) => `\`${other}\``).join(', ');
	return [
		isOneOfTwo ? '- ' : '',
		`${where} ${opens === 0 ? 'at the first look' : `after ${duration(opens)}`}, `,
		`closes ${clearsAfterMs === 0 ? 'at the first clear look' : `after ${duration(clearsAfterMs)} without it`}`,
		clearsUnansweredAfterMs === undefined ? '' : ` (${duration(clearsUnansweredAfterMs)} where no answer came)`,
		`${silent === '' ? '' : `; silent beside ${silent}`}.`,
	].join('');
}

function printed({value, unit}: Threshold): string {
	if (unit === 'ms') return duration(value);
	if (unit === 'share') return `${Math.round(value * 1_000) / 10} %`;
	if (unit === 'perSecond') return `${value}/s`;
	return unit === 'times' ? `× ${value}` : String(value);
}

function table(rows: readonly (readonly string[])[]): string {
	const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
	const line = (cells: readonly string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`;
	const [head = [], ...body] = rows;
	return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}

if (import.meta.main) writeFileSync(RULES_PAGE, withTables(readFileSync(RULES_PAGE, 'utf8')));
