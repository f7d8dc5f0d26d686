/** Rows put together: one line of sums for those that belong together, and below it, unless it is folded, themselves. */
import type {BackendAssessment} from '../../detect/assessment.ts';
import type {BackendModel, ResponseTimes} from '../../model/model.ts';
import {sumOfConnections} from '../../parse/tcp-state.ts';
import {greatest} from '../../text/greatest.ts';
import {plural} from '../../text/plural.ts';
import {type BackendRow, stateRank} from './rows.ts';

export const GROUPINGS = ['none', 'name', 'instance', 'host'] as const;
export type Grouping = (typeof GROUPINGS)[number];

export function nextGrouping(grouping: Grouping): Grouping {
	return GROUPINGS[(GROUPINGS.indexOf(grouping) + 1) % GROUPINGS.length] ?? 'none';
}

/** Letters and digits that Kubernetes makes the random ends of its names of: no vowels, no 0, 1, 3. */
const SAFE = 'bcdfghjklmnpqrstvwxz2456789';
const ENDS: readonly RegExp[] = [
	// a pod of a Deployment: the hash of its template, then its own end; of a DaemonSet or a Job: its own end alone
	new RegExp(`-[${SAFE}]{6,10}-[${SAFE}]{5}$`),
	new RegExp(`-[${SAFE}]{5}$`),
	// a task of a Swarm service
	/\.\d+\.[a-z0-9]{25}$/,
	// a replica of compose, a pod of a StatefulSet
	/[-_.]\d+$/,
];

/** The service that a backend's name is of: `api-2`, `shop-api-2` and `api-7d9f8b6c5-x2x9z` are replicas. */
export function serviceOf(name: string): string {
	for (const end of ENDS) {
		const service = name.replace(end, '');
		if (service !== name && service !== '') return service;
	}
	return name;
}

/** What has no name is told apart by its port: replicas listen on the same one. */
function groupOf({backend, instance}: BackendRow, grouping: Grouping): string {
	switch (grouping) {
		case 'instance':
			return instance.id;
		case 'host':
			return backend.address.slice(0, backend.address.lastIndexOf(':')).replace(/^\[|\]$/g, '');
		default:
			return backend.name === null
				? `port ${backend.address.slice(backend.address.lastIndexOf(':') + 1)}`
				: serviceOf(backend.name);
	}
}

export type Grouped = {
	/** Keys of the lines, groups among them. */
	readonly listed: readonly string[];
	/** By key. */
	readonly groups: ReadonlyMap<string, BackendRow>;
};

export const NO_GROUPS: ReadonlyMap<string, BackendRow> = new Map();

/** A group takes the place of its first member; one member needs no group. */
export function groupRows(
	order: readonly string[],
	rows: ReadonlyMap<string, BackendRow>,
	grouping: Grouping,
	folded: ReadonlySet<string>,
): Grouped {
	if (grouping === 'none') return {listed: order, groups: NO_GROUPS};
	const byGroup = new Map<string, BackendRow[]>();
	for (const key of order) {
		const row = rows.get(key);
		if (row === undefined) continue;
		const group = groupOf(row, grouping);
		const members = byGroup.get(group);
		if (members === undefined) byGroup.set(group, [row]);
		else members.push(row);
	}
	const groups = new Map<string, BackendRow>();
	const listed: string[] = [];
	for (const [name, members] of byGroup) {
		const own = members.map(({key}) => key);
		const key = groupKey(grouping, name);
		const isFolded = folded.has(key);
		if (members.length > 1) {
			groups.set(key, sumOf(key, name, members, isFolded));
			listed.push(key);
		}
		if (members.length === 1 || !isFolded) listed.push(...own);
	}
	return {listed, groups};
}

/** No instance's id holds a line break. */
export function groupKey(grouping: Grouping, name: string): string {
	return `\n${grouping} ${name}`;
}

function sumOf(key: string, name: string, members: readonly BackendRow[], isFolded: boolean): BackendRow {
	const [first] = members as [BackendRow, ...BackendRow[]];
	const backends = members.map(({backend}) => backend);
	const connections = sumOfConnections(backends.map((backend) => backend.connections));
	const sum = (read: (backend: BackendModel) => number | null): number | null =>
		backends.reduce<number | null>((total, backend) => {
			const value = read(backend);
			return value === null ? total : (total ?? 0) + value;
		}, null);
	const oldest = greatest(backends.map(({oldestWaitMs}) => oldestWaitMs ?? -1));
	return {
		key,
		instance: first.instance,
		members,
		verdict: worstOf(members),
		backend: {
			...first.backend,
			name: `${isFolded ? '▸' : '▾'} ${name}  ${plural(members.length, 'backend')}`,
			role: null,
			now: null,
			connections,
			total: sum(({total}) => total) ?? 0,
			opened: sum(({opened}) => opened) ?? 0,
			closed: sum(({closed}) => closed) ?? 0,
			openedPerSecond: sum(({openedPerSecond}) => openedPerSecond),
			waiting: sum(({waiting}) => waiting),
			oldestWaitMs: oldest < 0 ? null : oldest,
			responseMs: responseOf(backends),
			retransmitting: sum(({retransmitting}) => retransmitting) ?? 0,
		},
	};
}

function worstOf(members: readonly BackendRow[]): BackendAssessment {
	const [first, ...others] = members.map(({verdict}) => verdict) as [BackendAssessment, ...BackendAssessment[]];
	const worst = others.reduce((a, b) => (stateRank(b.state) < stateRank(a.state) ? b : a), first);
	return {...worst, findings: []};
}

/** The median of the members' medians, each as often as it was measured; of the slowest part likewise. */
function responseOf(backends: readonly BackendModel[]): ResponseTimes | null {
	const known = backends.flatMap(({responseMs}) => responseMs ?? []);
	const count = known.reduce((sum, each) => sum + each.count, 0);
	if (count === 0) return null;
	const middle = (read: (times: ResponseTimes) => number): number => {
		let left = count / 2;
		for (const times of known.toSorted((a, b) => read(a) - read(b))) {
			left -= times.count;
			if (left <= 0) return read(times);
		}
		return 0;
	};
	return {p50: middle(({p50}) => p50), p95: greatest(known.map(({p95}) => p95)), count};
}
