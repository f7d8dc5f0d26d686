import assert from 'node:assert/strict';
import {test} from 'node:test';
import {currentRow, INITIAL, STILL_TICKS} from '../../src/ui/state/state.ts';
import {byEst, counts, look, names, press} from './looks.ts';
import {NOW, world} from './models.ts';
import {crowd} from './worlds.ts';

test('the worst state comes first, then names in natural order', () => {
	const state = look(INITIAL, counts({b10: 1, b2: 1, b1: 1, x: 1}, {x: 'down', b10: 'degraded'}));
	assert.deepEqual(names(state), ['x', 'b10', 'b1', 'b2']);
});

test('a backend that recovers goes back to its place', () => {
	const down = look(INITIAL, counts({a: 1, b: 1, c: 1}, {b: 'down'}));
	assert.deepEqual(names(down), ['b', 'a', 'c']);
	assert.deepEqual(names(look(down, counts({a: 1, b: 1, c: 1}))), ['a', 'b', 'c']);
});

test('the chosen column decides, the largest first, whatever the states are', () => {
	assert.deepEqual(names(look(byEst, counts({a: 10, b: 30, c: 20}, {a: 'down', c: 'down'}))), ['b', 'c', 'a']);
});

test('rows equal in the sort column are sorted by state, worst first, also in reverse', () => {
	const state = look(byEst, counts({a: 10, b: 30, c: 10, x: 1}, {c: 'down'}));
	assert.deepEqual(names(state), ['b', 'c', 'a', 'x']);
	assert.deepEqual(names(press(state, 'reverse')), ['x', 'c', 'a', 'b']);
});

test('a small change moves no row, a clear one does', () => {
	const before = look(byEst, counts({a: 100, b: 90}));
	assert.deepEqual(names(look(before, counts({a: 90, b: 100}))), ['a', 'b']);
	assert.deepEqual(names(look(before, counts({a: 90, b: 130}))), ['b', 'a']);
});

test('a change to just the margin moves no row, one more does', () => {
	const before = look(byEst, counts({a: 101, b: 100}));
	assert.deepEqual(names(look(before, counts({a: 101, b: 125}))), ['a', 'b']);
	assert.deepEqual(names(look(before, counts({a: 101, b: 126}))), ['b', 'a']);
});

test('rows keep their places while somebody moves among them', () => {
	let state = press(look(byEst, counts({a: 100, b: 10})), 'down');
	for (let tick = 0; tick < STILL_TICKS - 1; tick++) {
		state = look(state, counts({a: 10, b: 100}));
		assert.deepEqual(names(state), ['a', 'b']);
	}
	state = look(state, counts({a: 10, b: 100}));
	assert.deepEqual(names(state), ['b', 'a']);
});

test('when the backend under the cursor goes, the cursor stays on its line', () => {
	const state = press(look(INITIAL, counts({a: 1, b: 1, c: 1})), 'down', 'down');
	assert.equal(currentRow(state)?.backend.name, 'b');
	assert.equal(
		currentRow(
			look(
				state,
				world({
					backends: [
						{address: '10.0.0.0:80', name: 'a'},
						{address: '10.0.0.2:80', name: 'c'},
					],
				}),
			),
		)?.backend.name,
		'c',
	);
	assert.equal(currentRow(look(state, counts({a: 1})))?.backend.name, 'a');
});

test('the cursor follows its backend, not its row', () => {
	const state = press(look(INITIAL, counts({a: 1, b: 1})), 'down', 'down');
	assert.equal(currentRow(state)?.backend.name, 'b');
	const later = look({...state, stillFor: 0}, counts({a: 1, b: 1}, {b: 'down'}));
	assert.deepEqual(names(later), ['b', 'a']);
	assert.equal(currentRow(later)?.backend.name, 'b');
});

test('somebody who has scrolled down keeps the row on its line', () => {
	const state = {...press(look(INITIAL, crowd(40)), 'pageDown', 'pageDown'), stillFor: 0};
	const at = state.order.indexOf(state.selection ?? '');
	const shown = crowd(40);
	const worse = shown.model.instances[0]?.backends[39]?.address ?? '';
	const verdicts = new Map([...(shown.assessment.instances.get('lb1/4121')?.backends ?? [])]);
	verdicts.set(worse, {state: 'down', since: NOW, findings: []});
	const instance = shown.assessment.instances.get('lb1/4121');
	assert.ok(instance);
	const instances = new Map([['lb1/4121', {...instance, backends: verdicts}]]);
	const later = look(state, {...shown, assessment: {...shown.assessment, instances}});
	assert.equal(later.order.indexOf(later.selection ?? ''), at + 1);
	assert.equal(later.top, state.top + 1);
});

test('following stays with the worst until the cursor is moved', () => {
	const state = press(look(INITIAL, counts({a: 1, b: 1})), 'follow');
	const later = look(state, counts({a: 1, b: 1}, {b: 'down'}));
	assert.equal(currentRow(later)?.backend.name, 'b');
	assert.equal(press(later, 'down').isFollowing, false);
});

test('rows of a Traefik that cannot be read any more come last, whatever the table is sorted by', () => {
	const gone = {backends: [{address: '10.0.0.1:80', name: 'old'}], id: 'lb1/1', problem: 'it has ended'};
	const here = {backends: [{address: '10.0.0.2:80', name: 'idle', state: 'idle' as const}], id: 'lb1/2'};
	assert.deepEqual(names(look(INITIAL, world(gone, here))), ['idle', 'old']);
	assert.deepEqual(names(look(byEst, world(gone, here))), ['idle', 'old']);
});
