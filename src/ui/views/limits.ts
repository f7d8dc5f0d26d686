/** From which number on a metric counts: the dashed line in its graph. */

import type {Thresholds} from '../../detect/thresholds.ts';
import type {Metric} from '../../model/metric.ts';
import {quantile} from '../../model/metric.ts';
import {BUCKET_MS} from '../../model/track.ts';
import {LOOKBACK_MS} from '../../snapshot.ts';
import type {BackendRow} from '../state/rows.ts';

/** null: no number alone says it (an age does, or what else happens at the same time). */
export function limitOf(metric: Metric, row: BackendRow, clockMs: number, thresholds: Thresholds): number | null {
	const {connections, total} = row.backend;
	switch (metric) {
		case 'timeWait': {
			const share = thresholds['time-wait.share'];
			if (share >= 1) return null;
			const others = total - connections.timeWait;
			return Math.max(thresholds['time-wait.sockets'], Math.ceil((others * share) / (1 - share)));
		}
		case 'finWait2':
			return thresholds['leak.sockets'];
		case 'synSent':
			return thresholds['unreachable.dials'];
		case 'responseMs': {
			const usual = usualMs(row, clockMs);
			return usual === null ? null : Math.max(thresholds['slow.floor'], thresholds['slow.times'] * usual);
		}
		default:
			return null;
	}
}

/** What the open finding compares with, else the median of what is kept. */
function usualMs({backend: {track}, verdict}: BackendRow, clockMs: number): number | null {
	const slow = verdict.findings.find(({rule}) => rule === 'slow')?.evidence['usualMs'];
	if (slow !== undefined) return slow;
	const known = track.past('responseMs', clockMs, LOOKBACK_MS / BUCKET_MS).filter((value) => value !== null);
	const counts = known.sort((a, b) => a - b).flatMap((value) => [value, 1]);
	return quantile(counts, 0.5);
}
