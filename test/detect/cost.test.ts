import assert from 'node:assert/strict';
import {test} from 'node:test';
import {syntheticTick} from '../../bench/synthetic.ts';
import {Detector} from '../../src/detect/detector.ts';
import {Fold} from '../../src/fold/fold.ts';
import {build} from '../../src/model/build.ts';
import {History} from '../../src/model/history.ts';

/** How often the rules ask for the looks of some backend, of this many healthy ones, in one look. */
function pastsAsked(backends: number): number {
	const [fold, history, detector] = [new Fold(), new History(), new Detector()];
	let asked = 0;
	for (let at = 1; at <= 12; at++) {
		const look = fold.fold(syntheticTick(at, {sockets: backends * 3, backends, newPerSecond: backends}));
		const model = build(history.add(look), {source: 'recording'});
		if (at === 12) {
			for (const {track} of model.instances.flatMap((instance) => instance.backends)) {
				const {recent} = track;
				const get = () => {
					asked++;
					return recent;
				};
				Object.defineProperty(track, 'recent', {get});
			}
		}
		detector.assess(model);
	}
	return asked;
}

test('twice as many backends cost the rules twice as much, not four times', () => {
	const [few, many] = [pastsAsked(60), pastsAsked(120)];
	assert.ok(few > 0);
	assert.ok(many < few * 2.5, `${few} at 60 backends, ${many} at 120`);
});
