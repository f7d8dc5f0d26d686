/** What the screen shows as Markdown, for a ticket: the finding under the cursor, or the table. */

import type {Finding} from '../../detect/finding.ts';
import {backendLabel} from '../../text/backend-label.ts';
import {count} from '../../text/count.ts';
import {duration, shortDuration} from '../../text/duration.ts';
import {evidenceText} from '../../text/evidence.ts';
import {formatTime, zoneName} from '../../text/time.ts';
import {stateLabel} from '../terminal/theme.ts';
import {ruleReference} from '../views/finding-block.ts';
import {type BackendRow, worstFinding} from './rows.ts';
import {currentRow, findingPlace, findingsOf, type ScreenState} from './state.ts';

/** Most rows of a table: more is not readable, and terminals bound what they take. */
const MOST_ROWS = 50;

/** null: there is nothing to copy. */
export function copyMarkdown(state: ScreenState): {readonly text: string; readonly what: string} | null {
	const {screen} = state;
	if (screen.view === 'findings') {
		const finding = findingsOf(state)[screen.place];
		return finding === undefined ? null : {text: findingMarkdown(finding, state), what: finding.rule};
	}
	const row = screen.view === 'backend' ? (state.rows.get(screen.key) ?? null) : null;
	if (row !== null) return {text: rowMarkdown(row, state), what: backendLabel(row.backend)};
	if (screen.view !== 'table') return null;
	const current = state.selection === null ? null : currentRow(state);
	if (current !== null && current.members === undefined && worstFinding(current.verdict) !== null) {
		return {text: rowMarkdown(current, state), what: backendLabel(current.backend)};
	}
	return state.order.length === 0 ? null : {text: tableMarkdown(state), what: 'the table'};
}

function rowMarkdown(row: BackendRow, state: ScreenState): string {
	const {verdict} = row;
	if (verdict.findings.length > 0) return verdict.findings.map((finding) => findingMarkdown(finding, state)).join('\n');
	return `${tableHead()}${tableRow(row)}\n${footnote(state)}`;
}

function findingMarkdown(finding: Finding, state: ScreenState): string {
	const {rule, message, hint, from, to, evidence, severity} = finding;
	const {zone} = state.playback;
	const at = (time: number) => `${formatTime(time, zone)} ${zoneName(time, zone)}`;
	const numbers = Object.entries(evidence).filter(([name]) => name !== 'began');
	const lasted = to === null ? 'still open' : `until ${at(to)} (${duration(to - from)})`;
	return [
		`**${escaped(findingPlace(finding, state))}** is ${severity}: **${rule}**, ${escaped(message)}`,
		'',
		`- seen at ${at(from)}, ${lasted}; began ${at(evidence.began)}`,
		`- ${escaped(hint)}`,
		...(numbers.length === 0 ? [] : [`- ${numbers.map(([name, value]) => evidenceText(name, value)).join(', ')}`]),
		`- Traefik ${escaped(finding.instance)}${finding.backend === null ? '' : `, backend \`${finding.backend}\``}; ${ruleReference(rule)}`,
		'',
	].join('\n');
}

function tableMarkdown(state: ScreenState): string {
	const rows = state.order.flatMap((key) => state.rows.get(key) ?? []).filter(({members}) => members === undefined);
	const shown = rows.slice(0, MOST_ROWS);
	const more = rows.length > shown.length ? `\n${rows.length - shown.length} more` : '';
	return `${tableHead()}${shown.map(tableRow).join('\n')}\n${more}\n${footnote(state)}`;
}

function tableHead(): string {
	return '| state | backend | EST | TW | CW | RESP | WAIT | why |\n| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |\n';
}

function tableRow({backend, verdict, instance}: BackendRow): string {
	const {connections, responseMs, waiting} = backend;
	const finding = worstFinding(verdict);
	const isBlind = instance.problem !== null;
	const number = (value: number | null) => (isBlind ? '–' : count(value, 9));
	const why = finding === null ? (instance.problem ?? '') : `${finding.rule}: ${finding.message}`;
	const cells = [
		stateLabel(verdict.state),
		escaped(backendLabel(backend)),
		...[connections.established, connections.timeWait, connections.closeWait].map(number),
		isBlind ? '–' : shortDuration(responseMs?.p50 ?? null),
		number(waiting),
		escaped(why),
	];
	return `| ${cells.join(' | ')} |`;
}

function footnote({shown, playback}: ScreenState): string {
	const time = shown?.model.time ?? 0;
	return `\ntraefik-top, ${formatTime(time, playback.zone)} ${zoneName(time, playback.zone)}\n`;
}

/** Names and messages are others' words: none of them makes a table cell, a tag or an emphasis. */
function escaped(text: string): string {
	return text.replace(/[\\`*_|<>[\]]/g, '\\$&');
}
