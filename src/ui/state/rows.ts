/** The backends of all instances as rows of one table: joined with their verdicts, filtered, in a stable order. */

import type {Assessment, BackendAssessment} from '../../detect/assessment.ts';
import {type Finding, STATES, type State} from '../../detect/finding.ts';
import type {BackendModel, InstanceModel, Model} from '../../model/model.ts';
import {backendLabel} from '../../text/backend-label.ts';

export type BackendRow = {
	/** Unique over all instances, and the same at every look. */
	readonly key: string;
	readonly instance: InstanceModel;
	readonly backend: BackendModel;
	readonly verdict: BackendAssessment;
	/** A group's line: the sums of these. */
	readonly members?: readonly BackendRow[];
};

const NO_VERDICT: BackendAssessment = {state: 'unknown', since: 0, findings: []};

export function rowKey(instance: string, address: string): string {
	return `${instance} ${address}`;
}

export function rowsOf(model: Model, assessment: Assessment): Map<string, BackendRow> {
	const rows = new Map<string, BackendRow>();
	for (const instance of model.instances) {
		const verdicts = assessment.instances.get(instance.id)?.backends;
		for (const backend of instance.backends) {
			const key = rowKey(instance.id, backend.address);
			rows.set(key, {key, instance, backend, verdict: verdicts?.get(backend.address) ?? NO_VERDICT});
		}
	}
	return rows;
}

/** The finding that explains a state: the worst one, notices last. */
export function worstFinding({findings}: BackendAssessment): Finding | null {
	return findings[0] ?? null;
}

/** Whether every word of a filter occurs in what the row shows. */
export function matches({backend, instance, verdict}: BackendRow, filter: string): boolean {
	const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
	if (words.length === 0) return true;
	const rules = verdict.findings.map(({rule}) => rule).join(' ');
	const text = `${backendLabel(backend)} ${instance.id} ${verdict.state} ${rules} ${backend.role ?? ''}`.toLowerCase();
	return words.every((word) => text.includes(word));
}

export function stateRank(state: State): number {
	return STATES.indexOf(state);
}

export type SortValue = number | string;

/** How a table is sorted: by a column's value, and what is equal there by state. */
export type Sorting = {
	/** null: by state, worst first. */
	readonly value: ((row: BackendRow) => SortValue) | null;
	readonly isReversed: boolean;
};

/** What each row was sorted by last. */
export type Held = ReadonlyMap<string, SortValue>;

/** A count must change by this much of itself, and by more than this many, before its row moves. */
const HYSTERESIS_SHARE = 0.25;
const HYSTERESIS_COUNT = 3;

/**
Keys in order, and the values they were ordered by. A row keeps its old value, and with it its place, until the new one
differs clearly; rows that are equal in a column keep the order they had.
*/
export function order(
	rows: readonly BackendRow[],
	{value, isReversed}: Sorting,
	held: Held,
	before: readonly string[],
): {readonly order: string[]; readonly held: Map<string, SortValue>} {
	const places = new Map(before.map((key, place) => [key, place]));
	const values = new Map<string, SortValue>();
	for (const row of rows) values.set(row.key, value === null ? 0 : hold(held.get(row.key), value(row)));
	const flip = isReversed ? -1 : 1;
	const flipState = isReversed && value === null ? -1 : 1;
	const sorted = [...rows].sort(
		(a, b) =>
			// of a Traefik that is gone only the past is known
			Number(a.instance.problem !== null) - Number(b.instance.problem !== null) ||
			flip * compare(values.get(a.key) ?? 0, values.get(b.key) ?? 0) ||
			flipState * (stateRank(a.verdict.state) - stateRank(b.verdict.state)) ||
			// By state alone, a backend that recovers goes back to where it was.
			(value === null ? 0 : comparePlaces(places.get(a.key), places.get(b.key))) ||
			compareNames(backendLabel(a.backend), backendLabel(b.backend)) ||
			compareNames(a.key, b.key),
	);
	return {order: sorted.map(({key}) => key), held: values};
}

function hold(before: SortValue | undefined, now: SortValue): SortValue {
	if (typeof before !== 'number' || typeof now !== 'number') return now;
	const change = Math.abs(now - before);
	return change > HYSTERESIS_COUNT && change > HYSTERESIS_SHARE * Math.abs(before) ? now : before;
}

/** Numbers: the largest first. Text: in the order of the alphabet. */
function compare(a: SortValue, b: SortValue): number {
	return typeof a === 'number' && typeof b === 'number' ? b - a : compareNames(String(a), String(b));
}

function comparePlaces(a: number | undefined, b: number | undefined): number {
	return a === undefined || b === undefined ? 0 : a - b;
}

const collator = new Intl.Collator('en', {numeric: true});

function compareNames(a: string, b: string): number {
	return collator.compare(a, b);
}
