import assert from 'node:assert/strict';
import {test} from 'node:test';
import {LOOK_MS} from '../../src/commands/status.ts';
import {PUNCTUALITY} from '../../src/detect/detector.ts';

/** What a first look of 865 ms of 900 was late on a busy machine, twice. */
const JITTER_MS = 70;

test('the two looks of one status are within a second, and far enough apart for rules that ask for a second', () => {
	assert.ok(LOOK_MS < 1000);
	assert.ok(LOOK_MS - JITTER_MS >= 1000 * PUNCTUALITY);
});
