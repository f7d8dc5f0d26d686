import assert from 'node:assert/strict';
import {test} from 'node:test';
import {reduce} from '../../../src/ui/state/reduce.ts';
import {after, draw, press} from '../draw.tsx';
import {findingOf, NOW, playback, type World} from '../models.ts';
import {healthy, incident} from '../worlds.ts';

const footer = (drawn: string) => drawn.split('\n').at(-2) ?? '';

/** The look after incident() at which nothing is open any more. */
function recovered(seconds: number): World {
	const {model, assessment} = healthy();
	const [down] = incident().assessment.open;
	if (down === undefined) throw new Error('an incident has findings');
	const time = NOW + seconds * 1000;
	return {model: {...model, time, clockMs: time}, assessment: {...assessment, closed: [{...down, to: time}]}};
}

test('the footer says what opened last', () => {
	assert.match(footer(draw(after(incident()))), /^ 14:02:07 ✖ api-2 unreachable /);
});

test('the footer says what recovered, and after how long', () => {
	const state = reduce(after(incident()), {type: 'tick', shown: recovered(30), playback: playback()});
	assert.match(footer(draw(state)), /^ 14:02:41 ● recovered: 10\.0\.3\.12:8080 unreachable after 34 s /);
});

test('a recovery is not news after 15 minutes', () => {
	const state = reduce(after(incident()), {type: 'tick', shown: recovered(30), playback: playback()});
	const late = reduce(state, {
		type: 'tick',
		shown: {...recovered(931), assessment: healthy().assessment},
		playback: playback(),
	});
	assert.doesNotMatch(footer(draw(late)), /recovered/);
});

test('a recording knows what closed also after a jump past it', () => {
	const spec = {rule: 'hung', severity: 'down', message: '3 requests waiting', openedAgo: 60} as const;
	const mark = {...findingOf(spec, 'lb1/4121', '10.0.3.12:8080', NOW), to: NOW - 20_000};
	const state = {...after(healthy()), playback: playback({mode: 'paused', marks: [mark]})};
	assert.match(footer(draw(state)), /^ 14:01:51 ● recovered: 10\.0\.3\.12:8080 hung after 40 s /);
});

test('a frozen view says what has happened since', () => {
	const paused = after(healthy(), press('pause'));
	const later = incident(12);
	const state = reduce(paused, {type: 'tick', shown: later, playback: playback({position: later.model.time})});
	assert.match(footer(draw(state)), /^ 14:02:07 ✖ 10\.0\.3\.12:8080 unreachable /);
});

test('a view that has gone back says what happens meanwhile, and that it happens now', () => {
	const spec = {rule: 'hung', severity: 'down', message: '3 requests waiting', openedAgo: 0} as const;
	const at = (from: number, to: number | null) => ({...findingOf(spec, 'lb1/4121', '10.0.3.12:8080', NOW), from, to});
	const footerWith = (from: number, to: number | null) => {
		const marks = [at(from, to)];
		return footer(draw({...after(healthy()), playback: playback({mode: 'back', leftAt: NOW + 60_000, marks})}));
	};
	assert.match(footerWith(NOW + 60_001, null), /^ now: ✖ 10\.0\.3\.12:8080 hung /);
	assert.match(footerWith(NOW - 5000, NOW + 60_001), /^ now: ● recovered: 10\.0\.3\.12:8080 hung after 65 s /);
	// between what is shown and when the view went back: that was known already
	assert.doesNotMatch(footerWith(NOW + 60_000, null), /hung/);
});

test('a new user is told two keys until the first one is pressed', () => {
	assert.match(footer(draw(after(healthy()))), /Enter opens a backend, \? explains the terms/);
	assert.doesNotMatch(footer(draw(after(healthy(), press('down')))), /explains/);
});

const hints: readonly (readonly [view: string, drawn: string, says: RegExp])[] = [
	[
		'table',
		draw(after(healthy(), press('down'))),
		/←→ time {2}o group {2}C columns {2}z zoom {2}\/ filter {2}Enter open {2}q quit {2}\? help$/,
	],
	['backend', draw(after(healthy(), press('open'))), /s sort {2}1 evidence {2}n p next {2}Esc back {2}\? help$/],
	[
		'findings',
		draw(after(healthy(), press('view'))),
		/Enter goes to its time {2}Tab instances {2}Esc back {2}\? help$/,
	],
	['instances', draw(after(healthy(), press('view'), press('view'))), /Enter its backends {2}Tab table {2}Esc back/],
	['pause', draw(after(healthy(), press('pause'))), /space resume {2}\? help$/],
	[
		'past',
		draw({...after(healthy()), playback: playback({mode: 'back'})}),
		/w write {2}←→ time {2}End now {2}\? help$/,
	],
	['replay', draw({...after(healthy()), playback: playback({mode: 'replay'})}), /\[ \] finding {2}space pause /],
	['paused replay', draw({...after(healthy()), playback: playback({mode: 'paused'})}), /\[ \] finding {2}space play /],
];
for (const [view, drawn, says] of hints) {
	test(`the footer names the keys of the ${view}`, () => {
		assert.match(footer(drawn), says);
	});
}

test('a recording does not claim that reading took no time', () => {
	const drawn = draw({...after(healthy()), playback: playback({mode: 'replay'})});
	assert.match(drawn.split('\n').at(-1) ?? '', /^ self 0\.4 % cpu · 61 MB · 1,630 rows$/);
});

test('a finding that gets worse has not recovered: the footer says what became of it', () => {
	const shown = healthy();
	const finding = findingOf({rule: 'slow', severity: 'degraded', message: ''}, 'lb1/4121', '10.77.0.11:8080', NOW);
	const slow = {...finding, from: NOW - 9000, to: NOW - 6000};
	const hung = {...finding, rule: 'hung', severity: 'down', from: NOW - 6000, to: null} as const;
	const at = (marks: readonly (typeof slow | typeof hung)[]) =>
		footer(draw({...after(shown), playback: playback({mode: 'paused', marks})}, {columns: 200}));
	assert.match(at([slow, hung]), /14:02:05 ✖ b1 slow → hung/);
	assert.doesNotMatch(at([slow, hung]), /recovered/);
	assert.match(
		at([slow, {...hung, to: NOW - 1000}]),
		/14:02:10 ● recovered: b1 hung after 5 s {2}14:02:05 ✖ b1 slow → hung/,
	);
	assert.match(at([slow]), /14:02:05 ● recovered: b1 slow after 3 s/);
	const other = {...hung, backend: '10.77.0.12:8080'};
	assert.match(at([slow, other]), /recovered: b1 slow/);
});
