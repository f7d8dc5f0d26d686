import {duration} from '../../text/duration.ts';
import {plural} from '../../text/plural.ts';
import {isUnanswered} from '../evidence-sockets.ts';
import {requestsOf, yardstickEvidence} from '../requests.ts';
import type {AboutRule, BackendRule} from '../rule.ts';
import {comparison, troubles, USUAL_SHARE} from './overload.ts';

export const aboutSlow = {
	id: 'slow',
	meaning: 'answers come, but take a multiple of what is usual for this backend',
	thresholds: {
		times: {value: 5, unit: 'times', about: 'response time as a multiple of the backend’s own past'},
		floor: {value: 200, unit: 'ms', about: 'response time below which nothing is slow'},
		waiting: {value: 3, unit: 'sockets', about: 'requests or answers that must be slow'},
	},
	metric: 'responseMs',
	columns: ['RESP'],
	sockets: isUnanswered,
	ownEnd: ['unanswered'],
} as const satisfies AboutRule;

/**
Answers come, but take a multiple of what is usual, and none comes in the usual time any more. How many answers a connection
gave is counted by what it was asked, so that a share of slow requests (a report endpoint, a heavy tail) is not slowness of
the backend. While requests pile up without an answer it is `overload`: that may be a hang as well.
*/
export const slow: BackendRule = {
	id: aboutSlow.id,
	scope: 'backend',
	opensAfterMs: 0,
	clearsAfterMs: 3_000,
	yieldsTo: ['hung', 'unreachable', 'stalled', 'fds', 'overload'],
	look(backend, context) {
		const requests = requestsOf(backend, context);
		if (requests === null || requests.yardstick === null || requests.answersMs === null) return null;
		// Dials to a full accept queue were told first: that finding says who waits as well.
		if (context.openOf('partial')?.evidence['synSent'] !== undefined) return null;
		const {waiting, oldestWaitMs, longWaits, slowAnswers, usualAnswers, answersMs} = requests;
		const late = longWaits + slowAnswers;
		const needed = context.thresholds['slow.waiting'];
		if (late < needed || (context.open === null && slowAnswers < needed)) return null;
		if (usualAnswers > USUAL_SHARE * late) return null;
		const {clockMs} = context.instance.snapshot;
		return {
			severity: 'degraded',
			message: [
				`answers take ${duration(answersMs)}, ${comparison(requests)}`,
				...(waiting > 0 ? [`${plural(waiting, 'request')} waiting, oldest ${duration(oldestWaitMs)}`] : []),
				...troubles(backend, context, requests),
			].join('; '),
			hint: 'its process answers, but late: look at its load, its garbage collector, and what it waits for (database, disk, another service); other backends show whether it is this one alone',
			beganMs: clockMs - Math.max(oldestWaitMs, answersMs),
			evidence: {
				answersMs: Math.round(answersMs),
				...yardstickEvidence(requests),
				slow: slowAnswers,
				usual: usualAnswers,
				waiting,
				oldestWaitMs: Math.round(oldestWaitMs),
			},
		};
	},
};
