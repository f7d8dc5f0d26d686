/** The one response time that the table, a finding and the detail view show. */
import type {BackendRow} from '../state/rows.ts';

/** While answers are judged late, what the finding says: it looks at the present, not at 15 s. null: none. */
export function shownResponseMs({backend, verdict}: Pick<BackendRow, 'backend' | 'verdict'>): number | null {
	const late = verdict.findings.find(({rule}) => rule === 'slow' || rule === 'overload');
	return late?.evidence['answersMs'] ?? backend.responseMs?.p50 ?? null;
}
