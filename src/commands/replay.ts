import {UserError} from '../errors.ts';
import {startReplay} from '../replay/thread.ts';
import {instantOf, openPast, refuseLiveFlags, sayDamage} from './input.ts';
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
	refuseLiveFlags(flags, flags.follow);
	const {backend, ignore, names, thresholds} = settings;
	const [thread, {runReplayScreen}] = await Promise.all([
		startReplay({
			...{path, backend, ignore, names, thresholds, speed: flags.speed ?? 1, isMarked: true, isLooping: false},
			source: settings.source === 'text' ? 'text' : 'auto',
			isFollowed: flags.follow === true,
			isPausedByFindings: flags.pauseOnFinding === true,
		}),
		import('./replay-screen.ts'),
	]);
	try {
		const from = flags.at === undefined ? thread.about.from : instantOf(flags.at, thread.about, settings.zone);
		if (from === null) {
			throw new UserError(thread.about.damage ?? `${path} holds no snapshot`, 'there is nothing to replay');
		}
		return await runReplayScreen(terminal, {thread, path, from, speed: flags.speed ?? 1, settings, signal});
	} finally {
		await thread.close();
	}
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
