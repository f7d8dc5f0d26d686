/**
All that crosses the thread boundary. To the parser worker only these few orders; from it one small Look a tick and the rows
of the one backend that is open on screen, or, of a recording, frames that need only be drawn and the marks of the whole
recording as they are found.
*/

import type {Saved} from '../capture/recent.ts';
import type {Assessment} from '../detect/assessment.ts';
import type {Finding} from '../detect/finding.ts';
import type {Thresholds} from '../detect/thresholds.ts';
import type {BackendSockets, OpenBackend} from '../fold/socket-row.ts';
import type {Gap} from '../model/gaps.ts';
import type {PackedModel} from '../model/packed-model.ts';
import type {WatchedPatterns} from '../parse/watched.ts';
import type {Look, Snapshot} from '../snapshot.ts';

/** What the worker is started with: plain data, so patterns come as text. */
export type WorkerOptions = {
	readonly kind: 'live';
	readonly procRoot: string;
	readonly match: RegExp;
	readonly pids: readonly number[];
	readonly source: 'auto' | 'netlink' | 'text';
	readonly intervalMs: number;
	/** The interval grows while looks cost too much for it. Left out: it does not. */
	readonly hasBackoff?: boolean;
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

export type Order =
	| {readonly type: 'interval'; readonly intervalMs: number}
	/** Rows of this backend with every look from now on; null: of none. */
	| {readonly type: 'rows'; readonly of: OpenBackend | null};

/** What is answered, by number. */
export type WorkerRequest =
	/** Record into this file from now on; null: no longer. */
	| {readonly type: 'record'; readonly path: string | null}
	/** Write the last 15 minutes into a new file. */
	| {readonly type: 'save'; readonly path: string};

export type ToWorker = Order | (WorkerRequest & {readonly number: number}) | {readonly type: 'stop'};

export type RecordingStatus = {
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
	readonly names: ReadonlyMap<string, Snapshot['names']>;
	readonly rows: BackendSockets | null;
	readonly recording: RecordingStatus | null;
	/** Unix ms of the oldest reading that is kept in memory; null: none yet. */
	readonly keptFrom: number | null;
};

export type WorkerAnswer = {
	readonly type: 'answer';
	readonly number: number;
	/** A UserError's, else null. */
	readonly problem: {readonly message: string; readonly hint: string} | null;
	readonly saved: Saved | null;
	/** The file that is recorded into from now on: where the name asked for was taken, one near it. */
	readonly recordedTo: string | null;
};

export type FromWorker = PackedLook | WorkerAnswer;

/** Rows of the open backend that are posted at most; those longest in their state come first. */
export const MAX_ROWS = 500;

/** What the worker of a replay is started with: plain data. */
export type ReplayOptions = WatchedPatterns & {
	readonly kind: 'replay';
	/** One or several; `-`: what main keeps of standard input, in `spool`. */
	readonly paths: readonly string[];
	readonly spool: {readonly path: string; readonly isEnded: boolean} | null;
	/** Of the only recording, where its path is a name and no file has it. */
	readonly bytes?: Uint8Array | null;
	readonly source: 'auto' | 'text';
	readonly names: ReadonlyMap<string, string>;
	readonly thresholds: Thresholds;
	/** The recording may grow: at its end more is waited for. */
	readonly isFollowed: boolean;
	readonly isPausedByFindings: boolean;
	/** Begins again at its end. */
	readonly isLooping: boolean;
	readonly speed: number;
	/** All findings of the recording are looked for, too. */
	readonly isMarked: boolean;
};

export type ReplayOrder =
	/** To the last look ≤ a time. The first one starts the replay. */
	| {readonly type: 'seek'; readonly time: number}
	| {readonly type: 'end'}
	| {readonly type: 'step'; readonly direction: 1 | -1}
	| {readonly type: 'play'}
	| {readonly type: 'pause'}
	| {readonly type: 'speed'; readonly speed: number}
	/** Rows of this backend with every frame from now on; null: of none. */
	| {readonly type: 'rows'; readonly of: OpenBackend | null};

export type ToReplay =
	| (ReplayOrder & {readonly number: number})
	/** The last frame is on the screen: the next one may come. */
	| {readonly type: 'drawn'}
	/** All of standard input is in its file. */
	| {readonly type: 'ended'}
	| {readonly type: 'stop'};

/** What is said of a recording when it has been opened. */
export type About = {
	readonly host: string | null;
	/** Unix ms; null: it contains no snapshot. */
	readonly from: number | null;
	readonly to: number | null;
	/** Taken first and last: `from` and `to`, unless a clock was set back. */
	readonly first: number | null;
	readonly last: number | null;
	/** What it cannot tell, or what of it could not be read. */
	readonly note: string | null;
	readonly damage: string | null;
};

/** The position of the replay. */
export type PlayerStatus = {
	readonly isPlaying: boolean;
	readonly speed: number;
	/** Unix ms: what is shown, or on its way there. */
	readonly position: number | null;
	readonly to: number | null;
	/** The state at `position` is not settled yet. */
	readonly isProvisional: boolean;
	readonly note: string | null;
};

export type ReplayFrame = {
	readonly type: 'frame';
	readonly model: PackedModel;
	readonly assessment: Assessment;
	readonly rows: BackendSockets | null;
};

export type Marks = {
	readonly type: 'marks';
	/** Findings that are new or have changed since the last ones. */
	readonly findings: readonly Finding[];
	readonly gaps: readonly Gap[];
	/** Unix ms of the last look that was scanned. */
	readonly until: number;
	/** All of it has been. */
	readonly isComplete: boolean;
	/** Unix ms, and the established connections of all clients: the most of each stretch, as many stretches as are of use to a screen. */
	readonly clients: readonly (readonly [time: number, count: number])[];
};

export type Told = {
	readonly status: PlayerStatus;
	/** Number of the newest order that it took into account. */
	readonly obeyed: number;
};

export type FromPlayer =
	| ((ReplayFrame | {readonly type: 'status'}) & Told)
	| {readonly type: 'rows'; readonly rows: BackendSockets};

export type FromReplay =
	/** How much of what is being opened has been looked at, from 0 to 1. */
	| {readonly type: 'opening'; readonly share: number}
	| {readonly type: 'opened'; readonly about: About}
	| FromPlayer
	| Marks;

/** Of a live view that goes back in time. */
export type TravelOrder =
	/** To the last look ≤ a time. */
	| {readonly type: 'seek'; readonly time: number; readonly number: number}
	/** Back to now. */
	| {readonly type: 'leave'}
	| {readonly type: 'drawn'};

export type ToLive = ToWorker | TravelOrder;
export type FromLive = FromWorker | FromPlayer;
