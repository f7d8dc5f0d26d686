/** The table's whole screen as text: what must hold at every size, however many backends there are and whatever is wrong. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {width} from '../../src/text/fit.ts';
import {worstFinding} from '../../src/ui/state/rows.ts';
import type {ScreenState} from '../../src/ui/state/state.ts';
import {evidenceOf} from '../../src/ui/views/measures.ts';
import {after, draw, press} from './draw.tsx';
import {world} from './models.ts';
import {FAULTS, recorded} from './recorded.ts';
import {crowd, healthy, incident} from './worlds.ts';

const SIZES: readonly (readonly [columns: number, rows: number])[] = [
	[20, 3],
	[40, 5],
	[60, 15],
	[80, 24],
	[100, 30],
	[120, 32],
	[160, 45],
	[200, 50],
	[300, 100],
];

/** Late enough for each fault to be seen. */
const LOOKS = 45;
const faults = await Promise.all(FAULTS.map(async (fault) => [fault, await recorded(fault, LOOKS)] as const));
const three = after(world({backends: ['a-1', 'a-2', 'b'].map((name, i) => ({address: `10.0.0.${i}:80`, name}))}));
const states: readonly (readonly [name: string, state: ScreenState])[] = [
	['3 healthy backends', three],
	['12 healthy backends', after(healthy())],
	['300 backends, 15 in trouble', after(crowd(300))],
	['300 backends in groups', after(crowd(300), press('group'))],
	['one down, one degraded', after(incident())],
	...faults,
];

/** The table's lines: from its heading to the rule below it. */
function tableOf(drawn: string): {readonly heading: string; readonly rows: string[]} {
	const lines = drawn.split('\n');
	const at = lines.findIndex((line) => /^ [▼▲ ] BACKEND/.test(line));
	const end = lines.findIndex((line, place) => place > at && /^ ─{2}/.test(line));
	return {heading: lines[at] ?? '', rows: lines.slice(at + 1, end < 0 ? undefined : end)};
}

for (const [name, state] of states) {
	test(`${name}: no line is wider than the screen, and no more lines than it has, at any size`, () => {
		for (const [columns, rows] of SIZES) {
			const lines = draw(state, {columns, rows}).split('\n');
			assert.ok(lines.length <= rows);
			for (const line of lines) assert.ok(width(line) <= columns, `${width(line)} > ${columns}: ${line}`);
		}
	});

	test(`${name}: EST, TW and CW from 80 columns on, each with its sparkline from 100 on`, () => {
		for (const [columns, rows] of SIZES.filter(([columns]) => columns >= 80)) {
			const {heading} = tableOf(draw(state, {columns, rows}));
			assert.match(heading, columns >= 100 ? /EST 60s +TW 60s +CW 60s/ : /EST +TW +CW/, `${columns}×${rows}`);
		}
	});

	test(`${name}: the evidence of what is wrong is in its row from 60 columns on`, () => {
		for (const [columns, rows] of SIZES.filter(([columns]) => columns >= 60)) {
			const table = tableOf(draw(state, {columns, rows}));
			for (const row of state.rows.values()) {
				const finding = worstFinding(row.verdict);
				const label = row.backend.name ?? row.backend.address;
				const line = table.rows.find((text) => text.slice(0, 40).includes(` ${label} `));
				if (finding === null || finding.severity === 'notice' || line === undefined) continue;
				const measure = evidenceOf(row, state.thresholds);
				const number = measure.write(measure.read(row), 5);
				assert.ok(line.includes(number), `${columns}: ${number} of ${measure.id} in ${line}`);
				assert.ok(
					line.includes(measure.id) || table.heading.includes(measure.id),
					`${columns}: ${measure.id} in ${line}`,
				);
			}
		}
	});

	test(`${name}: no column holds dashes alone`, () => {
		for (const [columns, rows] of SIZES.filter(([columns]) => columns >= 60)) {
			const {heading, rows: lines} = tableOf(draw(state, {columns, rows}));
			for (const {0: title, index} of heading.matchAll(/\S+/g)) {
				const end = index + title.length - 1;
				const cells = lines.map((line) => line[end] ?? ' ');
				assert.ok(lines.length === 0 || cells.some((cell) => cell !== '–'), `${title} at ${columns}×${rows}`);
			}
		}
	});

	test(`${name}: what is wrong, or that nothing is, is below the table from 80×24 on`, () => {
		for (const [columns, rows] of SIZES.filter(([, rows]) => rows >= 24)) {
			const drawn = draw(state, {columns, rows});
			const {open} = state.shown?.assessment ?? {open: []};
			const problems = open.filter(({severity}) => severity !== 'notice').length;
			if (problems > 0) assert.match(drawn, new RegExp(`why · 1 of ${problems}`), `${columns}×${rows}`);
			else assert.match(drawn, /nothing wrong|notice/, `${columns}×${rows}`);
			assert.match(drawn, problems > 0 ? / → / : /nothing points to trouble|→/);
		}
	});
}

test('a tall screen is filled to its last lines, with three backends and with 300', () => {
	for (const [columns, rows] of [
		[120, 32],
		[160, 45],
		[200, 50],
	] as const) {
		for (const state of [three, after(incident()), after(crowd(300))]) {
			const lines = draw(state, {columns, rows}).split('\n');
			// A graph's axis is at the left; the line of the pane at the right alone makes no line filled.
			const blank = lines.slice(0, -2).filter((line) => /^\s*$|^\s{60,}│\s*$/.test(line)).length;
			assert.ok(blank <= rows * 0.2, `${blank} blank lines of ${rows} at ${columns}`);
		}
	}
});

test('the rule says which rows of how many are seen, and how many match', () => {
	const many = after(crowd(300));
	assert.match(draw(many, {columns: 100, rows: 30}), /^ ── 1–\d+ of 300 ─/m);
	const scrolled = after(
		crowd(300),
		press('pageDown', 10, 300),
		press('pageDown', 10, 300),
		press('pageDown', 10, 300),
	);
	assert.match(draw(scrolled, {columns: 100, rows: 30}), /^ ── \d\d–\d+ of 300 ─/m);
	const filtered = after(crowd(300), press('filter'), ...[...'svc-12'].map((key) => ({type: 'prompt', key}) as const));
	assert.match(draw(filtered, {columns: 100, rows: 30}), /^ ── 11 of 300 match “svc-12” ─/m);
});

test('n leads from problem to problem, round the end, and the cursor goes along', () => {
	const state = after(crowd(60));
	const next = [1, 2, 3, 4].map((times) => after(crowd(60), ...new Array(times).fill(press('nextBackend'))));
	assert.match(draw(state), /svc-7 close-wait .*\n.* → /);
	assert.match(draw(next[0] as ScreenState), /why · 2 of 3/);
	assert.match(draw(next[0] as ScreenState), /^›▲ svc-27 /m);
	assert.match(draw(next[2] as ScreenState), /why · 1 of 3/);
	assert.match(draw(after(crowd(60), press('previousBackend'))), /why · 3 of 3/);
});

test('below the table is the selected backend, also where nothing is wrong with it', () => {
	const drawn = draw(after(incident(), press('down'), press('down'), press('down')), {columns: 120, rows: 36});
	assert.match(drawn, /^›● api-1 /m);
	assert.match(drawn, /2 problems · n first/);
	assert.match(drawn, /^ ● ok api-1 10\.0\.3\.11:8080 for 74 s$/m);
	assert.match(drawn, /nothing points to trouble · seen for 70 s · n goes to the 2 problems/);
});

test('a backend of which too little has been seen is said not to be judged slow yet', () => {
	const young = world({backends: [{address: '10.0.0.1:80'}], history: 8});
	assert.match(draw(after(young)), /seen for 8 s · slow: not judged yet/);
	const old = world({backends: [{address: '10.0.0.1:80'}], history: 60});
	assert.doesNotMatch(draw(after(old)), /not judged/);
	const text = world({backends: [{address: '10.0.0.1:80', responseMs: null, waiting: null}], history: 8});
	assert.doesNotMatch(draw(after(text)), /not judged/);
});

test('RESP, the reason and the detail say one number while a backend is slow', async () => {
	const slow = await recorded('slow', LOOKS);
	const row = [...slow.rows.values()].find(({verdict}) => verdict.findings.some(({rule}) => rule === 'slow'));
	assert.ok(row !== undefined);
	const [, said = ''] = /answers take (\S+ \S+?),/.exec(row.verdict.findings[0]?.message ?? '') ?? [];
	const short = said.replace(' ', '');
	const line = tableOf(draw(slow, {columns: 160, rows: 40})).rows.find((text) => text.includes('slow'));
	assert.match(line ?? '', new RegExp(` ${short.replace('.', '\\.')} `));
});
