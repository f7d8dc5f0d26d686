/** What the screen is fed at an instant of a recording of fixtures/: the model, the verdicts, and what was found until then. */
import {fileURLToPath} from 'node:url';
import {Assessor} from '../../src/detect/assessor.ts';
import type {Finding} from '../../src/detect/finding.ts';
import {DEFAULT_THRESHOLDS} from '../../src/detect/thresholds.ts';
import {Fold} from '../../src/fold/fold.ts';
import {openRecording} from '../../src/recording/open.ts';
import {reduce} from '../../src/ui/state/reduce.ts';
import {INITIAL, type ScreenState} from '../../src/ui/state/state.ts';
import {remember} from '../../src/ui/state/timeline.ts';
import {playback} from './models.ts';

export const FAULTS = ['healthy', 'killed', 'blackhole', 'hung', 'slow'] as const;
export type Fault = (typeof FAULTS)[number];

/** After this many looks of the recording; all of them where it has no more. */
export async function recorded(fault: Fault, looks: number): Promise<ScreenState> {
	const path = fileURLToPath(new URL(`../../fixtures/recordings/${fault}.capture`, import.meta.url));
	const recording = await openRecording(path, {source: 'auto', isFollowed: false});
	const fold = new Fold({isWatched: () => true});
	const assessor = new Assessor({source: 'recording', names: new Map(), thresholds: DEFAULT_THRESHOLDS});
	let state: ScreenState = INITIAL;
	let marks: readonly Finding[] = [];
	let seen = 0;
	try {
		for await (const tick of recording.ticks()) {
			const {model, assessment} = assessor.see(fold.fold(tick));
			marks = remember(marks, assessment);
			state = reduce(state, {
				type: 'tick',
				shown: {model, assessment},
				playback: playback({
					...{mode: 'paused', position: model.time, host: 'lb1', marks},
					...{from: recording.from ?? 0, to: recording.to ?? 0},
				}),
			});
			if (++seen >= looks) break;
		}
	} finally {
		recording.close();
	}
	return state;
}
