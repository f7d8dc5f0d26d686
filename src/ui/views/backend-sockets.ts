/** The sockets of one backend, as lines. */
import type {SocketRow} from '../../fold/socket-row.ts';
import {STATE_NAMES} from '../../parse/tcp-state.ts';
import {LOOKBACK_MS} from '../../snapshot.ts';
import {bytes, grouped} from '../../text/count.ts';
import {shortDuration} from '../../text/duration.ts';
import {fit, wrap} from '../../text/fit.ts';
import type {BackendRow} from '../state/rows.ts';
import {evidenceTest, orderWords, sortSockets} from '../state/socket-order.ts';
import type {ScreenState} from '../state/state.ts';
import type {Theme} from '../terminal/theme.ts';
import {line, type Piece} from './pieces.ts';

const TIMERS: Readonly<Record<number, string>> = {
	0: '–',
	1: 'retransmit',
	2: 'keepalive',
	3: 'timewait',
	4: 'zero window',
};

const SHORT_STATES: readonly (readonly [name: string, short: string])[] = [
	['ESTABLISHED', 'est'],
	['SYN_SENT', 'syn'],
	['TIME_WAIT', 'tw'],
	['CLOSE_WAIT', 'cw'],
	['FIN_WAIT1', 'fw1'],
	['FIN_WAIT2', 'fw2'],
];

function isOf(
	sockets: ScreenState['sockets'],
	{instance, backend}: BackendRow,
): sockets is NonNullable<ScreenState['sockets']> {
	return sockets !== null && sockets.instance === instance.id && sockets.address === backend.address;
}

const NOT_KEPT =
	'not kept for the past (the counts above are). w writes the last 15 minutes as a recording; its replay shows the sockets of any instant. End returns to live';

/** A heading, and below it every socket that is asked for, sorted. */
export function socketLines(state: ScreenState, row: BackendRow, theme: Theme, cells: number): string[] {
	const {sockets, playback, socketOrder, isEvidenceOnly} = state;
	const quiet = (text: string) => line(theme, cells, [[` ${text}`, 'quiet']]);
	const title = line(theme, cells, [[' sockets', 'title']]);
	if (playback.mode === 'back') return [title, ...wrap(NOT_KEPT, Math.max(10, cells - 2)).map(quiet)];
	if (!isOf(sockets, row)) return [title, quiet('arrive with the next snapshot …')];
	if (sockets.rows.length === 0) return [title, quiet('none')];
	const isEvidence = evidenceTest(row.verdict.findings.map(({rule}) => rule));
	const sorted = sortSockets(sockets.rows, socketOrder, isEvidence);
	const shown = isEvidenceOnly ? sorted.filter(isEvidence) : sorted;
	const head = fit(' PORT', PORT_CELLS) + socketText(HEADINGS, cells);
	return [
		line(theme, cells, headingPieces(sockets.rows, row), keyPieces(state)),
		...(shown.length === 0
			? [quiet('none of them is evidence of a finding')]
			: [quiet(head.slice(1)), ...shown.map((socket) => socketLine(socket, isEvidence(socket), theme, cells))]),
	];
}

/** `sockets 82: 33 cw · 49 est`, and where those are not all, of how many. */
function headingPieces(sockets: readonly SocketRow[], {backend}: BackendRow): Piece[] {
	const byState = new Map<number, number>();
	for (const {state} of sockets) byState.set(state, (byState.get(state) ?? 0) + 1);
	const counts = [...byState]
		.sort((a, b) => b[1] - a[1])
		.map(([state, number]) => {
			const name = STATE_NAMES[state] ?? `state ${state}`;
			return `${grouped(number)} ${SHORT_STATES.find(([long]) => long === name)?.[1] ?? name}`;
		});
	const {length} = sockets;
	// A reading and the list may differ by a few; a list that was cut differs by far.
	const isCut = backend.total - length > Math.max(10, backend.total * 0.1);
	return [
		[' sockets ', 'title'],
		[isCut ? `${grouped(length)} of ${grouped(backend.total)}, the oldest` : grouped(length)],
		[`: ${counts.join(' · ')}`, 'quiet'],
	];
}

function keyPieces({socketOrder, isEvidenceOnly}: ScreenState): Piece[] {
	return [
		['s', 'accent'],
		[` ${orderWords(socketOrder)}  `, 'quiet'],
		['1', 'accent'],
		[isEvidenceOnly ? ' evidence only' : ' all', isEvidenceOnly ? 'plain' : 'quiet'],
	];
}

const HEADINGS = ['STATE', 'FOR', 'WAITS', 'TX-Q', 'RX-Q', 'TIMER', 'RETR', 'PROBES', 'SENT', 'RECEIVED', 'INODE'];
const SOCKET_CELLS = [11, 6, 6, 6, 6, 12, 5, 7, 7, 9, 10] as const;
const PORT_CELLS = 7;

/** What fits whole: half a column says nothing. */
function socketText(values: readonly string[], cells: number): string {
	let text = '';
	for (const [place, wide] of SOCKET_CELLS.entries()) {
		if (PORT_CELLS + text.length + 1 + wide > cells) break;
		text += ` ${fit(values[place] ?? '', wide, place === 0 || place === 5 ? 'left' : 'right')}`;
	}
	return text;
}

function isRepeated({retransmits, probes, timer}: SocketRow): boolean {
	return retransmits > 0 || probes > 0 || timer === 4;
}

function socketLine(socket: SocketRow, isEvidence: boolean, theme: Theme, cells: number): string {
	const {state, inStateMs, waitingMs, txQueue, rxQueue, timer, retransmits, probes} = socket;
	const values = [
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
	];
	const text = socketText(values, cells);
	// state, how long, how long it waits
	const telling = 3 + SOCKET_CELLS[0] + SOCKET_CELLS[1] + SOCKET_CELLS[2];
	return line(theme, cells, [
		[fit(` ${socket.localPort}`, PORT_CELLS), isEvidence ? 'strong' : 'plain'],
		[text.slice(0, telling), isEvidence ? 'degraded' : 'plain'],
		[text.slice(telling), isRepeated(socket) ? 'degraded' : 'plain'],
	]);
}
