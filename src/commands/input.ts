/** Where readings come from: this machine, others, or a recording. */

import type {CaptureWriter} from '../capture/writer.ts';
import {InterruptedError, UserError} from '../errors.ts';
import type {Tick} from '../reading.ts';
import {ticksTo} from '../recording/order.ts';
import {LOOKBACK_MS} from '../snapshot.ts';
import type {Recording, Source} from '../source.ts';
import {formatTime, parseTime, zoneName} from '../text/time.ts';
import type {Flags} from './command.ts';
import {say} from './print.ts';
import {faultTeller} from './recording.ts';
import type {Settings} from './settings.ts';

/** Flags that choose processes and machines: a recording has chosen already. */
const LIVE_FLAGS = {
	pid: '--pid',
	match: '--match',
	via: '--via',
	interval: '--interval',
	backoff: '--no-backoff',
	procRoot: '--proc-root',
	record: '--record',
	onFinding: '--on-finding',
	onFindingShell: '--on-finding-shell',
	follow: '--follow',
} satisfies Partial<Record<keyof Flags, string>>;

/** The live source that the settings ask for. */
export async function openLive(flags: Flags, settings: Settings): Promise<Source> {
	if (flags.at !== undefined) {
		throw new UserError('--at needs a recording', 'name a recording, or omit --at', 2);
	}
	const {anySource} = await import('../live/any-source.ts');
	const source = anySource(settings);
	if (flags.record === undefined) return source;
	const {CaptureWriter} = await import('../capture/writer.ts');
	const writer = new CaptureWriter(flags.record);
	return {...source, [Symbol.asyncIterator]: () => recorded(source, writer)};
}

/** The same ticks, written while they are visited. */
async function* recorded(source: Source, writer: CaptureWriter): AsyncGenerator<Tick> {
	let said: string | null = null;
	const tellFault = faultTeller(writer);
	try {
		for await (const tick of source) {
			const recording = writer.record(tick);
			try {
				yield recording.tick;
			} finally {
				await recording.finish();
			}
			tellFault();
			if (writer.problem !== null && writer.problem !== said) say(`cannot write ${writer.path}: ${writer.problem}`);
			said = writer.problem;
		}
	} finally {
		await writer.close();
		tellFault();
	}
}

/** Throws a UserError on a flag that a recording has no use for. */
export function refuseLiveFlags(flags: Flags, isFollowed = false): void {
	for (const [key, flag] of Object.entries(LIVE_FLAGS)) {
		const value = flags[key as keyof typeof LIVE_FLAGS];
		if (value === undefined || (key === 'follow' && isFollowed) || (key === 'backoff' && value !== false)) continue;
		throw new UserError(`${flag} is for the live view, not for a recording`, `omit ${flag} or the recording`, 2);
	}
}

/** Opens a recording, or several as one timeline; `isFollowed`: its ticks wait for more at its end, until the signal. */
export async function openPast(
	paths: readonly string[],
	flags: Flags,
	settings: Settings,
	signal: AbortSignal,
	{isFollowed = false} = {},
): Promise<Recording> {
	refuseLiveFlags(flags, isFollowed);
	const {openRecordings} = await import('../recording/timeline.ts');
	const source = settings.source === 'text' ? 'text' : 'auto';
	const recording = await openRecordings(paths, {source, isFollowed, signal});
	// told to stop while standard input came: what has come until then is all there is
	if (paths[0] === '-' || !signal.aborted) {
		if (isFollowed) signal.addEventListener('abort', () => recording.close(), {once: true});
		return recording;
	}
	recording.close();
	throw new InterruptedError();
}

/** Unix ms that `--at` means in a recording, default its last snapshot; clamps and says so. null: it holds none. */
export function instantOf(
	at: string | undefined,
	{from, to, last}: Pick<Recording, 'from' | 'to' | 'last'>,
	zone: string,
): number | null {
	if (from === null || to === null) return null;
	if (at === undefined) return last ?? to;
	const time = parseTime(at, {from, to, zone, current: last ?? to, now: Date.now()});
	if (time >= from && time <= to) return time;
	const [edge, name] = time < from ? [from, 'begins'] : [to, 'ends'];
	say(`--at ${at} is outside the recording, which ${name} at ${formatTime(edge, zone)} ${zoneName(edge, zone)}`);
	return edge;
}

export type Span = {
	/** Unix ms, both included; left out: the recording's own. */
	readonly from?: number;
	readonly to?: number;
};

/** What `--since` and `--until` mean in a recording. Throws a UserError where they enclose nothing. */
export function spanOf(
	{since, until: end}: Pick<Flags, 'since' | 'until'>,
	{from, to}: Pick<Recording, 'from' | 'to'>,
	zone: string,
): Span {
	if (from === null || to === null) return {};
	const instant = (text: string) => parseTime(text, {from, to, zone, now: Date.now()});
	const span = {
		...(since === undefined ? {} : {from: instant(since)}),
		...(end === undefined ? {} : {to: instant(end)}),
	};
	const shown = (time: number) => `${formatTime(time, zone)} ${zoneName(time, zone)}`;
	const [first, last] = [span.from ?? from, span.to ?? to];
	if (first > last) {
		const hint =
			span.to === undefined || span.from === undefined ? 'choose a time inside the recording' : 'exchange them';
		throw new UserError(`--since ${shown(first)} is after --until ${shown(last)}`, hint, 2);
	}
	if (first > to || last < from) {
		throw new UserError(
			`nothing was recorded from ${shown(first)} to ${shown(last)}`,
			`the recording runs from ${shown(from)} to ${shown(to)}`,
			2,
		);
	}
	return span;
}

/** The ticks that the state at `instant` depends on, the last one ≤ instant at the end. */
export async function* ticksUntil(recording: Recording, instant: number): AsyncGenerator<Tick> {
	// in a hole it is the state of the last look before it
	const end = await lastTime(recording, instant);
	let hasBegun = false;
	for await (const tick of ticksTo(recording, end - LOOKBACK_MS, end)) {
		hasBegun ||= tick.time > end - LOOKBACK_MS;
		if (hasBegun) yield tick;
	}
}

/** Of the last tick ≤ instant; the instant itself when there is none. */
async function lastTime(recording: Recording, instant: number): Promise<number> {
	if (instant === recording.last) return instant;
	for await (const {time} of recording.ticks(instant, instant)) return time;
	return instant;
}

/** What could not be read of a recording, said once it has been read. */
export function sayDamage(recording: Recording): void {
	const damage = recording.damage();
	for (const line of damage?.split('\n') ?? []) say(line);
}

export type Watch = {
	readonly ms: number;
	/** Between ticks, unless a tick says otherwise. */
	readonly intervalMs: number;
};

/**
The ticks of a live source for this long: the first is at the beginning, the last at the end, or when told to stop. The
first look is the slowest (nothing is warm yet), so the one that was due at the end comes a little before it: what is
nearer to the end than the next one would be is the last.
*/
export async function* forDuration(source: Source, {ms, intervalMs}: Watch, signal: AbortSignal): AsyncGenerator<Tick> {
	const stop = () => source.stop();
	signal.addEventListener('abort', stop, {once: true});
	let end: number | null = null;
	try {
		for await (const tick of source) {
			end ??= performance.now() + ms;
			yield tick;
			const early = Math.min(tick.backoff?.intervalMs ?? intervalMs, ms) / 2;
			if (performance.now() >= end - early) return;
		}
	} finally {
		signal.removeEventListener('abort', stop);
		source.stop();
	}
}
