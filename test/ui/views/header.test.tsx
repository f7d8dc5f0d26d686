import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Playback} from '../../../src/ui/state/playback.ts';
import {reduce} from '../../../src/ui/state/reduce.ts';
import type {ScreenState} from '../../../src/ui/state/state.ts';
import {countPieces} from '../../../src/ui/views/header.tsx';
import {after, draw, press} from '../draw.tsx';
import {type FindingSpec, NOW, playback, world} from '../models.ts';
import {healthy, incident} from '../worlds.ts';

const ok = {address: '10.0.0.1:80'};
const stopped: FindingSpec = {rule: 'traefik-stopped', severity: 'down', message: '94 clients not accepted'};

function counted(findings: readonly FindingSpec[]): string {
	const {assessment} = world({backends: [ok], findings});
	return countPieces(assessment)
		.map(([text]) => text)
		.join('');
}

test('the counts begin with what Traefik itself suffers from', () => {
	assert.equal(counted([stopped]), '✖ traefik-stopped  ● 1 ok');
	const fds: FindingSpec = {rule: 'fds', severity: 'degraded', message: 'Traefik uses 950 of 1024'};
	assert.equal(counted([fds, stopped]), '✖ traefik-stopped  ▲ fds  ● 1 ok');
});

test('a notice of the instance is not among the counts', () => {
	assert.equal(counted([{rule: 'partial', severity: 'notice', message: '3 dials refused'}]), '● 1 ok');
});

test('healthy backends are counted alone', () => {
	const {assessment} = healthy();
	assert.match(
		countPieces(assessment)
			.map(([text]) => text)
			.join(''),
		/^● \d+ ok( {2}○ \d+ idle)?$/,
	);
});

const second = (drawn: string) => drawn.split('\n')[1] ?? '';

test('EST, TW and CW of all backends are beside the counts from 80 columns on', () => {
	for (const columns of [80, 81, 99, 100, 119, 120, 160, 200, 300]) {
		const text = second(draw(after(incident()), {columns}));
		assert.match(text, /^ ✖ 1 down .* EST +168 .*TW +22 .*CW +37/, String(columns));
		assert.ok(text.length <= columns);
	}
});

test('a wide screen adds what comes and fails, and the past of the sums', () => {
	assert.match(second(draw(after(incident()), {columns: 100})), /CW +37 {2}refused +0\/s {2}new +38\/s$/);
	const wide = second(draw(after(incident()), {columns: 200}));
	assert.match(wide, /EST +168 [▁-█]{20} {2}TW +22 [▁-█]{20} {2}CW +37 [▁-█]{20} {2}refused .* retrans +3\/s$/);
});

test('a narrow screen shows the totals that fit, and none of them cut', () => {
	for (const columns of [36, 45, 50, 58, 60, 66, 70, 79]) {
		const text = second(draw(after(incident()), {columns, rows: 24}));
		assert.match(text, /^ ✖ 1 down {2}▲ 1 degraded {2}●.*?( idle|…|EST +168|TW +22|CW +37)$/, String(columns));
	}
});

test('the title says for how long a Traefik has been watched, until that is more than is remembered', () => {
	const seen = (ms: number) => {
		const {model, assessment} = healthy();
		const instances = model.instances.map((each) => ({...each, track: {...each.track, firstSeenMs: NOW - ms}}));
		return draw(after({model: {...model, instances}, assessment})).split('\n')[0] ?? '';
	};
	assert.match(seen(18_000), /up 3d 4h · seen for 18 s /);
	assert.match(seen(300_000), / · seen for 5 min /);
	assert.doesNotMatch(seen(900_000), /seen for/);
});

test('the header says that looks are rarer than was asked for, and what they cost', () => {
	const {model, assessment} = healthy();
	const backoff = {intervalMs: 4000, wantedIntervalMs: 1000, costMs: 390};
	for (const columns of [80, 120]) {
		const title = draw(after({model: {...model, backoff}, assessment}), {columns}).split('\n')[0] ?? '';
		assert.match(title, / · every 4 s: a look costs 390 ms /);
		assert.match(title, /● LIVE 4s$/);
	}
});

test('growing numbers move nothing beside them', () => {
	const totals = (established: number) => {
		const backends = [{address: '10.0.0.1:80', at: () => ({established})}];
		return draw(after(world({backends})), {columns: 140}).split('\n')[1] ?? '';
	};
	assert.equal(totals(9).indexOf(' new'), totals(99_999).indexOf(' new'));
});

const at = (part: Partial<Playback>): ScreenState => ({...after(incident()), playback: playback(part)});
const modes: readonly (readonly [state: ScreenState, says: RegExp])[] = [
	[at({}), /14:02:11 UTC {2}● LIVE 1s$/m],
	[after(incident(), press('pause')), /‖ PAUSED$/m],
	[at({mode: 'replay', speed: 5}), /2026-11-22 14:02:11 UTC {2}▶ REPLAY 5×$/m],
	[at({mode: 'paused', speed: 5, to: NOW + 1000}), /2026-11-22 14:02:11 UTC {2}‖ REPLAY 5× paused$/m],
	[at({mode: 'paused', speed: 2}), /‖ REPLAY 2× at its end$/m],
	[at({mode: 'back', position: NOW - 90_000}), /14:02:11 UTC → 14:00:41 … {2}◀ 90 s BACK$/m],
	[at({isProvisional: true}), /14:02:11 UTC … /],
	[at({zone: 'America/New_York'}), /09:02:11 (EST|GMT-5) /],
];
for (const [state, says] of modes) {
	test(`the header says ${says.source}`, () => {
		assert.match(draw(state), says);
	});
}

test('a frozen view shows its own time, and how long ago that is', () => {
	const later = incident(12);
	const paused = reduce(after(incident(), press('pause')), {
		type: 'tick',
		shown: later,
		playback: playback({position: later.model.time, to: later.model.time}),
	});
	assert.match(draw(paused), /14:02:11 UTC {2}‖ PAUSED 12 s ago$/m);
});

test('a small pane shows when it does not show now', () => {
	const small = (state: ScreenState) => draw(state, {columns: 40, rows: 3}).trimEnd().split('\n').at(-1) ?? '';
	const summary = '✖ 1 down  ▲ 1 degraded  ● 5 ok';
	assert.match(small(at({})), new RegExp(`^${summary}`));
	assert.match(small(at({mode: 'paused'})), /‖$/);
	assert.match(small(at({mode: 'replay'})), /▶$/);
	assert.match(small(at({mode: 'back', position: NOW - 90_000})), /◀$/);
	assert.match(small(after(incident(), press('pause'))), /‖$/);
	assert.doesNotMatch(small(at({})), /[‖▶◀]/);
});

test('a replay says what it plays, from when to when, and its time before anything else', () => {
	const title = (columns: number, part: Partial<Playback> = {}) => {
		const plays = {mode: 'paused', name: 'incident.capture', from: NOW - 60_000, to: NOW + 18_000, ...part} as const;
		return draw({...after(healthy()), playback: playback(plays)}, {columns, rows: 24}).split('\n')[0] ?? '';
	};
	assert.match(title(160), /^ traefik-top {2}lb1 · incident\.capture · 14:01:11 → 14:02:29, 78 s · .* UTC {2}‖ REPLAY/);
	for (const columns of [47, 55, 60, 70, 80, 90, 100, 120, 160, 300]) {
		assert.match(title(columns), /2026-11-22 14:02:11 UTC {2}‖ REPLAY 1× paused$/, String(columns));
		const name = 'a-very-long-name-of-a-recording-somewhere-'.repeat(3);
		assert.match(title(columns, {name}), /2026-11-22 14:02:11 UTC {2}‖ REPLAY 1× paused$/, String(columns));
	}
	assert.match(title(160, {from: NOW - 49 * 3_600_000}), / · Fri 2026-11-20 → Sun 11-22, 2 d 1 h/);
	assert.match(title(160, {from: NOW - 400 * 86_400_000}), / · Sat 2025-10-18 → Sun 2026-11-22, 400 d/);
});
