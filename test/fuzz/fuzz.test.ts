import assert from 'node:assert/strict';
import {test} from 'node:test';
import {fuzz} from './fuzzer.ts';
import {TARGETS} from './targets.ts';

/** Of CPU time: seconds in the gate, hours by `npm run fuzz`. */
const SECONDS = 1;

for (const target of Object.keys(TARGETS)) {
	test(`fuzzed, ${target} neither throws nor hangs, grows, or prints what steers a terminal`, async () => {
		const {failure, inputs} = await fuzz({seed: 1, seconds: SECONDS, target});
		assert.equal(failure, null, failure ?? '');
		assert.ok((inputs.get(target) ?? 0) > 0);
	});
}
