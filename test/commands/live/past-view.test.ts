/** What keys do to a live view that goes back, before and after the worker says something. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {PastView} from '../../../src/commands/live/past-view.ts';
import type {Assessment} from '../../../src/detect/assessment.ts';
import type {Finding} from '../../../src/detect/finding.ts';
import {packModel} from '../../../src/model/packed-model.ts';
import {NEW_PLAYBACK, type Playback} from '../../../src/ui/state/playback.ts';
import type {FromPlayer} from '../../../src/worker/protocol.ts';
import {NOW} from '../../ui/models.ts';
import {incident} from '../../ui/worlds.ts';

const BACK = NOW - 60_000;

/** A view whose worker is played by the test. */
function view({findings = []}: {readonly findings?: readonly Finding[]} = {}) {
	const orders: (number | null)[] = [];
	const shown: Assessment[] = [];
	const told: Partial<Playback>[] = [];
	let hear: (said: FromPlayer) => void = () => {};
	const past: PastView = new PastView({
		watcher: {
			travel: (time) => orders.push(time),
			onPast: (listener) => {
				hear = listener;
			},
		},
		findings: () => findings,
		show: (_, assessment) => shown.push(assessment),
		showRows() {},
		changed: () => told.push(past.playback()),
	});
	return {past, orders, shown, told, hear: (said: FromPlayer) => hear(said)};
}

function frame(position: number, obeyed: number, isProvisional = false): FromPlayer {
	const {model, assessment} = incident();
	const status = {isPlaying: false, speed: 1, position, to: NOW, isProvisional, note: null};
	return {type: 'frame', model: packModel(model), assessment, rows: null, status, obeyed};
}

test('a key that goes back is answered at once with where it leads', () => {
	const {past, orders, told} = view();
	past.goTo(BACK, NOW);
	assert.deepEqual(orders, [BACK]);
	assert.deepEqual(told, [{mode: 'back', position: BACK, isProvisional: true, leftAt: NOW}]);
});

test('a status from before the newest key does not undo the key', () => {
	const {past, shown, hear} = view();
	past.goTo(BACK, NOW);
	past.goTo(BACK - 5000, NOW + 1000);
	hear(frame(BACK, 1));
	assert.equal(shown.length, 1);
	assert.deepEqual(past.playback(), {mode: 'back', position: BACK - 5000, isProvisional: true, leftAt: NOW});
	hear(frame(BACK - 5000, 2));
	assert.equal(past.playback().isProvisional, false);
});

test('back at now, nothing of the past is shown any more, though it was on its way', () => {
	const {past, orders, shown, hear} = view();
	past.goTo(BACK, NOW);
	past.leave();
	assert.deepEqual(past.playback(), {});
	hear(frame(BACK, 1));
	past.goTo(BACK, NOW + 5000);
	hear(frame(BACK, 1));
	assert.equal(shown.length, 0);
	hear(frame(BACK, 3));
	assert.equal(shown.length, 1);
	assert.deepEqual(orders, [BACK, null, BACK]);
});

test('the way back to now is not an order where the view shows it', () => {
	const {past, orders} = view();
	past.leave();
	assert.deepEqual(orders, []);
});

test('a finding is shown with the beginning that the watch saw', () => {
	const [finding] = incident().assessment.open;
	assert.ok(finding);
	const from = finding.from - 3_600_000;
	const {past, shown, hear} = view({findings: [{...finding, from}]});
	past.goTo(BACK, NOW);
	hear(frame(BACK, 1));
	assert.equal(shown[0]?.open.find(({rule}) => rule === finding.rule)?.from, from);
	assert.equal({...NEW_PLAYBACK, ...past.playback()}.mode, 'back');
});
