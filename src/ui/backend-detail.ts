/** One backend, as lines that scroll: its verdict, what to do, every state over time, its sockets. */
import {type Finding, findingKey} from '../finding.ts';
import {LOOKBACK_MS} from '../snapshot.ts';
import {bytes, count, percent, rate} from '../text/count.ts';
import {duration, shortDuration} from '../text/duration.ts';
import {fit, width} from '../text/fit.ts';
import {formatClock} from '../text/time.ts';
import {graphLines, spanHeading} from './backend-graphs.ts';
import {socketHeading, socketLines} from './backend-sockets.ts';
import {roleHint} from './columns.ts';
import {evidenceText} from './evidence.ts';
import {findingBlock, pastLine} from './finding-block.ts';
import {flow, line, type Piece, wordsOf} from './pieces.ts';
import {type BackendRow, backendLabel} from './rows.ts';
import type {State} from './screen-state.ts';
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
		...heading(spanHeading(row, clockMs)),
		...graphLines(row, clockMs, theme, cells, lines),
		...heading(socketHeading(state, row)),
		...socketLines(state, row, theme, cells),
		...(past.length === 0
			? []
			: [...heading('findings before'), ...past.map((finding) => pastLine(finding, null, state, theme, cells))]),
	];
}

/** From here on there is room for a blank line below the head. */
const ROOMY_LINES = 20;

function goneLines(state: State, key: string, theme: Theme, cells: number): string[] {
	const instance = key.slice(0, key.indexOf(' '));
	const address = key.slice(key.indexOf(' ') + 1);
	const isSeen = state.shown?.model.instances.some(({id}) => id === instance) ?? true;
	const why = isSeen
		? 'it had no connection for 15 minutes, or the filter hides it'
		: `its Traefik, ${instance}, is not there`;
	return [
		line(theme, cells, [[` ${address}`, 'strong']]),
		line(theme, cells, [[` not in the table at this time: ${why}`, 'quiet']]),
		...(state.playback.mode === 'back'
			? [line(theme, cells, [[' you are in the past: End leads to now', 'quiet']])]
			: []),
	];
}

/** Values have room to grow, so that nothing beside them moves. */
function field(label: string, value: string, cells: number): Piece[] {
	return [[`${label} `, 'quiet'], [fit(value, Math.max(cells, width(value)))]];
}

function titleLines(
	{backend, verdict, instance}: BackendRow,
	{playback, shown}: State,
	theme: Theme,
	cells: number,
): string[] {
	const since = shown === null ? 0 : shown.model.time - verdict.since;
	const age = since >= LOOKBACK_MS ? 'for ≥ 15 min' : since < 1000 ? 'just now' : `for ${duration(since)}`;
	const {responseMs: response, waiting, oldestWaitMs} = backend;
	const isBlind = instance.problem !== null;
	const oldest = oldestWaitMs === null || !waiting ? '' : `, oldest ${shortDuration(oldestWaitMs)}`;
	const percentiles =
		response === null
			? '–'
			: `p50 ${shortDuration(response.p50)} p95 ${shortDuration(response.p95)} of ${count(response.count)}`;
	const title: Piece[][] = [
		[[` ${stateLabel(verdict.state)}`, verdict.state]],
		[[backendLabel(backend), 'strong']],
		[[`${age}, since ${formatClock(verdict.since, playback.zone)}`]],
		[[`Traefik ${instance.id}`, 'quiet']],
	];
	const counts: Piece[][] = [
		[[' '], ...field('connections', isBlind ? '–' : count(backend.total, 6), 6)],
		field('opened', `${count(backend.opened, 7)} (${rate(backend.openedPerSecond)}/s)`, 14),
		field('closed', count(backend.closed, 7), 7),
		field('TIME_WAIT', percent(backend.timeWaitShare), 4),
	];
	const exchanges: Piece[][] = [
		[[' '], ...field('response', percentiles, 24)],
		field('waiting', waiting === null ? '–' : `${count(waiting)}${oldest}`, 18),
		field(
			'queues',
			isBlind ? '–' : `tx ${bytes(backend.now?.txQueueBytes ?? 0)} rx ${bytes(backend.now?.rxQueueBytes ?? 0)}`,
			0,
		),
	];
	return [
		...flow(theme, cells, title, {indent: 3}),
		...flow(theme, cells, counts, {indent: 1}),
		...flow(theme, cells, exchanges, {indent: 1}),
		...(backend.role === null ? [] : flow(theme, cells, [[[' ']], ...wordsOf(roleHint(backend), 'quiet')], {gap: 1})),
	];
}

/** The rule and what it saw; who owes what and where to look next; its numbers. */
function findingLines(finding: Finding, {playback, shown}: State, theme: Theme, cells: number): string[] {
	const {severity, rule, evidence, from} = finding;
	const ago = shown === null ? '' : `, ${duration(shown.model.time - evidence.began)} ago`;
	const numbers = Object.entries(evidence).filter(([name]) => name !== 'began');
	const evidences = [
		`     began ${formatClock(evidence.began, playback.zone)}${ago}`,
		`seen at ${formatClock(from, playback.zone)}`,
		...numbers.map(([name, value]) => evidenceText(name, value)),
	];
	return [
		...findingBlock([[` ${severityGlyph(severity)} ${rule} `, severityRole(severity)]], finding, theme, cells),
		...flow(
			theme,
			cells,
			evidences.map((text) => [[text, 'quiet']]),
			{indent: 5},
		),
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
