/** Tests of one socket that several rules call their evidence. */
import type {SocketRow} from '../fold/socket-row.ts';
import {ESTABLISHED, FIN_WAIT1, FIN_WAIT2, SYN_SENT} from '../parse/tcp-state.ts';

export type SocketTest = (socket: SocketRow) => boolean;

/** Accepted, asked, and never a byte of an answer. */
export const isUnanswered: SocketTest = ({waitingMs, state, bytesReceived, bytesSent}) =>
	waitingMs !== null || (state === ESTABLISHED && bytesReceived === 0 && (bytesSent ?? 0) > 0);
export const isDialling: SocketTest = ({state}) => state === SYN_SENT;
export const isRepeating: SocketTest = ({retransmits, probes}) => retransmits > 0 || probes > 0;
export const isClosing: SocketTest = ({state, inode}) => (state === FIN_WAIT1 || state === FIN_WAIT2) && inode === 0;
