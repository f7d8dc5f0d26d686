/**
Every number that a rule compares with: one table that feeds the rules, `--config`, `--help` and docs/rules.md (written by
`node test/docs/rules-table.ts`). A key is `rule.name`. Units: ms, share (0–1), sockets, perSecond, times (a factor).
*/
export type Unit = 'ms' | 'share' | 'sockets' | 'perSecond' | 'times';

export type Threshold = {readonly value: number; readonly unit: Unit; readonly about: string};

export const THRESHOLDS = {
	'close-wait.age': {value: 60_000, unit: 'ms', about: 'age of a CLOSE_WAIT socket that counts as not closed'},
	'close-wait.sockets': {value: 1, unit: 'sockets', about: 'CLOSE_WAIT sockets, the oldest of them at that age'},
	'time-wait.share': {value: 0.2, unit: 'share', about: 'TIME_WAIT share of a backend’s rows'},
	'time-wait.sockets': {value: 50, unit: 'sockets', about: 'TIME_WAIT rows below which the share says nothing'},
	'time-wait.ports': {value: 0.5, unit: 'share', about: 'ephemeral ports in use at which TIME_WAIT is an alarm'},
	'no-established.for': {value: 5_000, unit: 'ms', about: 'time without an ESTABLISHED connection while Traefik dials'},
	'refused.dials': {value: 1, unit: 'sockets', about: 'refused dials since the backend’s last connection was gone'},
	'refused.down': {
		value: 3_000,
		unit: 'ms',
		about: 'time for which every dial is refused after which it is down, while another backend answers',
	},
	'premature-close.connections': {value: 3, unit: 'sockets', about: 'connections closed without one byte of an answer'},
	'unreachable.dials': {
		value: 2,
		unit: 'sockets',
		about: 'sockets that retransmit unanswered at which one look suffices',
	},
	'unreachable.probes': {value: 1, unit: 'sockets', about: 'connections whose keep-alive probes go unanswered'},
	'stalled.for': {value: 2_000, unit: 'ms', about: 'time for which the other end does not read'},
	'stalled.unsent': {
		value: 3_000,
		unit: 'ms',
		about: 'time for which data is sent again without an acknowledgement while other connections work',
	},
	'hung.waiting': {value: 3, unit: 'sockets', about: 'requests waiting while none completes'},
	'hung.for': {value: 6_000, unit: 'ms', about: 'time in which no request completes (tcp_info)'},
	'hung.grownFor': {value: 2_000, unit: 'ms', about: 'the same where congestion windows tell (text tables, bbr)'},
	'hung.textFor': {value: 3_000, unit: 'ms', about: 'time in which no connection moves (text tables)'},
	'hung.down': {value: 5_000, unit: 'ms', about: 'time without any progress after which it is down'},
	'slow.times': {value: 5, unit: 'times', about: 'response time as a multiple of the backend’s own past'},
	'slow.floor': {value: 200, unit: 'ms', about: 'response time below which nothing is slow'},
	'slow.waiting': {value: 3, unit: 'sockets', about: 'requests or answers that must be slow'},
	'fds.unanswered': {value: 3, unit: 'sockets', about: 'new connections never answered while old ones work'},
	'fds.age': {value: 2_000, unit: 'ms', about: 'age from which a new connection counts as unanswered'},
	'fds.limit': {value: 0.9, unit: 'share', about: 'share of Traefik’s own descriptor limit in use'},
	'leak.age': {value: 5_000, unit: 'ms', about: 'age of an ownerless FIN_WAIT2 socket'},
	'leak.sockets': {value: 3, unit: 'sockets', about: 'ownerless FIN_WAIT2 sockets'},
	'leak.many': {value: 10, unit: 'sockets', about: 'ownerless FIN_WAIT2 sockets that need be only 0.4 times as old'},
	'churn.perSecond': {value: 5, unit: 'perSecond', about: 'connections opened a second none of which survives'},
	'loss.share': {value: 0.02, unit: 'share', about: 'share of data segments sent again'},
	'loss.segments': {value: 5, unit: 'sockets', about: 'segments sent again within 5 s (15 s where few are sent)'},
	'partial.perSecond': {value: 1, unit: 'perSecond', about: 'refused dials a second while connections work'},
	'partial.refusedFor': {
		value: 1_000,
		unit: 'ms',
		about: 'time for which dials are refused while connections work; `status` without --follow takes one look',
	},
	'partial.abandoned': {value: 3, unit: 'sockets', about: 'requests given up within 10 s while others are answered'},
	'partial.abandonedAge': {value: 4_000, unit: 'ms', about: 'how long the oldest of them had waited'},
	'accept-queue.for': {value: 2_000, unit: 'ms', about: 'time for which the backend leaves connections unaccepted'},
	'ports.share': {value: 0.8, unit: 'share', about: 'share of the ephemeral ports in use towards one backend'},
	'drift.horizon': {value: 1_800_000, unit: 'ms', about: 'time within which a trend would cross a threshold'},
	'pool.perSecond': {value: 5, unit: 'perSecond', about: 'connections a second closed by Traefik and dialled again'},
	'traefik-stopped.for': {value: 2_000, unit: 'ms', about: 'time for which Traefik accepts none of its clients'},
} as const satisfies Record<string, Threshold>;

export type ThresholdKey = keyof typeof THRESHOLDS;

/** A value for each key: the defaults with the user's own put over them. */
export type Thresholds = Readonly<Record<ThresholdKey, number>>;

export const DEFAULT_THRESHOLDS: Thresholds = Object.fromEntries(
	Object.entries(THRESHOLDS).map(([key, threshold]) => [key, threshold.value]),
) as Record<ThresholdKey, number>;
