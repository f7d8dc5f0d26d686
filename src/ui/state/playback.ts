/** Where in time the screen is: plain data that a command gives with each tick, or between ticks. */
import type {Finding} from '../../detect/finding.ts';

type Mode =
	/** The newest look. */
	| 'live'
	/** Live, gone back in time; collection goes on. */
	| 'back'
	/** A recording that plays. */
	| 'replay'
	/** A paused recording. */
	| 'paused';

/** What watching costs. */
export type SelfCost = {
	/** Of one core, over the last interval; null: not measured yet. */
	readonly cpuPercent: number | null;
	readonly rssBytes: number | null;
};

export type Playback = {
	readonly mode: Mode;
	/** Live: between two readings; a recording: the recorder's, null where unknown. */
	readonly intervalMs: number | null;
	/** Replay: 1 is real time. */
	readonly speed: number;
	/** Unix ms: the instant shown, and the bounds of the recording or of what live keeps. null: nothing yet. */
	readonly position: number | null;
	readonly from: number | null;
	readonly to: number | null;
	/** A recording's host; null: unknown or live. */
	readonly host: string | null;
	/** What a recording is called; null: live. */
	readonly name: string | null;
	/** IANA name of the zone in which times are printed. */
	readonly zone: string;
	/** Every finding of a recording or a watch, for the scrubber's marks and the timeline; null: not scanned (yet). */
	readonly marks: readonly Finding[] | null;
	/** Up to when (Unix ms) a recording has been searched for them; null: nothing is being searched. */
	readonly searchedUntil: number | null;
	/** How many clients there were, over the whole recording as far as it has been searched: Unix ms and their number. */
	readonly clients: readonly (readonly [time: number, count: number])[] | null;
	readonly gaps: readonly {readonly from: number; readonly to: number}[];
	/** The first frame after a seek, until the 15 minutes before it are folded. */
	readonly isProvisional: boolean;
	/** Gone back: Unix ms of the newest look when that began; else null. */
	readonly leftAt: number | null;
	/** Above everything, e.g. that this is the bundled incident; null: none. */
	readonly banner: string | null;
	/** What is read is being written, too. */
	readonly isRecorded: boolean;
	/** What a recording cannot tell, or what of it could not be read; null: nothing. */
	readonly note: string | null;
	readonly self: SelfCost;
};

/** Before anything is known. */
export const NEW_PLAYBACK: Playback = {
	mode: 'live',
	intervalMs: 1000,
	speed: 1,
	position: null,
	from: null,
	to: null,
	host: null,
	name: null,
	zone: 'UTC',
	marks: null,
	searchedUntil: null,
	clients: null,
	gaps: [],
	isProvisional: false,
	leftAt: null,
	banner: null,
	isRecorded: false,
	note: null,
	self: {cpuPercent: null, rssBytes: null},
};

export function isRecording({mode}: Playback): boolean {
	return mode === 'replay' || mode === 'paused';
}

/** How much of a recording has been searched for findings, from 0 to 1; null: all of it. */
export function searchedShare({searchedUntil, from, to}: Playback): number | null {
	if (searchedUntil === null || from === null || to === null || searchedUntil >= to || to <= from) return null;
	return Math.max(0, (searchedUntil - from) / (to - from));
}
