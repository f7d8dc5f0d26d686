import {existsSync} from 'node:fs';
import {UserError} from '../../errors.ts';
import type {Tick} from '../../reading.ts';
import type {Recording} from '../../source.ts';
import {stripControls} from '../../text/strip-controls.ts';
import {startReplay} from '../../worker/replay-client.ts';
import type {CommandContext, Flags} from '../command.ts';
import {instantOf, openPast, refuseLiveFlags, sayDamage} from '../input.ts';
import {assessments} from '../loop.ts';
import {print, say} from '../print.ts';
import {findTerminal} from '../screen/terminal.ts';
import {type Settings, settingsOf} from '../settings.ts';
import {tableText} from '../snapshot.ts';
import {OpeningLine} from './opening-line.ts';

export async function run(flags: Flags, given: readonly string[], {signal}: CommandContext): Promise<number> {
	const settings = settingsOf(flags);
	const paths = given.length > 0 ? given : usualArchive();
	const path = paths.map(stripControls).join(', ');
	const terminal = findTerminal();
	if (terminal === null) return plainTables(paths, flags, settings, signal);
	refuseLiveFlags(flags, flags.follow);
	const {backend, ignore, names, thresholds} = settings;
	const opening = new OpeningLine(terminal.stdout, path);
	const [thread, {runReplayScreen}] = await Promise.all([
		startReplay(
			{
				...{paths, backend, ignore, names, thresholds, speed: flags.speed ?? 1, isMarked: true, isLooping: false},
				source: settings.source === 'text' ? 'text' : 'auto',
				isFollowed: flags.follow === true,
				isPausedByFindings: flags.pauseOnFinding === true,
			},
			{onProgress: (share) => opening.show(share), signal},
		),
		import('./replay-screen.ts'),
	]).finally(() => opening.clear());
	try {
		const from = flags.at === undefined ? thread.about.first : instantOf(flags.at, thread.about, settings.zone);
		if (from === null) {
			throw new UserError(thread.about.damage ?? `${path} contains no snapshot`, 'there is nothing to replay');
		}
		return await runReplayScreen(terminal, {thread, path, paths, from, speed: flags.speed ?? 1, settings, signal});
	} finally {
		await thread.close();
	}
}

/** Where `record` of the systemd unit writes. */
const USUAL_ARCHIVE = '/var/lib/traefik-top';

function usualArchive(): readonly string[] {
	if (existsSync(USUAL_ARCHIVE)) return [USUAL_ARCHIVE];
	throw new UserError('replay needs a recording', `name one (${USUAL_ARCHIVE} does not exist)`, 2);
}

/** If stdout is not a terminal: every look as a table, as fast as it is read. */
async function plainTables(
	paths: readonly string[],
	flags: Flags,
	settings: Settings,
	signal: AbortSignal,
): Promise<number> {
	const isFollowed = flags.follow === true;
	const recording = await openPast(paths, flags, settings, signal, {isFollowed});
	try {
		const from = flags.at === undefined ? recording.first : instantOf(flags.at, recording, settings.zone);
		if (from === null) {
			if (recording.damage() === null) say(`${recording.path} contains no snapshot`);
		} else {
			let isFirst = true;
			const begin = new Beginning(recording, flags.at === undefined ? null : from);
			for await (const {model, assessment} of assessments(begin.ticks(), {settings, source: 'recording', signal})) {
				if (signal.aborted) break;
				if (!begin.hasCome) continue;
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

/** The ticks from the first on, and whether the one at an instant has come: what is before it is folded, and not shown. */
class Beginning {
	hasCome: boolean;
	readonly #recording: Recording;
	readonly #instant: number | null;

	/** `instant` null: the first. */
	constructor(recording: Recording, instant: number | null) {
		this.#recording = recording;
		this.#instant = instant;
		this.hasCome = instant === null;
	}

	async *ticks(): AsyncGenerator<Tick> {
		const instant = this.#instant ?? undefined;
		for await (const tick of this.#recording.ticks(undefined, instant)) {
			this.hasCome ||= this.#recording.isAscending ? tick.time >= (instant ?? 0) : tick.isMeant === true;
			yield tick;
		}
	}
}
