/** One backend, as lines that scroll: its verdict, what to do, every state over time, its sockets. */
import type {Finding} from '../finding.ts';
import type {SocketRow} from '../fold/socket-row.ts';
import {BUCKET_MS, type Metric, metricOf, series} from '../model/track.ts';
import {STATE_NAMES} from '../parse/tcp-state.ts';
import {LOOKBACK_MS} from '../snapshot.ts';
import {bytes, count, percent, rate} from '../text/count.ts';
import {duration, shortDuration} from '../text/duration.ts';
import {fit, wrap} from '../text/fit.ts';
import {graph, niceCeiling, peak} from '../text/sparkline.ts';
import {formatClock} from '../text/time.ts';
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
	const facts: Piece[] = [
		[' connections ', 'quiet'],
		[count(backend.total, 6)],
		['  opened ', 'quiet'],
		[`${count(backend.opened, 7)} (${rate(backend.openedPerSecond)}/s)`],
		['  closed ', 'quiet'],
		[count(backend.closed, 7)],
		['  TIME_WAIT ', 'quiet'],
		[percent(backend.timeWaitShare)],
		['  response ', 'quiet'],
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
		line(theme, cells, facts),
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

const GRAPHS: readonly (readonly [metric: Metric, label: string, floor: number])[] = [
	['established', 'ESTABLISHED', 5],
	['synSent', 'SYN_SENT', 5],
	['closeWait', 'CLOSE_WAIT', 5],
	['timeWait', 'TIME_WAIT', 5],
	['finWait1', 'FIN_WAIT1', 5],
	['finWait2', 'FIN_WAIT2', 5],
	['lastAck', 'LAST_ACK', 5],
	['retransmitting', 'retransmit', 5],
	['waiting', 'waiting', 5],
	['responseMs', 'response', 50],
	['opened', 'opened', 5],
];
/** Label, value now, axis. */
const LABEL_CELLS = 12;
const VALUE_CELLS = 6;
const AXIS_CELLS = 7;

/** Each a divisor of the buckets that a span has, so that no bar straddles two of them. */
const GRAPH_COLUMNS = [180, 90, 60, 45, 36, 30, 20, 18, 15, 12, 10] as const;
/** A backend that is new to this watch is drawn larger. */
const SHORT_SPAN_MS = LOOKBACK_MS / 3;

function spanOf({backend}: BackendRow, clockMs: number): number {
	return clockMs - backend.track.firstSeenMs < SHORT_SPAN_MS ? SHORT_SPAN_MS : LOOKBACK_MS;
}

function graphLines(row: BackendRow, clockMs: number, theme: Theme, cells: number, lines: number): string[] {
	const {track, now} = row.backend;
	const spanMs = spanOf(row, clockMs);
	const room = Math.max(10, cells - LABEL_CELLS - VALUE_CELLS - AXIS_CELLS - 2);
	const columns = GRAPH_COLUMNS.find((columns) => columns <= room && columns * BUCKET_MS <= spanMs) ?? 10;
	const repeat = Math.floor(room / columns);
	const stepMs = spanMs / columns;
	// On whole steps, or every bar would change at every tick.
	const end = (Math.floor(clockMs / stepMs) + 1) * stepMs - 1;
	const height = lines >= 60 ? 3 : lines >= 36 ? 2 : 1;
	const out = GRAPHS.flatMap(([metric, label, floor]) => {
		const values = series(track, metric, end, spanMs, columns).flatMap((value) =>
			new Array<number | null>(repeat).fill(value),
		);
		if (values.every((value) => value === null)) return [];
		const top = niceCeiling(peak(values, floor));
		const isQuiet = peak(values) === 0;
		const bars = graph(values, isQuiet ? 1 : metric === 'established' ? height + 1 : height, top);
		const common = {label, metric, top, isQuiet, now: metricOf(metric, now)};
		return bars.map((bar, place) =>
			graphLine({...common, bar, place, isLast: place === bars.length - 1}, theme, cells),
		);
	});
	return [...out, axisLine(columns * repeat, spanMs, theme, cells)];
}

type GraphLine = {
	readonly bar: string;
	readonly place: number;
	readonly isLast: boolean;
	readonly label: string;
	readonly metric: Metric;
	readonly top: number;
	readonly isQuiet: boolean;
	readonly now: number | null;
};

function graphLine(
	{bar, place, isLast, label, metric, top, isQuiet, now}: GraphLine,
	theme: Theme,
	cells: number,
): string {
	const write = (value: number | null) => (metric === 'responseMs' ? shortDuration(value) : count(value, 5));
	const axis = isLast && place > 0 ? '0' : write(top);
	return line(theme, cells, [
		[fit(isLast ? ` ${label}` : '', LABEL_CELLS), isQuiet ? 'quiet' : 'plain'],
		[fit(isLast ? write(now) : '', VALUE_CELLS, 'right'), isQuiet ? 'quiet' : 'strong'],
		[`${fit(place === 0 || isLast ? axis : '', AXIS_CELLS - 1, 'right')}│`, 'quiet'],
		[bar, isQuiet ? 'quiet' : 'accent'],
	]);
}

/** `└-15m      -10m      -5m      now`. */
function axisLine(columns: number, spanMs: number, theme: Theme, cells: number): string {
	const parts = spanMs === LOOKBACK_MS ? 3 : 5;
	const part = columns / parts;
	let ticks = '└';
	for (let tick = 0; tick < parts; tick++) {
		const label = tick === 0 || part >= 6 ? `-${shortDuration(spanMs * (1 - tick / parts))}` : '';
		ticks = fit(ticks, Math.round(tick * part) + 1) + label;
	}
	const indent = ' '.repeat(LABEL_CELLS + VALUE_CELLS + AXIS_CELLS - 1);
	return line(theme, cells, [[`${indent}${fit(ticks, columns - 2)}now`, 'quiet']]);
}

const TIMERS: Readonly<Record<number, string>> = {
	0: '–',
	1: 'retransmit',
	2: 'keepalive',
	3: 'timewait',
	4: 'zero window',
};

function socketLines({sockets}: State, {instance, backend}: BackendRow, theme: Theme, cells: number): string[] {
	if (sockets === null || sockets.instance !== instance.id || sockets.address !== backend.address) {
		return [line(theme, cells, [[' come with the next snapshot …', 'quiet']])];
	}
	if (sockets.rows.length === 0) return [line(theme, cells, [[' none', 'quiet']])];
	const head =
		fit(' LOCAL PORT', 11) +
		socketText(['STATE', 'FOR', 'WAITS', 'TX-Q', 'RX-Q', 'TIMER', 'RETR', 'PROBES', 'SENT', 'RECEIVED', 'INODE']);
	return [line(theme, cells, [[head, 'quiet']]), ...sockets.rows.map((socket) => socketLine(socket, theme, cells))];
}

const SOCKET_CELLS = [11, 6, 6, 6, 6, 12, 5, 7, 7, 9, 10] as const;

function socketText(values: readonly string[]): string {
	return values
		.map((value, place) => ` ${fit(value, SOCKET_CELLS[place] ?? 8, place === 0 || place === 5 ? 'left' : 'right')}`)
		.join('');
}

function socketLine(socket: SocketRow, theme: Theme, cells: number): string {
	const {state, inStateMs, waitingMs, txQueue, rxQueue, timer, retransmits, probes} = socket;
	const isTroubled = retransmits > 0 || probes > 0 || state === 8 || state === 2;
	const text = socketText([
		STATE_NAMES[state] ?? `state ${state}`,
		`${inStateMs >= LOOKBACK_MS ? '≥' : ''}${shortDuration(inStateMs)}`,
		waitingMs === null ? '' : shortDuration(waitingMs),
		txQueue === 0 ? '0' : bytes(txQueue),
		rxQueue === 0 ? '0' : bytes(rxQueue),
		TIMERS[timer] ?? String(timer),
		String(retransmits),
		String(probes),
		bytes(socket.bytesSent),
		bytes(socket.bytesReceived),
		socket.inode === 0 ? '–' : String(socket.inode),
	]);
	return line(theme, cells, [[fit(` ${socket.localPort}`, 11)], [text, isTroubled ? 'degraded' : 'plain']]);
}
