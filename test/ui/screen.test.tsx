import assert from 'node:assert/strict';
import {test} from 'node:test';
import {stripVTControlCharacters} from 'node:util';
import {NO_COUNTERS} from '../../src/reading.ts';
import {toAscii} from '../../src/text/ascii.ts';
import {width} from '../../src/text/fit.ts';
import {INITIAL, type ScreenState} from '../../src/ui/state/state.ts';
import {after, draw, press} from './draw.tsx';
import {playback, world} from './models.ts';
import {sockets} from './socket-rows.ts';
import {crowd, empty, healthy, incident, unreadable} from './worlds.ts';

const views: readonly (readonly [name: string, state: ScreenState])[] = [
	['table', after(incident())],
	['table, cursor on a row', after(incident(), press('down'), press('down'))],
	['filter', after(incident(), press('filter'), {type: 'prompt', key: 'w'})],
	['backend', after(incident(), press('open'), {type: 'sockets', sockets})],
	['findings', after(incident(), press('view'))],
	['instances', after(incident(), press('view'), press('view'))],
	['help', after(incident(), press('help'))],
	['empty', after(empty())],
	['unreadable', after(unreadable())],
	[
		'replay',
		{...after(incident()), playback: playback({mode: 'replay', host: 'lb1', marks: [...incident().assessment.open]})},
	],
];
const sizes: readonly (readonly [columns: number, rows: number])[] = [
	[20, 3],
	[40, 5],
	[36, 6],
	[60, 12],
	[80, 24],
	[140, 40],
	[300, 100],
];

/** Blanks at the end of a line may be coloured, and then are not dropped. */
function trimmed(drawn: string): string {
	return drawn.replace(/ +$/gm, '');
}

for (const [name, state] of views) {
	test(`${name} fits every size`, () => {
		for (const [columns, rows] of sizes) {
			const lines = draw(state, {columns, rows}).split('\n');
			assert.ok(lines.length <= rows, `${lines.length} lines at ${columns}×${rows}`);
			for (const line of lines) assert.ok(width(line) <= columns, `${width(line)} > ${columns}: ${line}`);
		}
	});

	test(`${name} says the same in every depth of colour`, () => {
		const plain = draw(state, {columns: 140, rows: 40});
		for (const depth of [1, 2, 3] as const) {
			const coloured = draw(state, {columns: 140, rows: 40, depth});
			assert.notEqual(coloured, plain);
			assert.equal(trimmed(stripVTControlCharacters(coloured)), trimmed(plain));
		}
	});

	test(`${name} says the same in ASCII, cell for cell`, () => {
		for (const [columns, rows] of sizes) {
			const ascii = draw(state, {columns, rows, isAscii: true});
			assert.equal(ascii, toAscii(draw(state, {columns, rows})));
			assert.match(ascii, /^[ -~\n]*$/);
		}
	});
}

test('every state has a glyph of its own in its row and a word in the counts, with and without ASCII', () => {
	const specs = (['down', 'degraded', 'unknown', 'ok', 'idle'] as const).map((state, i) => ({
		address: `10.0.0.${i}:80`,
		state,
	}));
	const drawn = draw(after(world({backends: specs})));
	assert.match(drawn, /✖ 1 down +▲ 1 degraded +\? 1 unknown +● 1 ok +○ 1 idle/);
	for (const [i, glyph] of ['✖', '▲', '?', '●', '○'].entries()) assert.ok(drawn.includes(` ${glyph} 10.0.0.${i}:80 `));
	const ascii = draw(after(world({backends: specs})), {isAscii: true});
	for (const label of ['X 1 down', '! 1 degraded', '? 1 unknown', '* 1 ok', 'o 1 idle'])
		assert.ok(ascii.includes(label));
});

test('a small pane has one line per problem, then the sums', () => {
	assert.deepEqual(draw(after(incident()), {columns: 40, rows: 5}).trimEnd().split('\n'), [
		'✖ api-2 unreachable: 3 dials unanswered…',
		'▲ api-3 close-wait: 37 sockets, oldest …',
		'✖ 1 down  ▲ 1 degraded  ● 5 ok  ○ 1 idle',
		'EST   168 ▆▅▆▆▆▆▆▆▆▅▆▆▆▅▅    new   38/s',
		'TW     22 ▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆      0% ports',
	]);
});

const names: readonly (readonly [address: string, name: string | null, columns: number, line: string])[] = [
	['10.77.0.12:8080', null, 40, '✖ 10.77.0.12:8080 refused: 99 dials ref…'],
	['10.77.0.12:8080', null, 21, '✖ 10.77.0.12 refused'],
	['10.77.0.12:8080', null, 18, '✖ …77.0.12 refused'],
	['[fd00::7]:8080', null, 20, '✖ [fd00::7] refused'],
	['10.77.0.12:8080', 'checkout-api-2', 20, '✖ checkout-… refused'],
];
for (const [address, name, columns, expected] of names) {
	test(`a pane of ${columns} cells keeps the rule beside ${name ?? address}`, () => {
		const finding = {rule: 'refused', severity: 'down', message: '99 dials refused'} as const;
		const state = after(world({backends: [{address, name, state: 'down', findings: [finding]}]}));
		assert.equal(draw(state, {columns, rows: 3}).split('\n')[0], expected);
	});
}

test('a small pane without a problem says what is held, what comes and goes, and who is slowest', () => {
	assert.deepEqual(draw(after(healthy()), {columns: 40, rows: 5}).trimEnd().split('\n'), [
		'●  12 ok                   14:02 ● LIVE',
		'EST   144 ███████████████    new   38/s',
		'TW      0 ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁      0% ports',
		'CW      0 ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁    ref    0/s',
		'slowest b1 20ms  busiest b1 12',
	]);
	assert.deepEqual(draw(after(healthy()), {columns: 20, rows: 3}).trimEnd().split('\n'), [
		'●  12 ok     ● LIVE',
		'EST 144 TW 0 CW 0',
		'new 38/s ref 0/s',
	]);
});

test('a small pane says that old data are a demonstration', () => {
	const state = {...after(healthy()), playback: playback({mode: 'replay', banner: 'DEMO: the bundled incident'})};
	assert.match(draw(state, {columns: 30, rows: 3}), /^● {2}12 ok +14:02 DEMO$/m);
});

test('a small pane counts the problems that it has no line for', () => {
	const lines = draw(after(crowd(100)), {columns: 40, rows: 3}).split('\n');
	assert.equal(lines.length, 3);
	assert.equal(lines[2], '… 3 more');
});

test('--compact forces the small pane on a large screen', () => {
	const lines = draw(after(healthy()), {columns: 140, rows: 40, isCompact: true}).trimEnd().split('\n');
	assert.equal(lines.length, 5);
	assert.match(lines[0] ?? '', /^● {2}12 ok +14:02 ● LIVE$/);
});

test('no Traefik: says what is looked for and why nothing is seen', () => {
	const drawn = draw(after(empty()));
	assert.match(drawn, /\? no process named traefik/);
	assert.match(drawn, /Looking again every second: a Traefik that starts appears here at once\./);
	assert.match(drawn, /on another machine +traefik-top --via 'ssh HOST'/);
});

test('before the first look the screen says what it waits for', () => {
	const before = (mode: 'live' | 'replay') =>
		draw({...INITIAL, playback: playback({mode, position: null})}, {columns: 80});
	assert.match(before('live'), /looking for Traefik …/);
	assert.match(before('replay'), /reading the recording …/);
});

test('an instance that cannot be read is unknown, with the reason, and its numbers are not zero', () => {
	const drawn = draw(after(unreadable()), {columns: 140});
	assert.match(drawn, /^ \? api-1 10\.0\.3\.11:8080 +– .* – .* – /m);
	assert.match(drawn, /cannot read \/proc\/4121\/net\/tcp: permission denied/);
});

const badges: readonly (readonly [why: string, snapshot: Parameters<typeof world>[0]['snapshot'], says: RegExp])[] = [
	['rows of text have no response times', {rowSource: 'text'}, /\? text only: response times unknown/],
	[
		'netlink was refused',
		{rowSource: 'text', rowSourceReason: 'no netlink socket (EPERM)'},
		/\? text only: response times unknown \(no netlink socket \(EPERM\): run as root\)/,
	],
	[
		'netlink is missing',
		{rowSource: 'text', rowSourceReason: 'koffi cannot be loaded (musl)'},
		/\? text only: response times unknown \(koffi cannot be loaded \(musl\)\)/,
	],
	['descriptors are denied', {descriptors: 'denied', attribution: 'assumed'}, /\? descriptors denied: /],
	['rows were torn', {tornRows: 3}, /3 torn/],
];
for (const [why, snapshot, says] of badges) {
	test(`admits that ${why}`, () => {
		const state = after(world({backends: [{address: '10.0.0.1:80'}], ...(snapshot === undefined ? {} : {snapshot})}));
		assert.match(draw(state, {columns: 140}), says);
	});
}

test('admits that tables without counters cannot show refused dials', () => {
	const shown = world({backends: [{address: '10.0.0.1:80'}], snapshot: {counters: NO_COUNTERS}});
	assert.match(draw(after(shown), {columns: 140}), /\? no counters: refused dials cannot be seen/);
});

test('says nothing to admit when everything is known', () => {
	assert.doesNotMatch(draw(after(healthy()), {columns: 140}), /\?.*(text only|denied|assumed|no counters)|torn/);
});

test('the banner is above everything', () => {
	const state = {...after(incident()), playback: playback({banner: 'no Traefik here: this is the bundled incident'})};
	assert.match(draw(state).split('\n')[0] ?? '', /this is the bundled incident/);
});

test('backends are shown with their addresses, all of them or none', () => {
	const names = ['a', 'checkout-service-2'];
	const state = after(world({backends: names.map((name, i) => ({address: `10.0.0.${i}:80`, name}))}));
	assert.match(draw(state, {columns: 100}), /^ ● a +12/m);
	const wide = draw(state, {columns: 190});
	assert.match(wide, /^ ● a 10\.0\.0\.0:80 +12/m);
	assert.match(wide, /checkout-service-2 10\.0\.0\.1:80 +12/);
});

test('wide and combining names do not shear the columns', () => {
	const names = ['plain', '漢字サーバー', 'e\u0301clair', '👩‍💻-dev'];
	const state = after(world({backends: names.map((name, i) => ({address: `10.0.0.${i}:80`, name}))}));
	const rows = draw(state, {columns: 100})
		.split('\n')
		.filter((line) => /^ ● (?!\d+ ok|ok )/.test(line));
	assert.equal(rows.length, 4);
	const ends = rows.map((row) => width(row.slice(0, row.search(/ {2}12 /))));
	assert.equal(new Set(ends).size, 1, rows.join('\n'));
});

test('numbers stay in their columns whatever they are', () => {
	const at = (established: number, closeWait: number) => () => ({established, closeWait});
	const small = draw(after(world({backends: [{address: '10.0.0.1:80', at: at(1, 0)}]})), {columns: 100});
	const large = draw(after(world({backends: [{address: '10.0.0.1:80', at: at(123_456, 4321)}]})), {columns: 100});
	const ends = (drawn: string) => (drawn.split('\n')[3] ?? '').length;
	assert.equal(ends(small), ends(large));
	const row = (drawn: string) => drawn.split('\n').find((line) => line.startsWith(' ● 10.0')) ?? '';
	assert.equal(row(small).indexOf('20ms'), row(large).indexOf('20ms'));
});

test('below 100 cells a row has the sparkline of what tells most of it, and the number', () => {
	const drawn = draw(after(incident()), {columns: 80, rows: 24});
	assert.match(drawn, /^ ✖ api-2 .* SYN {2}▁{9}▅{3} 3 +unreachable$/m);
	assert.match(drawn, /^ ▲ api-3 .* 37 .* CW {3}[▂-█]{12} 37 +close-wait$/m);
	assert.match(drawn, /^ ● api-1 .* EST {2}[▅-█]{12} 53$/m);
});

test('from 100 cells on every row has its EST, TW and CW with a sparkline each', () => {
	for (const columns of [100, 120, 160, 200, 300]) {
		const drawn = draw(after(incident()), {columns, rows: 40});
		assert.match(drawn, /EST 60s +TW 60s +CW 60s/, String(columns));
		const rows = drawn.split('\n').filter((line) => /^ [✖▲●○] (?:api|web|auth|10\.0)/.test(line));
		assert.equal(rows.filter((row) => (row.match(/[▁-█]{10,}/g) ?? []).length >= 3).length, 8);
	}
});

test('the reason names the number that no column shows', () => {
	assert.match(draw(after(incident()), {columns: 100}), /^ ✖ api-2 .*unreachable SYN 3: /m);
	assert.match(draw(after(incident()), {columns: 120}), /^ ✖ api-2 .*unreachable SYN 3 [▁-█]{10}: /m);
	assert.match(draw(after(incident()), {columns: 300}), /^ ✖ api-2 .* 3 .*unreachable: 3 dials/m);
});

test('few connections are drawn lower than many, and neither wastes the height', () => {
	const barOf = (established: number) => {
		const steady = world({backends: [{address: '10.0.0.1:80', at: () => ({established})}], history: 90});
		const row = draw(after(steady), {columns: 140})
			.split('\n')
			.find((line) => line.includes('10.0.0.1:80'));
		return /[▁-█]{12}/.exec(row ?? '')?.[0];
	};
	assert.deepEqual(
		[1, 4, 7, 26, 49].map(barOf),
		['▂', '▄', '▆', '▇', '█'].map((bar) => bar.repeat(12)),
	);
});

test('a number that warms has a mark where there are no colours', () => {
	const age = (oldestCloseWaitMs: number) => {
		const shown = world({backends: [{address: '10.0.0.1:80', at: () => ({established: 5, closeWait: 3})}]});
		const [instance] = shown.model.instances;
		const [backend] = instance?.backends ?? [];
		assert.ok(instance && backend?.now);
		const warm = {...backend, now: {...backend.now, oldestCloseWaitMs}};
		return draw(after({...shown, model: {...shown.model, instances: [{...instance, backends: [warm]}]}}));
	};
	assert.match(age(29_900), /^ ● 10\.0\.0\.1:80 .* {3}3 [▁-█]/m);
	assert.match(age(30_000), /^ ● 10\.0\.0\.1:80 .* {2}↑3 [▁-█]/m);
});

test('the scrubber of a small screen has a mark at each finding, a gap as a gap, and the position', () => {
	const {time} = incident().model;
	const marks = incident().assessment.open.map((finding, i) => ({...finding, from: time - 60_000 + i * 30_000}));
	const state = {
		...after(incident()),
		playback: playback({
			mode: 'paused',
			from: time - 60_000,
			to: time + 60_000,
			marks,
			gaps: [{from: time + 30_000, to: time + 50_000}],
		}),
	};
	const line =
		draw(state, {columns: 100, rows: 19})
			.split('\n')
			.find((text) => text.startsWith(' 14:01:11')) ?? '';
	assert.match(line, /14:01:11 ✖━+▲━+■─+ +─+ 14:03:11 50 %$/);
});
