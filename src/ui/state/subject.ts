/** Which backend the lines below the table are about, and which finding: the selected one's, else the worst. */
import {type Finding, findingKey} from '../../detect/finding.ts';
import {type BackendRow, rowKey} from './rows.ts';
import type {ScreenState} from './state.ts';

export type Subject = {
	/** null: a finding that no backend of the table has, or nothing at all. */
	readonly row: BackendRow | null;
	readonly finding: Finding | null;
	/** Of all problems, the gravest first: which one it is, from 0; -1: none of them. */
	readonly place: number;
	readonly problems: readonly Finding[];
};

export function subjectOf(state: ScreenState): Subject {
	const problems = problemsOf(state);
	const chosen = problems.findIndex((finding) => findingKey(finding) === state.problem);
	if (chosen >= 0) return about(state, problems, chosen);
	const row = state.rows.get(state.selection ?? '') ?? state.groups.get(state.selection ?? '') ?? null;
	if (row === null) {
		if (problems.length > 0) return about(state, problems, 0);
		return {row: state.rows.get(state.order[0] ?? '') ?? null, finding: null, place: -1, problems};
	}
	const own = row.members ?? [row];
	const place = problems.findIndex(({instance, backend}) =>
		own.some((member) => member.instance.id === instance && member.backend.address === backend),
	);
	if (place >= 0) return about(state, problems, place);
	const worst = own.find(({verdict}) => verdict.findings.length > 0) ?? own[0] ?? row;
	return {row: worst, finding: worst.verdict.findings[0] ?? null, place: -1, problems};
}

function about(state: ScreenState, problems: readonly Finding[], place: number): Subject {
	const finding = problems[place] ?? null;
	const row = finding === null ? null : (state.rows.get(rowKey(finding.instance, finding.backend ?? '')) ?? null);
	return {row, finding, place, problems};
}

/** What is wrong now, notices and backends that the filter hides left out. */
function problemsOf({shown, order}: ScreenState): Finding[] {
	const listed = new Set(order);
	return (shown?.assessment.open ?? []).filter(
		({severity, backend, instance}) =>
			severity !== 'notice' && (backend === null || listed.has(rowKey(instance, backend))),
	);
}

/** The problem after or before the one that is explained, round the end. */
export function problemBy(state: ScreenState, by: 1 | -1): Finding | null {
	const {place, problems} = subjectOf(state);
	if (problems.length === 0) return null;
	const isFirst = place < 0 || (state.problem === null && state.selection === null && by > 0 && problems.length === 1);
	const next = isFirst ? 0 : (place + by + problems.length) % problems.length;
	return problems[next] ?? null;
}
