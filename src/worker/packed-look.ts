/** A Look on its way between threads. */
import type {Look, Snapshot} from '../snapshot.ts';
import type {PackedLook} from './protocol.ts';

type Names = Snapshot['names'];
/** By instance id: what the other side has. */
export type KnownNames = Map<string, Names>;

const NO_NAMES: Names = new Map();

/** Names rarely change, but every snapshot holds them all: what was posted before is not posted again. */
export function packLook(
	look: Look,
	known: KnownNames,
	more: Pick<PackedLook, 'rows' | 'recording' | 'keptFrom'>,
): PackedLook {
	const names = new Map<string, Names>();
	const snapshots = look.snapshots.map((snapshot) => {
		const {id} = snapshot.instance;
		if (known.get(id) !== snapshot.names) names.set(id, snapshot.names);
		known.set(id, snapshot.names);
		return {...snapshot, names: NO_NAMES};
	});
	keepOnly(known, look);
	return {type: 'look', look: {...look, snapshots}, names, ...more};
}

/** Puts the names back, one map for all the snapshots that share it. */
export function unpackLook({look, names}: PackedLook, known: KnownNames): Look {
	const snapshots = look.snapshots.map((snapshot) => {
		const {id} = snapshot.instance;
		const own = names.get(id) ?? known.get(id) ?? NO_NAMES;
		known.set(id, own);
		return {...snapshot, names: own};
	});
	keepOnly(known, look);
	return {...look, snapshots};
}

function keepOnly(known: KnownNames, look: Look): void {
	const ids = new Set(look.snapshots.map(({instance}) => instance.id));
	for (const id of known.keys()) {
		if (!ids.has(id)) known.delete(id);
	}
}
