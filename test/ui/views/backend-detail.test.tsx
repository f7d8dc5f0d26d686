import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {BackendSockets} from '../../../src/fold/socket-row.ts';
import {CLOSE_WAIT, ESTABLISHED} from '../../../src/parse/tcp-state.ts';
import type {Server} from '../../../src/reading.ts';
import {reduce} from '../../../src/ui/state/reduce.ts';
import type {ScreenState} from '../../../src/ui/state/state.ts';
import {ZOOMS} from '../../../src/ui/state/zoom.ts';
import {serverOf} from '../../capture/readings.ts';
import {after, draw, press} from '../draw.tsx';
import {findingOf, NOW, playback, type Spec, world} from '../models.ts';
import {type Fault, recorded} from '../recorded.ts';
import {sockets} from '../socket-rows.ts';
import {incident, unreadable} from '../worlds.ts';

const open = (sockets: BackendSockets) => after(incident(), press('open'), {type: 'sockets', sockets});
const [sample] = sockets.rows;
assert.ok(sample);

/** One backend, open, as text. */
function shows(
	part: Partial<Spec>,
	{columns = 120, rows = 60, history = 70, zoom = 60_000 as ScreenState['zoom']} = {},
) {
	const shown = world({backends: [{address: '10.0.0.1:80', ...part}], history});
	return draw({...after(shown, press('open')), zoom}, {columns, rows});
}

test('the detail says who owes what, shows every state over time, and the sockets', () => {
	const drawn = draw(open(sockets), {columns: 140, rows: 60});
	for (const says of [
		/✖ down {2}api-2 10\.0\.3\.12:8080 {2}since 14:00:57 \(74 s\)/,
		/✖ unreachable {2}3 dials unanswered for 4 s/,
		/→ nobody answers at 10\.0\.3\.12/,
		/sockets 37 {2}oldest 74 s {2}docs\/rules\.md#unreachable/,
		/EST 0 +TW 0 +CW 0 +FW 0 +SYN 3 \(peak 3\)/,
		/in 70 s opened 1,234, closed 1,200/,
		/^ SYN +3 +4┤/m,
		/^ EST +0 +\d+┤/m,
		/0 throughout: {2}TIME_WAIT {2}CLOSE_WAIT/,
		/43254 +SYN_SENT +4\.0s +1B +0 retransmit +2/,
	]) {
		assert.match(drawn, says);
	}
});

const faults: readonly (readonly [fault: Fault, looks: number, first: string, says: RegExp])[] = [
	['blackhole', 22, 'SYN', /✖ unreachable/],
	['hung', 22, 'WAIT', /▲ hung|✖ hung/],
	['slow', 30, 'RESP', /▲ slow/],
	['killed', 30, 'EST', /✖ refused/],
];
const sizes = [
	[80, 24],
	[100, 30],
	[120, 32],
	[160, 45],
	[200, 50],
] as const;
for (const [fault, looks, first, says] of faults) {
	test(`the detail of ${fault} shows the finding, then the evidence’s graph, then EST, at every size`, async () => {
		const state = reduce(await recorded(fault, looks), press('open'));
		for (const [columns, rows] of sizes) {
			for (const zoom of ZOOMS) {
				const lines = draw({...state, zoom}, {columns, rows}).split('\n');
				const graphs = lines.filter((text) => / ┤|\d┤|s┤/.test(text.slice(0, 21)) && /^ [A-Z]/.test(text));
				const labels = graphs.map((text) => text.slice(1, 6).trim());
				assert.equal(labels[0], first, `${columns}×${rows}\n${lines.join('\n')}`);
				assert.ok(labels.includes('EST'), `${columns}×${rows}\n${lines.join('\n')}`);
				const finding = lines.findIndex((text) => says.test(text));
				assert.ok(finding > 0 && finding < lines.indexOf(graphs[0] ?? ''), lines.join('\n'));
			}
		}
	});
}

test('the graphs have one cell a step: more width shows more of the past', () => {
	const ticks = (columns: number, zoom: ScreenState['zoom']) =>
		/└(.*now╵)/.exec(shows({}, {columns, zoom, history: 900}))?.[1] ?? '';
	assert.equal(ticks(81, 60_000).length, 60);
	assert.equal(ticks(101, 60_000).length, 80);
	assert.equal(ticks(140, 60_000).length, 90); // as far as single readings are kept
	assert.match(ticks(81, 60_000), /╵-40s {15,}╵-20s/);
	assert.equal(ticks(81, 300_000).length, 60);
	assert.match(ticks(81, 300_000), /╵-4m .*╵-60s .*now/);
	assert.match(ticks(131, 900_000), /╵-10m .*╵-5m .*now/);
});

test('the span that is chosen is marked', () => {
	assert.match(shows({}), /^ z \[60s\] 5m 15m +└/m);
	assert.match(shows({}, {zoom: 300_000}), /^ z 60s \[5m\] 15m +└/m);
});

test('a graph has no holes where readings came late', () => {
	const shown = world({backends: [{address: '10.0.0.1:80'}], history: 85});
	for (let late = 0; late < 1000; late += 130) {
		const model = {...shown.model, clockMs: shown.model.clockMs + late};
		const bars = draw(after({...shown, model}, press('open')), {columns: 101, rows: 24}).match(/^ EST .*┤ *(.*)$/m);
		assert.doesNotMatch(bars?.[1] ?? ' ', / /);
	}
});

test('a limit within the scale is a dashed line beside its value', () => {
	const drawn = shows({at: (age) => ({established: 40, timeWait: 100 - age})});
	assert.match(drawn, /^ {16} 50┤.*╌/m);
	assert.doesNotMatch(shows({at: () => ({established: 40, timeWait: 3})}), /╌/);
});

test('the cells in which a finding was open have its colour', () => {
	const finding = {rule: 'close-wait', severity: 'degraded', message: '37 sockets', openedAgo: 10} as const;
	const shown = world({
		backends: [{address: '10.0.0.1:80', at: () => ({closeWait: 37}), state: 'degraded', findings: [finding]}],
		history: 60,
	});
	const row = draw(after(shown, press('open')), {columns: 101, rows: 30, depth: 1})
		.split('\n')
		.filter((text) => text.includes('█'))
		.find((text) => text.includes('\u001b[33m█'));
	assert.match(row ?? '', /\u001b\[95m█{50}\u001b\[33m█{11}\u001b\[39m/);
});

test('states that stayed at 0 are named in one line', () => {
	const drawn = draw(open(sockets), {columns: 100, rows: 30});
	assert.match(drawn, /^ 0 throughout: {2}TIME_WAIT {2}CLOSE_WAIT {2}FIN_WAIT1/m);
});

test('evidence and messages take the lines they need', () => {
	for (const columns of [60, 80, 100]) {
		const drawn = draw(open(sockets), {columns, rows: 100});
		for (const word of ['sockets 37', 'oldest 74 s', 'seen at 14:02:07', '3 dials unanswered for 4 s']) {
			assert.ok(drawn.replace(/\n +/g, columns < 100 ? '  ' : ' ').includes(word), `${word} at ${columns}`);
		}
		const block = drawn.slice(drawn.indexOf('unreachable'), drawn.indexOf('docs/rules.md'));
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
		assert.match(draw(after(world({backends: [backend]}), press('open')), {columns}), /4\.4 s(\n|$)/);
	}
});

test('a socket shows the columns that fit whole, and no part of the next', () => {
	const at = (columns: number) => draw(open(sockets), {columns, rows: 100}).split('\n');
	const heading = (columns: number) => at(columns).find((line) => line.startsWith(' PORT')) ?? '';
	assert.match(heading(103), / RECEIVED +INODE$/);
	assert.match(heading(102), / RECEIVED$/);
	assert.match(at(102).find((line) => line.startsWith(` ${sample.localPort} `)) ?? '', /[^…]$/);
});

test('a list of sockets that was cut says so, and each state is counted', () => {
	const shown = world({backends: [{address: '10.0.3.12:8080', at: () => ({established: 1286})}]});
	const rows = [...new Array(499).fill(sample), {...sample, state: CLOSE_WAIT}];
	const drawn = draw(after(shown, press('open'), {type: 'sockets', sockets: {...sockets, rows}}), {rows: 60});
	assert.match(drawn, /sockets 500 of 1,286, the oldest: 499 syn · 1 cw/);
	assert.match(draw(open(sockets), {rows: 60}), /^ sockets 1: 1 syn /m);
});

const many: BackendSockets = {
	...sockets,
	rows: [
		{...sample, localPort: 3, state: ESTABLISHED, inStateMs: 9000, retransmits: 0, txQueue: 0, waitingMs: null},
		{...sample, localPort: 2, state: ESTABLISHED, inStateMs: 5000, retransmits: 0, txQueue: 9000, waitingMs: 400},
		{...sample, localPort: 1, inStateMs: 1000},
	],
};

const ports = (state: ScreenState) =>
	[...draw(state, {columns: 110, rows: 60}).matchAll(/^ (\d) +(?:SYN_SENT|ESTABLISHED)/gm)].map(([, port]) => port);

test('sockets are sorted evidence first; s sorts them by age, wait, queue and port, and goes round', () => {
	let state = open(many);
	const seen = [ports(state)];
	for (let turn = 0; turn < 5; turn++) {
		state = reduce(state, press('sortNext'));
		seen.push(ports(state));
	}
	assert.deepEqual(seen, [
		['1', '2', '3'],
		['3', '2', '1'],
		['2', '1', '3'],
		['2', '1', '3'],
		['1', '2', '3'],
		['1', '2', '3'],
	]);
});

test('1 shows only the evidence, and all of them again', () => {
	const only = reduce(open(many), press('percent'));
	assert.deepEqual(ports(only), ['1']);
	assert.match(draw(only), /1 evidence only/);
	assert.deepEqual(ports(reduce(only, press('percent'))), ['1', '2', '3']);
});

test('from 160 columns on the sockets are right of the graphs', () => {
	const beside = (columns: number) => draw(open(sockets), {columns, rows: 45});
	assert.match(beside(160), /┤.*│ sockets 1: 1 syn/);
	assert.doesNotMatch(beside(159), /┤.*│ sockets/);
});

test('n and p lead to the next backend and the one before, and stop at the ends', () => {
	let state = open(sockets);
	const at = () => (state.screen.view === 'backend' ? state.screen.key : null);
	const keys = state.order;
	assert.equal(at(), keys[0]);
	for (const [command, place] of [
		['nextBackend', 1],
		['nextBackend', 2],
		['previousBackend', 1],
	] as const) {
		state = reduce(state, press(command));
		assert.equal(at(), keys[place]);
		assert.equal(state.selection, keys[place]);
	}
	for (let turn = 0; turn < 20; turn++) state = reduce(state, press('nextBackend'));
	assert.equal(at(), keys.at(-1));
	for (let turn = 0; turn < 20; turn++) state = reduce(state, press('previousBackend'));
	assert.equal(at(), keys[0]);
});

test('F follows the worst backend in the detail, too; n ends that', () => {
	const calm = world({backends: [{address: '10.0.0.1:80'}, {address: '10.0.0.2:80'}]});
	const following = reduce(after(calm, press('open')), press('follow'));
	assert.equal(following.screen.view === 'backend' && following.screen.key, 'lb1/4121 10.0.0.1:80');
	const finding = {rule: 'hung', severity: 'down', message: 'hangs'} as const;
	const bad = world({
		backends: [{address: '10.0.0.1:80'}, {address: '10.0.0.2:80', state: 'down', findings: [finding]}],
	});
	const later = reduce(following, {type: 'tick', shown: bad, playback: playback()});
	assert.deepEqual(later.screen, {view: 'backend', key: 'lb1/4121 10.0.0.2:80', top: 0});
	assert.equal(reduce(later, press('nextBackend')).isFollowing, false);
});

test('earlier findings are listed below, without those ahead in a replay', () => {
	const finding = findingOf({rule: 'hung', severity: 'down', message: 'hangs'}, 'lb1/4121', '10.0.3.12:8080', NOW);
	const past = {...finding, from: NOW - 50_000, to: NOW - 40_000, message: 'hung before'};
	const ahead = {...finding, from: NOW + 50_000, to: NOW + 60_000, message: 'hung later'};
	const state = {...open(sockets), playback: playback({mode: 'paused', marks: [past, ahead]})};
	const drawn = draw(state, {columns: 120, rows: 60});
	assert.match(drawn, /findings before\n 14:01:21 {2}10 s +✖ hung: hung before/);
	assert.doesNotMatch(drawn, /hung later/);
});

test('sockets of now are not shown as those of the past', () => {
	const drawn = draw({...open(sockets), playback: playback({mode: 'back'})}, {columns: 140, rows: 60});
	assert.doesNotMatch(drawn, /43254/);
	assert.match(drawn, /not kept for the past \(.*\)\. w writes the last 15 minutes/);
});

test('a backend whose Traefik was not running at this time is missing for that reason', () => {
	const of = (id: string) => world({backends: [{address: '10.0.0.1:80'}], id});
	const open = after(of('lb1/7'), press('open'));
	const later = reduce(open, {type: 'tick', shown: of('lb1/8'), playback: playback()});
	assert.match(draw(later), /not in the table at this time: its Traefik \(lb1\/7\) is not visible/);
});

test('a backend that cannot be seen has no numbers of connections or queues', () => {
	const drawn = draw(after(unreadable(), press('open')));
	assert.match(drawn, /^ EST – +TW – +CW – /m);
	assert.match(drawn, / queues –$/m);
});

test('the detail says what the backend’s own end shows, where that is on this machine', () => {
	const lines = (server: Partial<Server>) => shows({server: serverOf(server)}, {columns: 140}).split('\n');
	const line = (server: Partial<Server>) => lines(server).find((each) => each.startsWith(' its own end')) ?? '';
	/** With what is wrapped onto the next lines. */
	const whole = (server: Partial<Server>) => lines(server).join(' ').replace(/ {2,}/g, '  ');
	assert.match(
		line({acceptQueue: 37, openFiles: 1_000}),
		/^ its own end gunicorn \(pid 812\) sleeping \(S\) {2}accept queue 37 of 64 {2}unread 0 {2}CLOSE_WAIT 0 {2}open files 1,000 of 1,024/,
	);
	assert.match(line({state: 'T', unread: null}), /gunicorn \(pid 812\) stopped \(T\) .* unread – /);
	const ended = {isListening: false, state: null, acceptQueue: null, acceptLimit: null};
	assert.match(line(ended), /gunicorn \(pid 812\) nothing listens {2}accept queue – /);
	assert.match(line({pid: null, name: null, state: null}), / its own end process unknown {2}accept queue 0 of 64/);
	assert.match(
		whole({
			startedAt: NOW - 12 * 60_000,
			restarts: 4,
			oomKill: 'own',
			cpuPercent: 198,
			cpuLimit: 2,
			throttledPercent: 93,
		}),
		/ up 12m {2}restarted 4 times in 5 min {2}killed for memory \(oom_kill\) {2}processes 2 {2}CPU 198 % of 200 % {2}throttled 93 %/,
	);
	assert.match(whole({memoryBytes: 500 * 2 ** 20, memoryLimitBytes: 2 ** 29}), / memory 500 ?\S* of 512/);
	assert.match(whole({isListening: false, state: null, endedAt: NOW - 12_000}), / ended 12 s ago/);
	assert.match(whole({forwardsTo: '172.17.0.2:80'}), / forwards to 172\.17\.0\.2:80/);
	assert.ok(!shows({}).includes('its own end'));
	const seen = world({backends: [{address: '10.0.0.1:80'}], history: 70});
	const [instance] = seen.model.instances;
	assert.ok(instance);
	const of = (part: Partial<typeof instance>) => ({
		...seen,
		model: {...seen.model, instances: [{...instance, ...part}]},
	});
	assert.match(
		draw(after(of({process: serverOf({name: 'traefik'})}), press('open')), {columns: 140}),
		/ its own end {2}not found on this machine: elsewhere, or behind address translation \(DNAT, IPVS\)/,
	);
	const denied = {snapshot: {...instance.snapshot, serversReason: 'entering them takes root'}};
	assert.match(
		draw(after(of(denied), press('open')), {columns: 140}),
		/ its own end {2}not seen in other namespaces: entering them takes root/,
	);
});
