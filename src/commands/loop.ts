/** The one headless loop: readings, snapshots, model, findings. The screen runs the same steps on both sides of a thread. */
import {setImmediate} from 'node:timers/promises';
import type {Assessment} from '../detect/assessment.ts';
import {Detector} from '../detect/detector.ts';
import {Fold} from '../fold.ts';
import {type BuildOptions, build} from '../model/build.ts';
import {History} from '../model/history.ts';
import type {Model} from '../model/model.ts';
import type {Visit} from '../parse/row.ts';
import type {Reading, Tick} from '../reading.ts';
import type {Look} from '../snapshot.ts';
import type {Settings} from './settings.ts';

/** What one look shows. It holds until the next one is asked for. */
export type Seen = {readonly model: Model; readonly assessment: Assessment; readonly look: Look};

export type LoopOptions = {
	readonly settings: Pick<Settings, 'isWatched' | 'names' | 'thresholds'>;
	readonly source: Model['source'];
	/** Everything else gets its turn after so long. */
	readonly turnMs?: number;
	/** Is shown every row of each reading, as it is read. */
	readonly observe?: (reading: Reading) => Visit | undefined;
};

/** Signals and timers get their turn after so long, however fast a recording is read. */
const TURN_MS = 50;

/** From looks to findings. It remembers: give it looks in their order. */
export class Assessor {
	readonly #history = new History();
	readonly #detector: Detector;
	readonly #options: BuildOptions;

	constructor({settings, source}: Pick<LoopOptions, 'settings' | 'source'>) {
		this.#detector = new Detector(settings.thresholds);
		this.#options = {source, names: settings.names};
	}

	see(look: Look): Seen {
		const model = build(this.#history.add(look), this.#options);
		return {model, assessment: this.#detector.assess(model), look};
	}
}

export async function* assessments(ticks: AsyncIterable<Tick>, options: LoopOptions): AsyncGenerator<Seen> {
	const {settings, observe, turnMs = TURN_MS} = options;
	const fold = new Fold({isWatched: settings.isWatched});
	const assessor = new Assessor(options);
	let turnAt = performance.now() + turnMs;
	for await (const tick of ticks) {
		yield assessor.see(fold.fold(tick, observe));
		if (performance.now() > turnAt) {
			await setImmediate();
			turnAt = performance.now() + turnMs;
		}
	}
}
