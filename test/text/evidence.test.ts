import assert from 'node:assert/strict';
import {test} from 'node:test';
import {evidenceText} from '../../src/text/evidence.ts';

const cases: readonly (readonly [name: string, value: number, text: string])[] = [
	['oldestWaitMs', 10_028, 'oldest wait 10 s'],
	['oldestSeconds', 74.2, 'oldest 74 s'],
	['waiting', 1301, 'waiting 1,301'],
	['closeWait', 37, 'close wait 37'],
	['txQueueBytes', 65_536, 'tx queue 64K'],
	['timeWaitShare', 0.38, 'time wait share 38%'],
	['refusedPerSecond', 4.25, 'refused 4.3/s'],
	['opensPerSecond', 5, 'opens 5/s'],
];
for (const [name, value, text] of cases) {
	test(`evidence ${name} ${value} reads ${text}`, () => {
		assert.equal(evidenceText(name, value), text);
	});
}
