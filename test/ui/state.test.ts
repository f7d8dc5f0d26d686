import assert from 'node:assert/strict';
import {test} from 'node:test';
import {currentRow, INITIAL, STILL_TICKS, type State, scrollTo} from '../../src/ui/screen-state.ts';
import {type Action, reduce} from '../../src/ui/state.ts';
import {findingOf, NOW, playback, type Spec, type World, world} from './models.ts';
import {crowd, incident} from './worlds.ts';

function look(state: State, shown: World, mode = playback()): State {
	return reduce(state, {type: 'tick', shown, playback: mode});
}

function press(state: State, ...commands: Extract<Action, {type: 'command'}>['command'][]): State {
	return commands.reduce(
		(state, command) => reduce(state, {type: 'command', command, extent: {page: 5, count: 40}}),
		state,
	);
}

function type(state: State, ...keys: string[]): State {
	return keys.reduce((state, key) => reduce(state, {type: 'prompt', key}), state);
}

const names = (state: State) => state.order.map((key) => state.rows.get(key)?.backend.name);

/** Backends with so many established connections. */
function counts(
	established: Readonly<Record<string, number>>,
	states: Readonly<Record<string, Spec['state']>> = {},
): World {
	const backends = Object.entries(established).map(([name, count], i): Spec => {
		const state = states[name];
		return {address: `10.0.0.${i}:80`, name, at: () => ({established: count}), ...(state === undefined ? {} : {state})};
	});
	return world({backends});
}

const byEst = {...INITIAL, sortedBy: 'EST'};

test('the worst state comes first, then names in natural order', () => {
	const state = look(INITIAL, counts({b10: 1, b2: 1, b1: 1, x: 1}, {x: 'down', b10: 'degraded'}));
	assert.deepEqual(names(state), ['x', 'b10', 'b1', 'b2']);
});

test('a backend that recovers goes back to its place', () => {
	const down = look(INITIAL, counts({a: 1, b: 1, c: 1}, {b: 'down'}));
	assert.deepEqual(names(down), ['b', 'a', 'c']);
	assert.deepEqual(names(look(down, counts({a: 1, b: 1, c: 1}))), ['a', 'b', 'c']);
});

test('within a state the chosen column decides, the largest first', () => {
	assert.deepEqual(names(look(byEst, counts({a: 10, b: 30, c: 20}))), ['b', 'c', 'a']);
});

test('reverse turns the column round, not the states', () => {
	const state = press(look(byEst, counts({a: 10, b: 30, c: 20, x: 1}, {x: 'down'})), 'reverse');
	assert.deepEqual(names(state), ['x', 'a', 'c', 'b']);
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

test('where the backend under the cursor goes, the cursor moves to what stands there now', () => {
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

test('a filter matches words in name, address, state, instance and rule', () => {
	const state = press(look(INITIAL, incident()), 'filter');
	assert.deepEqual(names(type(state, ...'web')), ['web-1', 'web-2']);
	assert.deepEqual(names(type(state, ...'close-wait')), ['api-3']);
	assert.deepEqual(names(type(state, ...'10.0.3 ok')), ['api-1', 'api-4']);
	assert.deepEqual(names(type(state, ...'nothing')), []);
});

test('Enter keeps the filter, Esc clears it, also later', () => {
	const typed = type(press(look(INITIAL, incident()), 'filter'), ...'web');
	const kept = type(typed, 'enter');
	assert.deepEqual([kept.prompt, kept.filter], [null, 'web']);
	assert.equal(type(typed, 'escape').filter, '');
	assert.equal(press(kept, 'back').filter, '');
});

test('backspace takes one character, Ctrl-U all', () => {
	const typed = type(press(look(INITIAL, incident()), 'filter'), ...'wé');
	assert.equal(type(typed, 'backspace').filter, 'w');
	assert.equal(type(typed, 'ctrl-u').filter, '');
});

test('a live view stands still while it is frozen, and findings are kept', () => {
	const frozen = press(look(INITIAL, incident()), 'pause');
	const finding = findingOf({rule: 'hung', severity: 'down', message: 'hangs'}, 'lb1/4121', '10.0.3.11:8080', NOW);
	const later = incident(60);
	const state = look(frozen, {...later, assessment: {...later.assessment, opened: [finding]}});
	assert.equal(state.shown?.model.time, NOW);
	assert.ok(state.timeline.some(({rule}) => rule === 'hung'));
	assert.equal(look(press(state, 'pause'), later).shown?.model.time, later.model.time);
});

test('sockets stand still with a frozen view', () => {
	const rows = {instance: 'lb1/4121', address: '10.0.3.12:8080', rows: []};
	const state = reduce(press(look(INITIAL, incident()), 'open'), {type: 'sockets', sockets: rows});
	const later = {...rows};
	assert.equal(reduce(press(state, 'pause'), {type: 'sockets', sockets: later}).sockets, rows);
	assert.equal(reduce(state, {type: 'sockets', sockets: later}).sockets, later);
});

test('the history under a frozen view does not go on changing', () => {
	const shown = incident();
	const frozen = press(look(INITIAL, shown), 'pause');
	const [backend] = shown.model.instances[0]?.backends ?? [];
	const copy = frozen.shown?.model.instances[0]?.backends[0]?.track;
	assert.ok(backend && copy);
	const sample = backend.track.recent.at(-1);
	assert.ok(sample);
	const length = copy.recent.length;
	for (let s = 1; s < 200; s++) backend.track.add({...sample, clockMs: sample.clockMs + s * 1000});
	assert.equal(copy.recent.length, length);
	assert.deepEqual(
		copy.past('established', sample.clockMs, 10),
		frozen.rows.get(`lb1/4121 ${backend.address}`)?.backend.track.past('established', sample.clockMs, 10),
	);
	assert.notEqual(copy.past('established', sample.clockMs, 3).at(-1), null);
});

test('going back in time ends the freeze', () => {
	assert.equal(press(look(INITIAL, incident()), 'pause', 'rewind').isFrozen, false);
});

test('a finding that closes replaces itself in the timeline', () => {
	const finding = findingOf({rule: 'hung', severity: 'down', message: 'hangs'}, 'lb1/4121', '10.0.3.11:8080', NOW);
	const base = incident();
	const opened = look(INITIAL, {...base, assessment: {...base.assessment, open: [], opened: [finding]}});
	const closed = look(opened, {
		...base,
		assessment: {...base.assessment, open: [], closed: [{...finding, to: NOW + 9000}]},
	});
	assert.deepEqual(
		closed.timeline.map(({to}) => to),
		[NOW + 9000],
	);
});

test('a day of findings does not grow without bound', () => {
	let state = INITIAL;
	const base = incident();
	for (let tick = 0; tick < 1500; tick++) {
		const finding = {
			...findingOf({rule: 'hung', severity: 'down', message: 'hangs'}, 'lb1/4121', null, NOW),
			from: NOW + tick,
		};
		state = look(state, {...base, assessment: {...base.assessment, open: [], opened: [finding]}});
	}
	assert.equal(state.timeline.length, 500);
	assert.equal(state.timeline.at(-1)?.from, NOW + 1499);
});

test('Enter opens the worst backend when no cursor was set; Esc leads back', () => {
	const open = press(look(INITIAL, incident()), 'open');
	assert.deepEqual(open.screen, {view: 'backend', key: 'lb1/4121 10.0.3.12:8080', top: 0});
	assert.deepEqual(press(open, 'back').screen, {view: 'table'});
});

test('Tab goes round table, findings and instances', () => {
	const state = look(INITIAL, incident());
	const views = [1, 2, 3].map((times) => press(state, ...new Array<'view'>(times).fill('view')).screen.view);
	assert.deepEqual(views, ['findings', 'instances', 'table']);
});

test('help leads back to where it was asked for', () => {
	const help = press(look(INITIAL, incident()), 'open', 'help');
	assert.equal(help.screen.view, 'help');
	assert.equal(press(help, 'back').screen.view, 'backend');
	assert.equal(press(help, 'help').screen.view, 'backend');
});

test('Enter on an instance shows its backends alone', () => {
	const two = world(
		{backends: [{address: '10.0.0.1:80'}], id: 'lb1/1'},
		{backends: [{address: '10.0.0.1:80'}], id: 'lb2/2'},
	);
	const state = press(look(INITIAL, two), 'view', 'view', 'down', 'open');
	assert.deepEqual(state.order, ['lb2/2 10.0.0.1:80']);
});

test('a message stands for some looks and goes', () => {
	let state = reduce(look(INITIAL, incident()), {type: 'message', text: 'copied'});
	assert.equal(state.message?.text, 'copied');
	for (let tick = 0; tick < 5; tick++) state = look(state, incident(tick));
	assert.equal(state.message, null);
});

test('columns do not narrow when a long name goes', () => {
	const long = look(INITIAL, counts({'a-very-long-name-of-a-backend': 1}));
	assert.deepEqual(look(long, counts({a: 1})).wishes, long.wishes);
});

const scrolls: readonly (readonly [why: string, args: readonly [number, number, number, number], top: number])[] = [
	['stays where the line is seen', [3, 5, 10, 50], 3],
	['moves up no further than it must', [3, 2, 10, 50], 2],
	['moves down no further than it must', [3, 13, 10, 50], 4],
	['does not scroll past the end', [45, -1, 10, 50], 40],
	['does not scroll what fits', [5, -1, 10, 8], 0],
];
for (const [why, args, top] of scrolls) {
	test(`scrolling ${why}`, () => {
		assert.equal(scrollTo(...args), top);
	});
}
