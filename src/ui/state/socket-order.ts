/** Which sockets of a backend are the evidence of what was found, and in which orders they can be read. */
import type {RuleId} from '../../finding.ts';
import type {SocketRow} from '../../fold/socket-row.ts';
import {CLOSE_WAIT, ESTABLISHED, FIN_WAIT1, FIN_WAIT2, LAST_ACK, SYN_SENT, TIME_WAIT} from '../../parse/tcp-state.ts';

/** By what: `evidence` first, then as long as it goes; the others from the most to the least. */
export const SOCKET_ORDERS = ['evidence', 'age', 'wait', 'queue', 'port'] as const;
export type SocketOrder = (typeof SOCKET_ORDERS)[number];

const ORDER_WORDS: Readonly<Record<SocketOrder, string>> = {
	evidence: 'evidence first',
	age: 'longest in state',
	wait: 'longest wait',
	queue: 'fullest queues',
	port: 'local port',
};

export function orderWords(order: SocketOrder): string {
	return ORDER_WORDS[order];
}

export function nextOrder(order: SocketOrder): SocketOrder {
	return SOCKET_ORDERS[(SOCKET_ORDERS.indexOf(order) + 1) % SOCKET_ORDERS.length] ?? 'evidence';
}

type Test = (socket: SocketRow) => boolean;

const isWaiting: Test = ({waitingMs}) => waitingMs !== null;
/** Accepted, asked, and never a byte of an answer. */
const isUnanswered: Test = (socket) =>
	isWaiting(socket) || (socket.state === ESTABLISHED && socket.bytesReceived === 0 && (socket.bytesSent ?? 0) > 0);
const isDialling: Test = ({state}) => state === SYN_SENT;
const isRepeating: Test = ({retransmits, probes}) => retransmits > 0 || probes > 0;
const isClosing: Test = ({state, inode}) => (state === FIN_WAIT1 || state === FIN_WAIT2) && inode === 0;

const EVIDENCE: Readonly<Partial<Record<RuleId, Test>>> = {
	'close-wait': ({state}) => state === CLOSE_WAIT,
	'time-wait': ({state}) => state === TIME_WAIT,
	ports: ({state}) => state === TIME_WAIT,
	pool: ({state}) => state === TIME_WAIT,
	churn: ({state}) => state === TIME_WAIT,
	leak: isClosing,
	unreachable: (socket) => isDialling(socket) || isRepeating(socket),
	'no-established': isDialling,
	refused: isDialling,
	'crash-loop': isDialling,
	stalled: ({txQueue, timer}) => txQueue > 0 || timer === 4,
	hung: isUnanswered,
	slow: isUnanswered,
	overload: isUnanswered,
	fds: isUnanswered,
	'accept-queue': isUnanswered,
	partial: (socket) => isUnanswered(socket) || isDialling(socket) || isRepeating(socket),
	loss: (socket) => isRepeating(socket) || (socket.totalRetrans ?? 0) > 0,
};

/** Where nothing was found: what a healthy backend has none of. */
const isTroubled: Test = (socket) =>
	isRepeating(socket) || isClosing(socket) || [CLOSE_WAIT, SYN_SENT, LAST_ACK].includes(socket.state);

export function evidenceTest(rules: readonly RuleId[]): Test {
	const tests = rules.flatMap((rule) => EVIDENCE[rule] ?? []);
	return tests.length === 0 ? isTroubled : (socket) => tests.some((test) => test(socket));
}

export function sortSockets(
	sockets: readonly SocketRow[],
	order: SocketOrder,
	isEvidence: (socket: SocketRow) => boolean,
): SocketRow[] {
	const waited = ({waitingMs}: SocketRow) => waitingMs ?? -1;
	const queued = ({txQueue, rxQueue}: SocketRow) => txQueue + rxQueue;
	const by: Readonly<Record<SocketOrder, (a: SocketRow, b: SocketRow) => number>> = {
		evidence: (a, b) =>
			Number(isEvidence(b)) - Number(isEvidence(a)) || waited(b) - waited(a) || b.inStateMs - a.inStateMs,
		age: (a, b) => b.inStateMs - a.inStateMs,
		wait: (a, b) => waited(b) - waited(a),
		queue: (a, b) => queued(b) - queued(a),
		port: (a, b) => a.localPort - b.localPort,
	};
	const compare = by[order];
	return [...sockets].sort((a, b) => compare(a, b) || a.localPort - b.localPort);
}
