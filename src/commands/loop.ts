/** The one headless loop: readings, snapshots, model, findings. The screen runs the same steps on both sides of a thread. */
import {type AssessedLook, Assessor} from '../detect/assessor.ts';
import {Fold} from '../fold/fold.ts';
import type {Model} from '../model/model.ts';
import type {Visit} from '../parse/row.ts';
import type {Reading, Tick} from '../reading.ts';
import type {Source} from '../source.ts';
import {Turns} from '../system/turns.ts';
import type {Settings} from './settings.ts';

export type LoopOptions = {
	readonly settings: Pick<Settings, 'isWatched' | 'names' | 'thresholds'>;
	readonly source: Model['source'];
	/** Is shown every row of each reading, as it is read. */
	readonly observe?: (reading: Reading) => Visit | undefined;
	/** Aborted, it ends a loop over a recording with an InterruptedError. */
	readonly signal?: AbortSignal;
};

export async function* assessments(
	ticks: AsyncIterable<Tick> & Pick<Source, 'setBackends'>,
	options: LoopOptions,
): AsyncGenerator<AssessedLook> {
	const {settings, source, observe, signal} = options;
	const fold = new Fold({isWatched: settings.isWatched});
	ticks.setBackends?.((remote, port) => fold.isBackend(remote, port));
	const assessor = new Assessor({...settings, source});
	const turns = new Turns(signal);
	for await (const tick of ticks) {
		yield assessor.see(fold.fold(tick, observe));
		await turns.give();
	}
}
