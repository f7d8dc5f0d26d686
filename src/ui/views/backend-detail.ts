/** One backend, as lines that scroll: its verdict, what to do, every state over time, its sockets. */

import {type Finding, severityGlyph} from '../../detect/finding.ts';
import {oomText, processLabel, restartsText} from '../../detect/own-end.ts';
import type {DrawnMetric} from '../../model/metric.ts';
import {BUCKET_MS} from '../../model/track.ts';
import {isStoppedState, type Server} from '../../reading.ts';
import {LOOKBACK_MS} from '../../snapshot.ts';
import {backendLabel} from '../../text/backend-label.ts';
import {bytes, count, grouped} from '../../text/count.ts';
import {duration, shortDuration, uptime} from '../../text/duration.ts';
import {evidenceText} from '../../text/evidence.ts';
import {fit, width} from '../../text/fit.ts';
import {peak} from '../../text/sparkline.ts';
import {formatClock} from '../../text/time.ts';
import type {BackendRow} from '../state/rows.ts';
import type {ScreenState} from '../state/state.ts';
import {severityRole, stateLabel, type Theme} from '../terminal/theme.ts';
import {graphLines} from './backend-graphs.ts';
import {socketLines} from './backend-sockets.ts';
import {roleHint} from './columns.ts';
import {findingBlock, pastLine, ruleReference} from './finding-block.ts';
import {evidenceMetrics, findingsOfRow, METRIC_LOOKS} from './metric-look.ts';
import {beside, flow, line, type Piece, wordsOf} from './pieces.ts';

export function detailLines(state: ScreenState, key: string, theme: Theme, cells: number, lines: number): string[] {
	const row = state.rows.get(key);
	if (row === undefined || state.shown === null) return goneLines(state, key, theme, cells);
	const isShort = lines < ROOMY_LINES;
	const head = [
		...(isShort ? [] : ['']),
		...titleLines(row, state, theme, cells),
		...row.verdict.findings.flatMap((finding, place) => [
			...(isShort ? [] : ['']),
			...findingLines(finding, state, theme, cells, isShort || place > 0),
		]),
		...(isShort ? [] : ['']),
	];
	const past = pastFindings(state, row);
	const pastOf = (room: number) =>
		past.length === 0
			? []
			: [
					'',
					line(theme, room, [[' findings before', 'title']]),
					...past.map((finding) => pastLine(finding, null, state, theme, room)),
				];
	const room = lines - head.length;
	if (cells < WIDE_CELLS) {
		const graphs = graphLines(state, row, theme, cells, room - Math.floor(room * SOCKETS_SHARE));
		return [...head, ...graphs, ...(isShort ? [] : ['']), ...socketLines(state, row, theme, cells), ...pastOf(cells)];
	}
	const left = Math.floor(cells * GRAPHS_SHARE);
	const graphs = graphLines(state, row, theme, left - 1, Math.min(room, MOST_GRAPH_LINES));
	const sockets = socketLines(state, row, theme, cells - left - 2);
	const rule = theme.paint('rule', '│');
	const right = Array.from({length: Math.max(sockets.length, room)}, (_, at) => theme.line(rule) + (sockets[at] ?? ''));
	return [...head, ...beside([...graphs, ...pastOf(left - 1)], right, left)];
}

/** From here on there are blank lines between the parts, and the numbers of a finding. */
const ROOMY_LINES = 22;
/** Of the lines below the head, where the sockets are there. */
const SOCKETS_SHARE = 0.35;
/** From here on the sockets are right of the graphs. */
const WIDE_CELLS = 160;
const GRAPHS_SHARE = 0.56;
const MOST_GRAPH_LINES = 26;

function goneLines(state: ScreenState, key: string, theme: Theme, cells: number): string[] {
	const instance = key.slice(0, key.indexOf(' '));
	const address = key.slice(key.indexOf(' ') + 1);
	const isSeen = state.shown?.model.instances.some(({id}) => id === instance) ?? true;
	const why = isSeen
		? 'it had no connection for 15 minutes, or the filter hides it'
		: `its Traefik (${instance}) is not visible`;
	return [
		line(theme, cells, [[` ${address}`, 'strong']]),
		line(theme, cells, [[` not in the table at this time: ${why}`, 'quiet']]),
		...(state.playback.mode === 'back'
			? [line(theme, cells, [[' viewing the past: End returns to live', 'quiet']])]
			: []),
	];
}

/** Values have room to grow, so that nothing beside them moves. */
function field(label: string, value: string, cells: number): Piece[] {
	return [[`${label} `, 'quiet'], [fit(value, Math.max(cells, width(value)))]];
}

function titleLines(row: BackendRow, {playback, shown}: ScreenState, theme: Theme, cells: number): string[] {
	const {backend, verdict, instance} = row;
	const since = shown === null ? 0 : shown.model.time - verdict.since;
	const age = since >= LOOKBACK_MS ? '≥ 15 min' : since < 1000 ? 'just now' : duration(since);
	const title: Piece[][] = [
		[[` ${stateLabel(verdict.state)}`, verdict.state]],
		[[backendLabel(backend), 'strong']],
		[[`since ${formatClock(verdict.since, playback.zone)} (${age})`]],
		[[`Traefik ${instance.id}`, 'quiet']],
	];
	return [
		...flow(theme, cells, title, {indent: 3}),
		...flow(theme, cells, countGroups(row, shown?.model.clockMs ?? 0), {indent: 1}),
		...(backend.server === null
			? unseenLines(instance, theme, cells)
			: ownEndLines(backend.server, shown?.model.time ?? 0, theme, cells)),
		...(backend.role === null ? [] : flow(theme, cells, [[[' ']], ...wordsOf(roleHint(backend), 'quiet')], {gap: 1})),
	];
}

function withReason(reason: string | null | undefined): string | null {
	return reason == null ? null : `not seen in other namespaces: ${reason}`;
}

/** Why nothing is known of its own end: only where that was looked for. */
function unseenLines({process, snapshot}: BackendRow['instance'], theme: Theme, cells: number): string[] {
	const why =
		withReason(snapshot.serversReason) ??
		(process === null ? null : 'not found on this machine: elsewhere, or behind address translation (DNAT, IPVS)');
	return why === null ? [] : flow(theme, cells, [[[' its own end ', 'quiet']], ...wordsOf(why, 'quiet')], {gap: 1});
}

/** The process that listens there, where it runs on this machine, and what is known of it. `time` is Unix ms. */
function ownEndLines(server: Server, time: number, theme: Theme, cells: number): string[] {
	const {isListening, acceptQueue, acceptLimit, unread, closeWait, openFiles, openFilesLimit} = server;
	const groups: Piece[][] = [
		[[' its own end ', 'quiet'], [processLabel(server) ?? 'process unknown', 'strong'], ...doingPieces(server)],
		field('accept queue', of(acceptQueue, acceptLimit), 0),
		field('unread', of(unread, null), 0),
		field('CLOSE_WAIT', of(closeWait, null), 0),
		field('open files', of(openFiles, openFilesLimit), 0),
		...lifeGroups(server, time),
		...(isListening ? loadGroups(server) : []),
	];
	return flow(theme, cells, groups, {indent: 1});
}

function of(value: number | null, limit: number | null): string {
	return `${value === null ? '–' : grouped(value)}${limit === null ? '' : ` of ${grouped(limit)}`}`;
}

/** ` sleeping (S)`. */
function doingPieces({isListening, state}: Server): Piece[] {
	const isAlive = isListening && !isStoppedState(state);
	const doing = isListening ? (state === null ? '' : (STATE_WORDS[state] ?? state)) : 'nothing listens';
	return doing === '' ? [] : [[` ${doing}`, isAlive ? undefined : 'down'] as Piece];
}

/** How long it has run, or when it ended, and what became of those before. */
function lifeGroups(server: Server, time: number): Piece[][] {
	const {isListening, startedAt, endedAt, forwardsTo} = server;
	const groups: Piece[][] = [];
	if (endedAt !== null) groups.push(field('ended', `${duration(Math.max(0, time - endedAt))} ago`, 0));
	else if (isListening && startedAt !== null) groups.push(field('up', uptime(time - startedAt), 0));
	for (const text of [restartsText(server), oomText(server)]) if (text !== null) groups.push([[text, 'degraded']]);
	if (forwardsTo !== null) groups.push(field('forwards to', forwardsTo, 0));
	return groups;
}

/** What its processes use of what they may use; only what is known. */
function loadGroups(server: Server): Piece[][] {
	const {workers, cpuPercent, cpuLimit, throttledPercent, memoryBytes, memoryLimitBytes} = server;
	const groups: Piece[][] = [];
	if (workers !== null && workers > 1) groups.push(field('processes', grouped(workers), 0));
	const limit = cpuLimit === null ? '' : ` of ${Math.round(cpuLimit * 100)} %`;
	if (cpuPercent !== null) groups.push(field('CPU', `${grouped(cpuPercent)} %${limit}`, 0));
	if (throttledPercent !== null && cpuLimit !== null) groups.push(field('throttled', `${throttledPercent} %`, 0));
	if (memoryBytes !== null && memoryLimitBytes !== null) {
		groups.push(field('memory', `${bytes(memoryBytes)} of ${bytes(memoryLimitBytes)}`, 0));
	}
	return groups;
}

/** The letters of /proc/PID/stat. */
const STATE_WORDS: Readonly<Record<string, string>> = {
	R: 'running (R)',
	S: 'sleeping (S)',
	D: 'waiting for a device (D)',
	T: 'stopped (T)',
	t: 'stopped by a debugger (t)',
	Z: 'zombie (Z)',
};

/** `EST 49  TW 0  CW 33 (peak 33)  …`: every state now, what came and went, how long answers take. */
function countGroups(row: BackendRow, clockMs: number): Piece[][] {
	const {backend, instance} = row;
	const {connections, now, responseMs: response, waiting, oldestWaitMs, track} = backend;
	const isBlind = instance.problem !== null;
	const evidence = evidenceMetrics(row);
	const counted = (label: string, metric: DrawnMetric, value: number): Piece[] => {
		const isEvidence = evidence.includes(metric);
		const text = isBlind ? '–' : count(value);
		const most = peak(track.past(metric, clockMs, LOOKBACK_MS / BUCKET_MS));
		return [
			[`${label} `, METRIC_LOOKS[metric].role],
			[text, value > 0 && !isBlind ? 'strong' : 'quiet'],
			[(isEvidence && !isBlind ? ` (peak ${count(Math.max(most, value))})` : '').padEnd(3 - text.length), 'quiet'],
		];
	};
	const seenMs = Math.min(LOOKBACK_MS, clockMs - track.firstSeenMs);
	const period = seenMs >= LOOKBACK_MS ? '15 min' : duration(Math.max(1000, seenMs));
	const percentiles =
		response === null
			? '–'
			: `p50 ${shortDuration(response.p50)} p95 ${shortDuration(response.p95)} of ${count(response.count)}`;
	const oldest = oldestWaitMs === null || !waiting ? '' : `, oldest ${shortDuration(oldestWaitMs)}`;
	const queues = `tx ${bytes(now?.txQueueBytes ?? 0)} rx ${bytes(now?.rxQueueBytes ?? 0)}`;
	const {finWait1, finWait2} = connections;
	const closing = finWait2 === 0 && finWait1 > 0 ? 'finWait1' : 'finWait2';
	return [
		[[' '], ...counted('EST', 'established', connections.established)],
		counted('TW', 'timeWait', connections.timeWait),
		counted('CW', 'closeWait', connections.closeWait),
		counted('FW', closing, finWait1 + finWait2),
		counted('SYN', 'synSent', connections.synSent),
		field(`in ${period}`, `opened ${count(backend.opened, 7)}, closed ${count(backend.closed, 7)}`, 24),
		[['RESP ', 'resp'], [fit(percentiles, Math.max(10, width(percentiles)))]],
		[['WAIT ', 'wait'], [waiting === null ? '–' : `${count(waiting)}${oldest}`]],
		field('queues', isBlind ? '–' : queues, 0),
	];
}

/** The rule and what it saw; who owes what and where to look next; its numbers, and where the rule is explained. */
function findingLines(
	finding: Finding,
	{playback, shown}: ScreenState,
	theme: Theme,
	cells: number,
	isShort: boolean,
): string[] {
	const {severity, rule, evidence, from} = finding;
	const ago = shown === null ? '' : `, ${duration(shown.model.time - evidence.began)} ago`;
	const numbers = Object.entries(evidence).filter(([name]) => name !== 'began');
	const evidences = [
		`     began ${formatClock(evidence.began, playback.zone)}${ago}`,
		`seen at ${formatClock(from, playback.zone)}`,
		...numbers.map(([name, value]) => evidenceText(name, value)),
		ruleReference(rule),
	];
	const block = findingBlock([[` ${severityGlyph(severity)} ${rule} `, severityRole(severity)]], finding, theme, cells);
	if (isShort) return block;
	return [
		...block,
		...flow(
			theme,
			cells,
			evidences.map((text) => [[text, 'quiet']]),
			{indent: 5},
		),
	];
}

function pastFindings(state: ScreenState, row: BackendRow): Finding[] {
	return findingsOfRow(state, row).slice(row.verdict.findings.length, row.verdict.findings.length + MOST_PAST);
}

const MOST_PAST = 20;
