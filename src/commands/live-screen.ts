/** The live view on a terminal: the worker's looks, the way back through the last 15 minutes, and the demo until then. */
import type {Controls} from '../ui/controls.ts';
import {NEW_PLAYBACK, type Playback} from '../ui/playback.ts';
import {createWatcher} from '../watcher.ts';
import type {OpenBackend} from '../worker-protocol.ts';
import {hookOf} from './hook.ts';
import {KeptLooks} from './kept-looks.ts';
import {Assessor, type Seen} from './loop.ts';
import {CostMeter, exitCodeOf, openScreen} from './screen.ts';
import type {Settings} from './settings.ts';
import type {Flags} from './spec.ts';
import type {Terminal} from './terminal.ts';

export async function runLiveScreen(
	terminal: Terminal,
	flags: Flags,
	settings: Settings,
	signal: AbortSignal,
): Promise<number> {
	const {procRoot, match, pids, source, intervalMs, backend, ignore, zone} = settings;
	const hook = hookOf(flags);
	const watcher = createWatcher({kind: 'live', procRoot, match, pids, source, intervalMs, backend, ignore});
	const kept = new KeptLooks();
	const meter = new CostMeter();
	const assessor = new Assessor({settings, source: 'live'});
	let now: Seen | null = null;
	/** What is shown instead of now, while the view has gone back. */
	let past: Seen | null = null;
	let interval = intervalMs;

	const playback = (): Playback => ({
		...NEW_PLAYBACK,
		mode: past === null ? 'live' : 'back',
		intervalMs: interval,
		position: (past ?? now)?.model.time ?? null,
		from: kept.from,
		to: kept.to,
		zone,
		self: meter.measure(),
	});
	const goBack = (time: number) => {
		const assessor = new Assessor({settings, source: 'live'});
		for (const look of kept.until(time)) past = assessor.see(look);
		if (past !== null) screen.show(past.model, past.assessment, playback());
	};
	const goLive = () => {
		past = null;
		if (now !== null) screen.show(now.model, now.assessment, playback());
	};
	const controls: Controls = {
		setInterval(ms) {
			interval = ms;
			watcher.send({type: 'interval', intervalMs: ms});
			screen.showPlayback(playback());
		},
		openBackend: (of: OpenBackend | null) => watcher.send({type: 'rows', of}),
		writeRecent: () => Promise.reject(new Error('nothing has been kept to write yet')),
		seek: goBack,
		goLive,
		step(direction) {
			const time = kept.neighbour((past ?? now)?.model.time ?? 0, direction);
			if (time !== null && time !== kept.to) goBack(time);
			else if (direction > 0) goLive();
		},
		play: goLive,
		pause() {},
		setSpeed() {},
	};
	const screen = openScreen(terminal, settings, controls, playback());
	signal.addEventListener('abort', () => screen.close(), {once: true});

	const looking = (async () => {
		for await (const {look, rows} of watcher.sights) {
			kept.add(look);
			now = assessor.see(look);
			hook?.tell(now.assessment.opened, now.assessment.closed);
			if (rows !== null) screen.showRows(rows);
			if (past === null) screen.show(now.model, now.assessment, playback());
			else screen.showPlayback(playback());
		}
	})();
	// A worker that crashed must end the screen: one that stands still looks alive.
	looking.catch(() => screen.close());
	try {
		const ending = await screen.exit;
		await Promise.all([watcher.close(), hook?.close(2000)]);
		await looking;
		return exitCodeOf(ending);
	} finally {
		await watcher.close();
	}
}
