/** Thresholds of rules that look at sockets and their states. */
import type {ThresholdKey} from '../../../src/detect/thresholds.ts';
import {B, span, spanOf} from '../windows.ts';
import type {Bound} from './bound.ts';

/** Ephemeral ports of the windows' namespace. */
const PORTS = 60_999 - 32_768 + 1;

export const SOCKET_BOUNDS = {
	'close-wait.age': {
		looks: (oldestCloseWaitMs) => spanOf(1, {established: 5, closeWait: 1, oldestCloseWaitMs}),
		step: 1,
	},
	'close-wait.sockets': {
		looks: (closeWait) => spanOf(1, {established: 5, closeWait, oldestCloseWaitMs: 60_000}),
		step: 1,
	},
	'time-wait.share': {
		looks: (share) => spanOf(12, {established: 1_000 * (1 - share), timeWait: 1_000 * share}),
		step: 0.001,
		sense: 'over',
	},
	'time-wait.sockets': {looks: (timeWait) => spanOf(12, {established: 5, timeWait}), step: 1},
	'time-wait.ports': {
		looks: (share) => spanOf(12, {established: 5, timeWait: 60, localPorts: share * PORTS}),
		step: 0.001,
		severity: 'degraded',
	},
	'no-established.for': {
		looks: (ms) => [
			...spanOf(1, {established: 5}),
			...spanOf(4, {synSent: 1}),
			{at: ms / 1_000, backends: {[B]: {synSent: 1}}},
		],
		step: 1,
	},
	'unreachable.dials': {
		looks: (sockets) => [...spanOf(3, {established: 5}), ...spanOf(1, {synSent: 3, synRetransmitted: sockets})],
		step: 1,
	},
	'unreachable.probes': {
		looks: (sockets) => spanOf(3, {established: 5, moved: 0, keepaliveUnanswered: sockets}),
		step: 1,
	},
	'stalled.for': {
		looks: (oldestZeroWindowMs) => spanOf(1, {established: 5, zeroWindow: 1, oldestZeroWindowMs}),
		step: 1,
	},
	'stalled.unsent': {
		looks: (oldestUnsentMs) => spanOf(1, {established: 5, retransmittingTwice: 2, oldestUnsentMs}),
		step: 1,
	},
	'leak.age': {
		looks: (ms) => spanOf(3, {established: 5, finWait2: 3, finWait2Orphans: 3, oldestFinWait2OrphanMs: ms}),
		step: 1,
	},
	'leak.sockets': {
		looks: (sockets) => spanOf(3, {established: 5, finWait2Orphans: sockets, oldestFinWait2OrphanMs: 6_000}),
		step: 1,
	},
	'leak.many': {
		looks: (sockets) => spanOf(3, {established: 5, finWait2Orphans: sockets, oldestFinWait2OrphanMs: 2_000}),
		step: 1,
	},
	'ports.share': {looks: (share) => spanOf(2, {established: 5, localPorts: share * PORTS}), step: 0.001},
	'accept-queue.for': {
		looks: (ms) => [
			...spanOf(1, {established: 5, peerAcceptQueue: 0}),
			...spanOf(2, {established: 5, peerAcceptQueue: 3}),
			{at: 1 + (ms * 0.9) / 1_000, backends: {[B]: {established: 5, peerAcceptQueue: 3}}},
		],
		step: 10,
	},
	'traefik-stopped.for': {
		looks: (ms) => [...span(1, {}), ...span(2, {acceptQueue: 3}), {at: 1 + (ms * 0.9) / 1_000, acceptQueue: 3}],
		step: 10,
	},
} as const satisfies Partial<Record<ThresholdKey, Bound>>;
