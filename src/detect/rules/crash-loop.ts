import {duration} from '../../text/duration.ts';
import {plural} from '../../text/plural.ts';
import {crashesOf} from '../crashes.ts';
import {isDialling} from '../evidence-sockets.ts';
import type {AboutRule, BackendRule} from '../rule.ts';

export const aboutCrashLoop = {
	id: 'crash-loop',
	meaning: 'the backend dies again and again and is back each time',
	thresholds: {},
	metric: 'established',
	columns: ['EST'],
	sockets: isDialling,
	ownEnd: ['absent'],
	failsAtOnce: true,
} as const satisfies AboutRule;

/** Away for this long, it is down and not only restarting. */
const DOWN_MS = 5_000;

/**
A backend that dies again and again and is back each time: one finding for all of it, while it recurs. Between two crashes
requests are answered, so it is not down; each single outage would be `refused`.
*/
export const crashLoop: BackendRule = {
	id: aboutCrashLoop.id,
	scope: 'backend',
	opensAfterMs: 0,
	clearsAfterMs: 0,
	yieldsTo: [],
	look(backend, context) {
		const crashes = crashesOf(backend, context);
		if (crashes === null) return null;
		const {clockMs} = context.instance.snapshot;
		const {count, firstMs, refused, awayMs} = crashes;
		const isDown = awayMs >= DOWN_MS;
		return {
			severity: isDown ? 'down' : 'degraded',
			message: `lost all connections ${count} times in ${duration(clockMs - firstMs)}, ${plural(refused, 'dial')} refused meanwhile${isDown ? `; away for ${duration(awayMs)}` : ', back each time'}`,
			hint: 'its process ends and starts again, over and over (a crash loop): look at its log and exit code, at the kernel’s log for out-of-memory kills, and at what restarts it (systemd, Kubernetes: a liveness probe that fails)',
			beganMs: firstMs,
			evidence: {crashes: count, refused},
		};
	},
};
