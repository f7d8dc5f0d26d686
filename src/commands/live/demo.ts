/** The bundled incident, for a machine on which no Traefik can be seen. */
import {demoRecording} from '../../system/installation.ts';
import type {Controls} from '../../ui/state/controls.ts';
import {type ReplayThread, startReplay} from '../../worker/replay-client.ts';
import {type ReplayScreen, ReplayView} from '../replay/replay-view.ts';
import type {Settings} from '../settings.ts';

export const DEMO_BANNER = 'DEMO: a recorded incident; no Traefik is visible here (live when one appears)';

export class Demo {
	readonly controls: Controls;
	readonly #thread: ReplayThread;
	readonly #view: ReplayView;

	/** null: there is none to play. */
	static async open(settings: Settings, screen: ReplayScreen): Promise<Demo | null> {
		const recording = demoRecording();
		if (recording === null) return null;
		const {path, bytes} = recording;
		const {backend, ignore, names, thresholds, zone} = settings;
		const playing = {isFollowed: false, isPausedByFindings: false, isLooping: true, speed: 1, isMarked: false};
		const thread = await startReplay({
			paths: [path],
			bytes,
			source: 'auto',
			backend,
			ignore,
			names,
			thresholds,
			...playing,
		});
		return new Demo(
			thread,
			new ReplayView(thread, screen, {path, name: null, zone, banner: DEMO_BANNER, speed: 1, isSearched: false}),
		);
	}

	private constructor(thread: ReplayThread, view: ReplayView) {
		this.#thread = thread;
		this.#view = view;
		this.controls = view.controls;
	}

	/** Plays until closed. */
	async run(): Promise<void> {
		this.#view.start(this.#thread.about.from ?? 0);
		await this.#thread.ended;
	}

	async close(): Promise<void> {
		await this.#thread.close();
	}
}
