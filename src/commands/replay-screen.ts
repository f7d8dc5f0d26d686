/** The replay on a terminal. */
import {ReportGatherer} from '../output/report.ts';
import type {Recording} from '../source/source.ts';
import type {Screen} from '../ui/start.tsx';
import {openPast} from './input.ts';
import {assessments} from './loop.ts';
import {ReplayPlayer} from './replay-player.ts';
import {CostMeter, exitCodeOf, openScreen} from './screen.ts';
import type {Settings} from './settings.ts';
import type {Flags} from './spec.ts';
import type {Terminal} from './terminal.ts';

export type Replay = {
	readonly recording: Recording;
	/** Unix ms. */
	readonly from: number;
	readonly flags: Flags;
	readonly settings: Settings;
	readonly signal: AbortSignal;
};

/** The scan for marks leaves the thread to keys and frames after so long. */
const SCAN_TURN_MS = 8;
const MARKS_MS = 500;

export async function runReplayScreen(terminal: Terminal, replay: Replay): Promise<number> {
	const {recording, from, flags, settings, signal} = replay;
	const meter = new CostMeter();
	let screen: Screen | null = null;
	const player = new ReplayPlayer({
		recording,
		settings,
		isPausedByFindings: flags.pauseOnFinding === true,
		banner: null,
		isLooping: false,
		speed: flags.speed ?? 1,
		isFollowed: flags.follow === true,
		show: ({model, assessment}, playback) => screen?.show(model, assessment, {...playback, self: meter.measure()}),
		showPlayback: (playback) => screen?.showPlayback({...playback, self: meter.measure()}),
		showRows: (sockets) => screen?.showRows(sockets),
	});
	screen = openScreen(terminal, settings, player.controls, player.playback());
	signal.addEventListener('abort', () => screen?.close(), {once: true});
	let failure: unknown = null;
	const ending = new AbortController();
	const fail = (error: unknown) => {
		failure ??= error;
		screen?.close();
	};
	const playing = player.run(from).catch(fail);
	const scanning = scan(recording.path, flags, settings, player, ending.signal).catch(fail);
	const how = await screen.exit;
	ending.abort();
	player.close();
	await Promise.all([playing, scanning]);
	recording.close();
	if (failure !== null) throw failure;
	return exitCodeOf(how);
}

/** Every finding of the recording, for the scrubber's marks, while the screen already plays. */
async function scan(
	path: string,
	flags: Flags,
	settings: Settings,
	player: ReplayPlayer,
	signal: AbortSignal,
): Promise<void> {
	// Its own reader: passes over one recording must not share buffers.
	const recording = await openPast(path, flags, settings, {isFollowed: flags.follow === true});
	signal.addEventListener('abort', () => recording.close(), {once: true});
	const gatherer = new ReportGatherer();
	let shownAt = performance.now();
	const show = () => {
		const {findings, gaps} = gatherer.report();
		player.mark(findings, gaps);
		shownAt = performance.now();
	};
	try {
		const options = {settings, source: 'recording', turnMs: SCAN_TURN_MS} as const;
		for await (const {model, assessment} of assessments(recording.ticks(), options)) {
			if (signal.aborted) return;
			gatherer.add(model, assessment);
			if (performance.now() - shownAt > MARKS_MS) show();
		}
		show();
	} finally {
		recording.close();
	}
}
