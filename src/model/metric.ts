/** What is drawn of a backend over time: one number a reading, by name. */
import {allConnections} from '../parse/tcp-state.ts';
import type {BackendFacts} from '../snapshot.ts';
import {isMultiplexed} from './multiplexed.ts';

/** What is kept of the older past, and what can be drawn. Counts are a bucket's maximum, flows its sum, times its median. */
export const METRICS = [
	'total',
	'established',
	'synSent',
	'timeWait',
	'closeWait',
	'finWait1',
	'finWait2',
	'lastAck',
	'opened',
	'closed',
	'moved',
	'retransmitting',
	'waiting',
	'completed',
	'responseMs',
	'ended',
	'endedAnswered',
	'endedUnanswered',
	'endedRefused',
	'endedTimedOut',
	'endedReset',
] as const;
export type Metric = (typeof METRICS)[number];

/** What a screen draws: all that crosses to the thread that draws. In the order in which it is drawn where nothing is wrong. */
export const DRAWN_METRICS = [
	...(['established', 'timeWait', 'closeWait', 'responseMs', 'waiting', 'opened', 'synSent'] as const),
	...(['finWait1', 'finWait2', 'lastAck', 'endedRefused', 'endedUnanswered', 'endedReset', 'retransmitting'] as const),
] as const satisfies readonly Metric[];
export type DrawnMetric = (typeof DRAWN_METRICS)[number];

/** Summed, not compared. */
export const FLOWS: ReadonlySet<Metric> = new Set<Metric>([
	...(['opened', 'closed', 'moved', 'completed'] as const),
	...(['ended', 'endedAnswered', 'endedUnanswered', 'endedRefused', 'endedTimedOut', 'endedReset'] as const),
]);

/** The value of a metric in one reading; null when it cannot be known. */
export function metricOf(metric: Metric, facts: BackendFacts | null): number | null {
	if (facts === null) return metric === 'responseMs' ? null : 0;
	const {connections, info} = facts;
	switch (metric) {
		case 'total':
			return allConnections(connections);
		case 'opened':
			return facts.opened;
		case 'closed':
			return facts.closed;
		case 'moved':
			return facts.moved;
		case 'retransmitting':
			return facts.synRetransmitted + facts.retransmittingOnce + facts.keepaliveUnanswered;
		case 'waiting':
			return info === null || isMultiplexed(info) ? null : info.waiting;
		case 'completed':
			return info === null ? null : info.completed;
		case 'responseMs':
			return info === null || isMultiplexed(info) ? null : medianOf(info.answers);
		case 'ended':
			return facts.ended?.total ?? null;
		case 'endedAnswered':
			return facts.ended?.answered ?? null;
		case 'endedUnanswered':
			return facts.ended?.unanswered ?? null;
		case 'endedRefused':
			return facts.ended?.refused ?? null;
		case 'endedTimedOut':
			return facts.ended?.timedOut ?? null;
		case 'endedReset':
			return facts.ended == null ? null : facts.ended.resetBefore + facts.ended.resetAfter;
		default:
			return connections[metric];
	}
}

/** Merges sparse histograms, ascending. */
export function merged(histograms: Iterable<readonly number[]>): number[] {
	const sum: number[] = [];
	for (const histogram of histograms) {
		// both ascend, so that each bound is looked for from where the one before was found
		let place = 0;
		for (let i = 0; i < histogram.length; i += 2) {
			const bound = histogram[i] ?? 0;
			while (place < sum.length && (sum[place] ?? 0) < bound) place += 2;
			if (sum[place] !== bound) sum.splice(place, 0, bound, 0);
			sum[place + 1] = (sum[place + 1] ?? 0) + (histogram[i + 1] ?? 0);
		}
	}
	return sum;
}

/** The value below which `share` of a sparse histogram (`[bound, count, …]`, ascending) lies; null when it is empty. */
export function quantile(histogram: readonly number[], share: number): number | null {
	let count = 0;
	for (let i = 1; i < histogram.length; i += 2) count += histogram[i] ?? 0;
	if (count === 0) return null;
	let rank = Math.max(1, Math.ceil(count * share));
	for (let i = 0; i < histogram.length; i += 2) {
		rank -= histogram[i + 1] ?? 0;
		if (rank <= 0) return histogram[i] ?? null;
	}
	return null;
}

function medianOf(histogram: readonly number[]): number | null {
	return quantile(histogram, 0.5);
}
