/** The one headless loop: readings, snapshots, model, findings. The screen runs the same steps on both sides of a thread. */
import {setImmediate} from 'node:timers/promises';
import {Assessor, type Seen} from '../detect/assessor.ts';
import {Fold} from '../fold.ts';
import type {Model} from '../model/model.ts';
import type {Visit} from '../parse/row.ts';
import type {Reading, Tick} from '../reading.ts';
import type {Settings} from './settings.ts';

export type LoopOptions = {
	readonly settings: Pick<Settings, 'isWatched' | 'names' | 'thresholds'>;
	readonly source: Model['source'];
	/** Is shown every row of each reading, as it is read. */
	readonly observe?: (reading: Reading) => Visit | undefined;
};

/** Signals and timers get their turn after so long, however fast a recording is read. */
const TURN_MS = 50;

export async function* assessments(ticks: AsyncIterable<Tick>, options: LoopOptions): AsyncGenerator<Seen> {
	const {settings, source, observe} = options;
	const fold = new Fold({isWatched: settings.isWatched});
	const assessor = new Assessor({...settings, source});
	let turnAt = performance.now() + TURN_MS;
	for await (const tick of ticks) {
		yield assessor.see(fold.fold(tick, observe));
		if (performance.now() > turnAt) {
			await setImmediate();
			turnAt = performance.now() + TURN_MS;
		}
	}
}
