/** The bundled incident, for a machine on which no Traefik can be seen. */
import {existsSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {openRecording} from '../source/open-recording.ts';
import type {Recording} from '../source/source.ts';
import type {Controls} from '../ui/controls.ts';
import {type PlayerOptions, ReplayPlayer} from './replay-player.ts';
import type {Settings} from './settings.ts';
import {PACKAGE_ROOT} from './version.ts';

export const DEMO_BANNER = 'DEMO: a recorded incident; no Traefik is visible here (live when one appears)';

/** Path of the bundled incident; null: this package was put together without it. */
function demoPath(): string | null {
	if (PACKAGE_ROOT === undefined) return null;
	const path = fileURLToPath(new URL('fixtures/demo/incident.capture', PACKAGE_ROOT));
	return existsSync(path) ? path : null;
}

export class Demo {
	readonly controls: Controls;
	readonly #player: ReplayPlayer;
	readonly #recording: Recording;

	/** null: there is none to play. */
	static async open(
		settings: Settings,
		screen: Pick<PlayerOptions, 'show' | 'showPlayback' | 'showRows'>,
	): Promise<Demo | null> {
		const path = demoPath();
		if (path === null) return null;
		const recording = await openRecording(path, {source: 'auto'});
		return new Demo(recording, settings, screen);
	}

	private constructor(
		recording: Recording,
		settings: Settings,
		screen: Pick<PlayerOptions, 'show' | 'showPlayback' | 'showRows'>,
	) {
		this.#recording = recording;
		this.#player = new ReplayPlayer({
			...screen,
			recording,
			settings,
			isPausedByFindings: false,
			banner: DEMO_BANNER,
			isLooping: true,
			speed: 1,
		});
		this.controls = this.#player.controls;
	}

	async run(): Promise<void> {
		await this.#player.run(this.#recording.from ?? 0);
		this.#recording.close();
	}

	close(): void {
		this.#player.close();
	}
}
