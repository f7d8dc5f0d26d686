/** Two times compared, backend by backend and metric by metric, what changed most first. */
import {COMPARED, type ComparedKey, type Usual, type UsualGatherer} from './usual.ts';

export type Change = {
	readonly backend: string;
	readonly name: string | null;
	readonly metric: ComparedKey;
	/** null: unknown, or the backend was not seen then. */
	readonly before: number | null;
	readonly after: number | null;
	/** Doublings, halvings below 0; what is below a metric's floor counts as the floor. null: one of them is unknown. */
	readonly change: number | null;
};

export type Comparison = {
	/** Unix ms; null: nothing was seen. */
	readonly before: {readonly from: number; readonly to: number} | null;
	readonly after: {readonly from: number; readonly to: number} | null;
	/** Backends of one of the times only. */
	readonly gone: readonly Usual[];
	readonly added: readonly Usual[];
	/** What changed by half or more first, then everything else, by how much. */
	readonly changes: readonly Change[];
};

/** Less than this is not a change: log2(1.5). */
export const NOTABLE = Math.log2(1.5);

export function compare(before: UsualGatherer, after: UsualGatherer): Comparison {
	const [then, now] = [before.usual(), after.usual()];
	const changes: Change[] = [];
	for (const [address, old] of then) {
		const current = now.get(address);
		if (current === undefined) continue;
		for (const {key, floor} of COMPARED) {
			const [a, b] = [old.values[key], current.values[key]];
			if (a === null && b === null) continue;
			const change = a === null || b === null ? null : Math.log2(Math.max(floor, b) / Math.max(floor, a));
			changes.push({backend: address, name: current.name ?? old.name, metric: key, before: a, after: b, change});
		}
	}
	changes.sort((a, b) => Math.abs(b.change ?? 0) - Math.abs(a.change ?? 0));
	return {
		before: before.span,
		after: after.span,
		gone: [...then.values()].filter(({address}) => !now.has(address)),
		added: [...now.values()].filter(({address}) => !then.has(address)),
		changes,
	};
}
