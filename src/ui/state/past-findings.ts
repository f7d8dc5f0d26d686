/** Which findings were open over the span that is drawn, by backend. */
import type {Finding} from '../../detect/finding.ts';
import type {Past} from '../views/trend.ts';
import {type BackendRow, rowKey} from './rows.ts';
import {findingsOf, type ScreenState} from './state.ts';

/** Unix ms. Of a group, those of all its members. */
export function pastOf(state: ScreenState, since: number): Past {
	const byRow = new Map<string, Finding[]>();
	const add = (finding: Finding) => {
		const key = rowKey(finding.instance, finding.backend ?? '');
		const known = byRow.get(key);
		if (known === undefined) byRow.set(key, [finding]);
		else known.push(finding);
	};
	for (const finding of state.shown?.assessment.open ?? []) if (finding.backend !== null) add(finding);
	for (const finding of findingsOf(state)) {
		if (finding.backend !== null && finding.to !== null && finding.to >= since) add(finding);
	}
	const of = ({key, members}: BackendRow): readonly Finding[] =>
		members === undefined ? (byRow.get(key) ?? []) : members.flatMap((member) => of(member));
	return of;
}
