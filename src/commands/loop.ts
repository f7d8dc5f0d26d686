/** The one headless loop: readings, snapshots, model, findings. The screen runs the same steps on both sides of a thread. */
import {setImmediate} from 'node:timers/promises';
import type {Assessment} from '../detect/assessment.ts';
import {Detector} from '../detect/detector.ts';
import {Fold} from '../fold.ts';
import {build} from '../model/build.ts';
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
	/** Is shown every row of each reading, as it is read. */
	readonly observe?: (reading: Reading) => Visit | undefined;
};

/** Signals and timers get their turn after so long, however fast a recording is read. */
const TURN_MS = 50;

export async function* assessments(
	ticks: AsyncIterable<Tick>,
	{settings, source, observe}: LoopOptions,
): AsyncGenerator<Seen> {
	const fold = new Fold({isWatched: settings.isWatched});
	const history = new History();
	const detector = new Detector(settings.thresholds);
	let turnAt = performance.now() + TURN_MS;
	for await (const tick of ticks) {
		const look = fold.fold(tick, observe);
		const model = build(history.add(look), {source, names: settings.names});
		yield {model, assessment: detector.assess(model), look};
		if (performance.now() > turnAt) {
			await setImmediate();
			turnAt = performance.now() + TURN_MS;
		}
	}
}
