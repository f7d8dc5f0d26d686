/** Which sockets of a backend are the evidence of what was found, and in which orders they can be read. */
import {isClosing, isRepeating, type SocketTest} from '../../detect/evidence-sockets.ts';
import {aboutRule, type RuleId} from '../../detect/index.ts';
import type {SocketRow} from '../../fold/socket-row.ts';
import {CLOSE_WAIT, LAST_ACK, SYN_SENT} from '../../parse/tcp-state.ts';

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

/** Where nothing was found: what a healthy backend has none of. */
const isTroubled: SocketTest = (socket) =>
	isRepeating(socket) || isClosing(socket) || [CLOSE_WAIT, SYN_SENT, LAST_ACK].includes(socket.state);

export function evidenceTest(rules: readonly RuleId[]): SocketTest {
	const tests = rules.flatMap((rule) => aboutRule(rule).sockets ?? []);
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
