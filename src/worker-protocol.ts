/**
What crosses the thread boundary. To the worker only these few orders; from it one small Look a tick, and the rows of the
one backend that is open on screen.
*/
import type {SocketRow} from './fold/socket-row.ts';
import type {Saved} from './sink/recent-capture.ts';
import type {Look, Snapshot} from './snapshot.ts';
import type {Thresholds} from './thresholds.ts';

/** What the worker is started with: plain data, so patterns come as text. */
export type WorkerOptions = {
	readonly kind: 'live';
	readonly procRoot: string;
	readonly match: RegExp;
	readonly pids: readonly number[];
	readonly source: 'auto' | 'netlink' | 'text';
	readonly intervalMs: number;
	/** Commands of --via; then nothing of this machine is read. */
	readonly via?: readonly string[];
	/** `--backend` and `--ignore`, as compilePattern() takes them. */
	readonly backend: readonly string[];
	readonly ignore: readonly string[];
	/** By which the past is judged when the view goes back to it. */
	readonly names: ReadonlyMap<string, string>;
	readonly thresholds: Thresholds;
	/** A capture to write from the beginning. */
	readonly record?: string | null;
};

export type OpenBackend = {readonly instance: string; readonly address: string};

export type Order =
	| {readonly type: 'interval'; readonly intervalMs: number}
	/** Rows of this backend with every look from now on; null: of none. */
	| {readonly type: 'rows'; readonly of: OpenBackend | null};

/** What is answered, by number. */
export type Request =
	/** Record into this file from now on; null: no longer. */
	| {readonly type: 'record'; readonly path: string | null}
	/** Write the last 15 minutes into a new file. */
	| {readonly type: 'save'; readonly path: string};

export type ToWorker = Order | (Request & {readonly number: number}) | {readonly type: 'stop'};

export type BackendRows = OpenBackend & {readonly rows: readonly SocketRow[]};

export type Recording = {
	readonly path: string;
	/** Ticks written, and not written. */
	readonly written: number;
	readonly lost: number;
	/** Why the last tick could not be written. */
	readonly problem: string | null;
	/** What happened to the file when it was last taken away, and where it goes on; null: nothing. */
	readonly fault: string | null;
};

export type PackedLook = {
	readonly type: 'look';
	/** Without names. */
	readonly look: Look;
	/** By instance id: the names of its snapshot, where they are others than in the Look before. */
	readonly names: ReadonlyMap<string, Names>;
	readonly rows: BackendRows | null;
	readonly recording: Recording | null;
	/** Unix ms of the oldest reading that is kept in memory; null: none yet. */
	readonly keptFrom: number | null;
};

export type Answer = {
	readonly type: 'answer';
	readonly number: number;
	/** A UserError's, else null. */
	readonly problem: {readonly message: string; readonly hint: string} | null;
	readonly saved: Saved | null;
	/** The file that is recorded into from now on: where the name asked for was taken, one near it. */
	readonly recordedTo: string | null;
};

export type FromWorker = PackedLook | Answer;

/** Rows of the open backend that are posted at most; those longest in their state come first. */
export const MAX_ROWS = 500;

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
