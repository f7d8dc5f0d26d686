/** The replay on a terminal. */
import type {ReplayThread} from '../replay/thread.ts';
import type {Screen} from '../ui/screen.ts';
import {ReplayView} from './replay-view.ts';
import {exitCodeOf, openScreen} from './screen.ts';
import {CostMeter} from './self-cost.ts';
import type {Settings} from './settings.ts';
import type {Terminal} from './terminal.ts';

export type Replay = {
	readonly thread: ReplayThread;
	readonly path: string;
	/** Unix ms. */
	readonly from: number;
	readonly speed: number;
	readonly settings: Settings;
	readonly signal: AbortSignal;
};

export async function runReplayScreen(terminal: Terminal, replay: Replay): Promise<number> {
	const {thread, path, from, speed, settings, signal} = replay;
	const meter = new CostMeter();
	let screen: Screen | null = null;
	const view = new ReplayView(
		thread,
		{
			show: (model, assessment, playback) => screen?.show(model, assessment, {...playback, self: meter.measure()}),
			showPlayback: (playback) => screen?.showPlayback({...playback, self: meter.measure()}),
			showRows: (sockets) => screen?.showRows(sockets),
		},
		{path, zone: settings.zone, banner: null, speed},
	);
	screen = openScreen(terminal, settings, view.controls, view.playback());
	const {exit} = screen;
	const close = () => screen?.close();
	signal.addEventListener('abort', close, {once: true});
	view.start(from);
	// a thread that crashed must end the screen: one that stands still looks alive
	const ended = thread.ended.finally(close);
	ended.catch(() => {});
	try {
		return exitCodeOf(await exit);
	} finally {
		await thread.close();
		await ended;
	}
}
