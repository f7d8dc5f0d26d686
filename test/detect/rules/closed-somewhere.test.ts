import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Finding} from '../../../src/detect/finding.ts';
import {B, type LookSpec, OTHER, openedBy, span} from '../windows.ts';

const both: LookSpec = {backends: {[B]: {established: 5, info: {}}, [OTHER]: {established: 5, info: {}}}};
const one: LookSpec = {backends: {[OTHER]: {established: 5, info: {}}}};
const none: LookSpec = {backends: {}};

function somewhere(looks: readonly LookSpec[]): Finding[] {
	return openedBy('premature-close', looks).filter(({backend}) => backend === null);
}

test('the instance is down and names them when every backend closes each connection at once', () => {
	const [finding, ...more] = somewhere([
		...span(25, both),
		...span(6, {...none, deltas: {activeOpens: 30, estabResets: 28}}),
	]);
	assert.equal(finding?.severity, 'down');
	assert.match(
		finding.message,
		/new connections closed at once in \d s, without an answer; none lasts at 10\.0\.0\.7:8080, 10\.0\.0\.8:8080$/,
	);
	assert.deepEqual(more, []);
});

const silent: readonly (readonly [why: string, looks: readonly LookSpec[]])[] = [
	['nothing is reset', [...span(25, both), ...span(6, {...none, deltas: {activeOpens: 30, estabResets: 0}})]],
	[
		'the dials are refused',
		[...span(25, both), ...span(6, {...none, deltas: {activeOpens: 30, attemptFails: 30, estabResets: 0}})],
	],
	[
		'one backend alone can be the one',
		[...span(25, both), ...span(6, {...one, deltas: {activeOpens: 9, estabResets: 6}})],
	],
	['idle pools have closed, and nobody asks', [...span(25, both), ...span(6, none)]],
	[
		'Traefik itself resets them',
		[...span(25, both), ...span(6, {...none, deltas: {activeOpens: 30, estabResets: 28, outRsts: 28}})],
	],
];
for (const [why, looks] of silent) {
	test(`the instance is not blamed where ${why}`, () => assert.deepEqual(somewhere(looks), []));
}
