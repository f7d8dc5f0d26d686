/** The sockets of one backend, as lines. */
import type {SocketRow} from '../fold/socket-row.ts';
import {CLOSE_WAIT, STATE_NAMES, SYN_SENT} from '../parse/tcp-state.ts';
import {LOOKBACK_MS} from '../snapshot.ts';
import {bytes, grouped} from '../text/count.ts';
import {shortDuration} from '../text/duration.ts';
import {fit, wrap} from '../text/fit.ts';
import {line} from './pieces.ts';
import type {BackendRow} from './rows.ts';
import type {State} from './screen-state.ts';
import type {Theme} from './theme.ts';

const TIMERS: Readonly<Record<number, string>> = {
	0: '–',
	1: 'retransmit',
	2: 'keepalive',
	3: 'timewait',
	4: 'zero window',
};

/** `sockets`, and where those are not all, how many and which are listed. */
export function socketHeading({sockets, playback}: State, row: BackendRow): string {
	const shown = isOf(sockets, row) && playback.mode !== 'back' ? sockets.rows.length : 0;
	const {total} = row.backend;
	// A reading and the list may differ by a few; a list that was cut differs by far.
	const isCut = shown > 0 && total - shown > Math.max(10, total * 0.1);
	return isCut ? `sockets: ${grouped(shown)} of ${grouped(total)}, longest in their state first` : 'sockets';
}

function isOf(sockets: State['sockets'], {instance, backend}: BackendRow): sockets is NonNullable<State['sockets']> {
	return sockets !== null && sockets.instance === instance.id && sockets.address === backend.address;
}

const NOT_KEPT =
	'not kept for the past: the counts above are. w writes the last 15 minutes as a recording, and its replay shows the sockets of any instant; End leads to now';

export function socketLines({sockets, playback}: State, row: BackendRow, theme: Theme, cells: number): string[] {
	if (playback.mode === 'back') {
		return wrap(NOT_KEPT, Math.max(10, cells - 2)).map((text) => line(theme, cells, [[` ${text}`, 'quiet']]));
	}
	if (!isOf(sockets, row)) {
		return [line(theme, cells, [[' come with the next snapshot …', 'quiet']])];
	}
	if (sockets.rows.length === 0) return [line(theme, cells, [[' none', 'quiet']])];
	const head = fit(' LOCAL PORT', PORT_CELLS) + socketText(HEADINGS, cells);
	return [line(theme, cells, [[head, 'quiet']]), ...sockets.rows.map((socket) => socketLine(socket, theme, cells))];
}

const HEADINGS = ['STATE', 'FOR', 'WAITS', 'TX-Q', 'RX-Q', 'TIMER', 'RETR', 'PROBES', 'SENT', 'RECEIVED', 'INODE'];
const SOCKET_CELLS = [11, 6, 6, 6, 6, 12, 5, 7, 7, 9, 10] as const;
const PORT_CELLS = 11;

/** What fits whole: half a column says nothing. */
function socketText(values: readonly string[], cells: number): string {
	let text = '';
	for (const [place, wide] of SOCKET_CELLS.entries()) {
		if (PORT_CELLS + text.length + 1 + wide > cells) break;
		text += ` ${fit(values[place] ?? '', wide, place === 0 || place === 5 ? 'left' : 'right')}`;
	}
	return text;
}

function socketLine(socket: SocketRow, theme: Theme, cells: number): string {
	const {state, inStateMs, waitingMs, txQueue, rxQueue, timer, retransmits, probes} = socket;
	const isTroubled = retransmits > 0 || probes > 0 || state === CLOSE_WAIT || state === SYN_SENT;
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
	return line(theme, cells, [[fit(` ${socket.localPort}`, PORT_CELLS)], [text, isTroubled ? 'degraded' : 'plain']]);
}
