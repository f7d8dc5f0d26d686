/** Commands that want one answer: the last look of a live watch or of a recording. */

import type {AssessedLook} from '../detect/assessor.ts';
import type {Model} from '../model/model.ts';
import type {Visit} from '../parse/row.ts';
import type {Reading} from '../reading.ts';
import type {CommandContext, Flags} from './command.ts';
import {forDuration, instantOf, openLive, openPast, sayDamage, ticksUntil} from './input.ts';
import {assessments} from './loop.ts';
import type {Settings} from './settings.ts';

export type Question = {
	readonly flags: Flags;
	readonly settings: Settings;
	/** Recordings; none: live. */
	readonly paths: readonly string[];
	/** Live: how long to watch; 0 is one look. */
	readonly forMs: number;
	readonly observe?: (reading: Reading) => Visit | undefined;
};

/** The last look, and how far from the first it was. null: there was none (an empty recording, or told to stop). */
export type LastLook = {readonly seen: AssessedLook; readonly spanMs: number};

/** No Traefik anywhere: none here, and at each --via nobody answered, which has a line of its own. */
export function isNobody({instances}: Model): boolean {
	return instances.every(({instance, problem}) => problem !== null && instance.pid === null);
}

export async function lastLook(question: Question, {signal}: CommandContext): Promise<LastLook | null> {
	const {flags, settings, paths, forMs, observe = () => undefined} = question;
	if (paths.length === 0) {
		const ticks = forDuration(await openLive(flags, settings), {ms: forMs, intervalMs: settings.intervalMs}, signal);
		return lastOf(assessments(ticks, {settings, source: 'live', observe}));
	}
	const recording = await openPast(paths, flags, settings, signal);
	try {
		const instant = instantOf(flags.at, recording, settings.zone);
		if (instant === null) return null;
		const ticks = ticksUntil(recording, instant);
		return await lastOf(assessments(ticks, {settings, source: 'recording', observe, signal}));
	} finally {
		sayDamage(recording);
		recording.close();
	}
}

async function lastOf(looks: AsyncIterable<AssessedLook>): Promise<LastLook | null> {
	let first: number | null = null;
	let last: AssessedLook | null = null;
	for await (const seen of looks) {
		first ??= seen.look.clockMs;
		last = seen;
	}
	return last === null || first === null ? null : {seen: last, spanMs: last.look.clockMs - first};
}

/** Why the live view shows no Traefik, and what to do: where there are processes one may be called otherwise. */
export function whyNobody({problem}: Model): {what: string; hint: string} {
	const what = problem ?? 'no Traefik process found';
	const isCalledOtherwise = what.startsWith('no Traefik process found');
	return {
		what,
		hint: isCalledOtherwise
			? 'name it with --pid or --match'
			: 'name a recording, or look at another machine with --via',
	};
}
