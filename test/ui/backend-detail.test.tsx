import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {OpenSockets} from '../../src/ui/sockets.ts';
import {reduce} from '../../src/ui/state.ts';
import {after, draw, press} from './draw.tsx';
import {playback, type Spec, world} from './models.ts';
import {sockets} from './socket-rows.ts';
import {incident, unreadable} from './worlds.ts';

const open = (sockets: OpenSockets) => after(incident(), press('open'), {type: 'sockets', sockets});

/** What the detail says of a backend that was first seen so many seconds ago. */
function seenFor(history: number, part: Partial<Spec> = {}): string {
	const shown = world({backends: [{address: '10.0.0.1:80', ...part}], history});
	return draw(after(shown, press('open')), {columns: 140, rows: 60});
}

test('the detail says who owes what, shows every state over time, and the sockets', () => {
	const drawn = draw(open(sockets), {columns: 140, rows: 60});
	for (const says of [
		/✖ down {2}api-2 10\.0\.3\.12:8080/,
		/✖ unreachable {2}3 dials unanswered for 4 s/,
		/→ nobody answers at 10\.0\.3\.12/,
		/sockets 37 {2}oldest 74 s/,
		/ESTABLISHED +0 +0│/,
		/SYN_SENT +3 +0│/,
		/CLOSE_WAIT/,
		/TIME_WAIT/,
		/FIN_WAIT2/,
		/└-90s +-60s +-30s +now/,
		/43254 +SYN_SENT +4\.0s +1B +0 retransmit +2/,
	]) {
		assert.match(drawn, says);
	}
});

const spans: readonly (readonly [history: number, heading: RegExp, axis: RegExp])[] = [
	[5, /^ last 60 s, seen for 5 s$/m, /└-60s +-40s +-20s +now$/m],
	[60, /^ last 60 s$/m, /└-60s/],
	[61, /^ last 90 s, seen for 61 s$/m, /└-90s +-60s +-30s +now$/m],
	[91, /^ last 2 min, seen for 91 s$/m, /└-2m +-90s +-60s +-30s +now$/m],
	[121, /^ last 5 min, seen for 2 min$/m, /└-5m +-4m +-3m +-2m +-60s +now$/m],
	[301, /^ last 15 min, seen for 5 min$/m, /└-15m +-10m +-5m +now$/m],
	[900, /^ last 15 min$/m, /└-15m/],
];
for (const [history, heading, axis] of spans) {
	test(`graphs of a backend seen for ${history} s say ${heading.source}`, () => {
		const drawn = seenFor(history);
		assert.match(drawn, heading);
		assert.match(drawn, axis);
	});
}

test('a graph of the first minute has no holes where readings came late', () => {
	const shown = world({backends: [{address: '10.0.0.1:80'}], history: 50});
	for (let late = 0; late < 1000; late += 130) {
		const model = {...shown.model, clockMs: shown.model.clockMs + late};
		const bars = draw(after({...shown, model}, press('open')), {columns: 140, rows: 60}).match(
			/ESTABLISHED.*│ *(.*)$/m,
		);
		assert.doesNotMatch(bars?.[1] ?? ' ', / /);
	}
});

test('states that stayed at 0 are named in one line where lines are scarce', () => {
	const drawn = draw(open(sockets), {columns: 100, rows: 30});
	assert.match(drawn, /^ 0 all the time: {2}CLOSE_WAIT {2}TIME_WAIT {2}FIN_WAIT1/m);
	assert.match(drawn, /LOCAL PORT/);
});

test('evidence and messages take the lines they need', () => {
	for (const columns of [60, 80, 100]) {
		const drawn = draw(open(sockets), {columns, rows: 100});
		for (const word of ['sockets 37', 'oldest 74 s', 'seen at 14:02:07', '3 dials unanswered for 4 s']) {
			assert.ok(drawn.replace(/\n +/g, columns < 100 ? '  ' : ' ').includes(word), `${word} at ${columns}`);
		}
		const block = drawn.slice(drawn.indexOf('unreachable'), drawn.indexOf(' last '));
		assert.doesNotMatch(block, /…/);
	}
});

test('a number and its unit stay on one line', () => {
	const message = '164 dials unanswered, 6 connections retransmitting for 4.4 s';
	const backend: Spec = {
		address: '10.0.0.1:80',
		state: 'down',
		findings: [{rule: 'unreachable', severity: 'down', message}],
	};
	for (let columns = 60; columns < 100; columns++) {
		assert.match(draw(after(world({backends: [backend]})), {columns}), /4\.4 s(\n|$)/);
	}
});

test('a socket shows the columns that fit whole, and no part of the next', () => {
	const at = (columns: number) => draw(open(sockets), {columns, rows: 100}).split('\n');
	const heading = (columns: number) => at(columns).find((line) => line.includes('LOCAL PORT')) ?? '';
	assert.match(heading(107), / RECEIVED +INODE$/);
	assert.match(heading(106), / RECEIVED$/);
	assert.match(at(106).find((line) => line.startsWith(` ${sockets.rows[0]?.localPort} `)) ?? '', /[^…]$/);
});

test('a list of sockets that was cut says so', () => {
	const shown = world({backends: [{address: '10.0.3.12:8080', at: () => ({established: 1286})}]});
	const cut = {...sockets, rows: new Array(500).fill(sockets.rows[0])};
	assert.match(draw(after(shown, press('open'), {type: 'sockets', sockets: cut}), {rows: 60}), /sockets: 500 of 1,286/);
	assert.match(draw(open(sockets), {rows: 60}), /^ sockets$/m);
});

test('sockets of now are not shown as those of the past', () => {
	const drawn = draw({...open(sockets), playback: playback({mode: 'back'})}, {columns: 140, rows: 60});
	assert.doesNotMatch(drawn, /43254/);
	assert.match(drawn, /not kept for the past: .* w writes the last 15 minutes/);
});

test('a backend whose Traefik is not there at this time is missing for that reason', () => {
	const of = (id: string) => world({backends: [{address: '10.0.0.1:80'}], id});
	const open = after(of('lb1/7'), press('open'));
	const later = reduce(open, {type: 'tick', shown: of('lb1/8'), playback: playback()});
	assert.match(draw(later), /not in the table at this time: its Traefik, lb1\/7, is not there/);
});

test('of a backend that cannot be seen no connection and no queue is counted', () => {
	const drawn = draw(after(unreadable(), press('open')));
	assert.match(drawn, /^ connections – /m);
	assert.match(drawn, / queues –$/m);
});
