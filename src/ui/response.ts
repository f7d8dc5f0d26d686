/** The one response time that the table, a finding and the detail view show. */
import type {BackendRow} from './rows.ts';

/** While answers are judged slow, what the finding says: requests that still wait count there as well. null: none. */
export function shownResponseMs({backend, verdict}: Pick<BackendRow, 'backend' | 'verdict'>): number | null {
	const slow = verdict.findings.find(({rule}) => rule === 'slow');
	return slow?.evidence['medianMs'] ?? backend.responseMs?.p50 ?? null;
}
