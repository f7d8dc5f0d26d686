import assert from 'node:assert/strict';
import {test} from 'node:test';
import {reduce} from '../../../src/ui/state/reduce.ts';
import {after, draw, press} from '../draw.tsx';
import {findingOf, NOW, playback, world} from '../models.ts';
import {crowd, healthy, incident} from '../worlds.ts';

const list = (drawn: string) =>
	drawn.split('\n').filter((line) => /^[› ]\d\d:\d\d:\d\d .*(hung|unreachable|close-wait)/.test(line));

test('the timeline says when, for how long, what and where', () => {
	const drawn = draw(after(incident(), press('view')));
	assert.match(drawn, /^ SEEN +LASTED +WHAT +WHERE +EVIDENCE$/m);
	assert.match(drawn, /^›14:02:07 {2}open +✖ unreachable +api-2 +3 dials unanswered for 4 s$/m);
	assert.match(drawn, /^ 14:01:55 {2}open +▲ close-wait +api-3 +37 sockets, oldest 74 s$/m);
});

test('findings name their Traefik where several dial one address', () => {
	const finding = {rule: 'hung', severity: 'down', message: '3 requests waiting'} as const;
	const broken = {address: '10.0.0.1:80', state: 'down', findings: [finding]} as const;
	const two = world({backends: [broken], id: 'lb1/7'}, {backends: [{address: '10.0.0.1:80'}], id: 'lb2/8'});
	assert.match(draw(after(two, press('view'))), /✖ hung +10\.0\.0\.1:80 \(lb1\/7\) +3 requests waiting/);
	const table = draw(after(two));
	assert.match(table, /^ ✖ 10\.0\.0\.1:80 \(lb1\/7\) hung for /m);
	assert.match(table, /^ \d\d:\d\d:\d\d ✖ 10\.0\.0\.1:80 \(lb1\/7\) hung /m);
	assert.doesNotMatch(draw(after(world({backends: [broken], id: 'lb1/7'}))), /\(lb1\/7\)/);
});

test('the finding under the cursor is told in full below the list', () => {
	const drawn = draw(after(incident(), press('view'), press('down')), {columns: 80, rows: 24});
	assert.match(drawn, /^ ▲ api-3 close-wait: 37 sockets, oldest 74 s$/m);
	assert.match(drawn, /→ the other end closed, Traefik has not/);
});

test('a long timeline keeps the cursor in sight, and most lines for itself', () => {
	for (const steps of [0, 3, 25, 49]) {
		const downs = new Array(steps).fill(press('down'));
		const drawn = draw(after(crowd(1000), press('view'), ...downs), {columns: 100, rows: 24});
		assert.equal(list(drawn).filter((line) => line.startsWith('›')).length, 1, `${steps}`);
		assert.ok(list(drawn).length >= 12, drawn);
	}
});

test('a finding that is open says what it says now, not what it said first', () => {
	const look = (message: string) => {
		const finding = {rule: 'hung', severity: 'down', message, openedAgo: 60} as const;
		return world({backends: [{address: '10.0.0.1:80', state: 'down', findings: [finding]}]});
	};
	const first = after(look('3 requests waiting'));
	const later = reduce(first, {type: 'tick', shown: look('90 requests waiting'), playback: playback()});
	assert.match(draw(reduce(later, press('view'))), /hung +10\.0\.0\.1:80 +90 requests waiting/);
});

test('the cursor stays on its finding when newer ones come', () => {
	const mark = (address: string, openedAgo: number) =>
		findingOf({rule: 'hung', severity: 'down', message: 'gone', openedAgo}, 'lb1/4121', address, NOW);
	const at = (...marks: ReturnType<typeof mark>[]) => playback({mode: 'paused', marks});
	const before = {...after(healthy(), press('view')), playback: at(mark('10.0.0.1:80', 90))};
	const later = reduce(before, {type: 'playback', playback: at(mark('10.0.0.1:80', 90), mark('10.0.0.2:80', 30))});
	assert.match(draw(later), /^ 14:01:41 .*10\.0\.0\.2:80/m);
	assert.match(draw(later), /^›14:00:41 .*10\.0\.0\.1:80/m);
});

const nothing: readonly (readonly [says: RegExp, part: Parameters<typeof playback>[0]])[] = [
	[/no finding since this watch started/, {}],
	[/still being searched/, {mode: 'replay'}],
	[/no finding in this recording/, {mode: 'replay', marks: []}],
];
for (const [says, part] of nothing) {
	test(`an empty timeline says ${says.source}`, () => {
		assert.match(draw({...after(healthy(), press('view')), playback: playback(part)}), says);
	});
}

test('closed findings follow the open ones, newest first', () => {
	const mark = (address: string, ago: number) => ({
		...findingOf({rule: 'hung', severity: 'down', message: 'gone', openedAgo: ago}, 'lb1/4121', address, NOW),
		to: NOW - (ago - 20) * 1000,
	});
	const marks = [mark('10.0.3.11:8080', 90), mark('10.0.3.14:8080', 60)];
	const drawn = draw({...after(incident()), playback: playback({mode: 'paused', marks})}, {rows: 40});
	assert.match(drawn, /^ earlier$\n^ 14:01:11 {2}20 s +✖ api-4 hung: gone$\n^ 14:00:41 {2}20 s +✖ api-1 hung: gone$/m);
});

test('findings of a recording that spans days say on which, and where their rule is explained', () => {
	const day = 86_400_000;
	const finding = findingOf({rule: 'hung', severity: 'down', message: 'hangs'}, 'lb1/4121', '10.0.3.12:8080', NOW);
	const marks = [{...finding, from: NOW - day, to: NOW - day + 5000}];
	const at = (from: number) => ({
		...after(incident(), press('view')),
		playback: playback({mode: 'paused', from, to: NOW, position: NOW, marks}),
	});
	assert.match(draw(at(NOW - 2 * day)), /Sat 21 14:02:11 +5 s +✖ hung/);
	assert.match(draw(at(NOW - 3600_000)), /^[› ]14:02:11 +5 s +✖ hung/m);
	assert.match(draw(at(NOW - 2 * day)), /^ +docs\/rules\.md#hung$/m);
});
