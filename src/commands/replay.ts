import {UserError} from '../errors.ts';
import {instantOf, openPast, sayDamage} from './input.ts';
import {assessments} from './loop.ts';
import {print, say} from './print.ts';
import {type Settings, settingsOf} from './settings.ts';
import {tableText} from './snapshot.ts';
import type {Context, Flags} from './spec.ts';
import {findTerminal} from './terminal.ts';

export async function run(flags: Flags, [path = '']: readonly string[], {signal}: Context): Promise<number> {
	const settings = settingsOf(flags);
	const terminal = findTerminal();
	if (terminal === null) return plainTables(path, flags, settings, signal);
	const recording = await openPast(path, flags, settings, {isFollowed: flags.follow === true});
	const from = flags.at === undefined ? recording.from : instantOf(flags.at, recording, settings.zone);
	if (from === null) {
		recording.close();
		throw new UserError(recording.damage() ?? `${path} holds no snapshot`, 'there is nothing to replay');
	}
	const {runReplayScreen} = await import('./replay-screen.ts');
	return runReplayScreen(terminal, {recording, from, flags, settings, signal});
}

/** Where stdout is no terminal: every look as a table, as fast as it is read. */
async function plainTables(path: string, flags: Flags, settings: Settings, signal: AbortSignal): Promise<number> {
	const isFollowed = flags.follow === true;
	const recording = await openPast(path, flags, settings, {isFollowed});
	// Waiting for more ends then, too.
	if (isFollowed) signal.addEventListener('abort', () => recording.close(), {once: true});
	try {
		const from = flags.at === undefined ? recording.from : instantOf(flags.at, recording, settings.zone);
		if (from === null) {
			if (recording.damage() === null) say(`${path} holds no snapshot`);
		} else {
			let isFirst = true;
			for await (const {model, assessment} of assessments(recording.ticks(), {settings, source: 'recording'})) {
				if (signal.aborted) break;
				if (model.time < from) continue;
				await print(`${isFirst ? '' : '\n'}${tableText(model, assessment, settings)}`);
				isFirst = false;
			}
		}
		if (!signal.aborted) sayDamage(recording);
	} finally {
		recording.close();
	}
	return 0;
}
