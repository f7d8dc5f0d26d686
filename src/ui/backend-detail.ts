/** One backend, as lines that scroll: its verdict, what to do, every state over time, its sockets. */
import type {Finding} from '../finding.ts';
import {LOOKBACK_MS} from '../snapshot.ts';
import {bytes, count, percent, rate} from '../text/count.ts';
import {duration, shortDuration} from '../text/duration.ts';
import {wrap} from '../text/fit.ts';
import {formatClock} from '../text/time.ts';
import {graphLines, spanOf} from './backend-graphs.ts';
import {socketLines} from './backend-sockets.ts';
import {roleHint} from './columns.ts';
import {evidenceText} from './evidence.ts';
import {line, type Piece} from './pieces.ts';
import {type BackendRow, backendLabel} from './rows.ts';
import {findingKey, type State} from './screen-state.ts';
import {severityGlyph, severityRole, stateLabel, type Theme} from './theme.ts';

export function detailLines(state: State, key: string, theme: Theme, cells: number, lines: number): string[] {
	const row = state.rows.get(key);
	if (row === undefined || state.shown === null) return goneLines(state, key, theme, cells);
	const {clockMs} = state.shown.model;
	const heading = (text: string) => ['', line(theme, cells, [[` ${text}`, 'title']])];
	const past = pastFindings(state, row);
	return [
		...(lines < ROOMY_LINES ? [] : ['']),
		...titleLines(row, state, theme, cells),
		...row.verdict.findings.flatMap((finding) => ['', ...findingLines(finding, state, theme, cells)]),
		...heading(`last ${duration(spanOf(row, clockMs))}`),
		...graphLines(row, clockMs, theme, cells, lines),
		...heading('sockets'),
		...socketLines(state, row, theme, cells),
		...(past.length === 0
			? []
			: [...heading('findings before'), ...past.map((finding) => pastLine(finding, state, theme, cells))]),
	];
}

/** From here on there is room for a blank line below the head. */
const ROOMY_LINES = 20;

function goneLines(state: State, key: string, theme: Theme, cells: number): string[] {
	const address = key.slice(key.indexOf(' ') + 1);
	return [
		line(theme, cells, [[` ${address}`, 'strong']]),
		line(theme, cells, [
			[' not in the table at this time: it had no connection for 15 minutes, or the filter hides it', 'quiet'],
		]),
		...(state.playback.mode === 'back'
			? [line(theme, cells, [[' you are in the past: End leads to now', 'quiet']])]
			: []),
	];
}

function titleLines(
	{backend, verdict, instance}: BackendRow,
	{playback, shown}: State,
	theme: Theme,
	cells: number,
): string[] {
	const since = shown === null ? 0 : shown.model.time - verdict.since;
	const age = since >= LOOKBACK_MS ? '≥ 15 min' : duration(since);
	const response = backend.responseMs;
	const counts: Piece[] = [
		[' connections ', 'quiet'],
		[count(backend.total, 6)],
		['  opened ', 'quiet'],
		[`${count(backend.opened, 7)} (${rate(backend.openedPerSecond)}/s)`],
		['  closed ', 'quiet'],
		[count(backend.closed, 7)],
		['  TIME_WAIT ', 'quiet'],
		[percent(backend.timeWaitShare)],
	];
	const exchanges: Piece[] = [
		[' response ', 'quiet'],
		[
			response === null
				? '–'
				: `p50 ${shortDuration(response.p50)} p95 ${shortDuration(response.p95)} of ${count(response.count)}`,
		],
		['  waiting ', 'quiet'],
		[
			backend.waiting === null
				? '–'
				: `${count(backend.waiting)}${backend.oldestWaitMs === null ? '' : `, oldest ${shortDuration(backend.oldestWaitMs)}`}`,
		],
		['  queues ', 'quiet'],
		[`tx ${bytes(backend.now?.txQueueBytes ?? 0)} rx ${bytes(backend.now?.rxQueueBytes ?? 0)}`],
	];
	return [
		line(theme, cells, [
			[' '],
			[stateLabel(verdict.state), verdict.state],
			[`  ${backendLabel(backend)}`, 'strong'],
			[`  for ${age}, since ${formatClock(verdict.since, playback.zone)}`],
			[`  ${instance.id}`, 'quiet'],
		]),
		line(theme, cells, counts),
		line(theme, cells, exchanges),
		...(backend.role === null ? [] : [line(theme, cells, [[` ${roleHint(backend)}`, 'quiet']])]),
	];
}

/** The rule and what it saw; who owes what and where to look next; its numbers. */
function findingLines(finding: Finding, {playback, shown}: State, theme: Theme, cells: number): string[] {
	const {severity, rule, message, hint, evidence, from} = finding;
	const began = formatClock(evidence.began, playback.zone);
	const numbers = Object.entries(evidence).filter(([name]) => name !== 'began');
	const lasted = shown === null ? '' : `, ${duration(shown.model.time - evidence.began)} ago`;
	return [
		line(theme, cells, [[` ${severityGlyph(severity)} ${rule}`, severityRole(severity)], [`  ${message}`]]),
		...wrap(hint, Math.max(10, cells - 5)).map((text, place) =>
			line(theme, cells, [[place === 0 ? '   → ' : '     ', 'accent'], [text]]),
		),
		line(theme, cells, [
			[`     began ${began}${lasted}, seen at ${formatClock(from, playback.zone)}`, 'quiet'],
			[numbers.map(([name, value]) => `  ${evidenceText(name, value)}`).join(''), 'quiet'],
		]),
	];
}

function pastFindings(state: State, {instance, backend, verdict}: BackendRow): Finding[] {
	const open = new Set(verdict.findings.map(findingKey));
	const all = state.playback.marks ?? state.timeline;
	const now = state.shown?.model.time ?? 0;
	return all
		.filter((finding) => finding.instance === instance.id && finding.backend === backend.address)
		.filter((finding) => !open.has(findingKey(finding)) && finding.from <= now)
		.reverse()
		.slice(0, 20);
}

function pastLine(
	{severity, rule, message, from, to}: Finding,
	{playback}: State,
	theme: Theme,
	cells: number,
): string {
	const until = to === null ? '' : `–${formatClock(to, playback.zone)}`;
	return line(theme, cells, [
		[` ${formatClock(from, playback.zone)}${until}  `, 'quiet'],
		[`${severityGlyph(severity)} ${rule}`, severityRole(severity)],
		[`  ${message}`],
	]);
}
