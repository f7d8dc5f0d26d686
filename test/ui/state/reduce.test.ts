import assert from 'node:assert/strict';
import {test} from 'node:test';
import {reduce} from '../../../src/ui/state/reduce.ts';
import {INITIAL, scrollTo} from '../../../src/ui/state/state.ts';
import {counts, look, names, press, type} from '../looks.ts';
import {findingOf, NOW, world} from '../models.ts';
import {incident} from '../worlds.ts';

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

test('a frozen live view does not change, and findings are kept', () => {
	const frozen = press(look(INITIAL, incident()), 'pause');
	const finding = findingOf({rule: 'hung', severity: 'down', message: 'hangs'}, 'lb1/4121', '10.0.3.11:8080', NOW);
	const later = incident(60);
	const state = look(frozen, {...later, assessment: {...later.assessment, opened: [finding]}});
	assert.equal(state.shown?.model.time, NOW);
	assert.ok(state.timeline.some(({rule}) => rule === 'hung'));
	assert.equal(look(press(state, 'pause'), later).shown?.model.time, later.model.time);
});

test('sockets are frozen with the view', () => {
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

test('a message is shown for some looks', () => {
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

test('a pasted file is cut to what a prompt holds', () => {
	const typed = type(press(INITIAL, 'filter'), ...Array.from('x'.repeat(40_000)));
	assert.equal(typed.prompt?.text.length, 200);
});
