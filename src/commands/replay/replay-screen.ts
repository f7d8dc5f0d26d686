/** The replay on a terminal. */
import {basename, resolve} from 'node:path';
import {stripControls} from '../../text/strip-controls.ts';
import type {Screen} from '../../ui/terminal/screen.ts';
import type {ReplayThread} from '../../worker/replay-client.ts';
import {exitCodeOf, openScreen} from '../screen/screen.ts';
import {CostMeter} from '../screen/self-cost.ts';
import type {Terminal} from '../screen/terminal.ts';
import type {Settings} from '../settings.ts';
import {exportSpan} from './export-span.ts';
import {ReplayView} from './replay-view.ts';

export type Replay = {
	readonly thread: ReplayThread;
	readonly path: string;
	readonly paths: readonly string[];
	/** Unix ms. */
	readonly from: number;
	readonly speed: number;
	readonly settings: Settings;
	readonly signal: AbortSignal;
};

export async function runReplayScreen(terminal: Terminal, replay: Replay): Promise<number> {
	const {thread, path, paths, from, speed, settings, signal} = replay;
	const ended = new AbortController();
	const isText = settings.source === 'text';
	const meter = new CostMeter();
	let screen: Screen | null = null;
	const view = new ReplayView(
		thread,
		{
			show: (model, assessment, playback) => screen?.show(model, assessment, {...playback, self: meter.measure()}),
			showPlayback: (playback) => screen?.showPlayback({...playback, self: meter.measure()}),
			showRows: (sockets) => screen?.showRows(sockets),
		},
		{
			...{path, name: nameOf(paths), zone: settings.zone, banner: null, speed, isSearched: true},
			export: (begin, end) => exportSpan({paths, from: begin, to: end, isText, signal: ended.signal}),
		},
	);
	screen = openScreen(terminal, settings, view.controls, view.playback());
	const {exit} = screen;
	const close = () => screen?.close();
	signal.addEventListener('abort', close, {once: true});
	view.start(from);
	// a thread that crashed must end the screen: one that is frozen looks alive
	const threadEnded = thread.ended.finally(close);
	threadEnded.catch(() => {});
	try {
		return exitCodeOf(await exit);
	} finally {
		ended.abort();
		await thread.close();
		await threadEnded;
	}
}

/** `incident.capture`, `lb1 and 2 more` */
export function nameOf(paths: readonly string[]): string {
	const [first = ''] = paths;
	const name = first === '-' ? 'standard input' : stripControls(basename(resolve(first)));
	return paths.length === 1 ? name : `${name} and ${paths.length - 1} more`;
}
