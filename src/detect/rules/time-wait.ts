import {TIME_WAIT} from '../../parse/tcp-state.ts';
import {percent} from '../../text/count.ts';
import {plural} from '../../text/plural.ts';
import type {AboutRule, BackendRule} from '../rule.ts';

export const aboutTimeWait = {
	id: 'time-wait',
	meaning: 'many closed connections linger: connections are not reused; normal in itself',
	thresholds: {
		share: {value: 0.2, unit: 'share', about: 'TIME_WAIT share of a backend’s rows'},
		sockets: {value: 50, unit: 'sockets', about: 'TIME_WAIT rows below which the share does not count'},
		ports: {value: 0.5, unit: 'share', about: 'ephemeral ports in use at which TIME_WAIT is an alarm'},
	},
	metric: 'timeWait',
	columns: ['TW'],
	sockets: ({state}) => state === TIME_WAIT,
} as const satisfies AboutRule;

/**
TIME_WAIT rows are connections that Traefik closed, kept for 60 s. Their share is high for good on any backend with a
health check, so it is a notice above a floor, and an alarm only when ephemeral ports are running short.
*/
export const timeWait: BackendRule = {
	id: aboutTimeWait.id,
	scope: 'backend',
	opensAfterMs: 10_000,
	clearsAfterMs: 10_000,
	yieldsTo: ['ports'],
	look({now, timeWaitShare, connections}, {instance, thresholds}) {
		if (now === null || timeWaitShare === null || timeWaitShare <= thresholds['time-wait.share']) return null;
		if (connections.timeWait < thresholds['time-wait.sockets']) return null;
		const range = instance.snapshot.ports;
		const used = range === null ? 0 : now.localPorts / (range.high - range.low + 1);
		const isPressing = used >= thresholds['time-wait.ports'];
		return {
			severity: isPressing ? 'degraded' : 'notice',
			message: `${plural(connections.timeWait, 'socket')}, ${percent(timeWaitShare)} of its rows`,
			hint: isPressing
				? 'connections are closed from Traefik’s end instead of being reused, and local ports towards this backend run short: look at maxIdleConnsPerHost and the backend’s keep-alive'
				: 'these connections were closed from Traefik’s end first: health checks, an idle pool that is small or off, answers with “Connection: close”, or dials that it gave up; the rows themselves do no harm while local ports last',
			beganMs: instance.snapshot.clockMs,
			evidence: {timeWait: connections.timeWait, share: timeWaitShare, portsShare: used},
		};
	},
};
