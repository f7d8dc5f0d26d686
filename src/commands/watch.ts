import {UserError} from '../errors.ts';
import {watchLines} from '../output/json.ts';
import {ticksTo} from '../recording/order.ts';
import type {CommandContext, Flags} from './command.ts';
import {hookOf} from './hook.ts';
import {instantOf, openLive, openPast, sayDamage} from './input.ts';
import {assessments} from './loop.ts';
import {print} from './print.ts';
import {type Settings, settingsOf} from './settings.ts';
import {watchLive} from './watch-live.ts';

export async function run(flags: Flags, paths: readonly string[], {signal}: CommandContext): Promise<number> {
	const settings = settingsOf(flags);
	const isLive = paths.length === 0;
	if (flags.follow === true && (isLive || flags.at !== undefined)) {
		const problem = isLive ? 'a live watch needs no --follow' : '--at and --follow cannot be combined';
		throw new UserError(problem, 'omit --follow', 2);
	}
	return isLive ? live(flags, settings, signal) : past(paths, flags, settings, signal);
}

async function live(flags: Flags, settings: Settings, signal: AbortSignal): Promise<number> {
	const hook = hookOf(flags);
	const source = await openLive(flags, settings);
	await watchLive(source, {hook, settings, signal}, ({model, assessment}) =>
		print(`${watchLines(model, assessment).join('\n')}\n`),
	);
	return 0;
}

/** Everything up to the instant, or to the end of what is still written, as somebody who watched would have got it. */
async function past(paths: readonly string[], flags: Flags, settings: Settings, signal: AbortSignal): Promise<number> {
	const isFollowed = flags.follow === true;
	const recording = await openPast(paths, flags, settings, signal, {isFollowed});
	try {
		const instant = isFollowed ? Number.POSITIVE_INFINITY : instantOf(flags.at, recording, settings.zone);
		if (instant !== null) {
			const ticks = ticksTo(recording, undefined, instant);
			for await (const {model, assessment} of assessments(ticks, {settings, source: 'recording', signal})) {
				if (signal.aborted) break;
				await print(`${watchLines(model, assessment).join('\n')}\n`);
			}
		}
		if (!signal.aborted) sayDamage(recording);
	} finally {
		recording.close();
	}
	return 0;
}
