import assert from 'node:assert/strict';
import {test} from 'node:test';
import {type Command, recordOf} from '../../../src/ui/state/commands.ts';
import type {Controls} from '../../../src/ui/state/controls.ts';
import {copyText} from '../../../src/ui/state/copy-text.ts';
import type {Playback} from '../../../src/ui/state/playback.ts';
import {jumpOf} from '../../../src/ui/state/requests.ts';
import {INITIAL, type ScreenState} from '../../../src/ui/state/state.ts';
import {after, press} from '../draw.tsx';
import {findingOf, NOW, playback} from '../models.ts';
import {incident} from '../worlds.ts';

/** What a request asks for, as words. */
function asked(state: ScreenState, command: Command, key = ''): string {
	const calls: string[] = [];
	const note =
		(name: string) =>
		(...args: unknown[]) => {
			calls.push([name, ...args].join(' '));
		};
	const controls: Controls = {
		...{setInterval: note('interval'), openBackend: note('open'), writeRecent: async () => '', seek: note('seek')},
		...{goLive: note('live'), step: note('step'), play: note('play'), pause: note('pause'), setSpeed: note('speed')},
	};
	recordOf(command).request?.(state, key)?.(controls);
	return calls.join(', ');
}

const at = (part: Partial<Playback>): ScreenState => ({...INITIAL, playback: playback(part)});
const replay = at({mode: 'replay', from: NOW - 100_000, to: NOW + 100_000});
const finding = findingOf({rule: 'hung', severity: 'down', message: 'hangs'}, 'lb1/1', null, NOW);
const marked = at({
	mode: 'replay',
	...{from: NOW - 100_000, to: NOW + 100_000},
	marks: [-50_000, -20_000, 30_000].map((by) => ({...finding, from: NOW + by})),
});

const cases: readonly (readonly [why: string, state: ScreenState, command: Command, key: string, asks: string])[] = [
	['← in live goes back in time', at({mode: 'live'}), 'rewind', '', `seek ${NOW - 5000}`],
	['→ in live has nowhere to go', at({mode: 'live'}), 'forward', '', ''],
	['→ from the past', at({mode: 'back', position: NOW - 9000}), 'forward', '', `seek ${NOW - 4000}`],
	['→ that reaches now', at({mode: 'back', position: NOW - 5000}), 'forward', '', 'live'],
	['End in live', at({mode: 'back', position: NOW - 5000}), 'end', '', 'live'],
	['Esc in the past', at({mode: 'back', position: NOW - 5000}), 'back', '', 'live'],
	['Esc in the past, with a filter to clear first', {...at({mode: 'back'}), filter: 'x'}, 'back', '', ''],
	['Space in live is the screen’s own', at({mode: 'live'}), 'pause', '', ''],
	['Space in the past', at({mode: 'back'}), 'pause', '', 'live'],
	['Space in a replay', replay, 'pause', '', 'pause'],
	['Space in a paused replay', at({mode: 'paused'}), 'pause', '', 'play'],
	['← at the beginning of a replay', at({mode: 'replay', from: NOW - 2000}), 'rewind', '', `seek ${NOW - 2000}`],
	['Home', replay, 'begin', '', `seek ${NOW - 100_000}`],
	['End in a replay', replay, 'end', '', `seek ${NOW + 100_000}`],
	['5 in a replay', replay, 'percent', '5', `seek ${NOW}`],
	['5 in live', at({mode: 'live'}), 'percent', '5', ''],
	['t', replay, 'stepOn', '', 'step 1'],
	['T', replay, 'stepBack', '', 'step -1'],
	['[', marked, 'findingPrevious', '', `seek ${NOW - 20_000}`],
	[']', marked, 'findingNext', '', `seek ${NOW + 30_000}`],
	['] without a finding ahead', replay, 'findingNext', '', ''],
	['+ in live', at({mode: 'live', intervalMs: 1000}), 'faster', '', 'interval 500'],
	['- in live', at({mode: 'live', intervalMs: 1000}), 'slower', '', 'interval 2000'],
	['- from an interval that is not a step', at({mode: 'live', intervalMs: 1500}), 'slower', '', 'interval 2000'],
	['+ in a replay', replay, 'faster', '', 'speed 2'],
	['+ at the highest speed', at({mode: 'replay', speed: 300}), 'faster', '', 'speed 300'],
	['j', replay, 'down', '', ''],
	[
		'Enter on a finding of a recording',
		{...marked, screen: {view: 'findings', place: 0}},
		'open',
		'',
		`seek ${NOW + 30_000}`,
	],
	[
		'Enter on an open finding in live',
		{...at({}), timeline: [finding], screen: {view: 'findings', place: 0}},
		'open',
		'',
		'',
	],
	[
		'Enter on a closed finding in live',
		{...at({}), timeline: [{...finding, to: NOW}], screen: {view: 'findings', place: 0}},
		...(['open', '', `seek ${finding.from}`] as const),
	],
];
for (const [why, state, command, key, asks] of cases) {
	test(`${why} asks for ${asks || 'nothing'}`, () => {
		assert.equal(asked(state, command, key), asks);
	});
}

const jump = (text: string) => jumpOf({...replay, prompt: {kind: 'jump', text, problem: null}});

test('a jump counts -DUR from the current position', () => {
	const calls: number[] = [];
	const result = jump('-90s');
	assert.ok(result !== null && 'request' in result);
	result.request?.({seek: (time: number) => calls.push(time)} as unknown as Controls);
	assert.deepEqual(calls, [NOW - 90_000]);
});

test('a jump outside the recording is clamped, and says so', () => {
	const calls: number[] = [];
	const result = jump('2027-01-01');
	assert.ok(result !== null && 'request' in result);
	result.request?.({seek: (time: number) => calls.push(time)} as unknown as Controls);
	assert.deepEqual(calls, [NOW + 100_000]);
	assert.equal(result.note, '2027-01-01 00:00:00 is after the end; showing the end');
});

test('a jump to something that is not a time says what is wrong', () => {
	assert.deepEqual(jump('noon'), {problem: 'not a time: "noon"'});
});

test('an empty jump asks for nothing', () => {
	assert.equal(jump(' '), null);
});

/** Frozen a minute ago. */
const frozen: ScreenState = {
	...after(incident(-60), press('pause')),
	playback: playback({mode: 'live', from: NOW - 900_000, to: NOW, position: NOW}),
};
const fromFrozen: readonly (readonly [command: Command, asks: string])[] = [
	['rewind', `seek ${NOW - 65_000}`],
	['forward', `seek ${NOW - 55_000}`],
	['stepBack', `seek ${NOW - 60_001}`],
	['stepOn', `seek ${NOW - 59_000}`],
];
for (const [command, asks] of fromFrozen) {
	test(`${command} goes from the position of a paused view`, () => {
		assert.equal(asked(frozen, command), asks);
	});
}

const live = after(incident());
const refusals: readonly (readonly [why: string, state: ScreenState, command: Command, says: RegExp | null])[] = [
	['a digit in live', live, 'percent', /seek in a replay/],
	['a digit in a replay', replay, 'percent', null],
	['→ at now', live, 'forward', /already live/],
	['→ in the past', at({mode: 'back'}), 'forward', null],
	['→ while paused', frozen, 'forward', null],
	['] after the last finding', live, 'findingNext', /no later finding/],
	['] before one', marked, 'findingNext', null],
	['[ before the first', replay, 'findingPrevious', /no earlier finding/],
	['[ after one', marked, 'findingPrevious', null],
	['sorting another view', after(incident(), press('view')), 'sortNext', /only in the table/],
	['sorting the table', live, 'sortNext', null],
	['copying nothing', INITIAL, 'copy', /nothing to copy/],
	['copying a row', live, 'copy', null],
];
for (const [why, state, command, says] of refusals) {
	test(`${why} ${says === null ? 'is obeyed' : 'is answered with a reason'}`, () => {
		const refusal = recordOf(command).refusal?.(state, '') ?? null;
		if (says === null) assert.equal(refusal, null);
		else assert.match(refusal ?? '', says);
	});
}

const copies: readonly (readonly [what: string, state: ScreenState, text: RegExp])[] = [
	['the row', live, /^down api-2 10\.0\.3\.12:8080 \| est 0 syn 3 tw 0 cw 0 \| unreachable: 3 dials .* \| lb1\/4121$/],
	['the backend that is open', after(incident(), press('down'), press('down'), press('open')), /^degraded api-3 /],
	[
		'the finding',
		after(incident(), press('view')),
		/^down api-2 unreachable: 3 dials .* \| from 2026-11-22 14:02:07 open \| nobody answers/,
	],
	['the instance', after(incident(), press('view'), press('view')), /^lb1\/4121$/],
];
for (const [what, state, text] of copies) {
	test(`c copies ${what}`, () => {
		assert.match(copyText(state) ?? '', text);
	});
}
