/** What keys do to a replay before its thread has said anything, and what of the thread's words still holds. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {ReplayView} from '../../../src/commands/replay/replay-view.ts';
import type {Finding} from '../../../src/detect/finding.ts';
import type {Playback} from '../../../src/ui/state/playback.ts';
import type {PlayerStatus, ReplayOrder} from '../../../src/worker/protocol.ts';
import type {ReplayListener, ReplayThread} from '../../../src/worker/replay-client.ts';

const FROM = 1_795_368_000_000;
const TO = FROM + 3_600_000;

/** A replay whose thread is played by the test. */
function replay() {
	const orders: ReplayOrder[] = [];
	const shown: Playback[] = [];
	let listener: ReplayListener | null = null;
	const thread: ReplayThread = {
		about: {host: 'lb1', from: FROM, to: TO, first: FROM, last: TO, note: null, damage: null},
		listen: (to) => {
			listener = to;
		},
		send: (order) => orders.push(order),
		ended: Promise.resolve(),
		close: async () => {},
	};
	const screen = {show() {}, showPlayback: (playback: Playback) => shown.push(playback), showRows() {}};
	const view = new ReplayView(thread, screen, {
		name: null,
		path: 'x.capture',
		zone: 'UTC',
		banner: null,
		speed: 1,
		isSearched: true,
	});
	view.start(FROM);
	assert.ok(listener);
	return {view, orders, shown, last: () => shown.at(-1) as Playback, thread: listener as ReplayListener};
}

function status(more: Partial<PlayerStatus> = {}): PlayerStatus {
	return {isPlaying: true, speed: 1, position: FROM, to: TO, isProvisional: false, note: null, ...more};
}

const keys: readonly (readonly [what: string, press: (view: ReplayView) => void, expected: Partial<Playback>])[] = [
	['a jump', ({controls}) => controls.seek(FROM + 60_000), {position: FROM + 60_000, isProvisional: true}],
	['a jump to the end', ({controls}) => controls.goLive(), {position: TO, isProvisional: true}],
	['a pause', ({controls}) => controls.pause(), {mode: 'paused'}],
	['a step', ({controls}) => controls.step(1), {mode: 'paused'}],
	['another speed', ({controls}) => controls.setSpeed(60), {speed: 60}],
];
for (const [what, press, expected] of keys) {
	test(`${what} is answered at once, whatever the thread is at`, () => {
		const {view, last} = replay();
		press(view);
		assert.deepEqual({...last(), ...expected}, last());
	});
}

test('a status from before an order does not undo the order', () => {
	const {view, last, thread} = replay();
	thread.status(status(), 1);
	view.controls.pause();
	view.controls.seek(FROM + 60_000);
	thread.status(status({position: FROM + 1000, to: TO + 1000}), 1);
	assert.deepEqual([last().mode, last().position, last().to], ['paused', FROM + 60_000, TO + 1000]);
	thread.status(status({position: FROM + 59_000, isPlaying: false}), 3);
	assert.deepEqual([last().mode, last().position, last().isProvisional], ['paused', FROM + 59_000, false]);
});

test('keys that come in a row lead on from each other', () => {
	const {view, orders, last} = replay();
	for (let i = 0; i < 3; i++) view.controls.seek((last().position ?? 0) + 5000);
	assert.deepEqual(orders.at(-1), {type: 'seek', time: FROM + 15_000});
});

test('how far a recording has been searched is known from the beginning to the end', () => {
	const {last, view, thread} = replay();
	assert.equal(view.playback().searchedUntil, FROM);
	const marks = {type: 'marks', findings: [], gaps: [], clients: []} as const;
	thread.marks({...marks, until: FROM + 9000, isComplete: false});
	assert.equal(last().searchedUntil, FROM + 9000);
	thread.marks({...marks, until: FROM + 9000, isComplete: true});
	assert.equal(last().searchedUntil, null);
});

test('marks are one for each finding, in the order of time, whenever they change', () => {
	const {last, thread} = replay();
	assert.equal(last().marks, null);
	const finding = (from: number, to: number | null): Finding => ({
		...{instance: 'lb1/1', backend: '10.0.0.2:80', rule: 'refused', severity: 'down', from, to},
		...{message: '', hint: '', evidence: {began: from}},
	});
	thread.marks({
		type: 'marks',
		findings: [finding(FROM + 9000, null)],
		gaps: [],
		until: TO,
		isComplete: false,
		clients: [],
	});
	thread.marks({
		type: 'marks',
		findings: [finding(FROM + 9000, FROM + 9500), finding(FROM, FROM + 1)],
		gaps: [],
		until: TO,
		isComplete: true,
		clients: [[FROM, 7]],
	});
	assert.deepEqual(last().clients, [[FROM, 7]]);
	assert.deepEqual(
		last().marks?.map(({from, to}) => [from - FROM, (to ?? 0) - FROM]),
		[
			[0, 1],
			[9000, 9500],
		],
	);
});
